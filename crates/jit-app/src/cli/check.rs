//! `check`: everything that is wrong, in one run.

use std::process::ExitCode;

use clap::ValueEnum;
use jit_meta::{Code, Error, Severity};

use super::output::Output;
use crate::{App, render, sarif, settings};

/// In which form `check` tells what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Format {
    /// As a compiler does, for people.
    Text,
    /// SARIF 2.1.0, for editors, code hosts and CI systems.
    Sarif,
}

impl Format {
    pub(super) fn of(given: Option<Self>, out: &Output) -> Self {
        given.unwrap_or(if out.json { Self::Sarif } else { Self::Text })
    }
}

pub(super) fn run(app: &App, format: Format, allow_unset: bool, out: &mut Output) -> ExitCode {
    let mut findings = app.check();
    let found = findings.len();
    findings.retain(|finding| !allow_unset || finding.code != Code::UnsetVariable);
    let allowed = found - findings.len();
    let written = if format == Format::Sarif {
        out.print_json(&sarif::log(&findings))
    } else {
        let errors = findings.iter().filter(|found| found.severity == Severity::Error).count();
        let warnings = findings.len() - errors;
        let mut text = render::findings(&findings, out.color());
        if !findings.is_empty() {
            text.push('\n');
        }
        let elements = app.elements().len();
        text.push_str(&format!(
            "checked {}: {}, {}",
            count(elements, "element"),
            count(errors, "error"),
            count(warnings, "warning")
        ));
        text.push_str(&match allowed {
            0 => "\n".to_owned(),
            _ => format!("; {} without a value\n", count(allowed, "key")),
        });
        out.print(text.as_bytes())
    };
    if settings::has_errors(&findings) { ExitCode::FAILURE } else { written }
}

/// What there is to tell of an app that cannot be loaded.
pub(super) fn failed(error: &Error, format: Format, out: &mut Output) -> ExitCode {
    match format {
        Format::Sarif => out.print_json(&sarif::failure(error)),
        Format::Text => out.error(error),
    };
    ExitCode::FAILURE
}

pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
