//! What an error means, and what to do about it: one table for OSS's codes, one for all else.

use super::failure::Failure;
use super::service::ServiceError;
use super::{ErrorKind, Subject, permission, region};
use crate::transport::{Cause, TransportErrorKind};

/// What is known of one of OSS's codes.
struct Row {
    code: &'static str,
    /// The finer code, where one of them means something of its own.
    ec: Option<&'static str>,
    /// What kind it is whatever the status; by the status otherwise.
    kind: Option<ErrorKind>,
    cause: &'static str,
    /// What to do; empty where that depends on what was meant.
    advice: &'static str,
}

const fn row(
    code: &'static str,
    kind: Option<ErrorKind>,
    cause: &'static str,
    advice: &'static str,
) -> Row {
    Row { code, ec: None, kind, cause, advice }
}

use ErrorKind as K;

/// The codes, in order of their names; of one code, finer ones first.
const CODES: &[Row] = &[
    Row {
        code: "AccessDenied",
        ec: Some("0002-00000080"),
        kind: Some(K::InvalidConfig),
        cause: "OSS takes no V1 signatures from this account, or for this bucket, any more",
        advice: "sign with V4: leave `signatureVersion` out",
    },
    // Which permission is missing is said by the table of permissions.
    row("AccessDenied", None, "the access key, or whoever asks without one, may not do this", ""),
    row(
        "AccessKeyIdAndSecurityTokenNotMatch",
        Some(K::InvalidCredentials),
        "the security token was issued with another access key",
        "check the security token: it belongs to another access key, or is incomplete",
    ),
    row(
        "ActiveRequestLimitExceeded",
        Some(K::Throttled),
        "too many requests are under way",
        SLOWER,
    ),
    row(
        "ArchiveRestoreNotFinished",
        Some(K::Conflict),
        "the object is still being restored",
        "wait until `restore` of HeadObject says that it is not",
    ),
    row("BadRequest", None, "what arrived was no HTTP", "look for a proxy that changes requests"),
    row(
        "BucketAlreadyExists",
        Some(K::Conflict),
        "the name is taken, by another account or by a bucket with other settings",
        "choose another name: bucket names are unique in all of OSS",
    ),
    row(
        "BucketDisable",
        Some(K::AccessDenied),
        "the bucket is disabled",
        "check the account's state",
    ),
    row(
        "BucketNotEmpty",
        Some(K::Conflict),
        "there is something in the bucket",
        "delete its objects, their versions, and uploads that were never completed",
    ),
    row(
        "CallbackFailed",
        Some(K::Callback),
        "the object is stored, and the server that was to be called did not answer as it should",
        "check the callback's URL and what its server answers: JSON, with its length, within 5 s",
    ),
    row("CpuLimitExceeded", Some(K::Throttled), "the request costs too much", SLOWER),
    row(
        "DownloadTrafficRateLimitExceeded",
        Some(K::Throttled),
        "more is downloaded than the account may",
        SLOWER,
    ),
    row("EntityTooLarge", None, "it is larger than one request may be", "upload it in parts"),
    row(
        "EntityTooSmall",
        None,
        "a part that is not the last has less than 100 KB",
        "choose larger parts",
    ),
    row(
        "FileAlreadyExists",
        Some(K::Conflict),
        "there is an object of this name, and it was not to be replaced",
        "",
    ),
    row(
        "FileImmutable",
        Some(K::Conflict),
        "the object is protected by a retention policy",
        "wait until the policy lets go of it",
    ),
    row("FilePartInterity", None, "a part is damaged", "upload the part again"),
    row(
        "FilePartNotExist",
        None,
        "a part that was named is not there",
        "complete with the parts that ListParts tells",
    ),
    row(
        "FilePartStale",
        None,
        "a part was replaced in between",
        "complete with the parts that ListParts tells",
    ),
    row("InDebt", Some(K::AccessDenied), "the account owes money", "check the account's state"),
    row(
        "InternalError",
        Some(K::Server),
        "OSS failed",
        "try again; with the request's id, support can say more",
    ),
    row(
        "InvalidAccessKeyId",
        Some(K::InvalidCredentials),
        "the access key does not exist or is disabled",
        "check the access key's id: it does not exist or is disabled",
    ),
    row("InvalidArgument", None, "a parameter or header has a value that OSS does not take", ""),
    row("InvalidBucketName", None, "no bucket can have this name", "check bucketName"),
    row(
        "InvalidDigest",
        None,
        "what arrived is not what its Content-MD5 says",
        "leave the Content-MD5 out, or compute it of the body as it is sent",
    ),
    row("InvalidEncryptionAlgorithmError", None, "OSS has no such encryption", ""),
    row(
        "InvalidObjectName",
        None,
        "no object can have this name",
        "check the object's name: 1 to 1023 bytes, no leading slash",
    ),
    row(
        "InvalidObjectState",
        Some(K::Conflict),
        "the object is archived",
        "restore the archived object before reading it",
    ),
    row(
        "InvalidPart",
        None,
        "a part that was named is not there, or is another one",
        "complete with the parts that ListParts tells",
    ),
    row(
        "InvalidPartOrder",
        None,
        "the parts are not in order of their numbers",
        "name each part once, in order of the numbers",
    ),
    row(
        "InvalidRange",
        Some(K::Range),
        "the object has no such range",
        "ask for the object's size first",
    ),
    row(
        "InvalidSecurityToken",
        Some(K::InvalidCredentials),
        "the security token is none",
        "check the security token: it belongs to another access key, or is incomplete",
    ),
    row("InvalidTag", None, "a tag has a character or a length that OSS does not take", ""),
    row(
        "InvalidTargetType",
        None,
        "the symbolic link points at another one",
        "point it at the object itself",
    ),
    row("MalformedXML", None, "OSS cannot read the document that was sent", ""),
    row(
        "MetaOperationQpsLimitExceeded",
        Some(K::Throttled),
        "too many requests of this sort a second",
        SLOWER,
    ),
    row(
        "MethodNotAllowed",
        None,
        "what is named takes no such request: it may be a delete marker",
        "",
    ),
    row("MissingArgument", None, "a parameter is missing", ""),
    row(
        "MissingContentLength",
        None,
        "the request does not say how long its body is",
        "look for a proxy that changes requests",
    ),
    row(
        "NoSuchBucket",
        Some(K::NotFound),
        "there is no such bucket",
        "check bucketName, and that endPoint and region are the bucket's",
    ),
    row(
        "NoSuchKey",
        Some(K::NotFound),
        "there is no such object",
        "check the object's name: it is taken exactly as given, case included",
    ),
    row(
        "NoSuchUpload",
        Some(K::NotFound),
        "there is no such upload: it was completed, aborted or never begun",
        "",
    ),
    row("NoSuchVersion", Some(K::NotFound), "the object has no such version", ""),
    row("NotImplemented", None, "the service has no such operation", ""),
    row(
        "ObjectNotAppendable",
        Some(K::Conflict),
        "the object was not begun by an append",
        "append to an object that was, or write this one anew",
    ),
    row("OperationNotSupported", None, "the object is not of a kind that can do this", ""),
    row(
        "PositionNotEqualToLength",
        Some(K::Conflict),
        "the object ends elsewhere than at the position that was given",
        "append at the length that the object has",
    ),
    row(
        "PreconditionFailed",
        Some(K::Precondition),
        "a condition of the request does not hold",
        "",
    ),
    row("QpsLimitExceeded", Some(K::Throttled), "too many requests a second", SLOWER),
    row(
        "RequestTimeTooSkewed",
        Some(K::ClockSkewed),
        "this machine's clock and OSS's are more than 15 minutes apart",
        "set this machine's clock",
    ),
    row(
        "RequestTimeout",
        Some(K::Timeout),
        "the body came too slowly, or not at all",
        "check the network",
    ),
    row(
        "RestoreAlreadyInProgress",
        Some(K::Conflict),
        "the object is being restored already",
        "wait until `restore` of HeadObject says that it is not",
    ),
    row(
        "SecondLevelDomainForbidden",
        Some(K::InvalidConfig),
        "the bucket stands in the path, and this endpoint wants it in the host name",
        "use virtual-host addressing: this endpoint wants the bucket in the host name",
    ),
    row(
        "SecurityTokenExpired",
        Some(K::InvalidCredentials),
        "the temporary credentials have ended",
        "get new temporary credentials: the token has expired",
    ),
    row(
        "ServiceUnavailable",
        Some(K::Throttled),
        "OSS is overloaded, or asks to slow down",
        SLOWER,
    ),
    row(
        "SignatureDoesNotMatch",
        Some(K::InvalidCredentials),
        "OSS computes another signature for what it received",
        "check the access key's secret",
    ),
    row(
        "SymlinkTargetNotExist",
        Some(K::NotFound),
        "the object that the symbolic link points at is not there",
        "write the target, or point the link elsewhere",
    ),
    row("TagTooMany", None, "an object has at most ten tags", ""),
    row(
        "TooManyBuckets",
        None,
        "the account has as many buckets as it may",
        "delete one, or ask for a higher limit",
    ),
    row("TotalQpsLimitExceeded", Some(K::Throttled), "too many requests a second", SLOWER),
    row(
        "UploadTrafficRateLimitExceeded",
        Some(K::Throttled),
        "more is uploaded than the account may",
        SLOWER,
    ),
    row(
        "UserDisable",
        Some(K::AccessDenied),
        "the account is disabled",
        "check the account's state",
    ),
];

const SLOWER: &str = "send fewer requests at a time, or ask for a higher limit";
const NO_OSS: &str = "check endPoint: is an OSS endpoint there?";

fn find(code: Option<&str>, ec: Option<&str>) -> Option<&'static Row> {
    let code = code?;
    CODES.iter().find(|row| row.code == code && (row.ec.is_none() || row.ec == ec))
}

/// The kind that a code is, where it says more than the status.
pub(super) fn kind(code: Option<&str>, ec: Option<&str>) -> Option<ErrorKind> {
    find(code, ec)?.kind
}

/// What went wrong, in this crate's words; OSS's own are in the error.
pub(super) fn cause(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Service(service) if service.endpoint.is_some() => {
            Some("the bucket is in another region, or the endpoint is not for it")
        }
        Failure::Service(service) if is_about_region(service) => {
            Some("the signature is for another region than the bucket's")
        }
        Failure::Service(service) if is_expired(service) => Some("the URL has expired"),
        Failure::Service(service) => {
            find(service.code.as_deref(), service.ec.as_deref()).map(|row| row.cause)
        }
        Failure::Transport(error) => match (error.cause(), error.kind()) {
            (Cause::NoHost, _) => Some("there is no such host"),
            (Cause::NoTls, _) => Some("the server speaks without TLS"),
            (Cause::Certificate, _) => Some("the server's certificate is not trusted here"),
            (Cause::NoProxy(_), _) => Some("the proxy cannot be reached"),
            (Cause::BeyondProxy(_), _) => Some("the proxy cannot reach the endpoint"),
            (Cause::Other, TransportErrorKind::Connect | TransportErrorKind::ConnectTimeout) => {
                Some("nobody answers at the endpoint")
            }
            (Cause::Other, TransportErrorKind::Timeout) => Some("the connection fell silent"),
            (Cause::Other, TransportErrorKind::Interrupted) => Some("the connection was cut"),
            (Cause::Other, TransportErrorKind::Protocol) => Some("what answers is no web server"),
            (Cause::Other, TransportErrorKind::Body) => None,
        },
        _ => None,
    }
}

/// What to do next.
pub(super) fn advice(failure: &Failure, subject: &Subject, look_first: bool) -> Option<String> {
    if look_first {
        return Some(text("the object may have been written: look before writing it again"));
    }
    match failure {
        Failure::Service(service) => of_service(service, subject),
        Failure::Transport(error) => match error.cause() {
            Cause::NoHost => Some(region::advice(&subject.host)),
            Cause::NoTls => Some(text("check endPoint: for a server without TLS write `http://…`")),
            Cause::Certificate => Some(text(
                "check endPoint and this machine's clock, and look for a proxy that reads TLS",
            )),
            Cause::NoProxy(_) | Cause::BeyondProxy(_) => {
                Some(text("check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"))
            }
            Cause::Other => by_kind(failure.kind()),
        },
        Failure::Credentials(error) => Some(text(error.help())),
        Failure::Provider(error) => error.help().map(text),
        _ => by_kind(failure.kind()),
    }
}

fn of_service(service: &ServiceError, subject: &Subject) -> Option<String> {
    if let Some(endpoint) = &service.endpoint {
        return Some(format!("the bucket is elsewhere: use endPoint `{endpoint}`"));
    }
    if service.foreign {
        return Some(text(NO_OSS));
    }
    if is_about_region(service) {
        return Some(text("check region: it must be the bucket's"));
    }
    if let Some(difference) = service.mismatch.as_ref().and_then(|told| told.difference()) {
        return Some(format!("look for what changes requests on the way: {difference}"));
    }
    if is_expired(service) {
        return Some(text("sign a new URL"));
    }
    let row = find(service.code.as_deref(), service.ec.as_deref());
    match row.map(|row| row.advice).filter(|advice| !advice.is_empty()) {
        Some(advice) => Some(text(advice)),
        None if matches!(service.code.as_deref(), Some("AccessDenied") | None)
            && service.kind() == ErrorKind::AccessDenied =>
        {
            Some(permission::advice(subject))
        }
        None => by_kind(service.kind()),
    }
}

fn by_kind(kind: ErrorKind) -> Option<String> {
    Some(text(match kind {
        ErrorKind::AccessDenied => permission::IN_GENERAL,
        ErrorKind::ClockSkewed => "set this machine's clock",
        ErrorKind::Connect => "check endPoint, and that this machine can reach it",
        ErrorKind::Timeout => "check endPoint and the network, or raise the timeouts",
        ErrorKind::Throttled => SLOWER,
        ErrorKind::Protocol => NO_OSS,
        _ => return None,
    }))
}

/// A signature for another region is refused with the code of a wrong one.
fn is_about_region(service: &ServiceError) -> bool {
    let message = service.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    match service.code.as_deref() {
        Some("SignatureDoesNotMatch") => message.contains("region"),
        Some("InvalidArgument") => message.contains("signing region"),
        _ => false,
    }
}

fn is_expired(service: &ServiceError) -> bool {
    let message = service.message.as_deref().unwrap_or_default();
    service.code.as_deref() == Some("AccessDenied") && message.contains("expired")
}

fn text(advice: &str) -> String {
    advice.to_owned()
}

#[cfg(test)]
mod tests;
