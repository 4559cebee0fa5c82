//! `PutObject`.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{StatusCode, header};

use super::{CONTENT_MD5, CRC64, Call};
use crate::body::{MAX_PUT, RequestBody, too_large};
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Put, StoreError};

/// Headers that are stored and come back, beside `x-oss-meta-`.
const STORED: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];
const META_PREFIX: &str = "x-oss-meta-";
const MAX_META: usize = 8 << 10;

pub(super) async fn put_object(call: Call<'_>, body: &mut RequestBody) -> Result<Reply, OssError> {
    let request = call.request;
    check_length(request)?;
    let put = Put {
        bucket: call.bucket.to_owned(),
        key: call.key.to_owned(),
        last_modified: call.now.unix(),
        storage_class: storage_class(request)?,
        headers: stored_headers(request)?,
        forbid_overwrite: forbid_overwrite(request)?,
        md5: content_md5(request)?,
        sha256: request.header("x-oss-content-sha256").and_then(hex32),
    };
    // Early, before 5 GB have travelled in vain; the commit looks again.
    let store = &call.state.store;
    let exists = store.exists(call.bucket, call.key).map_err(|error| call.refused(error))?;
    if put.forbid_overwrite && exists {
        return Err(call.refused(StoreError::AlreadyExists));
    }
    let mut upload = store.begin(&put);
    while let Some(data) = body.next().await? {
        upload.write(data).await.map_err(|error| OssError::internal(&error))?;
    }
    let metadata = store.commit(upload, put).await.map_err(|error| call.refused(error))?;
    Ok(Reply::empty(StatusCode::OK)
        .with(header::ETAG, &metadata.etag())
        .with(CONTENT_MD5, &metadata.content_md5())
        .with(CRC64, &metadata.crc64.to_string()))
}

fn check_length(request: &Request) -> Result<(), OssError> {
    match request.header("content-length").map(str::parse::<u64>) {
        Some(Ok(length)) if length > MAX_PUT => Err(too_large()),
        None if !request.headers.contains_key(header::TRANSFER_ENCODING) => Err(OssError::new(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLength",
            "You must provide the Content-Length HTTP header.",
        )),
        _ => Ok(()),
    }
}

fn stored_headers(request: &Request) -> Result<Vec<(String, String)>, OssError> {
    let (mut stored, mut meta) = (Vec::new(), 0);
    for (name, value) in &request.headers {
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

fn storage_class(request: &Request) -> Result<String, OssError> {
    match request.header("x-oss-storage-class") {
        None => Ok("Standard".to_owned()),
        Some(class @ ("Standard" | "IA")) => Ok(class.to_owned()),
        Some("Archive" | "ColdArchive" | "DeepColdArchive") => {
            Err(OssError::not_implemented("archive storage"))
        }
        Some(other) => {
            let message = "The storage class is not known.";
            Err(OssError::invalid_argument("x-oss-storage-class", other, message))
        }
    }
}

fn forbid_overwrite(request: &Request) -> Result<bool, OssError> {
    match request.header("x-oss-object-acl") {
        None | Some("default" | "private") => {}
        Some(_) => return Err(OssError::not_implemented("public objects")),
    }
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

/// The digest that the sender announces.
pub(super) fn content_md5(request: &Request) -> Result<Option<[u8; 16]>, OssError> {
    let Some(text) = request.header("content-md5") else { return Ok(None) };
    let digest = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    digest.map(Some).ok_or_else(|| {
        let message = "The Content-MD5 you specified is not the base64 of an MD5.";
        OssError::bad_request("InvalidDigest", message).with("Content-MD5", text)
    })
}

/// The digest that a signer put in the place of `UNSIGNED-PAYLOAD`.
fn hex32(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
        .collect();
    let bytes: Vec<u8> = digits?
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit))
        .collect();
    if text.len() == 64 { bytes.try_into().ok() } else { None }
}
