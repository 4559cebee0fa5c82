//! The way to the endpoint: straight, or through an HTTP proxy.

use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::PROXY_AUTHORIZATION;
use http::uri::Scheme as UriScheme;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::{Body, Endpoint};

const KEEP_ALIVE: Duration = Duration::from_secs(30);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Opens TCP connections to the endpoint.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// Straight.
    Direct(HttpConnector),
    /// For `http`: the proxy gets the request with its whole URL.
    Forward { tcp: HttpConnector, proxy: Uri, auth: Option<HeaderValue> },
    /// For `https`: the proxy is asked for a tunnel.
    Tunnel(Tunnel<HttpConnector>),
}

impl Route {
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say for this endpoint, in either
    /// case. This machine itself is never asked for through a proxy.
    pub(super) fn from_env(endpoint: &Endpoint) -> Result<Self, String> {
        Self::matching(&Matcher::from_env(), endpoint)
    }

    pub(super) fn matching(matcher: &Matcher, endpoint: &Endpoint) -> Result<Self, String> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.enforce_http(false);

        let host = endpoint.host();
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let destination = Uri::try_from(endpoint.to_string()).map_err(|error| error.to_string())?;
        let Some(intercept) = matcher.intercept(&destination).filter(|_| !is_here) else {
            return Ok(Self::Direct(tcp));
        };
        let proxy = intercept.uri().clone();
        if proxy.scheme() != Some(&UriScheme::HTTP) {
            let scheme = proxy.scheme_str().unwrap_or_default();
            return Err(format!("the proxy's scheme is `{scheme}`; only `http` is supported"));
        }
        let auth = intercept.basic_auth().cloned();
        if destination.scheme() == Some(&UriScheme::HTTP) {
            return Ok(Self::Forward { tcp, proxy, auth });
        }
        let tunnel = Tunnel::new(proxy, tcp);
        Ok(Self::Tunnel(match auth {
            Some(auth) => tunnel.with_auth(auth),
            None => tunnel,
        }))
    }

    /// A plain request as it is sent this way: a forwarding proxy wants to know who asks.
    pub(super) fn forwarded(&self, mut request: http::Request<Body>) -> http::Request<Body> {
        if let Self::Forward { auth: Some(auth), .. } = self {
            let mut auth = auth.clone();
            auth.set_sensitive(true);
            request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
        }
        request
    }
}

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(())) // Each of them always is.
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        match self {
            Self::Direct(tcp) => {
                let connecting = tcp.call(destination);
                Box::pin(async move { Ok(Stream { tcp: connecting.await?, forwarded: false }) })
            }
            Self::Forward { tcp, proxy, .. } => {
                let connecting = tcp.call(proxy.clone());
                Box::pin(async move { Ok(Stream { tcp: connecting.await?, forwarded: true }) })
            }
            Self::Tunnel(tunnel) => {
                let connecting = tunnel.call(destination);
                Box::pin(async move { Ok(Stream { tcp: connecting.await?, forwarded: false }) })
            }
        }
    }
}

/// A TCP connection that knows whether a proxy reads the requests on it.
#[derive(Debug)]
pub(super) struct Stream {
    tcp: TokioIo<TcpStream>,
    forwarded: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.tcp.connected().proxy(self.forwarded)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(proxy: &str, no: &str, endpoint: &str) -> Result<Route, String> {
        let matcher = Matcher::builder().all(proxy).no(no).build();
        Route::matching(&matcher, &endpoint.parse().unwrap())
    }

    #[test]
    fn the_way_depends_on_scheme_and_exceptions() {
        let proxy = "http://id:hush@proxy.test:3128";
        for (no, endpoint, way) in [
            ("", "http://oss.test", "Forward"),
            ("", "https://oss.test", "Tunnel"),
            ("oss.test", "https://oss.test", "Direct"),
            (".test", "http://oss.test", "Direct"),
            ("", "http://127.0.0.1:9000", "Direct"),
            ("", "http://[::1]:9000", "Direct"),
            ("", "http://localhost:9000", "Direct"),
        ] {
            let shown = format!("{:?}", route(proxy, no, endpoint).unwrap());
            assert!(shown.starts_with(way), "{endpoint}: {shown}");
            assert!(!shown.contains("hush") && !shown.contains("aWQ6aHVzaA"), "{shown}");
        }
        assert!(matches!(route("", "", "https://oss.test"), Ok(Route::Direct(_))));
        let error = route("socks5://proxy.test", "", "https://oss.test").unwrap_err();
        assert_eq!(error, "the proxy's scheme is `socks5`; only `http` is supported");
    }
}
