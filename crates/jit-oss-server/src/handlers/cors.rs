//! Requests of browsers from other origins: the rules of the bucket's `cors` document, and the origins that the server
//! was told.

use http::{HeaderName, StatusCode, header};

use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::server::State;
use crate::store::Store;

type Headers = Vec<(HeaderName, String)>;

/// What pages of an origin that the server was told may do, and which headers of answers they may read.
const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "POST", "DELETE"];
const EXPOSED: &str = "ETag,x-oss-request-id,x-oss-hash-crc64ecma,x-oss-version-id,x-oss-ec";

/// What a rule lets a browser do.
#[derive(Debug)]
struct Rule {
    any_origin: bool,
    methods: String,
    exposed: String,
    max_age: Option<String>,
    vary: bool,
}

/// The headers that a browser looks for in the answer to `request`.
pub(crate) fn headers(state: &State, request: &Request) -> Headers {
    let Some(origin) = request.header("origin") else { return Vec::new() };
    match rule(state, request, origin, request.method.as_str(), "") {
        Some(rule) => rule.headers(origin),
        None => Vec::new(),
    }
}

/// The answer to a browser that asks before it sends a request.
pub(crate) fn preflight(state: &State, request: &Request) -> Result<Reply, OssError> {
    let missing = |name: &str| {
        OssError::bad_request("InvalidRequest", format!("The request lacks the header {name}."))
    };
    let origin = request.header("origin").ok_or_else(|| missing("Origin"))?;
    let method = request.header("access-control-request-method");
    let method = method.ok_or_else(|| missing("Access-Control-Request-Method"))?;
    let bucket = request.bucket.as_deref().unwrap_or_default();
    state.store.read(|index| index.bucket(bucket).map(drop))?;
    let wanted = request.header("access-control-request-headers").unwrap_or_default();
    let Some(rule) = rule(state, request, origin, method, wanted) else {
        let message = "CORSResponse: This CORS request is not allowed. This is usually because the \
                       evalution of Origin, request method / Access-Control-Request-Method or \
                       Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
        return Err(OssError::forbidden("AccessForbidden", message));
    };
    let mut reply = Reply::empty(StatusCode::OK);
    for (name, value) in rule.headers(origin) {
        reply = reply.with(name, &value);
    }
    if !wanted.is_empty() {
        reply = reply.with(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    }
    Ok(reply)
}

/// The first rule that allows this: one of the bucket's, or else the server's.
fn rule(
    state: &State,
    request: &Request,
    origin: &str,
    method: &str,
    headers: &str,
) -> Option<Rule> {
    let of_server = || {
        let found = state.cors_origins.iter().find(|pattern| matches(pattern, origin));
        let pattern = found.filter(|_| METHODS.contains(&method))?;
        Some(Rule {
            any_origin: pattern == "*",
            methods: METHODS.join(","),
            exposed: EXPOSED.to_owned(),
            max_age: None,
            vary: false,
        })
    };
    of_bucket(&state.store, request, origin, method, headers).or_else(of_server)
}

/// The first rule of the bucket that allows this.
fn of_bucket(
    store: &Store,
    request: &Request,
    origin: &str,
    method: &str,
    headers: &str,
) -> Option<Rule> {
    let bucket = request.bucket.as_deref()?;
    let document =
        store.read(|index| index.bucket(bucket).ok()?.properties.documents.get("cors").cloned())?;
    let document = Element::parse(document.as_bytes(), "CORSConfiguration")?;
    let vary = document.value("ResponseVary") == Some("true");
    document.all("CORSRule").find_map(|rule| {
        let texts = |name| rule.all(name).map(|element| element.text.trim());
        let mut origins = texts("AllowedOrigin").filter(|pattern| matches(pattern, origin));
        let origin = origins.next()?;
        texts("AllowedMethod").find(|allowed| *allowed == method)?;
        let allowed = |name: &str| {
            texts("AllowedHeader").any(|pattern| {
                matches(&pattern.to_ascii_lowercase(), &name.trim().to_ascii_lowercase())
            })
        };
        let mut wanted = headers.split(',').filter(|name| !name.trim().is_empty());
        wanted.all(allowed).then(|| Rule {
            any_origin: origin == "*",
            methods: texts("AllowedMethod").collect::<Vec<_>>().join(","),
            exposed: texts("ExposeHeader").collect::<Vec<_>>().join(","),
            max_age: rule.value("MaxAgeSeconds").map(str::to_owned),
            vary,
        })
    })
}

impl Rule {
    fn headers(self, origin: &str) -> Headers {
        let allowed = if self.any_origin { "*" } else { origin };
        let mut headers = vec![
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed.to_owned()),
            (header::ACCESS_CONTROL_ALLOW_METHODS, self.methods),
        ];
        if !self.exposed.is_empty() {
            headers.push((header::ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed));
        }
        headers.extend(self.max_age.map(|age| (header::ACCESS_CONTROL_MAX_AGE, age)));
        // A cache must not give one origin what was meant for another.
        if self.vary || !self.any_origin {
            headers.push((header::VARY, "Origin".to_owned()));
        }
        headers
    }
}

/// Whether a text can be an origin as browsers send it, or a pattern of such: scheme and host, port, no path.
pub(crate) fn is_origin(text: &str) -> bool {
    let plain = |text: &str| {
        let has_odd =
            |b: u8| !b.is_ascii_graphic() || matches!(b, b'/' | b'?' | b'#' | b'@' | b',');
        !text.is_empty() && !text.bytes().any(has_odd)
    };
    let parts = text.split_once("://");
    text.matches('*').count() <= 1
        && (text == "*" || parts.is_some_and(|(scheme, host)| plain(scheme) && plain(host)))
}

/// Whether a pattern with at most one `*` fits.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => {
            text.len() >= before.len() + after.len()
                && text.starts_with(before)
                && text.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for text in
            ["*", "http://localhost:5173", "https://*.example.com", "*://a", "http://[::1]:1"]
        {
            assert!(is_origin(text), "{text}");
        }
        for text in
            ["", "localhost", "localhost:5173", "http://", "http://a/", "http://*.*", "a b://c"]
        {
            assert!(!is_origin(text), "{text}");
        }
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fits) in [
            ("*", "http://a", true),
            ("http://*.example.com", "http://a.example.com", true),
            ("http://*.example.com", "http://example.com", false),
            ("ab*ba", "aba", false),
            ("http://a", "http://a", true),
            ("http://a", "http://ab", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
