//! `PutObject`: writes a whole object.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Response};

use super::{BoxFuture, Unsigned};
use crate::error::failure::Failure;
use crate::{Body, Bucket, Result, crc64, response};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const FORBID_OVERWRITE: HeaderName = HeaderName::from_static("x-oss-forbid-overwrite");

/// The most that one `PutObject` may store: 5 GB, as OSS counts them.
const MAX_SIZE: u64 = 5 << 30;

/// A `PutObject` request; `.await` sends it. OSS takes at most 5 GB (5 × 2³⁰ bytes) this way.
///
/// What is written is compared with what was sent by CRC-64, and sent again when they differ.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PutObjectRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `PutObject` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutObject {
    /// The entity tag, without quotes.
    pub etag: Option<String>,
    /// The checksum of the object as OSS computed it.
    pub crc64: Option<u64>,
    /// The version that was written, in a bucket with versioning.
    pub version_id: Option<String>,
    /// OSS's id of the request.
    pub request_id: Option<String>,
}

impl PutObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String, body: Bytes) -> Self {
        let mut request = Unsigned::new("PutObject", Method::PUT, key);
        if let Some(mistake) = too_large(body.len() as u64) {
            request.refuse(mistake);
        } else {
            request.body = body;
        }
        Self { bucket, request }
    }

    fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.request.set(name, value);
        self
    }

    /// Sets the content type; `application/octet-stream` unless set.
    pub fn content_type(self, value: impl AsRef<str>) -> Self {
        self.header(CONTENT_TYPE, value.as_ref())
    }

    /// Sets the base64 of the body's MD5, for OSS to check.
    pub fn content_md5(self, value: impl AsRef<str>) -> Self {
        self.header(CONTENT_MD5, value.as_ref())
    }

    /// Sets the `Cache-Control` the object is served with.
    pub fn cache_control(self, value: impl AsRef<str>) -> Self {
        self.header(CACHE_CONTROL, value.as_ref())
    }

    /// Sets the `Content-Disposition` the object is served with.
    pub fn content_disposition(self, value: impl AsRef<str>) -> Self {
        self.header(CONTENT_DISPOSITION, value.as_ref())
    }

    /// Adds user metadata. The name comes back in lower case; the value should be printable ASCII.
    pub fn metadata(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        match HeaderName::try_from(format!("x-oss-meta-{name}")) {
            Ok(header) if !name.is_empty() => self.header(header, value.as_ref()),
            _ => {
                self.request.refuse(format!("`{}` is no metadata name", name.escape_debug()));
                self
            }
        }
    }

    /// Fails with [`Conflict`](crate::ErrorKind::Conflict) instead of replacing an object.
    ///
    /// Such a request is not repeated once it may have arrived: the repetition would meet the object
    /// that the first attempt wrote. See [`Error::outcome_unknown`](crate::Error::outcome_unknown).
    pub fn forbid_overwrite(mut self) -> Self {
        self.request.idempotent = false;
        self.header(FORBID_OVERWRITE, "true")
    }

    async fn send(mut self) -> Result<PutObject> {
        if !self.request.has(&CONTENT_TYPE) {
            self.request.set_static(CONTENT_TYPE, "application/octet-stream");
        }
        let length = HeaderValue::from(self.request.body.len());
        self.request.headers.push((CONTENT_LENGTH, length));
        let ours = crc64::of(&self.request.body);
        let read = |answer| std::future::ready(read(&answer, ours));
        self.bucket.run(self.request, read).await
    }
}

fn too_large(size: u64) -> Option<String> {
    (size > MAX_SIZE).then(|| {
        format!("the object has {size} bytes; one request stores at most {MAX_SIZE} (5 GB)")
    })
}

fn read(answer: &Response<Body>, ours: u64) -> std::result::Result<PutObject, Failure> {
    let headers = answer.headers();
    let crc64 = response::crc64(headers)?;
    if let Some(theirs) = crc64.filter(|theirs| *theirs != ours) {
        return Err(Failure::Inconsistent { ours, theirs });
    }
    let etag = response::etag(headers).filter(|etag| !etag.is_empty());
    if etag.is_none() {
        return Err(Failure::Protocol("the answer has no ETag".to_owned()));
    }
    Ok(PutObject {
        etag,
        crc64,
        version_id: response::text(headers, "x-oss-version-id"),
        request_id: response::text(headers, "x-oss-request-id"),
    })
}

impl IntoFuture for PutObjectRequest {
    type Output = Result<PutObject>;
    type IntoFuture = BoxFuture<PutObject>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_object_is_the_services() {
        assert_eq!(too_large(5_368_709_120), None);
        assert_eq!(
            too_large(5_368_709_121).as_deref(),
            Some("the object has 5368709121 bytes; one request stores at most 5368709120 (5 GB)")
        );
    }
}
