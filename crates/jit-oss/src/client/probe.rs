//! Looking at the way to a bucket, step by step: for those who find out why it does not work.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{DATE, HOST};
use http::{Method, Uri};

use super::Bucket;
use crate::error::failure::Failure;
use crate::error::service::REQUEST_ID;
use crate::transport::{
    Cause, HyperTransport, Transport, TransportError, TransportErrorKind, is_direct,
};
use crate::{Body, Error, PresignedUrl, Result, Scheme, Timestamp, response};

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
    /// `Connect` when there is no such host; `Timeout` when that is not known in time for a connection.
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
        let found = async {
            let found: std::io::Result<Vec<_>> = tokio::task::spawn_blocking(look_up)
                .await
                .unwrap_or_else(|error| Err(std::io::Error::other(error)));
            found.map_err(|error| {
                let error = TransportError::new(TransportErrorKind::Connect, error.to_string());
                Failure::Transport(error.with_cause(Cause::NoHost))
            })
        };
        let limit = self.client().config().connect_timeout;
        let found = self.place().limited(Some(limit), pin!(found)).await;
        let addresses = found.map_err(|failure| self.failed("Resolve", self.host(), failure))?;
        Ok(Some(addresses.into_iter().map(|address: SocketAddr| address.ip()).collect()))
    }

    /// Sends one request without a signature, and no second one: who answers, and what its clock says.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let addresses = bucket.resolve().await?.unwrap_or_default();
    /// assert!(addresses.iter().all(|address| address.is_loopback()));
    /// assert_eq!(bucket.reach().await?.status, 403);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Connect`, `Timeout` and `Interrupted`; `Protocol` when what answers is not OSS.
    pub async fn reach(&self) -> Result<Reached> {
        let place = self.place();
        let transport = &*place.shared().transport;
        let reached = async {
            let answer = send(transport, Method::GET, place.uri("", &[])?, &[]).await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers());
            let Some(request_id) = response::text(headers, &REQUEST_ID) else {
                let what = format!("HTTP {status} without an {}", REQUEST_ID.as_str());
                return Err(Failure::Protocol(what));
            };
            let date = response::text(headers, DATE);
            let date = date.as_deref().and_then(Timestamp::parse_http_date);
            let now = place.shared().runtime.now();
            Ok(Reached {
                status,
                request_id,
                clock_offset: date.map(|date| date.unix() - now.unix()),
            })
        };
        let reached = place.limited(Some(self.patience()), pin!(reached)).await;
        reached.map_err(|failure| self.failed("Reach", self.host(), failure))
    }

    /// Uses a presigned URL as somebody without credentials would, once, and gives status and content, of which it
    /// reads 1 MiB at most.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").await?;
    /// let url = bucket.presign_get("a.txt").sign().await?;
    /// assert_eq!(bucket.open_presigned(&url).await?, (200, "hello".into()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Connect`, `Timeout`, `Interrupted` and `Protocol`. A refusal is an answer.
    pub async fn open_presigned(&self, url: &PresignedUrl) -> Result<(u16, Bytes)> {
        /// What is read at most.
        const MOST: usize = 1 << 20;
        let config = self.client().config();
        let opened = async {
            let method = Method::from_bytes(url.method().as_bytes())
                .map_err(|error| Failure::Input(error.to_string()))?;
            // A public endpoint is reached in its own way: TLS or not, through a proxy or not.
            let other = match &config.public {
                None => None,
                Some((endpoint, _)) => {
                    let transport = HyperTransport::new(endpoint, config.timeouts());
                    Some(transport.map_err(Failure::Config)?)
                }
            };
            let own = &*self.place().shared().transport;
            let transport = other.as_ref().map_or(own, |other| other as &dyn Transport);
            let uri = Uri::try_from(url.as_str());
            let uri = uri.map_err(|error| Failure::Input(error.to_string()))?;
            let answer = send(transport, method, uri, url.headers()).await?;
            let (head, mut body) = answer.into_parts();
            let mut content = BytesMut::new();
            while let Some(chunk) = body.chunk().await.map_err(Failure::Transport)? {
                let room = MOST - content.len();
                content.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if content.len() == MOST {
                    break;
                }
            }
            Ok((head.status.as_u16(), content.freeze()))
        };
        let opened = self.place().limited(Some(self.patience()), pin!(opened)).await;
        opened.map_err(|failure| {
            let uri = Uri::try_from(url.as_str()).ok();
            let host = uri.as_ref().and_then(Uri::authority).map(ToString::to_string);
            self.failed("Open", host.unwrap_or_default(), failure)
        })
    }

    /// How long one request may take as a whole: silence ends one anyhow, a trickle does not.
    fn patience(&self) -> Duration {
        let config = self.client().config();
        config.connect_timeout.saturating_add(config.read_timeout)
    }

    fn failed(&self, operation: &'static str, host: String, failure: Failure) -> Error {
        let mut subject = self.place().subject(operation, "");
        subject.host = host;
        Error::new(subject, failure)
    }
}

/// Sends a request that nobody signs here.
async fn send(
    transport: &dyn Transport,
    method: Method,
    uri: Uri,
    headers: &[(String, String)],
) -> std::result::Result<http::Response<Body>, Failure> {
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let mut request = http::Request::builder().method(method).uri(uri).header(HOST, host);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::empty());
    let request = request.map_err(|error| Failure::Input(error.to_string()))?;
    transport.send(request).await.map_err(Failure::Transport)
}
