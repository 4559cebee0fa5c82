//! The one place that decides whether a failed attempt is followed by another.

use std::time::Duration;

use crate::credentials::ProviderErrorKind;
use crate::error::failure::Failure;
use crate::transport::TransportErrorKind;
use crate::{ErrorKind, RetryPolicy, Timestamp};

/// A clock that is further off is not corrected: the other side is then the likelier to be wrong.
const MAX_SKEW: u64 = 24 * 60 * 60;

/// What is known after a failed attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// Whether doing the request twice is the same as doing it once.
    pub(crate) idempotent: bool,
    /// Attempts so far, this one included.
    pub(crate) number: u32,
    /// Time since the first attempt began.
    pub(crate) elapsed: Duration,
    /// What this machine's clock says.
    pub(crate) now: Timestamp,
    /// Whether the clock was corrected for this operation already.
    pub(crate) clock_corrected: bool,
    /// Whether other credentials can be had, and were not yet for this operation.
    pub(crate) renewable: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Wait, then try again.
    RetryAfter(Duration),
    /// Add this many seconds to the clock, then try again at once.
    CorrectClock(i64),
    /// Get other credentials, then try again at once.
    RenewCredentials,
    /// Report the failure.
    GiveUp,
}

/// When a request may be sent again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    /// It would fail again.
    Never,
    /// It may have been done.
    IfIdempotent,
    /// It was certainly not done.
    Always,
}

fn repeat(failure: &Failure) -> Repeat {
    match failure {
        Failure::Service(service) => match (failure.kind(), service.status) {
            (ErrorKind::Throttled | ErrorKind::Timeout, _) => Repeat::Always,
            (ErrorKind::Server, 501) => Repeat::Never,
            (ErrorKind::Server, _) => Repeat::IfIdempotent,
            _ => Repeat::Never,
        },
        Failure::Transport(error) => match error.kind() {
            TransportErrorKind::Connect | TransportErrorKind::ConnectTimeout => Repeat::Always,
            TransportErrorKind::Timeout | TransportErrorKind::Interrupted => Repeat::IfIdempotent,
            TransportErrorKind::Protocol | TransportErrorKind::Body => Repeat::Never,
        },
        // Nothing was sent.
        Failure::Provider(error) if error.kind() == ProviderErrorKind::Failed => Repeat::Always,
        Failure::Inconsistent { .. } => Repeat::IfIdempotent,
        Failure::Protocol(_)
        | Failure::Io(_)
        | Failure::Input(_)
        | Failure::Config(_)
        | Failure::Credentials(_)
        | Failure::Provider(_) => Repeat::Never,
    }
}

/// Whether a request that must not be repeated may have been done although it failed.
pub(crate) fn outcome_unknown(failure: &Failure, idempotent: bool) -> bool {
    !idempotent && repeat(failure) == Repeat::IfIdempotent
}

/// Decides. `random` is from 0 to 1 and picks the pause between nothing and its ceiling.
pub(crate) fn decide(
    failure: &Failure,
    attempt: &Attempt,
    policy: &RetryPolicy,
    random: f64,
) -> Decision {
    if let Some(offset) = clock_offset(failure, attempt) {
        return Decision::CorrectClock(offset);
    }
    if attempt.renewable && refuses_credentials(failure) {
        return Decision::RenewCredentials;
    }
    let may = match repeat(failure) {
        Repeat::Never => false,
        Repeat::IfIdempotent => attempt.idempotent,
        Repeat::Always => true,
    };
    if !may || attempt.number >= policy.max_attempts {
        return Decision::GiveUp;
    }
    let doubled = 1_u32.checked_shl(attempt.number.saturating_sub(1)).unwrap_or(u32::MAX);
    let ceiling = policy.base_delay.saturating_mul(doubled).min(policy.max_delay);
    let asked = match failure {
        Failure::Service(service) => service.retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let jittered = ceiling.as_secs_f64() * random.clamp(0.0, 1.0);
    let pause = Duration::try_from_secs_f64(jittered).unwrap_or(ceiling);
    let pause = pause.max(asked.min(policy.max_delay));
    if attempt.elapsed.saturating_add(pause) > policy.deadline {
        return Decision::GiveUp;
    }
    Decision::RetryAfter(pause)
}

/// Whether OSS did nothing because it does not know these credentials, or not any more.
fn refuses_credentials(failure: &Failure) -> bool {
    let Failure::Service(service) = failure else { return false };
    matches!(
        service.code.as_deref(),
        Some(
            "SecurityTokenExpired"
                | "InvalidSecurityToken"
                | "InvalidAccessKeyId"
                | "AccessKeyIdAndSecurityTokenNotMatch"
        )
    )
}

/// How far this machine's clock is off, when that is why the request was refused.
fn clock_offset(failure: &Failure, attempt: &Attempt) -> Option<i64> {
    let Failure::Service(service) = failure else { return None };
    if service.kind() != ErrorKind::ClockSkewed || attempt.clock_corrected {
        return None;
    }
    let offset = service.date?.unix() - attempt.now.unix();
    (offset.unsigned_abs() <= MAX_SKEW).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportError;

    #[test]
    fn extreme_policies_do_not_overflow() {
        let failure = Failure::Transport(TransportError::new(TransportErrorKind::Connect, ""));
        let longest = RetryPolicy {
            max_attempts: u32::MAX,
            base_delay: Duration::MAX,
            max_delay: Duration::MAX,
            deadline: Duration::MAX,
        };
        let mut attempt = Attempt {
            idempotent: true,
            number: 1_000_000,
            elapsed: Duration::from_secs(1),
            now: Timestamp::from_unix(0),
            clock_corrected: false,
            renewable: false,
        };
        let decision = decide(&failure, &attempt, &longest, f64::NAN);
        assert!(matches!(decision, Decision::RetryAfter(_)), "{decision:?}");
        attempt.elapsed = Duration::MAX;
        assert_eq!(decide(&failure, &attempt, &RetryPolicy::default(), 1.0), Decision::GiveUp);
        assert_eq!(decide(&failure, &attempt, &RetryPolicy::never(), 1.0), Decision::GiveUp);
    }
}
