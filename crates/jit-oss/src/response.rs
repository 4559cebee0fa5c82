//! Reading the headers of answers.

use http::header::{AsHeaderName, CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use http::{HeaderMap, HeaderName};

use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::{Receipt, Timestamp};

/// What OSS knows of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectMetadata {
    /// The size of the whole object, in bytes.
    pub size: u64,
    /// The entity tag, without quotes. A weak one, as proxies make them, counts as none: it says nothing of
    /// bytes, and nothing can be asked for by it.
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
static CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");
static VERSION: HeaderName = HeaderName::from_static("x-oss-version-id");
static NEXT_POSITION: HeaderName = HeaderName::from_static("x-oss-next-append-position");

/// Each header is looked at once: there are fewer of them than are known.
pub(crate) fn object_metadata(headers: &HeaderMap, size: u64) -> Result<ObjectMetadata, Failure> {
    let mut known = ObjectMetadata { size, crc64: crc64(headers)?, ..ObjectMetadata::default() };
    for (name, value) in headers {
        let name = name.as_str();
        if let Some(name) = name.strip_prefix(USER) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            known.user_metadata.push((name.to_owned(), value));
            continue;
        }
        let Ok(text) = value.to_str() else { continue };
        let place = match name {
            "etag" => {
                known.etag = Some(unquoted(text)).filter(|_| !text.starts_with("W/"));
                continue;
            }
            "x-oss-next-append-position" => {
                known.next_append_position = decimal(text);
                continue;
            }
            "x-oss-version-id" => &mut known.version_id,
            "content-type" => &mut known.content_type,
            "x-oss-storage-class" => &mut known.storage_class,
            "x-oss-object-type" => &mut known.object_type,
            "cache-control" => &mut known.cache_control,
            "content-disposition" => &mut known.content_disposition,
            "content-encoding" => &mut known.content_encoding,
            "content-language" => &mut known.content_language,
            "expires" => &mut known.expires,
            "x-oss-server-side-encryption" => &mut known.server_side_encryption,
            "x-oss-restore" => &mut known.restore,
            "last-modified" => {
                known.last_modified = Timestamp::parse_http_date(text);
                continue;
            }
            "x-oss-tagging-count" => {
                known.tag_count = text.trim().parse().ok();
                continue;
            }
            _ => continue,
        };
        place.get_or_insert_with(|| text.to_owned());
    }
    Ok(known)
}

fn str(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A header as text; one that is no text counts as absent.
pub(crate) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    str(headers, name).map(str::to_owned)
}

pub(crate) fn etag(headers: &HeaderMap) -> Option<String> {
    str(headers, ETAG).map(unquoted)
}

fn unquoted(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

/// The entity tag of something that was written, which OSS always gives.
pub(crate) fn required_etag(headers: &HeaderMap) -> Result<String, Failure> {
    etag(headers)
        .filter(|etag| !etag.is_empty())
        .ok_or_else(|| Failure::Protocol("the answer has no ETag".to_owned()))
}

pub(crate) fn version_id(headers: &HeaderMap) -> Option<String> {
    text(headers, &VERSION)
}

/// The checksum, an unsigned decimal; objects older than the feature have none.
pub(crate) fn crc64(headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    let Some(value) = headers.get(&CRC64) else { return Ok(None) };
    match value.to_str().ok().and_then(decimal) {
        Some(crc) => Ok(Some(crc)),
        None => Err(Failure::Protocol("the answer's CRC-64 is no number".to_owned())),
    }
}

/// Where the next append goes.
pub(crate) fn next_position(headers: &HeaderMap) -> Option<u64> {
    str(headers, &NEXT_POSITION).and_then(decimal)
}

pub(crate) fn content_length(headers: &HeaderMap) -> Result<u64, Failure> {
    str(headers, CONTENT_LENGTH)
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
    str(headers, CONTENT_RANGE)
        .and_then(parse)
        .ok_or_else(|| Failure::Protocol("the answer has no readable Content-Range".to_owned()))
}

/// Digits only: Rust's parser would take a `+` too.
fn decimal(text: &str) -> Option<u64> {
    let digits = text.as_bytes().trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
