//! Reading text files, with messages that say what to do.

use std::io;
use std::path::Path;
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, SourceFile};

/// Definitions and configurations are written by people: more than this is no such file.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a file as UTF-8, without a byte order mark; `None` when it is not there.
pub(crate) fn read(path: &Path, shown: &str) -> Result<Option<Arc<SourceFile>>, Box<Diagnostic>> {
    let unreadable = |why: String| {
        Box::new(
            Diagnostic::error(Code::Unreadable, format!("cannot read `{shown}`: {why}"))
                .help("an app's files are UTF-8 text, readable, of at most 16 MiB"),
        )
    };
    let is_too_large = std::fs::metadata(path).is_ok_and(|data| data.len() > LARGEST);
    if is_too_large {
        return Err(unreadable("it is larger than 16 MiB".to_owned()));
    }
    match std::fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text);
                Ok(Some(Arc::new(SourceFile::new(shown, text))))
            }
            Err(_) => Err(unreadable("it is not UTF-8".to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(reason(&error))),
    }
}

/// An I/O error in words, without the number the system gives it.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}
