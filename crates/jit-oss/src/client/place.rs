//! Where requests go: the service, or one bucket of it.

use http::HeaderValue;

use super::{Client, Shared};
use crate::error::Subject;
use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::{BucketName, Error, Result};

/// A client with the host that it asks, and the bucket that it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) client: Client,
    pub(super) bucket: Option<BucketName>,
    pub(super) authority: String,
    pub(super) host: HeaderValue,
}

impl Place {
    pub(crate) fn new(client: Client, bucket: Option<BucketName>) -> Result<Self> {
        let config = &client.0.config;
        let name = bucket.as_ref().map(BucketName::as_str);
        let authority = config.endpoint.authority(config.addressing, name);
        let host = HeaderValue::from_str(&authority)
            .map_err(|error| Error::new(Subject::default(), Failure::Input(error.to_string())))?;
        Ok(Self { client, bucket, authority, host })
    }

    pub(crate) fn subject(&self, operation: &'static str, key: &str) -> Subject {
        Subject {
            operation: Some(operation),
            bucket: self.bucket_name().map(str::to_owned),
            key: (!key.is_empty()).then(|| key.to_owned()),
            host: self.authority.clone(),
        }
    }

    pub(crate) fn error(&self, request: &Unsigned, failure: Failure) -> Error {
        Error::new(self.subject(request.operation, &request.key), failure)
    }

    pub(super) fn bucket_name(&self) -> Option<&str> {
        self.bucket.as_ref().map(BucketName::as_str)
    }

    /// A service has no keys.
    pub(super) fn key<'a>(&self, key: &'a str) -> Option<&'a str> {
        self.bucket.as_ref().map(|_| key)
    }

    pub(super) fn url(&self, key: &str, query: &[(&str, &str)]) -> String {
        let config = &self.shared().config;
        config.endpoint.url(config.addressing, self.bucket_name(), self.key(key), query)
    }

    /// As [`url`](Self::url), for somebody who may be outside of OSS's network.
    pub(super) fn public_url(&self, key: &str, query: &[(&str, &str)]) -> String {
        let (endpoint, addressing) = self.shared().config.public_endpoint();
        endpoint.url(addressing, self.bucket_name(), self.key(key), query)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.client.0
    }
}
