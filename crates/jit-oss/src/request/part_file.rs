//! A file that appears under its name only when it is complete.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use tokio::task::spawn_blocking;

use crate::error::failure::Failure;
use crate::payload::told;

/// How much is written at a time.
const PIECE: usize = 256 * 1024;

/// A file beside the one that is meant. Dropped unfinished, it is gone.
pub(super) struct PartFile {
    target: PathBuf,
    beside: Beside,
    /// Taken while it is written to.
    file: Option<File>,
    waiting: BytesMut,
}

struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        // After a rename it is not there any more, and there is nobody to tell of anything else.
        drop(std::fs::remove_file(&self.0));
    }
}

impl PartFile {
    pub(super) async fn create(target: &Path) -> Result<Self, Failure> {
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A name of its own for each, so that two downloads do not write into one file.
        let name: String = name.chars().take(64).collect();
        let beside = target.with_file_name(format!(".{name}.{:016x}.part", fastrand::u64(..)));
        let path = beside.clone();
        let file = on_disk(target, move || File::create_new(path)).await?;
        let waiting = BytesMut::new();
        Ok(Self { target: target.to_owned(), beside: Beside(beside), file: Some(file), waiting })
    }

    pub(super) async fn write(&mut self, piece: Bytes) -> Result<(), Failure> {
        self.waiting.extend_from_slice(&piece);
        if self.waiting.len() < PIECE {
            return Ok(());
        }
        self.flush().await
    }

    /// What was written is on the disk before the name is.
    pub(super) async fn finish(mut self) -> Result<(), Failure> {
        self.flush().await?;
        let (file, target, from) = (self.file.take(), self.target.clone(), self.beside.0.clone());
        on_disk(&self.target, move || {
            file.map_or(Ok(()), |file| file.sync_all())?;
            std::fs::rename(from, target)
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let piece = self.waiting.split().freeze();
        let written = on_disk(&self.target, move || file.write_all(&piece).map(|()| file));
        self.file = Some(written.await?);
        Ok(())
    }
}

async fn on_disk<T: Send + 'static>(
    target: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let done = spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| {
        Failure::Io(format!("cannot write `{}`: {}", target.display(), told(&error)))
    })
}
