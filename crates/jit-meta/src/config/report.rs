//! From findings in an expanded text to diagnostics in a file that can be shown.

use std::sync::Arc;

use super::Schemas;
use super::expand::Expanded;
use super::finding::Finding;
use super::mask::{Masked, mask};
use super::redact::Redaction;
use super::schema::Names;
use crate::SourceFile;
use crate::diag::{Code, Diagnostic};

/// More than anybody reads.
const MOST: usize = 100;

/// The diagnostics, in the order of the file.
pub(super) fn diagnostics(
    file: &SourceFile,
    expanded: &Expanded,
    schemas: &Schemas<'_>,
    mut findings: Vec<Finding>,
) -> Vec<Diagnostic> {
    let nodes = schemas.nodes();
    let Masked { text, secrets } = mask(file.text(), expanded, &nodes);
    let names = Names::new(&nodes);
    let shown = Arc::new(SourceFile::new(file.path(), text));
    findings.sort_by_key(|finding| expanded.rewrite.to_old(&finding.span).start);
    let left_out = findings.len().saturating_sub(MOST);
    findings.truncate(MOST);
    let mut diagnostics: Vec<_> = findings
        .into_iter()
        .map(|finding| {
            let redaction = finding
                .told_by_type
                .then(|| Redaction::new(expanded, &secrets, &names, &finding.span));
            let (message, help) = match &redaction {
                Some(redaction) => (
                    redaction.message(&finding.message),
                    finding.help.iter().map(|help| redaction.advice(help)).collect(),
                ),
                None => (finding.message.clone(), finding.help.clone()),
            };
            let span = expanded.rewrite.to_old(&finding.span);
            let diagnostic =
                Diagnostic::error(finding.code, message).at(&shown, span, finding.label.as_str());
            let diagnostic = help.into_iter().fold(diagnostic, Diagnostic::help);
            notes(&finding, expanded).into_iter().fold(diagnostic, Diagnostic::note)
        })
        .collect();
    if let Some(last) = diagnostics.last_mut().filter(|_| left_out > 0) {
        last.notes.push(format!("{left_out} more findings are left out"));
    }
    diagnostics
}

/// What variables have to do with it.
fn notes(finding: &Finding, expanded: &Expanded) -> Vec<String> {
    let mut notes = Vec::new();
    if finding.code == Code::ConfigSyntax {
        let unset = expanded.empty_beside(&finding.span).into_iter();
        notes.extend(unset.map(|name| format!("the variable `{name}` is not set")));
    }
    if matches!(finding.code, Code::ConfigSyntax | Code::WrongType | Code::BadValue) {
        for variable in expanded.filled_in(&finding.span) {
            let note = format!("the value comes from `{}`", variable.name);
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}
