//! An access key, with a session token when it came from STS.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::Timestamp;

/// An access key pair, with the session token when the pair is temporary.
///
/// `Debug` shows none of its parts, nor the id, which tells whose account it is: only whether it is temporary.
#[derive(Clone)]
pub struct Credentials {
    access_key_id: String,
    access_key_secret: SecretString,
    security_token: Option<SecretString>,
    expires_at: Option<Timestamp>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("is_temporary", &self.security_token.is_some())
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
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
            expires_at: None,
        }
    }

    /// The same pair with the session token that STS issued with it. An empty one is none.
    #[must_use]
    pub fn with_security_token(mut self, token: impl Into<SecretString>) -> Self {
        self.security_token = Some(token.into()).filter(|token| !token.expose_secret().is_empty());
        self
    }

    /// The same pair, known to work until `end` and no longer.
    #[must_use]
    pub fn with_expiry(mut self, end: Timestamp) -> Self {
        self.expires_at = Some(end);
        self
    }

    /// When a temporary pair stops working, as far as is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whether these can be anybody's credentials at all. Does no I/O; a client checks it when made.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] when the id or the secret is empty, or one of the three has characters that
    /// come with careless pasting: white space at either end, control or invisible characters anywhere.
    pub fn check(&self) -> Result<(), CredentialsError> {
        use CredentialPart::{AccessKeyId, AccessKeySecret, SecurityToken};
        for (part, value) in [(AccessKeyId, self.access_key_id()), (AccessKeySecret, self.secret())]
        {
            if value.is_empty() {
                return Err(CredentialsError::Empty(part));
            }
            if !is_clean(value) {
                return Err(CredentialsError::Characters(part));
            }
        }
        match self.security_token() {
            Some(token) if !is_clean(token) => Err(CredentialsError::Characters(SecurityToken)),
            _ => Ok(()),
        }
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

/// One of the three texts that [`Credentials`] are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialPart {
    /// The access key's public half.
    AccessKeyId,
    /// The access key's secret half.
    AccessKeySecret,
    /// The session token of STS.
    SecurityToken,
}

impl fmt::Display for CredentialPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKeyId => "access key id",
            Self::AccessKeySecret => "access key secret",
            Self::SecurityToken => "security token",
        })
    }
}

/// Why [`Credentials`] cannot work. It names what is wrong and never shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// It is empty.
    #[error("the {0} is empty")]
    Empty(CredentialPart),
    /// It begins or ends with white space, or has control or invisible characters.
    #[error("the {0} has a space at an end, a line break or another character that no key has")]
    Characters(CredentialPart),
}

impl CredentialsError {
    /// Which of the three it is.
    #[must_use]
    pub fn part(self) -> CredentialPart {
        match self {
            Self::Empty(part) | Self::Characters(part) => part,
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Empty(_) => "give the access key's id and its secret",
            Self::Characters(_) => "paste it again without spaces or line breaks",
        }
    }
}

fn is_clean(text: &str) -> bool {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
    };
    text.trim() == text && !text.contains(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_part_of_it() {
        let keys = Credentials::new("hush-id", "hush-secret");
        assert_eq!(
            format!("{keys:?}"),
            "Credentials { is_temporary: false, expires_at: None, .. }"
        );
        let shown = format!("{:?}", keys.with_security_token("hush-token"));
        assert!(shown.contains("is_temporary: true") && !shown.contains("hush"), "{shown}");
    }

    #[test]
    fn what_cannot_work_is_named_and_not_shown() {
        use CredentialPart::{AccessKeyId, AccessKeySecret, SecurityToken};
        let check = |id: &str, secret: &str, token: &str| {
            Credentials::new(id, secret).with_security_token(token).check()
        };
        assert_eq!(check("id", "s/+= s", "t"), Ok(()));
        assert_eq!(check("id", "secret", ""), Ok(()));
        assert!(Credentials::new("i", "s").with_security_token("").session_token().is_none());
        assert_eq!(check("", "secret", ""), Err(CredentialsError::Empty(AccessKeyId)));
        assert_eq!(check("id", "", ""), Err(CredentialsError::Empty(AccessKeySecret)));
        for odd in [
            " hush",
            "hush ",
            "hush\n",
            "\thush",
            "hu\nsh",
            "hu\0sh",
            "hush\u{a0}",
            "\u{feff}hush",
            " ",
        ] {
            for (part, found) in [
                (AccessKeyId, check(odd, "secret", "")),
                (AccessKeySecret, check("id", odd, "")),
                (SecurityToken, check("id", "secret", odd)),
            ] {
                let error = found.unwrap_err();
                assert_eq!((error, error.part()), (CredentialsError::Characters(part), part));
                let shown = format!("{error} {error:?} {}", error.help());
                assert!(shown.contains(&part.to_string()) && !shown.contains("hu"), "{shown}");
            }
        }
    }
}
