//! `DeleteObject`: removes an object, and succeeds where there was none.

use http::{Method, Response};

use super::{BoxFuture, Unsigned};
use crate::{Body, Bucket, Result, response};

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
    /// The delete marker's version, in a bucket with versioning.
    pub version_id: Option<String>,
    /// OSS's id of the request.
    pub request_id: Option<String>,
}

impl DeleteObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        Self { bucket, request: Unsigned::new("DeleteObject", Method::DELETE, key) }
    }
}

fn read(answer: &Response<Body>) -> DeleteObject {
    DeleteObject {
        version_id: response::text(answer.headers(), "x-oss-version-id"),
        request_id: response::text(answer.headers(), "x-oss-request-id"),
    }
}

impl IntoFuture for DeleteObjectRequest {
    type Output = Result<DeleteObject>;
    type IntoFuture = BoxFuture<DeleteObject>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.bucket.run(self.request, |answer| std::future::ready(Ok(read(&answer)))).await
        })
    }
}
