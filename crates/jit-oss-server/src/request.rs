//! From what arrived to what was meant: bucket, key and query, decoded.

use std::net::IpAddr;

use http::{HeaderMap, Method, Uri, header};
use jit_oss::escape::{decode_path, decode_query};
use jit_oss::{Endpoint, EndpointError};

use crate::error::OssError;

/// Headers that mean one thing only. Where one is repeated, what is verified and what is done could each
/// go by another of its values. (A second `Content-Length` that differs is refused by hyper.)
const SINGLE: &[&str] = &["authorization", "content-md5", "content-type", "date", "x-oss-date"];

/// A request with its address taken apart. Not `Debug`: its headers and query grant access.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// Decoded; an empty value is a parameter without one.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Headers,
}

/// The headers of a request, for many questions of which most are answered with no.
#[derive(Default)]
pub(crate) struct Headers {
    map: HeaderMap,
    /// A bit for each name: what none has need not be looked for.
    marks: u64,
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        let marks = map.keys().fold(0, |marks, name| marks | mark(name.as_str()));
        Self { map, marks }
    }
}

impl std::ops::Deref for Headers {
    type Target = HeaderMap;

    fn deref(&self) -> &HeaderMap {
        &self.map
    }
}

impl Headers {
    /// Whether there may be a header of this name.
    #[inline]
    fn may_have(&self, name: &str) -> bool {
        self.marks & mark(name) != 0
    }

    /// The first header of this name, which is in lower case, without the spaces around it.
    fn text(&self, name: &str) -> Option<&str> {
        // There are few: to look at them takes less than to hash a name.
        let (_, value) = self.map.iter().find(|(other, _)| other.as_str() == name)?;
        // Of what is white, only spaces and tabs can stand in a header.
        std::str::from_utf8(value.as_bytes().trim_ascii()).ok()
    }
}

/// One of 64 bits, by what tells names apart cheaply: the length, and bytes that few have in common.
#[inline]
fn mark(name: &str) -> u64 {
    let byte = |at: usize| name.as_bytes().get(at).copied().map_or(0, usize::from);
    let (middle, last) = (byte(name.len() / 2), byte(name.len().wrapping_sub(1)));
    1 << ((name.len() + 5 * middle + 3 * last) % 64)
}

impl Request {
    /// Reads the address. Nothing is normalised: the key is what stands after the bucket, decoded once.
    pub(crate) fn parse(method: Method, uri: &Uri, headers: HeaderMap) -> Result<Self, OssError> {
        for (name, value) in &headers {
            // Nearly all are ASCII, which is told faster.
            let bytes = value.as_bytes();
            if !bytes.is_ascii() && std::str::from_utf8(bytes).is_err() {
                let message = format!("The value of the header {name} is not UTF-8.");
                return Err(OssError::bad_request("InvalidArgument", message));
            }
        }
        // Hardly any request repeats a header.
        let repeats = headers.len() > headers.keys_len();
        let single = SINGLE.iter().filter(|_| repeats);
        if let Some(name) =
            single.into_iter().find(|name| headers.get_all(**name).iter().count() > 1)
        {
            let message = format!("The header {name} is given more than once.");
            return Err(OssError::bad_request("InvalidArgument", message));
        }
        let host = host(&headers, uri).ok_or_else(|| {
            OssError::bad_request("InvalidRequest", "The Host header is missing.")
        })?;
        let path = uri.path().strip_prefix('/').ok_or_else(broken_path)?;
        let (bucket, key) = match bucket_of_host(host)? {
            Place::Path => match path.split_once('/') {
                Some((bucket, key)) => (Some(decode(bucket)?), Some(decode(key)?)),
                None => (Some(decode(path)?), None),
            },
            Place::Service if path.is_empty() => (None, None),
            Place::Service => {
                return Err(OssError::forbidden(
                    "SecondLevelDomainForbidden",
                    "The bucket must be in front of the host's name, not in the path.",
                ));
            }
            Place::Bucket(bucket) => (Some(bucket), Some(decode(path)?)),
        };
        let query = parse_query(uri.query().unwrap_or_default()).ok_or_else(|| {
            OssError::bad_request("InvalidArgument", "The query is not well-formed UTF-8.")
        })?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let headers = headers.into();
        Ok(Self { method, bucket: filled(bucket), key: filled(key), query, headers })
    }

    /// An empty map, with the room that its headers had.
    pub(crate) fn into_map(self) -> HeaderMap {
        let mut map = self.headers.map;
        map.clear();
        map
    }

    /// The value of a query parameter; empty when it has none.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first header of this name, which is in lower case.
    #[inline]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        if self.headers.may_have(name) { self.headers.text(name) } else { None }
    }
}

/// The `Host` header as it was sent.
pub(crate) fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| uri.authority().map(http::uri::Authority::as_str))
}

/// Whether a host names no bucket, and not the service's either: it is this server's own.
pub(crate) fn is_own(host: &str) -> bool {
    matches!(bucket_of_host(host), Ok(Place::Path))
}

enum Place {
    /// The bucket is the first segment of the path.
    Path,
    /// The service's own address, which names no bucket.
    Service,
    Bucket(String),
}

fn bucket_of_host(host: &str) -> Result<Place, OssError> {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    if name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost") {
        return Ok(Place::Path);
    }
    let name = name.to_ascii_lowercase();
    match name.parse::<Endpoint>() {
        Err(EndpointError::Bucket { bucket, .. }) => return Ok(Place::Bucket(bucket)),
        Err(_) => {
            return Err(OssError::bad_request("InvalidRequest", "The Host header is no host."));
        }
        Ok(endpoint) if endpoint.region().is_some() => return Ok(Place::Service),
        Ok(_) => {}
    }
    match name.split_once('.') {
        _ if name.starts_with("oss-accelerate") => Ok(Place::Service),
        Some((bucket, _)) => Ok(Place::Bucket(bucket.to_owned())),
        // The name of a machine or a container, without a domain.
        None => Ok(Place::Path),
    }
}

fn broken_path() -> OssError {
    OssError::bad_request("InvalidObjectName", "The path is not well-formed UTF-8.")
}

fn decode(text: &str) -> Result<String, OssError> {
    decode_path(text).ok_or_else(broken_path)
}

pub(crate) fn parse_query(query: &str) -> Option<Vec<(String, String)>> {
    if query.is_empty() {
        return Some(Vec::new());
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode_query(name)?, decode_query(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, target: &str) -> Result<(Option<String>, Option<String>), String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        match Request::parse(Method::GET, &target.parse().unwrap(), headers) {
            Ok(request) => Ok((request.bucket, request.key)),
            Err(error) => Err(error.code.into_owned()),
        }
    }

    #[test]
    fn the_bucket_comes_from_the_host_or_the_path() {
        for (host, target, bucket, key) in [
            ("127.0.0.1:9000", "/", None, None),
            ("127.0.0.1:9000", "/b-1", Some("b-1"), None),
            ("127.0.0.1:9000", "/b-1/", Some("b-1"), None),
            ("127.0.0.1:9000", "/b-1/k", Some("b-1"), Some("k")),
            ("[::1]:9000", "/b-1/k", Some("b-1"), Some("k")),
            ("LocalHost", "/b-1/k", Some("b-1"), Some("k")),
            ("container:9000", "/b-1/k", Some("b-1"), Some("k")),
            ("b-1.localhost:9000", "/k", Some("b-1"), Some("k")),
            ("B-1.oss-cn-hangzhou.aliyuncs.com", "/", Some("b-1"), None),
            ("b-1.oss-accelerate.aliyuncs.com", "/k", Some("b-1"), Some("k")),
            ("oss-cn-hangzhou.aliyuncs.com", "/", None, None),
            ("cn-hangzhou.oss.aliyuncs.com", "/", None, None),
            ("oss-accelerate.aliyuncs.com", "/", None, None),
            ("static.example.com", "/k", Some("static"), Some("k")),
            ("::1", "/b-1/a/../b//c", Some("b-1"), Some("a/../b//c")),
        ] {
            let host = if host == "::1" { "[::1]" } else { host };
            let expected = (bucket.map(str::to_owned), key.map(str::to_owned));
            assert_eq!(check(host, target), Ok(expected), "{host} {target}");
        }
    }

    #[test]
    fn the_key_is_decoded_once_and_never_normalised() {
        for (path, key) in [
            ("/b-1/a%2Fb", "a/b"),
            ("/b-1/%252F", "%2F"),
            ("/b-1//x", "/x"),
            ("/b-1/a+b", "a+b"),
            ("/b-1/%2e%2e/x", "../x"),
            ("/b-1/%F0%9F%98%80", "😀"),
        ] {
            assert_eq!(check("127.0.0.1", path).unwrap().1.as_deref(), Some(key), "{path}");
        }
        for path in ["/b-1/%", "/b-1/%zz", "/b-1/%ff", "/%/k"] {
            assert_eq!(check("127.0.0.1", path), Err("InvalidObjectName".to_owned()), "{path}");
        }
    }

    #[test]
    fn the_service_itself_has_no_paths() {
        let answer = check("oss-cn-hangzhou.aliyuncs.com", "/b-1/k");
        assert_eq!(answer, Err("SecondLevelDomainForbidden".to_owned()));
    }

    #[test]
    fn a_query_without_equals_sign_and_an_empty_value_are_one() {
        let pairs = parse_query("acl&x=&a+b=c%2Bd&&e==").unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("acl", ""), ("x", ""), ("a b", "c+d"), ("e", "=")]);
        assert_eq!(parse_query("a=%"), None);
    }
}
