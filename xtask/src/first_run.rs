//! `cargo xtask first-run`: what a newcomer waits for, from `git clone` to the quickstart's last line.

use std::collections::HashSet;
use std::env;
use std::fs::Metadata;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Result, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Keep the clone, the build and Cargo's downloads, and say where they are.
    #[arg(long)]
    keep: bool,
}

/// What was measured.
#[derive(Debug, Default)]
struct Measured {
    clone: Duration,
    /// Until Cargo has started the program.
    build: Duration,
    /// From there to the program's last line.
    run: Duration,
    downloaded: u32,
    compiled: u32,
    target_bytes: u64,
}

/// Clones HEAD and runs the quickstart there, with nothing downloaded or built before.
///
/// # Errors
///
/// When a step fails; the clone is removed all the same unless it is to be kept.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut folder = TempDir::with_prefix("first-run-")?;
    if arguments.keep {
        folder.disable_cleanup(true);
        println!("keeping everything in {}", folder.path().display());
    }
    let mut status = Command::new("git");
    status.args(["status", "--porcelain"]).current_dir(workspace::root());
    if !workspace::stdout(&mut status)?.is_empty() {
        println!("note: what is not committed is not measured");
    }
    let measured = measure(folder.path())?;
    println!("{}", measured.table());
    println!("for the CHANGELOG:\n{}", measured.sentence());
    Ok(())
}

fn measure(folder: &Path) -> Result<Measured> {
    let (clone, target) = (folder.join("clone"), folder.join("target"));
    let start = Instant::now();
    let mut git = Command::new("git");
    git.args(["clone", "--quiet"]).arg(workspace::root()).arg(&clone);
    workspace::run(&mut git)?;
    let mut measured = Measured { clone: start.elapsed(), ..Measured::default() };

    let mut cargo = workspace::cargo();
    // Mirrors and proxies may be configured there, and the fresh Cargo home has no such file.
    if let Some(config) = outer_config() {
        cargo.arg("--config").arg(config);
    }
    cargo.args(["run", "--package", "quickstart"]).current_dir(&clone);
    cargo.env("CARGO_HOME", folder.join("cargo-home")).env("CARGO_TARGET_DIR", &target);
    cargo.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never");
    // A compiler cache would answer for what was compiled elsewhere.
    cargo.env_remove("RUSTC_WRAPPER").env_remove("CARGO_BUILD_RUSTC_WRAPPER");
    cargo.env_remove("CARGO_TERM_QUIET").env_remove("CARGO_TERM_VERBOSE");
    for variable in ["OSS_ENDPOINT", "OSS_BUCKET", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"] {
        cargo.env_remove(variable);
    }
    cargo.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let mut process = cargo.spawn().map_err(|error| workspace::not_started(&cargo, &error))?;
    let (Some(stdout), Some(stderr)) = (process.stdout.take(), process.stderr.take()) else {
        return Err("Cargo has no pipes".into());
    };
    let (messages, last) = thread::scope(|scope| {
        let messages = scope.spawn(|| Messages::read(BufReader::new(stderr), start));
        let mut last = None;
        for line in BufReader::new(stdout).lines().map_while(|line| line.ok()) {
            if !line.is_empty() {
                last = Some(start.elapsed());
            }
        }
        (messages.join().unwrap_or_default(), last)
    });
    let status = process.wait()?;
    if !status.success() {
        let tail = messages.tail.join("\n");
        return Err(format!("`cargo run -p quickstart` in a fresh clone: {status}\n{tail}").into());
    }
    let last = last.ok_or("the quickstart printed nothing")?;
    measured.build = messages.started.ok_or("Cargo did not say that it runs the quickstart")?;
    measured.run = last.saturating_sub(measured.build);
    measured.downloaded = messages.downloaded;
    measured.compiled = messages.compiled;
    measured.target_bytes = size_of(&target, &mut HashSet::new())?;
    Ok(measured)
}

/// The configuration file in the Cargo home of whoever runs this.
fn outer_config() -> Option<PathBuf> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir()?.join(".cargo"),
    };
    ["config.toml", "config"].into_iter().map(|name| home.join(name)).find(|path| path.is_file())
}

/// What Cargo says while it works.
#[derive(Debug, Default)]
struct Messages {
    downloaded: u32,
    compiled: u32,
    /// When it started the program.
    started: Option<Duration>,
    /// The last lines, for when it fails.
    tail: Vec<String>,
}

impl Messages {
    fn read(stderr: impl BufRead, start: Instant) -> Self {
        let mut messages = Self::default();
        for line in stderr.lines().map_while(|line| line.ok()) {
            messages.take(&line, start.elapsed());
        }
        messages
    }

    fn take(&mut self, line: &str, now: Duration) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("Compiling"), Some(_), Some(_)) => self.compiled += 1,
            // A line per crate, and one for all: `Downloaded 120 crates (12.3MiB) in 2.5s`.
            (Some("Downloaded"), Some(_), Some(what)) if !what.starts_with("crate") => {
                self.downloaded += 1;
            }
            (Some("Running"), Some(_), None) => self.started = Some(now),
            _ => {}
        }
        if self.tail.len() == 30 {
            self.tail.remove(0);
        }
        self.tail.push(line.to_owned());
    }
}

impl Measured {
    fn total(&self) -> Duration {
        self.clone + self.build + self.run
    }

    fn table(&self) -> String {
        format!(
            "git clone         {:7.1} s\n\
             fetch and build   {:7.1} s   {} crates downloaded, {} compiled, {} MB in target\n\
             run               {:7.1} s\n\
             total             {:7.1} s",
            self.clone.as_secs_f64(),
            self.build.as_secs_f64(),
            self.downloaded,
            self.compiled,
            self.target_bytes / 1_000_000,
            self.run.as_secs_f64(),
            self.total().as_secs_f64(),
        )
    }

    fn sentence(&self) -> String {
        let cores = thread::available_parallelism().map_or(0, |cores| cores.get());
        format!(
            "- From `git clone` to the quickstart's last line: {:.0} s on {cores} cores with nothing \
             cached ({} crates downloaded, {} compiled, {} MB in `target`).",
            self.total().as_secs_f64(),
            self.downloaded,
            self.compiled,
            self.target_bytes / 1_000_000,
        )
    }
}

/// The size of all files in a folder. One with several names (Cargo links its results) counts once.
fn size_of(folder: &Path, seen: &mut HashSet<(u64, u64)>) -> Result<u64> {
    let mut total = 0u64;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let size = if metadata.is_dir() {
            size_of(&entry.path(), seen)?
        } else if identity(&metadata).is_none_or(|identity| seen.insert(identity)) {
            metadata.len()
        } else {
            0
        };
        total = total.saturating_add(size);
    }
    Ok(total)
}

/// Device and number of a file, where files have them.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_messages_are_counted() {
        let mut messages = Messages::default();
        let lines = "    Updating crates.io index\n \
             Downloading crates ...\n  \
             Downloaded http v1.5.0\n  \
             Downloaded bytes v1.12.2\n  \
             Downloaded 2 crates (1.2MiB) in 0.50s\n   \
             Compiling bytes v1.12.2\n   \
             Compiling quickstart v0.1.0 (/clone/apps/quickstart)\n    \
             Finished `dev` profile [unoptimized] target(s) in 41.76s\n     \
             Running `/target/debug/quickstart`";
        for line in lines.lines() {
            messages.take(line, Duration::from_secs(5));
        }
        assert_eq!((messages.downloaded, messages.compiled), (2, 2));
        assert_eq!(messages.started, Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_file_with_two_names_counts_once() {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("deps")).unwrap();
        std::fs::write(folder.path().join("deps/a"), "12345").unwrap();
        std::fs::write(folder.path().join("b"), "123").unwrap();
        std::fs::hard_link(folder.path().join("deps/a"), folder.path().join("a")).unwrap();
        let expected = if cfg!(unix) { 8 } else { 13 };
        assert_eq!(size_of(folder.path(), &mut HashSet::new()).unwrap(), expected);
    }
}
