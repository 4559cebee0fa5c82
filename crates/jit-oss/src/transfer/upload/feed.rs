//! One part after the other, of whatever is sent.

use bytes::{Bytes, BytesMut};

use super::super::parts::{Part, Parts, growing};
use crate::error::failure::Failure;
use crate::{Body, MAX_PARTS, Payload};

/// Where parts come from.
pub(super) enum Feed {
    /// Files and bytes: parts are read where they lie, when they are sent.
    Seekable { whole: Payload, parts: Box<dyn Iterator<Item = Part> + Send> },
    /// Streams: a part is read whole before it is sent.
    Stream { reader: Reader, first: Option<Bytes>, number: u32, offset: u64 },
}

impl Feed {
    pub(super) fn seekable(whole: Payload, parts: Parts) -> Self {
        Self::Seekable { whole, parts: Box::new(parts.iter()) }
    }

    /// A stream of which the first part is read already.
    pub(super) fn stream(reader: Reader, first: Bytes) -> Self {
        Self::Stream { reader, first: Some(first), number: 0, offset: 0 }
    }

    /// The next part, `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<(Part, Payload)>, Failure> {
        match self {
            Self::Seekable { whole, parts } => Ok(parts.next().map(|part| {
                let payload = whole.clone().part(part.offset, part.length);
                (part, payload)
            })),
            Self::Stream { reader, first, number, offset } => {
                let next = *number + 1;
                let data = match first.take() {
                    Some(first) => first,
                    None => reader.read(growing(next, reader.part_size)).await?,
                };
                if data.is_empty() {
                    return Ok(None);
                }
                if next > MAX_PARTS {
                    let limit = *offset;
                    return Err(Failure::Input(format!(
                        "the stream is longer than {limit} bytes; give larger parts, or its length"
                    )));
                }
                let part = Part { number: next, offset: *offset, length: data.len() as u64 };
                (*number, *offset) = (next, part.offset + part.length);
                Ok(Some((part, Payload::from(data))))
            }
        }
    }
}

/// Reads a stream in pieces of a given size.
pub(super) struct Reader {
    body: Body,
    part_size: u64,
    /// What came beyond the piece before.
    rest: Bytes,
    ended: bool,
}

impl Reader {
    pub(super) fn new(body: Body, part_size: u64) -> Self {
        Self { body, part_size, rest: Bytes::new(), ended: false }
    }

    /// Whether all was read.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.rest.is_empty()
    }

    /// The next `size` bytes, or fewer at the end.
    pub(super) async fn read(&mut self, size: u64) -> Result<Bytes, Failure> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut all = BytesMut::with_capacity(size.min(1 << 20));
        while all.len() < size {
            if self.rest.is_empty() {
                match self.body.chunk().await.map_err(Failure::Transport)? {
                    Some(piece) => self.rest = piece,
                    None => {
                        self.ended = true;
                        break;
                    }
                }
            }
            let room = (size - all.len()).min(self.rest.len());
            let piece = self.rest.split_to(room);
            if all.capacity() - all.len() < piece.len() {
                // All at once, as growing by doubling would take twice as much.
                all.reserve(size - all.len());
            }
            all.extend_from_slice(&piece);
        }
        // To know whether it is over, look one piece ahead.
        if !self.ended && self.rest.is_empty() {
            match self.body.chunk().await.map_err(Failure::Transport)? {
                Some(piece) => self.rest = piece,
                None => self.ended = true,
            }
        }
        Ok(all.freeze())
    }
}
