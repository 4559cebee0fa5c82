//! Sending one request over the network, and nothing else: no signing, no retries.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;

use crate::Body;

mod pool;
mod route;

pub(crate) use pool::HyperTransport;

/// Sends one request.
///
/// The request's URI is sent byte for byte: what was signed is what arrives. An implementation adds no
/// header but those that frame the message, follows no redirect and repeats nothing that may have
/// arrived.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends `request` and waits for the head of the answer.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when there is no answer. Any status is an answer.
    async fn send(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, TransportError>;
}

/// What kept a request from being answered, or an answer from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// There is no connection: no such host, refused, TLS failed. Nothing was sent.
    Connect,
    /// Connecting took too long. Nothing was sent.
    ConnectTimeout,
    /// The peer was silent for too long.
    Timeout,
    /// The connection was cut.
    Interrupted,
    /// What came back is no HTTP.
    Protocol,
}

/// Why there is no answer. Its text is the root cause's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    kind: TransportErrorKind,
    message: String,
}

impl TransportError {
    /// An error with its root cause in words: lower case, no full stop.
    #[must_use]
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    fn caused_by(kind: TransportErrorKind, error: &(dyn StdError + 'static)) -> Self {
        Self::new(kind, root_cause(error))
    }
}

/// The innermost error's text; the operating system's are told without their number.
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match innermost.downcast_ref::<std::io::Error>() {
        Some(io) if io.raw_os_error().is_some() => io.kind().to_string(),
        _ => innermost.to_string(),
    }
}
