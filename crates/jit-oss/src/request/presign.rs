//! Presigned URLs: a request that whoever holds the URL may send, for a while.

use std::fmt;
use std::time::Duration;

use http::Method;
use http::header::CONTENT_TYPE;

use super::Unsigned;
use crate::sign::v4;
use crate::{Bucket, Result, SignatureVersion, Timestamp};

const DEFAULT_EXPIRES: Duration = Duration::from_secs(15 * 60);

/// Presigning one request; [`sign`](Self::sign) does it.
#[derive(Debug)]
#[must_use = "nothing is signed until `sign` is called"]
pub struct PresignRequest {
    bucket: Bucket,
    request: Unsigned,
    expires: Duration,
}

impl PresignRequest {
    pub(crate) fn get(bucket: Bucket, key: String) -> Self {
        Self::new(bucket, Unsigned::new("GetObject", Method::GET, key))
    }

    pub(crate) fn put(bucket: Bucket, key: String) -> Self {
        Self::new(bucket, Unsigned::new("PutObject", Method::PUT, key))
    }

    fn new(bucket: Bucket, request: Unsigned) -> Self {
        Self { bucket, request, expires: DEFAULT_EXPIRES }
    }

    /// Sets how long the URL works, in whole seconds from 1; 15 minutes unless set. V4 allows at most
    /// 7 days, V1 anything.
    pub fn expires(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }

    /// Signs the content type: whoever uses the URL must send exactly this `Content-Type`.
    pub fn content_type(mut self, value: impl AsRef<str>) -> Self {
        self.request.set(CONTENT_TYPE, value.as_ref());
        self
    }

    /// Sets the content type that a `GET` is answered with, whatever the object's own is.
    pub fn response_content_type(mut self, value: impl Into<String>) -> Self {
        self.request.query("response-content-type", value);
        self
    }

    /// Signs. This sends nothing to OSS; where a provider finds the credentials, it may be asked.
    ///
    /// A URL lives no longer than the credentials that signed it:
    /// [`expires_at`](PresignedUrl::expires_at) says when it stops working, whichever ends first.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the object name, the life or a header is not allowed; those of the provider.
    pub async fn sign(mut self) -> Result<PresignedUrl> {
        let seconds = self.expires.as_secs();
        if seconds == 0 {
            self.request.refuse("a presigned URL must work for at least a second".to_owned());
        } else if seconds > v4::MAX_EXPIRES
            && self.bucket.client().config().signature_version == SignatureVersion::V4
        {
            let limit = v4::MAX_EXPIRES;
            let what = format!("a V4 URL works for at most 7 days ({limit} s), not {seconds} s");
            self.request.refuse(what);
        }
        let (url, expires_at) = self.bucket.place().presign(&self.request, seconds).await?;
        let headers = self.request.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Ok(PresignedUrl {
            url,
            method: self.request.method.clone(),
            headers: headers.collect(),
            expires_at,
        })
    }
}

/// A URL that carries its own signature. Whoever has it can use it, so `Debug` hides the query.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl {
    url: String,
    method: Method,
    headers: Vec<(String, String)>,
    expires_at: Timestamp,
}

impl PresignedUrl {
    /// The URL, signature included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The method it works for.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// Headers that must be sent exactly so.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// When it stops working: after the time asked for, or earlier, with temporary credentials that end
    /// earlier.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("PresignedUrl")
            .field("method", &self.method)
            .field("url", &format_args!("{path}?***"))
            .field("headers", &self.headers)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}
