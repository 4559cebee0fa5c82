//! Buckets and objects, in memory or on disk.
//!
//! Both keep the same [`index::Index`] of what exists, in the order of listings. A write becomes visible whole or
//! not at all: bytes are collected aside, and one step under the index's lock puts them in place.

pub(crate) mod disk;
mod footer;
pub(crate) mod index;
mod memory;

use std::io;
use std::ops::Range;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use jit_oss::crc64::Crc64;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::body::{Body, FileBody};
pub(crate) use disk::OpenError;
use index::{Listing, Page};

/// Where objects are kept.
#[derive(Debug)]
pub(crate) enum Store {
    Memory(memory::Memory),
    Disk(disk::Disk),
}

/// What is known of an object beside its bytes. On disk this is the footer of the object's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) key: String,
    pub(crate) size: u64,
    /// Upper-case hex, without quotes.
    pub(crate) md5: String,
    pub(crate) crc64: u64,
    /// Seconds since 1970.
    pub(crate) last_modified: i64,
    pub(crate) storage_class: String,
    /// Lower-case names: the content type and its kin, and user metadata.
    pub(crate) headers: Vec<(String, String)>,
}

impl Metadata {
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", self.md5)
    }

    /// Base64 of the MD5, as `Content-MD5` has it.
    pub(crate) fn content_md5(&self) -> String {
        let nibble = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default();
        let bytes = self.md5.as_bytes().chunks_exact(2);
        let bytes = bytes.map(|pair| pair.iter().fold(0, |sum, &digit| sum << 4 | nibble(digit)));
        BASE64.encode(bytes.filter_map(|byte| u8::try_from(byte).ok()).collect::<Vec<_>>())
    }
}

/// What a write is to become.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) last_modified: i64,
    pub(crate) storage_class: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) forbid_overwrite: bool,
    /// What the sender says of the bytes.
    pub(crate) md5: Option<[u8; 16]>,
    pub(crate) sha256: Option<[u8; 32]>,
}

/// Why the store refuses.
#[derive(Debug)]
pub(crate) enum StoreError {
    NoSuchBucket,
    BucketNotEmpty,
    AlreadyExists,
    /// The bytes are not those the sender announced.
    BadDigest,
    Io(io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// An object as it was at one moment.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) metadata: Metadata,
    pub(crate) content: Content,
}

/// The bytes of a [`Stored`].
#[derive(Debug)]
pub(crate) enum Content {
    Memory(Vec<Bytes>),
    File(std::fs::File),
}

impl Content {
    /// A part of the bytes as a body.
    pub(crate) fn body(self, range: Range<u64>) -> Body {
        match self {
            Self::File(file) => Body::File(FileBody::new(file, range)),
            Self::Memory(chunks) => {
                let (mut skip, mut left) = (range.start, range.end.saturating_sub(range.start));
                let mut parts = std::collections::VecDeque::new();
                for chunk in chunks {
                    let length = chunk.len() as u64;
                    let from = skip.min(length);
                    let until = (from + left).min(length);
                    (skip, left) = (skip - from, left - (until - from));
                    if from < until {
                        // Both are at most the chunk's length, which is a usize.
                        parts.push_back(chunk.slice(from as usize..until as usize));
                    }
                }
                Body::Chunks(parts)
            }
        }
    }
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(memory::Memory::default())
    }

    /// Makes a bucket; `false` when it was there.
    pub(crate) async fn create_bucket(&self, name: &str, created: i64) -> io::Result<bool> {
        match self {
            Self::Memory(memory) => Ok(memory.create_bucket(name, created)),
            Self::Disk(disk) => disk.create_bucket(name, created).await,
        }
    }

    pub(crate) async fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        match self {
            Self::Memory(memory) => memory.index.delete_bucket(name, || Ok(())),
            Self::Disk(disk) => disk.delete_bucket(name).await,
        }
    }

    /// When the bucket was made, in seconds since 1970.
    pub(crate) fn bucket(&self, name: &str) -> Option<i64> {
        match self {
            Self::Memory(memory) => memory.index.bucket(name),
            Self::Disk(disk) => disk.index().bucket(name),
        }
    }

    /// All buckets by name, with when they were made.
    pub(crate) fn buckets(&self) -> Vec<(String, i64)> {
        match self {
            Self::Memory(memory) => memory.index.buckets(),
            Self::Disk(disk) => disk.index().buckets(),
        }
    }

    pub(crate) fn exists(&self, bucket: &str, key: &str) -> Result<bool, StoreError> {
        match self {
            Self::Memory(memory) => memory.index.exists(bucket, key),
            Self::Disk(disk) => disk.index().exists(bucket, key),
        }
    }

    pub(crate) fn list(&self, bucket: &str, page: &Page<'_>) -> Result<Listing, StoreError> {
        match self {
            Self::Memory(memory) => memory.index.list(bucket, page),
            Self::Disk(disk) => disk.index().list(bucket, page),
        }
    }

    /// The object, `None` when there is none of this name.
    pub(crate) async fn get(&self, bucket: &str, key: &str) -> Result<Option<Stored>, StoreError> {
        match self {
            Self::Memory(memory) => memory.get(bucket, key),
            Self::Disk(disk) => disk.get(bucket, key).await,
        }
    }

    /// Deletes the object if it is there.
    pub(crate) async fn delete(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        match self {
            Self::Memory(memory) => memory.index.remove(bucket, key, || Ok(())),
            Self::Disk(disk) => disk.delete(bucket, key).await,
        }
    }

    /// Starts a write. Dropping it before [`commit`](Self::commit) leaves no trace.
    pub(crate) fn begin(&self, put: &Put) -> Upload {
        let hashes = Hashes::new(put.sha256.is_some());
        match self {
            Self::Memory(_) => Upload::Memory { chunks: Vec::new(), hashes },
            Self::Disk(disk) => Upload::Disk(disk.begin(hashes)),
        }
    }

    /// Puts a finished write in place.
    pub(crate) async fn commit(&self, upload: Upload, put: Put) -> Result<Metadata, StoreError> {
        match (self, upload) {
            (Self::Memory(memory), Upload::Memory { chunks, hashes }) => {
                memory.commit(chunks, hashes, put)
            }
            (Self::Disk(disk), Upload::Disk(upload)) => disk.commit(upload, put).await,
            _ => Err(io::Error::other("an upload belongs to another store").into()),
        }
    }
}

/// A write that is not visible yet.
#[derive(Debug)]
pub(crate) enum Upload {
    Memory { chunks: Vec<Bytes>, hashes: Hashes },
    Disk(disk::Upload),
}

impl Upload {
    pub(crate) async fn write(&mut self, chunk: Bytes) -> io::Result<()> {
        match self {
            Self::Memory { chunks, hashes } => {
                hashes.update(&chunk);
                // A copy, because a small chunk may be a slice of a large read buffer.
                chunks.push(Bytes::copy_from_slice(&chunk));
                Ok(())
            }
            Self::Disk(upload) => upload.write(chunk).await,
        }
    }
}

/// The checksums of a write, taken on the way.
pub(crate) struct Hashes {
    md5: Md5,
    crc64: Crc64,
    sha256: Option<Sha256>,
    size: u64,
}

impl std::fmt::Debug for Hashes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hashes").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Hashes {
    fn new(sha256: bool) -> Self {
        Self { md5: Md5::new(), crc64: Crc64::new(), sha256: sha256.then(Sha256::new), size: 0 }
    }

    fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        self.crc64.update(data);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(data);
        }
        self.size += data.len() as u64;
    }

    /// The metadata of what was written, when it is what `put` announced.
    fn finish(self, put: Put) -> Result<Metadata, StoreError> {
        let md5: [u8; 16] = self.md5.finalize().into();
        let sha256: Option<[u8; 32]> = self.sha256.map(|hash| hash.finalize().into());
        if put.md5.is_some_and(|announced| announced != md5) || put.sha256 != sha256 {
            return Err(StoreError::BadDigest);
        }
        Ok(Metadata {
            key: put.key,
            size: self.size,
            md5: md5.iter().map(|byte| format!("{byte:02X}")).collect(),
            crc64: self.crc64.value(),
            last_modified: put.last_modified,
            storage_class: put.storage_class,
            headers: put.headers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(md5: Option<[u8; 16]>, sha256: Option<[u8; 32]>) -> Put {
        Put {
            bucket: "b-1".to_owned(),
            key: "k".to_owned(),
            last_modified: 0,
            storage_class: "Standard".to_owned(),
            headers: Vec::new(),
            forbid_overwrite: false,
            md5,
            sha256,
        }
    }

    #[test]
    fn the_checksums_are_those_of_the_content() {
        let mut hashes = Hashes::new(false);
        hashes.update(b"1234");
        hashes.update(b"56789");
        let metadata = hashes.finish(put(None, None)).unwrap();
        assert_eq!(metadata.etag(), "\"25F9E794323B453885F5181F1B624D0B\"");
        assert_eq!(metadata.content_md5(), "JfnnlDI7RTiF9RgfG2JNCw==");
        assert_eq!((metadata.crc64, metadata.size), (11_051_210_869_376_104_954, 9));
    }

    #[test]
    fn an_announced_digest_must_be_right() {
        let sha256: [u8; 32] = Sha256::digest(b"x").into();
        for (expected, put) in [
            (true, put(Some(Md5::digest(b"x").into()), None)),
            (true, put(None, Some(sha256))),
            (false, put(Some([0; 16]), None)),
            (false, put(None, Some([0; 32]))),
        ] {
            let mut hashes = Hashes::new(put.sha256.is_some());
            hashes.update(b"x");
            assert_eq!(hashes.finish(put).is_ok(), expected);
        }
    }

    #[test]
    fn a_range_crosses_chunks() {
        let chunks = || ["abc", "", "de", "f"].map(Bytes::from).to_vec();
        for (range, expected) in
            [(0..6, "abcdef"), (2..4, "cd"), (3..3, ""), (5..6, "f"), (1..2, "b")]
        {
            let Body::Chunks(parts) = Content::Memory(chunks()).body(range) else { panic!() };
            let all: Vec<u8> = parts.into_iter().flatten().collect();
            assert_eq!(all, expected.as_bytes());
        }
    }
}
