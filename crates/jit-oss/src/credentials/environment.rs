//! Credentials in variables.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Credentials, CredentialsProvider, ProviderError};

/// Variables by name: those of the process, or others.
#[derive(Clone)]
pub struct Environment(Arc<Variable>);

type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// Those of this process, read each time they are needed.
    #[must_use]
    pub fn process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// Those that `variable` knows.
    #[must_use]
    pub fn new(variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(variable))
    }

    /// A variable; an empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(..)")
    }
}

/// Reads `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET` and `OSS_SESSION_TOKEN`; where none of the first two
/// is set, `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and
/// `ALIBABA_CLOUD_SECURITY_TOKEN`. The two sets are never mixed.
#[derive(Clone, Debug)]
pub struct EnvironmentProvider(Environment);

/// The variables of the access key's id, its secret and the session token.
const SETS: [[&str; 3]; 2] = [
    ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"],
    [
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ],
];

impl EnvironmentProvider {
    /// Reads these variables.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self(environment)
    }
}

#[async_trait]
impl CredentialsProvider for EnvironmentProvider {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        for [id, secret, token] in SETS {
            let missing = match (self.0.get(id), self.0.get(secret)) {
                (None, None) => continue,
                (Some(key_id), Some(key_secret)) => {
                    let token = self.0.get(token).unwrap_or_default();
                    return checked(
                        Credentials::new(key_id, key_secret).with_security_token(token),
                        "the environment",
                    );
                }
                (None, Some(_)) => [id, secret],
                (Some(_), None) => [secret, id],
            };
            let [missing, set] = missing;
            return Err(ProviderError::malformed(format!("{set} is set and {missing} is not"))
                .with_help(format!("set {missing}, too, or neither")));
        }
        let [[id, secret, _], [other_id, other_secret, _]] = SETS;
        Err(ProviderError::absent("no access key in the environment")
            .with_help(format!("set {id} and {secret}, or {other_id} and {other_secret}")))
    }
}

/// Credentials that can be somebody's; `place` is where they were found.
pub(super) fn checked(credentials: Credentials, place: &str) -> Result<Credentials, ProviderError> {
    match credentials.check() {
        Ok(()) => Ok(credentials),
        Err(error) => {
            Err(ProviderError::malformed(format!("{error} in {place}")).with_help(error.help()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::ProviderErrorKind;

    async fn provide(variables: &[(&'static str, &'static str)]) -> Result<String, ProviderError> {
        let variables = variables.to_vec();
        let environment = Environment::new(move |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        let found = EnvironmentProvider::new(environment).provide().await?;
        let token = found.security_token().unwrap_or("-");
        Ok(format!("{} {} {token}", found.access_key_id(), found.secret()))
    }

    #[tokio::test]
    async fn the_first_set_that_is_there_counts() {
        let oss = [("OSS_ACCESS_KEY_ID", "id"), ("OSS_ACCESS_KEY_SECRET", "s")];
        let general =
            [("ALIBABA_CLOUD_ACCESS_KEY_ID", "gid"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "gs")];
        let token = [("ALIBABA_CLOUD_SECURITY_TOKEN", "gt")];
        assert_eq!(provide(&oss).await.unwrap(), "id s -");
        assert_eq!(provide(&[oss, general].concat()).await.unwrap(), "id s -");
        let all = [oss.as_slice(), &general, &token].concat();
        assert_eq!(provide(&all).await.unwrap(), "id s -", "sets are not mixed");
        assert_eq!(provide(&[general.as_slice(), &token].concat()).await.unwrap(), "gid gs gt");
        let session = [oss.as_slice(), &[("OSS_SESSION_TOKEN", "t")]].concat();
        assert_eq!(provide(&session).await.unwrap(), "id s t");
    }

    #[tokio::test]
    async fn half_a_key_is_a_mistake_and_none_is_absence() {
        let kind = async |variables: &[_]| provide(variables).await.unwrap_err();
        let none = kind(&[]).await;
        assert_eq!(none.kind(), ProviderErrorKind::Absent);
        assert!(
            none.help().unwrap().starts_with("set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET,")
        );
        assert_eq!(kind(&[("OSS_ACCESS_KEY_ID", "")]).await.kind(), ProviderErrorKind::Absent);
        let half = kind(&[
            ("OSS_ACCESS_KEY_SECRET", "hush"),
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "a"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hush"),
        ])
        .await;
        assert_eq!(half.kind(), ProviderErrorKind::Malformed);
        assert_eq!(half.to_string(), "OSS_ACCESS_KEY_SECRET is set and OSS_ACCESS_KEY_ID is not");
        let odd = kind(&[("OSS_ACCESS_KEY_ID", "id"), ("OSS_ACCESS_KEY_SECRET", "hush\n")]).await;
        assert_eq!(odd.kind(), ProviderErrorKind::Malformed);
        assert!(!format!("{odd:?}").contains("hush"), "{odd:?}");
    }
}
