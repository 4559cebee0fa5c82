//! `cargo xtask ci`: all of CI, in the same order everywhere.

use std::time::Instant;

use crate::{Result, codegen, console, fuzz, guide, interop, package, scaffold, types, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leave out `cargo test --workspace`, when it has just been run.
    #[arg(long)]
    skip_tests: bool,
}

/// A name, and what it does.
type Step = (&'static str, fn() -> Result<()>);

const TESTS: Step = ("cargo test --workspace", || cargo(&["test", "--workspace"]));

/// The steps after the tests. Cheap ones first.
const STEPS: [Step; 15] = [
    ("cargo fmt --all --check", || cargo(&["fmt", "--all", "--check"])),
    ("cargo clippy --workspace --all-targets -- -D warnings", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
    }),
    ("cargo xtask codegen --check", || codegen::run(&codegen::Arguments { check: true })),
    ("RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps", || {
        let mut command = workspace::cargo();
        command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        workspace::run(&mut command)
    }),
    ("cargo run -p quickstart", quickstart),
    ("cargo xtask types", types::run),
    ("cargo build -p jit-app --no-default-features", || {
        cargo(&["build", "-p", "jit-app", "--no-default-features"])
    }),
    ("cargo build -p jit-oss-server --no-default-features", || {
        cargo(&["build", "-p", "jit-oss-server", "--no-default-features"])
    }),
    ("cargo xtask package", || package::run(&package::Arguments::CI)),
    ("cargo xtask scaffold-check", scaffold::run),
    ("cargo xtask guide", || guide::run(&guide::Arguments::default())),
    ("cargo xtask interop", || interop::run(&interop::Arguments::default())),
    ("cargo xtask console", || console::run(&console::Arguments::default())),
    ("cargo xtask fuzz --seconds 5", || fuzz::run(&fuzz::Arguments::BRIEF)),
    ("cargo xtask fuzz --seconds 20 oss_policy oss_request oss_xml", || {
        fuzz::run(&fuzz::Arguments::of_the_server())
    }),
];

/// Runs the steps up to the first failure.
///
/// # Errors
///
/// Which step failed, and why.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let tests = (!arguments.skip_tests).then_some(TESTS);
    let steps: Vec<Step> = tests.into_iter().chain(STEPS).collect();
    let start = Instant::now();
    let mut times = String::new();
    for (number, (name, step)) in (1..).zip(&steps) {
        println!("\n=== {number}/{} {name}", steps.len());
        let begin = Instant::now();
        step().map_err(|error| format!("CI failed at step {number}, {name}: {error}"))?;
        let seconds = begin.elapsed().as_secs_f64();
        println!("=== {seconds:.1} s");
        times += &format!("{seconds:8.1} s  {name}\n");
    }
    println!("\n{times}{:8.1} s  in all: CI passed", start.elapsed().as_secs_f64());
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    workspace::run(workspace::cargo().args(arguments))
}

/// How the quickstart's last line begins: it ends with the error that it means to provoke.
const LAST_LINE: &str = "Download failed: ";

fn quickstart() -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "-p", "quickstart"]).stderr(std::process::Stdio::inherit());
    let output = workspace::stdout(&mut command)?;
    print!("{output}");
    match output.lines().last() {
        Some(last) if last.starts_with(LAST_LINE) => Ok(()),
        last => Err(format!("the last line is {last:?}, and should begin {LAST_LINE:?}").into()),
    }
}
