//! From findings in an expanded text to diagnostics in a file that can be shown.

use std::sync::Arc;

use super::Schemas;
use super::expand::Expanded;
use super::finding::Finding;
use super::mask::{Masked, mask};
use crate::diag::{Code, Diagnostic, Place, Severity};
use crate::{SourceFile, Span};

/// More than anybody reads.
const MOST: usize = 100;

/// The diagnostics, in the order of the file.
pub(super) fn diagnostics(
    file: &SourceFile,
    expanded: &Expanded,
    schemas: &Schemas<'_>,
    mut findings: Vec<Finding>,
) -> Vec<Diagnostic> {
    let Masked { text, secrets } = mask(file.text(), expanded, &schemas.nodes());
    let shown = Arc::new(SourceFile::new(file.path(), text));
    findings.sort_by_key(|finding| expanded.rewrite.to_old(&finding.span).start);
    let left_out = findings.len().saturating_sub(MOST);
    findings.truncate(MOST);
    let mut diagnostics: Vec<_> = findings
        .into_iter()
        .map(|finding| {
            let told = |text: &str| match finding.told_by_type {
                true => redacted(text, expanded, &secrets, &finding.span),
                false => text.to_owned(),
            };
            Diagnostic {
                severity: Severity::Error,
                code: finding.code,
                message: told(&finding.message),
                place: Some(Place {
                    file: Arc::clone(&shown),
                    span: expanded.rewrite.to_old(&finding.span),
                    label: finding.label.clone(),
                }),
                help: finding.help.iter().map(|help| told(help)).collect(),
                notes: notes(&finding, expanded),
            }
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

/// What a Type says, without the values of variables and of masked keys. Short ones are told from other text
/// only where they stand alone, and in the finding about them.
fn redacted(text: &str, expanded: &Expanded, secrets: &[String], span: &Span) -> String {
    const SHORT: usize = 4;
    let whole = 0..expanded.rewrite.text().len();
    let everywhere = expanded.filled_in(&whole).filter(|variable| variable.value.len() >= SHORT);
    let mut pairs: Vec<(&str, String)> = everywhere
        .chain(expanded.filled_in(span))
        .map(|variable| (variable.value, format!("${{{}}}", variable.name)))
        .collect();
    let secrets = secrets.iter().filter(|secret| secret.len() >= SHORT);
    pairs.extend(secrets.map(|secret| (secret.as_str(), "***".to_owned())));
    pairs.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));

    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let found = pairs.iter().find(|(value, _)| {
            let end = at + value.len();
            // A Type may have changed the case, as that of a host.
            let is_here = text.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(value));
            let is_alone = !is_word(text.get(..at).and_then(|before| before.chars().next_back()))
                && !is_word(text.get(end..).and_then(|after| after.chars().next()));
            is_here && (value.len() >= SHORT || is_alone)
        });
        match found {
            Some((value, with)) => {
                out.push_str(with);
                at += value.len();
            }
            None => {
                out.push(next);
                at += next.len_utf8();
            }
        }
    }
    out
}
