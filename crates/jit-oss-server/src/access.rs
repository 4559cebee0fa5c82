//! What may be done without a signature, by the access control of buckets and objects.

use std::sync::Arc;

use crate::error::OssError;
use crate::request::Request;
use crate::route::Operation;
use crate::store::Store;
use crate::store::index::Bucket;
use crate::store::version::{Acl, Version};

/// What an operation does, as far as access control is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ReadObject,
    WriteObject,
    ReadBucket,
    /// Only the owner may.
    Other,
}

fn kind(operation: Operation) -> Kind {
    match operation {
        Operation::GetObject
        | Operation::HeadObject
        | Operation::GetObjectMeta
        | Operation::GetSymlink => Kind::ReadObject,
        Operation::PutObject
        | Operation::PostObject
        | Operation::AppendObject
        | Operation::DeleteObject
        | Operation::InitiateMultipartUpload
        | Operation::UploadPart
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload
        | Operation::ListParts => Kind::WriteObject,
        Operation::ListObjects
        | Operation::ListObjectsV2
        | Operation::ListObjectVersions
        | Operation::ListMultipartUploads => Kind::ReadBucket,
        _ => Kind::Other,
    }
}

/// Refuses to write an object unless anybody may.
pub(crate) fn check_write(bucket: &Bucket, key: &str) -> Result<(), OssError> {
    if allows(bucket, bucket.current(key), Kind::WriteObject) { Ok(()) } else { Err(denied()) }
}

/// Whether anybody may do it, to this version of an object where it is done to one.
fn allows(bucket: &Bucket, version: Option<&Arc<Version>>, kind: Kind) -> bool {
    let of_bucket = bucket.properties.acl;
    // An object may have rules of its own, for reading it and for writing over it.
    let of_object = version.map(|version| version.attributes.acl);
    let acl = match kind {
        Kind::ReadObject | Kind::WriteObject => {
            of_object.filter(|acl| !acl.is_default()).unwrap_or(of_bucket)
        }
        Kind::ReadBucket | Kind::Other => of_bucket,
    };
    match kind {
        Kind::ReadObject | Kind::ReadBucket => {
            matches!(acl, Acl::PublicRead | Acl::PublicReadWrite)
        }
        Kind::WriteObject => acl == Acl::PublicReadWrite,
        Kind::Other => false,
    }
}

fn denied() -> OssError {
    let message = "Anonymous access is forbidden for this operation.";
    OssError::forbidden("AccessDenied", message).ec("0003-00000001")
}

/// Refuses what needs a signature.
pub(crate) fn check(
    store: &Store,
    operation: Option<Operation>,
    request: &Request,
) -> Result<(), OssError> {
    let kind = operation.map_or(Kind::Other, kind);
    let bucket = request.bucket.as_deref().unwrap_or_default();
    let key = request.key.as_deref().unwrap_or_default();
    let id = request.query("versionId").and_then(|id| id.parse().ok());
    let allowed = store.read(|index| {
        let bucket = index.bucket(bucket)?;
        let version = match id {
            Some(id) => bucket.version(key, id),
            None => bucket.current(key),
        };
        Ok::<_, OssError>(allows(bucket, version, kind))
    });
    if request.bucket.is_none() || !allowed? {
        return Err(denied());
    }
    if let Some((name, _)) = request.query.iter().find(|(name, _)| name.starts_with("response-")) {
        let message = format!("The parameter {name} needs a signed request.");
        return Err(OssError::bad_request("InvalidRequest", message));
    }
    Ok(())
}
