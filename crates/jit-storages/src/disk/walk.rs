//! The files of a folder in the order of the bytes of their names, found one folder at a time. Everything here blocks.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::folder::{Trouble, check_name, real_folder};
use crate::list::{PAGE, common_prefix};
use crate::{ErrorKind, ListEntry, ListedFile};

type Result<T> = std::result::Result<T, Trouble>;

/// A walk through a folder. In memory are the names in the folders above the next file, not more.
#[derive(Debug)]
pub(super) struct Walk {
    root: PathBuf,
    prefix: String,
    delimiter: Option<String>,
    /// Only what comes after this is found.
    after: String,
    /// The prefix that was told last: what begins with it is told.
    told: Option<String>,
    /// The folders above the next entry, outermost first; `None` before the beginning.
    above: Option<Vec<Above>>,
}

/// A folder that is being read.
#[derive(Debug)]
struct Above {
    /// Where it really is.
    path: PathBuf,
    /// What is in it and was not visited yet, the next one last.
    entries: Vec<Entry>,
}

/// What is in a folder.
#[derive(Debug)]
struct Entry {
    file_name: OsString,
    /// The whole name; that of a folder ends with `/`, so that entries have the order of the files in them.
    name: String,
}

impl Walk {
    pub(super) fn new(root: PathBuf, prefix: &str, delimiter: Option<&str>, after: &str) -> Self {
        Self {
            root,
            prefix: prefix.to_owned(),
            delimiter: delimiter.map(str::to_owned),
            after: after.to_owned(),
            told: None,
            above: None,
        }
    }

    /// The next entries, and the walk to go on with; `None` at the end.
    pub(super) fn page(mut self) -> Result<(Self, Option<Vec<ListEntry>>)> {
        let mut page = Vec::new();
        while page.len() < PAGE {
            match self.next()? {
                Some(entry) => page.push(entry),
                None => break,
            }
        }
        let page = (!page.is_empty()).then_some(page);
        Ok((self, page))
    }

    fn next(&mut self) -> Result<Option<ListEntry>> {
        if self.above.is_none() {
            self.above = Some(self.begin()?.into_iter().collect());
        }
        while let Some((folder, entry)) = self.pop() {
            if !self.may_have(&entry.name) {
                continue;
            }
            let Some((path, metadata)) = existing(self.found(&folder, &entry))? else { continue };
            if metadata.is_dir() {
                self.enter(path, &entry.name)?;
            } else if let Some(entry) = self.tell(&entry.name, &metadata) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The innermost folder that can hold something with the prefix.
    fn begin(&self) -> Result<Option<Above>> {
        let folder = self.prefix.rsplit_once('/').map(|(folder, _)| folder);
        let Some(root) = existing(real_folder(&self.root))? else {
            return Ok(None);
        };
        match folder {
            // No file has such a name, so there is nothing to list.
            Some(folder) if check_name(folder).is_err() => Ok(None),
            Some(folder) => {
                let Some(path) = existing(real(&root, &root.join(folder)))? else {
                    return Ok(None);
                };
                existing(self.read(path, &format!("{folder}/")))
            }
            None => existing(self.read(root, "")),
        }
    }

    /// The next thing that is to be looked at, and the folder it is in.
    fn pop(&mut self) -> Option<(PathBuf, Entry)> {
        let above = self.above.as_mut()?;
        loop {
            let folder = above.last_mut()?;
            if let Some(entry) = folder.entries.pop() {
                return Some((folder.path.clone(), entry));
            }
            above.pop();
        }
    }

    /// Whether there may be something to tell at or below a name.
    fn may_have(&self, name: &str) -> bool {
        let is_told = self.told.as_ref().is_some_and(|told| name.starts_with(told));
        let in_prefix = name.starts_with(&self.prefix)
            || (name.ends_with('/') && self.prefix.starts_with(name));
        let is_after = *name > *self.after || self.after.starts_with(name);
        !is_told && in_prefix && is_after
    }

    /// Where an entry really is, if that is below the root.
    fn found(&self, folder: &Path, entry: &Entry) -> Result<(PathBuf, Metadata)> {
        let path = folder.join(&entry.file_name);
        if !path.symlink_metadata()?.is_symlink() {
            let metadata = path.metadata()?;
            return Ok((path, metadata));
        }
        let path = real(&self.root.canonicalize()?, &path)?;
        let metadata = path.metadata()?;
        Ok((path, metadata))
    }

    fn enter(&mut self, path: PathBuf, name: &str) -> Result<()> {
        let is_circle = self.above.iter().flatten().any(|above| above.path == path);
        if !is_circle && let Some(folder) = existing(self.read(path, name))? {
            self.above.get_or_insert_default().push(folder);
        }
        Ok(())
    }

    /// What is in a folder that is called `above`, last one first.
    fn read(&self, path: PathBuf, above: &str) -> Result<Above> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            let file_name = entry.file_name();
            // What no name reaches is no file of the storage: parts among it.
            let Some(segment) = file_name.to_str().filter(|name| check_name(name).is_ok()) else {
                continue;
            };
            let is_folder = match entry.file_type() {
                Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
                Ok(kind) => kind.is_dir(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            let end = if is_folder { "/" } else { "" };
            let name = format!("{above}{segment}{end}");
            if self.may_have(&name) {
                entries.push(Entry { file_name, name });
            }
        }
        entries.sort_unstable_by(|a, b| b.name.cmp(&a.name));
        Ok(Above { path, entries })
    }

    /// How a file is told, if it is.
    fn tell(&mut self, name: &str, metadata: &Metadata) -> Option<ListEntry> {
        if !metadata.is_file() || name.ends_with('/') || *name <= *self.after {
            return None;
        }
        if let Some(common) = common_prefix(name, &self.prefix, self.delimiter.as_deref()) {
            self.told = Some(common.to_owned());
            return Some(ListEntry::Prefix(common.to_owned()));
        }
        let mut file = ListedFile::new(name, metadata.len());
        file.last_modified = metadata.modified().ok();
        Some(ListEntry::File(file))
    }
}

/// Where a path really is, links followed; what is not below `root` is not there.
fn real(root: &Path, path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize()?;
    if path.starts_with(root) { Ok(path) } else { Err(Trouble::missing()) }
}

/// What has gone meanwhile is not there.
fn existing<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(trouble) if trouble.kind == ErrorKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
