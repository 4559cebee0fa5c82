//! A folder of files that no name leads out of. Everything here blocks.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::walk::Walk;
use crate::ErrorKind;
use crate::local::{PART, Part};

/// The longest segment of a name, in bytes: what common file systems take.
const MAX_SEGMENT: usize = 255;

/// What went wrong, in terms of names: paths of the machine stay out of it.
#[derive(Debug, PartialEq)]
pub(super) struct Trouble {
    pub(super) kind: ErrorKind,
    pub(super) detail: String,
    pub(super) help: Option<String>,
}

type Result<T> = std::result::Result<T, Trouble>;

impl Trouble {
    pub(super) fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn missing() -> Self {
        Self::new(ErrorKind::NotFound, "there is no such file")
            .help("check its name: it is taken exactly as given, case included")
    }

    fn taken() -> Self {
        let detail = "there is a file of this name, and it must not be replaced";
        Self::new(ErrorKind::Conflict, detail).help("choose another name, or delete it first")
    }

    fn no_folder() -> Self {
        Self::new(ErrorKind::InvalidConfig, "a file is where the directory should be")
            .help("check `directory` in the storage's configuration")
    }

    fn is_folder() -> Self {
        Self::new(ErrorKind::Conflict, "this is the name of a folder")
            .help("choose another name, or remove the folder if nothing is in it")
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Io;
        match error.kind() {
            Io::NotFound | Io::NotADirectory => Self::missing(),
            Io::IsADirectory => Self::is_folder(),
            Io::PermissionDenied | Io::ReadOnlyFilesystem => {
                Self::new(ErrorKind::AccessDenied, "the operating system does not permit it")
                    .help("check the permissions of the storage's directory and what is in it")
            }
            Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => {
                Self::new(ErrorKind::Unavailable, "there is no room for it")
                    .help("make room on the storage's disk; what was stored before is untouched")
            }
            Io::InvalidFilename => {
                Self::new(ErrorKind::InvalidName, "the file system does not take a name like this")
                    .help("choose a shorter name")
            }
            Io::TimedOut => Self::new(ErrorKind::Timeout, "the file system did not answer"),
            _ => Self::new(ErrorKind::Other, error.to_string()),
        }
    }
}

/// A folder and what is below it.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at an absolute path. It need not exist: the first file that is written makes it.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Writes a file and the folders above it. Under its name there is always one whole version: the one
    /// before or this one, after a power failure as well.
    pub(super) fn write(&self, name: &str, mut data: impl Read, may_replace: bool) -> Result<()> {
        check_name(name)?;
        let (parent, leaf) = split(name);
        let folder = self.make(name, parent)?;
        let target = folder.join(leaf);
        if target.is_dir() {
            return Err(Trouble::is_folder());
        }
        if !may_replace && target.exists() {
            return Err(Trouble::taken());
        }
        let mut part = Part::create(&folder)?;
        io::copy(&mut data, &mut part.file)?;
        if may_replace {
            return Ok(part.rename(&target)?);
        }
        part.rename_new(&target).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Trouble::taken(),
            _ => error.into(),
        })
    }

    /// Copies a file. A copy onto itself changes nothing.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<()> {
        check_name(to)?;
        let (file, _) = self.open(from)?;
        if from == to { Ok(()) } else { self.write(to, file, true) }
    }

    /// Its files from one name on, in order.
    pub(super) fn walk(&self, prefix: &str, delimiter: Option<&str>, after: &str) -> Walk {
        Walk::new(self.root.clone(), prefix, delimiter, after)
    }

    /// Where the folder really is.
    fn root(&self) -> Result<PathBuf> {
        real_folder(&self.root)
    }

    /// Opens a file. It can be read to its end even when it is replaced or deleted meanwhile.
    pub(super) fn open(&self, name: &str) -> Result<(File, Metadata)> {
        check_name(name)?;
        let root = self.root()?;
        let path = inside(&root, &root.join(name))?;
        // Asked before it is opened: opening a pipe would wait for a writer.
        if !path.metadata()?.is_file() {
            return Err(Trouble::missing());
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    }

    /// Removes a file; that there is none is fine. Folders stay.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        check_name(name)?;
        match self.remove_existing(name) {
            Err(Trouble { kind: ErrorKind::NotFound, .. }) => Ok(()),
            other => other,
        }
    }

    fn remove_existing(&self, name: &str) -> Result<()> {
        let (parent, leaf) = split(name);
        let root = self.root()?;
        // The file itself may be a link to anywhere: the link is what is removed.
        let path = inside(&root, &root.join(parent))?.join(leaf);
        if path.is_dir() { Ok(()) } else { Ok(fs::remove_file(path)?) }
    }

    /// Makes the folders above a file, one by one: a link on the way might lead out, and nothing may be
    /// made there.
    fn make(&self, name: &str, parent: &str) -> Result<PathBuf> {
        fs::create_dir_all(&self.root).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => Trouble::no_folder(),
            _ => error.into(),
        })?;
        let root = self.root.canonicalize()?;
        let mut folder = root.clone();
        let mut above = String::new();
        for segment in parent.split('/').filter(|segment| !segment.is_empty()) {
            above.push_str(if above.is_empty() { "" } else { "/" });
            above.push_str(segment);
            folder.push(segment);
            match fs::create_dir(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder = match inside(&root, &folder) {
                        Ok(folder) if folder.is_dir() => folder,
                        Err(trouble) if trouble.kind != ErrorKind::NotFound => return Err(trouble),
                        // A file, or a link that leads nowhere.
                        _ => {
                            let detail =
                                format!("{above:?} is no folder, so there can be no {name:?}");
                            return Err(Trouble::new(ErrorKind::Conflict, detail)
                                .help(format!("choose another name, or delete {above:?}")));
                        }
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(folder)
    }
}

/// Where the folder of a storage really is; `NotFound` until the first file is written.
pub(super) fn real_folder(path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize()?;
    if path.is_dir() { Ok(path) } else { Err(Trouble::no_folder()) }
}

/// Where a path really is, links followed, if that is below `root`.
///
/// Between this and the use of the path, somebody who may write into the folder can put a link on the way.
fn inside(root: &Path, path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize()?;
    if path.starts_with(root) {
        return Ok(path);
    }
    let detail = "a symbolic link on the way leads out of the storage's directory";
    Err(Trouble::new(ErrorKind::AccessDenied, detail)
        .help("let `directory` point to where the files are, or remove the link"))
}

/// The folders above a file and its own name.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// Checks that a name leads to a file below a folder, wherever the folder is.
pub(super) fn check_name(name: &str) -> Result<()> {
    let wrong = |detail: String| Err(Trouble::new(ErrorKind::InvalidName, detail));
    if name.is_empty() {
        return wrong("the name is empty".to_owned());
    }
    if name.starts_with('/') {
        return wrong("the name starts with `/`; names are relative to the directory".to_owned());
    }
    if name.contains('\\') {
        return wrong("the name contains `\\`; folders are separated by `/`".to_owned());
    }
    if name.contains('\0') {
        return wrong("the name contains a NUL".to_owned());
    }
    for segment in name.split('/') {
        if segment.is_empty() {
            return wrong("the name contains `//` or ends with `/`".to_owned());
        }
        if segment.len() > MAX_SEGMENT {
            let length = segment.len();
            return wrong(format!(
                "a part of the name has {length} bytes, more than the {MAX_SEGMENT} a file system takes"
            ));
        }
        // So that what a crash leaves behind is never visible as a file of the storage.
        if segment.get(..PART.len()).is_some_and(|start| start.eq_ignore_ascii_case(PART)) {
            return wrong(format!("`{PART}` begins the names of files that are being written"));
        }
        // `.`, `..`, and what only some systems know, such as `C:`.
        let mut components = Path::new(segment).components();
        if components.next() != Some(Component::Normal(OsStr::new(segment))) {
            return wrong(format!("`{segment}` cannot be a part of a name"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_files_below_the_folder() {
        let long = "k".repeat(255);
        for name in
            ["a", "a/b.c", "...", ".a", "a b", "%2F", "C", "é/😀", "~", long.as_str(), ".jit"]
        {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        let (longer, wide) = ("k".repeat(256), "é".repeat(128));
        for (name, detail) in [
            ("", "the name is empty"),
            ("/a", "the name starts with `/`; names are relative to the directory"),
            ("/", "the name starts with `/`; names are relative to the directory"),
            ("a\\b", "the name contains `\\`; folders are separated by `/`"),
            ("a\0b", "the name contains a NUL"),
            ("a//b", "the name contains `//` or ends with `/`"),
            ("a/", "the name contains `//` or ends with `/`"),
            (".", "`.` cannot be a part of a name"),
            ("..", "`..` cannot be a part of a name"),
            ("a/../b", "`..` cannot be a part of a name"),
            ("a/./b", "`.` cannot be a part of a name"),
            (&longer, "a part of the name has 256 bytes, more than the 255 a file system takes"),
            (&wide, "a part of the name has 256 bytes, more than the 255 a file system takes"),
            ("a/.JIT-part-1", "`.jit-part-` begins the names of files that are being written"),
        ] {
            let trouble = check_name(name).unwrap_err();
            assert_eq!((trouble.kind, trouble.detail.as_str()), (ErrorKind::InvalidName, detail));
        }
    }

    #[test]
    fn what_the_system_reports_is_told_in_terms_of_files() {
        use io::ErrorKind as Io;
        for (reported, kind) in [
            (Io::NotFound, ErrorKind::NotFound),
            (Io::NotADirectory, ErrorKind::NotFound),
            (Io::IsADirectory, ErrorKind::Conflict),
            (Io::PermissionDenied, ErrorKind::AccessDenied),
            (Io::ReadOnlyFilesystem, ErrorKind::AccessDenied),
            (Io::StorageFull, ErrorKind::Unavailable),
            (Io::QuotaExceeded, ErrorKind::Unavailable),
            (Io::FileTooLarge, ErrorKind::Unavailable),
            (Io::InvalidFilename, ErrorKind::InvalidName),
            (Io::TimedOut, ErrorKind::Timeout),
            (Io::Other, ErrorKind::Other),
        ] {
            assert_eq!(Trouble::from(io::Error::from(reported)).kind, kind, "{reported}");
        }
    }
}
