//! What follows a failed attempt.

use std::sync::Arc;
use std::time::Duration;

use tracing::Span;

use super::settle::Settled;
use super::{Place, trace};
use crate::error::failure::Failure;
use crate::payload::Sent;
use crate::receipt::Receipted;
use crate::request::Unsigned;
use crate::retry::{self, Attempt, Decision};
use crate::{Credentials, Result};

/// What is known of a request while it is tried.
pub(super) struct Tries {
    /// When the first attempt began.
    pub(super) started: Duration,
    /// Attempts so far.
    pub(super) number: u32,
    /// What this machine's clock is to be corrected by, in seconds, as an answer told.
    pub(super) clock_offset: Option<i64>,
    /// Whether other credentials were asked for.
    renewed: bool,
    /// Whether an attempt may have been done.
    doubtful: bool,
    /// The last attempt that was sent to its end: what it made may be what is there.
    whole: Option<Sent>,
}

/// What an attempt leaves behind.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) credentials: Option<Arc<Credentials>>,
    pub(super) sent: Option<Sent>,
}

/// An attempt that failed.
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) seen: Seen,
    /// Time since the first attempt began.
    pub(super) elapsed: Duration,
    pub(super) span: Span,
}

impl Tries {
    pub(super) fn new(started: Duration) -> Self {
        let (clock_offset, whole) = (None, None);
        Self { started, number: 0, clock_offset, renewed: false, doubtful: false, whole }
    }

    /// Completes a result.
    pub(super) fn done<T: Receipted>(&self, mut value: T, elapsed: Duration) -> T {
        let receipt = value.receipt_mut();
        (receipt.attempts, receipt.elapsed) = (self.number, elapsed);
        value
    }
}

impl Place {
    /// Waits for the time of another attempt, or tells how it ends without one.
    pub(super) async fn after<T: Receipted>(
        &self,
        request: &Unsigned,
        tries: &mut Tries,
        failed: Failed,
    ) -> Option<Result<T>> {
        let Failed { failure, mut seen, elapsed, span } = failed;
        let shared = self.shared();
        if seen.sent.as_ref().is_some_and(|sent| sent.crc64().is_ok()) {
            tries.whole = seen.sent.take();
        }
        let attempt = Attempt {
            again: request.again(),
            // A stream that was read cannot be read again.
            can_replay: request.body.can_replay(),
            doubtful: tries.doubtful,
            number: tries.number,
            elapsed,
            now: shared.runtime.now(),
            clock_corrected: tries.clock_offset.is_some(),
            renewable: !tries.renewed && shared.credentials.can_renew(),
        };
        // What was done by an attempt before this one cannot be done once more.
        if tries.doubtful
            && let Some(refusal) = request.refused_as_done(&failure)
            && let Some(value) = T::settled(refusal)
        {
            return Some(Ok(tries.done(value, elapsed)));
        }
        let may_be_done = retry::may_be_done(&failure);
        let mut unknown = (tries.doubtful || may_be_done) && !request.is_harmless();
        let policy = &shared.config.retry;
        match retry::decide(&failure, &attempt, policy, shared.runtime.random()) {
            Decision::RetryAfter(pause) => {
                tries.doubtful |= may_be_done;
                trace::retrying(&span, &failure, pause);
                shared.runtime.sleep(pause).await;
                return None;
            }
            Decision::CorrectClock(offset) => {
                trace::clock_corrected(&span, offset);
                tries.clock_offset = Some(offset);
                return None;
            }
            Decision::RenewCredentials => {
                trace::renewing(&span, &failure);
                tries.renewed = true;
                seen.credentials.iter().for_each(|old| shared.credentials.forget(old));
                return None;
            }
            Decision::Look { retry_after } => {
                let sent = tries.whole.as_ref().or(seen.sent.as_ref());
                match self.settle(request, sent).await {
                    Settled::Done(object) => match T::settled(*object) {
                        Some(value) => return Some(Ok(tries.done(value, elapsed))),
                        None => unknown = true,
                    },
                    Settled::NotDone => match retry_after {
                        Some(pause) => {
                            tries.doubtful = true;
                            trace::retrying(&span, &failure, pause);
                            shared.runtime.sleep(pause).await;
                            return None;
                        }
                        None => unknown = false,
                    },
                    Settled::Unknown => unknown = !request.is_harmless(),
                }
            }
            Decision::GiveUp => {}
        }
        let error = self.error(request, failure).after(tries.number, elapsed);
        Some(Err(error.with_unknown_outcome(unknown, attempt.again)))
    }
}
