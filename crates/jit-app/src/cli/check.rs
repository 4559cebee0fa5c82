//! `check`: everything that is wrong, in one run.

use std::process::ExitCode;

use jit_meta::Severity;

use super::output::{Output, finding_json};
use crate::{App, render, settings};

pub(super) fn run(app: &App, out: &mut Output) -> ExitCode {
    let findings = app.check();
    let written = if out.json {
        let findings: Vec<_> = findings.iter().map(finding_json).collect();
        out.print_json(&findings)
    } else {
        let errors = findings.iter().filter(|found| found.severity == Severity::Error).count();
        let warnings = findings.len() - errors;
        let mut text = render::findings(&findings, out.color());
        if !findings.is_empty() {
            text.push('\n');
        }
        let elements = app.elements().len();
        text.push_str(&format!(
            "checked {}: {}, {}\n",
            count(elements, "element"),
            count(errors, "error"),
            count(warnings, "warning")
        ));
        out.print(text.as_bytes())
    };
    if settings::has_errors(&findings) { ExitCode::FAILURE } else { written }
}

pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
