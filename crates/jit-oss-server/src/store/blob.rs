//! Bytes that never change: written once, shared by whatever refers to them, gone with the last of it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::task::{JoinHandle, spawn_blocking};

use super::medium::Medium;
use super::{Durability, blocking};
use crate::digest::{Hashes, Sums};

/// How much is collected before the disk is troubled.
const BATCH: usize = 1 << 20;
/// How much is read at once.
const READ: usize = 256 << 10;
/// What is so small is hashed, or read from its file, where it is asked for: to hand it to another thread and wait
/// takes as long.
const SMALL: usize = 64 << 10;

/// The directory that blobs are files in.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(super) root: PathBuf,
    next: AtomicU64,
    /// From then on nothing is removed: what goes out of use is only going out of memory.
    closed: AtomicBool,
    sync: Durability,
    medium: Arc<Medium>,
}

impl Folder {
    pub(super) fn new(root: PathBuf, sync: Durability, medium: Arc<Medium>) -> Arc<Self> {
        let (next, closed) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Self { root, next, closed, sync, medium })
    }

    /// Gives no blob a number that another one had before.
    pub(super) fn begin_after(&self, number: u64) {
        self.next.fetch_max(number.saturating_add(1), Ordering::SeqCst);
    }

    /// Waits until the medium has what a journal of this directory holds.
    pub(super) fn sync_journal(&self, journal: &File) -> io::Result<()> {
        self.medium.sync(journal)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    fn path(&self, number: u64) -> PathBuf {
        path(&self.root, number)
    }
}

/// Where a blob's file is: the last two digits name its folder, so that each grows as slowly as it can.
pub(super) fn path(root: &Path, number: u64) -> PathBuf {
    root.join(format!("{:02x}", number & 0xFF)).join(format!("{number:016x}"))
}

/// The number of the blob whose file has this name, in the folder of that name.
pub(super) fn number(folder: &OsStr, name: &OsStr) -> Option<u64> {
    let hex = |text: &OsStr, length: usize| {
        let text = text.to_str().filter(|text| text.len() == length)?;
        // As it is written, and not `+1` or upper case.
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.bytes().all(is_digit) { u64::from_str_radix(text, 16).ok() } else { None }
    };
    let number = hex(name, 16)?;
    (hex(folder, 2)? == number & 0xFF).then_some(number)
}

/// Some bytes. Dropping the last reference frees them, on disk by removing the file.
#[derive(Debug)]
pub(crate) struct Blob {
    number: u64,
    size: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<Bytes>),
    Disk(Arc<Folder>),
    /// As read from the journal, before it is known which folder that is.
    Unknown,
}

impl Blob {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// This blob, in a folder.
    pub(super) fn in_folder(&self, folder: &Arc<Folder>) -> Self {
        Self { number: self.number, size: self.size, place: Place::Disk(Arc::clone(folder)) }
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if let Place::Disk(folder) = &self.place
            && !folder.closed.load(Ordering::SeqCst)
        {
            // What cannot be removed now is removed at the next start.
            drop(fs::remove_file(folder.path(self.number)));
        }
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.number, self.size).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (number, size) = Deserialize::deserialize(from)?;
        Ok(Self { number, size, place: Place::Unknown })
    }
}

/// A blob in the making. Dropping it leaves no trace.
#[derive(Debug)]
pub(crate) struct Draft {
    /// `None` while a batch is on its way, and after one failed. Boxed, as it is handed to and fro.
    state: Option<Box<State>>,
    /// The batch that is hashed while the next one arrives.
    batch: Option<JoinHandle<io::Result<Box<State>>>>,
    in_memory: bool,
    pending: Vec<Bytes>,
    pending_size: usize,
}

#[derive(Debug)]
struct State {
    hashes: Hashes,
    to: To,
}

#[derive(Debug)]
enum To {
    Memory(Vec<Bytes>),
    Disk(Arc<Folder>, Option<Writing>),
}

/// A file that is being written, removed unless it becomes a blob.
#[derive(Debug)]
struct Writing {
    number: u64,
    file: File,
    folder: Arc<Folder>,
    finished: bool,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.finished {
            drop(fs::remove_file(self.folder.path(self.number)));
        }
    }
}

/// A finished blob with its checksums; without content there is none.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) blob: Option<Arc<Blob>>,
    pub(crate) sums: Sums,
}

impl Draft {
    pub(super) fn new(folder: Option<&Arc<Folder>>, with_sha256: bool) -> Self {
        let to = match folder {
            None => To::Memory(Vec::new()),
            Some(folder) => To::Disk(Arc::clone(folder), None),
        };
        let state = Some(Box::new(State { hashes: Hashes::new(with_sha256), to }));
        // A small body comes in one piece.
        let (in_memory, pending) = (folder.is_none(), Vec::with_capacity(1));
        Self { state, batch: None, in_memory, pending, pending_size: 0 }
    }

    /// Adds bytes.
    pub(crate) async fn write(&mut self, chunk: Bytes) -> io::Result<()> {
        self.pending_size += chunk.len();
        // What is kept is a copy, because a small chunk may be a slice of a large read buffer.
        let kept = if self.in_memory { Bytes::copy_from_slice(&chunk) } else { chunk };
        self.pending.push(kept);
        if self.pending_size < BATCH {
            return Ok(());
        }
        let mut state = self.state().await?;
        let batch = std::mem::take(&mut self.pending);
        self.pending_size = 0;
        self.batch = Some(spawn_blocking(move || state.write(batch).map(|()| state)));
        if !self.in_memory {
            // A file that was given up is to be gone before the request is answered.
            self.state = Some(self.state().await?);
        }
        Ok(())
    }

    /// Makes it a blob.
    pub(crate) async fn finish(mut self) -> io::Result<Written> {
        let mut state = self.state().await?;
        let rest = self.pending;
        if self.in_memory && self.pending_size <= SMALL {
            state.write(rest)?;
            return state.finish();
        }
        Box::pin(blocking(move || state.write(rest).and_then(|()| state.finish()))).await?
    }

    /// The state after the batch that is on its way.
    async fn state(&mut self) -> io::Result<Box<State>> {
        if let Some(batch) = &mut self.batch {
            let state = batch.await;
            self.batch = None;
            return state.map_err(io::Error::other)?;
        }
        self.state.take().ok_or_else(failed_before)
    }
}

impl State {
    fn write(&mut self, chunks: Vec<Bytes>) -> io::Result<()> {
        chunks.iter().for_each(|chunk| self.hashes.update(chunk));
        match &mut self.to {
            To::Memory(all) if all.is_empty() => *all = chunks,
            To::Memory(all) => all.extend(chunks),
            To::Disk(folder, writing) => {
                let open = match writing {
                    _ if chunks.is_empty() => return Ok(()),
                    Some(open) => open,
                    none => none.insert(Writing::create(folder)?),
                };
                for chunk in &chunks {
                    folder.medium.write(&mut open.file, chunk)?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Written> {
        let sums = self.hashes.finish();
        let size = sums.size;
        let blob = match self.to {
            To::Memory(_) | To::Disk(_, None) if size == 0 => None,
            To::Memory(chunks) => Some(Blob { number: 0, size, place: Place::Memory(chunks) }),
            To::Disk(_, None) => None,
            To::Disk(folder, Some(mut writing)) => {
                if folder.sync == Durability::Power {
                    folder.medium.sync(&writing.file)?;
                    if let Some(parent) = folder.path(writing.number).parent() {
                        File::open(parent)?.sync_all()?;
                    }
                }
                writing.finished = true;
                Some(Blob { number: writing.number, size, place: Place::Disk(folder) })
            }
        };
        Ok(Written { blob: blob.map(Arc::new), sums })
    }
}

impl Writing {
    fn create(folder: &Arc<Folder>) -> io::Result<Self> {
        let number = folder.next.fetch_add(1, Ordering::SeqCst);
        let path = folder.path(number);
        let create = || File::create_new(&path);
        let file = match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                    if folder.sync == Durability::Power {
                        // Without its own entry on the medium, what it holds would be lost with it.
                        File::open(&folder.root)?.sync_all()?;
                    }
                }
                create()?
            }
            created => created?,
        };
        Ok(Self { number, file, folder: Arc::clone(folder), finished: false })
    }
}

fn failed_before() -> io::Error {
    io::Error::other("a write failed before")
}

/// Reads a part of what some blobs hold together.
#[derive(Debug)]
pub(crate) struct Reader {
    /// What is left, the next one last.
    left: Vec<(Arc<Blob>, Range<u64>)>,
    file: Option<File>,
}

impl Reader {
    pub(crate) fn new(content: &[Arc<Blob>], range: Range<u64>) -> Self {
        let (mut start, mut left) = (0, Vec::new());
        for blob in content {
            let (from, end) = (start, start + blob.size);
            if range.start < end && from < range.end {
                let inner = range.start.max(from) - from..range.end.min(end) - from;
                left.push((Arc::clone(blob), inner));
            }
            start = end;
        }
        left.reverse();
        Self { left, file: None }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> u64 {
        self.left.iter().map(|(_, range)| range.end - range.start).sum()
    }

    /// Whether reading on takes no longer than handing it to another thread.
    pub(crate) fn is_quick(&self) -> bool {
        let in_memory = |(blob, _): &(Arc<Blob>, _)| matches!(blob.place, Place::Memory(_));
        self.left.last().is_none_or(in_memory) || self.left() <= SMALL as u64
    }

    /// The next bytes, `None` at the end. It may wait for the disk.
    pub(crate) fn next(&mut self) -> io::Result<Option<Bytes>> {
        let Some((blob, range)) = self.left.last_mut() else { return Ok(None) };
        let data = match &blob.place {
            Place::Memory(chunks) => piece(chunks, range.clone()),
            Place::Unknown => return Err(io::Error::other("the content is not in this store")),
            Place::Disk(folder) => {
                let file = match &mut self.file {
                    Some(file) => file,
                    none => {
                        let file = none.insert(File::open(folder.path(blob.number))?);
                        file.seek(SeekFrom::Start(range.start))?;
                        file
                    }
                };
                let left = range.end - range.start;
                let mut data = vec![0; usize::try_from(left).unwrap_or(READ).min(READ)];
                file.read_exact(&mut data)?;
                data.into()
            }
        };
        range.start += data.len() as u64;
        if range.start >= range.end {
            self.left.pop();
            self.file = None;
        }
        Ok(Some(data))
    }
}

/// The start of a range, as far as one chunk has it.
fn piece(chunks: &[Bytes], range: Range<u64>) -> Bytes {
    let mut start = 0;
    for chunk in chunks {
        let end = start + chunk.len() as u64;
        if range.start < end {
            // Both are within the chunk, whose length is a usize.
            let until = range.end.min(end) - start;
            return chunk.slice((range.start - start) as usize..until as usize);
        }
        start = end;
    }
    Bytes::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(chunks: &[&'static str]) -> Arc<Blob> {
        let chunks: Vec<Bytes> = chunks.iter().copied().map(Bytes::from).collect();
        let size = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        Arc::new(Blob { number: 0, size, place: Place::Memory(chunks) })
    }

    #[test]
    fn a_range_crosses_chunks_and_blobs() {
        let content = [memory(&["abc", "", "de"]), memory(&["f"]), memory(&["gh", "i"])];
        for (range, expected) in
            [(0..9, "abcdefghi"), (2..4, "cd"), (3..3, ""), (4..7, "efg"), (8..9, "i"), (1..2, "b")]
        {
            let mut reader = Reader::new(&content, range);
            let mut all = Vec::new();
            while let Some(data) = reader.next().unwrap() {
                all.extend_from_slice(&data);
            }
            assert_eq!(all, expected.as_bytes());
        }
    }
}
