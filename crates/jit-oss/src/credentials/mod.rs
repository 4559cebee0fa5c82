//! Who signs, and where that comes from.
//!
//! [`Credentials`] are an access key, with a session token when they are temporary. A
//! [`CredentialsProvider`] finds them; the client keeps what it found, renews it ahead of its end, and
//! asks for it once however many requests wait.
//!
//! | provider | reads |
//! |---|---|
//! | [`Credentials`] | nothing: they are given |
//! | [`EnvironmentProvider`] | `OSS_ACCESS_KEY_ID` …, then `ALIBABA_CLOUD_ACCESS_KEY_ID` … |
//! | [`ProfileProvider`] | `~/.aliyun/config.json`, then `~/.alibabacloud/credentials` |
//! | [`OidcProvider`] | a token file, exchanged at STS (RRSA) |
//! | [`AssumeRoleProvider`] | STS, with the credentials of another provider |
//! | [`EcsRoleProvider`] | the metadata service of the machine |
//! | [`ProviderChain`] | each of several, until one has credentials |
//!
//! ```
//! use std::sync::Arc;
//! use jit_oss::credentials::{Environment, ProviderChain};
//! use jit_oss::{Client, Config};
//!
//! // Environment, OIDC, profile files: nothing is read before the first request.
//! let provider = ProviderChain::standard(&Environment::process());
//! let endpoint = "oss-cn-hangzhou.aliyuncs.com".parse()?;
//! let client = Client::new(Config::new(endpoint, Arc::new(provider)))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cache;
mod chain;
mod environment;
mod http;
mod ini;
mod metadata;
mod pair;
mod profile;
mod provider;
mod rpc;
mod sts;

pub(crate) use cache::Cache;
pub use chain::ProviderChain;
pub use environment::{Environment, EnvironmentProvider};
pub use metadata::EcsRoleProvider;
pub use pair::{CredentialPart, Credentials, CredentialsError};
pub use profile::ProfileProvider;
pub use provider::{CredentialsProvider, CredentialsSource, ProviderError, ProviderErrorKind};
pub use sts::{AssumeRoleProvider, OidcProvider, Role};
