//! Credentials in the files that the cloud's own tools share.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::environment::checked;
use super::sts::regional;
use super::{
    AssumeRoleProvider, Credentials, CredentialsProvider, EcsRoleProvider, Environment,
    OidcProvider, ProviderError, Role, ini,
};
use crate::Endpoint;

mod cli;
#[cfg(test)]
mod tests;

/// How many profiles may build on each other.
const DEPTH: usize = 8;

/// Reads a profile of `~/.aliyun/config.json`, which `aliyun configure` writes; where that file, or the
/// profile in it, is not there, one of `~/.alibabacloud/credentials`.
///
/// The profile is the one asked for, otherwise that of `ALIBABA_CLOUD_PROFILE`, otherwise the current one
/// of the first file and `default` of the second. `ALIBABA_CLOUD_CREDENTIALS_FILE` names another second
/// file. The files are read each time credentials are needed.
///
/// | `mode` of the first | `type` of the second | credentials |
/// |---|---|---|
/// | `AK` | `access_key` | as they stand |
/// | `StsToken` | `sts` | as they stand |
/// | `RamRoleArn` | `ram_role_arn` | [`AssumeRoleProvider`] |
/// | `ChainableRamRoleArn` | | the same, on the profile that `source_profile` names |
/// | `EcsRamRole` | `ecs_ram_role` | [`EcsRoleProvider`] |
/// | `RamRoleArnWithRoleName` | | [`AssumeRoleProvider`] on [`EcsRoleProvider`] |
/// | `OIDC` | `oidc_role_arn` | [`OidcProvider`] |
#[derive(Clone, Debug)]
pub struct ProfileProvider {
    environment: Environment,
    name: Option<String>,
    home: Option<PathBuf>,
    sts: Option<Endpoint>,
    metadata: Option<Endpoint>,
}

impl ProfileProvider {
    /// The profile that these variables choose, below the user's home folder.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self { environment, name: None, home: std::env::home_dir(), sts: None, metadata: None }
    }

    /// The same for the profile of this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same below another home folder.
    #[must_use]
    pub fn with_home(mut self, folder: impl Into<PathBuf>) -> Self {
        self.home = Some(folder.into());
        self
    }

    /// The same with STS at this endpoint, whatever a profile says.
    #[must_use]
    pub fn with_sts_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.sts = Some(endpoint);
        self
    }

    /// The same with the metadata service at this address.
    #[must_use]
    pub fn with_metadata_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.metadata = Some(endpoint);
        self
    }

    async fn profile(&self) -> Result<Profile, ProviderError> {
        // Who has no home has no files in it: those of the folder one is in are somebody else's.
        let in_home = |path: &str| self.home.as_ref().map(|home| home.join(path));
        let name = self.name.clone().or_else(|| self.environment.get("ALIBABA_CLOUD_PROFILE"));
        let cli_file = in_home(".aliyun/config.json");
        if let Some(file) = &cli_file
            && let Some(text) = read_file(file).await?
            && let Some(profile) = cli::profile(&text, name.as_deref(), &shown(file))?
        {
            return Ok(profile);
        }
        let named = self.environment.get("ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from);
        let shared_file = named.or_else(|| in_home(".alibabacloud/credentials"));
        let name = name.as_deref().unwrap_or("default");
        if let Some(file) = &shared_file
            && let Some(text) = read_file(file).await?
            && let Some(profile) = shared_profile(&text, name, &shown(file))?
        {
            return Ok(profile);
        }
        let files: Vec<_> =
            [cli_file, shared_file].iter().flatten().map(|file| shown(file)).collect();
        let message = match files.is_empty() {
            true => "there is no home folder with profiles in it".to_owned(),
            false => format!("no profile `{}` in {}", name.escape_debug(), files.join(" or ")),
        };
        Err(ProviderError::absent(message).with_help("make one with `aliyun configure`"))
    }

    fn provider(&self, profile: Profile) -> Result<Arc<dyn CredentialsProvider>, ProviderError> {
        Ok(match profile {
            Profile::Keys(credentials) => Arc::new(credentials),
            Profile::Ecs(role) => {
                let mut provider = EcsRoleProvider::new();
                if let Some(role) = role {
                    provider = provider.with_role(role);
                }
                if let Some(endpoint) = &self.metadata {
                    provider = provider.with_endpoint(endpoint.clone());
                }
                Arc::new(provider)
            }
            Profile::Role { base, role, sts_region } => {
                let provider = AssumeRoleProvider::new(self.provider(*base)?, role);
                Arc::new(match self.sts_at(sts_region)? {
                    Some(endpoint) => provider.with_endpoint(endpoint),
                    None => provider,
                })
            }
            Profile::Oidc { role, provider_arn, token_file, sts_region } => {
                let provider = OidcProvider::new(role, provider_arn, token_file);
                Arc::new(match self.sts_at(sts_region)? {
                    Some(endpoint) => provider.with_endpoint(endpoint),
                    None => provider,
                })
            }
        })
    }

    fn sts_at(&self, region: Option<String>) -> Result<Option<Endpoint>, ProviderError> {
        match (&self.sts, region) {
            (Some(endpoint), _) => Ok(Some(endpoint.clone())),
            (None, Some(region)) => regional(&format!("sts.{region}.aliyuncs.com")).map(Some),
            (None, None) => Ok(None),
        }
    }
}

#[async_trait]
impl CredentialsProvider for ProfileProvider {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        let profile = self.profile().await?;
        self.provider(profile)?.provide().await
    }
}

/// What a profile says.
#[derive(Debug)]
enum Profile {
    Keys(Credentials),
    Ecs(Option<String>),
    Role { base: Box<Profile>, role: Role, sts_region: Option<String> },
    Oidc { role: Role, provider_arn: String, token_file: PathBuf, sts_region: Option<String> },
}

/// Section `name` of a shared credentials file. `None` when there is none.
fn shared_profile(text: &str, name: &str, file: &str) -> Result<Option<Profile>, ProviderError> {
    let section = ini::section(text, name).map_err(|line| {
        ProviderError::malformed(format!(
            "line {line} of {file} is no section and no `key = value`"
        ))
    })?;
    let Some(section) = section else { return Ok(None) };
    let get = |key: &str| section.get(key).filter(|value| !value.is_empty()).cloned();
    let need = |key: &str| {
        get(key).ok_or_else(|| {
            let name = name.escape_debug();
            ProviderError::malformed(format!("profile `{name}` of {file} has no {key}"))
        })
    };
    let keys = |token: Option<String>| {
        let credentials = Credentials::new(need("access_key_id")?, need("access_key_secret")?)
            .with_security_token(token.unwrap_or_default());
        checked(credentials, file).map(Profile::Keys)
    };
    let role = || {
        let mut role = Role::new(need("role_arn")?);
        if let Some(session) = get("role_session_name") {
            role = role.with_session_name(session);
        }
        if let Some(policy) = get("policy") {
            role = role.with_policy(policy);
        }
        Ok::<_, ProviderError>(role)
    };
    Ok(Some(match need("type")?.as_str() {
        "access_key" => keys(None)?,
        "sts" => keys(Some(need("security_token")?))?,
        "ecs_ram_role" => Profile::Ecs(get("role_name")),
        "ram_role_arn" => {
            Profile::Role { base: Box::new(keys(None)?), role: role()?, sts_region: None }
        }
        "oidc_role_arn" => Profile::Oidc {
            role: role()?,
            provider_arn: need("oidc_provider_arn")?,
            token_file: need("oidc_token_file_path")?.into(),
            sts_region: None,
        },
        other => return Err(unknown("type", other, name, file)),
    }))
}

fn unknown(what: &str, value: &str, name: &str, file: &str) -> ProviderError {
    let (value, name) = (value.escape_debug(), name.escape_debug());
    ProviderError::malformed(format!("{what} `{value}` of profile `{name}` in {file} is not known"))
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

/// A file's text; `None` when there is no such file.
pub(super) async fn read_file(file: &Path) -> Result<Option<String>, ProviderError> {
    let path = file.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await;
    match read.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(text) => Ok(Some(text)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => {
            let message = format!("cannot read {}: {}", file.display(), error.kind());
            Err(ProviderError::malformed(message))
        }
    }
}

fn role(
    arn: String,
    session: Option<String>,
    seconds: Option<u64>,
    policy: Option<String>,
) -> Role {
    let mut role = Role::new(arn);
    if let Some(session) = session {
        role = role.with_session_name(session);
    }
    if let Some(seconds) = seconds.filter(|seconds| *seconds > 0) {
        role = role.with_duration(Duration::from_secs(seconds));
    }
    match policy {
        Some(policy) => role.with_policy(policy),
        None => role,
    }
}
