//! What can go wrong, for the person at the terminal.

use std::fmt;
use std::io;
use std::path::Path;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why nothing was done: what, where, and what to do.
#[derive(Debug)]
pub struct Error {
    message: String,
    help: Option<String>,
    is_usage: bool,
}

impl Error {
    /// Something stands in the way.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, is_usage: false }
    }

    /// The command line asks for what cannot be.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { is_usage: true, ..Self::new(message) }
    }

    /// A file that cannot be read or written.
    pub(crate) fn io(what: &str, path: &Path, error: &io::Error) -> Self {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::NotFound => "it is not there".to_owned(),
            io::ErrorKind::AlreadyExists => "it is there already".to_owned(),
            io::ErrorKind::NotADirectory => "a part of its path is a file".to_owned(),
            _ => error.to_string(),
        };
        Self::new(format!("cannot {what} `{}`: {why}", path.display()))
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What went wrong, without what to do.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The exit code: 2 when the command line was wrong, otherwise 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.is_usage { 2 } else { 1 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "\nhelp: {help}"))
    }
}

impl std::error::Error for Error {}
