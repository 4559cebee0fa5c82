//! The real transport: HTTP/1.1 by hyper on connections of our own, with rustls for `https`.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::Uri;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tower_service::Service;

use super::exchange::{Sending, Unanswered};
use super::pool::{Connection, Pool, Sender};
use super::route::Route;
use super::{Cause, Transport, TransportError, TransportErrorKind};
use crate::{Body, Endpoint, Scheme};

/// Timeouts end here, so that adding one to the present is always possible.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Connections to one endpoint.
#[derive(Debug)]
pub(crate) struct HyperTransport {
    connector: Connector,
    route: Route,
    pub(super) pool: Arc<Pool>,
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
enum Connector {
    Http,
    Https(OnceLock<Box<HttpsConnector<Route>>>),
}

impl HyperTransport {
    /// Connections that go the way the environment says, see [`Route::from_env`].
    pub(crate) fn new(endpoint: &Endpoint, timeouts: Timeouts) -> Result<Self, String> {
        Ok(Self::through(Route::from_env(endpoint)?, endpoint.scheme(), timeouts))
    }

    /// Connections that use no proxy.
    pub(crate) fn direct(scheme: Scheme, timeouts: Timeouts) -> Self {
        Self::through(Route::direct(), scheme, timeouts)
    }

    fn through(route: Route, scheme: Scheme, timeouts: Timeouts) -> Self {
        let timeouts =
            Timeouts { connect: timeouts.connect.min(LONGEST), read: timeouts.read.min(LONGEST) };
        let connector = match scheme {
            Scheme::Http => Connector::Http,
            Scheme::Https => Connector::Https(OnceLock::new()),
        };
        Self { connector, route, pool: Arc::default(), timeouts }
    }

    /// A connection that waits, or a new one.
    async fn connection(&self, to: &Uri) -> Result<Connection, TransportError> {
        let authority = authority(to);
        if let Some(waiting) = self.pool.take(authority).await {
            return Ok(waiting);
        }
        let limit = self.timeouts.connect;
        let Ok(connected) = timeout(limit, self.connect(to.clone())).await else {
            let message = format!("no connection within {limit:?}");
            let error = TransportError::new(TransportErrorKind::ConnectTimeout, message);
            let proxy = self.route.proxy();
            return Err(match proxy {
                Some(proxy) => error.with_cause(Cause::BeyondProxy(proxy)),
                None => error,
            });
        };
        Ok(self.pool.add(authority, connected?, self.timeouts.read))
    }

    /// Sends on the next connection that waits, and on a new one at last.
    async fn connect_and_send(&self, to: Uri, mut request: http::Request<Sending>) -> Answer {
        loop {
            let connection = self.connection(&to).await?;
            request.body().mark();
            match connection.exchange(request).await {
                Ok(answer) => return Ok(answer),
                Err(Unanswered::Unsent(unsent)) => request = *unsent,
                Err(Unanswered::Failed(error)) => return Err(error),
            }
        }
    }

    async fn connect(&self, to: Uri) -> Result<(Sender, AbortHandle), TransportError> {
        match &self.connector {
            Connector::Http => handshake(self.route.clone(), to).await,
            Connector::Https(cell) => {
                let connector = match cell.get() {
                    Some(connector) => connector,
                    None => {
                        let made = HttpsConnector::from((self.route.clone(), tls_config()?));
                        cell.get_or_init(|| Box::new(made))
                    }
                };
                handshake(HttpsConnector::clone(connector), to).await
            }
        }
    }
}

type Answer = Result<http::Response<Body>, TransportError>;

impl Transport for HyperTransport {
    // What `async_trait` makes of an `async fn`, but for what can be done at once: a request that is moved into
    // a future, and on into another, takes longer than what is done with it.
    fn send<'life, 'send>(
        &'life self,
        request: http::Request<Body>,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'send>>
    where
        'life: 'send,
        Self: 'send,
    {
        let to = request.uri().clone();
        let request = self.route.addressed(request).map(Sending::new);
        let Some(connection) = self.pool.take_ready(authority(&to)) else {
            return Box::pin(self.connect_and_send(to, request));
        };
        let exchange = connection.exchange(request);
        Box::pin(async move {
            match exchange.await {
                Ok(answer) => Ok(answer),
                Err(Unanswered::Unsent(unsent)) => {
                    Box::pin(self.connect_and_send(to, *unsent)).await
                }
                Err(Unanswered::Failed(error)) => Err(error),
            }
        })
    }
}

fn authority(to: &Uri) -> &str {
    to.authority().map_or("", |authority| authority.as_str())
}

/// Reading the platform's roots takes tens of milliseconds, so it is done once in the process.
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

async fn handshake<C>(mut connector: C, to: Uri) -> Result<(Sender, AbortHandle), TransportError>
where
    C: Service<Uri, Error = super::BoxError>,
    C::Response: Read + Write + Send + Unpin + 'static,
{
    let kind = TransportErrorKind::Connect;
    let stream =
        connector.call(to).await.map_err(|error| TransportError::caused_by(kind, &*error))?;
    let (sender, connection) =
        http1::handshake(stream).await.map_err(|error| TransportError::caused_by(kind, &error))?;
    // Whoever has a request in it is told how it ends.
    let task = tokio::spawn(async move { drop(connection.await) });
    Ok((sender, task.abort_handle()))
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
