//! Doing what a plan says: all of it, or nothing.
//!
//! Everything new is written into a folder of its own, `.cargo-jit` in the plan's root, before anything else is
//! touched: a full disk or a missing permission shows there. Then each file is put into its place by one
//! operation of the file system: a link for what is new, which fails when something is there, and a rename for
//! what changes. New files come first and edits last, so nothing ever refers to what is not there yet.
//!
//! Before a file is touched, how to undo that is written into the same folder. What fails is undone at once;
//! who is killed in between leaves the folder, and the next run undoes it before it does anything else.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::{Change, Error, Plan, Result};

/// The folder for what is not finished.
const FOLDER: &str = ".cargo-jit";
/// In it: how to undo what was done.
const JOURNAL: &str = "undo.json";
/// In it: held while somebody is at work.
const LOCK: &str = "lock";

/// What is about to be done, for those who want to see it fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new content is written into the folder for what is not finished.
    Stage(PathBuf),
    /// A file is put into its place, or taken away.
    Put(PathBuf),
}

/// Does what plans say.
#[derive(Debug, Default)]
pub struct Applier {
    /// Called before each step; what it returns fails the step.
    pub before: Option<fn(&Step) -> io::Result<()>>,
    /// Leaves everything as it is when a step fails, as being killed would.
    pub dies: bool,
}

impl Applier {
    /// Applies a plan.
    ///
    /// # Errors
    ///
    /// What stands in the way or failed. Then nothing is changed.
    pub fn apply(&self, plan: &Plan) -> Result<()> {
        let work = match plan.changes.is_empty() && !plan.root.join(FOLDER).is_dir() {
            true => return Ok(()),
            false => Work::begin(&plan.root)?,
        };
        if let Err(error) = plan.validate() {
            work.end();
            return Err(error);
        }
        let staged = self.stage(plan, &work.folder);
        let done = staged.and_then(|staged| self.put(plan, &work, &staged));
        if let Err(error) = done {
            if !self.dies {
                undo(&work.folder)?;
                work.end();
            }
            return Err(error.with_help("nothing was changed"));
        }
        work.end();
        remove_empty_folders(plan);
        Ok(())
    }

    fn step(&self, step: Step) -> io::Result<()> {
        self.before.map_or(Ok(()), |before| before(&step))
    }

    /// Writes every new content, and what is replaced, beside each other. Returns the new ones, in the
    /// plan's order.
    fn stage(&self, plan: &Plan, folder: &Path) -> Result<Vec<PathBuf>> {
        let stage = |(at, change): (usize, &Change)| {
            let staged = folder.join(format!("{at}.new"));
            let write = |path: &Path, text: &str| {
                let mut file = File::create_new(path)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()
            };
            let result = self.step(Step::Stage(change.path().to_owned())).and_then(|()| {
                match change {
                    Change::Create { text, .. } => write(&staged, text),
                    Change::Edit { path, after, .. } => {
                        write(&staged, after)?;
                        // Whoever could run or read it still can.
                        fs::set_permissions(&staged, fs::metadata(path)?.permissions())
                    }
                    Change::Delete { .. } => Ok(()),
                }
            });
            result.map_err(|error| Error::io("write", change.path(), &error))?;
            Ok(staged)
        };
        plan.changes.iter().enumerate().map(stage).collect()
    }

    fn put(&self, plan: &Plan, work: &Work, staged: &[PathBuf]) -> Result<()> {
        let mut journal = Vec::new();
        for (at, (change, staged)) in plan.changes.iter().zip(staged).enumerate() {
            let path = &target(change)?;
            let kept = work.folder.join(format!("{at}.old"));
            let result = (|| {
                let folders = missing_folders(path);
                let undo = match change {
                    Change::Create { .. } => {
                        json!({ "path": path, "new": staged_again(staged)?, "folders": folders })
                    }
                    Change::Edit { .. } => {
                        fs::copy(path, &kept)?;
                        json!({ "path": path, "new": staged_again(staged)?, "old": kept })
                    }
                    Change::Delete { .. } => {
                        fs::copy(path, &kept)?;
                        json!({ "path": path, "old": kept })
                    }
                };
                journal.push(undo);
                write_journal(&work.folder, &journal)?;
                self.step(Step::Put(path.to_owned()))?;
                match change {
                    Change::Create { .. } => {
                        path.parent().map_or(Ok(()), fs::create_dir_all)?;
                        place_new(staged, path)
                    }
                    Change::Edit { .. } => fs::rename(staged, path),
                    Change::Delete { .. } => fs::remove_file(path),
                }
            })();
            result.map_err(|error: io::Error| Error::io("write", path, &error))?;
        }
        Ok(())
    }
}

/// The file that a change is made to: what is edited may be reached by a link, which stays.
fn target(change: &Change) -> Result<PathBuf> {
    match change {
        Change::Edit { path, .. } => {
            path.canonicalize().map_err(|error| Error::io("find", path, &error))
        }
        Change::Create { path, .. } | Change::Delete { path, .. } => Ok(path.clone()),
    }
}

/// Puts a file where nothing is; a link fails when something is, and a rename would not.
fn place_new(staged: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(staged, path) {
        // A file system without links. Linux calls it a lack of permission on one of Windows.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) =>
        {
            copy_new(staged, path)
        }
        result => result,
    }
}

/// Copies to where nothing is, not even a link that leads elsewhere.
fn copy_new(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = File::create_new(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.set_permissions(fs::metadata(from)?.permissions())
}

/// The folders of a path that are not there yet, the innermost first.
fn missing_folders(path: &Path) -> Vec<&Path> {
    path.ancestors().skip(1).take_while(|folder| !folder.exists()).collect()
}

/// The folder for what is not finished, while it is ours.
struct Work {
    folder: PathBuf,
    /// Held as long as we are alive.
    _lock: File,
}

impl Work {
    /// Makes it, when whoever is at work there is done, and undoes what somebody left who was killed.
    fn begin(root: &Path) -> Result<Self> {
        let folder = root.join(FOLDER);
        let lock = lock(&folder).map_err(|error| Error::io("write in", root, &error))?;
        let work = Self { folder, _lock: lock };
        work.recover(root)?;
        Ok(work)
    }

    /// Undoes what the folder tells, and empties it.
    fn recover(&self, root: &Path) -> Result<()> {
        let folder = &self.folder;
        // It may have come with a checkout: nobody else's files are touched because it says so.
        for entry in journal(folder)? {
            if let Some(path) = foreign(&entry, root, folder) {
                let message =
                    format!("`{}` wants to change `{path}`, outside of here", folder.display());
                return Err(Error::new(message).with_help("look at it, and remove the folder"));
            }
        }
        undo(folder)?;
        self.clear().map_err(|error| Error::io("remove what is in", folder, &error))
    }

    /// Removes what is in it, the journal first: what stays then has nothing to undo.
    fn clear(&self) -> io::Result<()> {
        match fs::remove_file(self.folder.join(JOURNAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name() != LOCK {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn end(self) {
        // The lock last, and it alone: who comes in between makes another one, which stays, as does the folder.
        // What stays is harmless.
        if self.clear().is_ok() {
            drop(fs::remove_file(self.folder.join(LOCK)));
            drop(fs::remove_dir(&self.folder));
        }
    }
}

/// Waits for the lock of a folder, which is made where it is missing. Where there are no locks, nobody is waited for.
///
/// Whoever had it may have taken the folder away meanwhile, and somebody else have made it again: what counts is the
/// lock that is there when we have it.
fn lock(folder: &Path) -> io::Result<File> {
    let path = folder.join(LOCK);
    loop {
        match fs::create_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // A link would lead to what is not ours to empty.
                let is_ours = |found: fs::Metadata| found.is_dir();
                if !fs::symlink_metadata(folder).map_or(true, is_ours) {
                    return Err(error);
                }
            }
            other => other?,
        }
        // Whoever made a link of it wants us to wait for ever, or to make a file elsewhere.
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            let message = "its `lock` is no file; remove the folder `.cargo-jit`";
            return Err(io::Error::other(message));
        }
        let lock = match File::options().write(true).create(true).truncate(false).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        match lock.lock() {
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            _ => {}
        }
        if is_at(&lock, &path) {
            return Ok(lock);
        }
    }
}

/// Whether an open file is the one that a path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let there = fs::symlink_metadata(path).map(identity);
    matches!((file.metadata().map(identity), there), (Ok(file), Ok(there)) if file == there)
}

/// Elsewhere what is open cannot be replaced, only be on its way out.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

fn write_journal(folder: &Path, entries: &[Json]) -> io::Result<()> {
    let new = folder.join("undo.new");
    let mut file = File::create(&new)?;
    file.write_all(Json::from(entries).to_string().as_bytes())?;
    file.sync_all()?;
    fs::rename(new, folder.join(JOURNAL))
}

/// Undoes what the journal tells, the last first.
fn undo(folder: &Path) -> Result<()> {
    for entry in journal(folder)?.iter().rev() {
        undo_one(entry).map_err(|error| {
            let message = format!("cannot undo what was begun: {error}");
            Error::new(message).with_help(format!("what was there is in `{}`", folder.display()))
        })?;
    }
    Ok(())
}

/// What there is to undo. A journal that cannot be read is an error: beside it are the only copies of what was there.
fn journal(folder: &Path) -> Result<Vec<Json>> {
    let path = folder.join(JOURNAL);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| Error::io("read", &path, &error))?,
    };
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("`{}` is damaged: {error}", path.display());
        Error::new(message).with_help("what was there lies beside it; look, and remove the folder")
    })
}

/// The first path of an entry that is not below the root, or, of a content, not in the folder itself.
fn foreign(entry: &Json, root: &Path, folder: &Path) -> Option<String> {
    let folders = entry.get("folders").and_then(Json::as_array).into_iter().flatten();
    let outer = entry.get("path").into_iter().chain(folders).map(|path| (path, root));
    let inner = ["new", "old"].into_iter().filter_map(|name| entry.get(name));
    let mut paths = outer
        .chain(inner.map(|path| (path, folder)))
        .filter_map(|(path, within)| Some((Path::new(path.as_str()?), within)));
    paths.find(|(path, within)| !is_below(path, within)).map(|(path, _)| path.display().to_string())
}

/// Whether a path leads nowhere but below a folder, links followed.
pub(crate) fn is_below(path: &Path, folder: &Path) -> bool {
    let climbs = path.components().any(|part| part == Component::ParentDir);
    let there = path.ancestors().find(|part| part.exists()).map(Path::canonicalize);
    match (there, folder.canonicalize()) {
        (Some(Ok(there)), Ok(folder)) => !climbs && there.starts_with(folder),
        _ => false,
    }
}

/// Undoes one change, if it was made and is still as it was made.
fn undo_one(entry: &Json) -> io::Result<()> {
    let member = |name: &str| entry.get(name).and_then(Json::as_str).map(Path::new);
    let Some(path) = member("path") else { return Ok(()) };
    let content = |path: &Path| match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    };
    let new = member("new").map_or(Ok(None), content)?;
    if content(path)? == new {
        match member("old") {
            Some(old) => {
                let again = old.with_extension("again");
                match fs::remove_file(&again) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => copy_new(old, &again)?,
                }
                fs::rename(again, path)?;
            }
            None if new.is_some() => fs::remove_file(path)?,
            None => {}
        }
    }
    let folders = entry.get("folders").and_then(Json::as_array);
    for made in folders.into_iter().flatten().filter_map(Json::as_str) {
        // One that holds something else by now stays.
        drop(fs::remove_dir(made));
    }
    Ok(())
}

/// A copy of a new content: the content itself gets into its place, where people may change it.
fn staged_again(staged: &Path) -> io::Result<PathBuf> {
    let copy = staged.with_extension("copy");
    fs::copy(staged, &copy)?;
    Ok(copy)
}

/// Takes away the folders that a plan's deletions have left empty, below its root.
fn remove_empty_folders(plan: &Plan) {
    for change in &plan.changes {
        if let Change::Delete { path, .. } = change {
            let below = |folder: &&Path| folder.starts_with(&plan.root) && *folder != plan.root;
            for folder in path.ancestors().skip(1).take_while(below) {
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn one_at_a_time_is_at_work() {
        let root = tempfile::tempdir().unwrap();
        let is_at_work = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let work = Work::begin(root.path()).unwrap();
                        assert!(!is_at_work.swap(true, Ordering::SeqCst), "two are");
                        is_at_work.store(false, Ordering::SeqCst);
                        work.end();
                    }
                });
            }
        });
        assert!(!root.path().join(FOLDER).exists());
    }
}
