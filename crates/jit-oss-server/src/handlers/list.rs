//! `ListObjects`, `ListObjectsV2` and `ListObjectVersions`.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss::{MAX_KEY_LEN, Timestamp, escape};

use super::object::{parse_version_id, restore_state};
use super::{Call, service};
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::listing::{Listing, Page};
use crate::store::version::Version;
use crate::xml::Xml;

const DEFAULT_KEYS: usize = 100;
const MOST_KEYS: usize = 1000;

pub(super) fn list_objects(call: Call<'_>) -> Result<Reply, OssError> {
    let query = |name| call.request.query(name).unwrap_or_default();
    let is_v2 = !query("list-type").is_empty();
    let token = query("continuation-token");
    let after = match (is_v2, token) {
        (false, _) => Cow::Borrowed(query("marker")),
        (true, "") => Cow::Borrowed(query("start-after")),
        (true, token) => Cow::Owned(read_token(token)?),
    };
    let escaped = is_escaped(call.request)?;
    let max = max_keys(call.request)?;
    let (prefix, delimiter) = (query("prefix"), query("delimiter"));
    check_lengths(call.request)?;
    let page = Page { prefix, delimiter, after: &after, max };
    let Listing { items, common_prefixes, next } =
        call.with_bucket(|bucket| Ok(bucket.list_objects(&page)))?;
    let with_owner = !is_v2 || query("fetch-owner") == "true";
    Ok(Reply::xml("ListBucketResult", |xml| {
        xml.text("Name", call.bucket);
        xml.text("Prefix", &shown(prefix, escaped));
        if is_v2 {
            xml.text("StartAfter", &shown(query("start-after"), escaped));
            if !token.is_empty() {
                xml.text("ContinuationToken", &shown(token, escaped));
            }
        } else {
            xml.text("Marker", &shown(&after, escaped));
        }
        xml.value("MaxKeys", max);
        xml.text("Delimiter", &shown(delimiter, escaped));
        if escaped {
            xml.text("EncodingType", "url");
        }
        xml.value("IsTruncated", next.is_some());
        match &next {
            Some(next) if is_v2 => {
                xml.text("NextContinuationToken", &shown(&BASE64.encode(next), escaped));
            }
            Some(next) => xml.text("NextMarker", &shown(next, escaped)),
            None => {}
        }
        if is_v2 {
            xml.value("KeyCount", items.len() + common_prefixes.len());
        }
        for (key, version) in &items {
            xml.element("Contents", |xml| {
                xml.text("Key", &shown(key, escaped));
                described(xml, version);
                if let Some(state) = restore_state(version, call.now) {
                    xml.text("RestoreInfo", &state);
                }
                if with_owner {
                    service::owner(xml);
                }
            });
        }
        groups(xml, &common_prefixes, escaped);
    }))
}

pub(super) fn list_object_versions(call: Call<'_>) -> Result<Reply, OssError> {
    let query = |name| call.request.query(name).unwrap_or_default();
    let escaped = is_escaped(call.request)?;
    let max = max_keys(call.request)?;
    let (prefix, delimiter, after) = (query("prefix"), query("delimiter"), query("key-marker"));
    check_lengths(call.request)?;
    let after_id = match query("version-id-marker") {
        "" => None,
        text if after.is_empty() => {
            let message = "A version-id-marker needs a key-marker.";
            return Err(OssError::invalid_argument("version-id-marker", text, message));
        }
        text => Some(parse_version_id(text)?),
    };
    let page = Page { prefix, delimiter, after, max };
    let listing = call.with_bucket(|bucket| Ok(bucket.list_versions(&page, after_id)))?;
    Ok(Reply::xml("ListVersionsResult", |xml| {
        xml.text("Name", call.bucket);
        xml.text("Prefix", &shown(prefix, escaped));
        xml.text("KeyMarker", &shown(after, escaped));
        xml.text("VersionIdMarker", query("version-id-marker"));
        xml.value("MaxKeys", max);
        xml.text("Delimiter", &shown(delimiter, escaped));
        if escaped {
            xml.text("EncodingType", "url");
        }
        xml.value("IsTruncated", listing.next.is_some());
        if let Some(next) = &listing.next {
            xml.text("NextKeyMarker", &shown(next, escaped));
            if let Some((_, (last, _))) = listing.items.last().filter(|(key, _)| key == next) {
                xml.value("NextVersionIdMarker", last.id);
            }
        }
        for (key, (version, is_latest)) in &listing.items {
            let name = if version.is_marker() { "DeleteMarker" } else { "Version" };
            xml.element(name, |xml| {
                xml.text("Key", &shown(key, escaped));
                xml.value("VersionId", version.id);
                xml.value("IsLatest", is_latest);
                if version.is_marker() {
                    let modified = Timestamp::from_unix(version.modified);
                    xml.text("LastModified", &modified.iso_extended());
                } else {
                    described(xml, version);
                    if let Some(state) = restore_state(version, call.now) {
                        xml.text("RestoreInfo", &state);
                    }
                }
                service::owner(xml);
            });
        }
        groups(xml, &listing.common_prefixes, escaped);
    }))
}

/// What listings say of an object, after its name.
fn described(xml: &mut Xml, version: &Version) {
    xml.text("LastModified", &Timestamp::from_unix(version.modified).iso_extended());
    xml.text("ETag", &version.etag.quoted());
    xml.text("Type", version.kind.name());
    xml.value("Size", version.size);
    xml.text("StorageClass", version.attributes.storage_class.name());
}

fn groups(xml: &mut Xml, common_prefixes: &[String], escaped: bool) {
    for group in common_prefixes {
        xml.element("CommonPrefixes", |xml| xml.text("Prefix", &shown(group, escaped)));
    }
}

/// A name as the client wants it. Escaped, it has %20 for a space and %2B for a plus, which every client
/// reads alike.
pub(super) fn shown(text: &str, escaped: bool) -> String {
    if escaped { escape::query(text) } else { text.to_owned() }
}

/// Whether keys in the answer are to be URL-escaped.
pub(super) fn is_escaped(request: &Request) -> Result<bool, OssError> {
    match request.query("encoding-type") {
        None | Some("") => Ok(false),
        Some("url") => Ok(true),
        Some(other) => {
            let message = "The encoding type is not supported.";
            Err(OssError::invalid_argument("encoding-type", other, message))
        }
    }
}

/// How many entries a page of keys may have.
pub(super) fn max_keys(request: &Request) -> Result<usize, OssError> {
    limit(request, "max-keys", DEFAULT_KEYS)
}

/// How many entries a page may have by the parameter `name`.
pub(super) fn limit(
    request: &Request,
    name: &'static str,
    default: usize,
) -> Result<usize, OssError> {
    let Some(text) = request.query(name).filter(|text| !text.is_empty()) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| (1..=MOST_KEYS).contains(number));
    number.ok_or_else(|| {
        let message = format!("{name} is not a number from 1 to {MOST_KEYS}.");
        OssError::invalid_argument(name, text, message)
    })
}

/// A parameter that is a number.
pub(super) fn number(request: &Request, name: &'static str) -> Result<Option<u64>, OssError> {
    let text = request.query(name).filter(|text| !text.is_empty());
    let parse = |text: &str| {
        let message = format!("{name} is no number.");
        text.parse().map_err(|_| OssError::invalid_argument(name, text, message))
    };
    text.map(parse).transpose()
}

/// No key is longer, and so nothing that is compared with keys.
fn check_lengths(request: &Request) -> Result<(), OssError> {
    for name in ["prefix", "delimiter", "marker", "start-after", "key-marker"] {
        if let Some(text) = request.query(name).filter(|text| text.len() > MAX_KEY_LEN) {
            let message = format!("{name} is longer than {MAX_KEY_LEN} bytes.");
            return Err(OssError::invalid_argument(name, text, message));
        }
    }
    Ok(())
}

fn read_token(token: &str) -> Result<String, OssError> {
    let text = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| {
        let message = "The continuation token is not one of ours.";
        OssError::invalid_argument("continuation-token", token, message)
    })
}
