//! What the operations do, once the request is known to be signed.

mod bucket;
mod delete;
mod list;
mod put;
mod read;
mod service;

use http::HeaderName;
use jit_oss::{BucketName, Timestamp, check_key};

use crate::body::RequestBody;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::route::Operation;
use crate::server::State;
use crate::store::StoreError;

/// An operation's surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) request: &'a Request,
    pub(crate) now: Timestamp,
    /// Empty for operations on the service.
    pub(crate) bucket: &'a str,
    /// Empty for operations on a bucket.
    pub(crate) key: &'a str,
}

impl Call<'_> {
    /// The refusal that a store's error means here.
    fn refused(&self, error: StoreError) -> OssError {
        match error {
            StoreError::NoSuchBucket => OssError::no_such_bucket(self.bucket),
            StoreError::AlreadyExists => OssError::file_already_exists(self.key),
            StoreError::BadDigest => OssError::bad_request(
                "InvalidDigest",
                "The digest you specified does not match the content we received.",
            ),
            StoreError::BucketNotEmpty => OssError::new(
                http::StatusCode::CONFLICT,
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty.",
            )
            .ec("0015-00000301")
            .with("BucketName", self.bucket),
            StoreError::Io(error) => OssError::internal(&error),
        }
    }

    /// When the bucket was made, in seconds since 1970.
    fn existing_bucket(&self) -> Result<i64, OssError> {
        let store = &self.state.store;
        store.bucket(self.bucket).ok_or_else(|| OssError::no_such_bucket(self.bucket))
    }

    fn region(&self) -> &str {
        self.state.verifier.region()
    }
}

/// Performs `operation`.
pub(crate) async fn perform(
    state: &State,
    operation: Operation,
    request: &Request,
    body: &mut RequestBody,
    now: Timestamp,
) -> Result<Reply, OssError> {
    let bucket = request.bucket.as_deref().unwrap_or_default();
    let key = request.key.as_deref().unwrap_or_default();
    if let Some(bucket) = &request.bucket {
        BucketName::new(bucket.as_str()).map_err(|error| {
            OssError::bad_request("InvalidBucketName", format!("The name is not valid: {error}."))
                .ec("0015-00000001")
                .with("BucketName", bucket)
        })?;
    }
    if let Some(key) = &request.key {
        check_key(key).map_err(|error| {
            OssError::bad_request("InvalidObjectName", format!("The name is not valid: {error}."))
                .with("ObjectName", key)
        })?;
    }
    let call = Call { state, request, now, bucket, key };
    match operation {
        Operation::ListBuckets => service::list_buckets(call),
        Operation::PutBucket => bucket::put_bucket(call, body).await,
        Operation::DeleteBucket => bucket::delete_bucket(call).await,
        Operation::GetBucketInfo => bucket::get_bucket_info(call),
        Operation::GetBucketLocation => bucket::get_bucket_location(call),
        Operation::GetBucketAcl => bucket::get_bucket_acl(call),
        Operation::ListObjects | Operation::ListObjectsV2 => list::list_objects(call),
        Operation::DeleteMultipleObjects => delete::delete_multiple_objects(call, body).await,
        Operation::PutObject => put::put_object(call, body).await,
        Operation::DeleteObject => delete::delete_object(call).await,
        Operation::GetObject => read::get_object(call).await,
        Operation::HeadObject => read::head_object(call).await,
        Operation::GetObjectMeta => read::get_object_meta(call).await,
    }
}

/// Names of OSS's own that the answers use.
pub(crate) const CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");
pub(crate) const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
