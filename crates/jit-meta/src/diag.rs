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
        let message = one_line(message);
        Self { severity: Severity::Error, code, message, place: None, help: vec![], notes: vec![] }
    }

    /// A warning without a place.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Marks a place.
    #[must_use]
    pub fn at(mut self, file: &Arc<SourceFile>, span: Span, label: impl Into<String>) -> Self {
        self.place = Some(Place { file: Arc::clone(file), span, label: one_line(label) });
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(one_line(help));
        self
    }

    /// Adds what else is worth knowing.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(one_line(note));
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

/// A text with control characters, and those that turn the direction of writing, as escapes: names of keys
/// and folders are quoted, and must neither break a line nor command a terminal.
pub(crate) fn one_line(text: impl Into<String>) -> String {
    let text = text.into();
    let is_odd =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(is_odd) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_odd(c) { out.extend(c.escape_debug()) } else { out.push(c) }
    }
    out
}

/// ``did you mean `a`, `b` or `c`?``, when there is something to offer.
#[must_use]
pub fn did_you_mean(near: &[&str]) -> Option<String> {
    let names: Vec<_> = near.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = names.split_last()?;
    Some(match others {
        [] => format!("did you mean {last}?"),
        others => format!("did you mean {} or {last}?", others.join(", ")),
    })
}

/// Writes what to do behind a message, in the same line. A question ends with its own mark.
pub(crate) fn write_help(f: &mut fmt::Formatter<'_>, help: &[String]) -> fmt::Result {
    let mut separator = "; ";
    for sentence in help {
        write!(f, "{separator}{sentence}")?;
        separator = if sentence.ends_with('?') { " " } else { "; " };
    }
    Ok(())
}

impl fmt::Display for Diagnostic {
    /// One line: position, message, help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}: ", place.position())?;
        }
        f.write_str(&self.message)?;
        write_help(f, &self.help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_and_what_follows_them_read_as_sentences() {
        for (near, told) in [
            (&["a"][..], "m; did you mean `a`? then go; and on"),
            (&["a", "b"], "m; did you mean `a` or `b`? then go; and on"),
            (&["a", "b", "c"], "m; did you mean `a`, `b` or `c`? then go; and on"),
        ] {
            let finding = Diagnostic::error(Code::NoElement, "m");
            let finding = finding.help(did_you_mean(near).unwrap()).help("then go").help("and on");
            assert_eq!(finding.to_string(), told);
            let error = crate::Error::new(crate::ErrorKind::NotFound, "m");
            let error = finding.help.iter().fold(error, |error, help| error.with_help(help));
            assert_eq!(error.to_string(), told);
        }
        assert_eq!(did_you_mean(&[]), None);
    }

    #[test]
    fn what_is_quoted_stays_in_its_line_and_commands_no_terminal() {
        for (text, told) in [
            ("plain é 漢", "plain é 漢"),
            ("a\nb\t\r", "a\\nb\\t\\r"),
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("\u{9b}\u{202e}\u{2028}", "\\u{9b}\\u{202e}\\u{2028}"),
        ] {
            let file = Arc::new(SourceFile::new(text, ""));
            let finding = Diagnostic::error(Code::FieldValue, text);
            let finding = finding.at(&file, 0..0, text).help(text).note(text);
            assert_eq!(finding.to_string(), format!("{told}:1:1: {told}; {told}"));
            assert_eq!(finding.notes, [told]);
            assert_eq!(finding.place.map(|place| place.label), Some(told.to_owned()));
        }
    }
}
