//! What can go wrong, with everything OSS said about it and what to do next.

use std::fmt;
use std::time::Duration;

use crate::credentials::ProviderError;
use crate::retry::Again;
use crate::transport::{Cause, TransportErrorKind};

mod cure;
pub(crate) mod failure;
mod mismatch;
mod permission;
mod region;
pub(crate) mod service;

use failure::Failure;

pub use mismatch::SignatureMismatch;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, for code that decides on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such object, bucket or version.
    NotFound,
    /// The credentials are good, and may not do this.
    AccessDenied,
    /// The access key id, the secret or the session token is wrong, disabled or expired.
    InvalidCredentials,
    /// The clocks differ by more than OSS accepts, and correcting for it did not help.
    ClockSkewed,
    /// What finds the credentials cannot be reached, or failed.
    NoCredentials,
    /// The state of the object or bucket forbids it: it exists already, is archived, is retained.
    Conflict,
    /// A condition of the request does not hold.
    Precondition,
    /// The object has no such range.
    Range,
    /// The request was not sent: a name, header or limit is wrong.
    InvalidInput,
    /// The configuration cannot work.
    InvalidConfig,
    /// OSS refuses the request for another reason; the code says which.
    Rejected,
    /// Somebody gave the transfer up.
    Cancelled,
    /// The file or the object has changed while it was moved.
    Changed,
    /// OSS asks to slow down.
    Throttled,
    /// OSS failed.
    Server,
    /// Connecting took too long, or the peer was silent for too long.
    Timeout,
    /// There is no connection: no such host, refused, TLS failed.
    Connect,
    /// The connection was cut.
    Interrupted,
    /// The CRC-64 of what was sent or received is not the one OSS has.
    Inconsistent,
    /// The answer is none that OSS gives.
    Protocol,
    /// The object is stored, and the callback that was to follow failed.
    Callback,
    /// What was to be sent could not be read, or what came could not be written: a file, a stream.
    Io,
}

impl ErrorKind {
    /// Whether the same request may succeed later. The client has already tried that
    /// as often as its retry policy says.
    #[must_use]
    pub fn is_transient(self) -> bool {
        match self {
            Self::Throttled
            | Self::Server
            | Self::Timeout
            | Self::Connect
            | Self::Interrupted
            | Self::Inconsistent
            | Self::NoCredentials => true,
            Self::NotFound
            | Self::AccessDenied
            | Self::InvalidCredentials
            | Self::ClockSkewed
            | Self::Conflict
            | Self::Precondition
            | Self::Range
            | Self::InvalidInput
            | Self::InvalidConfig
            | Self::Rejected
            | Self::Cancelled
            | Self::Changed
            | Self::Protocol
            | Self::Callback
            | Self::Io => false,
        }
    }
}

/// What was attempted, and on what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub(crate) operation: Option<&'static str>,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// The host that was asked, with its port.
    pub(crate) host: String,
}

/// A failed operation.
///
/// Its text is one line, and holds no secret, signature, token or signed query.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    subject: Subject,
    failure: Failure,
    attempts: u32,
    elapsed: Duration,
    outcome_unknown: bool,
    /// Whether the request must not simply be sent again.
    look_first: bool,
}

impl Error {
    pub(crate) fn new(subject: Subject, failure: Failure) -> Self {
        let elapsed = Duration::ZERO;
        Self(Box::new(Inner {
            subject,
            failure,
            attempts: 0,
            elapsed,
            outcome_unknown: false,
            look_first: false,
        }))
    }

    pub(crate) fn after(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = elapsed;
        self
    }

    pub(crate) fn with_unknown_outcome(mut self, unknown: bool, again: Again) -> Self {
        self.0.outcome_unknown = unknown;
        self.0.look_first = unknown && again != Again::Same;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind()
    }

    /// The OSS operation, `GetObject`; none when the mistake is older than any operation.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.subject.operation
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        self.0.subject.bucket.as_deref()
    }

    /// The object name.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.subject.key.as_deref()
    }

    /// The HTTP status, when there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.0.failure {
            Failure::Service(service) => Some(service.status),
            _ => None,
        }
    }

    /// OSS's error code, `NoSuchKey`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.service()?.code.as_deref()
    }

    /// OSS's finer error code, `0026-00000001`: for support, not for decisions.
    #[must_use]
    pub fn ec(&self) -> Option<&str> {
        self.service()?.ec.as_deref()
    }

    /// OSS's id of the request: what support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.service()?.request_id.as_deref()
    }

    /// Where an append would have had to go, when it was refused for its position.
    #[must_use]
    pub fn next_append_position(&self) -> Option<u64> {
        self.service()?.next_append_position
    }

    /// OSS's own words.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.service()?.message.as_deref()
    }

    /// How often it was tried; 0 when nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long it took in all.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Whether a change may have been made all the same: the answer was lost, and nothing told what
    /// became of it.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// What went wrong without what was attempted, for callers who say the latter in their own terms.
    pub fn reason(&self) -> impl fmt::Display + '_ {
        Reason(&self.0)
    }

    /// What it means, in words that are always the same; OSS's own are in [`message`](Self::message).
    #[must_use]
    pub fn cause(&self) -> Option<&'static str> {
        cure::cause(&self.0.failure)
    }

    /// What was signed, here and at OSS, when OSS refused the signature and says what it would have
    /// signed.
    #[must_use]
    pub fn signature_mismatch(&self) -> Option<&SignatureMismatch> {
        self.service()?.mismatch.as_ref()
    }

    /// What to do next, where there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        cure::advice(&self.0.failure, &self.0.subject, self.0.look_first)
    }

    /// Why no credentials were found, when that is what went wrong.
    #[must_use]
    pub fn provider(&self) -> Option<&ProviderError> {
        match &self.0.failure {
            Failure::Provider(error) => Some(error),
            _ => None,
        }
    }

    fn service(&self) -> Option<&service::ServiceError> {
        match &self.0.failure {
            Failure::Service(service) => Some(service),
            _ => None,
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.0.subject;
        if let Some(operation) = subject.operation {
            f.write_str(operation)?;
            if let Some(bucket) = &subject.bucket {
                write!(f, " {bucket}")?;
                if let Some(key) = &subject.key {
                    write!(f, "/{}", service::printable(key, usize::MAX))?;
                }
            }
            f.write_str(": ")?;
        }
        self.reason().fmt(f)
    }
}

/// What went wrong, without what was attempted.
struct Reason<'a>(&'a Inner);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { subject, failure, attempts, .. } = self.0;
        let (host, tries) = (&subject.host, Tries(*attempts));
        match failure {
            Failure::Service(service) => service.write(f, &tries),
            Failure::Transport(error) => match error.kind() {
                TransportErrorKind::Connect | TransportErrorKind::ConnectTimeout => {
                    match error.cause() {
                        Cause::NoProxy(proxy) => write!(f, "cannot connect to the proxy {proxy}")?,
                        Cause::BeyondProxy(proxy) => {
                            write!(f, "cannot connect to {host} through the proxy {proxy}")?;
                        }
                        _ => write!(f, "cannot connect to {host}")?,
                    }
                    write!(f, "{tries}: {error}")
                }
                TransportErrorKind::Timeout => write!(f, "no answer from {host}{tries}: {error}"),
                TransportErrorKind::Interrupted => {
                    write!(f, "connection to {host} cut{tries}: {error}")
                }
                TransportErrorKind::Protocol => {
                    write!(f, "{host} does not speak HTTP{tries}: {error}")
                }
                TransportErrorKind::Body => write!(f, "the body cannot be sent: {error}"),
            },
            Failure::Inconsistent { ours, theirs } => {
                write!(f, "the CRC-64 is {ours}, not {theirs} as OSS says{tries}")
            }
            Failure::Protocol(what) | Failure::NotDone(what) => write!(f, "{what}{tries}"),
            Failure::Cancelled => f.write_str("it was cancelled"),
            Failure::Io(what)
            | Failure::Changed(what)
            | Failure::Input(what)
            | Failure::Config(what) => f.write_str(what),
            Failure::Credentials(error) => error.fmt(f),
            Failure::Provider(error) => write!(f, "{error}{tries}"),
        }
    }
}

/// ` after 3 attempts`, or nothing when there was only one.
struct Tries(u32);

impl fmt::Display for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " after {} attempts", self.0) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 2 * size_of::<usize>());
    }
}
