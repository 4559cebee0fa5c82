//! `PutObject`: writes a whole object.

use bytes::Bytes;
use http::{HeaderName, Method, Response};

use super::headers::headers;
use super::{Answer, Settle, Unsigned, awaited};
use crate::error::failure::Failure;
use crate::payload::Sent;
use crate::receipt::Receipted;
use crate::{Body, Bucket, ObjectMetadata, Payload, Receipt, Result, response};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// A `PutObject` request; `.await` sends it. OSS takes at most 5 GB (5 × 2³⁰ bytes) this way.
///
/// What is written is compared with what was sent by CRC-64, and sent again when they differ. Where the
/// answer is lost of a request that must not be repeated, or cannot be, the object is compared instead.
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
    /// What the callback's server said, when there was a callback.
    pub callback_answer: Option<Bytes>,
    /// How it came about.
    pub receipt: Receipt,
}

impl Receipted for PutObject {
    fn receipt_mut(&mut self) -> &mut Receipt {
        &mut self.receipt
    }

    fn settled(object: ObjectMetadata) -> Option<Self> {
        let receipt = Receipt { bytes: object.size, crc_verified: true, ..object.receipt };
        let ObjectMetadata { etag, crc64, version_id, .. } = object;
        Some(Self { etag, crc64, version_id, callback_answer: None, receipt })
    }
}

awaited!(PutObjectRequest => PutObject);
headers! {
    PutObjectRequest: content, storage, acl, tags, forbid_overwrite, traffic_limit;
}

impl PutObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String, body: Payload) -> Self {
        let mut request = Unsigned::new("PutObject", Method::PUT, key).storing(body);
        request.settle = Some(Settle::Content);
        Self { bucket, request }
    }

    /// What it will send, for those who make several requests of one.
    pub(crate) fn request_mut(&mut self) -> &mut Unsigned {
        &mut self.request
    }

    /// Sets the base64 of the body's MD5, for OSS to check.
    pub fn content_md5(mut self, value: impl AsRef<str>) -> Self {
        self.request.set(CONTENT_MD5, value.as_ref());
        self
    }

    /// Asks OSS to call a server of yours once the object is stored. When that fails, the object is
    /// stored all the same and the error is a [`Callback`](crate::ErrorKind::Callback).
    pub fn callback(mut self, callback: &crate::Callback) -> Self {
        self.request.callback(callback);
        // The object does not tell what the callback's server said.
        self.request.settle = None;
        self.request.answer = Answer::Document;
        self
    }

    fn send(mut self) -> impl Future<Output = Result<PutObject>> {
        self.request.default_content_type();
        let has_callback = self.request.answer == Answer::Document;
        // An `async fn` would have room for the request twice.
        async move {
            let read = |answer, sent| std::future::ready(read(answer, &sent, has_callback));
            self.bucket.place().run(&self.request, read).await
        }
    }
}

fn read(
    answer: Response<Body>,
    sent: &Sent,
    has_callback: bool,
) -> std::result::Result<PutObject, Failure> {
    let (head, body) = answer.into_parts();
    let crc64 = response::crc64(&head.headers)?;
    let mut receipt = Receipt::default();
    sent.verify(crc64, &mut receipt)?;
    let etag = response::etag(&head.headers).filter(|etag| !etag.is_empty());
    // A proxy may have left it out; that it was stored, the checksum tells as well.
    if etag.is_none() && !receipt.crc_verified {
        let what = "the answer has neither an ETag nor a CRC-64";
        return Err(Failure::Protocol(what.to_owned()));
    }
    Ok(PutObject {
        etag,
        crc64,
        version_id: response::version_id(&head.headers),
        callback_answer: has_callback.then(|| body.into_bytes()),
        receipt,
    })
}
