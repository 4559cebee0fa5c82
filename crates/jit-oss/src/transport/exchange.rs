//! One request and its answer on a connection, while something moves.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use tokio::time::{Instant, Sleep, sleep};

use super::pool::Connection;
use super::{TransportError, TransportErrorKind};
use crate::Body;

/// Why there is no answer.
pub(super) enum Unanswered {
    /// The peer closed the connection while it waited for a request: nothing was sent of this one.
    Unsent(Box<http::Request<Sending>>),
    Failed(TransportError),
}

impl Connection {
    /// Sends `request`, and waits for the head of the answer when it is polled.
    pub(super) fn exchange(
        mut self,
        request: http::Request<Sending>,
    ) -> impl Future<Output = Result<http::Response<Body>, Unanswered>> + Send {
        let progress = Arc::clone(&request.body().progress);
        // Boxed, as it has room for the request, in case that it comes back.
        let answer = Box::pin(self.line.sender.try_send_request(request));
        self.answered(answer, progress)
    }

    /// Waits for the head of the answer.
    async fn answered<F>(
        mut self,
        mut answer: Pin<Box<F>>,
        progress: Arc<Progress>,
    ) -> Result<http::Response<Body>, Unanswered>
    where
        F: Future<Output = Result<http::Response<Incoming>, TrySendError<http::Request<Sending>>>>,
    {
        let silence = &mut self.line.silence;
        let answer = poll_fn(|cx| match answer.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Ok(answer)),
            // The request's body may still move.
            Poll::Pending => silence.poll_since(progress.last(), cx).map(Err),
        });
        let answer = answer.await.map_err(Unanswered::Failed)?;
        match answer {
            Ok(answer) => {
                let (head, incoming) = answer.into_parts();
                let receiving =
                    Receiving { incoming, waiting: None, connection: Some(self), progress };
                Ok(http::Response::from_parts(head, receiving.into_body()))
            }
            Err(mut error) => Err(match error.take_message() {
                Some(request) if self.is_used => Unanswered::Unsent(Box::new(request)),
                // It was closed as soon as it was open.
                Some(_) => {
                    let kind = TransportErrorKind::Connect;
                    Unanswered::Failed(TransportError::caused_by(kind, error.error()))
                }
                _ => Unanswered::Failed(classify(error.error())),
            }),
        }
    }
}

/// A connection's clock, which ends what is silent for too long.
///
/// It is set again only when it goes off, so that a request that is answered in time costs no timer.
#[derive(Debug)]
pub(super) struct Silence {
    limit: Duration,
    alarm: Pin<Box<Sleep>>,
}

impl Silence {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, alarm: Box::pin(sleep(limit)) }
    }

    /// Ready when the limit has passed since `last`, which is never before what it was called with before.
    fn poll_since(&mut self, last: Instant, cx: &mut Context<'_>) -> Poll<TransportError> {
        let limit = self.limit;
        while self.alarm.as_mut().poll(cx).is_ready() {
            if last.elapsed() >= limit {
                let message = format!("nothing moved for {limit:?}");
                return Poll::Ready(TransportError::new(TransportErrorKind::Timeout, message));
            }
            self.alarm.as_mut().reset(last + limit);
        }
        Poll::Pending
    }
}

fn classify(error: &hyper::Error) -> TransportError {
    let kind = if error.is_parse() {
        TransportErrorKind::Protocol
    } else {
        TransportErrorKind::Interrupted
    };
    TransportError::caused_by(kind, error)
}

/// How far a request is.
#[derive(Debug)]
struct Progress {
    start: Instant,
    /// When it last moved, in nanoseconds since `start`.
    moved: AtomicU64,
    /// Whether all of its body was taken.
    is_sent: AtomicBool,
}

impl Progress {
    fn mark(&self) {
        let nanos = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.moved.store(nanos, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_nanos(self.moved.load(Ordering::Relaxed))
    }
}

/// A request's body that notes when a piece is taken from it.
pub(super) struct Sending {
    body: Body,
    progress: Arc<Progress>,
}

impl Sending {
    pub(super) fn new(body: Body) -> Self {
        let is_sent = AtomicBool::new(body.is_end_stream());
        let progress = Progress { start: Instant::now(), moved: AtomicU64::new(0), is_sent };
        Self { body, progress: Arc::new(progress) }
    }

    /// Begins anew to count how long nothing moves.
    pub(super) fn mark(&self) {
        self.progress.mark();
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.progress.mark();
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.progress.is_sent.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body that gives up after too much silence, and its connection back at the end.
struct Receiving {
    incoming: Incoming,
    /// Since when somebody looks and finds nothing; while nobody reads there is no silence.
    waiting: Option<Instant>,
    connection: Option<Connection>,
    progress: Arc<Progress>,
}

impl Receiving {
    /// What is empty needs no memory.
    fn into_body(self) -> Body {
        if self.incoming.is_end_stream() { Body::empty() } else { Body::stream(self) }
    }

    /// A connection that is still sending is not waiting for a request.
    fn give_back(&mut self) {
        if self.progress.is_sent.load(Ordering::Relaxed)
            && let Some(connection) = self.connection.take()
        {
            connection.give_back();
        }
    }
}

/// What was not read to its end may have come to it all the same.
impl Drop for Receiving {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl fmt::Debug for Receiving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiving").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

impl http_body::Body for Receiving {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.incoming).poll_frame(cx) {
            this.waiting = None;
            if matches!(frame, None | Some(Err(_))) || this.incoming.is_end_stream() {
                this.give_back();
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| classify(&error))));
        }
        let since = *this.waiting.get_or_insert_with(Instant::now);
        match &mut this.connection {
            Some(connection) => {
                connection.line.silence.poll_since(since, cx).map(|silent| Some(Err(silent)))
            }
            // It was given back at the end, after which nothing is waited for.
            None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
