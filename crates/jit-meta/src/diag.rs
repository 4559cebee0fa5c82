//! What is wrong with a file, as data. Rendering is the command line's affair.

use std::fmt;
use std::sync::Arc;

pub use crate::code::Code;
use crate::{SourceFile, Span};

/// Whether a finding stops an element from working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does not work.
    Error,
    /// It works, and probably not as meant.
    Warning,
}

/// A marked place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, with the values of secret fields already masked.
    pub file: Arc<SourceFile>,
    /// The part of its text that is marked.
    pub span: Span,
    /// What to write at the mark; may be empty.
    pub label: String,
}

impl Place {
    /// `path:line:column`.
    #[must_use]
    pub fn position(&self) -> String {
        let (line, column) = self.file.line_column(self.span.start);
        format!("{}:{line}:{column}", self.file.path())
    }
}

/// One finding: what is wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The stable code.
    pub code: Code,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Where, when it is in a file.
    pub place: Option<Place>,
    /// What to do, one sentence each.
    pub help: Vec<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity: Severity::Error, code, message, place: None, help: vec![], notes: vec![] }
    }

    /// A warning without a place.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Marks a place.
    #[must_use]
    pub fn at(mut self, file: &Arc<SourceFile>, span: Span, label: impl Into<String>) -> Self {
        self.place = Some(Place { file: Arc::clone(file), span, label: label.into() });
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds what else is worth knowing.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds "did you mean" when something known is close to `name`.
    #[must_use]
    pub fn suggest<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match did_you_mean(&crate::nearest(name, known)) {
            Some(help) => self.help(help),
            None => self,
        }
    }
}

/// `did you mean `a` or `b`?`, when there is something to offer.
pub(crate) fn did_you_mean(near: &[&str]) -> Option<String> {
    let names: Vec<_> = near.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

impl fmt::Display for Diagnostic {
    /// One line: position, message, help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}: ", place.position())?;
        }
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}
