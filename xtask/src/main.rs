//! The project's own tasks, as `cargo xtask <task>`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

mod bench;
mod checkout;
mod ci;
mod codegen;
mod console;
mod first_run;
mod fuzz;
mod guide;
mod http;
mod interop;
mod package;
mod scaffold;
mod tidy;
mod types;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a task fails with: a message that says what, where and what to do.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The project's own tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure, in a release build, each figure beside its limit.
    Bench(bench::Arguments),
    /// Run everything that CI runs, in the same order, up to the first failure.
    Ci(ci::Arguments),
    /// Write the parts of documents that are made from the code: keys of Types, codes of findings.
    Codegen(codegen::Arguments),
    /// Use the server's console with Chromium, as a person does.
    ///
    /// Needs chromedriver; on Debian it is in the package chromium-driver.
    Console(console::Arguments),
    /// Measure what a newcomer waits for: clone, fetch, build and run the quickstart from nothing.
    FirstRun(first_run::Arguments),
    /// Run the fuzz targets for a while, and list what they found.
    ///
    /// Needs cargo-fuzz and a C++ compiler; see fuzz/README.md.
    Fuzz(fuzz::Arguments),
    /// Do what the pages of `docs/` ask their readers to do, and compare what is printed.
    Guide(guide::Arguments),
    /// Run Alibaba's SDKs, opendal, our client and our server against each other.
    ///
    /// Needs python3 with venv, Node with npm, and the network the first time, to install the SDKs under the
    /// target directory. Everything runs on loopback.
    Interop(interop::Arguments),
    Check(cargo_jit::cli::CheckArguments),
    NewApp(cargo_jit::cli::AppArguments),
    NewElement(cargo_jit::cli::ElementArguments),
    /// Make everything that `cargo jit` makes, in this workspace and outside: build it, test it, gut it, remove it.
    ScaffoldCheck,
    /// Package the crates that are published, and check them from the packages alone.
    Package(package::Arguments),
    /// Check the rules of the house: who depends on whom, lints, paths, documents.
    Tidy,
    /// Ask every app what it links, and tell what is missing, clashes, or says too little of itself.
    Types,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Ci(arguments) => ci::run(&arguments),
        Task::Codegen(arguments) => codegen::run(&arguments),
        Task::Console(arguments) => console::run(&arguments),
        Task::FirstRun(arguments) => first_run::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Guide(arguments) => guide::run(&arguments),
        Task::Interop(arguments) => interop::run(&arguments),
        Task::Check(arguments) => return arguments.run(),
        Task::NewApp(arguments) => return arguments.run(),
        Task::NewElement(arguments) => return arguments.run(),
        Task::ScaffoldCheck => scaffold::run(),
        Task::Package(arguments) => package::run(&arguments),
        Task::Tidy => tidy::run(),
        Task::Types => types::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        super::Arguments::command().debug_assert();
    }
}
