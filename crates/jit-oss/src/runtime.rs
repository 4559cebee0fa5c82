//! What the client needs besides the network: the time, pauses and chance.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::Timestamp;

/// Clock, pause and chance. A test gives its own, so that retries take no time.
#[async_trait]
pub trait Runtime: Debug + Send + Sync + 'static {
    /// The time of day, for signatures.
    fn now(&self) -> Timestamp;
    /// Time since any fixed moment; it never runs backwards.
    fn elapsed(&self) -> Duration;
    /// A number from 0 (included) to 1 (excluded), to spread retries.
    fn random(&self) -> f64;
    /// Waits.
    async fn sleep(&self, pause: Duration);
}

/// The machine's clock and Tokio's timer.
#[derive(Debug)]
pub(crate) struct TokioRuntime {
    started: Instant,
}

impl TokioRuntime {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now() }
    }
}

#[async_trait]
impl Runtime for TokioRuntime {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}
