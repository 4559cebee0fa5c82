//! Objects written in parts: begun, filled by number in any order, and completed or aborted.

mod abort;
mod complete;
mod initiate;
mod list_parts;
mod list_uploads;
mod part;
mod part_copy;

pub use abort::{AbortMultipartUpload, AbortMultipartUploadRequest};
pub use complete::{CompleteMultipartUpload, CompleteMultipartUploadRequest};
pub use initiate::{InitiateMultipartUpload, InitiateMultipartUploadRequest};
pub use list_parts::{ListPartsRequest, ListedPart};
pub use list_uploads::{ListMultipartUploadsRequest, ListedUpload, UploadEntry};
pub use part::{UploadPart, UploadPartRequest};
pub use part_copy::{UploadPartCopy, UploadPartCopyRequest};

use super::Unsigned;

/// The largest number of a part; the smallest is 1.
pub const MAX_PARTS: u32 = 10_000;
/// The smallest part, except for the last: 100 KB.
pub const MIN_PART_SIZE: u64 = 100 * 1024;

/// A part for [`complete_multipart_upload`](crate::Bucket::complete_multipart_upload).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedPart {
    /// Its number, from 1 to [`MAX_PARTS`].
    pub number: u32,
    /// Its entity tag, with or without quotes.
    pub etag: String,
}

impl CompletedPart {
    /// A part by its number and entity tag.
    #[must_use]
    pub fn new(number: u32, etag: impl Into<String>) -> Self {
        Self { number, etag: etag.into() }
    }
}

impl Unsigned {
    pub(super) fn upload_id(&mut self, upload_id: String) {
        if upload_id.is_empty() {
            self.refuse("the upload id is empty".to_owned());
        }
        self.query("uploadId", upload_id);
    }

    pub(super) fn part_number(&mut self, number: u32) {
        if !(1..=MAX_PARTS).contains(&number) {
            self.refuse(format!("the part's number is {number}, not 1 to {MAX_PARTS}"));
        }
        self.query("partNumber", number.to_string());
    }
}
