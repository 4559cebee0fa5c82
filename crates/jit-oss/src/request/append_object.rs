//! `AppendObject`: adds to the end of an object that was begun so.

use http::{Method, Response};

use super::headers::headers;
use super::{Settle, Unsigned, awaited};
use crate::error::failure::Failure;
use crate::payload::Sent;
use crate::receipt::Receipted;
use crate::{Body, Bucket, ObjectMetadata, Payload, Receipt, Result, crc64, response};

/// An `AppendObject` request; `.await` sends it. An appendable object has at most 5 GB.
///
/// Once it may have arrived, the object is looked at before it is repeated: its length and CRC-64 tell,
/// where it is known what was there before, by [`crc64_before`](Self::crc64_before) or as it is the first.
/// Otherwise see [`Error::outcome_unknown`](crate::Error::outcome_unknown); where the object really ends,
/// [`HeadObject`](Bucket::head_object) says.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct AppendObjectRequest {
    bucket: Bucket,
    request: Unsigned,
    position: u64,
    /// The checksum of what is there already.
    before: Option<u64>,
}

/// What `AppendObject` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppendObject {
    /// Where the next append goes: the object's length.
    pub next_position: u64,
    /// The entity tag of the whole object, without quotes. It is not its MD5.
    pub etag: Option<String>,
    /// The checksum of the whole object as OSS computed it.
    pub crc64: Option<u64>,
    /// The version that was written, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

impl Receipted for AppendObject {
    fn receipt_mut(&mut self) -> &mut Receipt {
        &mut self.receipt
    }

    fn settled(object: ObjectMetadata) -> Option<Self> {
        let ObjectMetadata { size, etag, crc64, version_id, receipt, .. } = object;
        let receipt = Receipt { crc_verified: true, ..receipt };
        Some(Self { next_position: size, etag, crc64, version_id, receipt })
    }
}

awaited!(AppendObjectRequest => AppendObject);
headers! {
    AppendObjectRequest: content, storage, acl, tags, forbid_overwrite, traffic_limit;
}

impl AppendObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String, position: u64, body: Payload) -> Self {
        let request = Unsigned::new("AppendObject", Method::POST, key).storing(body);
        let mut request = request.sub_resource("append");
        request.idempotent = false;
        request.query("position", position.to_string());
        // Nothing is there, so nothing has to be known of it.
        Self { bucket, request, position, before: (position == 0).then_some(0) }
    }

    /// Says what the checksum of the object is before the append, so that the whole can be checked after
    /// it: the [`crc64`](AppendObject::crc64) of the append before.
    pub fn crc64_before(mut self, crc64: u64) -> Self {
        self.before = Some(crc64);
        self
    }

    async fn send(mut self) -> Result<AppendObject> {
        self.request.default_content_type();
        let before = self.before;
        self.request.settle = before.map(|crc64| Settle::Appended { length: self.position, crc64 });
        let read = |answer, sent| std::future::ready(read(&answer, &sent, before));
        self.bucket.place().run(&self.request, read).await
    }
}

fn read(
    answer: &Response<Body>,
    sent: &Sent,
    before: Option<u64>,
) -> std::result::Result<AppendObject, Failure> {
    let headers = answer.headers();
    let crc64 = response::crc64(headers)?;
    let bytes = sent.length();
    let mut receipt = Receipt { bytes, ..Receipt::default() };
    if let (Some(theirs), Some(before)) = (crc64, before) {
        let ours = crc64::combine(before, sent.crc64()?, bytes);
        if ours != theirs {
            return Err(Failure::Inconsistent { ours, theirs });
        }
        receipt.crc_verified = true;
    }
    let next_position = response::next_position(headers).ok_or_else(|| {
        Failure::Protocol("the answer does not say where the object ends".to_owned())
    })?;
    Ok(AppendObject {
        next_position,
        etag: response::etag(headers),
        crc64,
        version_id: response::version_id(headers),
        receipt,
    })
}
