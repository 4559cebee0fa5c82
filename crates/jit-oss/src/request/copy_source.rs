//! What is copied: an object of this bucket or of another one, and of its versions which.

use http::HeaderName;

use super::Unsigned;
use crate::{BucketName, check_key, escape};

const COPY_SOURCE: HeaderName = HeaderName::from_static("x-oss-copy-source");

#[derive(Clone, Debug)]
pub(super) struct CopySource {
    pub(super) bucket: Option<String>,
    pub(super) key: String,
    pub(super) version: Option<String>,
}

impl CopySource {
    pub(super) fn new(key: String) -> Self {
        Self { bucket: None, key, version: None }
    }

    /// Writes the header into a request for an object in `bucket`.
    pub(super) fn write(&self, request: &mut Unsigned, bucket: &BucketName) {
        if let Err(error) = check_key(&self.key) {
            request.refuse(format!("the source: {error}"));
        }
        let other = self.bucket.as_deref().map(BucketName::new).transpose();
        let other = other.unwrap_or_else(|error| {
            request.refuse(format!("the source: {error}"));
            None
        });
        let bucket = other.as_ref().unwrap_or(bucket);
        let mut source = format!("/{bucket}/{}", escape::path(&self.key));
        if let Some(version) = &self.version {
            source.push_str("?versionId=");
            source.push_str(&escape::query(version));
        }
        request.set(COPY_SOURCE, &source);
    }
}
