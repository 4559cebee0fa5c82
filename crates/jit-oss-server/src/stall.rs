//! A connection that gives up on a peer which does not read its answer, and the timer for one that sends no request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Timer, Write};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// How long a peer may take nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// Passes everything on; a write that makes no progress for a minute fails.
#[derive(Debug)]
pub(crate) struct Impatient<T> {
    inner: T,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<T> Impatient<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, stalled: None }
    }

    pub(crate) fn into_inner(self) -> T {
        self.inner
    }

    fn limited<R>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: Read + Unpin> Read for Impatient<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: Write + Unpin> Write for Impatient<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, data);
        self.limited(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // An answer without a body is one piece, which the system takes more easily as such.
        let written = match data {
            [piece] => Pin::new(&mut self.inner).poll_write(context, piece),
            pieces => Pin::new(&mut self.inner).poll_write_vectored(context, pieces),
        };
        self.limited(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        self.limited(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// The timer of a connection, for one time-out at a time. Each one is later than the one before, as all are equally
/// long: so what was set stays, and is set anew when it has run out too early. The runtime's own list of timers is
/// touched now and then, and not twice for each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct OneTimer(Arc<Mutex<Option<Pin<Box<Sleep>>>>>);

impl Timer for OneTimer {
    fn sleep(&self, time: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        self.sleep_until(self.now() + time)
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Until { timer: self.clone(), deadline: deadline.into() })
    }

    fn now(&self) -> std::time::Instant {
        Instant::now().into()
    }
}

/// The end of a time-out.
#[derive(Debug)]
struct Until {
    timer: OneTimer,
    deadline: Instant,
}

impl hyper::rt::Sleep for Until {}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut slot = self.timer.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sleep = slot.get_or_insert_with(|| Box::pin(sleep_until(self.deadline)));
        if sleep.deadline() > self.deadline {
            sleep.as_mut().reset(self.deadline);
        }
        while sleep.as_mut().poll(context).is_ready() {
            if sleep.deadline() >= self.deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(self.deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use hyper_util::rt::TokioIo;

    use super::*;

    /// The clock is paused and jumps when nothing else can happen, so this takes no time.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_is_given_up() {
        let (ours, _theirs) = tokio::io::duplex(4);
        let mut connection = Impatient::new(TokioIo::new(ours));
        let mut write = async || {
            poll_fn(|context| Pin::new(&mut connection).poll_write(context, b"12345")).await
        };
        assert_eq!(write().await.unwrap(), 4);
        assert_eq!(write().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_is_set_again_ends_at_the_latest_time() {
        let (start, timer) = (Instant::now(), OneTimer::default());
        let end = |seconds: u64| (start + Duration::from_secs(seconds)).into();
        let mut first = timer.sleep_until(end(10));
        assert!(poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await.is_pending());
        drop(first);
        timer.sleep_until(end(15)).await;
        assert_eq!(start.elapsed().as_secs(), 15);
        // One that is over was over before it is asked.
        timer.sleep_until(end(12)).await;
        assert_eq!(start.elapsed().as_secs(), 15);
        timer.sleep_until(end(40)).await;
        assert_eq!(start.elapsed().as_secs(), 40);
    }
}
