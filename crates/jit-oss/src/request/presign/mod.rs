//! Presigning: a request that whoever holds the URL may send, for a while.

use std::time::Duration;

use http::{HeaderName, Method};

use super::Unsigned;
use super::headers::headers;
use crate::sign::v4;
use crate::{Bucket, Result, SignatureVersion};

mod recipe;

pub use recipe::PresignedUrl;

const DEFAULT_EXPIRES: Duration = Duration::from_secs(15 * 60);
const COMPLETE_ALL: HeaderName = HeaderName::from_static("x-oss-complete-all");

/// Presigning one request; [`sign`](Self::sign) does it.
///
/// Headers that are set are signed, and whoever uses the URL must send them exactly so.
#[derive(Debug)]
#[must_use = "nothing is signed until `sign` is called"]
pub struct PresignRequest {
    bucket: Bucket,
    request: Unsigned,
    expires: Duration,
}

headers! {
    PresignRequest: content, storage, acl, tags, forbid_overwrite, conditions, version;
}

impl PresignRequest {
    pub(crate) fn get(bucket: Bucket, key: String) -> Self {
        Self::new(bucket, Unsigned::new("GetObject", Method::GET, key))
    }

    pub(crate) fn head(bucket: Bucket, key: String) -> Self {
        Self::new(bucket, Unsigned::new("HeadObject", Method::HEAD, key))
    }

    pub(crate) fn put(bucket: Bucket, key: String) -> Self {
        Self::new(bucket, Unsigned::new("PutObject", Method::PUT, key))
    }

    pub(crate) fn delete(bucket: Bucket, key: String) -> Self {
        Self::new(bucket, Unsigned::new("DeleteObject", Method::DELETE, key))
    }

    pub(crate) fn initiate(bucket: Bucket, key: String) -> Self {
        let request = Unsigned::new("InitiateMultipartUpload", Method::POST, key);
        Self::new(bucket, request.sub_resource("uploads"))
    }

    pub(crate) fn upload_part(bucket: Bucket, key: String, upload: String, number: u32) -> Self {
        let mut request = Unsigned::new("UploadPart", Method::PUT, key);
        request.part_number(number);
        request.upload_id(upload);
        Self::new(bucket, request)
    }

    pub(crate) fn complete(bucket: Bucket, key: String, upload: String) -> Self {
        let mut request = Unsigned::new("CompleteMultipartUpload", Method::POST, key);
        request.upload_id(upload);
        // Without it the parts would have to be listed in a body.
        request.set_static(COMPLETE_ALL, "yes");
        Self::new(bucket, request)
    }

    pub(crate) fn abort(bucket: Bucket, key: String, upload: String) -> Self {
        let mut request = Unsigned::new("AbortMultipartUpload", Method::DELETE, key);
        request.upload_id(upload);
        Self::new(bucket, request)
    }

    fn new(bucket: Bucket, request: Unsigned) -> Self {
        Self { bucket, request, expires: DEFAULT_EXPIRES }
    }

    /// Sets how long the URL works, in whole seconds from 1; 15 minutes unless set. V4 allows at most
    /// 7 days, V1 anything.
    pub fn expires_in(mut self, life: Duration) -> Self {
        self.expires = life;
        self
    }

    /// Sets the content type that a `GET` is answered with, whatever the object's own is.
    pub fn response_content_type(mut self, value: impl Into<String>) -> Self {
        self.request.query("response-content-type", value);
        self
    }

    /// Sets the `Content-Disposition` that a `GET` is answered with, whatever the object's own is:
    /// `attachment; filename="cat.png"` makes browsers save it.
    pub fn response_content_disposition(mut self, value: impl Into<String>) -> Self {
        self.request.query("response-content-disposition", value);
        self
    }

    /// Limits the speed, in bits per second: 245,760 to 838,860,800. It stands in the URL, so nobody has
    /// to send a header for it.
    pub fn traffic_limit(mut self, bits_per_second: u64) -> Self {
        match super::headers::traffic_limit(bits_per_second) {
            Ok(limit) => self.request.query("x-oss-traffic-limit", limit),
            Err(mistake) => self.request.refuse(mistake),
        }
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
        let presigned = self.bucket.place().presign(&self.request, seconds).await?;
        Ok(PresignedUrl::new(presigned, self.request))
    }
}
