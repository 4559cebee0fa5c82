//! The command line every app gets: `elements`, `show`, `call`, `check` and `pack`.
//!
//! An app's `main` parses it, does its own job when there is no subcommand, and otherwise hands over:
//!
//! ```no_run
//! // no_run: reads the arguments of the process.
//! use std::process::ExitCode;
//!
//! use jit_app::{Variables, cli};
//!
//! # async fn main_() -> ExitCode {
//! let cli = cli::Cli::parse(env!("CARGO_MANIFEST_DIR"));
//! cli.run(Variables::process()).await
//! # }
//! ```
//!
//! Exit codes: 0 when it worked, 1 when something is wrong with the app or a call failed, 2 when the
//! command line is not understood.

mod call;
mod check;
mod elements;
mod output;
mod pack;
mod show;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use self::call::Call;
use self::output::Output;
use crate::{App, Variables};

#[derive(Debug, Parser)]
#[command(
    about = "Run this app, or look into it",
    after_help = "Without a command the app does its own job."
)]
struct Args {
    /// The app folder to use instead of this app's own.
    #[arg(long, global = true, value_name = "DIR")]
    app: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What the command line asks for.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// List the app's elements: name, type, level, title, status.
    Elements,
    /// Show one element: definition, type chain, configuration keys, functions.
    Show {
        /// The element's full name, like `storages.MyOss`.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Call a function of an element.
    Call(Call),
    /// Validate every definition and configuration, without network.
    Check,
    /// Write all definitions into one file, `dist/app.jit`, from which the app starts faster.
    Pack,
}

/// A parsed command line.
#[derive(Debug)]
pub struct Cli {
    args: Args,
    dir: PathBuf,
}

impl Cli {
    /// Parses the arguments of the process for the app in `own_dir`. Ends the process with a message when
    /// they are not understood, or when they ask for help.
    #[must_use]
    pub fn parse(own_dir: impl Into<PathBuf>) -> Self {
        let matches = Args::command().get_matches();
        let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let dir = args.app.clone().unwrap_or_else(|| own_dir.into());
        Self { args, dir }
    }

    /// The subcommand; `None` when the app shall do its own job.
    #[must_use]
    pub fn command(&self) -> Option<&Command> {
        self.args.command.as_ref()
    }

    /// The folder of the app to use.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Loads the app with `variables` and runs the subcommand; lists the elements when there is none.
    pub async fn run(self, variables: Variables) -> ExitCode {
        let mut out = Output::new(self.args.json);
        let app = match App::builder(self.dir).variables(variables).load() {
            Ok(app) => app,
            Err(error) => return out.error(&error),
        };
        match self.args.command.unwrap_or(Command::Elements) {
            Command::Elements => elements::run(&app, &mut out),
            Command::Show { name } => show::run(&app, &name, &mut out),
            Command::Call(call) => call::run(&app, call, &mut out).await,
            Command::Check => check::run(&app, &mut out),
            Command::Pack => pack::run(app.dir(), &mut out),
        }
    }
}
