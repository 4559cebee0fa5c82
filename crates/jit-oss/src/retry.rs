//! The one place that decides what follows a failed attempt.
//!
//! | what went wrong | [`Again::Same`] | [`Again::Look`] | [`Again::Refused`] | [`Again::Never`] |
//! |---|---|---|---|---|
//! | nothing was sent, or OSS was busy | again | again | again | again |
//! | OSS failed, or the answer was lost | again | look, then again | again | unknown |
//! | the answer makes no sense | look | look | look | unknown |
//! | refused, as a first attempt that was done would have it | | look | look | |
//! | refused otherwise | give up | give up | give up | give up |
//!
//! What cannot be sent twice is never sent twice; a look may still tell that once was enough.
//! What is not there any more when it is to be removed once more was removed
//! ([`done_code`](crate::request::Unsigned::done_code)).

use std::time::Duration;

use crate::credentials::ProviderErrorKind;
use crate::error::failure::Failure;
use crate::transport::TransportErrorKind;
use crate::{ErrorKind, RetryPolicy, Timestamp};

/// A clock that is further off is not corrected: the other side is then the likelier to be wrong.
const MAX_SKEW: u64 = 24 * 60 * 60;

/// What a request comes to that is sent once more, when the first may have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The same as once.
    Same,
    /// Something else; but the object tells whether the first was done.
    Look,
    /// It is refused if the first was done; the object then tells that it was.
    Refused,
    /// Something else, and nothing tells.
    Never,
}

/// What is known after a failed attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) again: Again,
    /// Whether there is still a body to send.
    pub(crate) can_replay: bool,
    /// Whether an attempt before this one may have been done.
    pub(crate) doubtful: bool,
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
    /// Look at the object. If it does not show that the request was done: wait for `retry_after` and try
    /// again, or give up where there is none.
    Look { retry_after: Option<Duration> },
    /// Report the failure.
    GiveUp,
}

/// When a request may be sent again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    /// It would fail again.
    Never,
    /// It may have been done, and would be answered so again.
    Unclear,
    /// It may have been done.
    IfIdempotent,
    /// It was certainly not done.
    Always,
}

fn repeat(failure: &Failure) -> Repeat {
    match failure {
        // A proxy says so as well when the connection behind it breaks after the request went through.
        Failure::Service(service) if service.foreign && service.status == 503 => {
            Repeat::IfIdempotent
        }
        Failure::Service(service) => match (failure.kind(), service.status) {
            (ErrorKind::Throttled | ErrorKind::Timeout, _) => Repeat::Always,
            (ErrorKind::Server, 501) => Repeat::Never,
            (ErrorKind::Server, _) => Repeat::IfIdempotent,
            _ => Repeat::Never,
        },
        Failure::Transport(error) => match error.kind() {
            TransportErrorKind::Connect | TransportErrorKind::ConnectTimeout => Repeat::Always,
            TransportErrorKind::Timeout | TransportErrorKind::Interrupted => Repeat::IfIdempotent,
            TransportErrorKind::Protocol => Repeat::Unclear,
            TransportErrorKind::Body => Repeat::Never,
        },
        // Nothing was sent.
        Failure::Provider(error) if error.kind() == ProviderErrorKind::Failed => Repeat::Always,
        Failure::Inconsistent { .. } => Repeat::IfIdempotent,
        Failure::Protocol(_) => Repeat::Unclear,
        Failure::NotDone(_)
        | Failure::Io(_)
        | Failure::Cancelled
        | Failure::Changed(_)
        | Failure::Input(_)
        | Failure::Config(_)
        | Failure::Credentials(_)
        | Failure::Provider(_) => Repeat::Never,
    }
}

/// Whether the request may have been done although it failed.
pub(crate) fn may_be_done(failure: &Failure) -> bool {
    matches!(repeat(failure), Repeat::IfIdempotent | Repeat::Unclear)
}

/// Decides. `random` is from 0 to 1 and picks the pause between nothing and its ceiling.
pub(crate) fn decide(
    failure: &Failure,
    attempt: &Attempt,
    policy: &RetryPolicy,
    random: f64,
) -> Decision {
    let pause = if attempt.can_replay { pause(failure, attempt, policy, random) } else { None };
    let retry = pause.map_or(Decision::GiveUp, Decision::RetryAfter);
    if attempt.can_replay {
        if let Some(offset) = clock_offset(failure, attempt) {
            return Decision::CorrectClock(offset);
        }
        if attempt.renewable && refuses_credentials(failure) {
            return Decision::RenewCredentials;
        }
    }
    match (repeat(failure), attempt.again) {
        (Repeat::Always, _) | (Repeat::IfIdempotent, Again::Refused) => retry,
        (Repeat::IfIdempotent, Again::Same) if attempt.can_replay => retry,
        (Repeat::IfIdempotent, Again::Look | Again::Same) => Decision::Look { retry_after: pause },
        (Repeat::Unclear, Again::Same | Again::Look | Again::Refused) => {
            Decision::Look { retry_after: None }
        }
        (Repeat::Never, Again::Look | Again::Refused)
            if attempt.doubtful && is_told_of_the_first(failure) =>
        {
            Decision::Look { retry_after: None }
        }
        (Repeat::IfIdempotent | Repeat::Unclear | Repeat::Never, _) => Decision::GiveUp,
    }
}

/// How long to wait before another attempt; `None` when there is none.
fn pause(
    failure: &Failure,
    attempt: &Attempt,
    policy: &RetryPolicy,
    random: f64,
) -> Option<Duration> {
    if attempt.number >= policy.max_attempts {
        return None;
    }
    let asked = match failure {
        Failure::Service(service) => service.retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let pause = back_off(policy, attempt.number, random).max(asked.min(policy.max_delay));
    (attempt.elapsed.saturating_add(pause) <= policy.deadline).then_some(pause)
}

/// The pause after so many attempts: a random part of a ceiling that doubles.
pub(crate) fn back_off(policy: &RetryPolicy, number: u32, random: f64) -> Duration {
    let doubled = 1_u32.checked_shl(number.saturating_sub(1)).unwrap_or(u32::MAX);
    let ceiling = policy.base_delay.saturating_mul(doubled).min(policy.max_delay);
    let jittered = ceiling.as_secs_f64() * random.clamp(0.0, 1.0);
    Duration::try_from_secs_f64(jittered).unwrap_or(ceiling)
}

/// Whether an attempt that was done would make OSS say this to the next one: the object is there, or the
/// upload is no more.
fn is_told_of_the_first(failure: &Failure) -> bool {
    matches!(failure.kind(), ErrorKind::Conflict | ErrorKind::NotFound)
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
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::TransportError;
    use crate::credentials::ProviderError;
    use crate::error::service::ServiceError;

    fn attempt(again: Again) -> Attempt {
        Attempt {
            again,
            can_replay: true,
            doubtful: false,
            number: 1,
            elapsed: Duration::ZERO,
            now: Timestamp::from_unix(1_000_000),
            clock_corrected: false,
            renewable: false,
        }
    }

    fn transport(kind: TransportErrorKind) -> Failure {
        Failure::Transport(TransportError::new(kind, "it broke"))
    }

    fn service(status: u16, code: &str) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        let body = format!("<Error><Code>{code}</Code></Error>");
        let mut headers = HeaderMap::new();
        headers.insert("x-oss-request-id", "R1".parse().unwrap());
        headers.insert("date", Timestamp::from_unix(1_000_900).http_date().parse().unwrap());
        let error = ServiceError::read(status, &headers, body.as_bytes(), false, &[]);
        Failure::Service(Box::new(error))
    }

    /// What something between the client and OSS answers.
    fn foreign(status: u16) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        let error = ServiceError::read(status, &HeaderMap::new(), b"<html>", false, &[]);
        Failure::Service(Box::new(error))
    }

    /// Every outcome against every kind of operation.
    #[test]
    fn the_table() {
        use Again::{Look, Never, Refused, Same};
        use TransportErrorKind as T;
        let provider = |kind| Failure::Provider(ProviderError::new(kind, "none"));
        let (retry, stop, look) = ("retry", "stop", "look, retry");
        // Certainly not done: whatever it is, again.
        let nothing_done = [retry; 4];
        // It may have been done.
        let doubtful = [retry, look, retry, stop];
        let unclear = ["look", "look", "look", stop];
        let would_fail_again = [stop; 4];
        for (failure, expected) in [
            (transport(T::Connect), nothing_done),
            (transport(T::ConnectTimeout), nothing_done),
            (service(503, "ServiceUnavailable"), nothing_done),
            (service(503, "TotalQpsLimitExceeded"), nothing_done),
            (service(429, "QpsLimitExceeded"), nothing_done),
            (service(400, "RequestTimeout"), nothing_done),
            (provider(ProviderErrorKind::Failed), nothing_done),
            (transport(T::Timeout), doubtful),
            (transport(T::Interrupted), doubtful),
            (service(500, "InternalError"), doubtful),
            (service(502, "BadGateway"), doubtful),
            (foreign(502), doubtful),
            (foreign(503), doubtful),
            (foreign(429), nothing_done),
            (Failure::Inconsistent { ours: 1, theirs: 2 }, doubtful),
            (transport(T::Protocol), unclear),
            (transport(T::Body), would_fail_again),
            (service(501, "NotImplemented"), would_fail_again),
            (service(400, "InvalidArgument"), would_fail_again),
            (service(403, "AccessDenied"), would_fail_again),
            (service(403, "SignatureDoesNotMatch"), would_fail_again),
            (service(403, "SecurityTokenExpired"), would_fail_again),
            (service(404, "NoSuchUpload"), would_fail_again),
            (service(409, "FileAlreadyExists"), would_fail_again),
            (service(412, "PreconditionFailed"), would_fail_again),
            (provider(ProviderErrorKind::Absent), would_fail_again),
            (provider(ProviderErrorKind::Malformed), would_fail_again),
            (provider(ProviderErrorKind::Refused), would_fail_again),
            (Failure::Protocol(String::new()), unclear),
            (Failure::Input(String::new()), would_fail_again),
            (Failure::Config(String::new()), would_fail_again),
            (Failure::Io(String::new()), would_fail_again),
        ] {
            let policy = RetryPolicy::default();
            let told = [Same, Look, Refused, Never].map(|again| {
                match decide(&failure, &attempt(again), &policy, 1.0) {
                    Decision::RetryAfter(pause) => {
                        assert_eq!(pause, policy.base_delay, "{failure:?}");
                        retry
                    }
                    Decision::Look { retry_after: Some(_) } => look,
                    Decision::Look { retry_after: None } => "look",
                    Decision::GiveUp => stop,
                    other => panic!("{failure:?}: {other:?}"),
                }
            });
            assert_eq!(told, expected, "{failure:?}");
        }
        let tells = [service(404, "NoSuchUpload"), service(409, "FileAlreadyExists")];
        for (failure, again, expected) in tells.iter().flat_map(|failure| {
            let look = Decision::Look { retry_after: None };
            let stop = Decision::GiveUp;
            [(Same, stop), (Look, look), (Refused, look), (Never, stop)]
                .map(|(again, expected)| (failure, again, expected))
        }) {
            let attempt = Attempt { doubtful: true, ..attempt(again) };
            let decision = decide(failure, &attempt, &RetryPolicy::default(), 1.0);
            assert_eq!(decision, expected, "{failure:?} {again:?}");
        }
    }

    #[test]
    fn what_cannot_be_sent_twice_is_not() {
        let gone = |again| Attempt { can_replay: false, renewable: true, ..attempt(again) };
        let decide =
            |failure: Failure, again| decide(&failure, &gone(again), &RetryPolicy::default(), 1.0);
        let look = Decision::Look { retry_after: None };
        for (again, expected) in
            [(Again::Same, look), (Again::Look, look), (Again::Never, Decision::GiveUp)]
        {
            assert_eq!(decide(transport(TransportErrorKind::Interrupted), again), expected);
            for failure in [
                transport(TransportErrorKind::Connect),
                service(503, "ServiceUnavailable"),
                service(403, "RequestTimeTooSkewed"),
                service(403, "SecurityTokenExpired"),
            ] {
                assert_eq!(decide(failure, again), Decision::GiveUp, "{again:?}");
            }
        }
    }

    #[test]
    fn clock_and_credentials_are_mended_once_each() {
        let decide = |failure: Failure, attempt: Attempt| {
            decide(&failure, &attempt, &RetryPolicy::never(), 1.0)
        };
        let skewed = || service(403, "RequestTimeTooSkewed");
        let expired = || service(403, "SecurityTokenExpired");
        for again in [Again::Same, Again::Look, Again::Refused, Again::Never] {
            let first = Attempt { renewable: true, ..attempt(again) };
            assert_eq!(decide(skewed(), first), Decision::CorrectClock(900));
            assert_eq!(decide(expired(), first), Decision::RenewCredentials);
            let second = Attempt { clock_corrected: true, renewable: false, ..first };
            assert_eq!(decide(skewed(), second), Decision::GiveUp);
            assert_eq!(decide(expired(), second), Decision::GiveUp);
        }
        for (now, expected) in [
            (1_000_900 - 86_400, Decision::CorrectClock(86_400)),
            (1_000_900 + 86_400, Decision::CorrectClock(-86_400)),
            (1_000_900 - 86_401, Decision::GiveUp),
            (1_000_900 + 86_401, Decision::GiveUp),
        ] {
            let attempt = Attempt { now: Timestamp::from_unix(now), ..attempt(Again::Same) };
            assert_eq!(decide(skewed(), attempt), expected, "{now}");
        }
    }

    #[test]
    fn extreme_policies_do_not_overflow() {
        let failure = transport(TransportErrorKind::Connect);
        let longest = RetryPolicy {
            max_attempts: u32::MAX,
            base_delay: Duration::MAX,
            max_delay: Duration::MAX,
            deadline: Duration::MAX,
            attempt_timeout: None,
        };
        let mut attempt =
            Attempt { number: 1_000_000, elapsed: Duration::from_secs(1), ..attempt(Again::Same) };
        let decision = decide(&failure, &attempt, &longest, f64::NAN);
        assert!(matches!(decision, Decision::RetryAfter(_)), "{decision:?}");
        attempt.elapsed = Duration::MAX;
        assert_eq!(decide(&failure, &attempt, &RetryPolicy::default(), 1.0), Decision::GiveUp);
        assert_eq!(decide(&failure, &attempt, &RetryPolicy::never(), 1.0), Decision::GiveUp);
    }
}
