//! The V1 scheme: `OSS`, HMAC-SHA1.
//!
//! Closed to new accounts since March 2025 and to new buckets since September 2025; buckets that
//! predate that may still need it.
//!
//! V1 signs the object's name and the query as one text, unescaped, so it cannot tell
//! `k?response-content-type=text/html` as a name from the name `k` with that query: a URL signed for the
//! object of that name opens `k`, served with the overridden type. This is the scheme's own; where others
//! choose the names, sign with [V4](super::v4), which escapes both.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::canonical::{has_oss_prefix, header, put_headers};
use super::{Request, Signed, Stages};
use crate::{Credentials, Timestamp};

/// Query parameters that are part of the signed resource, beside every name that starts with `x-oss-`.
const SUB_RESOURCES: &[&str] = &[
    "accessMonitor",
    "accessPoint",
    "accessPointConfigForObjectProcess",
    "accessPointForObjectProcess",
    "accessPointPolicy",
    "accessPointPolicyForObjectProcess",
    "acl",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cleanRestoredObject",
    "cloudboxes",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "delete",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "inventory",
    "inventoryId",
    "legalHold",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectMeta",
    "objectWorm",
    "overwriteConfig",
    "partNumber",
    "policy",
    "policyStatus",
    "position",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "referer",
    "regionList",
    "regions",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "rtc",
    "seal",
    "security-token",
    "sequential",
    "startTime",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "uploadId",
    "uploads",
    "userDefinedLogFieldsConfig",
    "versionId",
    "versioning",
    "versions",
    "vod",
    "website",
    "worm",
    "wormExtend",
    "wormId",
];

/// What is added takes, roughly.
const ROOM: usize = 128;

fn is_sub_resource(name: &str) -> bool {
    SUB_RESOURCES.binary_search(&name).is_ok() || name.starts_with("x-oss-")
}

/// The string to sign. `date` is the `Date` header (or `x-oss-date`) for a signed header, and the
/// expiry in unix seconds for a presigned URL.
#[must_use]
pub fn string_to_sign(request: &Request<'_>, date: &str) -> String {
    let mut out = String::with_capacity(256);
    for part in [
        request.method,
        header(request.headers, "content-md5").unwrap_or_default(),
        header(request.headers, "content-type").unwrap_or_default(),
        date,
    ] {
        out.push_str(part);
        out.push('\n');
    }
    put_headers(&mut out, request.headers, has_oss_prefix, &[]);
    out.push('/');
    if let Some(bucket) = request.bucket {
        out.push_str(bucket);
        out.push('/');
        out.push_str(request.key.unwrap_or_default());
    }
    let mut query: Vec<_> =
        request.query.iter().filter(|(name, _)| is_sub_resource(name)).collect();
    query.sort_by_key(|(name, _)| *name);
    for (index, (name, value)) in query.into_iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        if !value.is_empty() {
            out.push('=');
            out.push_str(value);
        }
    }
    out
}

/// Base64 of HMAC-SHA1 over `string_to_sign`.
#[must_use]
pub fn signature(secret: &str, string_to_sign: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else {
        return String::new(); // HMAC takes keys of any length.
    };
    mac.update(string_to_sign.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

/// Signs with the `Authorization` header. Adds `Date` and the session token. An `x-oss-date` header that
/// the request carries is signed in the place of `Date`.
#[must_use]
pub fn sign_header(
    request: &Request<'_>,
    credentials: &Credentials,
    time: Timestamp,
    stages: Option<&mut Stages>,
) -> Signed {
    const NAMES: &[&str] = &["x-oss-security-token", "date", "authorization"];
    let mut signed = Signed::with_capacity(ROOM, NAMES);
    let token = credentials.security_token();
    signed.add(&[token.unwrap_or_default()]);
    let mut headers = request.headers.to_vec();
    headers.extend(token.map(|token| ("x-oss-security-token", token)));
    let date = time.http_date();
    let date_line = header(request.headers, "x-oss-date").unwrap_or(&date);
    let complete = Request { headers: &headers, ..*request };
    let text = string_to_sign(&complete, date_line);
    signed.add(&[&date]);
    signed.put(&["OSS ", credentials.access_key_id(), ":"]);
    signed.add_signature(&signature(credentials.secret(), &text));
    record(stages, text);
    signed
}

/// Presigns: the URL itself grants the request until `time` plus `expires` seconds.
#[must_use]
pub fn presign(
    request: &Request<'_>,
    credentials: &Credentials,
    time: Timestamp,
    expires: u64,
    stages: Option<&mut Stages>,
) -> Signed {
    const NAMES: &[&str] = &["OSSAccessKeyId", "Expires", "security-token", "Signature"];
    let until = time.plus(i64::try_from(expires).unwrap_or(i64::MAX)).unix().to_string();
    let token = credentials.security_token();
    let mut signed = Signed::with_capacity(ROOM, NAMES);
    signed.add(&[credentials.access_key_id()]);
    signed.add(&[&until]);
    signed.add(&[token.unwrap_or_default()]);
    let mut query = request.query.to_vec();
    query.extend(token.map(|token| ("security-token", token)));
    let text = string_to_sign(&Request { query: &query, ..*request }, &until);
    signed.add_signature(&signature(credentials.secret(), &text));
    record(stages, text);
    signed
}

fn record(stages: Option<&mut Stages>, string_to_sign: String) {
    if let Some(stages) = stages {
        *stages = Stages { canonical_request: None, string_to_sign };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_resources_are_sorted_for_the_search() {
        assert!(SUB_RESOURCES.is_sorted());
    }
}
