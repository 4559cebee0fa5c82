//! `cargo xtask bench`: builds and runs the benchmarks, which are a package of their own.

use crate::{Result, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to measure.
    #[arg(value_enum, default_value_t = What::Runtime)]
    what: What,
    /// Measure this part alone.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// Print an array of rows as JSON, and nothing else, to standard output.
    #[arg(long)]
    json: bool,
    /// For the client: measure other clients too, which are built for it; that takes minutes.
    #[arg(long)]
    peers: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Reading an app, looking elements up, what they take in memory.
    Runtime,
    /// The OSS client: processor time of small requests, speed and memory of large ones, signing.
    Client,
    /// The OSS server: processor time of small requests, speed of large ones, disk, a million objects.
    Server,
}

/// Runs the benchmarks, in a release build.
///
/// # Errors
///
/// When they cannot be built or fail. A figure that misses its budget is told, and no error.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // The servers are a program of their own.
    let mut build = workspace::cargo();
    workspace::run(build.args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "jit-bench",
        "--bins",
    ]))?;
    let mut command = workspace::cargo();
    command.args(["run", "--release", "--quiet", "--package", "jit-bench", "--"]);
    command.arg(match arguments.what {
        What::Runtime => "runtime",
        What::Client => "client",
        What::Server => "server",
    });
    if arguments.peers && arguments.what == What::Client {
        command.arg("--peers").arg(peers()?);
    }
    if let Some(part) = &arguments.only {
        command.args(["--only", part]);
    }
    if arguments.json {
        command.arg("--json");
    }
    workspace::run(&mut command)
}

/// Builds the program that drives other clients; it is no part of the workspace.
fn peers() -> Result<std::path::PathBuf> {
    let target = workspace::target_dir()?.join("peers");
    let mut command = workspace::cargo();
    command.args(["build", "--release", "--quiet", "--manifest-path", "benches/peers/Cargo.toml"]);
    workspace::run(command.arg("--target-dir").arg(&target))?;
    Ok(target.join("release/jit-bench-peers"))
}
