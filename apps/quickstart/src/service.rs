//! Which OSS the app talks to: the one that the environment names, otherwise an embedded server.

use std::fmt;

use jit_app::Variables;
use jit_app::cli::{Cli, Command};
use jit_oss_server::{OssServer, StartError};
use secrecy::ExposeSecret;

/// The variables of `storages/MyOss/MyOss.json` that choose OSS itself.
const VARIABLES: [&str; 4] =
    ["OSS_ENDPOINT", "OSS_BUCKET", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"];
const BUCKET: &str = "quickstart";

/// Where the app's storage is.
pub(crate) enum Service {
    /// The environment's. When it names only a part of it, the app's configuration says what is missing.
    Environment,
    /// A server inside this process, on a port of its own.
    Embedded(OssServer),
}

impl Service {
    /// The environment's service if any of its variables is set; otherwise a server that keeps objects in
    /// the app's `appData/` for `call`, so that the next call finds them, and in memory for the rest.
    pub(crate) async fn choose(cli: &Cli) -> Result<Self, StartError> {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if VARIABLES.into_iter().any(is_set) {
            return Ok(Self::Environment);
        }
        let builder = OssServer::builder().bucket(BUCKET);
        let builder = match cli.command() {
            Some(Command::Call(_)) => builder.data(cli.dir().join("appData/oss")),
            _ => builder,
        };
        builder.start().await.map(Self::Embedded)
    }

    /// Whether it lives in this process.
    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    /// The variables that the app's configurations see.
    pub(crate) fn variables(&self) -> Variables {
        let variables = Variables::process();
        match self {
            Self::Environment => variables,
            Self::Embedded(server) => variables
                .with("OSS_ENDPOINT", server.endpoint().to_string())
                .with("OSS_BUCKET", BUCKET)
                .with("OSS_REGION", server.region())
                .with("OSS_ACCESS_KEY_ID", server.credentials().access_key_id())
                .with(
                    "OSS_ACCESS_KEY_SECRET",
                    server.credentials().access_key_secret().expose_secret(),
                ),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => write!(f, "Using the OSS bucket that the environment names"),
            Self::Embedded(server) => {
                write!(f, "Using an embedded OSS server at {}", server.endpoint())
            }
        }
    }
}
