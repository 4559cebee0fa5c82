//! The benchmarks, as `cargo xtask bench` runs them. Build them in release.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

mod fixture;
mod lookup;
mod memory;
mod reading;
mod reload;
mod rounds;
mod row;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::row::Row;

/// What a benchmark fails with.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Debug, Parser)]
#[command(name = "jit-bench", about = "Measure each figure beside its limit")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Reading an app, looking elements up, what they take in memory.
    Runtime {
        /// Print an array of rows as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Load one app and print how many bytes that took.
    #[command(hide = true)]
    Memory { app: PathBuf },
}

/// A benchmark: adds its rows.
type Benchmark = fn(&mut Vec<Row>) -> Result<()>;

const RUNTIME: [Benchmark; 4] =
    [reading::measure, lookup::measure, reload::measure, memory::measure];

fn main() -> ExitCode {
    let result = match Arguments::parse().what {
        What::Runtime { json } => runtime(json),
        What::Memory { app } => memory::child(&app),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn runtime(json: bool) -> Result<()> {
    if cfg!(debug_assertions) {
        eprintln!("note: this is no release build; the figures mean nothing");
    }
    let mut rows = Vec::new();
    for benchmark in RUNTIME {
        let told = rows.len();
        benchmark(&mut rows)?;
        let new = rows.get(told..).unwrap_or_default();
        // With `--json`, standard output is for the array alone.
        new.iter().for_each(|row| if json { eprintln!("{row}") } else { println!("{row}") });
    }
    if json {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        super::Arguments::command().debug_assert();
    }
}
