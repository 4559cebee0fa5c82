//! The server as a program.

use std::io::{self, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser};
use jit_oss::Credentials;
use jit_oss_server::OssServer;
use secrecy::{ExposeSecret, SecretString};
use tokio::signal;

/// A server that speaks Alibaba Cloud OSS, for first runs, tests and development.
///
/// The first line on the standard output, once requests are served, is `listening on http://IP:PORT`.
#[derive(Debug, Parser)]
#[command(name = "jit-oss-server", version)]
struct Arguments {
    /// Address to listen on; port 0 is any free port.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9000", value_parser = address)]
    listen: SocketAddr,
    /// Directory to keep objects in, made if missing; without it they live in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Bucket to make if missing; may be given more than once.
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,
    /// Region that V4 signatures must be for.
    #[arg(long, value_name = "ID", default_value = "cn-hangzhou")]
    region: String,
    /// Access key id; without one, id and secret are made up and shown.
    #[arg(long, value_name = "ID")]
    access_key_id: Option<String>,
    /// Access key secret. On a command line other users can see it; the variable hides it.
    #[arg(
        long,
        value_name = "SECRET",
        env = "OSS_SERVER_ACCESS_KEY_SECRET",
        hide_env_values = true
    )]
    access_key_secret: Option<SecretString>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(arguments()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(io::stderr(), &format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Arguments {
    let matches = Arguments::command().get_matches();
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // An empty variable is an unset one; an empty option is a mistake.
    if matches.value_source("access_key_secret") == Some(ValueSource::EnvVariable) {
        let secret = arguments.access_key_secret;
        arguments.access_key_secret = secret.filter(|secret| !secret.expose_secret().is_empty());
    }
    arguments
}

/// An IP address or a host's name, with a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|found| {
        let found: Vec<_> = found.collect();
        found.iter().find(|address| address.is_ipv4()).or(found.first()).copied()
    });
    found.ok_or_else(|| "this is no host with a port; one looks like `127.0.0.1:9000`".to_owned())
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = OssServer::builder().region(arguments.region).listen(arguments.listen);
    for bucket in arguments.bucket {
        builder = builder.bucket(bucket);
    }
    if let Some(directory) = arguments.data {
        builder = builder.data(directory);
    }
    let made_up = match (arguments.access_key_id, arguments.access_key_secret) {
        (Some(id), Some(secret)) => {
            builder = builder.credentials(Credentials::new(id, secret));
            false
        }
        (None, None) => true,
        (Some(_), None) => {
            return Err(
                "--access-key-id is given without a secret; set OSS_SERVER_ACCESS_KEY_SECRET \
                        or give --access-key-secret"
                    .into(),
            );
        }
        (None, Some(_)) => {
            return Err("an access key secret is given without an id; give --access-key-id".into());
        }
    };
    let stop = stop_signal()?;
    let server = builder.start().await?;
    for warning in server.warnings() {
        say(io::stderr(), &format!("warning: {warning}"));
    }
    say(io::stdout(), &format!("listening on {}", server.endpoint()));
    if made_up {
        let credentials = server.credentials();
        say(io::stdout(), &format!("access key id: {}", credentials.access_key_id()));
        let secret = credentials.access_key_secret().expose_secret();
        say(io::stdout(), &format!("access key secret: {secret}"));
    }
    stop.await?;
    server.shutdown().await;
    Ok(())
}

/// Writes a line and flushes it. Nobody may be reading, which is no reason to stop.
fn say(mut to: impl Write, line: &str) {
    drop(writeln!(to, "{line}").and_then(|()| to.flush()));
}

/// Waits for Ctrl-C or, where there is such a thing, SIGTERM. They are heeded from this call on, not from
/// the first poll.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = io::Result<()>>> {
    use signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(signal::ctrl_c())
}
