//! What finds credentials, and the four ways in which it can fail.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::Credentials;

/// Finds credentials.
///
/// It is asked again when what it gave is about to expire or was refused, and keeps nothing itself: that
/// is the client's to do.
#[async_trait]
pub trait CredentialsProvider: fmt::Debug + Send + Sync + 'static {
    /// The credentials as they are now.
    ///
    /// # Errors
    ///
    /// [`ProviderError`], whose kind says whether another provider should be asked.
    async fn provide(&self) -> Result<Credentials, ProviderError>;
}

#[async_trait]
impl CredentialsProvider for Credentials {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        Ok(self.clone())
    }
}

/// How finding credentials failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// There are none here. Only this makes a chain ask the next provider.
    Absent,
    /// There are some, and they are not complete or cannot be read.
    Malformed,
    /// The service that issues them says no.
    Refused,
    /// The service that issues them cannot be reached, or failed. It may work later.
    Failed,
}

/// Why there are no credentials. It names files, variables and hosts, and never shows what is in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    kind: ProviderErrorKind,
    message: String,
    help: Option<String>,
}

impl ProviderError {
    /// An error in words: lower case, no full stop, no secret.
    #[must_use]
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How it failed.
    #[must_use]
    pub fn kind(&self) -> ProviderErrorKind {
        self.kind
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    pub(super) fn absent(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Absent, message)
    }

    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Malformed, message)
    }

    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Refused, message)
    }

    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Failed, message)
    }
}

/// Where a client's credentials come from: given once and for all, or found by a provider.
#[derive(Clone, Debug)]
pub enum CredentialsSource {
    /// These.
    Given(Credentials),
    /// Those that this finds, renewed before they expire.
    Provider(Arc<dyn CredentialsProvider>),
}

impl From<Credentials> for CredentialsSource {
    fn from(credentials: Credentials) -> Self {
        Self::Given(credentials)
    }
}

impl From<Arc<dyn CredentialsProvider>> for CredentialsSource {
    fn from(provider: Arc<dyn CredentialsProvider>) -> Self {
        Self::Provider(provider)
    }
}

impl<P: CredentialsProvider> From<Arc<P>> for CredentialsSource {
    fn from(provider: Arc<P>) -> Self {
        Self::Provider(provider)
    }
}
