//! From findings in an expanded text to diagnostics in a file that can be shown.

use std::sync::Arc;

use super::Schemas;
use super::expand::Expanded;
use super::finding::Finding;
use super::mask::{Masked, mask};
use crate::diag::{Code, Diagnostic};
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
            let told = |text: &str, only_quoted: bool| match finding.told_by_type {
                true => redacted(text, expanded, &secrets, &finding.span, only_quoted),
                false => text.to_owned(),
            };
            let span = expanded.rewrite.to_old(&finding.span);
            let diagnostic = Diagnostic::error(finding.code, told(&finding.message, false)).at(
                &shown,
                span,
                finding.label.as_str(),
            );
            let help = finding.help.iter().map(|help| told(help, true));
            let diagnostic = help.fold(diagnostic, Diagnostic::help);
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

/// What a Type says, without the values of variables where they stand alone (in fixed advice: where they are
/// quoted), and without the values of masked keys anywhere.
fn redacted(
    text: &str,
    expanded: &Expanded,
    secrets: &[String],
    span: &Span,
    only_quoted: bool,
) -> String {
    const SHORT: usize = 4;
    let whole = 0..expanded.rewrite.text().len();
    // Two variables may have one value: that of the place in question comes first.
    let mut pairs: Vec<(&str, String, bool)> = expanded
        .filled_in(span)
        .chain(expanded.filled_in(&whole))
        .map(|variable| (variable.value, format!("${{{}}}", variable.name), true))
        .collect();
    let secrets = secrets.iter().filter(|secret| secret.len() >= SHORT);
    pairs.extend(secrets.map(|secret| (secret.as_str(), "***".to_owned(), false)));
    pairs.sort_by_key(|(value, ..)| std::cmp::Reverse(value.len()));

    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let is_quote = |c: Option<char>| c.is_some_and(|c| matches!(c, '`' | '"' | '\''));
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let found = pairs.iter().find(|(value, _, is_variable)| {
            let end = at + value.len();
            // A Type may have changed the case, as that of a host.
            let is_here = text.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(value));
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(end..).and_then(|after| after.chars().next());
            let fits = if only_quoted {
                is_quote(before) && is_quote(after)
            } else {
                !is_word(before) && !is_word(after)
            };
            is_here && (fits || !is_variable)
        });
        match found {
            Some((value, with, _)) => {
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
