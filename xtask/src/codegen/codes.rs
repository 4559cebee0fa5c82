//! The codes of findings: cause, cure, and an example that a test pins.

use jit_meta::Code;

use crate::Result;

/// Where the text of every mistake is pinned.
const PINNED: &str = "tests/tests/mistakes.rs";

/// A section for each code.
pub(super) fn text() -> Result<String> {
    let pinned = super::read(PINNED)?;
    let sections = Code::all().iter().map(|code| {
        let section = format!("## {code}\n\n{}\n{}\n", code.explanation(), code.help());
        match example(&pinned, code.as_str()) {
            Some(example) => format!("{section}\n```text\n{example}```\n"),
            None => section,
        }
    });
    Ok(sections.collect::<Vec<_>>().join("\n"))
}

/// The first finding with a code in a file of tests, without its indentation.
fn example(tests: &str, code: &str) -> Option<String> {
    let is_first = |line: &str| {
        ["error", "warning"].iter().any(|level| line.starts_with(&format!("{level}[{code}]: ")))
    };
    let mut lines = tests.lines().skip_while(|line| !is_first(line.trim_start()));
    let first = lines.next()?;
    let (indent, _) = first.split_at(first.len() - first.trim_start().len());
    let rest = lines.map_while(|line| line.strip_prefix(indent)).take_while(|line| {
        let is_next = ["error[", "warning["].iter().any(|level| line.starts_with(level));
        !line.trim().is_empty() && !is_next
    });
    let rest: String = rest.map(|line| format!("{line}\n")).collect();
    Some(format!("{}\n{rest}", first.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_one_finding() {
        let tests = "x\n    error[A1]: a\n     --> b\n      |\n\n    warning[A2]: c\n    error[A3]: d\n  \"]]\n";
        assert_eq!(example(tests, "A1").unwrap(), "error[A1]: a\n --> b\n  |\n");
        assert_eq!(example(tests, "A2").unwrap(), "warning[A2]: c\n");
        assert_eq!(example(tests, "A3").unwrap(), "error[A3]: d\n");
        assert_eq!(example(tests, "A4"), None);
    }
}
