//! A bucket's operations on uploads in parts.

use super::Bucket;
use crate::Payload;
use crate::request::{
    AbortMultipartUploadRequest, CompleteMultipartUploadRequest, CompletedPart,
    InitiateMultipartUploadRequest, ListMultipartUploadsRequest, ListPartsRequest,
    UploadPartCopyRequest, UploadPartRequest,
};

impl Bucket {
    /// Begins an object that is written in parts (`InitiateMultipartUpload`).
    pub fn initiate_multipart_upload(
        &self,
        key: impl Into<String>,
    ) -> InitiateMultipartUploadRequest {
        InitiateMultipartUploadRequest::new(self.clone(), key.into())
    }

    /// Writes a part (`UploadPart`); numbers go from 1 to 10,000.
    pub fn upload_part(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
        number: u32,
        body: impl Into<Payload>,
    ) -> UploadPartRequest {
        UploadPartRequest::new(self.clone(), key.into(), upload_id.into(), number, body.into())
    }

    /// Fills a part from an object that OSS has already (`UploadPartCopy`).
    pub fn upload_part_copy(
        &self,
        source: impl Into<String>,
        key: impl Into<String>,
        upload_id: impl Into<String>,
        number: u32,
    ) -> UploadPartCopyRequest {
        let bucket = self.clone();
        UploadPartCopyRequest::new(bucket, source.into(), key.into(), upload_id.into(), number)
    }

    /// Makes an object of an upload's parts (`CompleteMultipartUpload`), in order of their numbers.
    pub fn complete_multipart_upload(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
        parts: impl IntoIterator<Item = CompletedPart>,
    ) -> CompleteMultipartUploadRequest {
        let parts = parts.into_iter().collect();
        CompleteMultipartUploadRequest::new(self.clone(), key.into(), upload_id.into(), parts)
    }

    /// Drops an upload and its parts (`AbortMultipartUpload`).
    pub fn abort_multipart_upload(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
    ) -> AbortMultipartUploadRequest {
        AbortMultipartUploadRequest::new(self.clone(), key.into(), upload_id.into())
    }

    /// Lists the parts of an upload (`ListParts`).
    pub fn list_parts(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
    ) -> ListPartsRequest {
        ListPartsRequest::new(self.clone(), key.into(), upload_id.into())
    }

    /// Lists the uploads of the bucket that are neither complete nor aborted (`ListMultipartUploads`).
    pub fn list_multipart_uploads(&self) -> ListMultipartUploadsRequest {
        ListMultipartUploadsRequest::new(self.clone())
    }
}
