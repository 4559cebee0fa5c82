//! `DeleteObject` and `DeleteMultipleObjects`.

use http::StatusCode;
use jit_oss::escape;
use md5::{Digest, Md5};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

use super::put::content_md5;
use super::{Call, list};
use crate::body::RequestBody;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::StoreError;

/// The largest list of keys, in bytes and in number.
const MAX_LIST: u64 = 2 << 20;
const MOST_KEYS: usize = 1000;
/// How deep elements may be nested; a list needs three.
const MAX_DEPTH: usize = 8;

pub(super) async fn delete_object(call: Call<'_>) -> Result<Reply, OssError> {
    let deleted = call.state.store.delete(call.bucket, call.key).await;
    deleted.map_err(|error| call.refused(error))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

pub(super) async fn delete_multiple_objects(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    call.existing_bucket()?;
    let announced = content_md5(call.request)?.ok_or_else(|| {
        OssError::bad_request("MissingArgument", "The Content-MD5 header is missing.")
            .with("ArgumentName", "Content-MD5")
    })?;
    let escaped = list::is_escaped(call.request)?;
    let body = body.collect(MAX_LIST).await?;
    if <[u8; 16]>::from(Md5::digest(&body)) != announced {
        return Err(call.refused(StoreError::BadDigest));
    }
    let malformed = || {
        let message = "The XML you provided was not well-formed or is no list of objects.";
        OssError::bad_request("MalformedXML", message).ec("0016-00000608")
    };
    let text = std::str::from_utf8(&body).map_err(|_| malformed())?;
    let list = parse(text).ok_or_else(malformed)?;
    if list.keys.len() > MOST_KEYS {
        let message = format!("The list has more than {MOST_KEYS} objects.");
        return Err(OssError::bad_request("MalformedXML", message).ec("0016-00000609"));
    }
    for key in &list.keys {
        let deleted = call.state.store.delete(call.bucket, key).await;
        deleted.map_err(|error| call.refused(error))?;
    }
    if list.quiet {
        return Ok(Reply::empty(StatusCode::OK));
    }
    Ok(Reply::xml("DeleteResult", |xml| {
        if escaped {
            xml.text("EncodingType", "url");
        }
        for key in &list.keys {
            let shown = if escaped { escape::query(key) } else { key.clone() };
            xml.element("Deleted", |xml| xml.text("Key", &shown));
        }
    }))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct List {
    keys: Vec<String>,
    quiet: bool,
}

/// Reads the list of what to delete. `None` when it is none, or names a version, which would be another
/// request than deleting the object.
fn parse(text: &str) -> Option<List> {
    let mut reader = Reader::from_str(text);
    let (mut path, mut value, mut list) = (Vec::new(), String::new(), List::default());
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) if path.len() == MAX_DEPTH => return None,
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                value.clear();
            }
            Event::Text(text) => value.push_str(&text),
            Event::CData(text) => value.push_str(&text),
            Event::GeneralRef(name) => push_reference(&mut value, &name)?,
            Event::End(_) => {
                let names: Vec<&[u8]> = path.iter().map(AsRef::as_ref).collect();
                match names.as_slice() {
                    [b"Delete", b"Object", b"Key"] if value.is_empty() => return None,
                    [b"Delete", b"Object", b"Key"] => list.keys.push(std::mem::take(&mut value)),
                    [b"Delete", b"Object", b"VersionId"] => return None,
                    [b"Delete", b"Quiet"] => list.quiet = value.trim() == "true",
                    _ => {}
                }
                path.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    (path.is_empty() && !list.keys.is_empty()).then_some(list)
}

/// Appends what `&amp;` or `&#9;` stands for. Clients write control characters this way, which XML 1.0
/// forbids and OSS understands.
fn push_reference(value: &mut String, name: &BytesRef<'_>) -> Option<()> {
    match name.resolve_char_ref().ok()? {
        Some(character) => value.push(character),
        None => value.push_str(resolve_predefined_entity(name)?),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_all_its_escapes() {
        let list = parse(
            "<?xml version=\"1.0\"?>\n<Delete>\n <Quiet>true</Quiet>\n <Object><Key>a&amp;&#9;&#x1;b </Key>\
             </Object><Object><Key><![CDATA[<c>]]></Key></Object></Delete>",
        );
        let keys = ["a&\t\u{1}b ", "<c>"].map(str::to_owned).to_vec();
        assert_eq!(list, Some(List { keys, quiet: true }));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            "",
            "{}",
            "<Delete></Delete>",
            "<Delete><Object><Key></Key></Object></Delete>",
            "<Delete><Object><Key>a</Key></Object>",
            "<Delete><Object><Key>&nbsp;</Key></Object></Delete>",
            "<Delete><Object><Key>a</Key><VersionId>v</VersionId></Object></Delete>",
            "<Other><Object><Key>a</Key></Object></Other>",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn depth_has_a_limit() {
        let nested = |depth: usize| {
            let (open, close) = ("<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
            format!("<Delete><Object><Key>k</Key></Object>{open}{close}</Delete>")
        };
        assert!(parse(&nested(8)).is_some());
        assert_eq!(parse(&nested(9)), None);
    }
}
