//! What transfers of large objects take in memory: each in a process of its own, with an OSS server in
//! another.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use jit_oss::{Downloader, Uploader};

use super::large::pieces;
use super::small::bucket_at;
use crate::Result;
use crate::rounds::Times;
use crate::row::Row;
use crate::server::{Served, Server};

const SIZE: u64 = 1 << 30;
const MIB: f64 = 1024.0 * 1024.0;
/// Where Linux tells what a process takes.
const STATUS: &str = "/proc/self/status";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Direction {
    Upload,
    Download,
}

pub(super) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    if !Path::new(STATUS).exists() {
        eprintln!("note: there is no {STATUS} here; the memory of transfers is left out");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let server = Server::start(&Served::disk(&folder.path().join("data"), false))?;
    let file = folder.path().join("downloaded");
    for direction in ["upload", "download"] {
        let mut command = Command::new(std::env::current_exe()?);
        let arguments: [&OsStr; 3] = ["transfer".as_ref(), direction.as_ref(), file.as_ref()];
        let output = command.args(arguments).arg(server.address()).output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let complaint = || String::from_utf8_lossy(&output.stderr).into_owned();
        let peak = Times(vec![told.trim().parse().map_err(|_| complaint())?]);
        rows.push(Row::new(format!("{direction}/1GiB/memory"), "MiB", peak).value_within(64.0));
    }
    Ok(())
}

/// Moves 1 GiB, as a stream or into a file, and prints how much memory that took at its peak beyond what
/// the process has when it is idle, in MiB.
pub(crate) fn transfer(direction: Direction, file: &Path, address: &str) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let bucket = bucket_at(address)?;
    let idle = runtime.block_on(async {
        bucket.put_object("small", "hello").await?;
        bytes_of("VmRSS:")
    })?;
    runtime.block_on(async {
        match direction {
            Direction::Upload => {
                Uploader::new(&bucket).upload("large", pieces(SIZE)).await?;
            }
            Direction::Download => {
                let got = Downloader::new(&bucket).download("large", file).await?;
                assert_eq!(got.metadata.size, SIZE);
            }
        }
        Result::Ok(())
    })?;
    println!("{}", (bytes_of("VmHWM:")? - idle) / MIB);
    Ok(())
}

/// What the system tells of this process.
fn bytes_of(name: &str) -> Result<f64> {
    let status = std::fs::read_to_string(STATUS)?;
    let value = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = value.and_then(|value| value.trim().strip_suffix(" kB"));
    Ok(kibibytes.ok_or("the status has no such line")?.parse::<f64>()? * 1024.0)
}
