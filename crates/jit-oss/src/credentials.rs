//! Who signs: an access key, and a session token when it came from STS.

use secrecy::{ExposeSecret, SecretString};

/// An access key pair, with the session token when the pair is temporary.
///
/// `Debug` shows the access key id and never the secret or the token.
#[derive(Clone, Debug)]
pub struct Credentials {
    access_key_id: String,
    access_key_secret: SecretString,
    security_token: Option<SecretString>,
}

impl Credentials {
    /// A long-lived access key pair.
    #[must_use]
    pub fn new(
        access_key_id: impl Into<String>,
        access_key_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            access_key_secret: access_key_secret.into(),
            security_token: None,
        }
    }

    /// The same pair with the session token that STS issued with it.
    #[must_use]
    pub fn with_security_token(mut self, token: impl Into<SecretString>) -> Self {
        self.security_token = Some(token.into());
        self
    }

    /// The public half of the pair.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret half of the pair, for a verifier that signs what it received once more.
    #[must_use]
    pub fn access_key_secret(&self) -> &SecretString {
        &self.access_key_secret
    }

    /// The session token of a temporary pair, for a verifier that expects it.
    #[must_use]
    pub fn session_token(&self) -> Option<&SecretString> {
        self.security_token.as_ref()
    }

    pub(crate) fn secret(&self) -> &str {
        self.access_key_secret.expose_secret()
    }

    pub(crate) fn security_token(&self) -> Option<&str> {
        self.security_token.as_ref().map(ExposeSecret::expose_secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let keys = Credentials::new("id-1", "hush-secret").with_security_token("hush-token");
        let shown = format!("{keys:?}");
        assert!(shown.contains("id-1") && !shown.contains("hush"), "{shown}");
    }
}
