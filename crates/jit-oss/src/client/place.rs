//! Where requests go: the service, or one bucket of it.

use bytes::Bytes;
use http::uri::{self, Authority, PathAndQuery};
use http::{HeaderValue, Uri};

use super::{Client, Shared};
use crate::endpoint::put_target;
use crate::error::Subject;
use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::{BucketName, Error, Result, Scheme};

/// A client with the host that it asks, and the bucket that it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) client: Client,
    pub(super) bucket: Option<BucketName>,
    pub(super) authority: String,
    pub(super) host: HeaderValue,
    /// The part of every URL that is before the path.
    origin: (uri::Scheme, Authority),
}

impl Place {
    pub(crate) fn new(client: Client, bucket: Option<BucketName>) -> Result<Self> {
        let config = &client.0.config;
        let name = bucket.as_ref().map(BucketName::as_str);
        let authority = config.endpoint.authority(config.addressing, name);
        let invalid = |why: String| Error::new(Subject::default(), Failure::Input(why));
        let host = HeaderValue::from_str(&authority).map_err(|error| invalid(error.to_string()))?;
        let scheme = match config.endpoint.scheme() {
            Scheme::Http => uri::Scheme::HTTP,
            Scheme::Https => uri::Scheme::HTTPS,
        };
        let origin = authority.parse().map_err(|error: uri::InvalidUri| invalid(error.to_string()));
        let origin = (scheme, origin?);
        Ok(Self { client, bucket, authority, host, origin })
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

    /// Where a request goes. What was escaped goes out as it is: nothing parses and rewrites it on the way.
    pub(super) fn uri(
        &self,
        key: &str,
        query: &[(&str, &str)],
    ) -> std::result::Result<Uri, Failure> {
        let addressing = self.shared().config.addressing;
        let mut target = String::with_capacity(128);
        put_target(&mut target, addressing, self.bucket_name(), self.key(key), query);
        let mut parts = uri::Parts::default();
        let (scheme, authority) = self.origin.clone();
        (parts.scheme, parts.authority) = (Some(scheme), Some(authority));
        let target = PathAndQuery::from_maybe_shared(Bytes::from(target));
        parts.path_and_query = Some(target.map_err(|error| Failure::Input(error.to_string()))?);
        Uri::from_parts(parts).map_err(|error| Failure::Input(error.to_string()))
    }

    /// The URL of an object, for somebody who may be outside of OSS's network.
    pub(super) fn public_url(&self, key: &str, query: &[(&str, &str)]) -> String {
        let (endpoint, addressing) = self.shared().config.public_endpoint();
        endpoint.url(addressing, self.bucket_name(), self.key(key), query)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.client.0
    }
}
