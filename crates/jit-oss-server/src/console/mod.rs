//! A console in the browser: what is in the buckets, and what was asked of the server.
//!
//! It is a view with rights to hand out, and changes nothing itself. Its pages are at an address that nobody can
//! guess, as a notebook's are; what they offer, downloads and uploads, are ordinary requests to OSS, presigned by
//! the server with its own key. So there is nothing here that another site could trick a browser into.

mod grant;
mod html;
mod pages;

use std::fmt;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderName, Method, StatusCode, header};
use jit_oss::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::reply::Reply;
use crate::request::parse_query;
use crate::server::State;
use html::Html;

/// What the console is below, after [`control::PREFIX`](crate::control::PREFIX).
pub(crate) const PAGES: &str = "console/";

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The key to the console: it is a part of its address.
pub(crate) struct Console {
    key: String,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

impl Console {
    pub(crate) fn new(key: String) -> Self {
        Self { key }
    }

    /// Where its first page is, from the root of the server.
    pub(crate) fn path(&self) -> String {
        format!("{}{PAGES}{}/", crate::control::PREFIX, self.key)
    }
}

/// What a page is made for.
#[derive(Clone, Copy)]
pub(crate) struct Visit<'a> {
    state: &'a State,
    console: &'a Console,
    /// As the browser knows this server: `HOST:PORT`.
    host: &'a str,
    query: &'a [(String, String)],
    now: Timestamp,
}

impl<'a> Visit<'a> {
    /// The first value of a parameter; empty if there is none.
    fn query(&self, name: &str) -> &'a str {
        let found = self.query.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// Answers a request for the page of this path, which comes after [`PAGES`].
pub(crate) fn answer(
    state: &State,
    method: &Method,
    path: &str,
    query: &str,
    host: &str,
) -> Option<Reply> {
    let console = state.console.as_ref()?;
    let (key, page) = path.split_once('/').unwrap_or((path, ""));
    let is_known: bool = key.as_bytes().ct_eq(console.key.as_bytes()).into();
    if !is_known {
        let body = pages::message("Use the address that the server has printed at its start.");
        return Some(reply(StatusCode::FORBIDDEN, "Not here", body));
    }
    if method != Method::GET && method != Method::HEAD {
        let body = pages::message("These pages can only be looked at.");
        return Some(reply(StatusCode::METHOD_NOT_ALLOWED, "Not so", body));
    }
    let query = parse_query(query).unwrap_or_default();
    let visit = Visit { state, console, host, query: &query, now: state.now() };
    let (status, title, body) = match page {
        // Links are from here: without its slash they would lead elsewhere.
        "" if path.ends_with('/') => pages::buckets(visit),
        "" => {
            let to = console.path();
            return Some(Reply::empty(StatusCode::SEE_OTHER).with(header::LOCATION, &to));
        }
        "objects" => pages::objects(visit),
        "requests" => pages::requests(visit),
        _ => (
            StatusCode::NOT_FOUND,
            "Not found".to_owned(),
            pages::message("There is no such page."),
        ),
    };
    Some(reply(status, &title, body))
}

/// A page as a whole.
fn reply(status: StatusCode, title: &str, body: Html) -> Reply {
    let mut page = Html::default();
    page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    page.text(title);
    page.raw("</title><meta name=\"viewport\" content=\"width=device-width\"><style>");
    page.raw(STYLE);
    page.raw("</style></head><body>\n");
    page.add(body);
    page.raw("<script>");
    page.raw(SCRIPT);
    page.raw("</script></body></html>\n");
    Reply::document(status, page.finish())
        .with(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .with(header::CONTENT_SECURITY_POLICY, &POLICY)
        // The address is the key.
        .with(header::REFERRER_POLICY, "no-referrer")
        .with(header::CACHE_CONTROL, "no-store")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(HeaderName::from_static("cross-origin-opener-policy"), "same-origin")
}

/// Nothing runs or is drawn but what is in this program, should a name ever get past the escaping.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(Sha256::digest(text)));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src {style}; script-src {script}; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
});
