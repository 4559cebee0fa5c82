//! The data directory.
//!
//! ```text
//! <data>/format                      "jit-oss-server data 2"
//! <data>/lock                        locked while a server uses the directory
//! <data>/journal                     every change, one line each (see `journal`)
//! <data>/blobs/<2 hex>/<16 hex>      bytes that the journal refers to by number
//! ```
//!
//! A start reads the journal, and removes the blobs that nothing refers to: writes that were not finished.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use super::blob::{self, Blob, Folder};
use super::index::{Change, Index};
use super::journal::Journal;
use super::medium::Medium;
use super::{Disk, Durability, Store};

const FORMAT: &str = "jit-oss-server data 2\n";

/// Why a data directory cannot be used.
#[derive(Debug)]
pub(crate) enum OpenError {
    InUse,
    /// `format` says something else, or is missing beside other files.
    Format(String),
    Io(PathBuf, io::Error),
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |error| OpenError::Io(path, error)
}

impl Store {
    /// Opens or makes a data directory, and says what in it was left aside.
    pub(crate) fn open(root: &Path, sync: Durability) -> Result<(Self, Vec<String>), OpenError> {
        fs::create_dir_all(root).map_err(at(root))?;
        check_format(root)?;
        let lock = take_lock(root)?;
        let blobs = root.join("blobs");
        fs::create_dir_all(&blobs).map_err(at(&blobs))?;
        // Written last of what a new directory needs; `check_format` knows the rest.
        let path = root.join("format");
        if !path.exists() {
            let new = root.join("format.new");
            fs::write(&new, FORMAT).and_then(|()| fs::rename(&new, &path)).map_err(at(&path))?;
        }
        let mut warnings = Vec::new();
        let medium = Arc::new(Medium::default());
        let folder = Folder::new(blobs.clone(), sync, Arc::clone(&medium));
        let mut index = Index::default();
        let path = root.join("journal");
        let mut bound = Bound { folder: &folder, blobs: HashMap::new() };
        let bind = |change: &mut Change| change.for_each_blob(|blob| bound.bind(blob));
        // Both take as long as there are objects, and one waits for the disk while the other does not.
        let (files, journal) = thread::scope(|scope| {
            let files = scope.spawn(|| numbers(&blobs));
            let medium = Arc::clone(&medium);
            let journal = Journal::open(&path, &mut index, medium, bind, &mut warnings);
            (files.join(), journal)
        });
        let mut journal = journal.map_err(at(&path))?;
        let files = files.map_err(|_| io::Error::other("its folders cannot be listed"));
        let (files, told) = files.map_err(at(&folder.root))?;
        warnings.extend(told);
        files.iter().for_each(|number| folder.begin_after(*number));
        // Also those whose files have gone: the journal still says how large they were.
        bound.blobs.keys().for_each(|number| folder.begin_after(*number));
        let unneeded = bound.finish(files, &mut index, &mut warnings);
        if sync == Durability::Power && !unneeded.is_empty() {
            // What was read need not be on the medium: it may have failed to keep the end of the journal, or been
            // asked for nothing yet. Its own journal could still refer to these files.
            journal.rewrite(&index).map_err(at(&path))?;
        }
        remove(unneeded, &folder, &mut warnings);
        let (synced, journal) = (Mutex::default(), Mutex::new(journal));
        let disk = Disk { folder, journal, synced, sync, _lock: lock };
        Ok((Self::new(index, Some(disk), medium), warnings))
    }
}

/// The blobs of a journal, each once, however many objects share it.
struct Bound<'a> {
    folder: &'a Arc<Folder>,
    blobs: HashMap<u64, Arc<Blob>>,
}

impl Bound<'_> {
    fn bind(&mut self, blob: &mut Arc<Blob>) {
        let new = || Arc::new(blob.in_folder(self.folder));
        *blob = Arc::clone(self.blobs.entry(blob.number()).or_insert_with(new));
    }

    /// Compares what is referred to with the files there are: takes out of the index what lost its bytes, and
    /// tells which files nothing refers to.
    fn finish(
        self,
        mut files: HashSet<u64>,
        index: &mut Index,
        warnings: &mut Vec<String>,
    ) -> HashSet<u64> {
        let is_lost = |blob: &Arc<Blob>| !files.contains(&blob.number());
        for lost in index.take_out(is_lost) {
            warnings.push(format!("left out {lost}: its content is missing"));
        }
        // Who is referred to now is held by the index, too.
        for (number, blob) in self.blobs {
            if Arc::strong_count(&blob) > 1 {
                files.remove(&number);
            }
        }
        files
    }
}

/// Removes blobs' files.
fn remove(files: HashSet<u64>, folder: &Folder, warnings: &mut Vec<String>) {
    for number in files {
        let path = blob::path(&folder.root, number);
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            warnings.push(skipped(&path, &error));
        }
    }
}

fn take_lock(root: &Path) -> Result<File, OpenError> {
    let path = root.join("lock");
    let lock = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = lock.map_err(at(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => Err(OpenError::Io(path, error)),
    }
}

/// The blobs' files, by number. What is none is left where it is and reported.
fn numbers(root: &Path) -> (HashSet<u64>, Vec<String>) {
    let (mut files, mut warnings) = (HashSet::new(), Vec::new());
    for folder in entries(root, &mut warnings) {
        for name in entries(&root.join(&folder), &mut warnings) {
            match blob::number(&folder, &name) {
                Some(number) => {
                    files.insert(number);
                }
                None => {
                    let path = root.join(&folder).join(&name);
                    warnings.push(skipped(&path, &"this is no file of the server"));
                }
            }
        }
    }
    (files, warnings)
}

/// The names of what is in a folder; nothing, and a warning, when it cannot be read.
fn entries(folder: &Path, warnings: &mut Vec<String>) -> Vec<OsString> {
    let entries = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect());
    entries.unwrap_or_else(|error| {
        warnings.push(skipped(folder, &error));
        Vec::new()
    })
}

fn check_format(root: &Path) -> Result<(), OpenError> {
    let path = root.join("format");
    match fs::read(&path) {
        Ok(text) if text == FORMAT.as_bytes() => Ok(()),
        Ok(text) => {
            let line = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned();
            Err(OpenError::Format(format!(
                "its format is {line:?}, which another version of the server wrote; this one reads {:?}",
                FORMAT.trim_end()
            )))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut entries =
                fs::read_dir(root).map_err(|error| OpenError::Io(root.into(), error))?;
            // These exist for a moment before `format` does.
            let ours =
                |name: &std::ffi::OsStr| name == "lock" || name == "blobs" || name == "format.new";
            let foreign = |entry: io::Result<fs::DirEntry>| {
                entry.ok().map(|entry| entry.file_name()).filter(|name| !ours(name))
            };
            match entries.find_map(foreign) {
                None => Ok(()),
                // Another process has written it since it was looked for.
                Some(name) if name == "format" => check_format(root),
                Some(name) => Err(OpenError::Format(format!(
                    "it has no file `format` and holds other files, like {}",
                    name.display()
                ))),
            }
        }
        Err(error) => Err(OpenError::Io(path, error)),
    }
}

fn skipped(path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("skipped {}: {why}", path.display())
}
