//! Looking at the way to a bucket, step by step: for those who find out why it does not work.

use std::net::{IpAddr, ToSocketAddrs};

use http::header::{DATE, HOST};
use http::{Method, Uri};

use super::{Bucket, Place};
use crate::error::failure::Failure;
use crate::error::service::REQUEST_ID;
use crate::transport::{TransportError, TransportErrorKind, is_direct};
use crate::{Body, Error, PresignedUrl, Result, Scheme, Timestamp};

/// Who answers in the bucket's place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reached {
    /// The HTTP status of a request that was not signed: 403, for a bucket that is not public.
    pub status: u16,
    /// OSS's id of that request.
    pub request_id: String,
    /// Seconds that its clock is ahead of this machine's, as far as it says what its clock is.
    pub clock_offset: Option<i64>,
}

impl Bucket {
    /// Host and port that requests go to.
    #[must_use]
    pub fn host(&self) -> String {
        self.place().subject("", "").host
    }

    /// The addresses of the host that requests go to; `None` where a proxy looks them up.
    ///
    /// # Errors
    ///
    /// `Connect` when there is no such host.
    pub async fn resolve(&self) -> Result<Option<Vec<IpAddr>>> {
        let endpoint = self.client().config().endpoint();
        if !is_direct(endpoint) {
            return Ok(None);
        }
        let default = match endpoint.scheme() {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        let (host, port) = (self.host(), endpoint.port().unwrap_or(default));
        let name = match endpoint.port() {
            Some(port) => host.strip_suffix(&format!(":{port}")).unwrap_or(&host).to_owned(),
            None => host,
        };
        let name = name.trim_matches(['[', ']']).to_owned();
        let look_up = move || (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
        let found: std::io::Result<Vec<_>> = tokio::task::spawn_blocking(look_up)
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)));
        let addresses = found.map_err(|error| {
            let error = TransportError::new(TransportErrorKind::Connect, error.to_string());
            self.failed("Resolve", Failure::Transport(error))
        })?;
        Ok(Some(addresses.into_iter().map(|address| address.ip()).collect()))
    }

    /// Sends one request without a signature, and no second one: who answers, and what its clock says.
    ///
    /// # Errors
    ///
    /// `Connect`, `Timeout` and `Interrupted`; `Protocol` when what answers is not OSS.
    pub async fn reach(&self) -> Result<Reached> {
        let place = self.place();
        let answer = self.send_plain("Reach", Method::GET, &place.url("", &[]), &[]).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers());
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(request_id) = text(REQUEST_ID) else {
            let message = format!("HTTP {status} without an {REQUEST_ID}");
            return Err(self.failed("Reach", Failure::Protocol(message)));
        };
        let date = text(DATE.as_str()).and_then(Timestamp::parse_http_date);
        let now = place.shared().runtime.now();
        Ok(Reached {
            status,
            request_id: request_id.to_owned(),
            clock_offset: date.map(|date| date.unix() - now.unix()),
        })
    }

    /// Uses a presigned URL as somebody without credentials would, once, and gives status and content.
    /// It is meant for URLs of small objects.
    ///
    /// # Errors
    ///
    /// `Connect`, `Timeout`, `Interrupted` and `Protocol`. A refusal is an answer.
    pub async fn open_presigned(&self, url: &PresignedUrl) -> Result<(u16, bytes::Bytes)> {
        /// What is read at most.
        const MOST: usize = 1 << 20;
        let method = Method::from_bytes(url.method().as_bytes())
            .map_err(|error| self.failed("Open", Failure::Input(error.to_string())))?;
        let answer = self.send_plain("Open", method, url.as_str(), url.headers()).await?;
        let (head, mut body) = answer.into_parts();
        let mut content = bytes::BytesMut::new();
        while content.len() < MOST {
            let chunk = body.chunk().await;
            let chunk = chunk.map_err(|error| self.failed("Open", Failure::Transport(error)))?;
            let Some(chunk) = chunk else { break };
            content.extend_from_slice(&chunk);
        }
        Ok((head.status.as_u16(), content.freeze()))
    }

    async fn send_plain(
        &self,
        operation: &'static str,
        method: Method,
        url: &str,
        headers: &[(String, String)],
    ) -> Result<http::Response<Body>> {
        let wrong = |error: String| self.failed(operation, Failure::Input(error));
        let uri = Uri::try_from(url).map_err(|error| wrong(error.to_string()))?;
        let place: &Place = self.place();
        // A public endpoint may be another host than the one that requests go to.
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let mut request = http::Request::builder().method(method).uri(uri).header(HOST, host);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).map_err(|error| wrong(error.to_string()))?;
        let answer = place.shared().transport.send(request).await;
        answer.map_err(|error| self.failed(operation, Failure::Transport(error)))
    }

    fn failed(&self, operation: &'static str, failure: Failure) -> Error {
        Error::new(self.place().subject(operation, ""), failure)
    }
}
