//! What every finding owes those who read it.

use jit_app::{Error, render};
use jit_meta::{Diagnostic, Severity};

use crate::{SECRET, VARIABLE_SECRET};

/// Findings mark a part of their file's text, and can be shown.
pub(crate) fn check(findings: &[Diagnostic]) {
    for finding in findings {
        assert!(!finding.message.is_empty(), "a finding says nothing: {finding:?}");
        if let Some(place) = &finding.place {
            let marked = place.file.text().get(place.span.clone());
            assert!(marked.is_some(), "the place is not in the file: {finding:?}");
        }
        check_one_line(&finding.to_string());
    }
    check_plain(&render::findings(findings, false));
    drop(render::findings(findings, true));
}

/// What keeps something from working is an error with a place.
pub(crate) fn check_refusal(findings: &[Diagnostic]) {
    check(findings);
    let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
    assert!(findings.iter().any(is_error), "refused without an error: {findings:?}");
    let lost = findings.iter().find(|finding| finding.place.is_none());
    assert!(lost.is_none(), "a finding without a place: {lost:?}");
}

/// An error's findings, and its own ways of being shown.
pub(crate) fn check_error(error: &Error) {
    check(error.diagnostics());
    assert!(!error.to_string().is_empty(), "an error says nothing");
    check_one_line(&error.to_string());
    check_plain(&render::error(error, false));
    drop(render::error(error, true));
}

fn check_one_line(told: &str) {
    assert!(!told.contains(char::is_control), "told in one line, as plain text: {told:?}");
}

/// What files quote must not command a terminal.
fn check_plain(rendered: &str) {
    let is_control = |c: char| c.is_control() && c != '\n';
    assert!(!rendered.contains(is_control), "rendered as plain text: {rendered:?}");
}

/// Everything that can be read from findings, the text of their files included.
pub(crate) fn readable(findings: &[Diagnostic]) -> String {
    let mut text = render::findings(findings, false);
    for finding in findings {
        text += &format!("{finding}\n{finding:?}\n");
        text += finding.place.as_ref().map_or("", |place| place.file.text());
    }
    text
}

/// No secret is in `text`, which somebody may read.
pub(crate) fn check_hidden(text: &str) {
    for secret in [SECRET, VARIABLE_SECRET] {
        assert!(!text.contains(secret), "`{secret}` is told:\n{text}");
    }
}
