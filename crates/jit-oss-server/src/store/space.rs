//! How much may still be written, for tests of what happens when a disk is full.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// Without a limit unless one is set.
#[derive(Debug)]
pub(crate) struct Space(AtomicU64);

impl Default for Space {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Space {
    /// Sets what is left; `None` for no limit.
    pub(crate) fn limit(&self, bytes: Option<u64>) {
        self.0.store(bytes.unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Writes all of `data`, or what there is room for and an error.
    pub(super) fn write(&self, file: &mut File, data: &[u8]) -> io::Result<()> {
        let wanted = data.len() as u64;
        let take =
            |left: u64| if left == u64::MAX { None } else { Some(left.saturating_sub(wanted)) };
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
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
}
