//! Tags of objects.

use std::collections::BTreeSet;

use http::StatusCode;
use jit_oss::escape;

use super::Call;
use super::object::{Object, find, version_id};
use crate::body::RequestBody;
use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::index::Bucket;
use crate::store::version::Version;

pub(super) const HEADER: &str = "x-oss-tagging";
/// The most tags of an object, and characters of a tag's key and value.
const MOST_TAGS: usize = 10;
const MOST_OF_KEY: usize = 128;
const MOST_OF_VALUE: usize = 256;
const MAX_DOCUMENT: u64 = 64 << 10;

type Tags = Vec<(String, String)>;

pub(super) async fn put_object_tagging(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let body = body.collect(MAX_DOCUMENT).await?;
    let tags = parse(&body).ok_or_else(|| OssError::malformed_xml("set of tags"))?;
    set(call, check(tags)?).await.map(|reply| reply(StatusCode::OK))
}

pub(super) async fn delete_object_tagging(call: Call<'_>) -> Result<Reply, OssError> {
    set(call, Vec::new()).await.map(|reply| reply(StatusCode::NO_CONTENT))
}

async fn set(call: Call<'_>, tags: Tags) -> Result<impl FnOnce(StatusCode) -> Reply, OssError> {
    let (key, id) = (call.key.to_owned(), version_id(call)?);
    let change = move |bucket: &Bucket| {
        let mut version = Version::clone(&*find(bucket, &key, id)?);
        version.attributes.tags = tags;
        Ok((Some(version.clone()), (version, bucket.is_versioned())))
    };
    let (version, is_versioned) = call.update(change).await?;
    Ok(move |status| Reply::empty(status).version(&version, is_versioned))
}

pub(super) fn get_object_tagging(call: Call<'_>) -> Result<Reply, OssError> {
    let object = Object::find(call)?;
    let reply = Reply::xml("Tagging", |xml| {
        xml.element("TagSet", |xml| {
            for (key, value) in &object.version.attributes.tags {
                xml.element("Tag", |xml| {
                    xml.text("Key", key);
                    xml.text("Value", value);
                });
            }
        });
    });
    Ok(reply.version(&object.version, object.is_versioned))
}

/// The tags that a write brings along.
pub(super) fn from_header(request: &Request) -> Result<Tags, OssError> {
    let Some(text) = request.header(HEADER).filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let pairs = text.split('&').map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((escape::decode_query(key)?, escape::decode_query(value)?))
    });
    let tags: Option<_> = pairs.collect();
    check(tags.ok_or_else(|| invalid("they are not well escaped"))?)
}

fn parse(body: &[u8]) -> Option<Tags> {
    let document = Element::parse(body, "Tagging")?;
    let tags = document.child("TagSet")?.all("Tag").map(|tag| {
        Some((tag.child("Key")?.text.clone(), tag.child("Value").map(|v| v.text.clone())?))
    });
    tags.collect()
}

fn check(tags: Tags) -> Result<Tags, OssError> {
    let allowed = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " +-=._:/".contains(c));
    if tags.len() > MOST_TAGS {
        let message = format!("An object has at most {MOST_TAGS} tags.");
        return Err(OssError::bad_request("TagTooMany", message));
    }
    let mut keys = BTreeSet::new();
    for (key, value) in &tags {
        if key.is_empty() || key.chars().count() > MOST_OF_KEY || !allowed(key) {
            return Err(invalid("a key is empty, too long, or has characters that keys have not")
                .with("TagKey", key));
        }
        if value.chars().count() > MOST_OF_VALUE || !allowed(value) {
            return Err(invalid("a value is too long or has characters that values have not")
                .with("TagKey", key));
        }
        if !keys.insert(key) {
            return Err(invalid("a key is there twice").with("TagKey", key));
        }
    }
    Ok(tags)
}

fn invalid(why: &str) -> OssError {
    OssError::bad_request("InvalidTag", format!("The tags are not valid: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_tags() {
        let verdict = |tags: &[(&str, &str)]| {
            let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            check(tags).map(|tags| tags.len()).map_err(|error| error.code.into_owned())
        };
        let (key, value) = ("k".repeat(128), "é".repeat(256));
        assert_eq!(verdict(&[(&key, &value), ("a b", ""), ("文 +-=._:/", "1")]), Ok(3));
        for tags in [
            vec![("", "x")],
            vec![(&*"k".repeat(129), "x")],
            vec![("k", &*"v".repeat(257))],
            vec![("k&", "v")],
            vec![("k", "\u{1}")],
            vec![("k", "1"), ("k", "2")],
        ] {
            assert_eq!(verdict(&tags), Err("InvalidTag".to_owned()), "{tags:?}");
        }
        let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(|key| (key.as_str(), "")).collect();
        assert_eq!(verdict(&many), Err("TagTooMany".to_owned()));
    }
}
