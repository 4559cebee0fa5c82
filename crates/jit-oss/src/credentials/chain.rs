//! Several providers, asked in turn.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    Credentials, CredentialsProvider, Environment, EnvironmentProvider, OidcProvider,
    ProfileProvider, ProviderError, ProviderErrorKind,
};

/// Asks one provider after the other until one has credentials.
///
/// It goes on only where credentials are [absent](ProviderErrorKind::Absent). Somebody who set half of a
/// key, or whose role is refused, means that one: signing as somebody else would hide the mistake.
#[derive(Clone, Debug, Default)]
pub struct ProviderChain(Vec<Arc<dyn CredentialsProvider>>);

impl ProviderChain {
    /// No provider yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// [`EnvironmentProvider`], [`OidcProvider`] where its variables are set, [`ProfileProvider`].
    ///
    /// It never asks the metadata address of a machine by itself: where [`EcsRoleProvider`] is wanted, a
    /// profile names it or it is added.
    ///
    /// [`EcsRoleProvider`]: super::EcsRoleProvider
    #[must_use]
    pub fn standard(environment: &Environment) -> Self {
        Self::new()
            .with(Arc::new(EnvironmentProvider::new(environment.clone())))
            .with(Arc::new(OidcProvider::from_environment(environment.clone())))
            .with(Arc::new(ProfileProvider::new(environment.clone())))
    }

    /// The same with one more provider at its end.
    #[must_use]
    pub fn with(mut self, provider: Arc<dyn CredentialsProvider>) -> Self {
        self.0.push(provider);
        self
    }
}

#[async_trait]
impl CredentialsProvider for ProviderChain {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        let mut absent = Vec::new();
        for provider in &self.0 {
            match provider.provide().await {
                Err(error) if error.kind() == ProviderErrorKind::Absent => {
                    absent.push(error.to_string());
                }
                outcome => return outcome,
            }
        }
        let message = match absent.as_slice() {
            [] => "no place to look for credentials is given".to_owned(),
            _ => absent.join("; "),
        };
        Err(ProviderError::absent(message).with_help(
            "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or make a profile with `aliyun configure`",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fixed(Result<Credentials, ProviderError>);

    #[async_trait]
    impl CredentialsProvider for Fixed {
        async fn provide(&self) -> Result<Credentials, ProviderError> {
            self.0.clone()
        }
    }

    fn failing(kind: ProviderErrorKind) -> Arc<Fixed> {
        Arc::new(Fixed(Err(ProviderError::new(kind, format!("{kind:?}")))))
    }

    #[tokio::test]
    async fn only_absence_leads_to_the_next_provider() {
        use ProviderErrorKind::{Absent, Failed, Malformed, Refused};
        let found = || Arc::new(Fixed(Ok(Credentials::new("second", "s"))));
        let after =
            async |kind| ProviderChain::new().with(failing(kind)).with(found()).provide().await;
        assert_eq!(after(Absent).await.unwrap().access_key_id(), "second");
        for kind in [Malformed, Refused, Failed] {
            assert_eq!(after(kind).await.unwrap_err().kind(), kind);
        }
        let none = ProviderChain::new().with(failing(Absent)).with(failing(Absent));
        let error = none.provide().await.unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (Absent, "Absent; Absent".to_owned()));
        assert!(error.help().is_some());
        assert_eq!(ProviderChain::new().provide().await.unwrap_err().kind(), Absent);
    }
}
