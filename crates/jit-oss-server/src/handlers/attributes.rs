//! What a write says of an object beside its content, and of how it is to be written.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::{Call, tagging};
use crate::digest::{Sums, parse_hex};
use crate::error::OssError;
use crate::request::Request;
use crate::store::version::{Acl, Attributes, StorageClass};

/// Headers that are stored and come back, beside user metadata.
const STORED: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];
const META_PREFIX: &str = "x-oss-meta-";
/// The most bytes that user metadata may have.
const MAX_META: usize = 8 << 10;

const ENCRYPTION: &str = "x-oss-server-side-encryption";
const DATA_ENCRYPTION: &str = "x-oss-server-side-data-encryption";
const KEY_ID: &str = "x-oss-server-side-encryption-key-id";
/// The key that the service itself has for those who name none.
const SERVICE_KEY: &str = "00000000-0000-4000-8000-000000000000";

/// All that the request's headers say.
pub(super) fn read(call: Call<'_>) -> Result<Attributes, OssError> {
    let class = call.with_bucket(|bucket| Ok(bucket.properties.storage_class))?;
    let mut headers = metadata(call.request)?;
    headers.extend(encryption(call.request)?);
    Ok(Attributes {
        headers,
        storage_class: storage_class(call.request)?.unwrap_or(class),
        acl: acl(call.request)?.unwrap_or_default(),
        tags: tagging::from_header(call.request)?,
    })
}

/// The content type and its kin, and user metadata.
pub(super) fn metadata(request: &Request) -> Result<Vec<(String, String)>, OssError> {
    // Most have a content type and nothing else.
    let (mut stored, mut meta) = (Vec::with_capacity(1), 0);
    for (name, value) in request.headers.iter() {
        let is_meta = name.as_str().starts_with(META_PREFIX);
        if !is_meta && !STORED.contains(&name.as_str()) {
            continue;
        }
        // Checked to be UTF-8 when the request was read.
        let value = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
        if is_meta {
            meta += name.as_str().len() + value.len();
        }
        stored.push((name.as_str().to_owned(), value.to_owned()));
    }
    if meta > MAX_META {
        return Err(OssError::bad_request(
            "InvalidArgument",
            format!("The user metadata has more than {MAX_META} bytes."),
        ));
    }
    Ok(stored)
}

/// The headers of encryption, which are echoed: nothing is encrypted here.
pub(super) fn encryption(request: &Request) -> Result<Vec<(String, String)>, OssError> {
    let of = |name: &'static str| request.header(name).map(|value| (name, value));
    let all = [of(ENCRYPTION), of(DATA_ENCRYPTION), of(KEY_ID)];
    let method = request.header(ENCRYPTION);
    let known = matches!(
        (method, request.header(DATA_ENCRYPTION)),
        (None | Some("AES256" | "SM4"), None) | (Some("KMS"), None | Some("SM4"))
    );
    let keyed = request.header(KEY_ID).is_none() || method == Some("KMS");
    if !known || !keyed {
        let message = "The encryption is not AES256, SM4 or KMS, or has a key that only KMS has.";
        return Err(OssError::bad_request("InvalidEncryptionAlgorithmError", message));
    }
    let mut named: Vec<_> = all.into_iter().flatten().collect();
    if method == Some("KMS") && request.header(KEY_ID).is_none() {
        named.push((KEY_ID, SERVICE_KEY));
    }
    Ok(named.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Whether a stored header is one of encryption.
pub(crate) fn is_encryption(name: &str) -> bool {
    matches!(name, ENCRYPTION | DATA_ENCRYPTION | KEY_ID)
}

pub(super) fn storage_class(request: &Request) -> Result<Option<StorageClass>, OssError> {
    let Some(text) = request.header("x-oss-storage-class") else { return Ok(None) };
    StorageClass::parse(text).map(Some).ok_or_else(|| {
        let message = "The storage class is not known.";
        OssError::invalid_argument("x-oss-storage-class", text, message)
    })
}

pub(super) fn acl(request: &Request) -> Result<Option<Acl>, OssError> {
    let Some(text) = request.header("x-oss-object-acl") else { return Ok(None) };
    Acl::parse(text).map(Some).ok_or_else(|| {
        let message = "The access control list is not known.";
        OssError::invalid_argument("x-oss-object-acl", text, message)
    })
}

/// Whether an object of this name must not be there yet.
pub(super) fn forbid_overwrite(request: &Request) -> Result<bool, OssError> {
    match request.header("x-oss-forbid-overwrite") {
        None => Ok(false),
        Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
        Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
        Some(other) => {
            let message = "The value is neither true nor false.";
            Err(OssError::invalid_argument("x-oss-forbid-overwrite", other, message)
                .ec("0017-00000279"))
        }
    }
}

/// What the sender says of the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced {
    md5: Option<[u8; 16]>,
    sha256: Option<[u8; 32]>,
}

impl Announced {
    pub(super) fn read(request: &Request) -> Result<Self, OssError> {
        // Where a signer has put the digest in the place of `UNSIGNED-PAYLOAD`.
        let sha256 = request.header("x-oss-content-sha256").and_then(parse_hex);
        Ok(Self { md5: content_md5(request)?, sha256 })
    }

    pub(super) fn has_sha256(&self) -> bool {
        self.sha256.is_some()
    }

    /// Refuses bytes that are not those.
    pub(super) fn check(&self, sums: &Sums) -> Result<(), OssError> {
        if self.md5.is_some_and(|md5| md5 != sums.md5) || self.sha256 != sums.sha256 {
            return Err(bad_digest());
        }
        Ok(())
    }
}

/// The digest that the sender announces.
pub(super) fn content_md5(request: &Request) -> Result<Option<[u8; 16]>, OssError> {
    let Some(text) = request.header("content-md5") else { return Ok(None) };
    let digest = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    digest.map(Some).ok_or_else(|| {
        let message = "The Content-MD5 you specified is not the base64 of an MD5.";
        OssError::bad_request("InvalidDigest", message).with("Content-MD5", text)
    })
}

pub(super) fn bad_digest() -> OssError {
    let message = "The digest you specified does not match the content we received.";
    OssError::bad_request("InvalidDigest", message)
}
