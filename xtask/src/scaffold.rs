//! `cargo xtask scaffold-check`: what `cargo jit` makes builds, is clean, is tested, runs, and goes away again.
//!
//! Every kind is made into one app in a copy of this workspace, and into one outside of any, which depends on
//! this checkout by path. The copy has a target directory of its own: Cargo takes crates of the same place in
//! their workspace for the same, so the copy's would be mixed up with ours. What is made is the same in both,
//! so its tests run outside only; inside, its manifest and the workspace's lints are what is looked at.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::{Result, checkout, workspace};

/// What is made: its name, how it is asked for, and the module with its code, if it has any.
const KINDS: [(&str, &[&str], Option<&str>); 8] = [
    ("storages.Archive", &["storages.Archive", "--type", "storages.DiskType"], None),
    (
        "storages.SmallOssType",
        &["storages.SmallOssType", "--extends", "storages.OssType"],
        Some("small_oss_type"),
    ),
    ("storages.MyType", &["storages.MyType", "--meta", "storages.Meta"], Some("my_type")),
    ("storages.OssType", &["--override", "storages.OssType"], Some("trial_oss_type")),
    ("imRobots.Meta", &["imRobots.Meta", "--family"], Some("im_robots")),
    ("services.Orders", &["services.Orders", "--service"], Some("orders")),
    (
        "services.Tickets",
        &["services.Tickets", "--function", "openTicket", "--function", "type"],
        Some("tickets"),
    ),
    ("storages.Small", &["storages.Small", "--type", "storages.SmallOssType"], None),
];

/// What is taken out of a file, and what is put in its place: the code stays in its form and does nothing.
/// Each test that was made depends on one of them at least.
const GUTTED: &[(&str, &str, &str)] = &[
    ("src/main.rs", "let data = files.download(\"hello.txt\").await?;", "let data = [0u8; 0];"),
    ("storages/Archive/Archive.json", "directory", "directori"),
    (
        "src/small_oss_type.rs",
        "\"storages.SmallOssType\" => SmallOssType",
        "\"storages.Other\" => SmallOssType",
    ),
    ("src/small_oss_type.rs", "is_ok_and(|size| size > most)", "is_err()"),
    ("src/small_oss_type.rs", "self.inner.delete(name).await", "Ok(())"),
    ("src/my_type.rs", "self.kept().remove(name);", "drop(self.kept());"),
    (
        "src/trial_oss_type.rs",
        "app \"acme.Trial\", \"storages.OssType\"",
        "app \"acme.Other\", \"storages.OssType\"",
    ),
    (
        "src/trial_oss_type.rs",
        "self.inner.upload_by_file(name, data, options).await",
        "Ok(Uploaded::new(name.to_owned()))",
    ),
    (
        "src/im_robots.rs",
        "Ok(format!(\"{}! You asked: {question}\", self.greeting))",
        "Ok(self.greeting.clone())",
    ),
    ("src/im_robots.rs", "question.trim().is_empty()", "question.len() > 1000"),
    (
        "src/orders.rs",
        "self.greeted.fetch_add(1, Ordering::Relaxed) + 1",
        "self.greeted.load(Ordering::Relaxed)",
    ),
    ("src/orders.rs", "if whom.is_empty()", "if whom.len() > 1000"),
    ("src/tickets.rs", "format!(\"openTicket: {text}\")", "text.to_owned()"),
    ("src/tickets.rs", "format!(\"type: {text}\")", "text.to_owned()"),
];

/// Makes, builds, tests, guts and removes every kind, inside and outside of a workspace.
///
/// # Errors
///
/// What does not build, is not clean, is not tested, or does not go away.
pub(crate) fn run() -> Result<()> {
    let jit = workspace::build_program("cargo-jit")?;
    let target = workspace::target_dir()?;
    let copy = target.join("scaffold-check");
    checkout::copy(&copy)?;
    let inside = Place {
        name: "inside",
        jit: jit.clone(),
        here: copy.join("apps"),
        target: target.join("scaffold-check-target"),
        is_alone: false,
    };
    inside.check(&["new-app", "acme.Trial", "--dir", "scaffolded"])?;

    let here = outside()?;
    let outside = Place { name: "outside", jit, here: here.clone(), target, is_alone: true };
    let root = workspace::root().display().to_string();
    outside.check(&["new-app", "acme.Trial", "--dir", "scaffolded", "--jit", &root])?;
    Ok(fs::remove_dir_all(here)?)
}

/// An empty folder outside of any workspace, the same each time: what Cargo builds for an app in another
/// folder, it builds again.
fn outside() -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    workspace::root().hash(&mut hasher);
    let folder = std::env::temp_dir().join(format!("scaffold-check-{:016x}", hasher.finish()));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // As it is in this workspace, so that what is built here is not built again there.
    let settings = "[profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n";
    fs::create_dir_all(folder.join(".cargo"))?;
    fs::write(folder.join(".cargo/config.toml"), settings)?;
    Ok(folder)
}

/// Where an app is made.
struct Place {
    name: &'static str,
    jit: PathBuf,
    /// The folder that the app's folder is made in.
    here: PathBuf,
    target: PathBuf,
    is_alone: bool,
}

impl Place {
    fn app(&self) -> PathBuf {
        self.here.join("scaffolded")
    }

    /// Runs `cargo jit` in a folder.
    fn jit(&self, arguments: &[&str], folder: &Path) -> Result<()> {
        let mut command = Command::new(&self.jit);
        command.args(arguments).current_dir(folder);
        workspace::stdout(command.env("CARGO_TARGET_DIR", &self.target))?;
        if self.is_alone {
            // The versions that this workspace is tested with, for what is new as well.
            fs::copy(workspace::root().join("Cargo.lock"), self.app().join("Cargo.lock"))?;
        }
        Ok(())
    }

    fn new_element(&self, arguments: &[&str]) -> Result<()> {
        let arguments: Vec<_> = ["new-element"].iter().chain(arguments).copied().collect();
        self.jit(&arguments, &self.app())
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = workspace::cargo();
        command.args(arguments).current_dir(self.app());
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    fn check(&self, new_app: &[&str]) -> Result<()> {
        println!("--- {}: cargo jit {}", self.name, new_app.join(" "));
        self.jit(new_app, &self.here)?;
        let made = files(&self.app())?;
        if self.is_alone {
            workspace::stdout(&mut self.cargo(&["test"]))?;
            self.time()?;
        }
        for (_, arguments, _) in KINDS {
            println!("--- {}: cargo jit new-element {}", self.name, arguments.join(" "));
            self.new_element(arguments)?;
        }
        self.is_clean()?;
        self.runs()?;
        if self.is_alone {
            self.is_tested()?;
        }
        for (name, ..) in KINDS.iter().rev() {
            self.new_element(&["--remove", name])?;
        }
        let left = files(&self.app())?;
        if left != made {
            let differs = |path: &&PathBuf| left.get(*path) != made.get(*path);
            let paths: Vec<_> = left.keys().chain(made.keys()).filter(differs).collect();
            return Err(format!("{}: not as before: {paths:?}", self.name).into());
        }
        println!("--- {}: everything is gone again", self.name);
        Ok(())
    }

    /// How long it takes from the command to the test that passes, when everything else is built.
    fn time(&self) -> Result<()> {
        let (name, arguments, module) = KINDS[1];
        // What it depends on is built by the first time.
        for round in ["cold", "warm"] {
            let start = Instant::now();
            self.new_element(arguments)?;
            let made = start.elapsed().as_secs_f64();
            workspace::stdout(&mut self.cargo(&["test", module.unwrap_or_default()]))?;
            println!(
                "--- {}: {round}: {made:.1} s for `new-element`, {:.1} s to its green test",
                self.name,
                start.elapsed().as_secs_f64()
            );
            self.new_element(&["--remove", name])?;
        }
        Ok(())
    }

    /// Formatted, and without warnings.
    fn is_clean(&self) -> Result<()> {
        workspace::run(&mut self.cargo(&["fmt", "--check"]))?;
        let clippy = ["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"];
        workspace::run(&mut self.cargo(&clippy))?;
        println!("--- {}: formatted, and clean by clippy", self.name);
        Ok(())
    }

    /// What is made is seen by the program, and does what it says.
    fn runs(&self) -> Result<()> {
        let run = |arguments: &[&str]| {
            let arguments: Vec<_> =
                ["run", "--quiet", "--"].iter().chain(arguments).copied().collect();
            let mut command = self.cargo(&arguments);
            for name in ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET"] {
                command.env(format!("SMALL_{name}"), "example-key");
            }
            workspace::stdout(&mut command)
        };
        let checked = run(&["check"])?;
        if !checked.ends_with(": 0 errors, 0 warnings\n") {
            return Err(format!("{}: {checked}", self.name).into());
        }
        let types = run(&["types"])?;
        for name in
            ["storages.SmallOssType", "storages.MyType", "imRobots.NormalType", "acme.Trial"]
        {
            if !types.contains(name) {
                return Err(format!("{}: `{name}` is not linked:\n{types}", self.name).into());
            }
        }
        let answer = run(&["call", "imRobots.MyImRobot", "answer", "question=Anybody?"])?;
        if !answer.contains("Hello! You asked: Anybody?") {
            return Err(format!("{}: {answer}", self.name).into());
        }
        let answer = run(&["call", "services.Tickets", "type", "text=one"])?;
        if answer != "type: one\n" {
            return Err(format!("{}: {answer}", self.name).into());
        }
        run(&[])?;
        println!("--- {}: the program knows and runs what was made", self.name);
        Ok(())
    }

    /// Every test that was made passes, and fails when its code is gutted.
    fn is_tested(&self) -> Result<()> {
        // What somebody has changed and kept in the real app is neither asked nor touched.
        let config = self.app().join("imRobots/MyImRobot/MyImRobot.json");
        let made = fs::read_to_string(&config)?;
        fs::write(&config, "{ \"greeting\": \"Changed\" }")?;
        let kept = self.app().join("appData/files/hello.txt");
        fs::write(&kept, "mine")?;
        let green = outcomes(&workspace::stdout(&mut self.cargo(&["test"]))?);
        fs::write(config, made)?;
        if fs::read_to_string(&kept)? != "mine" {
            return Err(format!("{}: its tests use files of the real app", self.name).into());
        }
        for module in KINDS.iter().filter_map(|(.., module)| *module) {
            if !green.keys().any(|name| name.starts_with(&format!("{module}::tests::"))) {
                return Err(format!("{}: `{module}` has no test", self.name).into());
            }
        }
        let mut kept = BTreeMap::new();
        for (file, code, nothing) in GUTTED {
            let path = self.app().join(file);
            let text = fs::read_to_string(&path)?;
            if !text.contains(code) {
                return Err(format!("`{file}` has no `{code}` to take out").into());
            }
            fs::write(&path, text.replacen(code, nothing, 1))?;
            kept.entry(path).or_insert(text);
        }
        let output = self.cargo(&["test", "--no-fail-fast"]).output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let gutted = outcomes(&told);
        if !green.keys().eq(gutted.keys()) {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: gutted, it does not build:\n{complaint}", self.name).into());
        }
        // The cases of one suite are one test here: no loss of one function shows in all of them.
        let suite = |name: &str| name.split("::conformance::").next().unwrap_or(name).to_owned();
        let mut passes = BTreeMap::new();
        for (name, passed) in &gutted {
            *passes.entry(suite(name)).or_insert(true) &= passed;
        }
        let passes: Vec<_> = passes.iter().filter(|(_, passed)| **passed).collect();
        if !passes.is_empty() {
            return Err(format!("{}: gutted, and passes: {passes:?}\n{told}", self.name).into());
        }
        for (path, text) in kept {
            fs::write(path, text)?;
        }
        println!("--- {}: gutted, every test fails, and some case of every suite", self.name);
        Ok(())
    }
}

/// The tests in what `cargo test` prints, and whether they pass.
fn outcomes(told: &str) -> BTreeMap<String, bool> {
    let line = |line: &str| {
        let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
        Some((name.to_owned(), outcome == "ok"))
    };
    told.lines().filter_map(line).collect()
}

/// The files of an app, but for what its own runs leave.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if name == "appData" || name == "Cargo.lock" {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            let bytes = fs::read(&path)?;
            found.insert(path, bytes);
        }
    }
    Ok(found)
}
