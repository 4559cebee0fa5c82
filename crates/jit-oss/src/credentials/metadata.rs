//! The RAM role of an ECS instance, from the machine's metadata service.

use async_trait::async_trait;
use http::{HeaderName, Method, StatusCode};

use super::http::Service;
use super::rpc::Issued;
use super::{Credentials, CredentialsProvider, ProviderError};
use crate::Endpoint;

const ADDRESS: &str = "http://100.100.100.200";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const TOKEN: HeaderName = HeaderName::from_static("x-aliyun-ecs-metadata-token");
const TOKEN_LIFE: HeaderName = HeaderName::from_static("x-aliyun-ecs-metadata-token-ttl-seconds");

/// Asks the metadata service of the ECS instance that this runs on, at `100.100.100.200`, for the
/// credentials of its RAM role.
///
/// Only the hardened mode is spoken: a session token is fetched with a `PUT`, which a request that was
/// smuggled through a proxy cannot do, and nothing falls back to asking without it. No proxy is used.
/// Nothing asks this address unless this provider, or a profile of mode `EcsRamRole`, is chosen.
#[derive(Clone, Debug)]
pub struct EcsRoleProvider {
    role: Option<String>,
    endpoint: Option<Endpoint>,
}

impl EcsRoleProvider {
    /// The role that the instance has, whatever it is called.
    #[must_use]
    pub fn new() -> Self {
        Self { role: None, endpoint: None }
    }

    /// The same for this role only.
    #[must_use]
    pub fn with_role(mut self, name: impl Into<String>) -> Self {
        self.role = Some(name.into());
        self
    }

    /// The same at another address.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }
}

impl Default for EcsRoleProvider {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl CredentialsProvider for EcsRoleProvider {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        let endpoint = match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => ADDRESS.parse().map_err(|_| unexpected("its address"))?,
        };
        let service = Service::local(&endpoint);
        let life = [(TOKEN_LIFE, "300")];
        let (status, token) =
            service.ask(Method::PUT, "/latest/api/token", &life, None).await.map_err(on_ecs)?;
        let token = text(status, token, "a session token")?;
        let header = [(TOKEN, token.as_str())];
        let get = async |path: &str| service.ask(Method::GET, path, &header, None).await;

        let role = match &self.role {
            Some(role) => role.clone(),
            None => {
                let (status, names) = get(ROLES).await?;
                if status == StatusCode::NOT_FOUND {
                    return Err(no_role("the instance has no RAM role"));
                }
                let names = text(status, names, "the role's name")?;
                names.lines().next().unwrap_or_default().trim().to_owned()
            }
        };
        if !is_role(&role) {
            return Err(ProviderError::malformed("the RAM role's name has an odd character"));
        }
        let (status, answer) = get(&format!("{ROLES}{role}")).await?;
        if status == StatusCode::NOT_FOUND {
            return Err(no_role(&format!("the instance has no RAM role `{role}`")));
        }
        if status != StatusCode::OK {
            return Err(answered(status, "the role's credentials"));
        }
        Issued::read(&answer)
            .and_then(Issued::into_credentials)
            .ok_or_else(|| unexpected("the role's credentials"))
    }
}

fn text(status: StatusCode, body: Vec<u8>, what: &str) -> Result<String, ProviderError> {
    if status != StatusCode::OK {
        return Err(answered(status, what));
    }
    match String::from_utf8(body) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => Err(unexpected(what)),
    }
}

/// It becomes part of a path.
fn is_role(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@');
    !name.is_empty() && name.len() <= 128 && name.bytes().all(allowed) && !name.contains("..")
}

fn answered(status: StatusCode, what: &str) -> ProviderError {
    let message = format!("asked for {what}, the metadata service answers HTTP {status}");
    let error = match status.is_client_error() {
        true => ProviderError::refused(message),
        false => ProviderError::failed(message),
    };
    error.with_help("check that this runs on an ECS instance, and that its metadata service is on")
}

fn unexpected(what: &str) -> ProviderError {
    ProviderError::failed(format!("the metadata service gives no readable answer for {what}"))
}

fn no_role(message: &str) -> ProviderError {
    ProviderError::absent(message).with_help("attach a RAM role to the ECS instance")
}

fn on_ecs(error: ProviderError) -> ProviderError {
    error.with_help("the metadata service answers on ECS instances only: does this run on one?")
}
