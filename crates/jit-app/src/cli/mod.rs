//! The command line every app gets.
//!
//! - `elements [SELECTOR]` lists what is in the app.
//! - `show NAME` shows one element, Type or family: definition, type chain, configuration keys, functions.
//! - `explain NAME` tells where everything about it comes from: who defines it, which code loads it, which file,
//!   variable or default each value is from.
//! - `graph [NAME…]` draws elements, Types and families as Mermaid or dot.
//! - `schema [--out DIR]` gives JSON Schemas of the app's files to editors.
//! - `types` lists the families and Types that the program links; with `--json` as a [`Catalog`](jit_meta::Catalog).
//! - `check` tells everything that is wrong, as text or as SARIF.
//! - `pack` writes all definitions into one file, from which the app starts faster.
//! - `call NAME FUNCTION KEY=VALUE…` calls a function; on a terminal it shows how far a transfer is. Of a function that
//!   answers in pages it gives one and says how to go on, or all of them with `--all`.
//! - `doctor NAME` (feature `storages`) finds out whether a storage works, step by step, and says what to do.
//!
//! `--json` prints JSON; a failure then is `{"error": {"kind", "message", "element", "type", "help", "findings",
//! "storage"}}`, whatever has failed.
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
//! Exit codes: 0 when it worked, 1 when something is wrong with the app, or a call failed, for some of several files
//! too, 2 when the command line is not understood.

mod call;
mod check;
#[cfg(feature = "storages")]
mod doctor;
mod elements;
mod explain;
mod graph;
mod output;
mod pack;
mod pages;
#[cfg(feature = "storages")]
mod progress;
mod schema;
mod show;
mod types;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use self::call::Call;
pub use self::check::Format;
pub use self::graph::GraphFormat;
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
    Elements {
        /// Only those that a selector means, like `.storages.OssType` or `storages.Meta*`.
        #[arg(value_name = "SELECTOR")]
        selector: Option<String>,
    },
    /// Show one element: definition, type chain, configuration keys, functions.
    Show {
        /// The element's full name, like `storages.MyOss`.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Explain one element: who defines it, which code loads it, where each value comes from.
    Explain {
        /// The full name of an element, a Type or a family.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Draw elements, Types and families, and what ties them together.
    Graph {
        /// Draw only what these are made of and what is made of them.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// The language: Markdown shows Mermaid's, Graphviz draws dot.
        #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
        format: GraphFormat,
    },
    /// Print JSON Schemas of `e.json`, `app.json` and every Type's configuration, for editors.
    Schema {
        /// Write them into a folder, with the settings that make an editor use them.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// List the families and Types that this program links, and what has none of their code.
    Types,
    /// Call a function of an element.
    Call(Call),
    /// Find out whether a storage works, step by step, up to the first that fails. What is stored for it is deleted.
    #[cfg(feature = "storages")]
    Doctor {
        /// The storage's full name, like `storages.MyOss`.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Validate every definition and configuration, without network.
    Check {
        /// The form of the findings: text, or SARIF, as with --json.
        #[arg(long, value_name = "FORMAT")]
        format: Option<Format>,
        /// Let variables be unset: for a machine that has the files and not the secrets, like CI.
        #[arg(long)]
        allow_unset: bool,
    },
    /// Write all definitions into one file, `dist/app.jit`, from which the app starts faster.
    Pack,
}

impl Command {
    /// The element that is asked for something outside of the app: the command may reach its service.
    #[must_use]
    pub fn asks(&self) -> Option<&str> {
        match self {
            Self::Call(call) => Some(call.element()),
            #[cfg(feature = "storages")]
            Self::Doctor { name } => Some(name),
            _ => None,
        }
    }
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
        let parsed = Args::command().try_get_matches();
        let args = parsed
            .and_then(|matches| Args::from_arg_matches(&matches))
            .unwrap_or_else(|error| misunderstood(&error));
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
            Err(error) => {
                return match self.args.command {
                    Some(Command::Check { format, .. }) => {
                        let format = Format::of(format, &out);
                        check::failed(&error, format, &mut out)
                    }
                    _ => out.error(&error),
                };
            }
        };
        match self.args.command.unwrap_or(Command::Elements { selector: None }) {
            Command::Elements { selector } => elements::run(&app, selector.as_deref(), &mut out),
            Command::Show { name } => show::run(&app, &name, &mut out),
            Command::Explain { name } => explain::run(&app, &name, &mut out),
            Command::Graph { names, format } => graph::run(&app, &names, format, &mut out),
            Command::Schema { out: dir } => schema::run(&app, dir.as_deref(), &mut out),
            Command::Types => types::run(&app, &mut out),
            Command::Call(call) => call::run(&app, call, &mut out).await,
            #[cfg(feature = "storages")]
            Command::Doctor { name } => doctor::run(&app, &name, &mut out).await,
            Command::Check { format, allow_unset } => {
                let format = Format::of(format, &out);
                check::run(&app, format, allow_unset, &mut out)
            }
            Command::Pack => pack::run(app.dir(), &mut out),
        }
    }
}

/// Ends the process with what clap has to say: help, or a mistake, which is told like any other failure.
fn misunderstood(error: &clap::Error) -> ! {
    let is_json = || std::env::args_os().take_while(|arg| arg != "--").any(|arg| arg == "--json");
    if error.use_stderr() && is_json() {
        let told = error.to_string();
        let mut lines = told.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first);
        let help: Vec<_> = lines.map(str::to_owned).collect();
        Output::new(true).failed("Usage", message, &help);
        std::process::exit(error.exit_code());
    }
    error.exit()
}
