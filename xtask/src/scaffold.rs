//! `cargo xtask scaffold-check`: what `cargo jit` makes builds, is clean, is tested, runs, and goes away again.
//!
//! Every kind is made into one app in a copy of this workspace, and into one outside of any, which depends on
//! this checkout by path. The copy has a target directory of its own: Cargo takes crates of the same place in
//! their workspace for the same, so the copy's would be mixed up with ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

use crate::{Result, checkout, workspace};

/// What is made: its name, how it is asked for, and the module with its code, if it has any.
const KINDS: [(&str, &[&str], Option<&str>); 7] = [
    ("storages.Archive", &["storages.Archive", "--type", "storages.DiskType"], None),
    (
        "storages.SmallOssType",
        &["storages.SmallOssType", "--extends", "storages.OssType"],
        Some("small_oss_type"),
    ),
    ("storages.MyType", &["storages.MyType", "--meta", "storages.Meta"], Some("my_type")),
    ("storages.OssType", &["--override", "storages.OssType"], Some("shop_oss_type")),
    ("imRobots.Meta", &["imRobots.Meta", "--family"], Some("im_robots")),
    ("services.Orders", &["services.Orders", "--service"], Some("orders")),
    ("storages.Small", &["storages.Small", "--type", "storages.SmallOssType"], None),
];

/// What is taken out of a file, and what is put in its place: the code stays in its form and does nothing.
const GUTTED: [(&str, &str, &str); 6] = [
    ("src/main.rs", "let data = files.download(\"hello.txt\").await?;", "let data = [0u8; 0];"),
    (
        "src/small_oss_type.rs",
        "self.inner.upload_by_file(name, data, options).await",
        "Ok(Uploaded::new(name.to_owned()))",
    ),
    (
        "src/shop_oss_type.rs",
        "if u64::try_from(size).is_ok_and(|size| size > most) {",
        "if size > usize::MAX - 1 {",
    ),
    (
        "src/my_type.rs",
        "kept.insert(name.to_owned(), Kept { data, modified: SystemTime::now() });",
        "drop(data);",
    ),
    (
        "src/im_robots.rs",
        "Ok(format!(\"{}! You asked: {question}\", self.greeting))",
        "Ok(self.greeting.clone())",
    ),
    (
        "src/orders.rs",
        "self.greeted.fetch_add(1, Ordering::Relaxed) + 1",
        "self.greeted.load(Ordering::Relaxed)",
    ),
];

/// Makes, builds, tests, guts and removes every kind, inside and outside of a workspace.
///
/// # Errors
///
/// What does not build, is not clean, is not tested, or does not go away.
pub(crate) fn run() -> Result<()> {
    let jit = workspace::build_program("cargo-jit")?;
    let copy = checkout::copy("scaffold-check")?;
    let target = workspace::target_dir()?;
    let inside = Place {
        name: "inside",
        jit: jit.clone(),
        here: copy.join("apps"),
        target: target.join("scaffold-check-target"),
        is_alone: false,
    };
    inside.check(&["new-app", "acme.Shop", "--dir", "scaffolded"])?;

    let folder = TempDir::with_prefix("scaffold-check-")?;
    let here = folder.path().to_owned();
    let outside = Place { name: "outside", jit, here, target, is_alone: true };
    // As it is in this workspace, so that what is built here is not built again there.
    let settings = "[profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n";
    fs::create_dir(folder.path().join(".cargo"))?;
    fs::write(folder.path().join(".cargo/config.toml"), settings)?;
    let root = workspace::root().display().to_string();
    outside.check(&["new-app", "acme.Shop", "--dir", "scaffolded", "--jit", &root])
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

    fn jit(&self, arguments: &[&str], folder: &Path) -> Command {
        let mut command = Command::new(&self.jit);
        command.args(arguments).current_dir(folder);
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = workspace::cargo();
        command.args(arguments).current_dir(self.app());
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    fn check(&self, new_app: &[&str]) -> Result<()> {
        println!("--- {}: cargo jit {}", self.name, new_app.join(" "));
        workspace::stdout(&mut self.jit(new_app, &self.here))?;
        if self.is_alone {
            // The versions that this workspace is tested with.
            fs::copy(workspace::root().join("Cargo.lock"), self.app().join("Cargo.lock"))?;
        }
        workspace::run(&mut self.cargo(&["test", "--quiet"]))?;
        let made = files(&self.app())?;
        self.time()?;
        for (_, arguments, _) in KINDS {
            println!("--- {}: cargo jit new-element {}", self.name, arguments.join(" "));
            let arguments: Vec<_> = ["new-element"].iter().chain(arguments).copied().collect();
            workspace::stdout(&mut self.jit(&arguments, &self.app()))?;
        }
        self.is_clean()?;
        self.is_tested()?;
        for (name, ..) in KINDS.iter().rev() {
            workspace::stdout(&mut self.jit(&["new-element", "--remove", name], &self.app()))?;
        }
        if files(&self.app())? != made {
            return Err(format!("{}: the app is not as it was before", self.app().display()).into());
        }
        println!("--- {}: everything is gone again", self.name);
        Ok(())
    }

    /// How long it takes from the command to the test that passes, when everything else is built.
    fn time(&self) -> Result<()> {
        let (name, arguments, module) = KINDS[1];
        let arguments: Vec<_> = ["new-element"].iter().chain(arguments).copied().collect();
        // What it depends on is built by the first time.
        for round in ["cold", "warm"] {
            let start = Instant::now();
            workspace::stdout(&mut self.jit(&arguments, &self.app()))?;
            let made = start.elapsed().as_secs_f64();
            let test = ["test", "--quiet", module.unwrap_or_default()];
            workspace::stdout(&mut self.cargo(&test))?;
            println!(
                "--- {}: {round}: {made:.1} s for `new-element`, {:.1} s to its green test",
                self.name,
                start.elapsed().as_secs_f64()
            );
            workspace::stdout(&mut self.jit(&["new-element", "--remove", name], &self.app()))?;
        }
        Ok(())
    }

    /// Formatted, without warnings, tests green, and what is made is seen by the program.
    fn is_clean(&self) -> Result<()> {
        workspace::run(&mut self.cargo(&["fmt", "--check"]))?;
        let clippy = ["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"];
        workspace::run(&mut self.cargo(&clippy))?;
        let tests = workspace::stdout(&mut self.cargo(&["test"]))?;
        for module in KINDS.iter().filter_map(|(.., module)| *module) {
            if !tests.contains(&format!("test {module}::tests::")) {
                return Err(format!("{}: `{module}` has no test", self.name).into());
            }
        }
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
        for name in ["storages.SmallOssType", "storages.MyType", "imRobots.NormalType", "acme.Shop"]
        {
            if !types.contains(name) {
                return Err(format!("{}: `{name}` is not linked:\n{types}", self.name).into());
            }
        }
        let answer = run(&["call", "imRobots.MyImRobot", "answer", "question=Anybody?"])?;
        if !answer.contains("Hello! You asked: Anybody?") {
            return Err(format!("{}: {answer}", self.name).into());
        }
        run(&[]).map(drop)
    }

    /// With its code gutted, every test that was made fails.
    fn is_tested(&self) -> Result<()> {
        let mut kept = Vec::new();
        for (file, code, nothing) in GUTTED {
            let path = self.app().join(file);
            let text = fs::read_to_string(&path)?;
            if !text.contains(code) {
                return Err(format!("`{file}` has no `{code}` to take out").into());
            }
            fs::write(&path, text.replacen(code, nothing, 1))?;
            kept.push((path, text));
        }
        let output = self.cargo(&["test", "--no-fail-fast"]).output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let failed = |name: &str| {
            let mut lines = told.lines().filter(|line| line.ends_with("... FAILED"));
            lines.any(|line| line.contains(name))
        };
        let modules =
            KINDS.iter().filter_map(|(.., module)| module.map(|it| format!("{it}::tests::")));
        let names = modules.chain(["a_file_goes_up_comes_back_and_is_deleted".to_owned()]);
        for name in names {
            if !failed(&name) {
                let complaint = String::from_utf8_lossy(&output.stderr);
                return Err(format!(
                    "{}: gutted, and `{name}` passes:\n{told}{complaint}",
                    self.name
                )
                .into());
            }
        }
        for (path, text) in kept {
            fs::write(path, text)?;
        }
        println!("--- {}: gutted, every test fails", self.name);
        Ok(())
    }
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
