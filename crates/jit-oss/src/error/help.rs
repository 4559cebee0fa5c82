//! What to do next: one table.

use super::ErrorKind;
use super::failure::Failure;
use super::service::ServiceError;
use crate::transport::Cause;

const NO_OSS: &str = "check endPoint: is an OSS endpoint there?";

pub(super) fn help(failure: &Failure, look_first: bool) -> Option<String> {
    if look_first {
        return Some(text("the object may have been written: look before writing it again"));
    }
    let code = match failure {
        Failure::Service(service) => {
            if let Some(endpoint) = &service.endpoint {
                return Some(format!("the bucket is elsewhere: use endPoint `{endpoint}`"));
            }
            if service.foreign {
                return Some(text(NO_OSS));
            }
            if is_about_region(service) {
                return Some(text("check region: it must be the bucket's"));
            }
            service.code.as_deref()
        }
        Failure::Transport(error) => match error.cause() {
            Cause::NoTls => {
                return Some(text("check endPoint: for a server without TLS write `http://…`"));
            }
            Cause::NoProxy(_) | Cause::BeyondProxy(_) => {
                return Some(text("check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"));
            }
            Cause::Other => None,
        },
        Failure::Credentials(error) => return Some(text(error.help())),
        Failure::Provider(error) => return error.help().map(text),
        _ => None,
    };
    let by_code = match code {
        Some("SignatureDoesNotMatch") => "check accessKeySecret",
        Some("InvalidAccessKeyId") => "check accessKeyId: it does not exist or is disabled",
        Some("InvalidSecurityToken" | "AccessKeyIdAndSecurityTokenNotMatch") => {
            "check securityToken: it belongs to another access key, or is incomplete"
        }
        Some("SecurityTokenExpired") => "get new temporary credentials: the token has expired",
        Some("NoSuchKey") => "check the object's name: it is taken exactly as given, case included",
        Some("NoSuchBucket") => "check bucketName, and that endPoint and region are the bucket's",
        Some("SecondLevelDomainForbidden") => {
            "use virtual-host addressing: this endpoint wants the bucket in the host name"
        }
        Some("InvalidObjectState") => "restore the archived object before reading it",
        Some("InDebt" | "UserDisable" | "BucketDisable") => "check the account's state",
        _ => "",
    };
    if !by_code.is_empty() {
        return Some(text(by_code));
    }
    let by_kind = match failure.kind() {
        ErrorKind::AccessDenied => "check the policies of the access key and the bucket",
        ErrorKind::ClockSkewed => "set this machine's clock",
        ErrorKind::Connect => "check endPoint, and that this machine can reach it",
        ErrorKind::Timeout => "check endPoint and the network, or raise the timeouts",
        ErrorKind::Throttled => "send fewer requests at a time, or ask for a higher limit",
        ErrorKind::Protocol => NO_OSS,
        _ => return None,
    };
    Some(text(by_kind))
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

fn text(help: &str) -> String {
    help.to_owned()
}
