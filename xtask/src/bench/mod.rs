//! `cargo xtask bench`: builds and runs the benchmarks, which are a package of their own.

use crate::{Result, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to measure.
    #[arg(value_enum, default_value_t = What::Runtime)]
    what: What,
    /// Print an array of rows as JSON, and nothing else, to standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Reading an app, looking elements up, what they take in memory.
    Runtime,
}

/// Runs the benchmarks, in a release build.
///
/// # Errors
///
/// When they cannot be built or fail. A figure that misses its budget is told, and no error.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "--release", "--quiet", "--package", "jit-bench", "--"]);
    command.arg(match arguments.what {
        What::Runtime => "runtime",
    });
    if arguments.json {
        command.arg("--json");
    }
    workspace::run(&mut command)
}
