//! `cargo xtask guide`: does what the pages of `docs/` ask their readers to do, and compares what is printed.

mod expected;
mod page;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use self::page::{Action, Step, steps};
use crate::{Result, checkout, workspace};

/// What a checkout of this repository is called in the pages.
const CHECKOUT: &str = "jit-rs";

const PROFILE: &str =
    "[profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n";

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// The pages to follow, like `build-an-app`; all of them unless given.
    #[arg(value_name = "PAGE")]
    pages: Vec<String>,
}

/// Follows pages, each in a folder of its own, beside this checkout.
///
/// # Errors
///
/// The first command that fails or prints something else: its page, line, and what was expected.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    for page in pages()? {
        let name = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !arguments.pages.is_empty() && !arguments.pages.contains(&name) {
            continue;
        }
        let steps = steps(&fs::read_to_string(&page)?);
        if steps.is_empty() {
            continue;
        }
        let begin = Instant::now();
        Reader::new()?.follow(&steps).map_err(|error| format!("docs/{name}.md:{error}"))?;
        println!("docs/{name}.md: {} steps, {:.1} s", steps.len(), begin.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The pages, by name.
pub(crate) fn pages() -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(workspace::root().join("docs"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// Somebody who does what a page says.
struct Reader {
    /// Where they are: at first in a folder with nothing but the checkout in it.
    folder: PathBuf,
    /// Their shell's variables, from one block to the next.
    variables: PathBuf,
    path: OsString,
    target: PathBuf,
}

impl Reader {
    fn new() -> Result<Self> {
        // Outside of this workspace, or what is made would become a part of it; and always in the same place, so
        // that Cargo does not build everything anew each time.
        let mut hasher = DefaultHasher::new();
        workspace::root().hash(&mut hasher);
        let home = env::temp_dir().join(format!("jit-guide-{:x}", hasher.finish()));
        let folder = home.join("reader");
        fs::create_dir_all(folder.join(".cargo"))?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && entry.file_name() != CHECKOUT {
                fs::remove_dir_all(entry.path())?;
            }
        }
        // As in this workspace, so that what is built here is not built again there.
        fs::create_dir_all(folder.join(".cargo"))?;
        fs::write(folder.join(".cargo/config.toml"), PROFILE)?;
        // A folder and no link to one: `cargo jit` writes where it really is, a page how one gets there.
        checkout::copy(&folder.join(CHECKOUT))?;
        let variables = home.join("variables");
        fs::write(&variables, "")?;
        // The pages say `cargo jit`, as somebody does who has installed it.
        let program = workspace::build_program("cargo-jit")?;
        let own = program.parent().map(Path::to_owned);
        let others = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(own.into_iter().chain(env::split_paths(&others)))?;
        Ok(Self { folder, variables, path, target: workspace::target_dir()? })
    }

    fn follow(&mut self, steps: &[Step]) -> Result<()> {
        for Step { line, action } in steps {
            let done = match action {
                Action::Write { path, text } => self.write(path, text),
                Action::Edit { path, before, after } => self.edit(path, before, after),
                Action::Run { commands, expected, fails } => {
                    self.type_in(commands, expected.as_deref(), *fails)
                }
            };
            done.map_err(|error| format!("{line}: {error}"))?;
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) -> Result<()> {
        let file = self.folder.join(path);
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        Ok(fs::write(file, text)?)
    }

    fn edit(&self, path: &str, before: &str, after: &str) -> Result<()> {
        let file = self.folder.join(path);
        let text = fs::read_to_string(&file)?;
        // Whole lines only: `mod a;` is not a part of `pub mod a;`.
        let found = format!("\n{text}").matches(&format!("\n{before}")).count();
        if found != 1 {
            return Err(format!("{path} has these lines {found} times:\n{before}").into());
        }
        let changed =
            format!("\n{text}").replacen(&format!("\n{before}"), &format!("\n{after}"), 1);
        Ok(fs::write(file, changed.strip_prefix('\n').unwrap_or(&changed))?)
    }

    fn type_in(&mut self, commands: &str, expected: Option<&str>, fails: bool) -> Result<()> {
        let variables = self.variables.display();
        let script = format!(
            "source {variables:?}\nexec 2>&1\nset -eo pipefail\ntrap 'code=$?; export -p > {variables:?}; \
             pwd > {variables:?}.folder; exit $code' EXIT\n{commands}"
        );
        // The versions that this workspace is tested with.
        if self.folder.join("Cargo.toml").exists() && !self.folder.join("Cargo.lock").exists() {
            fs::copy(workspace::root().join("Cargo.lock"), self.folder.join("Cargo.lock"))?;
        }
        let mut shell = Command::new("bash");
        shell.args(["-c", &script]).current_dir(&self.folder).stdin(Stdio::null());
        shell.env("PATH", &self.path).env("CARGO_TARGET_DIR", &self.target);
        shell.env("CARGO_TERM_QUIET", "true").env("CARGO_TERM_COLOR", "never");
        let output = shell.output().map_err(|error| workspace::not_started(&shell, &error))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        if output.status.success() == fails {
            let how = if fails { "ended well" } else { "failed" };
            return Err(format!("`{}` {how}, and printed:\n{printed}", commands.trim()).into());
        }
        let folder = fs::read_to_string(format!("{variables}.folder"))?;
        self.folder = PathBuf::from(folder.trim_end());
        match expected.and_then(|expected| expected::difference(expected, &printed)) {
            None => Ok(()),
            Some((expected, found)) => Err(format!(
                "`{}` should print `{expected}` where it prints `{found}`; all it prints:\n{printed}",
                commands.trim()
            )
            .into()),
        }
    }
}
