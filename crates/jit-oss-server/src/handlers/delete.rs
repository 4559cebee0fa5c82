//! `DeleteObject` and `DeleteMultipleObjects`.

use http::{HeaderName, StatusCode};
use jit_oss::escape;
use md5::{Digest, Md5};

use super::attributes::{bad_digest, content_md5};
use super::object::{parse_version_id, version_id};
use super::{Call, list};
use crate::body::RequestBody;
use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::index::{Bucket, Change};
use crate::store::version::{Version, VersionId, Versioning};

/// The largest list of keys, in bytes and in number.
const MAX_LIST: u64 = 2 << 20;
const MOST_KEYS: usize = 1000;

/// What deleting something came to.
#[derive(Debug, Default)]
struct Deleted {
    /// The version that was asked for.
    version: Option<VersionId>,
    /// The delete marker that was made or deleted.
    marker: Option<VersionId>,
}

pub(super) async fn delete_object(call: Call<'_>) -> Result<Reply, OssError> {
    let (bucket, key, now) = (call.bucket.to_owned(), call.key.to_owned(), call.now.unix());
    let id = version_id(call)?;
    let plan = move |found: &Bucket, changes: &mut Vec<Change>| {
        delete(found, changes, &bucket, &key, id, now)
    };
    let deleted = call.change_bucket(plan).await?;
    let mut reply = Reply::empty(StatusCode::NO_CONTENT);
    if deleted.marker.is_some() {
        reply = reply.with(HeaderName::from_static("x-oss-delete-marker"), "true");
    }
    if let Some(id) = deleted.version.or(deleted.marker) {
        reply = reply.with(HeaderName::from_static("x-oss-version-id"), &id.to_string());
    }
    Ok(reply)
}

/// Deletes a version, or hides the object where versions are kept.
fn delete(
    found: &Bucket,
    changes: &mut Vec<Change>,
    bucket: &str,
    key: &str,
    id: Option<VersionId>,
    now: i64,
) -> Deleted {
    let (bucket, key) = (bucket.to_owned(), key.to_owned());
    if id.is_none() && found.is_versioned() {
        let marker = found.new_version_id(now);
        let version = Version::delete_marker(marker, now).into();
        changes.push(Change::Put { bucket, key, version });
        return Deleted { version: None, marker: Some(marker) };
    }
    let target = id.unwrap_or(VersionId::NULL);
    let old = found.version(&key, target).map(|old| old.is_marker());
    if old.is_some() {
        changes.push(Change::Remove { bucket, key, id: target });
    }
    let marker = old.unwrap_or_default().then_some(target);
    let version = id.filter(|_| found.properties.versioning != Versioning::Never);
    Deleted { version, marker }
}

pub(super) async fn delete_multiple_objects(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    call.with_bucket(|_| Ok(()))?;
    let list = receive(call.request, body).await?;
    let escaped = list::is_escaped(call.request)?;
    let (bucket, now) = (call.bucket.to_owned(), call.now.unix());
    let objects = list.objects;
    let plan = move |found: &Bucket, changes: &mut Vec<Change>| {
        let each = |(key, id): (String, Option<VersionId>)| {
            let deleted = delete(found, changes, &bucket, &key, id, now);
            (key, deleted)
        };
        objects.into_iter().map(each).collect::<Vec<_>>()
    };
    let all = call.change_bucket(plan).await?;
    if list.quiet {
        return Ok(Reply::empty(StatusCode::OK));
    }
    Ok(Reply::xml("DeleteResult", |xml| {
        if escaped {
            xml.text("EncodingType", "url");
        }
        for (key, deleted) in &all {
            xml.element("Deleted", |xml| {
                xml.text("Key", &if escaped { escape::query(key) } else { key.clone() });
                if let Some(id) = deleted.version {
                    xml.value("VersionId", id);
                }
                if let Some(id) = deleted.marker {
                    xml.text("DeleteMarker", "true");
                    xml.value("DeleteMarkerVersionId", id);
                }
            });
        }
    }))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct List {
    /// Keys, some with a version.
    objects: Vec<(String, Option<VersionId>)>,
    quiet: bool,
}

async fn receive(request: &Request, body: &mut RequestBody) -> Result<List, OssError> {
    let announced = content_md5(request)?.ok_or_else(|| {
        OssError::bad_request("MissingArgument", "The Content-MD5 header is missing.")
            .with("ArgumentName", "Content-MD5")
    })?;
    let body = body.collect(MAX_LIST).await?;
    if <[u8; 16]>::from(Md5::digest(&body)) != announced {
        return Err(bad_digest());
    }
    let list = parse(&body)?;
    if list.objects.len() > MOST_KEYS {
        let message = format!("The list has more than {MOST_KEYS} objects.");
        return Err(OssError::bad_request("MalformedXML", message).ec("0016-00000609"));
    }
    Ok(list)
}

fn parse(body: &[u8]) -> Result<List, OssError> {
    let malformed = || OssError::malformed_xml("list of objects").ec("0016-00000608");
    let document = Element::parse(body, "Delete").ok_or_else(malformed)?;
    let quiet = document.value("Quiet") == Some("true");
    let objects = document.all("Object").map(|object| {
        // Spaces may be part of a key.
        let key = object.child("Key").map(|key| key.text.clone()).filter(|key| !key.is_empty());
        let id = object.value("VersionId").filter(|id| !id.is_empty());
        Ok((key.ok_or_else(malformed)?, id.map(parse_version_id).transpose()?))
    });
    let objects: Vec<_> = objects.collect::<Result<_, OssError>>()?;
    if objects.is_empty() { Err(malformed()) } else { Ok(List { objects, quiet }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_all_its_escapes() {
        let list = parse(
            b"<Delete>\n <Quiet>true</Quiet>\n <Object><Key>a&amp;&#9;&#x1;b </Key>\
              </Object><Object><Key>c</Key><VersionId>null</VersionId></Object></Delete>",
        );
        let objects =
            vec![("a&\t\u{1}b ".to_owned(), None), ("c".to_owned(), Some(VersionId::NULL))];
        assert_eq!(list.unwrap(), List { objects, quiet: true });
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            "",
            "{}",
            "<Delete></Delete>",
            "<Delete><Object><Key></Key></Object></Delete>",
            "<Delete><Object></Object></Delete>",
            "<Delete><Object><Key>a</Key></Object>",
            "<Other><Object><Key>a</Key></Object></Other>",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
