//! Copying a folder as a whole.

use std::fs;
use std::path::Path;

use jit_meta::{Error, ErrorKind};
use walkdir::{DirEntry, WalkDir};

use crate::folder::{Folder, Part, RelativePath, failed, is_part};

/// Copies the folder `from`, which is shown as `source`, to `to`, where nothing is.
pub(super) fn tree(
    folder: &Folder,
    from: &Path,
    source: &RelativePath,
    to: &Path,
) -> Result<(), Error> {
    let shown_as = |path: &Path| {
        let below = path.strip_prefix(from).unwrap_or(path).to_string_lossy().replace('\\', "/");
        [source.as_str(), &below]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/")
    };
    let fail = |path: &Path, error| failed("copy", &format!("`{}`", shown_as(path)), &error);
    let part = Part::folder(to.parent().unwrap_or(folder.root())).map_err(|e| fail(from, e))?;
    let walk = WalkDir::new(from).min_depth(1).into_iter();
    for entry in walk.filter_entry(|entry| !is_part(&entry.file_name().to_string_lossy())) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(from).to_owned();
            let error = error.into_io_error().unwrap_or_else(|| std::io::ErrorKind::Other.into());
            fail(&path, error)
        })?;
        let target = part.path().join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        if entry.file_type().is_dir() {
            fs::create_dir(target).map_err(|error| fail(entry.path(), error))?;
        } else {
            let file = file_of(folder, &entry, &shown_as(entry.path()))?;
            fs::copy(file, target).map_err(|error| fail(entry.path(), error))?;
        }
    }
    part.rename(to).map_err(|error| fail(from, error))
}

/// The file that an entry is or leads to.
fn file_of(folder: &Folder, entry: &DirEntry, shown: &str) -> Result<std::path::PathBuf, Error> {
    let file = match entry.path_is_symlink() {
        true => folder.find_at("copy", entry.path(), shown)?,
        false => entry.path().to_owned(),
    };
    if file.is_file() {
        return Ok(file);
    }
    let what = if file.is_dir() { "a link to a folder" } else { "no regular file" };
    let message = format!("cannot copy `{shown}`: it is {what}");
    Err(Error::new(ErrorKind::Conflict, message).with_help("remove it, or copy what is around it"))
}
