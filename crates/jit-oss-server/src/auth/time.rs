//! Whether a signature is for now.

use jit_oss::Timestamp;

use crate::error::OssError;
use crate::request::Request;

/// How far a client's clock may be off, in seconds.
pub(crate) const MAX_SKEW: i64 = 15 * 60;

pub(super) fn date_header(request: &Request) -> Result<Timestamp, OssError> {
    request.header("date").and_then(Timestamp::parse_http_date).ok_or_else(|| {
        OssError::forbidden("AccessDenied", "OSS authentication requires a valid Date.")
    })
}

pub(super) fn bad_date(name: &str) -> OssError {
    OssError::forbidden("AccessDenied", format!("{name} is not a date of the signature's form."))
        .ec("0002-00000502")
}

pub(super) fn check_skew(time: Timestamp, shown: &str, now: Timestamp) -> Result<(), OssError> {
    if time.unix().abs_diff(now.unix()) <= MAX_SKEW.unsigned_abs() {
        Ok(())
    } else {
        Err(too_skewed(shown, now))
    }
}

pub(super) fn too_skewed(shown: &str, now: Timestamp) -> OssError {
    OssError::forbidden(
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    )
    .ec("0002-00000504")
    .with("RequestTime", shown)
    .with("ServerTime", now.iso_extended())
    .with("MaxAllowedSkewMilliseconds", (MAX_SKEW * 1000).to_string())
}

pub(super) fn check_expiry(until: Timestamp, now: Timestamp) -> Result<(), OssError> {
    if now <= until {
        return Ok(());
    }
    Err(OssError::forbidden("AccessDenied", "Request has expired.")
        .ec("0002-00000069")
        .with("Expires", until.iso_extended())
        .with("ServerTime", now.iso_extended()))
}
