//! What can go wrong between a name and a live element.

use std::fmt;

use crate::diag::{one_line, write_help};
use crate::{Diagnostic, FullName, Place};

/// What kind of failure an [`Error`] is, for callers that decide by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The folder cannot be read as an app.
    NoApp,
    /// No element, or no file, has this name.
    NotFound,
    /// The element's definition is wrong.
    InvalidDefine,
    /// The Type of the element is not registered in this program.
    NotLinked,
    /// The element's configuration, or another file of an app's data, is wrong.
    InvalidConfig,
    /// Two registrations claim one name.
    Duplicate,
    /// The element belongs to another family than the one asked for.
    WrongFamily,
    /// The element has no function of this name.
    UnknownFunction,
    /// A call's arguments do not fit the function.
    BadArguments,
    /// Elements that ask for each other while they are loaded, in a circle.
    LoadCycle,
    /// The app that an element belongs to, and whose help it needs, is gone.
    AppGone,
    /// The element cannot do what was asked of it.
    Unsupported,
    /// A path that is none, or that leads out of the folder it is relative to.
    InvalidPath,
    /// What is there already stands in the way.
    Conflict,
    /// A file could not be read or written.
    Io,
    /// The element's own code failed; the source says how.
    Failed,
}

/// An error with the element, Type, file and place it concerns.
///
/// `Display` is one line and says what to do. [`diagnostics`](Self::diagnostics) has every finding, with
/// its place in the file, for those who can render it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    element: Option<FullName>,
    asked_by: Vec<FullName>,
    type_name: Option<FullName>,
    function: Option<String>,
    context: Option<String>,
    message: String,
    help: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with a message: lower case, no full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            element: None,
            asked_by: Vec::new(),
            type_name: None,
            function: None,
            context: None,
            message: one_line(message),
            help: Vec::new(),
            diagnostics: Vec::new(),
            source: None,
        }))
    }

    /// An error made of findings; its message is that of the first.
    pub fn from_diagnostics(kind: ErrorKind, diagnostics: Vec<Diagnostic>) -> Self {
        let mut error = Self::new(kind, String::new());
        error.0.diagnostics = diagnostics;
        error
    }

    /// The failure of an element's own code. Its message is this error's message.
    pub fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut error = Self::new(ErrorKind::Failed, String::new());
        error.0.source = Some(source.into());
        error
    }

    /// Says more exactly what kind of failure it is.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(one_line(help));
        self
    }

    /// Says which element it concerns. Said again of another one, it is that one that has [asked](Self::asked_by) for
    /// what failed.
    #[must_use]
    pub fn with_element(mut self, element: &FullName) -> Self {
        let known = self.0.element.get_or_insert_with(|| element.clone());
        if self.0.asked_by.last().unwrap_or(known) != element {
            self.0.asked_by.push(element.clone());
        }
        self
    }

    /// Says which Type it concerns. That of an element that has asked is none of it.
    #[must_use]
    pub fn with_type(mut self, type_name: &FullName) -> Self {
        if self.0.asked_by.is_empty() {
            self.0.type_name.get_or_insert_with(|| type_name.clone());
        }
        self
    }

    /// Says which function was called by name.
    #[must_use]
    pub fn with_function(mut self, function: impl Into<String>) -> Self {
        self.0.function.get_or_insert_with(|| one_line(function));
        self
    }

    /// Says what has failed, before what it failed with: `` `onLoad` of `a.B` failed``.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        let context = one_line(context);
        self.0.context = Some(match self.0.context {
            Some(inner) => format!("{context}: {inner}"),
            None => context,
        });
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The element it concerns.
    #[must_use]
    pub fn element(&self) -> Option<&FullName> {
        self.0.element.as_ref()
    }

    /// The elements by way of which the one it concerns was asked, the nearest first.
    #[must_use]
    pub fn asked_by(&self) -> &[FullName] {
        &self.0.asked_by
    }

    /// The Type it concerns.
    #[must_use]
    pub fn type_name(&self) -> Option<&FullName> {
        self.0.type_name.as_ref()
    }

    /// The function that was called by name.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.0.function.as_deref()
    }

    /// What has failed, where [`with_context`](Self::with_context) has said so.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The file and span of the first finding that has one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.diagnostics.iter().find_map(|finding| finding.place.as_ref())
    }

    /// Every finding, when the error comes from reading files.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }

    /// What to do, one sentence each.
    pub fn help(&self) -> impl Iterator<Item = &str> {
        let findings = self.0.diagnostics.iter().flat_map(|finding| &finding.help);
        self.0.help.iter().chain(findings).map(String::as_str)
    }

    /// What was said by [`with_help`](Self::with_help), without what its findings say.
    #[must_use]
    pub fn own_help(&self) -> &[String] {
        &self.0.help
    }

    /// The failure of the element's own code, when it is of type `E`.
    #[must_use]
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.0.source.as_ref()?.downcast_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(context) = &self.0.context {
            write!(f, "{context}: ")?;
        }
        match (&self.0.source, self.0.diagnostics.as_slice()) {
            (Some(source), _) => write!(f, "{source}")?,
            (None, []) => f.write_str(&self.0.message)?,
            (None, [only]) => write!(f, "{only}")?,
            (None, [first, rest @ ..]) => {
                write!(f, "{first}")?;
                for finding in rest {
                    write!(f, " | {finding}")?;
                }
            }
        }
        write_help(f, &self.0.help)
    }
}

impl fmt::Debug for Error {
    /// What a program that returns the error from `main` prints: the kind, and what `Display` says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {
    /// The cause below the failure that [`Display`](fmt::Display) already tells.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref()?.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_cheap_to_pass_and_cross_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<Error>();
        assert!(size_of::<Error>() <= 2 * size_of::<usize>());
    }

    #[test]
    fn whoever_asked_is_remembered_in_order() {
        let names = ["a.A", "a.A", "a.B", "a.B", "a.C"].map(|name| name.parse().unwrap());
        let error = names.iter().fold(Error::failed(fmt::Error), Error::with_element);
        assert_eq!(error.element(), Some(&names[0]));
        assert_eq!(error.asked_by(), [names[2].clone(), names[4].clone()]);
        assert_eq!(error.with_type(&names[3]).type_name(), None);
    }

    #[test]
    fn a_context_comes_first_and_changes_nothing_else() {
        let error = Error::failed(fmt::Error).with_help("wait").with_context("inner");
        let error = error.with_context("outer");
        assert_eq!(error.to_string(), format!("outer: inner: {}; wait", fmt::Error));
        assert_eq!(error.context(), Some("outer: inner"));
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert!(error.downcast_ref::<fmt::Error>().is_some());
    }
}
