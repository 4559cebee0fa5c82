//! Which operation a request asks for.

use serde::{Deserialize, Serialize};

use crate::error::OssError;
use crate::handlers::document;
use crate::request::Request;

/// The operations of OSS that this server performs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are OSS's own")]
pub enum Operation {
    ListBuckets,
    PutBucket,
    DeleteBucket,
    GetBucketInfo,
    GetBucketLocation,
    GetBucketStat,
    PutBucketAcl,
    GetBucketAcl,
    PutBucketVersioning,
    GetBucketVersioning,
    /// `PutBucketLifecycle`, `PutBucketCors` and their kin.
    PutBucketDocument,
    GetBucketDocument,
    DeleteBucketDocument,
    /// There are none, and none can be made.
    ListLiveChannel,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    DeleteMultipleObjects,
    PutObject,
    CopyObject,
    PostObject,
    OptionObject,
    AppendObject,
    SealAppendObject,
    GetObject,
    HeadObject,
    GetObjectMeta,
    DeleteObject,
    PutObjectAcl,
    GetObjectAcl,
    PutObjectTagging,
    GetObjectTagging,
    DeleteObjectTagging,
    PutSymlink,
    GetSymlink,
    RestoreObject,
    CleanRestoredObject,
    InitiateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    ListMultipartUploads,
}

/// Query names that ask for an operation or a variant of one which is not here. Falling through to the
/// plain operation would store or delete the wrong thing.
const UNSERVED: &[&str] = &[
    "accessMonitor",
    "accessPoint",
    "accessPointPolicy",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "cloudboxes",
    "cname",
    "comp",
    "httpsConfig",
    "inventory",
    "legalHold",
    "link",
    "metaQuery",
    "objectInfo",
    "objectWorm",
    "overwriteConfig",
    "policyStatus",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "regions",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "retention",
    "rtc",
    "style",
    "transferAcceleration",
    "userDefinedLogFieldsConfig",
    "vod",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-async-process",
    "x-oss-process",
];

/// The operation, or why there is none: `NotImplemented` for what OSS knows and this server does not,
/// `MethodNotAllowed` for what OSS does not know either.
pub(crate) fn operation(request: &Request) -> Result<Operation, OssError> {
    for (name, _) in &request.query {
        if UNSERVED.binary_search(&name.as_str()).is_ok() {
            return Err(OssError::not_implemented(&format!("the sub-resource `{name}`")));
        }
    }
    let method = request.method.as_str();
    let found = match (&request.bucket, &request.key) {
        (None, None) if method == "GET" => Some(Operation::ListBuckets),
        (None, _) => None,
        (Some(_), _) if method == "OPTIONS" => Some(Operation::OptionObject),
        (Some(_), None) => of_bucket(request, method)?,
        (Some(_), Some(_)) => of_object(request, method)?,
    };
    found.ok_or_else(|| OssError::method_not_allowed(method))
}

fn of_bucket(request: &Request, method: &str) -> Result<Option<Operation>, OssError> {
    let has = |name: &str| request.query(name).is_some();
    let is_document = || request.query.iter().any(|(name, _)| document::is_kept(name));
    Ok(match method {
        "GET" if has("uploads") => Some(Operation::ListMultipartUploads),
        "GET" if has("acl") => Some(Operation::GetBucketAcl),
        "GET" if has("versions") => Some(Operation::ListObjectVersions),
        "GET" if has("versioning") => Some(Operation::GetBucketVersioning),
        "GET" if has("location") => Some(Operation::GetBucketLocation),
        "GET" if has("bucketInfo") => Some(Operation::GetBucketInfo),
        "GET" if has("stat") => Some(Operation::GetBucketStat),
        "GET" if has("live") => Some(Operation::ListLiveChannel),
        "GET" if is_document() => Some(Operation::GetBucketDocument),
        "GET" => match request.query("list-type") {
            None => Some(Operation::ListObjects),
            Some("2") => Some(Operation::ListObjectsV2),
            Some(other) => {
                let message = "The list type is not supported.";
                return Err(OssError::invalid_argument("list-type", other, message));
            }
        },
        "PUT" if has("acl") => Some(Operation::PutBucketAcl),
        "PUT" if has("versioning") => Some(Operation::PutBucketVersioning),
        "PUT" if is_document() => Some(Operation::PutBucketDocument),
        "PUT" | "DELETE" if has("live") => return Err(OssError::not_implemented("live channels")),
        "PUT" => Some(Operation::PutBucket),
        "DELETE" if is_document() => Some(Operation::DeleteBucketDocument),
        "DELETE" => Some(Operation::DeleteBucket),
        "POST" if has("delete") => Some(Operation::DeleteMultipleObjects),
        "POST" => Some(Operation::PostObject),
        _ => None,
    })
}

fn of_object(request: &Request, method: &str) -> Result<Option<Operation>, OssError> {
    let has = |name: &str| request.query(name).is_some();
    let copies = request.header("x-oss-copy-source").is_some();
    if ["PUT", "GET", "DELETE"].contains(&method)
        && let Some((name, _)) = request.query.iter().find(|(name, _)| is_of_bucket(name))
    {
        // On an object they would fall through to the plain operation.
        return Err(OssError::not_implemented(&format!("the sub-resource `{name}` of an object")));
    }
    Ok(match method {
        "PUT" if has("uploadId") && has("partNumber") && copies => Some(Operation::UploadPartCopy),
        "PUT" if has("uploadId") && has("partNumber") => Some(Operation::UploadPart),
        "PUT" if has("uploadId") || has("partNumber") => {
            let message = "A part needs both partNumber and uploadId.";
            return Err(OssError::bad_request("InvalidArgument", message));
        }
        "PUT" if has("acl") => Some(Operation::PutObjectAcl),
        "PUT" if has("tagging") => Some(Operation::PutObjectTagging),
        "PUT" if has("symlink") => Some(Operation::PutSymlink),
        "PUT" if copies => Some(Operation::CopyObject),
        "PUT" => Some(Operation::PutObject),
        "GET" if has("uploadId") => Some(Operation::ListParts),
        "GET" if has("acl") => Some(Operation::GetObjectAcl),
        "GET" if has("tagging") => Some(Operation::GetObjectTagging),
        "GET" if has("symlink") => Some(Operation::GetSymlink),
        "GET" => Some(Operation::GetObject),
        "HEAD" if has("objectMeta") => Some(Operation::GetObjectMeta),
        "HEAD" => Some(Operation::HeadObject),
        "POST" if has("uploadId") => Some(Operation::CompleteMultipartUpload),
        "POST" if has("uploads") => Some(Operation::InitiateMultipartUpload),
        "POST" if has("append") => Some(Operation::AppendObject),
        "POST" if has("seal") => Some(Operation::SealAppendObject),
        "POST" if has("restore") => Some(Operation::RestoreObject),
        "POST" if has("cleanRestoredObject") => Some(Operation::CleanRestoredObject),
        "DELETE" if has("uploadId") => Some(Operation::AbortMultipartUpload),
        "DELETE" if has("tagging") => Some(Operation::DeleteObjectTagging),
        "DELETE" => Some(Operation::DeleteObject),
        _ => None,
    })
}

/// Sub-resources that only buckets have.
fn is_of_bucket(name: &str) -> bool {
    let tagged = name == "tagging";
    (document::is_kept(name) && !tagged)
        || ["uploads", "versions", "versioning", "location", "bucketInfo", "stat", "live"]
            .contains(&name)
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
            ("GET", "/b-1/?stat", Operation::GetBucketStat),
            ("PUT", "/b-1/?acl", Operation::PutBucketAcl),
            ("PUT", "/b-1/?versioning", Operation::PutBucketVersioning),
            ("GET", "/b-1/?versioning=", Operation::GetBucketVersioning),
            ("GET", "/b-1/?versions&prefix=x", Operation::ListObjectVersions),
            ("GET", "/b-1/?uploads", Operation::ListMultipartUploads),
            ("PUT", "/b-1/?lifecycle", Operation::PutBucketDocument),
            ("GET", "/b-1/?tagging", Operation::GetBucketDocument),
            ("DELETE", "/b-1/?policy", Operation::DeleteBucketDocument),
            ("POST", "/b-1/k?uploads", Operation::InitiateMultipartUpload),
            ("PUT", "/b-1/k?partNumber=1&uploadId=x", Operation::UploadPart),
            ("POST", "/b-1/k?uploadId=x", Operation::CompleteMultipartUpload),
            ("DELETE", "/b-1/k?uploadId=x", Operation::AbortMultipartUpload),
            ("GET", "/b-1/k?uploadId=x", Operation::ListParts),
            ("POST", "/b-1/k?append&position=0", Operation::AppendObject),
            ("POST", "/b-1/k?seal&position=0", Operation::SealAppendObject),
            ("PUT", "/b-1/k?acl=", Operation::PutObjectAcl),
            ("GET", "/b-1/k?acl", Operation::GetObjectAcl),
            ("PUT", "/b-1/k?tagging", Operation::PutObjectTagging),
            ("GET", "/b-1/k?tagging", Operation::GetObjectTagging),
            ("DELETE", "/b-1/k?tagging", Operation::DeleteObjectTagging),
            ("PUT", "/b-1/k?symlink", Operation::PutSymlink),
            ("GET", "/b-1/k?symlink", Operation::GetSymlink),
            ("POST", "/b-1/k?restore", Operation::RestoreObject),
            ("POST", "/b-1/k?cleanRestoredObject", Operation::CleanRestoredObject),
            ("DELETE", "/b-1/k?versionId=v", Operation::DeleteObject),
            ("POST", "/b-1/", Operation::PostObject),
            ("OPTIONS", "/b-1/k", Operation::OptionObject),
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
            ("GET", "/b-1/k?x-oss-process=image%2Finfo", "NotImplemented"),
            ("PUT", "/b-1/?inventory", "NotImplemented"),
            ("PUT", "/b-1/k?live", "NotImplemented"),
            ("PUT", "/b-1/?live", "NotImplemented"),
            ("DELETE", "/b-1/k?lifecycle", "NotImplemented"),
            ("PUT", "/b-1/k?partNumber=1", "InvalidArgument"),
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
