//! `cargo xtask package`: the crates as they would be published, checked from nothing else.
//!
//! Cargo's own way of verifying compiles, for each package, all that it depends on anew, which takes minutes. Here all
//! packages are unpacked into one workspace, in which each stands for the crate of its name, and are checked together:
//! a file that was left out of one is missing there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::{Result, workspace};

/// What every package has to have in it.
const FILES: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Take the folder as it is, with what is not committed.
    #[arg(long)]
    allow_dirty: bool,
    /// Let Cargo build each package by itself as well, as it does before it publishes one: it takes minutes.
    #[arg(long)]
    verify: bool,
}

impl Arguments {
    pub(crate) const CI: Self = Self { allow_dirty: false, verify: false };
}

/// Packages every crate that is published, and checks them from the packages alone.
///
/// # Errors
///
/// What is missing in one, or why it does not build.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let names = published()?;
    for name in &names {
        let lacking = lacking(name)?;
        if !lacking.is_empty() {
            return Err(format!("the package of {name} lacks {}", lacking.join(", ")).into());
        }
    }
    let target = workspace::target_dir()?;
    let mut command = workspace::cargo();
    command.arg("package").stdin(Stdio::null());
    // Otherwise each package has a folder of its own to build in, and everything is compiled for each.
    command.env("CARGO_TARGET_DIR", &target);
    names.iter().for_each(|name| {
        command.args(["--package", name]);
    });
    command.args(arguments.allow_dirty.then_some("--allow-dirty"));
    command.args((!arguments.verify).then_some("--no-verify"));
    workspace::run(&mut command)?;
    let packages = Packages {
        files: target.join("package"),
        names: names.iter().map(|name| format!("{name}-{}", env!("CARGO_PKG_VERSION"))).collect(),
        lock: workspace::root().join("Cargo.lock"),
    };
    packages.check(&target.join("package-check"))?;
    println!("{} packages: {}", names.len(), names.join(", "));
    Ok(())
}

/// Packages that were made, all of them or those that depend on nothing else of ours.
struct Packages {
    /// The folder with the `.crate` files.
    files: PathBuf,
    /// Name and version of each: what it is called, and the folder that it unpacks into.
    names: Vec<String>,
    /// The versions of all that they depend on.
    lock: PathBuf,
}

impl Packages {
    /// Unpacks them into a workspace below `folder`, and checks them there.
    fn check(&self, folder: &Path) -> Result<()> {
        let unpacked = folder.join("packages");
        if unpacked.exists() {
            fs::remove_dir_all(&unpacked)?;
        }
        fs::create_dir_all(&unpacked)?;
        let mut patches = String::new();
        for name in &self.names {
            // Files of packages are all of one day long ago, by which Cargo would not see that one has changed.
            let mut tar = Command::new("tar");
            tar.args(["-x", "-z", "-m", "-f"]).arg(self.files.join(format!("{name}.crate")));
            workspace::run(tar.arg("-C").arg(&unpacked))?;
            let package = name.rsplit_once('-').map_or(&**name, |(package, _)| package);
            patches += &format!("{package} = {{ path = \"{name}\" }}\n");
        }
        let members = Json::from(self.names.clone());
        let manifest = format!(
            "[workspace]\nmembers = {members}\nresolver = \"3\"\n\n[patch.crates-io]\n{patches}"
        );
        fs::write(unpacked.join("Cargo.toml"), manifest)?;
        fs::copy(&self.lock, unpacked.join("Cargo.lock"))?;
        let mut cargo = workspace::cargo();
        cargo.args(["check", "--quiet", "--workspace", "--all-features"]).current_dir(&unpacked);
        workspace::run(cargo.env("CARGO_TARGET_DIR", folder.join("target")).stdin(Stdio::null()))
    }
}

/// The crates that may be published, those that others depend on first.
fn published() -> Result<Vec<String>> {
    let mut command = workspace::cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Json = serde_json::from_str(&workspace::stdout(&mut command)?)?;
    let packages = metadata.get("packages").and_then(Json::as_array).cloned().unwrap_or_default();
    // `publish = false` is told as an empty list of registries.
    let is_published = |package: &&Json| package.get("publish").is_some_and(Json::is_null);
    let mut open: Vec<&Json> = packages.iter().filter(is_published).collect();
    let name =
        |package: &Json| package.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut names: Vec<String> = Vec::new();
    while !open.is_empty() {
        let waits = |package: &&Json| {
            let needs = package.get("dependencies").and_then(Json::as_array);
            let needs = needs
                .into_iter()
                .flatten()
                .filter(|need| need.get("kind").is_some_and(Json::is_null));
            let needs: Vec<String> = needs.map(name).collect();
            open.iter().any(|other| needs.contains(&name(other)))
        };
        let (later, now): (Vec<&Json>, Vec<&Json>) = open.iter().copied().partition(|p| waits(p));
        if now.is_empty() {
            return Err("the published crates depend on each other in a circle".into());
        }
        names.extend(now.into_iter().map(name));
        open = later;
    }
    Ok(names)
}

/// What a package lacks.
fn lacking(name: &str) -> Result<Vec<&'static str>> {
    let mut command = workspace::cargo();
    command.args(["package", "--list", "--allow-dirty", "--package", name]);
    let list = workspace::stdout(&mut command)?;
    let has = |file: &&str| list.lines().any(|line| Path::new(line) == Path::new(file));
    Ok(FILES.into_iter().filter(|file| !has(file)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_decided_and_ordered() {
        let names = published().unwrap();
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(
            sorted,
            [
                "cargo-jit",
                "jit-app",
                "jit-meta",
                "jit-oss",
                "jit-oss-server",
                "jit-services",
                "jit-storages",
                "jit-testing"
            ]
        );
        let at = |name: &str| names.iter().position(|other| other == name).unwrap();
        assert!(at("jit-meta") < at("jit-storages") && at("jit-storages") < at("jit-app"));
        assert!(at("jit-app") < at("jit-testing") && at("jit-oss") < at("jit-oss-server"));
    }

    #[test]
    fn a_package_without_a_file_that_it_needs_does_not_pass() {
        let here = tempfile::tempdir().unwrap();
        let at = |file: &str| here.path().join(file);
        fs::create_dir(at("src")).unwrap();
        fs::write(at("src/lib.rs"), "pub const DATA: &str = include_str!(\"data.txt\");\n")
            .unwrap();
        fs::write(at("src/data.txt"), "data").unwrap();
        fs::write(at("Cargo.lock"), "version = 4\n").unwrap();
        let outcome = |excluded: &str| {
            let manifest =
                "[package]\nname = \"sample\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
            fs::write(
                at("Cargo.toml"),
                format!("{manifest}exclude = [{excluded}]\n\n[workspace]\n"),
            )
            .unwrap();
            let mut cargo = workspace::cargo();
            cargo.args(["package", "--no-verify", "--allow-dirty", "--quiet"]);
            workspace::stdout(cargo.current_dir(here.path()).env("CARGO_TARGET_DIR", at("target")))
                .unwrap();
            let packages = Packages {
                files: at("target/package"),
                names: vec!["sample-1.0.0".to_owned()],
                lock: at("Cargo.lock"),
            };
            packages.check(&at("check"))
        };
        outcome("").unwrap();
        let error = outcome("\"src/data.txt\"").unwrap_err().to_string();
        assert!(error.starts_with("`cargo check"), "{error}");
        outcome("").unwrap();
    }

    #[test]
    fn every_package_has_its_licences_and_a_readme() {
        for name in published().unwrap() {
            assert_eq!(lacking(&name).unwrap(), Vec::<&str>::new(), "{name}");
        }
    }
}
