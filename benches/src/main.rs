//! The benchmarks, as `cargo xtask bench` runs them. Build them in release.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

mod client;
mod fixture;
mod lookup;
mod memory;
mod reading;
mod reload;
mod rounds;
mod row;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::row::Row;

/// What a benchmark fails with.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

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
        /// Measure this alone.
        #[arg(long, value_enum, value_name = "PART")]
        only: Option<Part>,
    },
    /// The OSS client: processor time of small requests, speed and memory of large ones, signing.
    Client {
        /// Print an array of rows as JSON.
        #[arg(long)]
        json: bool,
        /// Measure this alone.
        #[arg(long, value_enum, value_name = "PART")]
        only: Option<client::Part>,
        /// The program that drives other clients; without it they are left out.
        #[arg(long, value_name = "PROGRAM")]
        peers: Option<PathBuf>,
    },
    /// The OSS server: processor time of small requests, speed of large ones, disk, a million objects.
    Server {
        /// Print an array of rows as JSON.
        #[arg(long)]
        json: bool,
        /// Measure this alone.
        #[arg(long, value_enum, value_name = "PART")]
        only: Option<server::Part>,
        /// How many objects the large bucket has.
        #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
        objects: u32,
    },
    /// Serve HTTP and do nothing, until standard input ends.
    #[command(hide = true)]
    Neutral,
    /// Move 1 GiB and print how much memory that took.
    #[command(hide = true)]
    Transfer { direction: client::Direction, file: PathBuf, address: String },
    /// Load one app and print how many bytes that took.
    #[command(hide = true)]
    Memory { app: PathBuf },
}

/// A benchmark: adds its rows.
type Benchmark = fn(&mut Vec<Row>) -> Result<()>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Reading,
    Lookup,
    Reload,
    Memory,
}

const RUNTIME: [(Part, Benchmark); 4] = [
    (Part::Reading, reading::measure),
    (Part::Lookup, lookup::measure),
    (Part::Reload, reload::measure),
    (Part::Memory, memory::measure),
];

fn main() -> ExitCode {
    let result = match Arguments::parse().what {
        What::Runtime { json, only } => {
            let wanted = |part| only.is_none_or(|only| only == part);
            let parts = RUNTIME.into_iter().filter(|(part, _)| wanted(*part));
            all(json, parts.map(|(_, benchmark)| move |rows: &mut Vec<Row>| benchmark(rows)))
        }
        What::Client { json, only, peers } => {
            let wanted = |part: &&client::Part| only.is_none_or(|only| only == **part);
            let parts = client::Part::value_variants().iter().filter(wanted);
            let peers = peers.as_ref();
            all(
                json,
                parts.map(|part| move |rows: &mut Vec<Row>| client::measure(*part, peers, rows)),
            )
        }
        What::Server { json, only, objects } => {
            let wanted = |part: &&server::Part| only.is_none_or(|only| only == **part);
            let parts = server::Part::value_variants().iter().filter(wanted);
            all(
                json,
                parts.map(|part| move |rows: &mut Vec<Row>| server::measure(*part, objects, rows)),
            )
        }
        What::Neutral => client::serve(),
        What::Transfer { direction, file, address } => client::transfer(direction, &file, &address),
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

fn all<B>(json: bool, benchmarks: impl Iterator<Item = B>) -> Result<()>
where
    B: FnOnce(&mut Vec<Row>) -> Result<()>,
{
    if cfg!(debug_assertions) {
        eprintln!("note: this is no release build; the figures mean nothing");
    }
    let mut rows = Vec::new();
    for benchmark in benchmarks {
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
