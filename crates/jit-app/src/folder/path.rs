//! Paths relative to a folder, as people write them.

use std::ffi::OsStr;
use std::path::{Component, Path};

use jit_meta::{Error, ErrorKind};

/// What files and folders that are being written are called. No path may have such a segment and no listing
/// shows one, so what a crash leaves behind is never read.
pub(crate) const PART: &str = ".jit-part-";

/// The longest path in bytes; no system takes a longer one.
const LONGEST: usize = 4096;

/// Whether a file is one that is being written.
pub(crate) fn is_part(name: &str) -> bool {
    // Some file systems do not tell `A` from `a`.
    name.get(..PART.len()).is_some_and(|start| start.eq_ignore_ascii_case(PART))
}

/// A path below a folder: its segments joined by `/`, empty for the folder itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelativePath(String);

impl RelativePath {
    /// Reads a path with either separator; `.` and empty segments stand for nothing.
    pub(crate) fn parse(path: &str) -> Result<Self, Error> {
        if path.len() > LONGEST {
            let length = path.len();
            return Err(invalid(format!(
                "a path of {length} bytes was given, more than {LONGEST}"
            )));
        }
        let is_drive = |path: &str| {
            let mut chars = path.chars();
            chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
        };
        if path.starts_with(['/', '\\']) || is_drive(path) {
            // Not quoted: it may tell where things are on this machine.
            return Err(invalid("an absolute path was given"));
        }
        let mut joined = String::with_capacity(path.len());
        for segment in path.split(['/', '\\']).filter(|s| !s.is_empty() && *s != ".") {
            check(path, segment)?;
            joined.push_str(if joined.is_empty() { "" } else { "/" });
            joined.push_str(segment);
        }
        Ok(Self(joined))
    }

    /// The path with `/`; empty for the folder itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the folder itself.
    pub(crate) fn is_folder_itself(&self) -> bool {
        self.0.is_empty()
    }

    /// Its segments, outermost first.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    /// The path of what it lies in, and its own name.
    pub(crate) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }
}

fn check(path: &str, segment: &str) -> Result<(), Error> {
    if segment.contains('\0') {
        return Err(invalid("a path contains a NUL"));
    }
    if is_part(segment) {
        return Err(invalid(format!(
            "`{PART}` in {path:?} begins the names of files that are being written"
        )));
    }
    // `..`, and what only some systems know, such as `C:`.
    let mut components = Path::new(segment).components();
    if components.next() != Some(Component::Normal(OsStr::new(segment))) {
        return Err(invalid(format!("{path:?} has `{segment}` in it")));
    }
    Ok(())
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidPath, message)
        .with_help("give a path below the folder and relative to it, like `models/A/model.py`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_with_either_separator() {
        for (path, expected) in [
            ("", ""),
            (".", ""),
            ("a", "a"),
            ("a/b", "a/b"),
            ("a\\b", "a/b"),
            ("./a//b/", "a/b"),
            ("...", "..."),
            ("a b/é/.hidden", "a b/é/.hidden"),
        ] {
            assert_eq!(RelativePath::parse(path).unwrap().as_str(), expected, "{path}");
        }
    }

    #[test]
    fn no_path_leads_out() {
        for (path, message) in [
            ("..", "\"..\" has `..` in it"),
            ("a/../../b", "\"a/../../b\" has `..` in it"),
            ("a\\..\\b", "\"a\\\\..\\\\b\" has `..` in it"),
            ("/etc/passwd", "an absolute path was given"),
            ("\\\\host\\share", "an absolute path was given"),
            ("C:\\x", "an absolute path was given"),
            ("a\0b", "a path contains a NUL"),
            (&*"a/".repeat(2049), "a path of 4098 bytes was given, more than 4096"),
            (
                "a/.JIT-part-1",
                "`.jit-part-` in \"a/.JIT-part-1\" begins the names of files that are being written",
            ),
        ] {
            let error = RelativePath::parse(path).unwrap_err();
            let help = "give a path below the folder and relative to it, like `models/A/model.py`";
            assert_eq!(error.kind(), ErrorKind::InvalidPath);
            assert_eq!(error.to_string(), format!("{message}; {help}"));
        }
    }
}
