//! What the program is told: options, each of which a variable can give, too.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use jit_oss_server::Durability;
use secrecy::SecretString;

/// A server that speaks Alibaba Cloud OSS, for first runs, tests and development.
///
/// The first line on the standard output, once requests are served, is `listening on http://IP:PORT`;
/// what follows can be pasted. `GET /-/health` answers 200. Ctrl-C and SIGTERM let requests in progress
/// finish. Each option is also a variable; an empty one counts as unset.
#[derive(Debug, Parser)]
#[command(name = "jit-oss-server", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 is any free port.
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "OSS_SERVER_LISTEN",
        default_value = "127.0.0.1:9000",
        value_parser = address
    )]
    pub(crate) listen: SocketAddr,
    /// Directory to keep objects in, made if missing; without it they live in memory.
    #[arg(long, value_name = "DIR", env = "OSS_SERVER_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// What acknowledged writes survive: the end of the process, or a power cut.
    #[arg(long, value_name = "LEVEL", env = "OSS_SERVER_SYNC", default_value = "process")]
    pub(crate) sync: Level,
    /// Bucket to make if missing; may be given more than once, or with commas.
    #[arg(long, value_name = "NAME", env = "OSS_SERVER_BUCKET", value_delimiter = ',')]
    pub(crate) bucket: Vec<String>,
    /// Region that V4 signatures must be for.
    #[arg(long, value_name = "ID", env = "OSS_SERVER_REGION", default_value = "cn-hangzhou")]
    pub(crate) region: String,
    /// Access key id; without one, id and secret are made up and shown.
    #[arg(long, value_name = "ID", env = "OSS_SERVER_ACCESS_KEY_ID")]
    pub(crate) access_key_id: Option<String>,
    /// Access key secret. On a command line other users can see it; the variable hides it.
    #[arg(
        long,
        value_name = "SECRET",
        env = "OSS_SERVER_ACCESS_KEY_SECRET",
        hide_env_values = true
    )]
    pub(crate) access_key_secret: Option<SecretString>,
    /// Serve requests whose signature is wrong, and log why it is.
    #[arg(long, env = "OSS_SERVER_LENIENT")]
    pub(crate) lenient: bool,
    /// Which requests to log on the standard error.
    #[arg(long, value_name = "WHICH", env = "OSS_SERVER_LOG", default_value = "refused")]
    pub(crate) log: Log,
    /// How to log: for people, or a JSON object a line.
    #[arg(long, value_name = "FORM", env = "OSS_SERVER_LOG_FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// Host that uploads may have called back, like `127.0.0.1:8000`; may be given more than once.
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        env = "OSS_SERVER_CALLBACK_ALLOW",
        value_delimiter = ','
    )]
    pub(crate) callback_allow: Vec<String>,
    /// Origin whose pages may use the buckets, like `http://localhost:5173`, or `*`; may be given more than once.
    #[arg(long, value_name = "ORIGIN", env = "OSS_SERVER_CORS", value_delimiter = ',')]
    pub(crate) cors: Vec<String>,
    /// Seconds that restoring an archived object takes.
    #[arg(
        long,
        value_name = "SECONDS",
        env = "OSS_SERVER_RESTORE_TIME",
        default_value = "60",
        value_parser = seconds
    )]
    pub(crate) restore_time: Duration,
    /// Serve a console for browsers, and show its address: whoever has that may do anything. Always so with a key
    /// that is made up.
    #[arg(long, env = "OSS_SERVER_CONSOLE")]
    pub(crate) console: bool,
    /// Let tests on this machine ask for faults at `/-/control/`.
    #[arg(long, env = "OSS_SERVER_CONTROL")]
    pub(crate) control: bool,
}

const EXAMPLES: &str = "\
Examples:
  jit-oss-server --bucket my-bucket
      in memory, with a key that is made up
  OSS_SERVER_ACCESS_KEY_SECRET=secret jit-oss-server --access-key-id me --data ./data --bucket my-bucket
      on disk, with a key of your own
  jit-oss-server --control
      and then, to make the next two uploads fail:
      curl -H 'Content-Type: application/json' http://127.0.0.1:9000/-/control/faults \\
        -d '{\"operation\": \"PutObject\", \"times\": 2, \
\"action\": {\"fail\": {\"status\": 503, \"code\": \"ServiceUnavailable\"}}}'";

/// What acknowledged writes survive.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Level {
    Process,
    Power,
}

impl From<Level> for Durability {
    fn from(level: Level) -> Self {
        match level {
            Level::Process => Self::Process,
            Level::Power => Self::Power,
        }
    }
}

/// Which requests are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Log {
    Off,
    /// Those whose signature was refused, with the likely cause.
    Refused,
    All,
}

/// How requests are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Arguments {
    /// Reads the command line and the variables, or ends the program.
    pub(crate) fn read() -> Self {
        // An empty variable is an unset one; an empty option is a mistake.
        let command = Self::command().mut_args(|argument| {
            let value = argument.get_env().and_then(std::env::var_os);
            if value.is_some_and(|value| value.is_empty()) {
                argument.env(None::<&'static str>)
            } else {
                argument
            }
        });
        let matches = command.get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// An IP address or a host's name, with a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|found| {
        let found: Vec<_> = found.collect();
        found.iter().find(|address| address.is_ipv4()).or(found.first()).copied()
    });
    found.ok_or_else(|| "this is no host with a port; one looks like `127.0.0.1:9000`".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_secs).map_err(|_| "this is no number of seconds".to_owned())
}
