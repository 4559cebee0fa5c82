//! Bodies: what arrives, within limits, and what is answered, without holding it in memory.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Sleep, sleep};

use crate::error::OssError;
use crate::store::blob::Reader;

/// The most a single request may store: 5 GB.
pub(crate) const MAX_PUT: u64 = 5 << 30;
/// How long a sender may be silent.
const IDLE: Duration = Duration::from_secs(30);
/// How much of a refused body is still read, and for how long.
const DRAIN: u64 = 4 << 20;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

type Received = Result<Frame<Bytes>, hyper::Error>;

/// A request's body, read with a limit and a time-out.
#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Incoming,
    /// The sender waits until the body is asked for.
    expects: bool,
    read: u64,
    limit: u64,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, expects: bool) -> Self {
        Self { incoming, expects, read: 0, limit: MAX_PUT }
    }

    /// The next bytes; `None` at the end. A body that ends before its announced length is an error.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, OssError> {
        while !self.incoming.is_end_stream() {
            // What is there already needs no clock, and a small body is there with its head.
            let there = poll_fn(|context| {
                Poll::Ready(match Pin::new(&mut self.incoming).poll_frame(context) {
                    Poll::Ready(frame) => Some(frame),
                    Poll::Pending => None,
                })
            });
            let frame = match there.await {
                Some(frame) => frame,
                None => Box::pin(self.wait()).await?,
            };
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|_| {
                let message = "The body is incomplete or malformed.";
                OssError::bad_request("InvalidRequest", message)
            })?;
            // Trailers are no part of the object.
            if let Ok(data) = frame.into_data() {
                self.read += data.len() as u64;
                if self.read > self.limit {
                    return Err(too_large());
                }
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Waits for what comes next. Boxed, as it is not part of most requests.
    async fn wait(&mut self) -> Result<Option<Received>, OssError> {
        tokio::time::timeout(IDLE, self.incoming.frame()).await.map_err(|_| {
            OssError::bad_request("RequestTimeout", "The body did not arrive in time.")
        })
    }

    /// All of a small body.
    pub(crate) async fn collect(&mut self, limit: u64) -> Result<Vec<u8>, OssError> {
        self.limit = limit;
        let mut all = Vec::new();
        while let Some(data) = self.next().await? {
            all.extend_from_slice(&data);
        }
        Ok(all)
    }

    /// Reads on for a while after a refusal, as a client that is still sending would otherwise see a broken
    /// connection instead of the answer.
    pub(crate) async fn drain(&mut self) {
        // A sender that waits for a sign to start has sent nothing, and reading would be that sign.
        if self.expects && self.read == 0 {
            return;
        }
        self.limit = self.read.saturating_add(DRAIN);
        let all = async {
            while !self.incoming.is_end_stream() && matches!(self.next().await, Ok(Some(_))) {}
        };
        // Whatever comes of it, the answer follows.
        drop(tokio::time::timeout(DRAIN_TIMEOUT, all).await);
    }
}

pub(crate) fn too_large() -> OssError {
    OssError::bad_request("EntityTooLarge", "The body is larger than a single request may store.")
        .with("MaxSizeAllowed", MAX_PUT.to_string())
}

/// An answer's body.
#[derive(Debug)]
pub(crate) enum Body {
    Chunks(VecDeque<Bytes>),
    Stored(Stored),
    /// Ends in the middle: the connection is closed after so many bytes.
    Cut {
        body: Box<Body>,
        left: u64,
        flushed: bool,
    },
    /// Arrives byte by byte, ever more slowly.
    Drip(Box<Drip>),
    /// Of a length that the headers tell, or tell wrongly.
    Unmeasured(Box<Body>),
    /// Arrives with another first byte than it has.
    Corrupt {
        body: Box<Body>,
        is_done: bool,
    },
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::Chunks(VecDeque::new())
    }

    pub(crate) fn stored(reader: Reader) -> Self {
        Self::Stored(Stored { reader: Some(reader), reading: None })
    }

    /// How many bytes it still has, when that can be told.
    fn left(&self) -> Option<u64> {
        match self {
            Self::Chunks(chunks) => Some(chunks.iter().map(|chunk| chunk.len() as u64).sum()),
            Self::Stored(stored) => stored.reader.as_ref().map(Reader::left),
            Self::Unmeasured(_) | Self::Cut { .. } | Self::Drip(_) | Self::Corrupt { .. } => None,
        }
    }

    pub(crate) fn cut_after(self, bytes: u64) -> Self {
        Self::Cut { body: Box::new(self), left: bytes, flushed: false }
    }

    pub(crate) fn drip(self, pause: Duration) -> Self {
        Self::Drip(Box::new(Drip { body: self, piece: Bytes::new(), pause, waiting: None }))
    }

    pub(crate) fn unmeasured(self) -> Self {
        Self::Unmeasured(Box::new(self))
    }

    pub(crate) fn corrupt(self) -> Self {
        Self::Corrupt { body: Box::new(self), is_done: false }
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Chunks(VecDeque::from([text.into()]))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Chunks(chunks) => {
                Poll::Ready(chunks.pop_front().map(|data| Ok(Frame::data(data))))
            }
            Self::Stored(stored) => {
                stored.poll(context).map(|read| read.map(|r| r.map(Frame::data)))
            }
            Self::Drip(drip) => drip.poll(context).map(|read| read.map(|r| r.map(Frame::data))),
            Self::Unmeasured(body) => Pin::new(body.as_mut()).poll_frame(context),
            Self::Corrupt { body, is_done } => {
                let frame = ready!(Pin::new(body.as_mut()).poll_frame(context));
                Poll::Ready(frame.map(|frame| {
                    frame.map(|frame| {
                        frame.map_data(|data| {
                            if *is_done || data.is_empty() {
                                return data;
                            }
                            *is_done = true;
                            let mut data = Vec::from(data);
                            data.iter_mut().take(1).for_each(|byte| *byte ^= 1);
                            data.into()
                        })
                    })
                }))
            }
            Self::Cut { body, left, flushed } => {
                if *left > 0 {
                    let frame = ready!(Pin::new(body.as_mut()).poll_frame(context));
                    let data = match frame.map(|frame| frame.map(Frame::into_data)) {
                        Some(Ok(Ok(data))) => data,
                        Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                        Some(Ok(Err(_))) | None => Bytes::new(),
                    };
                    let keep = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
                    *left = if keep == 0 { 0 } else { *left - keep as u64 };
                    return Poll::Ready(Some(Ok(Frame::data(data.slice(..keep)))));
                }
                if !*flushed {
                    // What was given so far goes out before the connection is closed.
                    *flushed = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(io::Error::other("cut on purpose"))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left().map(SizeHint::with_exact).unwrap_or_default()
    }
}

/// A body and the pause before its next byte.
#[derive(Debug)]
pub(crate) struct Drip {
    body: Body,
    /// What was read of it and not given yet.
    piece: Bytes,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Drip {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        while self.piece.is_empty() {
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(data)) => self.piece = data.unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        if let Some(waiting) = &mut self.waiting {
            ready!(waiting.as_mut().poll(context));
        }
        // The first byte comes at once.
        self.waiting = Some(Box::pin(sleep(self.pause)));
        self.pause = self.pause.saturating_mul(2);
        Poll::Ready(Some(Ok(self.piece.split_to(1))))
    }
}

/// Content of the store, read as the client takes it, and off the reactor where it may take a while.
#[derive(Debug)]
pub(crate) struct Stored {
    reader: Option<Reader>,
    reading: Option<JoinHandle<(Reader, io::Result<Option<Bytes>>)>>,
}

impl Stored {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.reading.is_none() {
            let Some(mut reader) = self.reader.take() else { return Poll::Ready(None) };
            if reader.is_quick() {
                let read = reader.next();
                // Nothing more is read after an error.
                self.reader = read.is_ok().then_some(reader);
                return Poll::Ready(read.transpose());
            }
            self.reading = Some(spawn_blocking(move || {
                let data = reader.next();
                (reader, data)
            }));
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let read = ready!(Pin::new(reading).poll(context));
        self.reading = None;
        let read = read.map_err(io::Error::other).and_then(|(reader, data)| {
            // Nothing more is read after an error.
            self.reader = data.is_ok().then_some(reader);
            data
        });
        Poll::Ready(read.transpose())
    }
}
