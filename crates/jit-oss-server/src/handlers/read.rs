//! `GetObject`, `HeadObject` and `GetObjectMeta`.

use std::ops::Range;

use http::{HeaderName, HeaderValue, StatusCode, header};

use super::conditions::{self, READING};
use super::object::Object;
use super::{CRC64, Call};
use crate::body::Body;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::blob::Reader;

/// Query parameters that replace a header of the answer.
const OVERRIDES: &[(&str, HeaderName)] = &[
    ("response-cache-control", header::CACHE_CONTROL),
    ("response-content-disposition", header::CONTENT_DISPOSITION),
    ("response-content-encoding", header::CONTENT_ENCODING),
    ("response-content-language", header::CONTENT_LANGUAGE),
    ("response-content-type", header::CONTENT_TYPE),
    ("response-expires", header::EXPIRES),
];

pub(super) fn get_object(call: Call<'_>) -> Result<Reply, OssError> {
    let object = Object::follow(call)?;
    if let Some(reply) = conditions(call, &object)? {
        return Ok(reply);
    }
    object.check_readable(call.now)?;
    let size = object.content().size;
    let range = match call.request.header("range") {
        Some(text) => {
            let standard = call.request.header("x-oss-range-behavior") == Some("standard");
            range(text, size, standard)?
        }
        None => None,
    };
    let mut reply = object.described(call.now);
    for (name, header) in OVERRIDES {
        if let Some(value) = call.request.query(name).filter(|value| !value.is_empty()) {
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
                OssError::invalid_argument(name, value, "The value cannot stand in a header.")
            })?;
            reply.headers.push((header.clone(), value));
        }
    }
    if let Some(range) = &range {
        let shown = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        reply = reply.with(header::CONTENT_RANGE, &shown);
        reply.status = StatusCode::PARTIAL_CONTENT;
    }
    let range = range.unwrap_or(0..size);
    reply.length = range.end - range.start;
    reply.body = Body::stored(Reader::new(&object.content().content, range));
    Ok(reply)
}

pub(super) fn head_object(call: Call<'_>) -> Result<Reply, OssError> {
    let object = Object::follow(call)?;
    if let Some(reply) = conditions(call, &object)? {
        return Ok(reply);
    }
    let mut reply = object.described(call.now);
    reply.length = object.content().size;
    Ok(reply)
}

pub(super) fn get_object_meta(call: Call<'_>) -> Result<Reply, OssError> {
    let object = Object::find(call)?;
    let mut reply = Reply::empty(StatusCode::OK)
        .etag(&object.etag())
        .date(header::LAST_MODIFIED, object.modified())
        .number(CRC64, object.version.crc64)
        .version(&object.version, object.is_versioned);
    reply.length = object.version.size;
    Ok(reply)
}

fn conditions(call: Call<'_>, object: &Object) -> Result<Option<Reply>, OssError> {
    let (etag, modified) = (object.etag(), object.modified());
    conditions::check(call.request, &READING, conditions::State { etag, modified, now: call.now })
}

/// The part that a `Range` header asks for; `None` for the whole object. Unless `standard` is asked for,
/// a range that does not lie in the object is for the whole of it.
pub(super) fn range(text: &str, size: u64, standard: bool) -> Result<Option<Range<u64>>, OssError> {
    let invalid = || {
        let message = "The requested range cannot be satisfied.";
        OssError::new(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message)
            .with("ActualObjectSize", size.to_string())
            .with("RangeRequested", text)
    };
    let outside = |range: Range<u64>| match (standard, range.start < range.end) {
        (false, _) => Ok(None),
        (true, true) => Ok(Some(range)),
        (true, false) => Err(invalid()),
    };
    let Some(spec) = text.strip_prefix("bytes=") else { return Ok(None) };
    if spec.contains(',') {
        return Err(invalid());
    }
    let Some((from, to)) = spec.trim().split_once('-') else { return Ok(None) };
    let number = |text: &str| {
        if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u64>().ok() } else { None }
    };
    match (from, to) {
        ("", last) => match number(last) {
            None => Ok(None),
            Some(last) if last == 0 || last > size => outside(size.saturating_sub(last)..size),
            Some(last) => Ok(Some(size - last..size)),
        },
        (from, "") => match number(from) {
            None => Ok(None),
            Some(from) if from < size => Ok(Some(from..size)),
            Some(from) => outside(from..size),
        },
        (from, to) => match (number(from), number(to)) {
            (Some(from), Some(to)) if from <= to && to < size => Ok(Some(from..to + 1)),
            (Some(from), Some(to)) if from <= to => outside(from..size),
            _ => Ok(None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_a_thousand_bytes() {
        let whole = Ok(None);
        let part = |range| Ok(Some(range));
        let invalid = || Err("InvalidRange".to_owned());
        for (text, default, standard) in [
            ("bytes=0-499", part(0..500), part(0..500)),
            ("bytes=0-999", part(0..1000), part(0..1000)),
            ("bytes=500-", part(500..1000), part(500..1000)),
            ("bytes=-100", part(900..1000), part(900..1000)),
            ("bytes=500-2000", whole.clone(), part(500..1000)),
            ("bytes=1000-2000", whole.clone(), invalid()),
            ("bytes=1000-", whole.clone(), invalid()),
            ("bytes=-2000", whole.clone(), part(0..1000)),
            ("bytes=-0", whole.clone(), invalid()),
            ("bytes=5-4", whole.clone(), whole.clone()),
            ("bytes=a-b", whole.clone(), whole.clone()),
            ("bytes=+1-2", whole.clone(), whole.clone()),
            ("bytes=-", whole.clone(), whole.clone()),
            ("items=0-1", whole.clone(), whole.clone()),
            ("bytes=0-1,4-5", invalid(), invalid()),
            ("bytes=0-18446744073709551615", whole.clone(), part(0..1000)),
            ("bytes=0-18446744073709551616", whole.clone(), whole.clone()),
        ] {
            let of =
                |standard| range(text, 1000, standard).map_err(|error| error.code.into_owned());
            assert_eq!(of(false), default, "{text}");
            assert_eq!(of(true), standard, "{text}, standard");
        }
    }

    #[test]
    fn ranges_of_nothing() {
        assert!(matches!(range("bytes=0-", 0, false), Ok(None)));
        assert!(range("bytes=0-", 0, true).is_err());
        assert!(range("bytes=-1", 0, true).is_err());
    }
}
