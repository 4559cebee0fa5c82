//! Reading text files, with messages that say what to do.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, SourceFile};

/// Definitions and configurations are written by people: more than this is no such file.
pub(crate) const LARGEST: u64 = 16 * 1024 * 1024;
/// What most files have room in, in bytes.
const USUAL: usize = 2048;

/// Reads a file as UTF-8, without a byte order mark; `None` when it is not there. A link that leads nowhere is
/// there: what it stands for, a secret that is not mounted yet perhaps, is missing.
pub(crate) fn read(path: &Path, shown: &str) -> Result<Option<Arc<SourceFile>>, Box<Diagnostic>> {
    // A pipe or a device is not even opened: it might never end.
    let read = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => return read_regular(path, shown),
        Ok(_) => Err(io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            let message = format!("`{shown}` is a link that leads nowhere");
            let finding = Diagnostic::error(Code::Unreadable, message);
            return Err(Box::new(finding.help("mend it, or remove it")));
        }
        Err(error) => Err(error),
    };
    text(read, shown)
}

/// The same for what is known to be a regular file, without asking again.
pub(crate) fn read_regular(
    path: &Path,
    shown: &str,
) -> Result<Option<Arc<SourceFile>>, Box<Diagnostic>> {
    text(bytes(path, LARGEST), shown)
}

/// A file's bytes, at most one more than `largest`. Asks the system for nothing but them.
pub(crate) fn bytes(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(USUAL);
    std::fs::File::open(path)?.take(largest + 1).read_to_end(&mut bytes)?;
    bytes.shrink_to_fit();
    Ok(bytes)
}

/// What was read as UTF-8, without a byte order mark; `None` when the file is not there.
pub(crate) fn text(
    read: io::Result<Vec<u8>>,
    shown: &str,
) -> Result<Option<Arc<SourceFile>>, Box<Diagnostic>> {
    let unreadable = |why: &str| {
        Box::new(
            Diagnostic::error(Code::Unreadable, format!("cannot read `{shown}`: {why}"))
                .help("an app's files are UTF-8 text, readable, of at most 16 MiB"),
        )
    };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&reason(&error))),
    };
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable("it is larger than 16 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text);
    Ok(Some(Arc::new(SourceFile::new(shown, text))))
}

/// An I/O error in words, without the number the system gives it.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

/// The way from one folder to another, `../../base/1_0_0/`, as far as they have a common root.
pub(crate) fn way(from: &Path, to: &Path) -> String {
    let absolute = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (from, to) = (absolute(from), absolute(to));
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down =
        to.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).map(|part| part + "/").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_every_size_are_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        for size in [0, 1, USUAL - 1, USUAL, USUAL + 1, 5 * USUAL] {
            let text: String = ('a'..='z').cycle().take(size).collect();
            std::fs::write(&path, &text).unwrap();
            assert_eq!(read(&path, "x").unwrap().unwrap().text(), text, "{size}");
            let least = size.min(10);
            assert_eq!(bytes(&path, 9).unwrap(), text.as_bytes()[..least], "{size}");
        }
        assert!(read(&dir.path().join("none"), "none").unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_no_missing_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("A.json");
        std::os::unix::fs::symlink("there", &path).unwrap();
        let finding = read(&path, "a/A.json").unwrap_err();
        let told = "`a/A.json` is a link that leads nowhere; mend it, or remove it";
        assert_eq!(finding.to_string(), told);
        std::fs::write(dir.path().join("there"), "{}").unwrap();
        assert_eq!(read(&path, "a/A.json").unwrap().unwrap().text(), "{}");
    }
}
