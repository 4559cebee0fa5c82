//! What a request carries: bytes, a file, or a stream.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body::Body as _;

use crate::Body;
use crate::error::failure::Failure;

mod file;
mod lazy;
mod sent;

pub(crate) use file::told;
pub(crate) use sent::Sent;

/// The most bytes of which the checksum is computed at once, at the end: the processor still has them then.
const AT_HAND: usize = 256 * 1024;

/// What a request carries to OSS.
///
/// Bytes, files and replayable streams are sent again when the retry policy says so. A stream that can be
/// read only once is not, once its first piece was asked for. Whatever it is, no more than a few pieces
/// of it are in memory at a time, and its CRC-64 is computed on the way.
///
/// ```
/// use jit_oss::Payload;
///
/// let text: Payload = "hello".into();
/// let upload = Payload::file("video.mp4");
/// let part = Payload::file("video.mp4").part(8 << 20, 4 << 20);
/// ```
#[derive(Clone)]
pub struct Payload(Inner);

#[derive(Clone)]
enum Inner {
    Bytes(Bytes),
    File { path: PathBuf, offset: u64, length: Option<u64> },
    Replayable(Arc<dyn Fn() -> Body + Send + Sync>),
    Once(lazy::Slot, Option<u64>),
}

impl Payload {
    /// A file. It is opened for each attempt, read piece by piece outside the runtime's threads, and must
    /// not become shorter while it is sent.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Inner::File { path: path.into(), offset: 0, length: None })
    }

    /// Of a file or of bytes, only the `length` bytes from `offset` on, counted from 0. Of bytes, what
    /// lies beyond their end is left out; of a file it is an error when it is sent. A stream stays whole.
    #[must_use]
    pub fn part(self, offset: u64, length: u64) -> Self {
        Self(match self.0 {
            Inner::Bytes(bytes) => {
                let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let (first, end) = (clamp(offset), clamp(offset.saturating_add(length)));
                Inner::Bytes(bytes.slice(first..end))
            }
            Inner::File { path, offset: before, .. } => {
                Inner::File { path, offset: before.saturating_add(offset), length: Some(length) }
            }
            stream => stream,
        })
    }

    /// A stream that `make` starts anew for each attempt; it must give the same bytes each time. Where
    /// its size hint is exact the length is announced, otherwise it is sent in chunks.
    #[must_use]
    pub fn replayable(make: impl Fn() -> Body + Send + Sync + 'static) -> Self {
        Self(Inner::Replayable(Arc::new(make)))
    }

    /// A stream that can be read only once, so that a request that carries it is not repeated once
    /// reading has begun. Where its size hint is exact the length is announced, otherwise it is sent in
    /// chunks.
    #[must_use]
    pub fn once(body: Body) -> Self {
        let length = body.size_hint().exact();
        Self(Inner::Once(Arc::new(Mutex::new(Some(body))), length))
    }

    /// The length in bytes, where it is known without I/O.
    #[must_use]
    pub fn known_length(&self) -> Option<u64> {
        match &self.0 {
            Inner::Bytes(bytes) => Some(bytes.len() as u64),
            Inner::File { length, .. } | Inner::Once(_, length) => *length,
            Inner::Replayable(_) => None,
        }
    }

    /// The file it is, the whole of it.
    pub(crate) fn whole_file(&self) -> Option<&Path> {
        match &self.0 {
            Inner::File { path, offset: 0, length: None } => Some(path),
            _ => None,
        }
    }

    /// Whether a part of it can be read without what is before.
    pub(crate) fn is_seekable(&self) -> bool {
        matches!(self.0, Inner::Bytes(_) | Inner::File { .. })
    }

    /// Whether it can still be sent from its beginning.
    pub(crate) fn can_replay(&self) -> bool {
        match &self.0 {
            Inner::Once(slot, _) => slot.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
            _ => true,
        }
    }

    /// What an attempt sends, and what will tell how much of it went out.
    pub(crate) async fn open(&self) -> Result<(Body, Sent), Failure> {
        let (body, length) = match &self.0 {
            // Few are still at hand when the answer comes; of many, each piece is while it is sent.
            Inner::Bytes(bytes) if bytes.len() <= AT_HAND => {
                return Ok((bytes.clone().into(), Sent::bytes(bytes.clone())));
            }
            Inner::Bytes(bytes) => (bytes.clone().into(), Some(bytes.len() as u64)),
            // Boxed, so that bytes have no room for it.
            Inner::File { path, offset, length } => {
                Box::pin(file::open(path, *offset, *length)).await?
            }
            Inner::Replayable(make) => {
                let body = make();
                let length = body.size_hint().exact();
                (body, length)
            }
            Inner::Once(slot, length) => {
                (Body::stream(lazy::Lazy::new(Arc::clone(slot), *length)), *length)
            }
        };
        Ok(Sent::stream(body, length))
    }
}

impl Default for Payload {
    /// Nothing.
    fn default() -> Self {
        Self(Inner::Bytes(Bytes::new()))
    }
}

macro_rules! from_bytes {
    ($($kind:ty),+) => {$(
        impl From<$kind> for Payload {
            fn from(data: $kind) -> Self {
                Self(Inner::Bytes(Bytes::from(data)))
            }
        }
    )+};
}

from_bytes!(Bytes, Vec<u8>, String, &'static [u8], &'static str, Box<[u8]>);

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Bytes(bytes) => write!(f, "Payload({} bytes)", bytes.len()),
            Inner::File { path, offset, length } => f
                .debug_struct("Payload")
                .field("path", path)
                .field("offset", offset)
                .field("length", length)
                .finish(),
            Inner::Replayable(_) => f.write_str("Payload(replayable)"),
            Inner::Once(_, length) => f.debug_struct("Payload").field("once", length).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_bytes_ends_where_they_end() {
        for (offset, length, expected) in
            [(0, 9, "123456789"), (2, 3, "345"), (7, 9, "89"), (9, 1, ""), (u64::MAX, u64::MAX, "")]
        {
            let Payload(Inner::Bytes(bytes)) = Payload::from("123456789").part(offset, length)
            else {
                panic!("no bytes any more");
            };
            assert_eq!(bytes, expected, "{offset} {length}");
        }
    }
}
