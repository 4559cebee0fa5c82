//! Sending one request over the network, and nothing else: no signing, no retries.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use rustls::InvalidMessage;

use crate::Body;

mod exchange;
mod network;
mod pool;
mod route;

pub(crate) use network::{HyperTransport, Timeouts};
use route::{ProxyError, Route};

type BoxError = Box<dyn StdError + Send + Sync>;

/// Whether the environment says to go to an endpoint without a proxy.
pub(crate) fn is_direct(endpoint: &crate::Endpoint) -> bool {
    matches!(Route::from_env(endpoint), Ok(Route::Direct(_)))
}

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
    /// What was to be sent could not be read. The peer is not to blame.
    Body,
}

/// Why there is no answer. Its text is the root cause's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    kind: TransportErrorKind,
    message: String,
    cause: Cause,
}

/// What is known of a failed connection, beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nothing more.
    Other,
    /// No such host.
    NoHost,
    /// The peer answers without TLS.
    NoTls,
    /// The peer's certificate is not trusted.
    Certificate,
    /// The proxy of this address cannot be reached.
    NoProxy(String),
    /// It failed beyond, or at, the proxy of this address.
    BeyondProxy(String),
}

impl TransportError {
    /// An error with its root cause in words: lower case, no full stop.
    #[must_use]
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: Cause::Other }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    pub(crate) fn cause(&self) -> &Cause {
        &self.cause
    }

    pub(crate) fn with_cause(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    fn caused_by(kind: TransportErrorKind, error: &(dyn StdError + 'static)) -> Self {
        let (mut innermost, mut cause) = (error, Cause::Other);
        loop {
            if let Some(ProxyError { proxy, reached, .. }) = innermost.downcast_ref() {
                let known = if *reached { Cause::BeyondProxy } else { Cause::NoProxy };
                cause = known(proxy.clone());
            }
            if let Some(known @ Self { kind: TransportErrorKind::Body, .. }) =
                innermost.downcast_ref()
            {
                return known.clone();
            }
            match inner(innermost) {
                Some(source) => innermost = source,
                None => break,
            }
        }
        if let Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) =
            innermost.downcast_ref()
        {
            return Self::new(kind, "the server does not speak TLS").with_cause(Cause::NoTls);
        }
        if matches!(cause, Cause::Other) {
            if let Some(rustls::Error::InvalidCertificate(_)) = innermost.downcast_ref() {
                cause = Cause::Certificate;
            } else if told(innermost).starts_with(LOOK_UP) {
                cause = Cause::NoHost;
            }
        }
        Self::new(kind, told(innermost)).with_cause(cause)
    }
}

/// How the standard library begins to tell that a name has no address.
const LOOK_UP: &str = "failed to lookup address information";

/// What caused `error`. What an I/O error wraps is its cause, although its `source` skips that.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// An error's text; the operating system's are told without their number.
fn told(error: &(dyn StdError + 'static)) -> String {
    match error.downcast_ref::<std::io::Error>() {
        Some(io) if io.raw_os_error().is_some() => io.kind().to_string(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_told_from_the_chain_of_causes() {
        let unknown = "failed to lookup address information: Name or service not known";
        let wrap = std::io::Error::other;
        let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        for (error, cause) in [
            (wrap(wrap(std::io::Error::other(unknown))), Cause::NoHost),
            (wrap(wrap(std::io::Error::other(untrusted))), Cause::Certificate),
            (wrap(wrap(std::io::Error::other("else"))), Cause::Other),
        ] {
            let told = TransportError::caused_by(TransportErrorKind::Connect, &error);
            assert_eq!(*told.cause(), cause, "{told}");
        }
    }
}
