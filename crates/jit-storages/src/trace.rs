//! What is told to `tracing`: a span for each call of a storage, in which its requests are. Names are constant, values
//! are in fields, and none of them is a secret. What ends as an error is returned, not logged.

use std::time::Instant;

use tracing::Instrument;
use tracing::field::{Empty, debug};

use crate::error::{Result, Subject};

/// Does `work` in the span of a call, and tells how it ended. When nobody listens it is nothing, and costs as much.
pub(crate) async fn called<T>(
    subject: &Subject,
    function: &'static str,
    object: &str,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let span = tracing::debug_span!(
        "storage_call",
        element = %subject.element,
        function,
        object,
        elapsed_ms = Empty,
        error_kind = Empty,
    );
    if span.is_disabled() {
        return work.await;
    }
    let began = Instant::now();
    let outcome = work.instrument(span.clone()).await;
    span.record("elapsed_ms", u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    if let Err(error) = &outcome {
        span.record("error_kind", debug(error.kind()));
    }
    outcome
}
