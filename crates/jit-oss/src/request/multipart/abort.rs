//! `AbortMultipartUpload`: drops an upload and its parts.

use http::Method;

use crate::receipt::receipted;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, Receipt, Result};

/// An `AbortMultipartUpload` request; `.await` sends it. Parts that are still on their way may arrive
/// afterwards, so whoever aborts ends them first.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct AbortMultipartUploadRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `AbortMultipartUpload` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AbortMultipartUpload {
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(settled: AbortMultipartUpload);
awaited!(AbortMultipartUploadRequest => AbortMultipartUpload);

impl AbortMultipartUploadRequest {
    pub(crate) fn new(bucket: Bucket, key: String, upload_id: String) -> Self {
        let mut request = Unsigned::new("AbortMultipartUpload", Method::DELETE, key);
        request.upload_id(upload_id);
        request.done_code = Some("NoSuchUpload");
        Self { bucket, request }
    }

    async fn send(self) -> Result<AbortMultipartUpload> {
        let read = |_, _| std::future::ready(Ok(AbortMultipartUpload::default()));
        self.bucket.place().run(&self.request, read).await
    }
}
