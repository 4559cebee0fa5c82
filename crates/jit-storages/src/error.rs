//! What can go wrong with a storage.

use std::fmt;
use std::sync::Arc;

use jit_meta::{FullName, LoadContext};

use crate::Storages;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure an [`Error`] is, for callers that decide by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file, or the place for files, is not there.
    NotFound,
    /// The credentials are good and may not do this.
    AccessDenied,
    /// The credentials are not good.
    InvalidCredentials,
    /// The configuration cannot work.
    InvalidConfig,
    /// No file can have this name.
    InvalidName,
    /// An argument is out of bounds.
    InvalidArgument,
    /// The file is in a state that forbids it, or was replaced in between.
    Conflict,
    /// The storage did not answer in time.
    Timeout,
    /// The storage cannot be reached, is overloaded, or failed.
    Unavailable,
    /// What arrived is not what was stored, or the other way round.
    Corrupt,
    /// This storage cannot do that.
    Unsupported,
    /// Anything else.
    Other,
}

impl ErrorKind {
    fn words(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AccessDenied => "permission denied",
            Self::InvalidCredentials => "credentials refused",
            Self::InvalidConfig => "wrong configuration",
            Self::InvalidName => "invalid name",
            Self::InvalidArgument => "invalid argument",
            Self::Conflict => "conflict",
            Self::Timeout => "timed out",
            Self::Unavailable => "unavailable",
            Self::Corrupt => "corrupt data",
            Self::Unsupported => "unsupported",
            Self::Other => "failed",
        }
    }
}

/// Who was asked for what: the beginning of every message.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The element, `storages.MyOss`.
    pub element: FullName,
    /// The Type that loaded it, `storages.OssType`.
    pub type_name: FullName,
}

impl Subject {
    /// The element that is being loaded, for the errors of its storage.
    #[must_use]
    pub fn of(cx: &LoadContext<'_, Storages>) -> Self {
        Self { element: cx.element().clone(), type_name: cx.type_name().clone() }
    }
}

/// A failed call of a storage.
///
/// `Display` is one line: what was attempted on which file of which element, what the storage said, and
/// what to do. It holds no secret and no signed URL.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    /// `None` for a storage that does not say who it is.
    subject: Option<Subject>,
    function: &'static str,
    object: String,
    detail: String,
    help: Option<String>,
    oss: Option<Arc<jit_oss::Error>>,
}

impl Error {
    /// An error with its own words for what went wrong.
    pub fn new(
        kind: ErrorKind,
        subject: &Subject,
        function: &'static str,
        object: &str,
        detail: impl Into<String>,
    ) -> Self {
        Self::of(Some(subject), kind, function, object, detail)
    }

    /// The same of a storage that need not say who it is.
    pub(crate) fn of(
        subject: Option<&Subject>,
        kind: ErrorKind,
        function: &'static str,
        object: &str,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            subject: subject.cloned(),
            function,
            object: object.to_owned(),
            detail: detail.into(),
            help: None,
            oss: None,
        }))
    }

    /// What OSS, or the way to it, reported.
    pub(crate) fn from_oss(
        error: impl Into<Arc<jit_oss::Error>>,
        subject: &Subject,
        function: &'static str,
        object: &str,
    ) -> Self {
        let error = error.into();
        let detail = error.reason().to_string();
        let mut own = Self::new(kind_of(error.kind(), object), subject, function, object, detail);
        own.0.help = error.help().or_else(|| match error.kind() {
            jit_oss::ErrorKind::Io => Some("check the path, and that its disk has room".to_owned()),
            _ => None,
        });
        own.0.oss = Some(error);
        own
    }

    /// The same of one of several objects.
    pub(crate) fn about(&self, object: &str) -> Self {
        Self(Box::new(Inner { object: object.to_owned(), ..Inner::clone(&self.0) }))
    }

    /// The same of the function that was called, which works through another.
    pub(crate) fn of_function(mut self, function: &'static str) -> Self {
        self.0.function = function;
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The element, `storages.MyOss`, where the storage says who it is.
    #[must_use]
    pub fn element(&self) -> Option<&FullName> {
        self.0.subject.as_ref().map(|subject| &subject.element)
    }

    /// The Type, `storages.OssType`, where the storage says who it is.
    #[must_use]
    pub fn type_name(&self) -> Option<&FullName> {
        self.0.subject.as_ref().map(|subject| &subject.type_name)
    }

    /// The function, `download`.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.0.function
    }

    /// The file's name, or the prefix of a list; empty where there is none.
    #[must_use]
    pub fn object(&self) -> &str {
        &self.0.object
    }

    /// What went wrong, without who was asked for what, and without what to do.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("{}: {}", self.0.kind.words(), self.0.detail)
    }

    /// What to do, where there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The HTTP status, when there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.oss()?.status()
    }

    /// The vendor's error code, `NoSuchKey`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.oss()?.code()
    }

    /// The vendor's finer error code.
    #[must_use]
    pub fn ec(&self) -> Option<&str> {
        self.oss()?.ec()
    }

    /// The vendor's id of the request: what its support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.oss()?.request_id()
    }

    /// What OSS itself reported: status, code, EC, request id.
    #[must_use]
    pub fn oss(&self) -> Option<&jit_oss::Error> {
        self.0.oss.as_deref()
    }
}

fn kind_of(kind: jit_oss::ErrorKind, object: &str) -> ErrorKind {
    use jit_oss::ErrorKind as Oss;
    match kind {
        Oss::NotFound => ErrorKind::NotFound,
        Oss::AccessDenied => ErrorKind::AccessDenied,
        Oss::InvalidCredentials => ErrorKind::InvalidCredentials,
        Oss::Conflict | Oss::Precondition | Oss::Changed => ErrorKind::Conflict,
        Oss::InvalidInput if jit_oss::check_key(object).is_err() => ErrorKind::InvalidName,
        Oss::InvalidInput | Oss::Range | Oss::Io => ErrorKind::InvalidArgument,
        Oss::InvalidConfig => ErrorKind::InvalidConfig,
        Oss::Throttled | Oss::Server | Oss::Connect | Oss::Interrupted | Oss::NoCredentials => {
            ErrorKind::Unavailable
        }
        Oss::Timeout => ErrorKind::Timeout,
        Oss::Inconsistent => ErrorKind::Corrupt,
        _ => ErrorKind::Other,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, subject, function, object, detail, help, .. } = &*self.0;
        f.write_str(function)?;
        if !object.is_empty() {
            write!(f, " {}", shown(object))?;
        }
        if let Some(Subject { element, type_name }) = subject {
            write!(f, " on {element} ({type_name})")?;
        }
        write!(f, ": {}: {detail}", kind.words())?;
        help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

/// A name in quotes, control characters escaped, cut when it is very long.
fn shown(name: &str) -> String {
    const MOST: usize = 120;
    let cut: String = name.chars().take(MOST).collect();
    let more = if cut.len() < name.len() { "…" } else { "" };
    format!("{:?}", format!("{cut}{more}"))
}

// What the vendor's client reports is told by `Display` already, so it is no `source` as well.
impl std::error::Error for Error {}

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
    fn one_line_says_what_where_and_what_to_do() {
        let subject = Subject {
            element: "storages.MyOss".parse().unwrap(),
            type_name: "storages.OssType".parse().unwrap(),
        };
        let error =
            Error::new(ErrorKind::Unsupported, &subject, "getSignUrl", "a\n\"b\"", "no URLs")
                .with_help("use download");
        assert_eq!(
            error.to_string(),
            r#"getSignUrl "a\n\"b\"" on storages.MyOss (storages.OssType): unsupported: no URLs; use download"#
        );
        let nameless = Error::of(None, ErrorKind::Unsupported, "list", "", "no lists");
        assert_eq!(nameless.to_string(), "list: unsupported: no lists");
    }
}
