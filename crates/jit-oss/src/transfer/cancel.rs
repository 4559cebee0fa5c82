//! Giving a transfer up from elsewhere.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::watch;

/// Cancels the transfers that it was given to. Clones cancel together.
///
/// ```
/// let cancellation = jit_oss::Cancellation::new();
/// let button = cancellation.clone();
/// button.cancel();
/// assert!(cancellation.is_cancelled());
/// ```
#[derive(Clone, Debug)]
pub struct Cancellation(Arc<watch::Sender<bool>>);

impl Cancellation {
    /// Nothing is cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Cancels, for good. Transfers end with [`Cancelled`](crate::ErrorKind::Cancelled) and leave nothing
    /// behind, no checkpoint either.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Runs `work` to its end, unless it is cancelled before.
    pub(super) async fn unless<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut receiver = self.0.subscribe();
        let mut cancelled = pin!(receiver.wait_for(|cancelled| *cancelled));
        let mut work = pin!(work);
        poll_fn(|cx| {
            // The sender lives as long as `self`, so what is ready is the cancellation.
            if cancelled.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            work.as_mut().poll(cx).map(Some)
        })
        .await
    }
}

impl Default for Cancellation {
    fn default() -> Self {
        Self::new()
    }
}
