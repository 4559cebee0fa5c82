//! The file beside the target, until it is the target.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::super::checkpoint::{blocking, open_alone};
use super::super::parts::Part;
use crate::crc64::Crc64;
use crate::payload::told;

/// How much is read at a time.
const PIECE: usize = 256 * 1024;

/// A file that is not whole yet. It is removed when dropped, unless it is kept.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    beside: PathBuf,
    /// Locked, so that no other download writes here.
    file: File,
    keep: bool,
}

impl Target {
    /// A file beside `path`: one of its own, or, where it is to be found again, always the same.
    pub(super) async fn open(path: &Path, to_be_found: bool) -> Result<Self, String> {
        let path = path.to_owned();
        blocking(move || {
            let shown = path.display();
            let Some(name) = path.file_name() else {
                return Err(format!("`{shown}` names no file"));
            };
            if path.is_dir() {
                return Err(format!("`{shown}` is a folder"));
            }
            let mut beside = std::ffi::OsString::from(".");
            beside.push(name);
            if !to_be_found {
                beside.push(format!(".{:016x}", fastrand::u64(..)));
            }
            beside.push(".part");
            let beside = path.with_file_name(beside);
            let open = || {
                let mut options = OpenOptions::new();
                options.read(true).write(true).create(true).truncate(false).open(&beside)
            };
            let file = open_alone(&beside, open)?.map_err(|error| {
                format!("cannot write `{}`: {}", beside.display(), told(&error))
            })?;
            Ok(Self { path, beside, file, keep: to_be_found })
        })
        .await
    }

    /// The file to write into.
    pub(super) fn beside(&self) -> &Path {
        &self.beside
    }

    /// Forgets what is in it.
    pub(super) fn clear(&self) -> Result<(), String> {
        self.file.set_len(0).map_err(|error| self.failed(&error))
    }

    /// Removes it when dropped.
    pub(super) fn discard(&mut self) {
        self.keep = false;
    }

    /// The whole is here: it becomes the target.
    pub(super) async fn finish(self, size: u64) -> Result<(), String> {
        blocking(move || {
            let mut this = self;
            let finish = || {
                this.file.set_len(size)?;
                this.file.sync_all()?;
                fs::rename(&this.beside, &this.path)
            };
            finish().map_err(|error| this.failed(&error))?;
            this.keep = true;
            // So that the new name is there after a power failure, where a folder can be synced.
            let folder = this.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
                drop(folder.sync_all());
            }
            Ok(())
        })
        .await
    }

    fn failed(&self, error: &io::Error) -> String {
        format!("cannot write `{}`: {}", self.path.display(), told(error))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.keep {
            drop(fs::remove_file(&self.beside));
        }
    }
}

/// The checksum of a part of a file; `None` where the file ends before.
pub(super) async fn checksum(file: &Path, part: Part) -> Option<u64> {
    let file = file.to_owned();
    let read = move || {
        let mut file = File::open(file)?;
        file.seek(SeekFrom::Start(part.offset))?;
        let mut crc = Crc64::new();
        let mut piece = vec![0; PIECE];
        let mut rest = file.take(part.length);
        loop {
            match rest.read(&mut piece)? {
                0 => break,
                read => crc.update(piece.get(..read).unwrap_or_default()),
            }
        }
        Ok((rest.limit() == 0).then_some(crc.value()))
    };
    blocking(move || read().map_err(|error: io::Error| error.to_string())).await.ok().flatten()
}
