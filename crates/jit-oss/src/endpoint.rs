//! Where OSS is: reading an endpoint, deriving its region, and writing URLs for it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::escape::{put_path, put_query};

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS, the default.
    Https,
}

/// Where the bucket's name goes in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// `scheme://bucket.host/key`, what OSS wants on its own domains.
    VirtualHost,
    /// `scheme://host/bucket/key`, for IP addresses and private set-ups.
    Path,
    /// `scheme://host/key`, for a custom domain that is bound to one bucket.
    Cname,
}

/// A service address: scheme, host and port.
///
/// A scheme and a trailing slash are optional; without a scheme it is `https`.
///
/// ```
/// use jit_oss::Endpoint;
///
/// let endpoint: Endpoint = "oss-cn-hangzhou-internal.aliyuncs.com".parse()?;
/// assert_eq!(endpoint.to_string(), "https://oss-cn-hangzhou-internal.aliyuncs.com");
/// assert_eq!(endpoint.region(), Some("cn-hangzhou"));
/// # Ok::<(), jit_oss::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    /// Lower case, without brackets or a trailing dot.
    host: String,
    port: Option<u16>,
}

/// Why a text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Nothing was given.
    #[error("the endpoint is empty")]
    Empty,
    /// The scheme is neither `http` nor `https`.
    #[error("the endpoint's scheme is `{0}`, not `http` or `https`")]
    Scheme(String),
    /// There is a path after the host. A query is left out of it: that of a signed URL grants access.
    #[error("the endpoint has a path, `{0}`")]
    Path(String),
    /// There is a query or a fragment after the host, and no path.
    #[error("the endpoint has a query")]
    Query,
    /// There is a user name or password before the host.
    #[error("the endpoint has credentials before its host")]
    UserInfo,
    /// The host has a character or a label that no host has.
    #[error("`{0}` is not a host name or an IP address")]
    Host(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{0}` is not a port number")]
    Port(String),
    /// The bucket's name stands in front of the service's host.
    #[error("the endpoint has a bucket, `{bucket}`, in front of `{host}`")]
    Bucket {
        /// What looks like the bucket.
        bucket: String,
        /// The endpoint without it.
        host: String,
    },
}

const DOMAIN: &str = ".aliyuncs.com";

impl Endpoint {
    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, lower case; an IPv6 address is without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, when one was given.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The region that the host names: `cn-hangzhou` for public, internal and dual-stack endpoints.
    /// Accelerated endpoints, IP addresses and custom domains name none.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        let service = self.host.strip_suffix(DOMAIN)?;
        let region = match service.strip_prefix("oss-") {
            Some(region) => region.strip_suffix("-internal").unwrap_or(region),
            None => service.strip_suffix(".oss")?,
        };
        let is_region =
            is_region(region) && !matches!(region, "accelerate" | "accelerate-overseas");
        is_region.then_some(region)
    }

    /// The style OSS expects here unless told otherwise: path style for IP addresses and `localhost`,
    /// otherwise virtual host.
    #[must_use]
    pub fn addressing(&self) -> Addressing {
        if self.host == "localhost" || self.host.parse::<IpAddr>().is_ok() {
            Addressing::Path
        } else {
            Addressing::VirtualHost
        }
    }

    /// `host[:port]` as the `Host` header carries it, with the bucket in front in virtual-host style.
    #[must_use]
    pub fn authority(&self, addressing: Addressing, bucket: Option<&str>) -> String {
        let mut out = String::with_capacity(self.host.len() + 72);
        if let (Addressing::VirtualHost, Some(bucket)) = (addressing, bucket) {
            out.push_str(bucket);
            out.push('.');
        }
        if self.host.contains(':') {
            out.push('[');
            out.push_str(&self.host);
            out.push(']');
        } else {
            out.push_str(&self.host);
        }
        if let Some(port) = self.port {
            out.push(':');
            out.push_str(&port.to_string());
        }
        out
    }

    /// The whole URL of a key in a bucket (or of the bucket, or of the service), escaped once.
    #[must_use]
    pub fn url(
        &self,
        addressing: Addressing,
        bucket: Option<&str>,
        key: Option<&str>,
        query: &[(&str, &str)],
    ) -> String {
        let mut out = String::with_capacity(256);
        out.push_str(self.scheme_prefix());
        out.push_str(&self.authority(addressing, bucket));
        put_target(&mut out, addressing, bucket, key, query);
        out
    }

    fn scheme_prefix(&self) -> &'static str {
        match self.scheme {
            Scheme::Http => "http://",
            Scheme::Https => "https://",
        }
    }
}

/// Writes what follows the host in the URL of a key in a bucket: path and query.
pub(crate) fn put_target(
    out: &mut String,
    addressing: Addressing,
    bucket: Option<&str>,
    key: Option<&str>,
    query: &[(&str, &str)],
) {
    out.push('/');
    if let (Addressing::Path, Some(bucket)) = (addressing, bucket) {
        put_path(out, bucket);
        out.push('/');
    }
    put_path(out, key.unwrap_or_default());
    for (index, (name, value)) in query.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        put_query(out, name);
        if !value.is_empty() {
            out.push('=');
            put_query(out, value);
        }
    }
}

/// Whether `text` can be a region's id: not empty, only `a-z`, `0-9` and `-`.
pub(crate) fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.scheme_prefix(), self.authority(Addressing::Path, None))
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // Wherever it stands: a password may have a slash or a question mark in it, too.
        if text.contains('@') {
            return Err(EndpointError::UserInfo);
        }
        let (scheme, rest) = match text.split_once("://") {
            None => (Scheme::Https, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some((scheme, _)) => return Err(EndpointError::Scheme(scheme.to_owned())),
        };
        let (authority, after) = match rest.find(['/', '?', '#', '\\']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let path = after.split(['?', '#']).next().unwrap_or_default();
        if !matches!(path, "" | "/") {
            return Err(EndpointError::Path(path.to_owned()));
        }
        if path != after {
            return Err(EndpointError::Query);
        }
        if authority.is_empty() {
            return Err(EndpointError::Empty);
        }
        let (host, port) = split_port(authority)?;
        if let Some((bucket, service)) = bucket_in_front(&host) {
            return Err(EndpointError::Bucket { bucket, host: service });
        }
        Ok(Self { scheme, host, port })
    }
}

fn split_port(authority: &str) -> Result<(String, Option<u16>), EndpointError> {
    let no_host = || EndpointError::Host(authority.to_owned());
    let parse_port = |port: &str| match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(EndpointError::Port(port.to_owned())),
    };
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(no_host)?;
        let address = host.parse::<std::net::Ipv6Addr>().map_err(|_| no_host())?;
        let port = match port.strip_prefix(':') {
            Some(port) => Some(parse_port(port)?),
            None if port.is_empty() => None,
            None => return Err(no_host()),
        };
        return Ok((address.to_string(), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(parse_port(port)?)),
        None => (authority, None),
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return Err(no_host());
    }
    Ok((host, port))
}

/// Recognises `bucket.oss-region.aliyuncs.com` and its relatives.
fn bucket_in_front(host: &str) -> Option<(String, String)> {
    let service = host.strip_suffix(DOMAIN)?;
    let (bucket, rest) = service.split_once('.')?;
    let is_service = !rest.contains('.') && rest.starts_with("oss-") && !rest.contains("cloudbox");
    let is_dual_stack = rest.strip_suffix(".oss").is_some_and(is_region);
    (is_service || is_dual_stack).then(|| (bucket.to_owned(), format!("{rest}{DOMAIN}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str, region: Option<&str>, addressing: Addressing) {
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint.to_string(), shown);
        assert_eq!(endpoint.region(), region);
        assert_eq!(endpoint.addressing(), addressing);
    }

    #[test]
    fn endpoints_of_every_kind() {
        use Addressing::{Path, VirtualHost};
        let hangzhou = Some("cn-hangzhou");
        for (text, shown, region, addressing) in [
            (
                "oss-cn-hangzhou.aliyuncs.com",
                "https://oss-cn-hangzhou.aliyuncs.com",
                hangzhou,
                VirtualHost,
            ),
            (
                "http://oss-cn-hangzhou.aliyuncs.com/",
                "http://oss-cn-hangzhou.aliyuncs.com",
                hangzhou,
                VirtualHost,
            ),
            (
                "OSS-CN-Hangzhou.aliyuncs.com.",
                "https://oss-cn-hangzhou.aliyuncs.com",
                hangzhou,
                VirtualHost,
            ),
            (
                "oss-cn-hangzhou-internal.aliyuncs.com:8443",
                "https://oss-cn-hangzhou-internal.aliyuncs.com:8443",
                hangzhou,
                VirtualHost,
            ),
            (
                "cn-hangzhou.oss.aliyuncs.com",
                "https://cn-hangzhou.oss.aliyuncs.com",
                hangzhou,
                VirtualHost,
            ),
            (
                "oss-accelerate.aliyuncs.com",
                "https://oss-accelerate.aliyuncs.com",
                None,
                VirtualHost,
            ),
            (
                "oss-accelerate-overseas.aliyuncs.com",
                "https://oss-accelerate-overseas.aliyuncs.com",
                None,
                VirtualHost,
            ),
            ("https://static.example.com", "https://static.example.com", None, VirtualHost),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000", None, Path),
            ("http://[::1]:9000/", "http://[::1]:9000", None, Path),
            ("http://localhost:9000", "http://localhost:9000", None, Path),
            (
                "cb-1.cn-hangzhou.oss-cloudbox.aliyuncs.com",
                "https://cb-1.cn-hangzhou.oss-cloudbox.aliyuncs.com",
                None,
                VirtualHost,
            ),
        ] {
            check(text, shown, region, addressing);
        }
    }

    #[test]
    fn what_is_no_endpoint_says_why() {
        for (text, message) in [
            ("", "the endpoint is empty"),
            ("https://", "the endpoint is empty"),
            ("ftp://a.b", "the endpoint's scheme is `ftp`, not `http` or `https`"),
            ("oss-cn-hangzhou.aliyuncs.com/my-bucket", "the endpoint has a path, `/my-bucket`"),
            ("a.b/x?Expires=1&Signature=hush", "the endpoint has a path, `/x`"),
            ("a.b/x#hush", "the endpoint has a path, `/x`"),
            ("a.b?Signature=hush", "the endpoint has a query"),
            ("a.b/?Signature=hush", "the endpoint has a query"),
            ("a.b/#hush", "the endpoint has a query"),
            ("id:hu/sh@a.b", "the endpoint has credentials before its host"),
            ("id:hu?sh@a.b", "the endpoint has credentials before its host"),
            ("id:hush@http://a.b", "the endpoint has credentials before its host"),
            ("id:secret@a.b", "the endpoint has credentials before its host"),
            ("a b.c", "`a b.c` is not a host name or an IP address"),
            ("a..b", "`a..b` is not a host name or an IP address"),
            ("[::1", "`[::1` is not a host name or an IP address"),
            ("a.b:0", "`0` is not a port number"),
            ("a.b:99999", "`99999` is not a port number"),
            (
                "my-bucket.oss-cn-hangzhou.aliyuncs.com",
                "the endpoint has a bucket, `my-bucket`, in front of `oss-cn-hangzhou.aliyuncs.com`",
            ),
            (
                "https://b.cn-hangzhou.oss.aliyuncs.com",
                "the endpoint has a bucket, `b`, in front of `cn-hangzhou.oss.aliyuncs.com`",
            ),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn object_names_reach_the_url_as_they_are() {
        let endpoint: Endpoint = "http://127.0.0.1:9000".parse().unwrap();
        let url = endpoint.url(Addressing::Path, Some("b"), Some("a/../%2F//c"), &[("acl", "")]);
        assert_eq!(url, "http://127.0.0.1:9000/b/a/../%252F//c?acl");
    }
}
