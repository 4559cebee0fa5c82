//! `cargo xtask package`: the crates as they would be published, built from nothing else.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value as Json;

use crate::{Result, workspace};

/// What every package has to have in it.
const FILES: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Take the folder as it is, with what is not committed.
    #[arg(long)]
    allow_dirty: bool,
    /// Do not build the packages.
    #[arg(long)]
    no_verify: bool,
}

impl Arguments {
    /// Without the builds: each package compiles those it depends on anew, which takes minutes. A release makes them.
    pub(crate) const CI: Self = Self { allow_dirty: false, no_verify: true };
}

/// Packages every crate that is published, and builds each from its package and those of the others.
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
    let mut command = workspace::cargo();
    command.arg("package").stdin(Stdio::null());
    // Otherwise each package has a folder of its own to build in, and everything is compiled for each.
    command.env("CARGO_TARGET_DIR", workspace::target_dir()?);
    names.iter().for_each(|name| {
        command.args(["--package", name]);
    });
    command.args(arguments.allow_dirty.then_some("--allow-dirty"));
    command.args(arguments.no_verify.then_some("--no-verify"));
    workspace::run(&mut command)?;
    println!("{} packages: {}", names.len(), names.join(", "));
    Ok(())
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
    fn every_package_has_its_licences_and_a_readme() {
        for name in published().unwrap() {
            assert_eq!(lacking(&name).unwrap(), Vec::<&str>::new(), "{name}");
        }
    }
}
