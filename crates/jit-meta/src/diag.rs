//! What is wrong with a file, as data. Rendering is the command line's affair.

use std::fmt;
use std::sync::Arc;

use crate::{SourceFile, Span};

/// Whether a finding stops an element from working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does not work.
    Error,
    /// It works, and probably not as meant.
    Warning,
}

/// The stable code of a finding. The text of each says cause and cure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// `JIT0001`: the folder is no app: `app.json` is missing or cannot be read. Point at the folder that
    /// holds it.
    NoApp,
    /// `JIT0002`: `app.json` is not understood. Correct the marked place.
    AppJson,
    /// `JIT0003`: a folder or file could not be read. Check its permissions; everything else was read.
    Unreadable,
    /// `JIT0004`: `initData.json` is not understood. Correct the marked place.
    InitData,
    /// `JIT0005`: the pack of an app's definitions is not that of its folder, or is damaged. Pack it again.
    StalePack,
    /// `JIT0100`: an element's folder has a name that no element can have, or one that differs from another's
    /// in nothing but case. Rename the folder.
    ElementName,
    /// `JIT0101`: `e.json` is not valid JSON, not an object, gives a key twice, or is nested too deeply. Correct
    /// the marked place.
    ElementSyntax,
    /// `JIT0102`: no Type with this name is registered, and it looks like a slip. Use the name offered.
    UnknownType,
    /// `JIT0103`: `e.json` has no `type`, or an empty one where no Meta is expected. Name the Type that the
    /// element is an instance of.
    MissingType,
    /// `JIT0104`: no code for this Type is linked into the program. Link the crate that registers it.
    NotLinked,
    /// `JIT0105`: a known field of `e.json` has a value of the wrong kind. Correct the marked place.
    FieldValue,
    /// `JIT0106`: the chain of `type`s comes back to where it began. Break it.
    TypeCycle,
    /// `JIT0107`: the name an element is asked for by is not there. Use a name that is.
    NoElement,
    /// `JIT0108`: an app redefines an element that the app it extends has `protected`. Rename one of them.
    Protected,
    /// `JIT0109`: a selector is not understood. Correct the marked place.
    Selector,
    /// `JIT0110`: a folder looks like an element's and has no `e.json`. Create it.
    NoDefine,
    /// `JIT0111`: an element has several `e.json`, in its folder, `backend` or `frontend`, and they disagree on
    /// its `type`. Correct or remove one.
    SplitType,
    /// `JIT0201`: the element needs a configuration file and has none. Create it.
    NoConfig,
    /// `JIT0202`: the configuration file is not valid JSON, not an object, gives a key twice, or is nested too
    /// deeply. Correct the marked place.
    ConfigSyntax,
    /// `JIT0203`: required keys are missing. Add them.
    MissingKey,
    /// `JIT0204`: a key that the Type does not know. Correct or remove it.
    UnknownKey,
    /// `JIT0205`: a value of the wrong JSON type. Correct it.
    WrongType,
    /// `JIT0206`: a value that the Type cannot accept. Correct it.
    BadValue,
    /// `JIT0207`: a required key is empty because a variable is not set. Set the variable.
    UnsetVariable,
    /// `JIT0208`: a configuration with secrets would be bundled for browsers. Remove `frontBundleEntry`.
    ExposedSecret,
    /// `JIT0209`: the configuration is in `config.json`, or there are several files that could be it. Keep one,
    /// called by the element's own name.
    ConfigName,
    /// `JIT0210`: a value looks like a placeholder and is none. Write `${NAME}` or `{{NAME}}`.
    MalformedPlaceholder,
}

impl Code {
    /// The code as it is printed, `JIT0102`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoApp => "JIT0001",
            Self::AppJson => "JIT0002",
            Self::Unreadable => "JIT0003",
            Self::InitData => "JIT0004",
            Self::StalePack => "JIT0005",
            Self::ElementName => "JIT0100",
            Self::ElementSyntax => "JIT0101",
            Self::UnknownType => "JIT0102",
            Self::MissingType => "JIT0103",
            Self::NotLinked => "JIT0104",
            Self::FieldValue => "JIT0105",
            Self::TypeCycle => "JIT0106",
            Self::NoElement => "JIT0107",
            Self::Protected => "JIT0108",
            Self::Selector => "JIT0109",
            Self::NoDefine => "JIT0110",
            Self::SplitType => "JIT0111",
            Self::NoConfig => "JIT0201",
            Self::ConfigSyntax => "JIT0202",
            Self::MissingKey => "JIT0203",
            Self::UnknownKey => "JIT0204",
            Self::WrongType => "JIT0205",
            Self::BadValue => "JIT0206",
            Self::UnsetVariable => "JIT0207",
            Self::ExposedSecret => "JIT0208",
            Self::ConfigName => "JIT0209",
            Self::MalformedPlaceholder => "JIT0210",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
