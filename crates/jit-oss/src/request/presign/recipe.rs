//! What somebody needs to know to send a presigned request.

use std::fmt;

use http::Method;

use crate::Timestamp;
use crate::client::Presigned;
use crate::request::Unsigned;

/// A request for somebody else to send: the URL, which carries its own signature, the method it works
/// for, the headers that have to be sent, and when it stops working.
///
/// Whoever has it can use it, so `Debug` hides the query, and [`as_str`](Self::as_str) and
/// [`curl`](Self::curl) are for those it is meant for.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl {
    url: String,
    method: Method,
    headers: Vec<(String, String)>,
    expires_at: Timestamp,
    is_shortened: bool,
    may_end_earlier: bool,
}

impl PresignedUrl {
    pub(super) fn new(presigned: Presigned, request: Unsigned) -> Self {
        let Presigned { url, expires_at, is_shortened, may_end_earlier } = presigned;
        let headers = request.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        Self { url, method: request.method, headers, expires_at, is_shortened, may_end_earlier }
    }

    /// The URL, signature included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The method it works for.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// Headers that must be sent exactly so; their names are in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// When it stops working: after the time asked for, or earlier, with temporary credentials that end
    /// earlier.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether it stops working before the time asked for, because the credentials that signed it end.
    #[must_use]
    pub fn is_shortened(&self) -> bool {
        self.is_shortened
    }

    /// Whether it was signed with a session token of which nobody said how long it is good for: the URL
    /// may stop working before [`expires_at`](Self::expires_at).
    #[must_use]
    pub fn may_end_earlier(&self) -> bool {
        self.may_end_earlier
    }

    /// A line for a shell that sends the request with `curl`. `file` is what is uploaded, or where a
    /// download goes.
    ///
    /// The line holds the whole URL: whoever reads it can use it.
    #[must_use]
    pub fn curl(&self, file: &str) -> String {
        let mut words = vec!["curl".to_owned()];
        let mut add = |option: &str, value: &str| {
            words.push(option.to_owned());
            words.push(quoted(value));
        };
        let has_type = self.headers.iter().any(|(name, _)| name == "content-type");
        match self.method {
            Method::GET => add("--output", file),
            // `curl` would add the file's name to a URL that ends like a folder.
            Method::PUT if !self.path().ends_with('/') => add("--upload-file", file),
            Method::PUT => {
                add("--request", "PUT");
                add("--data-binary", &format!("@{file}"));
            }
            // With a body, be it empty, `curl` says how long it is.
            Method::POST => add("--data", ""),
            _ => {}
        }
        if matches!(self.method, Method::PUT | Method::POST) && !has_type {
            // A type that `curl` makes up would not be the one that was signed, which is none.
            add("--header", "Content-Type:");
        }
        for (name, value) in &self.headers {
            add("--header", &format!("{name}: {value}"));
        }
        match self.method {
            Method::HEAD => words.push("--head".to_owned()),
            Method::DELETE => words.push("--request DELETE".to_owned()),
            _ => {}
        }
        if self.path().split('/').any(|part| matches!(part, "." | "..")) {
            words.push("--path-as-is".to_owned());
        }
        words.push(quoted(&self.url));
        words.join(" ")
    }

    fn path(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }
}

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresignedUrl")
            .field("method", &self.method)
            .field("url", &format_args!("{}?***", self.path()))
            .field("headers", &self.headers)
            .field("expires_at", &self.expires_at)
            .field("is_shortened", &self.is_shortened)
            .field("may_end_earlier", &self.may_end_earlier)
            .finish()
    }
}
