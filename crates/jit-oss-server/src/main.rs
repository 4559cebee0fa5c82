//! The server as a program.

mod arguments;
mod banner;

use std::io::{self, Write};
use std::process::ExitCode;

use jit_oss::Credentials;
use jit_oss_server::{OssServer, RequestRecord};
use tokio::signal;

use arguments::{Arguments, Log, LogFormat};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::read()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(io::stderr(), &format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = OssServer::builder().region(arguments.region).listen(arguments.listen);
    let bucket = arguments.bucket.first().cloned();
    for bucket in arguments.bucket {
        builder = builder.bucket(bucket);
    }
    if let Some(directory) = arguments.data {
        builder = builder.data(directory).durability(arguments.sync.into());
    }
    for host in arguments.callback_allow {
        builder = builder.callback_allow(host);
    }
    for origin in arguments.cors {
        builder = builder.cors(origin);
    }
    if arguments.lenient {
        builder = builder.lenient();
    }
    if arguments.control {
        builder = builder.control();
    }
    if arguments.console {
        builder = builder.console();
    }
    builder = builder.restore_time(arguments.restore_time);
    let (which, form) = (arguments.log, arguments.log_format);
    builder = builder.observe(move |record| log(record, which, form));
    let made_up = match (arguments.access_key_id, arguments.access_key_secret) {
        (Some(id), Some(secret)) => {
            builder = builder.credentials(Credentials::new(id, secret));
            false
        }
        (None, None) => {
            // Its address is shown with the key, and grants no more.
            builder = builder.console();
            true
        }
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
    for line in banner::lines(&server, bucket.as_deref(), made_up) {
        say(io::stdout(), &line);
    }
    stop.await?;
    server.shutdown().await;
    Ok(())
}

fn log(record: &RequestRecord, which: Log, form: LogFormat) {
    let wanted = match which {
        Log::Off => false,
        Log::Refused => record.diagnosis.is_some(),
        Log::All => true,
    };
    if wanted {
        let line = match form {
            LogFormat::Text => record.text(),
            LogFormat::Json => record.json(),
        };
        say(io::stderr(), &line);
    }
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
