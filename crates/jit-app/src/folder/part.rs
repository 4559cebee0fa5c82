//! What is being written, beside where it will be.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::path::PART;

/// A file or folder that is being written, gone unless it is moved to its place.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
}

impl Part {
    /// An empty file in `folder`, which is that of its place: a rename stays within one file system.
    pub(crate) fn file(folder: &Path) -> io::Result<(Self, File)> {
        let path = folder.join(name());
        let file = File::create_new(&path)?;
        Ok((Self { path }, file))
    }

    /// An empty folder in `folder`.
    pub(crate) fn folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join(name());
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it to its place, in one step.
    pub(crate) fn rename(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.path.clear();
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        // What cannot be removed stays as a part, which nobody reads.
        drop(if self.path.is_dir() {
            fs::remove_dir_all(&self.path)
        } else {
            fs::remove_file(&self.path)
        });
    }
}

fn name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    format!("{PART}{:x}-{time:x}-{next:x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_gone_unless_it_is_renamed() {
        let dir = tempfile::tempdir().unwrap();
        let entries = || fs::read_dir(dir.path()).unwrap().count();
        let (file, _) = Part::file(dir.path()).unwrap();
        let folder = Part::folder(dir.path()).unwrap();
        fs::write(folder.path().join("x"), "").unwrap();
        let (kept, _) = Part::file(dir.path()).unwrap();
        assert_eq!(entries(), 3);
        drop((file, folder));
        assert_eq!(entries(), 1);
        kept.rename(&dir.path().join("a")).unwrap();
        assert_eq!((entries(), dir.path().join("a").is_file()), (1, true));
    }
}
