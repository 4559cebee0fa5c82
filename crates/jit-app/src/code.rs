//! `app.code`: the files of an app, for tools that write apps.

mod copy;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::PathBuf;

use jit_meta::{Error, ErrorKind, FullName};

use crate::folder::{Folder, RelativePath, failed, is_part};
use crate::layout;

/// The files of an app's folder, read and written: JitAi's `app.code`.
///
/// Paths are relative to the app's folder, with `/` or `\`; the empty path is the folder itself. No path
/// leads out of it, be it by `..`, from a root, or through a link. A file is written beside its place and
/// then moved there, so that readers see a whole version, the one before or the new one. A running app does
/// not notice what is written before it [reloads](crate::App::reload);
/// [`App::write_element`](crate::App::write_element) does both.
///
/// Every method does blocking I/O. An error names the relative path, and is
///
/// - [`ErrorKind::InvalidPath`] for a path that leads out of the folder, and for the folder itself where
///   something would be done to it,
/// - [`ErrorKind::NotFound`] for a path where nothing is,
/// - [`ErrorKind::Conflict`] where something stands in the way: a target that is there already, a folder
///   where a file should be, or the other way round,
/// - [`ErrorKind::Io`] for what the operating system refuses.
#[derive(Clone, Debug)]
pub struct AppCode {
    folder: Folder,
}

impl AppCode {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { folder: Folder::new(root, "the app's folder") }
    }

    /// Whether a file or folder is there. What no path may lead to is not there.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Whether there is a folder.
    #[doc(alias = "isdir")]
    #[must_use]
    pub fn is_dir(&self, path: &str) -> bool {
        self.find(path).is_some_and(|path| path.is_dir())
    }

    /// Whether there is a file.
    #[doc(alias = "isfile")]
    #[must_use]
    pub fn is_file(&self, path: &str) -> bool {
        self.find(path).is_some_and(|path| path.is_file())
    }

    fn find(&self, path: &str) -> Option<PathBuf> {
        self.folder.find("read", &RelativePath::parse(path).ok()?).ok()
    }

    /// Reads a file whole.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.folder.read(&RelativePath::parse(path)?)
    }

    /// Reads a file as UTF-8, exactly as it is.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`]; [`ErrorKind::Conflict`] also when it is not UTF-8.
    pub fn read_text(&self, path: &str) -> Result<String, Error> {
        let path = RelativePath::parse(path)?;
        String::from_utf8(self.folder.read(&path)?).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let message =
                format!("cannot read `{}` as text: byte {at} is not UTF-8", path.as_str());
            Error::new(ErrorKind::Conflict, message)
                .with_help("read it as bytes, or store it as UTF-8")
        })
    }

    /// Writes a file whole, and makes the folders above it. One that was there keeps its permissions.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`]; what was there before is then untouched.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> Result<(), Error> {
        self.folder.write(&RelativePath::parse(path)?, content.as_ref())
    }

    /// The names of what is in a folder, sorted. Names that are no Unicode are left out: no path leads there.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`].
    #[doc(alias = "listdir")]
    pub fn list_dir(&self, path: &str) -> Result<Vec<String>, Error> {
        let path = RelativePath::parse(path)?;
        let folder = self.folder.find("list", &path)?;
        self.want_folder(&folder, "list", &path)?;
        let fail = |error| failed("list", &quoted(&path), &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            names.extend(name.to_str().filter(|name| !is_part(name)).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Makes a folder and those above it. That it is there already is fine.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`].
    #[doc(alias = "createDir")]
    pub fn create_dir(&self, path: &str) -> Result<(), Error> {
        self.folder.make(RelativePath::parse(path)?.as_str()).map(drop)
    }

    /// Removes a folder and everything in it. A link to a folder is removed, not what it leads to.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`].
    #[doc(alias = "deleteDir")]
    pub fn delete_dir(&self, path: &str) -> Result<(), Error> {
        let path = RelativePath::parse(path)?;
        let folder = self.folder.entry("delete", &path)?;
        self.want_folder(&folder, "delete", &path)?;
        fs::remove_dir_all(folder).map_err(|error| failed("delete", &quoted(&path), &error))
    }

    /// Removes a file. A link is removed, not what it leads to.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`].
    #[doc(alias = "deleteFile")]
    pub fn delete_file(&self, path: &str) -> Result<(), Error> {
        let path = RelativePath::parse(path)?;
        let file = self.folder.entry("delete", &path)?;
        if file.is_dir() {
            let message = format!("cannot delete `{}` as a file: it is a folder", path.as_str());
            return Err(Error::new(ErrorKind::Conflict, message).with_help("delete it as a folder"));
        }
        fs::remove_file(file).map_err(|error| failed("delete", &quoted(&path), &error))
    }

    /// Moves a file or folder to another path, where nothing may be yet, and makes the folders above it.
    ///
    /// Two who move something to one path at the same time are not kept apart.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`].
    pub fn rename(&self, source: &str, target: &str) -> Result<(), Error> {
        let (source, target) = (RelativePath::parse(source)?, RelativePath::parse(target)?);
        let from = self.folder.entry("rename", &source)?;
        let fail = |error| {
            let what = format!("{} to {}", quoted(&source), quoted(&target));
            failed("rename", &what, &error)
        };
        from.symlink_metadata()
            .map_err(|error| failed("rename", &quoted(&source), &error))
            .map(drop)?;
        let to = self.new_place("rename", &source, &from, &target)?;
        fs::rename(from, to).map_err(fail)
    }

    /// Copies a folder and everything in it to another path, where nothing may be yet, and makes the folders
    /// above it. The copy appears as a whole or not at all.
    ///
    /// A link to a file becomes a copy of that file.
    ///
    /// # Errors
    ///
    /// Those of [`AppCode`]; [`ErrorKind::Conflict`] also when the target lies in the source, and for links to
    /// folders, which might never end.
    #[doc(alias = "copyDir")]
    pub fn copy_dir(&self, source: &str, target: &str) -> Result<(), Error> {
        let (source, target) = (RelativePath::parse(source)?, RelativePath::parse(target)?);
        let from = self.folder.find("copy", &source)?;
        self.want_folder(&from, "copy", &source)?;
        let to = self.new_place("copy", &source, &from, &target)?;
        copy::tree(&self.folder, &from, &source, &to)
    }

    /// The deepest element that a path lies in or is; the path itself need not exist.
    ///
    /// A folder `backend` or `frontend` directly under an element's holds a part of it and is not in its name:
    /// `models/A/backend/model.py` belongs to `models.A`.
    #[doc(alias = "parseElementByPath")]
    #[must_use]
    pub fn parse_element_by_path(&self, path: &str) -> Option<FullName> {
        let path = RelativePath::parse(path).ok()?;
        layout::element_of(self.folder.root(), &path.segments().collect::<Vec<_>>())
    }

    fn want_folder(
        &self,
        folder: &std::path::Path,
        doing: &str,
        path: &RelativePath,
    ) -> Result<(), Error> {
        let metadata = folder.metadata().map_err(|error| failed(doing, &quoted(path), &error))?;
        if metadata.is_dir() {
            return Ok(());
        }
        let message = format!("cannot {doing} `{}` as a folder: it is a file", path.as_str());
        Err(Error::new(ErrorKind::Conflict, message).with_help("name a folder"))
    }

    /// Where `target` will be, the folders above it made, if nothing is there and it is not in the source.
    fn new_place(
        &self,
        doing: &str,
        source: &RelativePath,
        from: &std::path::Path,
        target: &RelativePath,
    ) -> Result<PathBuf, Error> {
        self.folder.not_itself(doing, target)?;
        let (shown, to) = (target.as_str(), self.folder.planned(doing, target)?);
        let conflict = |why: &str, help: &str| {
            let message = format!("cannot {doing} {} to `{shown}`: {why}", quoted(source));
            Err(Error::new(ErrorKind::Conflict, message).with_help(help))
        };
        // A link that leads to a folder is moved, not the folder.
        let is_folder = from.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        if is_folder && to != from && to.starts_with(from) {
            return conflict("that is inside it", "choose a path outside of it");
        }
        let entry = self.folder.make_parents(target)?.join(target.split().1);
        if entry.symlink_metadata().is_ok() {
            return conflict("that is there already", "choose another path, or delete it first");
        }
        Ok(entry)
    }
}

fn quoted(path: &RelativePath) -> String {
    match path.as_str() {
        "" => "the app's folder".to_owned(),
        path => format!("`{path}`"),
    }
}
