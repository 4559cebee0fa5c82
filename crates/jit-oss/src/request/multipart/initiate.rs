//! `InitiateMultipartUpload`: begins an object that is written in parts.

use http::{HeaderMap, Method};

use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::request::headers::headers;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, Receipt, Result, xml};

/// An `InitiateMultipartUpload` request; `.await` sends it.
///
/// What the object will be served with is said here, not with its parts. An upload that is neither
/// completed nor aborted keeps its parts, and costs, until somebody aborts it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct InitiateMultipartUploadRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `InitiateMultipartUpload` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitiateMultipartUpload {
    /// What parts, completion and abortion name the upload by.
    pub upload_id: String,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(InitiateMultipartUpload);
awaited!(InitiateMultipartUploadRequest => InitiateMultipartUpload);
headers! {
    InitiateMultipartUploadRequest: content, storage, tags, forbid_overwrite;
}

impl InitiateMultipartUploadRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        let mut request =
            Unsigned::new("InitiateMultipartUpload", Method::POST, key).sub_resource("uploads");
        request.query("encoding-type", "url");
        Self { bucket, request }
    }

    /// What it will send, for those who make several requests of one.
    pub(crate) fn request_mut(&mut self) -> &mut Unsigned {
        &mut self.request
    }

    async fn send(mut self) -> Result<InitiateMultipartUpload> {
        self.request.default_content_type();
        self.bucket.place().run_document(self.request, read).await
    }
}

fn read(_: &HeaderMap, body: &[u8]) -> std::result::Result<InitiateMultipartUpload, Failure> {
    let root = xml::document(body, "InitiateMultipartUploadResult")?;
    let upload_id = root.required("UploadId")?;
    Ok(InitiateMultipartUpload { upload_id, receipt: Receipt::default() })
}
