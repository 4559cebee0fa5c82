//! `HeadObject` and `GetObjectMeta`: what is known of an object, without its content.

use std::pin::Pin;

use http::{Method, Response};

use super::headers::headers;
use super::{Unsigned, awaited};
use crate::client::Place;
use crate::error::failure::Failure;
use crate::{Body, Bucket, ObjectMetadata, Result, response};

/// A `HeadObject` or a `GetObjectMeta` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct HeadObjectRequest {
    bucket: Bucket,
    request: Unsigned,
}

awaited!(HeadObjectRequest => ObjectMetadata);
headers! {
    HeadObjectRequest: conditions, version;
}

impl HeadObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        Self { bucket, request: Unsigned::new("HeadObject", Method::HEAD, key) }
    }

    pub(crate) fn meta(bucket: Bucket, key: String) -> Self {
        let request = Unsigned::new("GetObjectMeta", Method::HEAD, key).sub_resource("objectMeta");
        Self { bucket, request }
    }

    /// What it will send, for those who make several requests of one.
    pub(crate) fn request_mut(&mut self) -> &mut Unsigned {
        &mut self.request
    }

    async fn send(self) -> Result<ObjectMetadata> {
        self.bucket.place().head(self.request).await
    }
}

impl Place {
    /// Asks what is known of an object.
    pub(crate) fn head(
        &self,
        request: Unsigned,
    ) -> Pin<Box<dyn Future<Output = Result<ObjectMetadata>> + Send + '_>> {
        let read = |answer, _| std::future::ready(read(&answer));
        Box::pin(async move { self.run(&request, read).await })
    }
}

fn read(answer: &Response<Body>) -> std::result::Result<ObjectMetadata, Failure> {
    let size = response::content_length(answer.headers())?;
    response::object_metadata(answer.headers(), size)
}
