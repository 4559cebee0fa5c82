//! Asking the services that issue credentials: ordinary URLs, small answers, no redirects.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};

use super::ProviderError;
use crate::transport::{HyperTransport, Timeouts};
use crate::{Addressing, Body, Endpoint, Transport};

/// How much of an answer is read. Credentials are a few kilobytes.
const LIMIT: usize = 64 * 1024;

/// A service to ask.
#[derive(Debug)]
pub(super) struct Service<'a> {
    endpoint: &'a Endpoint,
    transport: HyperTransport,
    /// How long one question may take in all.
    most: Duration,
}

impl<'a> Service<'a> {
    /// A service of the cloud, through the proxy that the environment names.
    pub(super) fn remote(endpoint: &'a Endpoint) -> Result<Self, ProviderError> {
        let timeouts = Timeouts { connect: Duration::from_secs(5), read: Duration::from_secs(10) };
        let transport =
            HyperTransport::new(endpoint, timeouts).map_err(ProviderError::malformed)?;
        Ok(Self { endpoint, transport, most: Duration::from_secs(20) })
    }

    /// A service of this machine, never through a proxy: it would hand out the proxy's credentials.
    pub(super) fn local(endpoint: &'a Endpoint) -> Self {
        let timeouts = Timeouts { connect: Duration::from_secs(1), read: Duration::from_secs(3) };
        let transport = HyperTransport::direct(endpoint.scheme(), timeouts);
        Self { endpoint, transport, most: Duration::from_secs(5) }
    }

    /// Sends `target`, a path with its query, and reads the whole answer, whatever its status.
    pub(super) async fn ask(
        &self,
        method: Method,
        target: &str,
        headers: &[(HeaderName, &str)],
        form: Option<String>,
    ) -> Result<(StatusCode, Vec<u8>), ProviderError> {
        let authority = self.endpoint.authority(Addressing::Path, None);
        let failed = |why: &dyn std::fmt::Display| {
            ProviderError::failed(format!("no answer from {authority}: {why}"))
        };
        let url = format!("{}{target}", self.endpoint);
        let uri = Uri::try_from(url).map_err(|error| failed(&error))?;
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let all = request.headers_mut();
        for (name, value) in headers.iter().chain([&(HOST, authority.as_str())]) {
            let mut value = HeaderValue::from_str(value).map_err(|error| failed(&error))?;
            value.set_sensitive(*name != HOST);
            all.insert(name, value);
        }
        if let Some(form) = form {
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            all.insert(CONTENT_TYPE, kind);
            all.insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
            *request.body_mut() = Body::from(Bytes::from(form));
        }
        let answer = async {
            let answer = self.transport.send(request).await?;
            let (head, mut body) = answer.into_parts();
            let mut text = Vec::new();
            while let Some(piece) = body.chunk().await? {
                text.extend_from_slice(&piece);
                if text.len() > LIMIT {
                    return Ok(None);
                }
            }
            Ok::<_, crate::TransportError>(Some((head.status, text)))
        };
        match tokio::time::timeout(self.most, answer).await {
            Ok(Ok(Some(answer))) => Ok(answer),
            Ok(Ok(None)) => Err(failed(&"it is longer than credentials are")),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(failed(&format_args!("not within {:?}", self.most))),
        }
    }
}
