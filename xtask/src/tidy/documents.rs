//! The commands that the documents promise.

use super::text;
use crate::Result;

const QUICKSTART: &str = "cargo run -p quickstart";
const TESTS: &str = "cargo test --workspace";

pub(crate) fn check() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (file, command) in [("README.md", QUICKSTART), ("README.md", TESTS), (".ci/run", TESTS)] {
        if !text(file)?.lines().any(|line| line.contains(command)) {
            found.push(format!("{file} does not say `{command}`"));
        }
    }
    Ok(found)
}
