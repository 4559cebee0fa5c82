//! `ListObjects` and `ListObjectsV2`.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss::{Timestamp, escape};

use super::{Call, service};
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::index::{Listing, Page};

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
    // An escaped key has %20 for a space and %2B for a plus, which every client reads alike.
    let shown = |text: &str| if escaped { escape::query(text) } else { text.to_owned() };
    let max_keys = max_keys(call.request)?;
    let (prefix, delimiter) = (query("prefix"), query("delimiter"));
    let page = Page { prefix, delimiter, after: &after, max_keys };
    let listing = call.state.store.list(call.bucket, &page);
    let Listing { objects, common_prefixes, next } =
        listing.map_err(|error| call.refused(error))?;
    let with_owner = !is_v2 || query("fetch-owner") == "true";
    Ok(Reply::xml("ListBucketResult", |xml| {
        xml.text("Name", call.bucket);
        xml.text("Prefix", &shown(prefix));
        if is_v2 {
            xml.text("StartAfter", &shown(query("start-after")));
            if !token.is_empty() {
                xml.text("ContinuationToken", &shown(token));
            }
        } else {
            xml.text("Marker", &shown(&after));
        }
        xml.value("MaxKeys", max_keys);
        xml.text("Delimiter", &shown(delimiter));
        if escaped {
            xml.text("EncodingType", "url");
        }
        xml.value("IsTruncated", next.is_some());
        match &next {
            Some(next) if is_v2 => xml.text("NextContinuationToken", &shown(&BASE64.encode(next))),
            Some(next) => xml.text("NextMarker", &shown(next)),
            None => {}
        }
        if is_v2 {
            xml.value("KeyCount", objects.len() + common_prefixes.len());
        }
        for (key, entry) in &objects {
            xml.element("Contents", |xml| {
                xml.text("Key", &shown(key));
                let modified = Timestamp::from_unix(entry.last_modified);
                xml.text("LastModified", &modified.iso_extended());
                xml.text("ETag", &format!("\"{}\"", entry.md5));
                xml.text("Type", "Normal");
                xml.value("Size", entry.size);
                xml.text("StorageClass", &entry.storage_class);
                if with_owner {
                    service::owner(xml);
                }
            });
        }
        for group in &common_prefixes {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", &shown(group)));
        }
    }))
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

/// How many entries a page may have.
pub(super) fn max_keys(request: &Request) -> Result<usize, OssError> {
    let Some(text) = request.query("max-keys").filter(|text| !text.is_empty()) else {
        return Ok(DEFAULT_KEYS);
    };
    let number = text.parse().ok().filter(|number| (1..=MOST_KEYS).contains(number));
    number.ok_or_else(|| {
        let message = format!("max-keys is not a number from 1 to {MOST_KEYS}.");
        OssError::invalid_argument("max-keys", text, message)
    })
}

fn read_token(token: &str) -> Result<String, OssError> {
    let text = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| {
        let message = "The continuation token is not one of ours.";
        OssError::invalid_argument("continuation-token", token, message)
    })
}
