//! `AppendObject`, and closing what was appended to.

use std::sync::Arc;

use http::{HeaderName, StatusCode};
use jit_oss::{Timestamp, crc64};

use super::{CRC64, Call, attributes, copy, put};
use crate::body::{MAX_PUT, RequestBody, too_large};
use crate::digest::Etag;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::blob::Blob;
use crate::store::index::{Bucket, Change, Index};
use crate::store::version::{Attributes, Kind, Version, VersionId};

const POSITION: &str = "x-oss-next-append-position";

pub(super) async fn append_object(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let position = position(call)?;
    // What a later request says of the object has no effect.
    let attributes = if position == 0 { attributes::read(call)? } else { Attributes::default() };
    let forbid_overwrite = attributes::forbid_overwrite(call.request)?;
    let old = call.with_bucket(|bucket| {
        bucket.check_overwrite(call.key, forbid_overwrite)?;
        appendable(bucket, call.key, position)
    })?;
    let mut written = put::receive(call, body).await?;
    let added = written.sums;
    let before = old.clone().unwrap_or_else(|| {
        Arc::new(Version {
            kind: Kind::Appendable,
            attributes,
            ..Version::delete_marker(VersionId::NULL, call.now.unix())
        })
    });
    if before.size + added.size > MAX_PUT {
        return Err(too_large());
    }
    let mut content = before.content.clone();
    let merged = tail(&content, added.size);
    let size = before.size + added.size;
    if merged > 0 {
        // Few large pieces instead of many small ones: what is written twice is no more than what was added.
        let kept = content.len() - merged;
        let start = content.iter().take(kept).map(|blob| blob.size()).sum();
        content.extend(written.blob.take());
        let all = Version { content, ..(*before).clone() };
        written.blob = copy::read(call, &all, start..size).await?.blob;
        content = all.content;
        content.truncate(kept);
    }
    content.extend(written.blob);
    let crc64 = crc64::combine(before.crc64, added.crc64, added.size);
    let mut version = Version {
        modified: call.now.unix(),
        size,
        etag: Etag::of_state(format!("{crc64} {size} {}", call.key).as_bytes()),
        crc64,
        content,
        ..(*before).clone()
    };
    let (bucket, key, now) = (call.bucket.to_owned(), call.key.to_owned(), call.now.unix());
    let plan = move |index: &Index| {
        let found = index.bucket(&bucket)?;
        found.check_overwrite(&key, forbid_overwrite)?;
        // Whoever appended in the meantime has moved the position; whoever has written anew, the object.
        let current = appendable(found, &key, position)?;
        let same = match (&current, &old) {
            (Some(current), Some(old)) => current.crc64 == old.crc64,
            (current, old) => current.is_none() == old.is_none(),
        };
        if !same {
            return Err(wrong_position(current.map_or(0, |version| version.size)));
        }
        version.id = match &current {
            Some(current) => current.id,
            None => found.new_version_id(now),
        };
        let version = Arc::new(version);
        let result = (Arc::clone(&version), found.is_versioned());
        Ok((vec![Change::Put { bucket, key, version }], result))
    };
    let (version, is_versioned) = call.state.store.change(plan).await?;
    Ok(Reply::empty(StatusCode::OK)
        .etag(&version.etag)
        .number(CRC64, version.crc64)
        .number(HeaderName::from_static(POSITION), version.size)
        .version(&version, is_versioned)
        .encryption(&version.attributes))
}

/// How many of the last pieces are written again together with `added` bytes.
fn tail(content: &[Arc<Blob>], added: u64) -> usize {
    let (mut sum, mut count) = (added, 0);
    for blob in content.iter().rev() {
        if blob.size() > sum.saturating_mul(2) {
            break;
        }
        sum += blob.size();
        count += 1;
    }
    // A piece of this size is worth a file of its own.
    if added >= 8 << 20 { 0 } else { count }
}

fn position(call: Call<'_>) -> Result<u64, OssError> {
    let Some(text) = call.request.query("position") else {
        let message = "The request lacks the parameter position.";
        return Err(OssError::bad_request("MissingArgument", message)
            .ec("0016-00000501")
            .with("ArgumentName", "position"));
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| {
        OssError::invalid_argument("position", text, "The position is no number of bytes.")
    })
}

/// The object that is appended to, `None` for a new one; refused unless it ends at `position`.
fn appendable(bucket: &Bucket, key: &str, position: u64) -> Result<Option<Arc<Version>>, OssError> {
    let found = bucket.current(key);
    if let Some(found) = found
        && (found.kind != Kind::Appendable || found.sealed.is_some())
    {
        let message = "The object is not appendable.";
        return Err(OssError::new(StatusCode::CONFLICT, "ObjectNotAppendable", message)
            .ec("0026-00000017")
            .with("Key", key));
    }
    let size = found.map_or(0, |found| found.size);
    if size != position {
        return Err(wrong_position(size));
    }
    Ok(found.cloned())
}

fn wrong_position(size: u64) -> OssError {
    let message = "The position is not equal to the length of the object.";
    OssError::new(StatusCode::CONFLICT, "PositionNotEqualToLength", message)
        .ec("0026-00000016")
        .header(POSITION, size.to_string())
}

pub(super) async fn seal_object(call: Call<'_>) -> Result<Reply, OssError> {
    let position = position(call)?;
    let (key, now) = (call.key.to_owned(), call.now.unix());
    let change = move |bucket: &Bucket| {
        let not_found = || OssError::no_such_key(&key);
        let current = bucket.current(&key).ok_or_else(not_found)?;
        // Closing again changes nothing.
        if let Some(sealed) = current.sealed.filter(|_| current.size == position) {
            return Ok((None, sealed));
        }
        let current = appendable(bucket, &key, position)?.ok_or_else(not_found)?;
        Ok((Some(Version { sealed: Some(now), ..(*current).clone() }), now))
    };
    let sealed = call.update(change).await?;
    let shown = Timestamp::from_unix(sealed).http_date();
    Ok(Reply::empty(StatusCode::OK).with(HeaderName::from_static("x-oss-sealed-time"), &shown))
}
