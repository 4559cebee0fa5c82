//! The clients of other languages than Python, made ready once: ali-oss from npm, and opendal, compiled in
//! `benches/peers`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::plan::Driver;
use crate::{Result, workspace};

pub(crate) struct Peers {
    /// Where npm has installed.
    node: PathBuf,
    /// Where Cargo has built the programs of `benches/peers`.
    programs: PathBuf,
}

impl Peers {
    /// Installs and builds what is missing.
    pub(crate) fn ready() -> Result<Self> {
        let target = workspace::target_dir()?;
        let node = target.join("interop").join("node");
        install(&node)?;
        let target = target.join("peers");
        let mut command = workspace::cargo();
        command.args(["build", "--quiet", "--manifest-path", "benches/peers/Cargo.toml"]);
        command.args(["--bin", "interop"]).arg("--target-dir").arg(&target);
        workspace::run(&mut command)?;
        Ok(Self { node, programs: target.join("debug") })
    }

    /// The program and its arguments, for `remote.py`.
    pub(crate) fn command(&self, driver: Driver) -> Vec<String> {
        let shown = |path: PathBuf| path.to_string_lossy().into_owned();
        match driver {
            Driver::Python(_) => Vec::new(),
            Driver::Node(file) => vec!["node".to_owned(), shown(self.node.join(file))],
            Driver::Peer(program) => vec![shown(self.programs.join(program))],
        }
    }
}

/// Puts the driver beside the packages that it asks for, as Node finds those from where the file is.
fn install(node: &Path) -> Result<()> {
    let from = workspace::root().join("tests/interop");
    std::fs::create_dir_all(node)?;
    for file in ["package.json", "ali_oss.js"] {
        let source = from.join(file);
        std::fs::copy(&source, node.join(file))
            .map_err(|error| format!("{}: {error}", source.display()))?;
    }
    let pins = pins(&std::fs::read_to_string(node.join("package.json"))?)?;
    if pins.iter().all(|(name, version)| is_installed(node, name, version)) {
        return Ok(());
    }
    let shown: Vec<_> = pins.iter().map(|(name, version)| format!("{name}@{version}")).collect();
    println!("installing {} with npm (once)", shown.join(", "));
    let mut npm = Command::new("npm");
    npm.current_dir(node).args(["install", "--no-audit", "--no-fund", "--no-package-lock"]);
    npm.args(["--ignore-scripts", "--loglevel=error"]);
    workspace::stdout(&mut npm).map_err(|error| {
        format!(
            "npm cannot install Alibaba's SDK for Node: {error}\n\
             install Node 18 or newer with npm, or leave those columns out with --python-only"
        )
    })?;
    Ok(())
}

fn pins(package: &str) -> Result<Vec<(String, String)>> {
    let package: Value = serde_json::from_str(package)?;
    let pins = package.get("dependencies").and_then(Value::as_object).into_iter().flatten();
    let pins =
        pins.filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned())));
    Ok(pins.collect())
}

fn is_installed(node: &Path, name: &str, version: &str) -> bool {
    let package =
        std::fs::read_to_string(node.join("node_modules").join(name).join("package.json"));
    let package = package.ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    package.is_some_and(|package| package.get("version").and_then(Value::as_str) == Some(version))
}
