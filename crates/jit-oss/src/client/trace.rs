//! What is told to `tracing`: a span for each attempt, and why there is another one. Names are constant,
//! values are in fields, and none of them is a secret. What ends as an error is returned, not logged.

use std::time::Duration;

use tracing::Span;
use tracing::field::{Empty, display};

use crate::error::failure::Failure;
use crate::receipt::Receipted;

/// The span of an attempt. When nobody listens it is nothing, and costs as much.
pub(super) fn attempt(operation: &'static str, host: &str, number: u32) -> Span {
    tracing::debug_span!(
        "oss_request",
        operation,
        host,
        attempt = number,
        status = Empty,
        bytes = Empty,
        request_id = Empty,
        elapsed_ms = Empty,
        error_kind = Empty,
    )
}

/// How it ended. `elapsed` is the time since the first attempt.
pub(super) fn ended<T: Receipted>(
    span: &Span,
    outcome: &mut Result<T, Failure>,
    elapsed: Duration,
) {
    if span.is_disabled() {
        return;
    }
    span.record("elapsed_ms", u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
    match outcome {
        Ok(value) => {
            let receipt = value.receipt_mut();
            span.record("bytes", receipt.bytes);
            if let Some(id) = &receipt.request_id {
                span.record("request_id", display(id));
            }
        }
        Err(failure) => {
            span.record("error_kind", tracing::field::debug(failure.kind()));
            if let Failure::Service(service) = failure {
                span.record("status", service.status);
                if let Some(id) = &service.request_id {
                    span.record("request_id", display(id));
                }
            }
        }
    }
}

pub(super) fn retrying(span: &Span, failure: &Failure, pause: Duration) {
    let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    tracing::warn!(parent: span, error_kind = ?failure.kind(), pause_ms, "trying again");
}

pub(super) fn clock_corrected(span: &Span, offset: i64) {
    tracing::warn!(parent: span, offset_s = offset, "this machine's clock is wrong");
}

pub(super) fn renewing(span: &Span, failure: &Failure) {
    tracing::debug!(parent: span, error_kind = ?failure.kind(), "asking for new credentials");
}
