//! The code that loads an element: a Type and, below it, what it inherits from.

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind};
use crate::loaded::Loaded;
use crate::registry::TypeEntry;
use crate::ty::{CheckEnv, LoadEnv};
use crate::{Code, ConfigText, Diagnostic, Severity};

/// A Type and, as far as each inherits, the ones it overrides or builds on, nearest first.
///
/// Each gets those keys of the configuration that its own schema names; a key named by two goes to both,
/// and a key named by none is an error.
#[derive(Clone, Debug)]
pub struct TypeStack(Vec<TypeEntry>);

impl TypeStack {
    /// The stack of `first` and what is `below` it. What lies below a Type that inherits nothing has no
    /// part in loading.
    #[must_use]
    pub fn new(first: TypeEntry, below: impl IntoIterator<Item = TypeEntry>) -> Self {
        let mut entries = vec![first];
        let mut below = below.into_iter();
        while entries.last().is_some_and(TypeEntry::inherits) {
            match below.next() {
                Some(entry) => entries.push(entry),
                None => break,
            }
        }
        Self(entries)
    }

    /// The Types, the one that loads first.
    #[must_use]
    pub fn entries(&self) -> &[TypeEntry] {
        &self.0
    }

    /// Whether the configuration of any of them holds secrets.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.0.iter().any(TypeEntry::has_secrets)
    }

    /// Checks a configuration without loading anything.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it for any of the Types, each once.
    pub fn check(&self, config: &ConfigText) -> Result<(), Vec<Diagnostic>> {
        let mut findings: Vec<Diagnostic> = Vec::new();
        for depth in 0..self.0.len() {
            let step = Step { entries: &self.0, depth };
            let found = step.entry().map_or(Ok(()), |entry| entry.check(config, &step));
            for finding in found.err().unwrap_or_default() {
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
        if findings.is_empty() { Ok(()) } else { Err(findings) }
    }

    /// What is wrong with the definition of an element for any of the Types, each once.
    #[must_use]
    pub fn check_define(&self, element: CheckEnv<'_>) -> Vec<Diagnostic> {
        let mut findings: Vec<Diagnostic> = Vec::new();
        for finding in self.0.iter().flat_map(|entry| entry.check_define(element)) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings
    }

    /// Makes a live instance.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidDefine`] and [`ErrorKind::InvalidConfig`] with everything that is wrong with the definition
    /// or the configuration, [`ErrorKind::NotLinked`] where the code that the Type needs for this element is not
    /// there, or what the Type's own code reports.
    pub async fn load(&self, config: &ConfigText, env: LoadEnv<'_>) -> Result<Loaded, Error> {
        let mut findings = self.check_define(CheckEnv { define: env.define, apps: env.apps });
        findings.retain(|finding| finding.severity == Severity::Error);
        if !findings.is_empty() {
            let not_linked = findings.iter().any(|finding| finding.code == Code::NotLinked);
            let kind = if not_linked { ErrorKind::NotLinked } else { ErrorKind::InvalidDefine };
            let error = Error::from_diagnostics(kind, findings);
            return Err(error.with_element(env.define.full_name()));
        }
        Step { entries: &self.0, depth: 0 }.load(config, env).await
    }
}

/// One Type of a stack, seen from which the others are above or below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    entries: &'a [TypeEntry],
    depth: usize,
}

impl<'a> Step<'a> {
    pub(crate) fn entry(&self) -> Option<&TypeEntry> {
        self.entries.get(self.depth)
    }

    /// Whether nothing overrides this Type: then it speaks for all of them about unknown keys.
    pub(crate) fn is_outermost(&self) -> bool {
        self.depth == 0
    }

    /// The schemas of the other Types of the stack.
    pub(crate) fn other_schemas(&self) -> Vec<Json> {
        let others = self.entries.iter().enumerate().filter(|(at, _)| *at != self.depth);
        others.map(|(_, entry)| entry.schema().to_value()).collect()
    }

    /// What this Type inherits from.
    pub(crate) fn below(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    /// The same without what lies above, whose keys a configuration made for this step has no place for.
    pub(crate) fn alone(self) -> Step<'a> {
        Step { entries: self.entries.get(self.depth..).unwrap_or_default(), depth: 0 }
    }

    pub(crate) async fn load(self, config: &ConfigText, env: LoadEnv<'_>) -> Result<Loaded, Error> {
        let element = env.define.full_name();
        let Some(entry) = self.entry() else {
            let message = format!("the Type of `{element}` has nothing to inherit from");
            return Err(Error::new(ErrorKind::NotLinked, message).with_element(element).with_help(
                "a Type inherits the one it overrides, or the one its `type` names, and declares it with \
                 `const INHERITS: bool = true`",
            ));
        };
        let type_name = entry.full_name().parse().map_err(|error| {
            let message = format!("{error}, and is registered at {}", entry.registered());
            Error::new(ErrorKind::InvalidDefine, message)
        })?;
        let result = entry.load(config, self, env, &type_name).await;
        result.map_err(|error| error.with_element(element).with_type(&type_name))
    }
}
