//! The way to the endpoint: straight, or through an HTTP proxy.

use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::BoxError;
use crate::{Body, Endpoint, Scheme};

const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Opens TCP connections to the endpoint.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// Straight.
    Direct(HttpConnector),
    /// For `http`: the proxy gets the request with its whole URL.
    Forward { tcp: ToProxy, proxy: Uri, auth: Option<HeaderValue> },
    /// For `https`: the proxy is asked for a tunnel.
    Tunnel { tunnel: Tunnel<ToProxy>, proxy: Uri },
}

/// Opens TCP connections to a proxy.
#[derive(Clone, Debug)]
pub(super) struct ToProxy(HttpConnector);

/// A connection that a proxy, or the way to it, kept from being made.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub(super) struct ProxyError {
    /// Host and port.
    pub(super) proxy: String,
    /// Whether there was a connection to the proxy.
    pub(super) reached: bool,
    source: BoxError,
}

impl Route {
    /// No proxy, whatever the environment says.
    pub(super) fn direct() -> Self {
        Self::Direct(connector())
    }

    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say for this endpoint, in either
    /// case. This machine itself is never asked for through a proxy.
    pub(super) fn from_env(endpoint: &Endpoint) -> Result<Self, String> {
        Self::from_variables(|name| std::env::var(name).ok(), endpoint)
    }

    pub(super) fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
        endpoint: &Endpoint,
    ) -> Result<Self, String> {
        let tcp = connector();
        let host = endpoint.host();
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        // A web server hands its client's `Proxy` header to CGI programs as HTTP_PROXY.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let names = match endpoint.scheme() {
            Scheme::Http => ["HTTP_PROXY", "http_proxy"],
            Scheme::Https => ["HTTPS_PROXY", "https_proxy"],
        };
        let first = |names: [&'static str; 2]| {
            let mut set = names.into_iter().filter_map(|name| Some((name, variable(name)?)));
            set.next().filter(|(_, value)| !value.trim().is_empty())
        };
        let Some((name, value)) = first(names)
            .or_else(|| first(["ALL_PROXY", "all_proxy"]))
            .filter(|_| !is_here && !is_cgi)
        else {
            return Ok(Self::Direct(tcp));
        };
        let exceptions = first(["NO_PROXY", "no_proxy"]).map_or(String::new(), |(_, value)| value);
        let destination = Uri::try_from(endpoint.to_string()).map_err(|error| error.to_string())?;
        let through = |proxy: &str| {
            let matcher = Matcher::builder().all(proxy).no(exceptions.clone()).build();
            matcher.intercept(&destination)
        };
        if through("http://proxy.invalid").is_none() {
            return Ok(Self::Direct(tcp));
        }
        // The value is never shown: it may hold a password.
        if let Some((scheme, _)) = value.split_once("://")
            && !scheme.eq_ignore_ascii_case("http")
        {
            let is_scheme = scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
            let scheme = if is_scheme { scheme } else { "" };
            return Err(format!("{name}: the scheme is `{scheme}`; only `http` is supported"));
        }
        let intercept = through(value.trim()).ok_or_else(|| {
            format!("{name} is not a proxy's address, like `http://proxy.example.com:3128`")
        })?;
        let (proxy, auth) = (intercept.uri().clone(), intercept.basic_auth().cloned());
        let tcp = ToProxy(tcp);
        if endpoint.scheme() == Scheme::Http {
            return Ok(Self::Forward { tcp, proxy, auth });
        }
        let tunnel = Tunnel::new(proxy.clone(), tcp);
        let tunnel = match auth {
            Some(auth) => tunnel.with_auth(auth),
            None => tunnel,
        };
        Ok(Self::Tunnel { tunnel, proxy })
    }

    /// The proxy's host and port.
    pub(super) fn proxy(&self) -> Option<String> {
        match self {
            Self::Direct(_) => None,
            Self::Forward { proxy, .. } | Self::Tunnel { proxy, .. } => Some(address(proxy)),
        }
    }

    /// A request as it is sent this way: a forwarding proxy wants the whole URL and to know who asks, OSS
    /// the path and the query alone.
    pub(super) fn addressed(&self, mut request: http::Request<Body>) -> http::Request<Body> {
        if let Self::Forward { auth, .. } = self {
            if let Some(mut auth) = auth.clone() {
                auth.set_sensitive(true);
                request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
            }
        } else if let Some(path) = request.uri().path_and_query() {
            *request.uri_mut() = Uri::from(path.clone());
        }
        request
    }
}

impl Service<Uri> for Route {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(())) // Each of them always is.
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        match self {
            Self::Direct(tcp) => {
                let connecting = tcp.call(destination);
                Box::pin(async move { Ok(connecting.await?) })
            }
            Self::Forward { tcp, proxy, .. } => {
                let connecting = tcp.call(proxy.clone());
                Box::pin(async move { Ok(connecting.await?) })
            }
            Self::Tunnel { tunnel, proxy } => {
                let proxy = address(proxy);
                let connecting = tunnel.call(destination);
                Box::pin(async move {
                    let connected = connecting.await;
                    connected.map_err(|error| {
                        ProxyError { proxy, reached: true, source: error.into() }.into()
                    })
                })
            }
        }
    }
}

impl Service<Uri> for ToProxy {
    type Response = TokioIo<TcpStream>;
    type Error = ProxyError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, ProxyError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ProxyError>> {
        Poll::Ready(Ok(())) // A TCP connector always is.
    }

    fn call(&mut self, proxy: Uri) -> Self::Future {
        let address = address(&proxy);
        let connecting = self.0.call(proxy);
        Box::pin(async move {
            connecting.await.map_err(|error| ProxyError {
                proxy: address,
                reached: false,
                source: error.into(),
            })
        })
    }
}

fn connector() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEP_ALIVE));
    tcp.enforce_http(false);
    tcp
}

/// Host and port; the matcher took the credentials out.
fn address(proxy: &Uri) -> String {
    proxy.authority().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(variables: &[(&str, &str)], endpoint: &str) -> Result<Route, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Route::from_variables(variable, &endpoint.parse().unwrap())
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
            let shown = format!(
                "{:?}",
                route(&[("ALL_PROXY", proxy), ("no_proxy", no)], endpoint).unwrap()
            );
            assert!(shown.starts_with(way), "{endpoint}: {shown}");
            assert!(!shown.contains("hush") && !shown.contains("aWQ6aHVzaA"), "{shown}");
        }
    }

    #[test]
    fn the_variable_that_counts_is_named_when_it_is_wrong() {
        let good = "http://proxy.test:3128";
        let https = "https://oss.test";
        for (variables, endpoint, way) in [
            (vec![], https, "Direct"),
            (vec![("HTTPS_PROXY", "")], https, "Direct"),
            (vec![("HTTPS_PROXY", "proxy.test:3128")], https, "Tunnel"),
            (vec![("https_proxy", "HTTP://proxy.test")], https, "Tunnel"),
            (vec![("HTTPS_PROXY", good)], "http://oss.test", "Direct"),
            (vec![("HTTPS_PROXY", "odd://x"), ("NO_PROXY", "oss.test")], https, "Direct"),
            (vec![("ALL_PROXY", "odd://x"), ("HTTPS_PROXY", good)], https, "Tunnel"),
            (vec![("ALL_PROXY", "odd://x")], "http://localhost", "Direct"),
            (vec![("ALL_PROXY", good), ("REQUEST_METHOD", "GET")], https, "Direct"),
        ] {
            let shown = format!("{:?}", route(&variables, endpoint).unwrap());
            assert!(shown.starts_with(way), "{variables:?}: {shown}");
        }
        for (variables, message) in [
            (
                [("HTTPS_PROXY", "htp://id:hush@proxy.test"), ("ALL_PROXY", good)],
                "HTTPS_PROXY: the scheme is `htp`; only `http` is supported",
            ),
            (
                [("all_proxy", "socks5://id:hush@proxy.test"), ("HTTPS_PROXY", "")],
                "all_proxy: the scheme is `socks5`; only `http` is supported",
            ),
            (
                [("https_proxy", "id:hush@x://proxy.test"), ("ALL_PROXY", good)],
                "https_proxy: the scheme is ``; only `http` is supported",
            ),
            (
                [("https_proxy", "http://id:hush@ /"), ("ALL_PROXY", good)],
                "https_proxy is not a proxy's address, like `http://proxy.example.com:3128`",
            ),
        ] {
            assert_eq!(route(&variables, https).unwrap_err(), message);
        }
    }
}
