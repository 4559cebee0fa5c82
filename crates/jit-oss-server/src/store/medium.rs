//! The medium that files are on, and what tests let go wrong with it: it is full, or does not keep what it was given.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// As it is, unless told otherwise.
#[derive(Debug)]
pub(crate) struct Medium {
    /// How many bytes may still be written; `u64::MAX` for no limit.
    room: AtomicU64,
    forgets: AtomicBool,
}

impl Default for Medium {
    fn default() -> Self {
        Self { room: AtomicU64::new(u64::MAX), forgets: AtomicBool::new(false) }
    }
}

impl Medium {
    /// Sets how much room is left; `None` for no limit.
    pub(crate) fn limit(&self, bytes: Option<u64>) {
        self.room.store(bytes.unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Sets whether it fails to keep what it was given.
    pub(crate) fn forget(&self, forgets: bool) {
        self.forgets.store(forgets, Ordering::SeqCst);
    }

    /// Writes all of `data`, or what there is room for and an error.
    pub(super) fn write(&self, file: &mut File, data: &[u8]) -> io::Result<()> {
        let wanted = data.len() as u64;
        let take =
            |left: u64| if left == u64::MAX { None } else { Some(left.saturating_sub(wanted)) };
        let left = self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        match left {
            Ok(left) if left < wanted => {
                let room = usize::try_from(left).unwrap_or(usize::MAX);
                file.write_all(data.get(..room).unwrap_or(data))?;
                Err(io::ErrorKind::StorageFull.into())
            }
            // `Err` is how no limit shows.
            Ok(_) | Err(_) => file.write_all(data),
        }
    }

    /// Waits until the medium has the bytes of a file.
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        if self.forgets.load(Ordering::SeqCst) {
            return Err(io::Error::other("the medium does not keep what is written"));
        }
        file.sync_data()
    }
}
