//! `CompleteMultipartUpload`: makes an object of the parts.

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::{CompletedPart, MAX_PARTS};
use crate::error::failure::Failure;
use crate::receipt::Receipted;
use crate::request::headers::headers;
use crate::request::{Settle, Unsigned, awaited};
use crate::retry::Again;
use crate::{Bucket, Error, ObjectMetadata, Receipt, Result, response, xml};

/// A `CompleteMultipartUpload` request; `.await` sends it. Parts that are not named are dropped.
///
/// Once it may have arrived it is repeated only if [`expect`](Self::expect) says how to recognise what
/// it did: the repetition would be told that there is no such upload. See
/// [`Error::outcome_unknown`](crate::Error::outcome_unknown).
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct CompleteMultipartUploadRequest {
    bucket: Bucket,
    request: Unsigned,
    has_callback: bool,
}

/// What `CompleteMultipartUpload` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompleteMultipartUpload {
    /// The object's entity tag, without quotes. It is not the MD5 of the content. With a callback OSS
    /// may not say it.
    pub etag: Option<String>,
    /// The checksum of the whole object as OSS computed it.
    pub crc64: Option<u64>,
    /// The version that was written, in a bucket with versioning.
    pub version_id: Option<String>,
    /// What the callback's server said, when there was a callback.
    pub callback_answer: Option<Bytes>,
    /// How it came about.
    pub receipt: Receipt,
}

impl Receipted for CompleteMultipartUpload {
    fn receipt_mut(&mut self) -> &mut Receipt {
        &mut self.receipt
    }

    fn settled(object: ObjectMetadata) -> Option<Self> {
        let ObjectMetadata { etag, crc64, version_id, receipt, .. } = object;
        Some(Self { etag, crc64, version_id, callback_answer: None, receipt })
    }
}

awaited!(CompleteMultipartUploadRequest => CompleteMultipartUpload);
headers! {
    CompleteMultipartUploadRequest: acl, forbid_overwrite;
}

impl CompleteMultipartUploadRequest {
    pub(crate) fn new(
        bucket: Bucket,
        key: String,
        upload_id: String,
        mut parts: Vec<CompletedPart>,
    ) -> Self {
        let mut request = Unsigned::new("CompleteMultipartUpload", Method::POST, key);
        request.idempotent = false;
        request.upload_id(upload_id);
        request.query("encoding-type", "url");
        parts.sort_by_key(|part| part.number);
        if let Some(mistake) = mistake(&parts) {
            request.refuse(mistake);
        }
        request.document(xml::Writer::document("CompleteMultipartUpload", |writer| {
            for part in &parts {
                writer.element("Part", |writer| {
                    writer.text("PartNumber", &part.number.to_string());
                    writer.text("ETag", &format!("\"{}\"", part.etag.trim_matches('"')));
                });
            }
        }));
        Self { bucket, request, has_callback: false }
    }

    /// What it will send, for those who make several requests of one.
    pub(crate) fn request_mut(&mut self) -> &mut Unsigned {
        &mut self.request
    }

    /// Asks OSS to call a server of yours once the object is stored. When that fails, the object is
    /// stored all the same and the error is a [`Callback`](crate::ErrorKind::Callback).
    pub fn callback(mut self, callback: &crate::Callback) -> Self {
        self.request.callback(callback);
        // The object does not tell what the callback's server said.
        self.request.settle = None;
        self.has_callback = true;
        self
    }

    /// Says what the object will be: its size, and the CRC-64 [combined](crate::crc64::combine) from those
    /// of the parts. So a lost answer can be made up for: the request is repeated, and where the upload is
    /// gone by then, the object is compared. So is the checksum of the answer: where it is another, the
    /// object is there and the error is [`Inconsistent`](crate::ErrorKind::Inconsistent).
    pub fn expect(mut self, size: u64, crc64: u64) -> Self {
        if !self.has_callback {
            self.request.settle = Some(Settle::Parts { size, crc64 });
        }
        self
    }

    async fn send(self) -> Result<CompleteMultipartUpload> {
        let has_callback = self.has_callback;
        let (place, key) = (self.bucket.place(), self.request.key.clone());
        let expected = self.request.settle;
        let read = |headers: &HeaderMap, body: &[u8]| read(headers, body, has_callback);
        let mut done = place.run_document(self.request, read).await?;
        if let (Some(Settle::Parts { crc64: ours, .. }), Some(theirs)) = (expected, done.crc64) {
            if ours != theirs {
                // To complete it again would make no other object.
                let error = Error::new(
                    place.subject("CompleteMultipartUpload", &key),
                    Failure::Inconsistent { ours, theirs },
                );
                let error = error.after(done.receipt.attempts, done.receipt.elapsed);
                return Err(error.with_unknown_outcome(true, Again::Never));
            }
            done.receipt.crc_verified = true;
        }
        Ok(done)
    }
}

fn mistake(parts: &[CompletedPart]) -> Option<String> {
    if parts.is_empty() {
        return Some("an upload is completed with at least one part".to_owned());
    }
    if let Some(part) = parts.iter().find(|part| !(1..=MAX_PARTS).contains(&part.number)) {
        return Some(format!("the part's number is {}, not 1 to {MAX_PARTS}", part.number));
    }
    let twice = parts.windows(2).find_map(|pair| match pair {
        [a, b] if a.number == b.number => Some(a.number),
        _ => None,
    });
    twice.map(|number| format!("part {number} is named twice"))
}

fn read(
    headers: &HeaderMap,
    body: &[u8],
    has_callback: bool,
) -> std::result::Result<CompleteMultipartUpload, Failure> {
    let etag = if has_callback {
        // The body is what the callback's server said.
        response::etag(headers)
    } else {
        let root = xml::document(body, "CompleteMultipartUploadResult")?;
        Some(root.required_etag("ETag")?)
    };
    Ok(CompleteMultipartUpload {
        etag,
        crc64: response::crc64(headers)?,
        version_id: response::version_id(headers),
        callback_answer: has_callback.then(|| Bytes::copy_from_slice(body)),
        receipt: Receipt::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_make_no_object() {
        let parts = |numbers: &[u32]| -> Vec<_> {
            numbers.iter().map(|&number| CompletedPart::new(number, "E")).collect()
        };
        for (numbers, message) in [
            (&[][..], Some("an upload is completed with at least one part")),
            (&[0], Some("the part's number is 0, not 1 to 10000")),
            (&[1, 10_001], Some("the part's number is 10001, not 1 to 10000")),
            (&[1, 2, 2], Some("part 2 is named twice")),
            (&[1, 3, 10_000], None),
        ] {
            assert_eq!(mistake(&parts(numbers)).as_deref(), message, "{numbers:?}");
        }
    }
}
