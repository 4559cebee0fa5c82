//! The real transport: hyper-util's pooled HTTP/1.1 client, with rustls for `https`.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy::connect::{Connect, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, Sleep, timeout, timeout_at};

use super::route::Route;
use super::{Cause, Transport, TransportError, TransportErrorKind};
use crate::{Body, Endpoint, Scheme};

/// Idle connections are given up sooner than OSS does it, so that few requests meet a closed one.
const IDLE: Duration = Duration::from_secs(50);
/// Timeouts end here, so that adding one to the present is always possible.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A pool of connections to one endpoint.
///
/// A pool belongs to one client because its connections live in the Tokio runtime that opened them.
/// What is expensive, the TLS roots, is read once in the process, when first needed.
#[derive(Debug)]
pub(crate) struct HyperTransport {
    pools: Pools,
    route: Route,
    timeouts: Timeouts,
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// For a connection, TLS included.
    pub(crate) connect: Duration,
    /// While nothing moves.
    pub(crate) read: Duration,
}

#[derive(Debug)]
enum Pools {
    Http(Client<Route, Tracked>),
    Https(OnceLock<Client<HttpsConnector<Route>, Tracked>>),
}

impl HyperTransport {
    /// A pool that goes the way the environment says, see [`Route::from_env`].
    pub(crate) fn new(endpoint: &Endpoint, timeouts: Timeouts) -> Result<Self, String> {
        Ok(Self::through(Route::from_env(endpoint)?, endpoint.scheme(), timeouts))
    }

    /// A pool that uses no proxy.
    pub(crate) fn direct(scheme: Scheme, timeouts: Timeouts) -> Self {
        Self::through(Route::direct(), scheme, timeouts)
    }

    fn through(route: Route, scheme: Scheme, timeouts: Timeouts) -> Self {
        let timeouts =
            Timeouts { connect: timeouts.connect.min(LONGEST), read: timeouts.read.min(LONGEST) };
        let pools = match scheme {
            Scheme::Http => Pools::Http(pool(route.clone())),
            Scheme::Https => Pools::Https(OnceLock::new()),
        };
        Self { pools, route, timeouts }
    }
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, TransportError> {
        let sent = match &self.pools {
            Pools::Http(pool) => {
                let request = self.route.forwarded(request);
                send(pool, request, self.timeouts).await
            }
            Pools::Https(cell) => {
                let pool = match cell.get() {
                    Some(pool) => pool,
                    None => {
                        let tls = tls_config()?;
                        let route = self.route.clone();
                        cell.get_or_init(|| pool(HttpsConnector::from((route, tls))))
                    }
                };
                send(pool, request, self.timeouts).await
            }
        };
        sent.map_err(|error| match (error.kind(), self.route.proxy()) {
            (TransportErrorKind::ConnectTimeout, Some(proxy)) => {
                error.with_cause(Cause::BeyondProxy(proxy))
            }
            _ => error,
        })
    }
}

fn pool<C: Connect + Clone>(connector: C) -> Client<C, Tracked> {
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .build(connector)
}

/// Reading the platform's roots takes tens of milliseconds, so it is done once.
fn tls_config() -> Result<Arc<rustls::ClientConfig>, TransportError> {
    static CONFIG: OnceLock<Arc<rustls::ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(ConfigBuilderExt::try_with_platform_verifier)
        .map_err(|error| TransportError::caused_by(TransportErrorKind::Connect, &error))?
        .with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}

async fn send<C>(
    pool: &Client<C, Tracked>,
    request: http::Request<Body>,
    timeouts: Timeouts,
) -> Result<http::Response<Body>, TransportError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let progress = Arc::new(Progress { start: Instant::now(), moved: AtomicU64::new(0) });
    let mut request = request.map(|body| Tracked { body, progress: Arc::clone(&progress) });
    let mut capture = capture_connection(&mut request);
    let mut response = pin!(pool.request(request));

    // Until there is a connection (host name, TCP, TLS) the connect timeout counts, then silence does.
    let mut connected = pin!(async move {
        capture.wait_for_connection_metadata().await;
    });
    let first = std::future::poll_fn(|cx| match response.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => connected.as_mut().poll(cx).map(|()| None),
    });
    let early = timeout(timeouts.connect, first).await.map_err(|_| {
        let message = format!("no connection within {:?}", timeouts.connect);
        TransportError::new(TransportErrorKind::ConnectTimeout, message)
    })?;
    let answer = match early {
        Some(answer) => answer,
        None => {
            progress.mark();
            loop {
                let last = progress.last();
                match timeout_at(last + timeouts.read, response.as_mut()).await {
                    Ok(answer) => break answer,
                    Err(_) if progress.last() == last => return Err(silent(timeouts.read)),
                    // The request's body still moves.
                    Err(_) => {}
                }
            }
        }
    };
    let answer = answer.map_err(|error| classify_request(&error))?;
    Ok(answer.map(|incoming| Body::stream(Inactive::new(incoming, timeouts.read))))
}

fn silent(limit: Duration) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, format!("nothing moved for {limit:?}"))
}

fn classify_request(error: &ClientError) -> TransportError {
    use std::error::Error as _;
    if error.is_connect() {
        return TransportError::caused_by(TransportErrorKind::Connect, error);
    }
    match error.source().and_then(|source| source.downcast_ref::<hyper::Error>()) {
        Some(inner) => classify(inner),
        None => TransportError::caused_by(TransportErrorKind::Interrupted, error),
    }
}

fn classify(error: &hyper::Error) -> TransportError {
    let kind = if error.is_parse() {
        TransportErrorKind::Protocol
    } else {
        TransportErrorKind::Interrupted
    };
    TransportError::caused_by(kind, error)
}

/// When a request last moved.
#[derive(Debug)]
struct Progress {
    start: Instant,
    /// Nanoseconds since `start`.
    moved: AtomicU64,
}

impl Progress {
    fn mark(&self) {
        let nanos = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.moved.store(nanos, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_nanos(self.moved.load(Ordering::Relaxed))
    }
}

/// A request's body that notes when a piece is taken from it.
struct Tracked {
    body: Body,
    progress: Arc<Progress>,
}

impl http_body::Body for Tracked {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.progress.mark();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body that gives up after `limit` of silence.
struct Inactive {
    incoming: Incoming,
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Inactive {
    fn new(incoming: Incoming, limit: Duration) -> Self {
        Self { incoming, limit, timer: None, waiting: false }
    }
}

impl fmt::Debug for Inactive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inactive").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl http_body::Body for Inactive {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.incoming).poll_frame(cx) {
            this.waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| classify(&error))));
        }
        // The silence starts with the first look that finds nothing, not while nobody reads.
        let until = Instant::now() + this.limit;
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if !this.waiting {
            timer.as_mut().reset(until);
            this.waiting = true;
        }
        match timer.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(silent(this.limit)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        http_body::Body::is_end_stream(&self.incoming)
    }

    fn size_hint(&self) -> SizeHint {
        http_body::Body::size_hint(&self.incoming)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::{Client as OssClient, Config, Credentials};

    /// What a proxy is asked when an object is deleted at `endpoint`, and how that ends.
    async fn through_proxy(endpoint: &str, reply: &'static str) -> (String, crate::Result<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://id:pw@{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = Vec::new();
            while !text.ends_with(b"\r\n\r\n") {
                text.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(reply.as_bytes()).await.unwrap();
            String::from_utf8(text).unwrap()
        });
        let outcome = delete(endpoint, &proxy).await;
        (server.await.unwrap(), outcome)
    }

    async fn delete(endpoint: &str, proxy: &str) -> crate::Result<()> {
        let config = Config::new(endpoint.parse().unwrap(), Credentials::new("id", "secret"))
            .with_region("cn-hangzhou")
            .with_retry(crate::RetryPolicy::never());
        let variable = |name: &str| (name == "ALL_PROXY").then(|| proxy.to_owned());
        let route = Route::from_variables(variable, &config.endpoint).unwrap();
        let transport = HyperTransport::through(route, config.endpoint.scheme(), config.timeouts());
        let transport = Arc::new(transport);
        let bucket = OssClient::with_transport(config, transport).unwrap().bucket("bkt").unwrap();
        bucket.delete_object("a/../b").await.map(drop)
    }

    #[tokio::test]
    async fn a_proxy_that_cannot_be_reached_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        for endpoint in ["http://oss.test", "https://oss.test"] {
            let error = delete(endpoint, &format!("http://id:hush@{address}")).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "DeleteObject bkt/a/../b: cannot connect to the proxy {address}: \
                     connection refused"
                )
            );
            assert_eq!(error.kind(), crate::ErrorKind::Connect);
            let help = error.help().unwrap();
            assert!(help.contains("HTTPS_PROXY") && help.contains("NO_PROXY"), "{help}");
            assert!(!format!("{error:?}").contains("hush"));
        }
    }

    #[tokio::test]
    async fn a_plain_request_goes_to_the_proxy_with_its_whole_url() {
        let reply = "HTTP/1.1 204 No Content\r\nx-oss-request-id: R1\r\n\r\n";
        let (asked, outcome) = through_proxy("http://oss.test", reply).await;
        outcome.unwrap();
        assert!(asked.starts_with("DELETE http://bkt.oss.test/a/../b HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("\r\nhost: bkt.oss.test\r\n"), "{asked}");
        assert!(asked.contains("\r\nproxy-authorization: Basic aWQ6cHc=\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn a_tls_request_asks_the_proxy_for_a_tunnel() {
        let reply = "HTTP/1.1 403 Forbidden\r\n\r\n";
        let (asked, outcome) = through_proxy("https://oss.test", reply).await;
        assert!(asked.starts_with("CONNECT bkt.oss.test:443 HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("\r\nProxy-Authorization: Basic aWQ6cHc=\r\n"), "{asked}");
        assert!(!asked.contains("a/../b") && !asked.contains("OSS4"), "{asked}");
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Connect, "{error}");
        let said = error.to_string();
        let start =
            "DeleteObject bkt/a/../b: cannot connect to bkt.oss.test through the proxy 127.";
        assert!(said.starts_with(start) && said.ends_with("unsuccessful"), "{said}");
    }
}
