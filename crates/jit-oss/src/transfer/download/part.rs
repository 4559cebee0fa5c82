//! One part: from the object into its place in the file.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::parts::Part;
use super::super::progress::PartMeter;
use super::run::is_recognisable;
use crate::crc64::Crc64;
use crate::error::failure::Failure;
use crate::payload::told;
use crate::request::Unsigned;
use crate::transport::{TransportError, TransportErrorKind};
use crate::{Bucket, Error, ErrorKind, ObjectMetadata, Result};

/// How much is written at a time. While one piece is written, the next is received.
const PIECE: usize = 256 * 1024;

/// A part to fetch.
pub(super) struct Fetch {
    pub(super) bucket: Bucket,
    /// A `GetObject` of the whole, on condition that it is still the same.
    pub(super) request: Unsigned,
    /// What was known of the object at first.
    pub(super) whole: ObjectMetadata,
    pub(super) part: Part,
    pub(super) file: PathBuf,
    pub(super) meter: Option<PartMeter>,
}

impl Fetch {
    /// Fetches the part and gives its checksum. A content that breaks off is continued where it broke off.
    pub(super) async fn run(self) -> Result<u64> {
        let policy = self.bucket.client().config().retry;
        let mut writer = self.open().await?;
        let mut crc = Crc64::new();
        let mut received = 0;
        let mut number = 1;
        while received < self.part.length {
            let attempt = self.receive(&mut writer, &mut crc, &mut received);
            let failure = match policy.attempt_timeout {
                None => attempt.await.err(),
                Some(limit) => match tokio::time::timeout(limit, attempt).await {
                    Ok(outcome) => outcome.err(),
                    Err(_) => {
                        let message = format!("the part was not there within {limit:?}");
                        let late = TransportError::new(TransportErrorKind::Timeout, message);
                        Some(self.error(Failure::Transport(late)).after(number, limit))
                    }
                },
            };
            match failure {
                None => {}
                Some(error) if error.kind().is_transient() && number < policy.max_attempts => {
                    if !is_recognisable(&self.whole) {
                        // The rest might be of another content.
                        (writer, crc, received) = (self.open().await?, Crc64::new(), 0);
                    }
                    self.bucket.place().back_off(number).await;
                    number += 1;
                }
                Some(error) => return Err(error),
            }
        }
        let end = writer.end().await;
        end.map_err(|error| self.error(cannot_write(&self.file, &error)))?;
        Ok(crc.value())
    }

    async fn open(&self) -> Result<Writer> {
        let writer = Writer::open(&self.file, self.part.offset).await;
        writer.map_err(|error| self.error(cannot_write(&self.file, &error)))
    }

    /// Receives what is missing, as far as it comes.
    async fn receive(
        &self,
        writer: &mut Writer,
        crc: &mut Crc64,
        received: &mut u64,
    ) -> Result<()> {
        let Part { offset, length, .. } = self.part;
        let range = offset + *received..offset + length;
        let mut get = self.bucket.get_object(self.request.key.as_str()).range(range);
        let request = get.request_mut();
        request.query.extend(self.request.query.iter().cloned());
        request.headers.extend(self.request.headers.iter().cloned());
        let object = match get.await {
            Err(error) if error.kind() == ErrorKind::Precondition => return Err(self.changed()),
            outcome => outcome?,
        };
        if !is_same(&self.whole, &object.metadata) {
            return Err(self.changed());
        }
        let mut body = object.body;
        while let Some(piece) = body.chunk().await? {
            crc.update(&piece);
            *received += piece.len() as u64;
            if let Some(meter) = &self.meter {
                meter.reached(*received);
            }
            let written = writer.write(piece).await;
            written.map_err(|error| self.error(cannot_write(&self.file, &error)))?;
        }
        Ok(())
    }

    fn changed(&self) -> Error {
        self.error(Failure::Changed("the object has changed while it was downloaded".to_owned()))
    }

    fn error(&self, failure: Failure) -> Error {
        self.bucket.place().error(&self.request, failure)
    }
}

/// Whether an object's content is what it was, by the first of these that is told both times.
fn is_same(before: &ObjectMetadata, now: &ObjectMetadata) -> bool {
    let etags = before.etag.as_ref().zip(now.etag.as_ref()).map(|(before, now)| before == now);
    let crcs = || before.crc64.zip(now.crc64).map(|(before, now)| before == now);
    before.size == now.size && etags.or_else(crcs).unwrap_or(true)
}

fn cannot_write(file: &std::path::Path, error: &io::Error) -> Failure {
    Failure::Io(format!("cannot write `{}`: {}", file.display(), told(error)))
}

/// Writes pieces one after the other, on the threads for blocking work.
struct Writer {
    /// Not here while it is written to.
    file: Option<File>,
    writing: Option<JoinHandle<io::Result<File>>>,
    pieces: Vec<Bytes>,
    waiting: usize,
}

impl Writer {
    async fn open(path: &std::path::Path, offset: u64) -> io::Result<Self> {
        let path = path.to_owned();
        let open = move || {
            let mut file = OpenOptions::new().write(true).open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        };
        let file =
            spawn_blocking(open).await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok(Self { file: Some(file), writing: None, pieces: Vec::new(), waiting: 0 })
    }

    async fn write(&mut self, piece: Bytes) -> io::Result<()> {
        self.waiting += piece.len();
        self.pieces.push(piece);
        if self.waiting >= PIECE { self.flush().await } else { Ok(()) }
    }

    /// Hands over what waits, when what was handed over before is written.
    async fn flush(&mut self) -> io::Result<()> {
        self.settle().await?;
        let Some(mut file) = self.file.take() else {
            return Err(io::Error::other("an earlier write failed"));
        };
        let pieces = std::mem::take(&mut self.pieces);
        self.waiting = 0;
        self.writing = Some(spawn_blocking(move || {
            pieces.iter().try_for_each(|piece| file.write_all(piece))?;
            Ok(file)
        }));
        Ok(())
    }

    async fn settle(&mut self) -> io::Result<()> {
        if let Some(writing) = &mut self.writing {
            let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
            self.writing = None;
            self.file = Some(written?);
        }
        Ok(())
    }

    async fn end(mut self) -> io::Result<()> {
        self.flush().await?;
        self.settle().await
    }
}
