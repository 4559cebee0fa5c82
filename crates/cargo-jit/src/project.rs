//! The app that is worked on: its folder, its crate, its workspace, and the program that knows its Types.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jit_meta::Catalog;
use serde_json::Value as Json;

use crate::edit::manifest::Manifest;
use crate::{Error, Result};

/// An app folder that is also a crate.
#[derive(Clone, Debug)]
pub struct Project {
    dir: PathBuf,
    app_id: String,
    manifest: Manifest,
    package: String,
    workspace: Option<Manifest>,
    /// The folder one is in.
    here: PathBuf,
}

impl Project {
    /// The app in `given`, or else in the folder `here` or the nearest above it.
    ///
    /// # Errors
    ///
    /// When there is none, or it is no crate.
    pub fn find(given: Option<&Path>, here: &Path) -> Result<Self> {
        let is_app = |folder: &Path| folder.join("app.json").is_file();
        let dir = match given {
            Some(dir) => here.join(dir),
            None => {
                let found = here.ancestors().find(|folder| is_app(folder));
                let message = format!("no app in `{}` or above it", here.display());
                found.ok_or_else(|| Error::usage(message).with_help(NO_APP))?.to_owned()
            }
        };
        if !is_app(&dir) {
            let message = format!("`{}` is no app: it has no `app.json`", dir.display());
            return Err(Error::usage(message).with_help("make one with `cargo jit new-app`"));
        }
        // One spelling for each folder, so that what is below another is seen to be.
        let dir = dir.canonicalize().map_err(|error| Error::io("read", &dir, &error))?;
        let app_id = app_id(&dir.join("app.json"))?;
        let path = dir.join("Cargo.toml");
        if !path.is_file() {
            let message = format!("`{}` has no `Cargo.toml`: no program", dir.display());
            return Err(Error::new(message).with_help(
                "code is added to the app's own crate; put one into its folder, as `cargo jit new-app` does",
            ));
        }
        let manifest = Manifest::read(&path)?;
        let package = manifest.package().map(str::to_owned);
        let package =
            package.ok_or_else(|| Error::new(format!("`{}` has no package", path.display())))?;
        let workspace = workspace_of(&dir)?;
        let here = here.canonicalize().unwrap_or_else(|_| here.to_owned());
        Ok(Self { dir, app_id, manifest, package, workspace, here })
    }

    /// The app's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The app's id, `org.Name`.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The name of its package.
    #[must_use]
    pub fn package(&self) -> &str {
        &self.package
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn workspace(&self) -> Option<&Manifest> {
        self.workspace.as_ref()
    }

    /// How a command of the app's program is typed, in the folder one is in.
    #[must_use]
    pub fn command(&self, arguments: &str) -> String {
        self.typed("run", &format!("-- {arguments}"))
    }

    /// How a command of Cargo for the app's package is typed, in the folder one is in.
    pub(crate) fn typed(&self, command: &str, arguments: &str) -> String {
        let root = self.workspace.as_ref().and_then(|workspace| workspace.path.parent());
        let package = if self.here.starts_with(&self.dir) {
            String::new()
        } else if root.is_some_and(|root| self.here.starts_with(root)) {
            format!("-p {} ", self.package)
        } else {
            let path = &self.manifest.path;
            let path = path.strip_prefix(&self.here).unwrap_or(path);
            format!("--manifest-path {} ", path.display())
        };
        format!("cargo {command} {package}{arguments}")
    }

    /// The app's program, built by Cargo, about to be run for this app. Where somebody looks on, Cargo shows what it
    /// builds.
    #[must_use]
    pub fn program(&self) -> Command {
        let mut command = cargo();
        command.arg("run").args((!io::stderr().is_terminal()).then_some("--quiet"));
        command.arg("--manifest-path").arg(&self.manifest.path);
        command.args(["--package", &self.package, "--", "--app"]).arg(&self.dir);
        command
    }

    /// Says what it is that takes its time.
    pub(crate) fn announce(&self) {
        let line = format!("building `{}`: its program knows the Types\n", self.package);
        // Nobody is left to tell when standard error is gone.
        drop(io::stderr().write_all(line.as_bytes()));
    }

    /// What the app's program links.
    ///
    /// # Errors
    ///
    /// When it does not build, or does not answer.
    pub fn catalog(&self) -> Result<Catalog> {
        self.announce();
        let mut command = self.program();
        command.args(["types", "--json"]).stdin(Stdio::null());
        command.stderr(if io::stderr().is_terminal() { Stdio::inherit() } else { Stdio::piped() });
        let output = command.output().map_err(|error| {
            Error::new(format!("Cargo cannot be started: {error}; is it installed?"))
        })?;
        let answer: Option<Json> = serde_json::from_slice(&output.stdout).ok();
        if let Some(error) = answer.as_ref().and_then(|answer| answer.get("error")) {
            let message = error.get("message").and_then(Json::as_str).unwrap_or_default();
            return Err(Error::new(message));
        }
        let version = answer.as_ref().and_then(|answer| answer.get("version")?.as_u64());
        if let Some(version) = version.filter(|it| *it != u64::from(Catalog::VERSION)) {
            let newer = if version > u64::from(Catalog::VERSION) { "older" } else { "newer" };
            let message =
                format!("this `cargo jit` is {newer} than the `jit-app` of `{}`", self.package);
            return Err(Error::new(message).with_help("install the one of the same version"));
        }
        answer.and_then(|answer| serde_json::from_value(answer).ok()).ok_or_else(|| {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let message =
                format!("the program of `{}` does not tell its Types\n{complaint}", self.package);
            Error::new(message.trim_end())
                .with_help(format!("see what `{}` says", self.command("types")))
        })
    }
}

/// The Cargo that runs this program, otherwise the one on the path.
///
/// It is not given what Cargo sets for the package that it runs: build scripts that look at these variables would run
/// again, and all that depends on them would be built again, each time it is another Cargo that builds.
#[must_use]
pub fn cargo() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let is_ours =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(is_ours) {
            command.env_remove(name);
        }
    }
    command
}

/// What to do where no app is.
const NO_APP: &str = "name its folder: --app DIR; or make one: new-app acme.Shop";

/// The id that an `app.json` gives.
fn app_id(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?;
    let json: Option<Json> = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok();
    let id = json.as_ref().and_then(|json| json.get("appId")?.as_str());
    id.map(str::to_owned).ok_or_else(|| {
        Error::new(format!("`{}` names no `appId`", path.display()))
            .with_help("the app's program says what is wrong with it: `check`")
    })
}

/// The workspace that counts a folder among its members.
pub(crate) fn workspace_of(folder: &Path) -> Result<Option<Manifest>> {
    let found = workspace_above(folder)?;
    Ok(found.filter(|root| {
        let at = root.path.parent().unwrap_or(Path::new("."));
        at == folder || root.has_member(at, folder)
    }))
}

/// The nearest workspace around a folder.
pub(crate) fn workspace_above(folder: &Path) -> Result<Option<Manifest>> {
    for above in folder.ancestors() {
        let path = above.join("Cargo.toml");
        if path.is_file() {
            let manifest = Manifest::read(&path)?;
            if manifest.is_workspace() {
                return Ok(Some(manifest));
            }
        }
    }
    Ok(None)
}
