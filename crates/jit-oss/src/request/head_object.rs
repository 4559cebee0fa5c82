//! `HeadObject`: what is known of an object, without its content.

use http::{Method, Response};

use super::{BoxFuture, Unsigned};
use crate::error::failure::Failure;
use crate::{Body, Bucket, ObjectMetadata, Result, response};

/// A `HeadObject` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct HeadObjectRequest {
    bucket: Bucket,
    request: Unsigned,
}

impl HeadObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        Self { bucket, request: Unsigned::new("HeadObject", Method::HEAD, key) }
    }
}

fn read(answer: &Response<Body>) -> std::result::Result<ObjectMetadata, Failure> {
    let size = response::content_length(answer.headers())?;
    response::object_metadata(answer.headers(), size)
}

impl IntoFuture for HeadObjectRequest {
    type Output = Result<ObjectMetadata>;
    type IntoFuture = BoxFuture<ObjectMetadata>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.bucket.run(self.request, |answer| std::future::ready(read(&answer))).await
        })
    }
}
