//! Reading the headers of answers.

use http::HeaderMap;

use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::{Receipt, Timestamp};

/// What OSS knows of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectMetadata {
    /// The size of the whole object, in bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: Option<String>,
    /// The content type it is served with.
    pub content_type: Option<String>,
    /// When it was written.
    pub last_modified: Option<Timestamp>,
    /// `Standard`, `IA`, `Archive`, ...
    pub storage_class: Option<String>,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: Option<String>,
    /// The checksum of the whole object.
    pub crc64: Option<u64>,
    /// `Cache-Control`, as it is served.
    pub cache_control: Option<String>,
    /// `Content-Disposition`, as it is served.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, as it is served.
    pub content_encoding: Option<String>,
    /// `Content-Language`, as it is served.
    pub content_language: Option<String>,
    /// `Expires`, as it is served.
    pub expires: Option<String>,
    /// How it is encrypted: `AES256`, `KMS` or `SM4`.
    pub server_side_encryption: Option<String>,
    /// How far its restoration is: `ongoing-request="true"`, or `"false"` with an expiry date.
    pub restore: Option<String>,
    /// How many tags it has.
    pub tag_count: Option<u32>,
    /// Where the next append goes, of an appendable object.
    pub next_append_position: Option<u64>,
    /// User metadata, in the order it came, names in lower case and without `x-oss-meta-`.
    pub user_metadata: Vec<(String, String)>,
    /// The version, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How the answer came about.
    pub receipt: Receipt,
}

receipted!(ObjectMetadata);

const USER: &str = "x-oss-meta-";

pub(crate) fn object_metadata(headers: &HeaderMap, size: u64) -> Result<ObjectMetadata, Failure> {
    let user = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(USER)?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    Ok(ObjectMetadata {
        size,
        etag: etag(headers),
        content_type: text(headers, "content-type"),
        last_modified: str(headers, "last-modified").and_then(Timestamp::parse_http_date),
        storage_class: text(headers, "x-oss-storage-class"),
        object_type: text(headers, "x-oss-object-type"),
        crc64: crc64(headers)?,
        cache_control: text(headers, "cache-control"),
        content_disposition: text(headers, "content-disposition"),
        content_encoding: text(headers, "content-encoding"),
        content_language: text(headers, "content-language"),
        expires: text(headers, "expires"),
        server_side_encryption: text(headers, "x-oss-server-side-encryption"),
        restore: text(headers, "x-oss-restore"),
        tag_count: str(headers, "x-oss-tagging-count").and_then(|text| text.trim().parse().ok()),
        next_append_position: next_position(headers),
        user_metadata: user.collect(),
        version_id: version_id(headers),
        receipt: Receipt::default(),
    })
}

fn str<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A header as text; one that is no text counts as absent.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    str(headers, name).map(str::to_owned)
}

pub(crate) fn etag(headers: &HeaderMap) -> Option<String> {
    str(headers, "etag").map(|etag| etag.trim_matches('"').to_owned())
}

/// The entity tag of something that was written, which OSS always gives.
pub(crate) fn required_etag(headers: &HeaderMap) -> Result<String, Failure> {
    etag(headers)
        .filter(|etag| !etag.is_empty())
        .ok_or_else(|| Failure::Protocol("the answer has no ETag".to_owned()))
}

pub(crate) fn version_id(headers: &HeaderMap) -> Option<String> {
    text(headers, "x-oss-version-id")
}

/// The checksum, an unsigned decimal; objects older than the feature have none.
pub(crate) fn crc64(headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    match headers.get("x-oss-hash-crc64ecma") {
        None => Ok(None),
        Some(value) => match value.to_str().ok().and_then(decimal) {
            Some(crc) => Ok(Some(crc)),
            None => Err(Failure::Protocol("the answer's CRC-64 is no number".to_owned())),
        },
    }
}

/// Where the next append goes.
pub(crate) fn next_position(headers: &HeaderMap) -> Option<u64> {
    str(headers, "x-oss-next-append-position").and_then(decimal)
}

pub(crate) fn content_length(headers: &HeaderMap) -> Result<u64, Failure> {
    str(headers, "content-length")
        .and_then(decimal)
        .ok_or_else(|| Failure::Protocol("the answer has no Content-Length".to_owned()))
}

/// First and last byte of `bytes 0-99/1000`, and the size of the whole.
pub(crate) fn content_range(headers: &HeaderMap) -> Result<(u64, u64, u64), Failure> {
    let parse = |text: &str| {
        let (range, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        Some((decimal(first)?, decimal(last)?, decimal(size)?))
    };
    str(headers, "content-range")
        .and_then(parse)
        .ok_or_else(|| Failure::Protocol("the answer has no readable Content-Range".to_owned()))
}

/// Digits only: Rust's parser would take a `+` too.
fn decimal(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
