//! The commands that the documents promise.

use std::process::Command;

use super::text;
use crate::{Result, guide, workspace};

const QUICKSTART: &str = "cargo run -p quickstart";
const TESTS: &str = "cargo test --workspace";

pub(crate) fn check() -> Result<Vec<String>> {
    let mut found = pages()?;
    found.extend(hidden()?);
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

/// Lines of snippets that rustdoc hides. On a page of Markdown everybody sees them.
fn hidden() -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--", "*.md"]).current_dir(workspace::root());
    let list = workspace::stdout(&mut git)?;
    let mut found = Vec::new();
    for name in list.split_terminator('\0') {
        let Ok(page) = std::fs::read_to_string(workspace::root().join(name)) else { continue };
        let lines = hidden_lines(&page);
        found.extend(
            lines.map(|line| format!("{name}:{line}: rustdoc hides this, Markdown does not")),
        );
    }
    Ok(found)
}

fn hidden_lines(page: &str) -> impl Iterator<Item = usize> {
    let mut language = None;
    (1..).zip(page.lines()).filter_map(move |(number, line)| {
        if let Some(info) = line.strip_prefix("```") {
            language = language.is_none().then_some(info);
            return None;
        }
        let is_rust = language.is_some_and(|language: &str| language.starts_with("rust"));
        (is_rust && (line == "#" || line.starts_with("# "))).then_some(number)
    })
}

fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_only_rustdoc_hides_are_found_in_rust_alone() {
        let page = "# Title\n```sh\n# a comment\n```\n```rust,no_run\n# fn main() {\n#[test]\n#\n```\n# More\n";
        assert_eq!(hidden_lines(page).collect::<Vec<_>>(), [6, 8]);
    }
}
