//! Which operation a request asks for.

use http::{Method, StatusCode};

use crate::error::OssError;
use crate::request::Request;

/// The operations of OSS that this server performs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are OSS's own")]
pub enum Operation {
    ListBuckets,
    PutBucket,
    DeleteBucket,
    GetBucketInfo,
    GetBucketLocation,
    GetBucketAcl,
    ListObjects,
    ListObjectsV2,
    DeleteMultipleObjects,
    PutObject,
    GetObject,
    HeadObject,
    GetObjectMeta,
    DeleteObject,
}

/// Query names that ask for an operation or a variant of one which is not here. Falling through to the
/// plain operation would store or delete the wrong thing.
const UNSERVED: &[&str] = &[
    "accessMonitor",
    "accessPoint",
    "accessPointPolicy",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "callback",
    "callback-var",
    "cleanRestoredObject",
    "cloudboxes",
    "cname",
    "comp",
    "cors",
    "encryption",
    "httpsConfig",
    "inventory",
    "legalHold",
    "lifecycle",
    "link",
    "live",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectWorm",
    "overwriteConfig",
    "partNumber",
    "policy",
    "policyStatus",
    "position",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "referer",
    "regionList",
    "regions",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "restore",
    "retention",
    "rtc",
    "seal",
    "stat",
    "style",
    "symlink",
    "tagging",
    "transferAcceleration",
    "uploadId",
    "uploads",
    "userDefinedLogFieldsConfig",
    "versionId",
    "versioning",
    "versions",
    "vod",
    "website",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-async-process",
    "x-oss-callback",
    "x-oss-callback-var",
    "x-oss-process",
];

/// Headers of a write that change what is written in a way that is not here.
const UNSERVED_HEADERS: &[&str] = &[
    "x-oss-callback",
    "x-oss-copy-source",
    "x-oss-server-side-encryption",
    "x-oss-symlink-target",
    "x-oss-tagging",
];

/// The operation, or why there is none: `NotImplemented` for what OSS knows and this server does not,
/// `MethodNotAllowed` for what OSS does not know either.
pub(crate) fn operation(request: &Request) -> Result<Operation, OssError> {
    for (name, _) in &request.query {
        if UNSERVED.binary_search(&name.as_str()).is_ok() {
            return Err(OssError::not_implemented(&format!("the sub-resource `{name}`")));
        }
    }
    let writes = request.method == Method::PUT || request.method == Method::POST;
    for name in UNSERVED_HEADERS {
        if writes && request.headers.contains_key(*name) {
            return Err(OssError::not_implemented(&format!("the header `{name}`")));
        }
    }
    let has = |name: &str| request.query(name).is_some();
    let acl = || OssError::not_implemented("changing access control, or that of an object");
    let found = match (&request.bucket, &request.key, request.method.as_str()) {
        (None, None, "GET") => Some(Operation::ListBuckets),
        (None, ..) => None,
        (Some(_), None, "GET") if has("acl") => Some(Operation::GetBucketAcl),
        (Some(_), _, _) if has("acl") => return Err(acl()),
        (Some(_), None, "GET") if has("location") => Some(Operation::GetBucketLocation),
        (Some(_), None, "GET") if has("bucketInfo") => Some(Operation::GetBucketInfo),
        (Some(_), None, "GET") => match request.query("list-type") {
            None => Some(Operation::ListObjects),
            Some("2") => Some(Operation::ListObjectsV2),
            Some(other) => {
                let message = "The list type is not supported.";
                return Err(OssError::invalid_argument("list-type", other, message));
            }
        },
        (Some(_), None, "PUT") => Some(Operation::PutBucket),
        (Some(_), None, "DELETE") => Some(Operation::DeleteBucket),
        (Some(_), None, "POST") if has("delete") => Some(Operation::DeleteMultipleObjects),
        (Some(_), None, "POST") => return Err(OssError::not_implemented("form uploads")),
        (Some(_), None, _) => None,
        (Some(_), Some(_), "PUT") => Some(Operation::PutObject),
        (Some(_), Some(_), "GET") => Some(Operation::GetObject),
        (Some(_), Some(_), "HEAD") if has("objectMeta") => Some(Operation::GetObjectMeta),
        (Some(_), Some(_), "HEAD") => Some(Operation::HeadObject),
        (Some(_), Some(_), "DELETE") => Some(Operation::DeleteObject),
        (Some(_), Some(_), _) => None,
    };
    found.ok_or_else(|| {
        OssError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )
        .with("Method", request.method.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, target: &str) -> Result<Operation, String> {
        let mut headers = http::HeaderMap::new();
        headers.insert("host", "127.0.0.1".parse().unwrap());
        let method = method.parse().unwrap();
        let request = Request::parse(method, &target.parse().unwrap(), headers).unwrap();
        operation(&request).map_err(|error| error.code.into_owned())
    }

    #[test]
    fn every_operation_has_its_address() {
        for (method, target, expected) in [
            ("GET", "/", Operation::ListBuckets),
            ("PUT", "/b-1/", Operation::PutBucket),
            ("DELETE", "/b-1", Operation::DeleteBucket),
            ("GET", "/b-1/?bucketInfo", Operation::GetBucketInfo),
            ("GET", "/b-1/?location=", Operation::GetBucketLocation),
            ("GET", "/b-1/?acl", Operation::GetBucketAcl),
            ("GET", "/b-1/", Operation::ListObjects),
            ("GET", "/b-1/?prefix=x&unknown", Operation::ListObjects),
            ("GET", "/b-1/?list-type=2", Operation::ListObjectsV2),
            ("POST", "/b-1/?delete", Operation::DeleteMultipleObjects),
            ("PUT", "/b-1/k", Operation::PutObject),
            ("GET", "/b-1/k", Operation::GetObject),
            ("HEAD", "/b-1/k", Operation::HeadObject),
            ("HEAD", "/b-1/k?objectMeta", Operation::GetObjectMeta),
            ("DELETE", "/b-1/k", Operation::DeleteObject),
        ] {
            assert_eq!(check(method, target), Ok(expected), "{method} {target}");
        }
    }

    #[test]
    fn what_is_not_served_says_so_and_does_not_fall_through() {
        for (method, target, code) in [
            ("PUT", "/b-1/k?partNumber=1&uploadId=x", "NotImplemented"),
            ("POST", "/b-1/k?uploads", "NotImplemented"),
            ("POST", "/b-1/k?append&position=0", "NotImplemented"),
            ("PUT", "/b-1/k?acl=", "NotImplemented"),
            ("PUT", "/b-1/?acl", "NotImplemented"),
            ("GET", "/b-1/k?tagging", "NotImplemented"),
            ("GET", "/b-1/k?x-oss-process=image%2Finfo", "NotImplemented"),
            ("DELETE", "/b-1/k?versionId=v", "NotImplemented"),
            ("POST", "/b-1/", "NotImplemented"),
            ("POST", "/b-1/k", "MethodNotAllowed"),
            ("HEAD", "/b-1/", "MethodNotAllowed"),
            ("PATCH", "/b-1/k", "MethodNotAllowed"),
            ("PUT", "/", "MethodNotAllowed"),
            ("GET", "/b-1/?list-type=3", "InvalidArgument"),
        ] {
            assert_eq!(check(method, target), Err(code.to_owned()), "{method} {target}");
        }
    }

    #[test]
    fn unserved_names_are_sorted_for_the_search() {
        assert!(UNSERVED.is_sorted());
    }
}
