//! A folder that no path leads out of. Everything here blocks.
//!
//! Links are resolved and compared with the folder before each use, which leaves a race to those who may
//! write into the folder meanwhile.

mod error;
mod part;
mod path;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jit_meta::{Error, ErrorKind};

pub(crate) use error::failed;
pub(crate) use part::Part;
pub(crate) use path::{RelativePath, is_part};

/// A folder, and what is below it.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    /// How messages call it: `the app's folder`.
    called: &'static str,
}

impl Folder {
    pub(crate) fn new(root: impl Into<PathBuf>, called: &'static str) -> Self {
        Self { root: root.into(), called }
    }

    /// The folder, as it was given.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder, links resolved.
    pub(crate) fn resolved(&self) -> Result<PathBuf, Error> {
        self.root.canonicalize().map_err(|error| failed("open", self.called, &error))
    }

    /// Where something is, links resolved, if that is in the folder.
    pub(crate) fn find(&self, doing: &str, path: &RelativePath) -> Result<PathBuf, Error> {
        let root = self.resolved()?;
        self.inside(&root, &root.join(path.as_str()), doing, path.as_str())
    }

    /// The same for something whose place below the folder is known.
    pub(crate) fn find_at(&self, doing: &str, path: &Path, shown: &str) -> Result<PathBuf, Error> {
        self.inside(&self.resolved()?, path, doing, shown)
    }

    /// Where the entry of a name is, the folders above it resolved; a link is not followed.
    pub(crate) fn entry(&self, doing: &str, path: &RelativePath) -> Result<PathBuf, Error> {
        self.not_itself(doing, path)?;
        let (parent, leaf) = path.split();
        let root = self.resolved()?;
        Ok(self.inside(&root, &root.join(parent), doing, path.as_str())?.join(leaf))
    }

    /// Where something is or would be, links resolved as far as it exists.
    pub(crate) fn planned(&self, doing: &str, path: &RelativePath) -> Result<PathBuf, Error> {
        let mut at = self.resolved()?;
        let root = at.clone();
        let mut segments = path.segments();
        for segment in segments.by_ref() {
            at.push(segment);
            if at.symlink_metadata().is_err() {
                break;
            }
            at = self.inside(&root, &at, doing, path.as_str())?;
        }
        at.extend(segments);
        Ok(at)
    }

    /// Refuses to do to the folder itself what is done to things in it.
    pub(crate) fn not_itself(&self, doing: &str, path: &RelativePath) -> Result<(), Error> {
        if !path.is_folder_itself() {
            return Ok(());
        }
        let message = format!("cannot {doing} {} itself", self.called);
        Err(Error::new(ErrorKind::InvalidPath, message).with_help("name something in it"))
    }

    /// Reads a file whole.
    pub(crate) fn read(&self, path: &RelativePath) -> Result<Vec<u8>, Error> {
        self.not_itself("read", path)?;
        self.read_at(&self.find("read", path)?, path.as_str())
    }

    /// Reads the file that was found for `shown`.
    pub(crate) fn read_at(&self, file: &Path, shown: &str) -> Result<Vec<u8>, Error> {
        let fail = |error: io::Error| failed("read", &format!("`{shown}`"), &error);
        // Asked before it is opened: opening a pipe would wait for a writer.
        let metadata = file.metadata().map_err(fail)?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "it is a folder" } else { "it is no regular file" };
            let message = format!("cannot read `{shown}`: {what}");
            return Err(Error::new(ErrorKind::Conflict, message).with_help("name a file in it"));
        }
        let mut bytes = Vec::new();
        File::open(file).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(fail)?;
        Ok(bytes)
    }

    /// Writes a file and the folders above it. Under its name there is always one whole version: the one
    /// before or this one, after a power failure as well.
    pub(crate) fn write(&self, path: &RelativePath, content: &[u8]) -> Result<(), Error> {
        self.not_itself("write", path)?;
        let shown = path.as_str();
        let mut target = self.make_parents(path)?;
        target.push(path.split().1);
        if target.symlink_metadata().is_ok() {
            // A link to a file of the folder stands for that file, here as in `read`.
            target = self.inside(&self.resolved()?, &target, "write", shown)?;
        }
        let before = target.metadata().ok();
        if before.as_ref().is_some_and(|before| !before.is_file()) {
            let message = format!("cannot write `{shown}`: it is a folder, or no regular file");
            return Err(Error::new(ErrorKind::Conflict, message).with_help("choose another name"));
        }
        let write = || {
            let (part, mut file) = Part::file(target.parent().unwrap_or(&self.root))?;
            file.write_all(content)?;
            if let Some(before) = &before {
                file.set_permissions(before.permissions())?;
            }
            // A rename may reach the disk before the data of the file it renames.
            file.sync_all()?;
            // Some systems do not rename a file that is open.
            drop(file);
            part.rename(&target)
        };
        write().map_err(|error: io::Error| failed("write", &format!("`{shown}`"), &error))
    }

    /// Makes the folders above something, one by one: a link on the way might lead out, and nothing may be
    /// made there.
    pub(crate) fn make_parents(&self, path: &RelativePath) -> Result<PathBuf, Error> {
        self.make(path.split().0)
    }

    /// Makes a folder and those above it, where they are not there yet.
    pub(crate) fn make(&self, path: &str) -> Result<PathBuf, Error> {
        let root = self.resolved()?;
        let mut folder = root.clone();
        let mut above = String::new();
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            above.push_str(if above.is_empty() { "" } else { "/" });
            above.push_str(segment);
            folder.push(segment);
            match fs::create_dir(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder = match self.inside(&root, &folder, "write", &above) {
                        Ok(folder) if folder.is_dir() => folder,
                        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                        // A file, or a link that leads nowhere.
                        _ => {
                            let message = format!("`{above}` is no folder");
                            return Err(Error::new(ErrorKind::Conflict, message)
                                .with_help(format!("choose another path, or delete `{above}`")));
                        }
                    }
                }
                Err(error) => return Err(failed("make", &format!("`{above}`"), &error)),
            }
        }
        Ok(folder)
    }

    /// Where a path really is, links followed, if that is `root` or below it.
    fn inside(&self, root: &Path, path: &Path, doing: &str, shown: &str) -> Result<PathBuf, Error> {
        let quoted = format!("`{shown}`");
        let path = path.canonicalize().map_err(|error| failed(doing, &quoted, &error))?;
        if path.starts_with(root) {
            return Ok(path);
        }
        let message =
            format!("cannot {doing} {quoted}: a link on the way leads out of {}", self.called);
        Err(Error::new(ErrorKind::InvalidPath, message)
            .with_help("remove the link, or put what it leads to in its place"))
    }
}
