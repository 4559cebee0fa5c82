//! The command line of `cargo jit`, and of the workspace's own tasks where they are the same.
//!
//! Exit codes: 0 when it is done, 1 when it failed and nothing was changed, 2 when the command line is wrong.
//! Of `check` and `types` they are those of the app's program.

use std::env;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgGroup, Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use jit_meta::Catalog;

use crate::ask::Asker;
use crate::kind::check_functions;
use crate::{Applier, Error, Jit, Kind, NewApp, Plan, Project, Request, Result, removal};

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 failed and nothing was changed, 2 the command line is wrong.";

const PROGRAMS_EXIT_CODES: &str =
    "Exit codes: those of the app's program; 1 when it does not build.";

/// Makes apps and elements of every kind, tested and linked, and takes them away again.
#[derive(Debug, Parser)]
#[command(name = "cargo jit", bin_name = "cargo jit", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    NewApp(AppArguments),
    NewElement(ElementArguments),
    Check(CheckArguments),
    Types(TypesArguments),
    /// Print a script that completes `cargo-jit` in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Make an app: folder, crate, README, tests, and a storage that keeps files on disk.
///
/// In a workspace that knows the framework it becomes a member; elsewhere it stands alone.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct AppArguments {
    /// The app's id, like `acme.Shop`.
    app_id: String,
    /// The folder to make; named after the id unless given.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// What people see.
    #[arg(long)]
    title: Option<String>,
    /// An app to extend, like `jit.Quickstart@0.1.0`; again for more, the nearest first.
    #[arg(long, value_name = "APP[@VERSION]")]
    extends: Vec<String>,
    /// A checkout of the framework's repository, to depend on by path; the one that this was installed from, if it is
    /// there, unless given.
    #[arg(long, value_name = "DIR")]
    jit: Option<PathBuf>,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Make an element, with everything that belongs to it: definition, configuration, code, test, dependencies,
/// and the line that links it.
///
/// Without --app it is made in the app one is in.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("kind").multiple(false),
    after_help = concat!(
        "Examples:\n\
        \x20 new-element storages.Archive --type storages.OssType              a storage\n\
        \x20 new-element storages.Archive --type storages.OssType --set 'bucketName=${OSS_BUCKET}'\n\
        \x20 new-element storages.SmallOssType --extends storages.OssType      a Type that wraps another\n\
        \x20 new-element storages.MyType --meta storages.Meta                  a Type that stands alone\n\
        \x20 new-element --override storages.OssType                           the app's own code for a Type\n\
        \x20 new-element imRobots.Meta --family                                a family of one's own\n\
        \x20 new-element services.Orders --service                             functions in Rust\n\
        \x20 new-element services.Tickets --service --function open            the same, with a function of this name\n\
        \x20 new-element --remove storages.Archive                             away again\n\n",
        "Code for a Type is written for the storages. For one of another family, a family of one's own as well, the same\n\
        options tell step by step what to write by hand.\n\n",
        "The app's program is built for that, as it knows the Types: the first time takes as long as `cargo build`.\n\n\
        What is secret is never written into a file: it becomes a variable, and its name is printed.\n\n",
        "Exit codes: 0 done, 1 failed and nothing was changed, 2 the command line is wrong."
    )
)]
pub struct ElementArguments {
    /// The element's full name, like `storages.Archive`.
    name: Option<String>,
    /// An instance of this Type.
    #[arg(long = "type", value_name = "TYPE", group = "kind")]
    of_type: Option<String>,
    /// A Type that wraps this one, of the storages.
    #[arg(long, value_name = "TYPE", group = "kind")]
    extends: Option<String>,
    /// A Type of this family that stands alone: `storages.Meta`.
    #[arg(long, value_name = "FAMILY", group = "kind")]
    meta: Option<String>,
    /// Code of the app's own in the place of this Type's, of the storages.
    #[arg(long = "override", value_name = "TYPE", group = "kind")]
    overrides: Option<String>,
    /// A family: interface, function list, one Type, one instance.
    #[arg(long, group = "kind")]
    family: bool,
    /// A service: functions in Rust, declared in its `e.json`.
    #[arg(long, group = "kind")]
    service: bool,
    /// A function of the service, like `placeOrder`; again for more.
    #[arg(
        long = "function",
        value_name = "NAME",
        conflicts_with_all = ["of_type", "extends", "meta", "overrides", "family", "remove"]
    )]
    functions: Vec<String>,
    /// Take away what was made under this name, if it is as it was made and nobody uses it.
    #[arg(long, value_name = "NAME", group = "kind", conflicts_with = "name")]
    remove: Option<String>,
    /// With --remove: also what was edited since, and what is used; its users are listed.
    #[arg(long)]
    force: bool,
    /// The app's folder.
    #[arg(long, value_name = "DIR")]
    app: Option<PathBuf>,
    /// What people see.
    #[arg(long)]
    title: Option<String>,
    /// A value for a key of the configuration; again for more.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    values: Vec<String>,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Validate every definition and configuration of the app: its program's own `check`.
#[derive(Debug, Args)]
#[command(after_help = PROGRAMS_EXIT_CODES)]
pub struct CheckArguments {
    /// The app's folder.
    #[arg(long, value_name = "DIR")]
    app: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The form of the findings: text, or SARIF, as with --json.
    // What there is, the program knows, and says so where it is given something else.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Let variables be unset: for a machine that has the files and not the secrets, like CI.
    #[arg(long)]
    allow_unset: bool,
}

/// List the families and Types that the app's program links: its own `types`.
#[derive(Debug, Args)]
#[command(after_help = PROGRAMS_EXIT_CODES)]
struct TypesArguments {
    /// The app's folder.
    #[arg(long, value_name = "DIR")]
    app: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The whole of `cargo jit`, on the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    // Cargo runs `cargo jit x` as `cargo-jit jit x`.
    let mut arguments: Vec<_> = env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "jit") {
        arguments.remove(1);
    }
    let command = match Arguments::try_parse_from(&arguments) {
        Ok(arguments) => arguments.command,
        Err(error) => match arguments.get(1).and_then(|it| it.to_str()) {
            Some(name) if error.kind() == ErrorKind::InvalidSubcommand && is_programs(name) => {
                let error = Error::usage(format!("`{name}` is a command of the app's own program"));
                return finish(Err(error.with_help(format!("cargo run -- {name}"))));
            }
            _ => error.exit(),
        },
    };
    match command {
        Command::NewApp(arguments) => arguments.run(),
        Command::NewElement(arguments) => arguments.run(),
        Command::Check(arguments) => arguments.run(),
        Command::Types(arguments) => arguments.run(),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "cargo-jit", &mut io::stdout());
            ExitCode::SUCCESS
        }
    }
}

/// Whether every app's program has a command that `cargo jit` has not.
fn is_programs(name: &str) -> bool {
    ["call", "doctor", "elements", "explain", "graph", "pack", "schema", "show"].contains(&name)
}

impl AppArguments {
    /// Makes the app.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        finish(self.try_run())
    }

    fn try_run(&self) -> Result<()> {
        let mut app = NewApp::new(&self.app_id)?;
        app.dir.clone_from(&self.dir);
        app.title.clone_from(&self.title);
        for extended in &self.extends {
            let (id, version) = match extended.split_once('@') {
                Some((id, version)) => (id, Some(version.to_owned())),
                None => (extended.as_str(), None),
            };
            NewApp::new(id)?;
            app.extends.push((id.to_owned(), version));
        }
        let here = here()?;
        if let Some(jit) = &self.jit {
            app.jit = Jit::Path(here.join(jit));
        }
        let plan = app.plan(&here)?;
        carry_out(&plan, &self.app_id, self.dry_run)
    }
}

impl ElementArguments {
    /// Makes the element, or takes it away.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let stdin = io::stdin();
        let mut answers = stdin.is_terminal().then(|| stdin.lock());
        let answers = answers.as_mut().map(|answers| -> &mut dyn BufRead { answers });
        finish(self.try_run(answers))
    }

    fn try_run(&self, answers: Option<&mut dyn BufRead>) -> Result<()> {
        // Told here: `requires` counts for nothing beside an argument that `--remove` excludes.
        if self.force && self.remove.is_none() {
            let error = Error::usage("--force is for --remove");
            return Err(error.with_help("what is made never takes the place of what is there"));
        }
        if let (Some(name), Some(of)) = (&self.name, &self.overrides) {
            let error = Error::usage(format!(
                "--override takes the place of `{of}`, under that name: `{name}` is one too many"
            ));
            return Err(error.with_help(format!(
                "new-element --override {of}; for a Type of another name: --extends {of}"
            )));
        }
        let project = Project::find(self.app.as_deref(), &here()?)?;
        if let Some(name) = &self.remove {
            let plan = removal(&project, name, self.force, || project.catalog())?;
            return carry_out(&plan, name, self.dry_run);
        }
        let mut stderr = io::stderr();
        let mut asker = answers.map(|answers| Asker { answers, questions: &mut stderr });
        let request = self.request(asker.as_mut(), || project.catalog())?;
        let (request, catalog) = request;
        let plan = request.plan(&project, Some(&catalog))?;
        carry_out(&plan, request.name.as_str(), self.dry_run)
    }

    /// What is asked for; what is missing is asked for in turn, where somebody is there to answer.
    fn request(
        &self,
        mut asker: Option<&mut Asker<'_>>,
        catalog: impl FnOnce() -> Result<Catalog>,
    ) -> Result<(Request, Catalog)> {
        let missing = |flag: &str, help: &str| {
            Err(Error::usage(format!("{flag} is missing")).with_help(help.to_owned()))
        };
        let name = match (&self.overrides, &self.name, &mut asker) {
            (Some(name), ..) | (None, Some(name), _) => name.clone(),
            (None, None, Some(asker)) => {
                asker.line("The element's full name, like storages.Archive")?
            }
            (None, None, None) => {
                return missing(
                    "the element's name",
                    "give it first: new-element storages.Archive …",
                );
            }
        };
        // A name that is none is told before anything is built.
        let kind = self.kind();
        Request::new(&name, kind.clone().unwrap_or(Kind::Override))?;
        check_functions(&self.functions)?;
        if !self.values.is_empty() && !matches!(kind, None | Some(Kind::Instance { .. })) {
            let message = "--set is for what has a configuration: an instance of a Type";
            return Err(Error::usage(message).with_help("say which Type: --type"));
        }
        if kind.is_none() && asker.is_none() {
            return missing(
                "--type",
                "say what it is: --type, --extends, --meta, --override, --family, --service (see --help)",
            );
        }
        let catalog = catalog()?;
        let (kind, is_asked) = match (kind, &mut asker) {
            (Some(kind), _) => (kind, false),
            (None, Some(asker)) => (Kind::Instance { type_name: asker.type_name(&catalog)? }, true),
            (None, None) => return missing("--type", "say what it is"),
        };
        let mut request = Request::new(&name, kind)?;
        request.title.clone_from(&self.title);
        for pair in &self.values {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| Error::usage(format!("`{pair}` is no `KEY=VALUE`")))?;
            request.values.push((key.to_owned(), value.to_owned()));
        }
        request.functions.clone_from(&self.functions);
        match (&request.kind, asker) {
            (Kind::Instance { type_name }, Some(asker)) if is_asked => {
                let values = asker.values(&catalog, type_name, &request.name, &request.values)?;
                request.values.extend(values);
            }
            (Kind::Service, Some(asker)) if request.functions.is_empty() => {
                request.functions = asker.functions()?;
            }
            _ => {}
        }
        Ok((request, catalog))
    }

    fn kind(&self) -> Option<Kind> {
        match (&self.of_type, &self.extends, &self.meta, &self.overrides) {
            (Some(type_name), ..) => Some(Kind::Instance { type_name: type_name.clone() }),
            (_, Some(of), ..) => Some(Kind::Wrapping { of: of.clone() }),
            (_, _, Some(meta), _) => Some(Kind::Alone { meta: meta.clone() }),
            (_, _, _, Some(_)) => Some(Kind::Override),
            _ if self.family => Some(Kind::Family),
            _ if self.service || !self.functions.is_empty() => Some(Kind::Service),
            _ => None,
        }
    }
}

impl CheckArguments {
    /// Asks the app's program.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let mut arguments = vec!["check"];
        arguments.extend(self.json.then_some("--json"));
        arguments.extend(self.format.iter().flat_map(|format| ["--format", format]));
        arguments.extend(self.allow_unset.then_some("--allow-unset"));
        hand_on(self.app.as_deref(), &arguments)
    }
}

impl TypesArguments {
    fn run(&self) -> ExitCode {
        let json = self.json.then_some("--json");
        hand_on(self.app.as_deref(), &["types"].into_iter().chain(json).collect::<Vec<_>>())
    }
}

/// Runs the program of an app, whose exit code is ours.
fn hand_on(app: Option<&Path>, arguments: &[&str]) -> ExitCode {
    let run = || {
        let project = Project::find(app, &here()?)?;
        project.announce();
        let mut program = project.program();
        let status = program.args(arguments).status();
        status.map_err(|error| Error::new(format!("Cargo cannot be started: {error}")))
    };
    match run() {
        Ok(status) => match status.code().and_then(|code| u8::try_from(code).ok()) {
            Some(code) => ExitCode::from(code),
            None => ExitCode::FAILURE,
        },
        Err(error) => finish(Err(error)),
    }
}

fn here() -> Result<PathBuf> {
    let here = env::current_dir();
    here.map_err(|error| Error::new(format!("the folder one is in cannot be found: {error}")))
}

fn finish(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is gone.
            drop(writeln!(io::stderr(), "error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

/// Shows a plan, or applies it and says what was done.
fn carry_out(plan: &Plan, name: &str, dry_run: bool) -> Result<()> {
    let text = if plan.changes.is_empty() {
        format!("{name}: nothing is written\n")
    } else if dry_run {
        plan.validate()?;
        format!("{name}: nothing is written (--dry-run)\n{}", plan.contents())
    } else {
        Applier::default().apply(plan)?;
        format!("{name}: done\n{}", plan.tree())
    };
    let text = text + &told(plan);
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("what was done cannot be shown: {error}")))
        }
        _ => Ok(()),
    }
}

/// What is left to do, and the next commands.
fn told(plan: &Plan) -> String {
    let mut out = String::new();
    for step in &plan.by_hand {
        out += &format!("\nBy hand, in {}: {} ({})\n", plan.shown(&step.file), step.what, step.why);
    }
    for note in &plan.notes {
        out += &format!("\n{note}\n");
    }
    if !plan.next.is_empty() {
        out += "\nNext:\n";
        plan.next.iter().for_each(|command| out += &format!("  {command}\n"));
    }
    out
}
