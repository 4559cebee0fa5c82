//! Configurations: from a file's text with placeholders to a typed struct, with every mistake in its place.
//!
//! ```text
//! file ──expand──▶ text ──validate (schema)──▶ text without empty optional keys ──▶ Type::Config
//!   ▲                │
//!   └──── places ────┘──▶ masked file, for messages
//! ```

mod expand;
mod mask;
mod validate;

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use self::expand::Expanded;
use self::validate::{Finding, Validator};
use crate::diag::{Code, Diagnostic, Severity};
use crate::json;
use crate::{SourceFile, Span};

/// A configuration file's text, its placeholders expanded, and the way back to every place in it.
///
/// `Debug` shows the path only: the text holds secrets.
#[derive(Clone)]
pub struct ConfigText {
    file: Arc<SourceFile>,
    expanded: Expanded,
}

impl fmt::Debug for ConfigText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigText").field("path", &self.file.path()).finish_non_exhaustive()
    }
}

/// The schemas that a configuration is read by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schemas<'a> {
    /// That of the Type that reads.
    pub(crate) own: &'a Json,
    /// Those of the Types it shares the configuration with: their keys are none of its business.
    pub(crate) others: &'a [Json],
    /// Whether it speaks for all of them about keys that nobody knows.
    pub(crate) outermost: bool,
}

impl Schemas<'_> {
    /// Whether somebody knows `key` and nobody calls it a secret (`writeOnly`).
    fn is_visible(&self, key: &str) -> bool {
        let mut known = std::iter::once(self.own)
            .chain(self.others)
            .flat_map(|schema| properties_named(schema, key))
            .peekable();
        known.peek().is_some()
            && known.all(|property| property.get("writeOnly") != Some(&Json::Bool(true)))
    }
}

/// What a Type finds wrong with the value of one of its keys.
///
/// The message names the key and never the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    key: &'static str,
    message: String,
    help: Option<String>,
}

impl ConfigProblem {
    /// A problem with the value of `key` (or with its absence).
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into(), help: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl ConfigText {
    /// Expands the placeholders of a file. `lookup` gives the value of a variable.
    pub fn expand(file: Arc<SourceFile>, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let expanded = expand::expand(file.text(), lookup);
        Self { file, expanded }
    }

    /// A configuration made in code; nothing in it is expanded.
    pub(crate) fn literal(path: &str, config: &Json) -> Self {
        let text = config.to_string();
        let mut expanded = Expanded::default();
        expanded.rewrite.keep(&text);
        Self { file: Arc::new(SourceFile::new(path, text)), expanded }
    }

    /// The path to show.
    #[must_use]
    pub fn path(&self) -> &str {
        self.file.path()
    }

    /// Checks against `schema`, reads the typed configuration, and lets the Type check that.
    ///
    /// # Errors
    ///
    /// Every finding, in the order of the file, on a copy of the file in which secrets are masked.
    pub(crate) fn read<C: DeserializeOwned>(
        &self,
        schemas: &Schemas<'_>,
        problems: impl FnOnce(&C) -> Vec<ConfigProblem>,
    ) -> Result<C, Vec<Diagnostic>> {
        let text = self.expanded.rewrite.text();
        let unset = |span: &Span| self.unset_in(span);
        let mut validator = Validator {
            root: schemas.own,
            foreign: schemas.others,
            outermost: schemas.outermost,
            unset: &unset,
            findings: Vec::new(),
            absent: Vec::new(),
        };
        validator.root(text);
        let Validator { mut findings, absent, .. } = validator;
        if findings.is_empty() {
            let text = without(text, &absent);
            match serde_json::from_str::<C>(&text) {
                Ok(config) => {
                    let members = json::members(&text, 0).unwrap_or_default();
                    findings = problems(&config)
                        .into_iter()
                        .map(|problem| {
                            let member = members.iter().find(|member| member.key == problem.key);
                            let brace = text.find('{').unwrap_or_default();
                            let span = member.map_or(brace..brace + 1, |m| m.value_span.clone());
                            let finding = Finding::new(Code::BadValue, problem.message, span);
                            problem.help.into_iter().fold(finding, Finding::help)
                        })
                        .collect();
                    if findings.is_empty() {
                        return Ok(config);
                    }
                }
                // What the schema does not express. The message may quote the value, so it is not shown.
                Err(error) => {
                    let span = json::syntax_error(&text, 0, &error).span;
                    findings.push(Finding::new(
                        Code::WrongType,
                        "the value here does not fit the Type's configuration",
                        span,
                    ));
                }
            }
        }
        Err(self.diagnostics(findings, schemas))
    }

    /// The variables that left the value at `span` of the expanded text empty.
    fn unset_in(&self, span: &Span) -> Vec<String> {
        let old = self.expanded.rewrite.to_old(span);
        let within = |place: &Span| place.start >= old.start && place.end <= old.end;
        let unset = self.expanded.unset.iter().filter(|(place, _)| within(place));
        unset.map(|(_, name)| name.clone()).collect()
    }

    fn diagnostics(&self, findings: Vec<Finding>, schemas: &Schemas<'_>) -> Vec<Diagnostic> {
        let masked = mask::mask(self.file.text(), &|key| schemas.is_visible(key));
        let shown = Arc::new(SourceFile::new(self.file.path(), masked));
        let mut diagnostics: Vec<_> = findings
            .into_iter()
            .map(|finding| {
                let mut notes = Vec::new();
                if finding.code == Code::ConfigSyntax {
                    let unset = self.expanded.unset.iter();
                    notes
                        .extend(unset.map(|(_, name)| format!("the variable `{name}` is not set")));
                }
                let span = self.expanded.rewrite.to_old(&finding.span);
                let place = crate::Place { file: Arc::clone(&shown), span, label: finding.label };
                Diagnostic {
                    severity: Severity::Error,
                    code: finding.code,
                    message: finding.message,
                    place: Some(place),
                    help: finding.help,
                    notes,
                }
            })
            .collect();
        diagnostics.sort_by_key(|diagnostic| {
            diagnostic.place.as_ref().map_or(0, |place| place.span.start)
        });
        diagnostics
    }
}

/// What a schema says of `key`, in whatever struct of it.
fn properties_named<'a>(schema: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> {
    let definitions = schema.get("$defs").and_then(Json::as_object);
    let structs = std::iter::once(schema).chain(definitions.into_iter().flat_map(|d| d.values()));
    structs.filter_map(move |s| s.get("properties")?.get(key))
}

/// Whether a schema has a secret at all.
pub(crate) fn has_secrets(schema: &Json) -> bool {
    match schema {
        Json::Object(members) => {
            members.get("writeOnly") == Some(&Json::Bool(true)) || members.values().any(has_secrets)
        }
        Json::Array(items) => items.iter().any(has_secrets),
        _ => false,
    }
}

/// Blanks members and a comma each, so that every other place stays where it is.
fn without(text: &str, members: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in members {
        let is_gap = |b: u8| b.is_ascii_whitespace();
        let after = span.end + bytes.iter().skip(span.end).take_while(|b| is_gap(**b)).count();
        let before = (0..span.start).rev().find(|&at| bytes.get(at).is_some_and(|b| !is_gap(*b)));
        let comma = if bytes.get(after) == Some(&b',') {
            Some(after)
        } else {
            before.filter(|&at| bytes.get(at) == Some(&b','))
        };
        for at in span.clone().chain(comma) {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b' ';
            }
        }
    }
    // Whole members were replaced by blanks, so this is UTF-8 still.
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests;
