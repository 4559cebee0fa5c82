//! The commands that the documents promise.

use super::text;
use crate::{Result, guide, workspace};

const QUICKSTART: &str = "cargo run -p quickstart";
const TESTS: &str = "cargo test --workspace";

pub(crate) fn check() -> Result<Vec<String>> {
    let mut found = pages()?;
    for (file, command) in [("README.md", QUICKSTART), ("README.md", TESTS), (".ci/run", TESTS)] {
        if !text(file)?.lines().any(|line| line.contains(command)) {
            found.push(format!("{file} does not say `{command}`"));
        }
    }
    Ok(found)
}

/// What is wrong with the pages of the guide: each is in the table of contents, leads nowhere that is not there, and
/// its snippets are compiled, unless they are files that a reader writes.
fn pages() -> Result<Vec<String>> {
    let (contents, compiled) = (text("docs/SUMMARY.md")?, text("tests/src/lib.rs")?);
    let mut found = Vec::new();
    for path in guide::pages()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let page = std::fs::read_to_string(&path)?;
        for link in links(&page) {
            let target = link.split('#').next().unwrap_or_default();
            let is_there =
                target.is_empty() || workspace::root().join("docs").join(target).exists();
            if !is_there && !link.contains("://") {
                found.push(format!("docs/{name} leads to {link}, which is not there"));
            }
        }
        if name == "SUMMARY.md" {
            continue;
        }
        if !contents.contains(&format!("({name})")) {
            found.push(format!("docs/{name} is not in docs/SUMMARY.md"));
        }
        let is_compiled = compiled.contains(&format!("docs/{name}\")"));
        if page.lines().any(|line| line == "```rust") && !is_compiled {
            found.push(format!("docs/{name} has snippets that tests/src/lib.rs does not compile"));
        }
        if page.contains("```rust,file=") && is_compiled {
            found.push(format!("docs/{name} has files, and tests/src/lib.rs compiles it"));
        }
    }
    Ok(found)
}

fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}
