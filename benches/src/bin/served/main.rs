//! A server to be measured, in a process of its own. The counting allocator of the other benchmarks is not in it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

mod bare;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use cpu_time::ProcessTime;
use jit_oss::Credentials;
use jit_oss_server::{Durability, OssServer};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Serve objects until standard input ends.
#[derive(Debug, Parser)]
struct Arguments {
    /// By a handler that does nothing else than keeping bytes.
    #[arg(long)]
    bare: bool,
    #[arg(long)]
    bucket: Vec<String>,
    #[arg(long)]
    access_key_id: String,
    #[arg(long)]
    access_key_secret: String,
    /// From this directory, not from memory.
    #[arg(long)]
    data: Option<PathBuf>,
    /// So that it survives a power cut.
    #[arg(long)]
    power: bool,
}

fn main() -> ExitCode {
    match serve(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says on standard output where it serves, and for each line that comes, how many seconds of processor time and bytes
/// of memory it has taken.
fn serve(arguments: Arguments) -> Result<()> {
    // One thread: what is counted is work, not how it is spread.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let _server = if arguments.bare {
            println!("{}", bare::start().await?);
            None
        } else {
            let server = start(arguments).await?;
            println!("{}", server.address());
            Some(server)
        };
        tokio::task::spawn_blocking(|| {
            for line in std::io::stdin().lines() {
                line?;
                let used = ProcessTime::try_now()?.as_duration().as_secs_f64();
                println!("{used} {}", resident().unwrap_or_default());
            }
            Ok(())
        })
        .await?
    })
}

async fn start(arguments: Arguments) -> Result<OssServer> {
    let keys = Credentials::new(arguments.access_key_id, arguments.access_key_secret);
    let mut builder = OssServer::builder().credentials(keys);
    for bucket in arguments.bucket {
        builder = builder.bucket(bucket);
    }
    if let Some(directory) = arguments.data {
        let level = if arguments.power { Durability::Power } else { Durability::Process };
        builder = builder.data(directory).durability(level);
    }
    Ok(builder.start().await?)
}

/// The resident size of this process in bytes, where the system tells it.
fn resident() -> Option<u64> {
    // Pages have this size wherever there is such a file and nobody has chosen another.
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    statm.split(' ').nth(1)?.parse::<u64>().ok()?.checked_mul(PAGE)
}
