//! Buckets and objects, in memory or on disk.
//!
//! The [`index::Index`] is all that is known of them, in memory and in the order of listings; bytes are in
//! [`blob::Blob`]s that never change. A write makes a blob aside and then one [`index::Change`], or a few that
//! happen together, which on disk is one line of the [`journal`]. So a reader sees the old or the new, and a
//! reader of the old reads it to its end, because a blob stays while somebody refers to it.

pub(crate) mod blob;
pub(crate) mod index;
mod journal;
pub(crate) mod listing;
pub(crate) mod medium;
mod open;
mod stat;
pub(crate) mod version;

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::error::OssError;
use blob::{Draft, Folder};
use index::{Change, Index};
use journal::Journal;
use medium::Medium;
pub(crate) use open::OpenError;

/// What acknowledged writes survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process, however it comes. What the operating system has not written yet is lost
    /// when the power is cut.
    #[default]
    Process,
    /// A power cut: each write waits until the medium has it.
    Power,
}

/// Where objects are kept. Clones are the same store.
#[derive(Clone, Debug)]
pub(crate) struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    index: RwLock<Index>,
    /// Held from looking at the index to changing it, so that what was found there still holds.
    writer: Mutex<()>,
    disk: Option<Disk>,
    medium: Arc<Medium>,
}

#[derive(Debug)]
struct Disk {
    folder: Arc<Folder>,
    journal: Mutex<Journal>,
    /// How much of the journal the medium has.
    synced: Mutex<Synced>,
    sync: Durability,
    /// Unlocked when the last user of the directory is gone.
    _lock: File,
}

/// What the medium is known to have of the journal.
#[derive(Debug, Default)]
struct Synced {
    position: u64,
    /// It once failed to keep some of it. Asked again, it may answer that all is well, and have lost that: so nothing
    /// is acknowledged any more.
    failed: bool,
}

impl Drop for Inner {
    /// From here on blobs go out of memory, not out of use.
    fn drop(&mut self) {
        if let Some(disk) = &self.disk {
            disk.folder.close();
        }
    }
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::new(Index::default(), None, Arc::default())
    }

    fn new(index: Index, disk: Option<Disk>, medium: Arc<Medium>) -> Self {
        let (index, writer) = (RwLock::new(index), Mutex::default());
        Self(Arc::new(Inner { index, writer, disk, medium }))
    }

    /// Looks at the state of this moment.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Index) -> T) -> T {
        look(&self.0.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state: `plan` says how, knowing the state that it will change. Nothing else changes in
    /// between. On disk when this returns.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        plan: impl FnOnce(&Index) -> Result<(Vec<Change>, T), OssError> + Send + 'static,
    ) -> Result<T, OssError> {
        if self.0.disk.is_none() {
            return self.0.change_memory(plan);
        }
        let store = self.clone();
        Box::pin(blocking(move || store.0.change(plan))).await?
    }

    /// Starts to write bytes.
    pub(crate) fn begin(&self, with_sha256: bool) -> Draft {
        Draft::new(self.0.disk.as_ref().map(|disk| &disk.folder), with_sha256)
    }

    /// What the files are on.
    pub(crate) fn medium(&self) -> &Arc<Medium> {
        &self.0.medium
    }
}

impl Inner {
    fn change_memory<T>(
        &self,
        plan: impl FnOnce(&Index) -> Result<(Vec<Change>, T), OssError>,
    ) -> Result<T, OssError> {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let (changes, result) = plan(&index)?;
        let freed = index.apply_all(changes);
        drop(index);
        drop(freed);
        Ok(result)
    }

    fn change<T>(
        &self,
        plan: impl FnOnce(&Index) -> Result<(Vec<Change>, T), OssError>,
    ) -> Result<T, OssError> {
        let writer = lock(&self.writer);
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let (changes, result) = plan(&index)?;
        drop(index);
        if changes.is_empty() {
            drop(writer);
            // What is found to be so already must be as certain as if it were done now.
            if let Some(disk) = &self.disk {
                let end = lock(&disk.journal).end().0;
                disk.sync(end)?;
            }
            return Ok(result);
        }
        let mut end = None;
        if let Some(disk) = &self.disk {
            let mut journal = lock(&disk.journal);
            journal.append(&changes)?;
            end = Some(journal.end().0);
        }
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let freed = index.apply_all(changes);
        drop(index);
        if let Some(disk) = &self.disk {
            // The change is made; that history could not be shortened is no failure of it.
            drop(
                lock(&disk.journal)
                    .tidy(&self.index.read().unwrap_or_else(PoisonError::into_inner)),
            );
        }
        drop(writer);
        if let (Some(disk), Some(end)) = (&self.disk, end) {
            disk.sync(end)?;
        }
        // Only now: until the medium has the change, the old blobs are what it refers to.
        drop(freed);
        Ok(result)
    }
}

const NOT_KEPT: &str = "the medium failed to keep a change; nothing is written any more until the server is started anew";

impl Disk {
    /// Waits until the medium has the journal up to `end`. Those who wait together are served together.
    fn sync(&self, end: u64) -> io::Result<()> {
        if self.sync == Durability::Process {
            return Ok(());
        }
        let mut synced = lock(&self.synced);
        if synced.position >= end {
            return Ok(());
        }
        if synced.failed {
            return Err(io::Error::other(NOT_KEPT));
        }
        let (position, file) = lock(&self.journal).end();
        match self.folder.sync_journal(&file) {
            Ok(()) => synced.position = position,
            Err(error) => {
                synced.failed = true;
                // What went out of use may be what the medium still refers to.
                self.folder.close();
                lock(&self.journal).stop(NOT_KEPT);
                return Err(error);
            }
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs file I/O where it cannot hold up the reactor.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}
