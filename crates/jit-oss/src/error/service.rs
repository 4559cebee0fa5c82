//! An error answer: reading it, classifying it, and keeping secrets out of it.

use std::fmt;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderMap, HeaderName, StatusCode};

use super::{ErrorKind, SignatureMismatch};
use crate::{Timestamp, xml};

/// What OSS puts on every answer, and nobody else on any.
pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("x-oss-request-id");
/// How much of a body that is no error document is quoted.
const QUOTED: usize = 256;
/// The longest message that is kept.
const MESSAGE: usize = 1024;

/// What an error answer says.
#[derive(Debug, Default)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) ec: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Where the bucket is, when it is elsewhere.
    pub(crate) endpoint: Option<String>,
    /// The server's clock.
    pub(crate) date: Option<Timestamp>,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// What was signed, here and there, when the signature was refused.
    pub(crate) mismatch: Option<SignatureMismatch>,
    /// Where an append would have had to go.
    pub(crate) next_append_position: Option<u64>,
    /// Nothing about the answer is OSS's: a proxy, a portal or a web server gave it.
    pub(crate) foreign: bool,
    /// The body is a page for a browser, which is not quoted.
    page: bool,
}

impl ServiceError {
    /// Reads an error answer. `secrets` are blotted out of whatever is kept of it.
    pub(crate) fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        head_of_object: bool,
        secrets: &[&str],
    ) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let hidden = header("x-oss-err").and_then(|text| BASE64.decode(text.trim()).ok());
        let document = xml::error_document(hidden.as_deref().unwrap_or(body));
        let date = header("date").and_then(Timestamp::parse_http_date);
        let mut error = Self {
            status: status.as_u16(),
            ec: header("x-oss-ec").map(str::to_owned),
            request_id: header(REQUEST_ID.as_str()).map(str::to_owned),
            retry_after: retry_after(header("retry-after"), header("x-oss-qos-delay-time"), date),
            next_append_position: crate::response::next_position(headers),
            date,
            foreign: document.is_none()
                && [REQUEST_ID.as_str(), "x-oss-err", "x-oss-ec"]
                    .iter()
                    .all(|n| !headers.contains_key(*n)),
            ..Self::default()
        };
        match document {
            Some(document) => {
                error.code = document.code;
                error.message = document.message;
                error.ec = document.ec.or(error.ec);
                error.request_id = document.request_id.or(error.request_id);
                error.endpoint = document.endpoint;
            }
            // Older deployments say nothing but the status to a HEAD.
            None if head_of_object && status == StatusCode::NOT_FOUND && !error.foreign => {
                error.code = Some("NoSuchKey".to_owned());
            }
            None if !body.is_empty() => {
                let text = redact(&String::from_utf8_lossy(body), secrets);
                error.page = is_page(header("content-type"), &text);
                error.message = (!error.page).then(|| printable(&text, QUOTED));
            }
            None => {}
        }
        for (field, limit) in [
            (&mut error.code, 64),
            (&mut error.ec, 64),
            (&mut error.request_id, 64),
            (&mut error.endpoint, 255),
            (&mut error.message, MESSAGE),
        ] {
            *field = field
                .take()
                .map(|text| printable(&redact(&text, secrets), limit))
                .filter(|text| !text.is_empty());
        }
        error
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        if let Some(kind) = super::cure::kind(self.code.as_deref(), self.ec.as_deref()) {
            return kind;
        }
        if self.foreign {
            // What stands between may fail for a moment, too.
            return match self.status {
                408 => ErrorKind::Timeout,
                429 | 503 => ErrorKind::Throttled,
                500 | 502 | 504..=599 => ErrorKind::Server,
                _ => ErrorKind::Protocol,
            };
        }
        match self.status {
            304 | 412 => ErrorKind::Precondition,
            100..=399 => ErrorKind::Protocol,
            401 | 403 => ErrorKind::AccessDenied,
            404 => ErrorKind::NotFound,
            408 => ErrorKind::Timeout,
            409 => ErrorKind::Conflict,
            416 => ErrorKind::Range,
            429 | 503 => ErrorKind::Throttled,
            500..=599 => ErrorKind::Server,
            _ => ErrorKind::Rejected,
        }
    }

    pub(super) fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        tries: &impl fmt::Display,
    ) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}, ")?;
        }
        write!(f, "HTTP {}", self.status)?;
        if let Some(ec) = &self.ec {
            write!(f, ", EC {ec}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, ", request {request_id}")?;
        }
        if self.page {
            f.write_str(", a page for a browser")?;
        }
        write!(f, "{tries}")?;
        match &self.message {
            // More may follow in the caller's sentence.
            Some(message) => write!(f, ": {}", message.strip_suffix('.').unwrap_or(message)),
            None => Ok(()),
        }
    }
}

/// `Retry-After` counts seconds or names a moment; OSS's own header counts milliseconds.
fn retry_after(
    standard: Option<&str>,
    millis: Option<&str>,
    now: Option<Timestamp>,
) -> Option<Duration> {
    let standard = standard.and_then(|text| match text.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let wait = Timestamp::parse_http_date(text)?.unix() - now?.unix();
            u64::try_from(wait).ok().map(Duration::from_secs)
        }
    });
    let own = millis.and_then(|text| text.trim().parse().ok()).map(Duration::from_millis);
    standard.max(own)
}

/// Whether a body that is no error document is HTML rather than words.
fn is_page(content_type: Option<&str>, body: &str) -> bool {
    let start = body.trim_start_matches('\u{feff}').trim_start();
    let start: String = start.chars().take(QUOTED).collect::<String>().to_ascii_lowercase();
    let is_xml = start.starts_with("<?xml") || start.starts_with("<error");
    content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
        || start.contains("<html")
        || (start.starts_with('<') && !is_xml)
}

pub(crate) fn redact(text: &str, secrets: &[&str]) -> String {
    secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

/// `text` on one line, without what a terminal would act on, cut to at most `limit` bytes.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for character in text.trim().chars() {
        let shown = match character {
            '\n' | '\r' | '\t' => ' ',
            // Marks that turn the direction of text around, or show nothing at all.
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => '\u{fffd}',
            other if other.is_control() => '\u{fffd}',
            other => other,
        };
        if out.len() + shown.len_utf8() > limit {
            break;
        }
        out.push(shown);
    }
    out
}
