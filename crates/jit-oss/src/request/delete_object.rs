//! `DeleteObject`: removes an object, and succeeds where there was none.

use http::{Method, Response};

use super::headers::headers;
use super::{Unsigned, awaited};
use crate::receipt::receipted;
use crate::{Body, Bucket, Receipt, Result, response};

/// A `DeleteObject` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct DeleteObjectRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `DeleteObject` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteObject {
    /// Whether what was written, or removed when a version was named, is a delete marker.
    pub delete_marker: bool,
    /// The delete marker's version, or the one that was named, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(DeleteObject);
awaited!(DeleteObjectRequest => DeleteObject);
headers! {
    DeleteObjectRequest: version;
}

impl DeleteObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        Self { bucket, request: Unsigned::new("DeleteObject", Method::DELETE, key) }
    }

    async fn send(self) -> Result<DeleteObject> {
        let read = |answer, _| std::future::ready(Ok(read(&answer)));
        self.bucket.place().run(&self.request, read).await
    }
}

fn read(answer: &Response<Body>) -> DeleteObject {
    let headers = answer.headers();
    DeleteObject {
        delete_marker: response::text(headers, "x-oss-delete-marker").is_some_and(|t| t == "true"),
        version_id: response::version_id(headers),
        receipt: Receipt::default(),
    }
}
