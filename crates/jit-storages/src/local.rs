//! Files of this machine, read and written for transfers. Their errors speak of paths, as the caller gave them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::object::StoredObject;
use crate::progress::Progress;

/// What files that are being written are called.
pub(crate) const PART: &str = ".jit-part-";

/// Does `work` where it keeps nobody waiting; without a Tokio runtime, right here.
pub(crate) async fn blocking<T: Send + 'static, E: From<io::Error> + Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
) -> std::result::Result<T, E> {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return work() };
    runtime.spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(io::Error::other("it was given up: the Tokio runtime is shutting down").into())
    })
}

/// A file that is being written, gone unless it is renamed.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    pub(crate) file: File,
}

impl Part {
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        // In the folder of its target, so that the rename stays within one file system.
        let path = folder.join(format!("{PART}{:x}-{time:x}-{next:x}", std::process::id()));
        let file = File::create_new(&path)?;
        Ok(Self { path, file })
    }

    /// Puts it in the place of what is there.
    pub(crate) fn rename(mut self, target: &Path) -> io::Result<()> {
        // A rename may reach the disk before the data of the file it renames.
        self.file.sync_data()?;
        fs::rename(&self.path, target)?;
        self.path.clear();
        Ok(())
    }

    /// Puts it where nothing is: `AlreadyExists` when there is something.
    pub(crate) fn rename_new(self, target: &Path) -> io::Result<()> {
        // A rename replaces; a second name for the file does not, and its first one goes with this part.
        self.rename_new_by(target, |path| fs::hard_link(path, target))
    }

    /// File systems like FAT have no second names. There the name is taken by an empty file, which this one replaces at
    /// once: of several writers one has the place, and a reader may see the empty file for a moment.
    fn rename_new_by(
        self,
        target: &Path,
        link: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<()> {
        self.file.sync_data()?;
        match link(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {}
            done => return done,
        }
        File::create_new(target)?;
        let renamed = self.rename(target);
        if renamed.is_err() && fs::metadata(target).is_ok_and(|there| there.len() == 0) {
            // Nobody has put anything there meanwhile.
            drop(fs::remove_file(target));
        }
        renamed
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// The storage's file that is moved, and what moves it: for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved<'a> {
    pub(crate) subject: Option<&'a Subject>,
    pub(crate) function: &'static str,
    pub(crate) name: &'a str,
}

impl Moved<'_> {
    /// Refuses a transfer that is to be gone on with, where that cannot be.
    pub(crate) fn without(self, checkpoint: Option<&Path>) -> Result<()> {
        if checkpoint.is_none() {
            return Ok(());
        }
        let detail = "this storage has no `checkpoint`, so nothing was moved";
        Err(Error::of(self.subject, ErrorKind::Unsupported, self.function, self.name, detail)
            .with_help("move it without `checkpoint`"))
    }

    /// A failure of this machine.
    pub(crate) fn failed(self, doing: &str, path: &Path, error: &io::Error) -> Error {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::Unavailable,
            _ => ErrorKind::InvalidArgument,
        };
        let why = match error.raw_os_error() {
            Some(_) => error.kind().to_string(),
            None => error.to_string(),
        };
        let detail = format!("cannot {doing} `{}` on this machine: {why}", path.display());
        let error = Error::of(self.subject, kind, self.function, self.name, detail);
        match kind {
            ErrorKind::Unavailable => error.with_help("make room on the disk"),
            _ => error.with_help("check the path; a relative one begins at the working directory"),
        }
    }
}

/// A whole file.
pub(crate) async fn read(moved: Moved<'_>, path: &Path) -> Result<Bytes> {
    let owned = path.to_owned();
    let read = blocking(move || fs::read(owned)).await;
    read.map(Bytes::from).map_err(|error: io::Error| moved.failed("read", path, &error))
}

/// A file that can be read, and its size.
pub(crate) async fn open(moved: Moved<'_>, path: &Path) -> Result<(File, u64)> {
    let owned = path.to_owned();
    let opened = blocking(move || {
        let file = File::open(owned)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        Ok((file, metadata.len()))
    });
    opened.await.map_err(|error| moved.failed("read", path, &error))
}

/// Writes an object to a file, which appears under its name when it is complete.
pub(crate) async fn write(
    moved: Moved<'_>,
    mut object: StoredObject,
    path: &Path,
    progress: &Progress,
) -> Result<u64> {
    let failed = |error: io::Error| moved.failed("write", path, &error);
    let owned = path.to_owned();
    let mut part = blocking(move || create(&owned)).await.map_err(failed)?;
    let (mut done, total) = (0, Some(object.size));
    progress.report(done, total);
    while let Some(chunk) = object.chunk().await? {
        done += chunk.len() as u64;
        let written = blocking(move || {
            part.file.write_all(&chunk)?;
            Ok(part)
        });
        part = written.await.map_err(failed)?;
        progress.report(done, total);
    }
    let owned = path.to_owned();
    blocking(move || part.rename(&owned)).await.map_err(failed)?;
    Ok(done)
}

fn create(path: &Path) -> io::Result<Part> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if path.file_name().is_none() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Part::create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_gone_unless_it_is_renamed() {
        let dir = tempfile::tempdir().unwrap();
        let entries = || fs::read_dir(dir.path()).unwrap().count();
        let part = Part::create(dir.path()).unwrap();
        let second = Part::create(dir.path()).unwrap();
        assert_eq!(entries(), 2);
        drop(part);
        assert_eq!(entries(), 1);
        let target = dir.path().join("a");
        second.rename(&target).unwrap();
        assert_eq!((entries(), target.is_file()), (1, true));
    }

    #[test]
    fn a_part_takes_no_place_that_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        Part::create(dir.path()).unwrap().rename_new(&target).unwrap();
        let mut other = Part::create(dir.path()).unwrap();
        other.file.write_all(b"other").unwrap();
        let error = other.rename_new(&target).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_part_takes_a_place_where_files_have_one_name_only() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let rename = |text: &[u8], target: &Path| {
            let mut part = Part::create(dir.path()).unwrap();
            part.file.write_all(text).unwrap();
            let unsupported = |_: &Path| Err(io::Error::from(io::ErrorKind::PermissionDenied));
            part.rename_new_by(target, unsupported)
        };
        rename(b"first", &target).unwrap();
        let error = rename(b"second", &target).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"first");
        let error = rename(b"third", &dir.path().join("no/b")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
