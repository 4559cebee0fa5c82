//! Which OSS the app talks to: the one that the environment names, otherwise an embedded server.

use std::fmt;
use std::time::Duration;

use jit_app::cli::Cli;
use jit_app::{App, Variables};
use jit_oss_server::{OssServer, StartError};

/// The variables of `storages/MyOss/MyOss.json` that choose OSS itself.
const VARIABLES: [&str; 4] =
    ["OSS_ENDPOINT", "OSS_BUCKET", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"];
const BUCKET: &str = "quickstart";
/// How long a call waits for another one of the same app to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the app's storage is.
pub(crate) enum Service {
    /// The environment's. When it names only a part of it, the app's configuration says what is missing.
    Environment,
    /// A server inside this process, on a port of its own.
    Embedded(OssServer),
    /// Nowhere: the command does not reach for it.
    None,
}

impl Service {
    /// The environment's service if any of its variables is set; otherwise a server, which keeps objects
    /// in the app's `appData/` for `call` and `doctor`, so that the next call finds them, and else in memory.
    pub(crate) async fn choose(cli: &Cli) -> Result<Self, StartError> {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if VARIABLES.into_iter().any(is_set) {
            return Ok(Self::Environment);
        }
        let builder = OssServer::builder().bucket(BUCKET);
        let builder = match cli.command() {
            None => builder,
            // Nothing is written for an app or an element that is not there.
            Some(command) if command.asks().is_some_and(|name| has_element(cli, name)) => {
                builder.data(cli.dir().join("appData/oss")).wait_for_lock(PATIENCE)
            }
            Some(_) => return Ok(Self::None),
        };
        builder.start().await.map(Self::Embedded)
    }

    /// Whether it lives in this process.
    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    /// The variables that the app's configurations see.
    pub(crate) fn variables(&self) -> Variables {
        match self {
            Self::Environment => Variables::process(),
            Self::Embedded(server) => Variables::process().with_all(server.variables(BUCKET)),
            // As an embedded server would have it, with nobody listening.
            Self::None => Variables::process().with_all([
                ("OSS_ENDPOINT", "http://127.0.0.1"),
                ("OSS_BUCKET", BUCKET),
                ("OSS_REGION", "cn-hangzhou"),
                ("OSS_ACCESS_KEY_ID", "embedded"),
                ("OSS_ACCESS_KEY_SECRET", "embedded"),
            ]),
        }
    }
}

fn has_element(cli: &Cli, name: &str) -> bool {
    let app = App::builder(cli.dir()).variables(Variables::empty()).load();
    app.is_ok_and(|app| app.get_element_define(name).is_ok())
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => write!(f, "Using OSS as the environment says"),
            Self::Embedded(server) => {
                write!(f, "Using an embedded OSS server at {}", server.endpoint())
            }
            Self::None => write!(f, "Using no OSS"),
        }
    }
}
