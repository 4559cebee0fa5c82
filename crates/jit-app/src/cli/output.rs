//! Where the command line writes, and in which form.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use jit_meta::Error;
use serde::Serialize;
use serde_json::json;

use crate::files::reason;
use crate::{Level, render};

/// Standard output and error. A reader that goes away ends the writing, quietly.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes to standard output.
    pub(super) fn print(&mut self, bytes: &[u8]) -> ExitCode {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                self.complain(&format!("error: cannot write the output: {}\n", reason(&error)));
                ExitCode::FAILURE
            }
        }
    }

    /// Writes a value as JSON.
    pub(super) fn print_json(&mut self, value: &impl Serialize) -> ExitCode {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.print(format!("{text}\n").as_bytes()),
            Err(error) => self.failure(&format!("the result has no JSON form: {error}")),
        }
    }

    /// Says what went wrong with the command itself.
    pub(super) fn failure(&mut self, message: &str) -> ExitCode {
        self.failed("Command", message, &[])
    }

    /// Says what went wrong, in the form of all failures.
    pub(super) fn failed(&mut self, kind: &str, message: &str, help: &[String]) -> ExitCode {
        if self.json {
            self.print_json(&failure_json(kind, message, help, None));
        } else {
            self.complain(&format!("error: {message}\n"));
        }
        ExitCode::FAILURE
    }

    /// Says what went wrong with the app.
    pub(super) fn error(&mut self, error: &Error) -> ExitCode {
        if self.json {
            let (kind, help) = (format!("{:?}", error.kind()), error.help().map(str::to_owned));
            let help: Vec<_> = help.collect();
            self.print_json(&failure_json(&kind, &error.to_string(), &help, Some(error)));
        } else {
            let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            self.complain(&render::error(error, color));
        }
        ExitCode::FAILURE
    }

    /// Says, beside a result, what else there is to know; a program finds it in the result.
    pub(super) fn note(&mut self, text: &str) {
        if !self.json {
            self.complain(&format!("note: {text}\n"));
        }
    }

    fn complain(&mut self, text: &str) {
        // Nobody is left to tell when standard error is gone.
        drop(io::stderr().lock().write_all(text.as_bytes()));
    }

    /// Whether standard output can show colours.
    pub(super) fn color(&self) -> bool {
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }
}

/// The one form of failures: `kind` is an [`ErrorKind`](jit_meta::ErrorKind), or `Command` when the command
/// itself failed, or `Usage` when it was not understood.
fn failure_json(
    kind: &str,
    message: &str,
    help: &[String],
    error: Option<&Error>,
) -> serde_json::Value {
    let findings = error.map(Error::diagnostics).unwrap_or_default().iter();
    let findings: Vec<_> = findings.map(render::finding_json).collect();
    json!({
        "error": {
            "kind": kind,
            "message": message,
            "element": error.and_then(Error::element),
            "askedBy": error.map(Error::asked_by).unwrap_or_default(),
            "type": error.and_then(Error::type_name),
            "function": error.and_then(Error::function),
            "help": help,
            "findings": findings,
            "storage": error.map(storage_json),
        }
    })
}

/// What a storage said of a failed call, for those who decide by it.
#[cfg(feature = "storages")]
fn storage_json(error: &Error) -> serde_json::Value {
    let Some(error) = error.downcast_ref::<jit_storages::Error>() else { return json!(null) };
    json!({
        "kind": format!("{:?}", error.kind()),
        "function": error.function(),
        "object": error.object(),
        "status": error.status(),
        "code": error.code(),
        "ec": error.ec(),
        "requestId": error.request_id(),
        "help": error.help(),
    })
}

#[cfg(not(feature = "storages"))]
fn storage_json(_: &Error) -> serde_json::Value {
    json!(null)
}

/// A level in words.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Meta => "meta",
        Level::Type => "type",
        Level::Instance => "instance",
    }
}

/// The widest a cell is shown.
const WIDEST: usize = 120;

/// Rows in columns as wide as their widest cell, two spaces apart. The last column is shown whole.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| cells(row)).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let blanks = width.saturating_sub(cell.chars().count()) + 2;
            line.push_str(cell);
            line.push_str(&" ".repeat(blanks));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A row as a terminal may show it: no control characters, and no endless cells but in the last column.
fn cells(row: &[String]) -> Vec<String> {
    let last = row.len().saturating_sub(1);
    let cell = |(at, text): (usize, &String)| {
        let plain: String =
            text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        if at == last || plain.chars().count() <= WIDEST {
            plain
        } else {
            plain.chars().take(WIDEST - 1).chain(['…']).collect()
        }
    };
    row.iter().enumerate().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_hostile_cell_does_no_harm() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let text = table(&[row("a", "b"), row(&"x".repeat(70_000), "\u{1b}[31mred\n")]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].chars().count(), WIDEST + 2 + 1);
        assert!(lines[1].ends_with("…  \u{fffd}[31mred\u{fffd}"), "{}", lines[1]);
    }
}
