//! A file as a body, read piece by piece on the threads for blocking work.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::Body;
use crate::error::failure::Failure;
use crate::transport::{TransportError, TransportErrorKind};

/// How much is read at a time. One piece is read ahead while the one before is sent.
const PIECE: u64 = 256 * 1024;

/// The body and its length. The file's own length counts where none is given.
pub(super) async fn open(
    path: &Path,
    offset: u64,
    length: Option<u64>,
) -> Result<(Body, Option<u64>), Failure> {
    let shown = path.display().to_string();
    let path = path.to_owned();
    let opened = spawn_blocking(move || {
        let mut file = File::open(&path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        file.seek(SeekFrom::Start(offset))?;
        Ok((file, metadata.len()))
    });
    let (file, size) = joined(opened.await)
        .map_err(|error| Failure::Io(format!("cannot open `{shown}`: {}", told(&error))))?;
    let rest = size.saturating_sub(offset);
    let length = length.unwrap_or(rest);
    if length > rest {
        let end = offset.saturating_add(length);
        return Err(Failure::Io(format!(
            "`{shown}` has {size} bytes, and bytes {offset} to {end} were to be sent"
        )));
    }
    let body = FileBody { reading: None, remaining: length };
    Ok((Body::stream(body.read_on(file)), Some(length)))
}

type Piece = io::Result<(File, Bytes)>;

struct FileBody {
    reading: Option<JoinHandle<Piece>>,
    /// Bytes that were not asked for yet.
    remaining: u64,
}

impl FileBody {
    fn read_on(mut self, file: File) -> Self {
        self.start(file);
        self
    }

    fn start(&mut self, mut file: File) {
        let wanted = self.remaining.min(PIECE);
        if wanted == 0 {
            return;
        }
        self.remaining -= wanted;
        self.reading = Some(spawn_blocking(move || {
            let mut piece = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
            Read::by_ref(&mut file).take(wanted).read_to_end(&mut piece)?;
            Ok((file, Bytes::from(piece)))
        }));
    }
}

impl http_body::Body for FileBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let piece = joined(std::task::ready!(Pin::new(reading).poll(cx)));
        self.reading = None;
        Poll::Ready(match piece {
            // A file that has become shorter ends early, and whoever counts the bytes says so.
            Ok((_, piece)) if piece.is_empty() => None,
            Ok((file, piece)) => {
                self.start(file);
                Some(Ok(Frame::data(piece)))
            }
            Err(error) => Some(Err(TransportError::new(
                TransportErrorKind::Body,
                format!("reading the file failed: {}", told(&error)),
            ))),
        })
    }
}

fn joined<T>(outcome: Result<io::Result<T>, tokio::task::JoinError>) -> io::Result<T> {
    outcome.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// An error's text without the operating system's number.
pub(crate) fn told(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}
