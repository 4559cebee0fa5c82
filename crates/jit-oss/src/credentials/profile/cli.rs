//! `~/.aliyun/config.json`, the file of the cloud's command line.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{DEPTH, Profile, role, unknown};
use crate::Credentials;
use crate::credentials::ProviderError;
use crate::credentials::environment::checked;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    current: Option<String>,
    #[serde(default)]
    profiles: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    name: String,
    mode: String,
    access_key_id: Option<String>,
    access_key_secret: Option<SecretString>,
    sts_token: Option<SecretString>,
    ram_role_name: Option<String>,
    ram_role_arn: Option<String>,
    ram_session_name: Option<String>,
    expired_seconds: Option<u64>,
    sts_region: Option<String>,
    source_profile: Option<String>,
    policy: Option<String>,
    external_id: Option<String>,
    oidc_provider_arn: Option<String>,
    oidc_token_file: Option<String>,
}

/// The profile `name`, or the current one. `None` when there is none.
pub(super) fn profile(
    text: &str,
    name: Option<&str>,
    file: &str,
) -> Result<Option<Profile>, ProviderError> {
    let parsed: File = serde_json::from_str(text).map_err(|error| {
        // Its own words may quote a value.
        let (line, column) = (error.line(), error.column());
        ProviderError::malformed(format!(
            "{file} is not what `aliyun configure` writes (line {line}, column {column})"
        ))
    })?;
    match name.or(parsed.current.as_deref()) {
        Some(name) => parsed.find(name, file, DEPTH),
        None => Ok(None),
    }
}

impl File {
    fn find(&self, name: &str, file: &str, depth: usize) -> Result<Option<Profile>, ProviderError> {
        let Some(entry) = self.profiles.iter().find(|entry| entry.name == name) else {
            return Ok(None);
        };
        let shown = name.escape_debug();
        if depth == 0 {
            let message = format!("profile `{shown}` of {file} builds on itself, or on too many");
            return Err(ProviderError::malformed(message));
        }
        let set = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let need = |value: &Option<String>, key: &str| {
            set(value).ok_or_else(|| {
                ProviderError::malformed(format!("profile `{shown}` of {file} has no {key}"))
            })
        };
        let need_secret = |value: &Option<SecretString>, key: &str| {
            let secret = value.clone().filter(|value| !value.expose_secret().is_empty());
            secret.ok_or_else(|| {
                ProviderError::malformed(format!("profile `{shown}` of {file} has no {key}"))
            })
        };
        let keys = || {
            let id = need(&entry.access_key_id, "access_key_id")?;
            Ok(Credentials::new(id, need_secret(&entry.access_key_secret, "access_key_secret")?))
        };
        let role = || {
            let role = role(
                need(&entry.ram_role_arn, "ram_role_arn")?,
                set(&entry.ram_session_name),
                entry.expired_seconds,
                set(&entry.policy),
            );
            Ok(match set(&entry.external_id) {
                Some(id) => role.with_external_id(id),
                None => role,
            })
        };
        let assumed = |base: Profile| {
            let base = Box::new(base);
            Ok(Profile::Role { base, role: role()?, sts_region: set(&entry.sts_region) })
        };
        Ok(Some(match entry.mode.as_str() {
            "AK" => Profile::Keys(checked(keys()?, file)?),
            "StsToken" => {
                let token = need_secret(&entry.sts_token, "sts_token")?;
                Profile::Keys(checked(keys()?.with_security_token(token), file)?)
            }
            "EcsRamRole" => Profile::Ecs(set(&entry.ram_role_name)),
            "RamRoleArn" => assumed(Profile::Keys(checked(keys()?, file)?))?,
            "RamRoleArnWithRoleName" => assumed(Profile::Ecs(set(&entry.ram_role_name)))?,
            "ChainableRamRoleArn" => {
                let source = need(&entry.source_profile, "source_profile")?;
                let base = self.find(&source, file, depth - 1)?.ok_or_else(|| {
                    let source = source.escape_debug();
                    let message = format!(
                        "profile `{shown}` of {file} builds on `{source}`, which is not there"
                    );
                    ProviderError::malformed(message)
                })?;
                assumed(base)?
            }
            "OIDC" => Profile::Oidc {
                role: role()?,
                provider_arn: need(&entry.oidc_provider_arn, "oidc_provider_arn")?,
                token_file: need(&entry.oidc_token_file, "oidc_token_file")?.into(),
                sts_region: set(&entry.sts_region),
            },
            other => return Err(unknown("mode", other, name, file)),
        }))
    }
}
