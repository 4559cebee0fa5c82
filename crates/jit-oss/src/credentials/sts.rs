//! Temporary credentials of a RAM role, from STS.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::profile::read_file;
use super::{Credentials, CredentialsProvider, Environment, ProviderError, rpc};
use crate::Endpoint;

/// The shortest session that STS issues.
const SHORTEST: Duration = Duration::from_secs(900);

/// A RAM role to assume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    arn: String,
    session_name: String,
    duration: Duration,
    policy: Option<String>,
    external_id: Option<String>,
}

impl Role {
    /// The role with this ARN, `acs:ram::1234567890123456:role/name`, for an hour at a time.
    #[must_use]
    pub fn new(arn: impl Into<String>) -> Self {
        Self {
            arn: arn.into(),
            session_name: "jit-oss".to_owned(),
            duration: Duration::from_secs(3600),
            policy: None,
            external_id: None,
        }
    }

    /// Names the session in the account's logs; `jit-oss` unless set.
    #[must_use]
    pub fn with_session_name(mut self, name: impl Into<String>) -> Self {
        self.session_name = name.into();
        self
    }

    /// Sets how long the credentials last, in whole seconds from 900 up to what the role allows; an hour
    /// unless set. Less becomes 900 seconds.
    #[must_use]
    pub fn with_duration(mut self, duration: Duration) -> Self {
        self.duration = duration.max(SHORTEST);
        self
    }

    /// Narrows what the credentials may do with a policy in JSON.
    #[must_use]
    pub fn with_policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = Some(policy.into());
        self
    }

    /// Sets the external id that the role's trust policy demands.
    #[must_use]
    pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("RoleArn", self.arn.clone()),
            ("RoleSessionName", self.session_name.clone()),
            ("DurationSeconds", self.duration.as_secs().to_string()),
        ];
        form.extend(self.policy.iter().map(|policy| ("Policy", policy.clone())));
        form
    }
}

/// Assumes a role with the credentials of another provider (`AssumeRole`).
#[derive(Clone, Debug)]
pub struct AssumeRoleProvider {
    base: Arc<dyn CredentialsProvider>,
    role: Role,
    endpoint: Option<Endpoint>,
}

impl AssumeRoleProvider {
    /// Assumes `role` with what `base` provides.
    #[must_use]
    pub fn new(base: Arc<dyn CredentialsProvider>, role: Role) -> Self {
        Self { base, role, endpoint: None }
    }

    /// The same at another endpoint of STS; `sts.aliyuncs.com` unless set.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }
}

#[async_trait]
impl CredentialsProvider for AssumeRoleProvider {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        let base = self.base.provide().await?;
        let mut form = self.role.form();
        form.extend(self.role.external_id.iter().map(|id| ("ExternalId", id.clone())));
        let endpoint = endpoint(self.endpoint.as_ref(), None)?;
        rpc::call(&endpoint, "AssumeRole", form, Some(&base)).await
    }
}

/// Exchanges an OIDC token for the credentials of a role (`AssumeRoleWithOIDC`), as pods of ACK do it by
/// RRSA. The token's file is read anew each time.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    given: Option<Identity>,
    environment: Environment,
    endpoint: Option<Endpoint>,
}

#[derive(Clone, Debug)]
struct Identity {
    role: Role,
    provider_arn: String,
    token_file: PathBuf,
}

impl OidcProvider {
    /// Assumes `role` with the token in `token_file`, which the identity provider of this ARN issued.
    #[must_use]
    pub fn new(
        role: Role,
        provider_arn: impl Into<String>,
        token_file: impl Into<PathBuf>,
    ) -> Self {
        let given =
            Identity { role, provider_arn: provider_arn.into(), token_file: token_file.into() };
        Self { given: Some(given), environment: Environment::new(|_| None), endpoint: None }
    }

    /// Reads `ALIBABA_CLOUD_ROLE_ARN`, `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`, `ALIBABA_CLOUD_OIDC_TOKEN_FILE`
    /// and, optional, `ALIBABA_CLOUD_ROLE_SESSION_NAME`, `ALIBABA_CLOUD_STS_REGION` and
    /// `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`, when it is asked.
    #[must_use]
    pub fn from_environment(environment: Environment) -> Self {
        Self { given: None, environment, endpoint: None }
    }

    /// The same at another endpoint of STS.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    fn identity(&self) -> Result<Identity, ProviderError> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        const FILE: &str = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";
        const PROVIDER: &str = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
        const ROLE: &str = "ALIBABA_CLOUD_ROLE_ARN";
        let get = |name| self.environment.get(name);
        // The role alone says nothing: it may be there for others.
        match (get(FILE), get(PROVIDER), get(ROLE)) {
            (None, None, _) => Err(ProviderError::absent("no OIDC token in the environment")
                .with_help(format!("set {FILE}, {PROVIDER} and {ROLE}, as RRSA does in a pod"))),
            (Some(file), Some(provider_arn), Some(role)) => {
                let role = Role::new(role);
                let role = match get("ALIBABA_CLOUD_ROLE_SESSION_NAME") {
                    Some(name) => role.with_session_name(name),
                    None => role,
                };
                Ok(Identity { role, provider_arn, token_file: file.into() })
            }
            (file, provider, role) => {
                let all = [(FILE, file), (PROVIDER, provider), (ROLE, role)];
                let missing: Vec<_> = all
                    .iter()
                    .filter(|(_, value)| value.is_none())
                    .map(|(name, _)| *name)
                    .collect();
                let message =
                    format!("an OIDC token needs {}, which is not set", missing.join(" and "));
                Err(ProviderError::malformed(message))
            }
        }
    }
}

#[async_trait]
impl CredentialsProvider for OidcProvider {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        let identity = self.identity()?;
        let shown = identity.token_file.display();
        let token = match read_file(&identity.token_file).await? {
            Some(token) if !token.trim().is_empty() => token.trim().to_owned(),
            Some(_) => {
                return Err(ProviderError::malformed(format!(
                    "the OIDC token file {shown} is empty"
                )));
            }
            None => {
                let message = format!("there is no OIDC token file {shown}");
                return Err(ProviderError::malformed(message));
            }
        };
        let mut form = identity.role.form();
        form.extend([("OIDCProviderArn", identity.provider_arn), ("OIDCToken", token)]);
        let endpoint = endpoint(self.endpoint.as_ref(), Some(&self.environment))?;
        rpc::call(&endpoint, "AssumeRoleWithOIDC", form, None).await
    }
}

/// Where STS is: as given, in the region that the environment names, or at its central address.
fn endpoint(
    given: Option<&Endpoint>,
    environment: Option<&Environment>,
) -> Result<Endpoint, ProviderError> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    let get = |name| environment.and_then(|environment| environment.get(name));
    let is_vpc = get("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let host = match get("ALIBABA_CLOUD_STS_REGION") {
        Some(region) if is_vpc => format!("sts-vpc.{region}.aliyuncs.com"),
        Some(region) => format!("sts.{region}.aliyuncs.com"),
        None => "sts.aliyuncs.com".to_owned(),
    };
    regional(&host)
}

/// STS at this host. The scheme stands before it because a bucket cannot be meant.
pub(super) fn regional(host: &str) -> Result<Endpoint, ProviderError> {
    host.parse().map_err(|error| ProviderError::malformed(format!("no endpoint of STS: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::ProviderErrorKind;

    fn environment(variables: &[(&'static str, &'static str)]) -> Environment {
        let variables = variables.to_vec();
        Environment::new(move |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn sts_is_where_the_environment_says() {
        for (variables, host) in [
            (vec![], "sts.aliyuncs.com"),
            (vec![("ALIBABA_CLOUD_STS_REGION", "cn-beijing")], "sts.cn-beijing.aliyuncs.com"),
            (
                vec![
                    ("ALIBABA_CLOUD_STS_REGION", "cn-beijing"),
                    ("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "TRUE"),
                ],
                "sts-vpc.cn-beijing.aliyuncs.com",
            ),
        ] {
            let found = endpoint(None, Some(&environment(&variables))).unwrap();
            assert_eq!(found.to_string(), format!("https://{host}"));
        }
        let odd = environment(&[("ALIBABA_CLOUD_STS_REGION", "a/b")]);
        assert_eq!(endpoint(None, Some(&odd)).unwrap_err().kind(), ProviderErrorKind::Malformed);
    }

    #[tokio::test]
    async fn a_token_is_absent_or_incomplete_or_there() {
        let ask = async |variables: &[_]| {
            OidcProvider::from_environment(environment(variables)).provide().await.unwrap_err()
        };
        let role = ("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/r");
        let file = ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/nowhere/token");
        let provider = ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p");
        assert_eq!(ask(&[]).await.kind(), ProviderErrorKind::Absent);
        assert_eq!(ask(&[role]).await.kind(), ProviderErrorKind::Absent);
        let half = ask(&[file]).await;
        assert_eq!(half.kind(), ProviderErrorKind::Malformed);
        assert_eq!(
            half.to_string(),
            "an OIDC token needs ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_ROLE_ARN, \
             which is not set"
        );
        let lost = ask(&[role, file, provider]).await;
        assert_eq!(lost.kind(), ProviderErrorKind::Malformed);
        assert_eq!(lost.to_string(), "there is no OIDC token file /nowhere/token");
    }
}
