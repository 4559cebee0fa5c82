//! A server in a process of its own, which tells what it has used.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::{BUCKETS, wire};
use crate::Result;

/// The program, with what an executable's name ends in.
const PROGRAM: &str = if cfg!(windows) { "served.exe" } else { "served" };

/// What is served.
#[derive(Clone, Debug)]
pub(crate) enum Served {
    /// By a handler that does nothing else than keeping bytes.
    Bare,
    Memory,
    Disk {
        directory: PathBuf,
        /// So that it survives a power cut.
        power: bool,
    },
}

impl Served {
    pub(crate) fn disk(directory: &Path, power: bool) -> Self {
        Self::Disk { directory: directory.to_owned(), power }
    }
}

/// A running one. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    /// Starts it, and waits until it serves.
    pub(crate) fn start(served: &Served) -> Result<Self> {
        // Cargo puts the programs of a package side by side.
        let program = std::env::current_exe()?.with_file_name(PROGRAM);
        let mut command = Command::new(&program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.args(BUCKETS.iter().flat_map(|bucket| ["--bucket", *bucket]));
        command.args(["--access-key-id", wire::KEY_ID, "--access-key-secret", wire::KEY_SECRET]);
        match served {
            Served::Bare => {
                command.arg("--bare");
            }
            Served::Memory => {}
            Served::Disk { directory, power } => {
                command.arg("--data").arg(directory);
                command.args(power.then_some("--power"));
            }
        }
        let mut process = command.spawn().map_err(|error| {
            format!(
                "{} cannot be started: {error}; cargo build --release -p jit-bench --bins",
                program.display()
            )
        })?;
        let pipes = (process.stdin.take(), process.stdout.take());
        let (Some(input), Some(output)) = pipes else { return Err("a server has no pipes".into()) };
        let mut server =
            Self { process, input, output: BufReader::new(output), address: String::new() };
        server.address = server.line()?;
        Ok(server)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err("a server has ended".into()),
            _ => Ok(line.trim().to_owned()),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Seconds of processor time, and bytes of memory.
    pub(crate) fn used(&mut self) -> Result<(f64, f64)> {
        writeln!(self.input)?;
        let line = self.line()?;
        let (time, memory) = line.split_once(' ').ok_or("a server tells no figures")?;
        Ok((time.parse()?, memory.parse()?))
    }

    /// Seconds of the server's processor time that something takes.
    pub(crate) fn time_of(&mut self, work: impl FnOnce(&str) -> Result<()>) -> Result<f64> {
        let before = self.used()?.0;
        work(&self.address)?;
        Ok(self.used()?.0 - before)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
