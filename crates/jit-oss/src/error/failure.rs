//! One failed attempt, before it is known whether there will be another.

use super::ErrorKind;
use super::service::ServiceError;
use crate::CredentialsError;
use crate::credentials::{ProviderError, ProviderErrorKind};
use crate::transport::{TransportError, TransportErrorKind};

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// OSS, or something in its place, answered with an error.
    Service(Box<ServiceError>),
    /// There is no answer, or it broke off.
    Transport(TransportError),
    /// The checksums differ.
    Inconsistent { ours: u64, theirs: u64 },
    /// The answer is none that OSS gives.
    Protocol(String),
    /// OSS answered, and did not do all of it.
    NotDone(String),
    /// A file of this machine could not be read or written.
    Io(String),
    /// Somebody gave it up.
    Cancelled,
    /// What is moved is not what it was at the beginning.
    Changed(String),
    /// Nothing was sent: what was asked for is wrong.
    Input(String),
    /// Nothing was sent: the configuration is wrong.
    Config(String),
    /// Nothing was sent: nobody has such credentials.
    Credentials(CredentialsError),
    /// Nothing was sent: no credentials were found.
    Provider(ProviderError),
}

impl Failure {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Service(service) => service.kind(),
            Self::Transport(error) => match error.kind() {
                TransportErrorKind::Connect => ErrorKind::Connect,
                TransportErrorKind::ConnectTimeout | TransportErrorKind::Timeout => {
                    ErrorKind::Timeout
                }
                TransportErrorKind::Interrupted => ErrorKind::Interrupted,
                TransportErrorKind::Protocol => ErrorKind::Protocol,
                TransportErrorKind::Body => ErrorKind::Io,
            },
            Self::Inconsistent { .. } => ErrorKind::Inconsistent,
            Self::Protocol(_) => ErrorKind::Protocol,
            Self::NotDone(_) => ErrorKind::Rejected,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Changed(_) => ErrorKind::Changed,
            Self::Io(_) => ErrorKind::Io,
            Self::Input(_) => ErrorKind::InvalidInput,
            Self::Config(_) | Self::Credentials(_) => ErrorKind::InvalidConfig,
            Self::Provider(error) => match error.kind() {
                ProviderErrorKind::Absent | ProviderErrorKind::Malformed => {
                    ErrorKind::InvalidConfig
                }
                ProviderErrorKind::Refused => ErrorKind::InvalidCredentials,
                ProviderErrorKind::Failed => ErrorKind::NoCredentials,
            },
        }
    }
}
