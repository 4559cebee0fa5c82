//! Where the workspace is, and how Cargo and other programs are run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The Cargo that runs this program, otherwise the one on the path, to be run in the root.
pub(crate) fn cargo() -> Command {
    let mut command = cargo_jit::cargo();
    command.current_dir(root());
    command
}

/// Cargo's target directory, wherever it is configured to be.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let metadata = stdout(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let target = metadata.get("target_directory").and_then(|value| value.as_str());
    Ok(target.ok_or("`cargo metadata` names no target directory")?.into())
}

/// Builds a package's program as `cargo build -p` does, and says where it is.
pub(crate) fn build_program(package: &str) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--package", package, "--bin", package]);
    command.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    stdout(&mut command)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)))
        .ok_or_else(|| format!("`cargo build -p {package}` made no program").into())
}

/// What a program prints, when it ends well.
pub(crate) fn stdout(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}`: {}\n{complaint}", shown(command), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a program, its output shown, to a good end.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", shown(command)).into()) }
}

/// Why a program could not be started.
pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    format!("`{program}` cannot be started: {error}; is it installed?")
}

/// A command the way it is typed, its program without the folder.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
