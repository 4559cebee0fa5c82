//! Templates: real files, with a few `{{names}}` replaced, laid out by rustfmt as the app's own code is.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Error, Result};

/// A template with its names replaced.
///
/// # Errors
///
/// A name that is not given: a mistake in this crate.
pub(crate) fn render(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        let (_, value) = value.ok_or_else(|| Error::new(format!("a template names `{name}`")))?;
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// A name for a type that no word of the template is: one that it has gets more to it.
pub(crate) fn free(template: &str, name: String, more: &str) -> String {
    let mut words = template.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if words.any(|word| word == name) { name + more } else { name }
}

/// Code as rustfmt lays it out for a folder, by the settings that hold there. Without rustfmt it stays as
/// it is.
pub(crate) fn formatted(code: String, folder: &Path) -> String {
    run_rustfmt(&code, folder).unwrap_or(code)
}

fn run_rustfmt(code: &str, folder: &Path) -> Option<String> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--emit", "stdout", "--quiet"]).current_dir(folder);
    rustfmt.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = rustfmt.spawn().ok()?;
    process.stdin.take()?.write_all(code.as_bytes()).ok()?;
    let output = process.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_a_forgotten_one_is_told() {
        let values = [("a", "1"), ("b", "{{a}}")];
        assert_eq!(render("{{a}} {b} {{b}}{{a}}", &values).unwrap(), "1 {b} {{a}}1");
        assert!(render("{{c}}", &values).is_err());
    }
}
