//! The Python environment with the SDKs, made once and reused while its versions are right.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, workspace};

/// Exits with 0 when every `name==version` argument is installed.
const CHECK: &str = "
import importlib.metadata, sys
for pin in sys.argv[1:]:
    name, version = pin.split('==')
    assert importlib.metadata.version(name) == version, pin
";

/// Makes the environment right, and says where its Python is.
pub(crate) fn ready(venv: &Path, requirements: &[&str]) -> Result<PathBuf> {
    let mut text = String::new();
    for name in requirements {
        let path = workspace::root().join("tests/interop").join(name);
        let read = std::fs::read_to_string(&path);
        text += &read.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let pins: Vec<&str> = text.lines().filter(|line| line.contains("==")).collect();
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if has(&python, &pins) {
        return Ok(python);
    }
    println!("installing {} with pip (once)", pins.join(", "));
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(venv);
    workspace::stdout(&mut make).map_err(|error| {
        format!(
            "a Python environment cannot be made, and Alibaba's SDKs run in one: {error}\n\
             install Python 3.8 or newer with its venv module; on Debian: apt-get install python3-venv"
        )
    })?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install.args(&pins);
    workspace::stdout(&mut install)
        .map_err(|error| format!("pip cannot install the SDKs; is there a network? {error}"))?;
    if has(&python, &pins) {
        Ok(python)
    } else {
        Err(format!("pip installed something other than {}", pins.join(", ")).into())
    }
}

fn has(python: &Path, pins: &[&str]) -> bool {
    let mut check = Command::new(python);
    check.args(["-c", CHECK]).args(pins);
    workspace::stdout(&mut check).is_ok()
}
