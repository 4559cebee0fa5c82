//! `GetObject`: an object's metadata with its content, whole or in part.

use std::ops::{Bound, RangeBounds};
use std::path::Path;

use bytes::{Bytes, BytesMut};
use http::header::RANGE;
use http::{HeaderName, Method, Response, StatusCode};

use super::headers::headers;
use super::part_file::PartFile;
use super::{Unsigned, awaited};
use crate::crc64::Crc64;
use crate::error::failure::Failure;
use crate::receipt::Receipted;
use crate::transport::{TransportError, TransportErrorKind};
use crate::{Body, Bucket, Error, ObjectMetadata, Receipt, Result, response};

const RANGE_BEHAVIOR: HeaderName = HeaderName::from_static("x-oss-range-behavior");
/// How much is reserved on the word of a peer; more is reserved as it arrives.
const MAX_RESERVED: usize = 64 * 1024 * 1024;

/// A `GetObject` request; `.await` sends it and waits for the head of the answer.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetObjectRequest {
    bucket: Bucket,
    request: Unsigned,
    range: Option<Range>,
}

/// Bytes `first` to `last`, both included, or to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: u64,
    last: Option<u64>,
}

/// An object: what is known of it, and its content, not yet read.
#[derive(Debug)]
#[non_exhaustive]
pub struct GetObject {
    /// What is known of the whole object, also when only a range was asked for.
    pub metadata: ObjectMetadata,
    /// The content.
    pub body: ObjectBody,
}

/// An object with its whole content.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WholeObject {
    /// What is known of the object.
    pub metadata: ObjectMetadata,
    /// The content, or the range that was asked for.
    pub data: Bytes,
}

impl Receipted for WholeObject {
    fn receipt_mut(&mut self) -> &mut Receipt {
        &mut self.metadata.receipt
    }
}

awaited!(GetObjectRequest => GetObject);
headers! {
    GetObjectRequest: conditions, version, traffic_limit;
}

impl GetObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        Self { bucket, request: Unsigned::new("GetObject", Method::GET, key), range: None }
    }

    /// What it will send, for those who make several requests of one.
    pub(crate) fn request_mut(&mut self) -> &mut Unsigned {
        &mut self.request
    }

    /// Asks for these bytes only, counted from 0. A range that reaches past the end is cut there; one
    /// that starts there fails with [`Range`](crate::ErrorKind::Range). An answer that is not exactly
    /// the range is an error, never cut to fit.
    pub fn range(mut self, range: impl RangeBounds<u64>) -> Self {
        match Range::of(&range) {
            Ok(range) => self.range = range,
            Err(mistake) => self.request.refuse(mistake),
        }
        self
    }

    /// Sets the content type that the answer has, whatever the object's own is.
    pub fn response_content_type(mut self, value: impl Into<String>) -> Self {
        self.request.query("response-content-type", value);
        self
    }

    /// Sets the `Content-Disposition` that the answer has, whatever the object's own is.
    pub fn response_content_disposition(mut self, value: impl Into<String>) -> Self {
        self.request.query("response-content-disposition", value);
        self
    }

    /// Processes the object on the way: `image/resize,w_100`. The answer has no checksum.
    pub fn process(mut self, instructions: impl Into<String>) -> Self {
        self.request.query("x-oss-process", instructions);
        self
    }

    /// Sends the request and reads the whole content. A content that breaks off or is not what OSS says
    /// it is (CRC-64) is fetched again from the start, within the retry policy.
    ///
    /// # Errors
    ///
    /// As for awaiting the request, and those of [`ObjectBody::chunk`].
    pub async fn bytes(self) -> Result<Bytes> {
        Ok(self.whole().await?.data)
    }

    /// As [`bytes`](Self::bytes), with what is known of the object.
    ///
    /// # Errors
    ///
    /// As for [`bytes`](Self::bytes).
    pub async fn whole(mut self) -> Result<WholeObject> {
        self.write_range();
        let Self { bucket, request, range } = self;
        let read = |answer, _| async move {
            let Opened { mut metadata, mut content } = *Opened::read(answer, range)?;
            let data = content.collect().await?;
            metadata.receipt.bytes = data.len() as u64;
            metadata.receipt.crc_verified = content.is_verified();
            Ok(WholeObject { metadata, data })
        };
        bucket.place().run(&request, read).await
    }

    /// Sends the request and writes the content into a file, piece by piece, which takes its name only
    /// when it is complete and is what OSS says it is (CRC-64): a file that was there before is replaced
    /// at once, or stays. A content that breaks off is fetched again from the start, within the retry
    /// policy.
    ///
    /// # Errors
    ///
    /// As for [`bytes`](Self::bytes); `Io` when the file cannot be written.
    pub async fn to_file(mut self, path: impl AsRef<Path>) -> Result<ObjectMetadata> {
        self.write_range();
        let Self { bucket, request, range } = self;
        let path = path.as_ref();
        let read = |answer, _| async move {
            let Opened { mut metadata, mut content } = *Opened::read(answer, range)?;
            let mut file = PartFile::create(path).await?;
            while let Some(piece) = content.next().await? {
                file.write(piece).await?;
            }
            file.finish().await?;
            metadata.receipt.bytes = content.read;
            metadata.receipt.crc_verified = content.is_verified();
            Ok(metadata)
        };
        bucket.place().run(&request, read).await
    }

    fn send(mut self) -> impl Future<Output = Result<GetObject>> {
        self.write_range();
        // An `async fn` would have room for the request twice.
        async move {
            let read = |answer, _| std::future::ready(Opened::read(answer, self.range));
            let opened = self.bucket.place().run(&self.request, read).await?;
            let Opened { metadata, content } = *opened;
            let receipt = metadata.receipt.clone();
            let (bucket, key) = (self.bucket, self.request.key);
            Ok(GetObject { metadata, body: ObjectBody { content, receipt, bucket, key } })
        }
    }

    fn write_range(&mut self) {
        if let Some(Range { first, last }) = self.range {
            let last = last.map(|last| last.to_string()).unwrap_or_default();
            self.request.set(RANGE, &format!("bytes={first}-{last}"));
            // Without it OSS answers a range past the end with the whole object.
            self.request.set_static(RANGE_BEHAVIOR, "standard");
        }
    }
}

impl Range {
    /// `None` is the whole object.
    fn of(range: &impl RangeBounds<u64>) -> std::result::Result<Option<Self>, String> {
        let empty = || "the range is empty".to_owned();
        let first = match range.start_bound() {
            Bound::Unbounded => 0,
            Bound::Included(&first) => first,
            Bound::Excluded(&before) => before.checked_add(1).ok_or_else(empty)?,
        };
        let last = match range.end_bound() {
            Bound::Unbounded => None,
            Bound::Included(&last) => Some(last),
            Bound::Excluded(&after) => Some(after.checked_sub(1).ok_or_else(empty)?),
        };
        if last.is_some_and(|last| last < first) {
            return Err(empty());
        }
        Ok((first > 0 || last.is_some()).then_some(Self { first, last }))
    }
}

/// The content of an object, piece by piece.
///
/// A content that is shorter than announced, or whose CRC-64 is not the one OSS has of the object, ends
/// with an error instead of ending. A range has no checksum to compare with.
#[derive(Debug)]
pub struct ObjectBody {
    content: Content,
    receipt: Receipt,
    bucket: Bucket,
    key: String,
}

impl ObjectBody {
    /// The next piece, `None` at the end.
    ///
    /// # Errors
    ///
    /// `Timeout`, `Interrupted`, `Inconsistent` or `Protocol`. What was read until then is not repeated:
    /// [`GetObjectRequest::bytes`] does that.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let next = self.content.next().await;
        next.map_err(|failure| self.error(failure))
    }

    /// How the answer came about, and how much of it was read so far.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        let (bytes, crc_verified) = (self.content.read, self.content.is_verified());
        Receipt { bytes, crc_verified, ..self.receipt.clone() }
    }

    /// Everything that was not read yet.
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Self::chunk).
    pub async fn bytes(mut self) -> Result<Bytes> {
        let all = self.content.collect().await;
        all.map_err(|failure| self.error(failure))
    }

    /// How many bytes are still to come.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.content.remaining
    }

    fn error(&self, failure: Failure) -> Error {
        Error::new(self.bucket.place().subject("GetObject", &self.key), failure)
    }
}

#[derive(Debug)]
struct Content {
    body: Body,
    read: u64,
    remaining: u64,
    /// Whether the end was reached and the checksum is right.
    verified: bool,
    /// What was read so far, and what the whole must come to.
    check: Option<(Crc64, u64)>,
}

/// An answer whose head makes sense.
struct Opened {
    metadata: ObjectMetadata,
    content: Content,
}

impl Receipted for Box<Opened> {
    fn receipt_mut(&mut self) -> &mut Receipt {
        &mut self.metadata.receipt
    }
}

impl Opened {
    /// Boxed, as it is large and goes through several hands.
    fn read(
        answer: Response<Body>,
        range: Option<Range>,
    ) -> std::result::Result<Box<Self>, Failure> {
        let (head, body) = answer.into_parts();
        let length = response::content_length(&head.headers)?;
        let size = match (range, head.status) {
            (None, StatusCode::OK) => length,
            (Some(range), StatusCode::PARTIAL_CONTENT) => range.size(&head.headers, length)?,
            (Some(_), StatusCode::OK) => {
                return Err(Failure::Protocol("a range was asked for and all came".to_owned()));
            }
            (_, status) => {
                return Err(Failure::Protocol(format!("unexpected HTTP {}", status.as_u16())));
            }
        };
        let metadata = response::object_metadata(&head.headers, size)?;
        // The checksum of a range's answer is the whole object's.
        let check = metadata.crc64.filter(|_| range.is_none()).map(|crc| (Crc64::new(), crc));
        let content = Content { body, read: 0, remaining: length, verified: false, check };
        Ok(Box::new(Self { metadata, content }))
    }
}

impl Content {
    fn is_verified(&self) -> bool {
        self.verified
    }

    async fn next(&mut self) -> std::result::Result<Option<Bytes>, Failure> {
        match self.body.chunk().await {
            Err(error) => Err(Failure::Transport(error)),
            Ok(Some(data)) => {
                let Some(remaining) = self.remaining.checked_sub(data.len() as u64) else {
                    return Err(Failure::Protocol("more came than was announced".to_owned()));
                };
                self.remaining = remaining;
                self.read += data.len() as u64;
                if let Some((crc, _)) = &mut self.check {
                    crc.update(&data);
                }
                Ok(Some(data))
            }
            Ok(None) if self.remaining > 0 => {
                let message = format!("{} bytes are missing", self.remaining);
                let error = TransportError::new(TransportErrorKind::Interrupted, message);
                Err(Failure::Transport(error))
            }
            Ok(None) => match self.check {
                Some((crc, theirs)) if crc.value() != theirs => {
                    Err(Failure::Inconsistent { ours: crc.value(), theirs })
                }
                check => {
                    self.verified = check.is_some();
                    Ok(None)
                }
            },
        }
    }

    async fn collect(&mut self) -> std::result::Result<Bytes, Failure> {
        let announced = usize::try_from(self.remaining).unwrap_or(MAX_RESERVED);
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await? else { return Ok(first) };
        let mut all = BytesMut::with_capacity(announced.min(MAX_RESERVED));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(piece) = self.next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }
}

impl Range {
    /// The size of the whole object, when `Content-Range` is what was asked for.
    fn size(self, headers: &http::HeaderMap, length: u64) -> std::result::Result<u64, Failure> {
        let (first, last, size) = response::content_range(headers)?;
        let wanted =
            self.last.map_or(size.saturating_sub(1), |last| last.min(size.saturating_sub(1)));
        let fits = first == self.first && last == wanted && first <= last;
        if fits && length == (last - first).saturating_add(1) {
            Ok(size)
        } else {
            Err(Failure::Protocol("the range that came is not the one asked for".to_owned()))
        }
    }
}
