//! Configurations: from a file's text with placeholders to a typed struct, with every mistake in its place.
//!
//! ```text
//! file ──expand──▶ text ──validate (schema)──▶ text without empty optional keys ──▶ Type::Config
//!   ▲                │
//!   └──── places ────┘──▶ masked file, for messages
//! ```

mod example;
mod expand;
mod finding;
mod keys;
mod limits;
mod marks;
mod mask;
mod mask_broken;
mod redact;
mod report;
mod schema;
mod validate;
mod ways;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

pub use self::example::{Example, ExampleKey, ExampleVariable};
use self::expand::Expanded;
use self::finding::{Finding, nesting};
pub(crate) use self::keys::shown;
pub use self::keys::{ConfigKey, Filling, Placeholder};
pub use self::marks::NamedElement;
use self::schema::Node;
pub(crate) use self::schema::has_secrets;
use self::validate::Validator;
pub use self::ways::Need;
use crate::diag::{Code, Diagnostic};
use crate::json::{self, Fault};
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

impl<'a> Schemas<'a> {
    fn nodes(&self) -> Vec<Node<'a>> {
        std::iter::once(self.own).chain(self.others).map(Node::root).collect()
    }

    /// Whether the Type takes no configuration: `()` or a unit struct.
    fn is_unit(&self) -> bool {
        self.own.get("type").and_then(Json::as_str) == Some("null")
    }
}

/// What a Type finds wrong with the value of one of its keys.
///
/// The message names the key and never the value of a secret. Where a value is told all the same, in quotes, it is
/// masked if it is a secret, and `${NAME}` stands in its place if it is that of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    key: &'static str,
    beside: Option<&'static str>,
    message: String,
    help: Option<String>,
}

impl ConfigProblem {
    /// A problem with the value of `key` (or with its absence).
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, beside: None, message: message.into(), help: None }
    }

    /// Where the file does not have the key, shows the problem at the value of another one.
    #[must_use]
    pub fn beside(mut self, key: &'static str) -> Self {
        self.beside = Some(key);
        self
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

    /// The variables that its placeholders name, each once, set or not.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.expanded.names()
    }

    /// A number that differs, in all likelihood, when the path or the expanded text does. It holds for this
    /// process.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        // With keys of this process: the text holds secrets, and nobody shall find them by trying.
        static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        KEYS.hash_one((self.file.path(), self.expanded.rewrite.text()))
    }

    /// The path to show.
    #[must_use]
    pub fn path(&self) -> &str {
        self.file.path()
    }

    /// Checks it against a schema, where nobody has the Type at hand.
    ///
    /// # Errors
    ///
    /// Every finding, in the order of the file, on a copy of the file in which secrets are masked.
    pub fn check_schema(&self, schema: &Json) -> Result<(), Vec<Diagnostic>> {
        let schemas = Schemas { own: schema, others: &[], outermost: true };
        self.read::<Json>(&schemas, |_| Vec::new()).map(drop)
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
        self.read_expanded(schemas, problems)
            .map_err(|findings| report::diagnostics(&self.file, &self.expanded, schemas, findings))
    }

    fn read_expanded<C: DeserializeOwned>(
        &self,
        schemas: &Schemas<'_>,
        problems: impl FnOnce(&C) -> Vec<ConfigProblem>,
    ) -> Result<C, Vec<Finding>> {
        let text = self.expanded.rewrite.text();
        let Checked { absent, mut findings } = self.validate_placeholders(text, schemas)?;
        let text = without(text, absent);
        let read = if schemas.is_unit() { "null" } else { &text };
        match serde_json::from_str::<C>(read) {
            // The Type has its say even where the schema found something, if there is a value to speak of:
            // everything is told in one run. What it says of a value that was found wrong is no news.
            Ok(config) => {
                let told = self.placed(problems(&config)).into_iter();
                let news: Vec<_> =
                    told.filter(|new| findings.iter().all(|old| old.span != new.span)).collect();
                findings.extend(news);
                if findings.is_empty() { Ok(config) } else { Err(findings) }
            }
            Err(error) => {
                if findings.is_empty() {
                    // What the schema does not express. The message may quote the value, so it is not shown.
                    let message = "the value here does not fit the Type's configuration";
                    let span = json::blamed(&text, &error);
                    findings.push(Finding::new(Code::WrongType, message, span));
                }
                Err(findings)
            }
        }
    }

    /// Checks `text` against the schemas, and its placeholders first: what is wrong with one is all there is to
    /// say of the value it stands in.
    fn validate_placeholders(
        &self,
        text: &str,
        schemas: &Schemas<'_>,
    ) -> Result<Checked, Vec<Finding>> {
        let nesting: Vec<Finding> = self.expanded.nesting().cloned().map(nesting).collect();
        let is_news = |finding: &Finding| {
            let overlaps = |other: &Finding| {
                finding.span.start <= other.span.end && other.span.start <= finding.span.end
            };
            !nesting.iter().any(overlaps)
        };
        match self.validate(text, schemas) {
            Err(_) if !nesting.is_empty() => Err(nesting),
            Ok(mut checked) => {
                checked.findings.retain(is_news);
                checked.findings.extend(nesting);
                Ok(checked)
            }
            Err(findings) => Err(findings),
        }
    }

    /// A Type's problems at the values of their keys: also of those that came out empty, which the Type does not see.
    fn placed(&self, problems: Vec<ConfigProblem>) -> Vec<Finding> {
        let text = self.expanded.rewrite.text();
        let members = json::members(text, 0).unwrap_or_default();
        let at = |key: &str| members.iter().find(|member| member.key == key);
        let found = problems.into_iter().map(|problem| {
            let member = at(problem.key).or_else(|| problem.beside.and_then(at));
            let brace = text.find('{').unwrap_or_default();
            let span = member.map_or(brace..brace + 1, |member| member.value_span.clone());
            let is_empty = text.get(span.clone()) == Some("\"\"");
            let unset = if is_empty { self.expanded.empty_in(&span) } else { Vec::new() };
            let finding = Finding::new(Code::BadValue, problem.message, span);
            let finding = Finding { told_by_type: true, ..finding };
            let help = unset.into_iter().map(|name| format!("set `{name}`"));
            help.chain(problem.help).fold(finding, Finding::help)
        });
        found.collect()
    }

    /// Checks `text` against the schemas. What is no JSON object ends it.
    fn validate(&self, text: &str, schemas: &Schemas<'_>) -> Result<Checked, Vec<Finding>> {
        if schemas.is_unit() && text.trim() == "null" {
            return Ok(Checked::default());
        }
        match json::document(text) {
            Err(error) if !matches!(error.fault, Fault::Duplicate(_)) => {
                let title = error.title("the configuration");
                let finding =
                    Finding::new(Code::ConfigSyntax, title, error.span).label(error.label);
                return Err(vec![match error.fault {
                    Fault::Syntax => finding.help(JSON_HELP),
                    _ => finding,
                }]);
            }
            _ => {}
        }
        let others = schemas.others.iter().map(Node::root).flat_map(Node::all_parts);
        let mut validator = Validator::new(&self.expanded, others.collect(), schemas.outermost);
        validator.root(text, Node::root(schemas.own));
        Ok(Checked { absent: validator.absent, findings: validator.findings })
    }
}

/// The outcome of a check against schemas.
#[derive(Default)]
struct Checked {
    /// What to leave out of the text for the Type that reads it.
    absent: Vec<Span>,
    findings: Vec<Finding>,
}

const JSON_HELP: &str =
    "the file holds one JSON object: double quotes, no trailing comma, no comments";

/// Blanks members and a comma each, so that every other place stays where it is.
fn without(text: &str, mut members: Vec<Span>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    // A member that is listed twice has one comma all the same.
    members.sort_by_key(|span| span.start);
    members.dedup();
    for span in members {
        let is_gap = |b: u8| b.is_ascii_whitespace();
        let after = span.end + bytes.iter().skip(span.end).take_while(|b| is_gap(**b)).count();
        // Looked for only behind the last member: what was blanked before it may be long.
        let before =
            || (0..span.start).rev().find(|&at| bytes.get(at).is_some_and(|b| !is_gap(*b)));
        let comma = match bytes.get(after) {
            Some(b',') => Some(after),
            _ => before().filter(|&at| bytes.get(at) == Some(&b',')),
        };
        for at in span.chain(comma) {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b' ';
            }
        }
    }
    // Whole members were replaced by blanks, so this is UTF-8 still.
    String::from_utf8(bytes).unwrap_or_default()
}

/// A file as it may be quoted: masked but for what `schema` knows and does not call secret.
pub(crate) fn masked(file: &SourceFile, schema: &Json) -> SourceFile {
    let mut expanded = Expanded::default();
    expanded.rewrite.keep(file.text());
    let schemas = Schemas { own: schema, others: &[], outermost: true };
    SourceFile::new(file.path(), mask::mask(file.text(), &expanded, &schemas.nodes()).text)
}

#[cfg(test)]
mod tests;
