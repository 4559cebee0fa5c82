//! What the operations do, once the request is known to be signed.

mod acl;
mod append;
pub(crate) mod attributes;
mod bucket;
mod callback;
mod conditions;
mod copy;
pub(crate) mod cors;
mod delete;
pub(crate) mod document;
mod list;
mod multipart;
mod object;
mod post;
mod put;
mod read;
mod restore;
mod service;
mod symlink;
mod tagging;

use std::sync::Arc;

use http::HeaderName;
use jit_oss::{Timestamp, check_bucket, check_key};

use crate::body::RequestBody;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::route::Operation;
use crate::server::State;
use crate::store::index::{Bucket, Change, Index};
use crate::store::version::Version;

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
    /// Looks at the bucket as it is now.
    fn with_bucket<T>(
        &self,
        look: impl FnOnce(&Bucket) -> Result<T, OssError>,
    ) -> Result<T, OssError> {
        self.state.store.read(|index| index.bucket(self.bucket).and_then(look))
    }

    /// Changes the bucket as it is then.
    async fn change_bucket<T: Send + 'static>(
        &self,
        plan: impl FnOnce(&Bucket, &mut Vec<Change>) -> T + Send + 'static,
    ) -> Result<T, OssError> {
        let bucket = self.bucket.to_owned();
        let plan = move |index: &Index| {
            let mut changes = Vec::new();
            let result = plan(index.bucket(&bucket)?, &mut changes);
            Ok((changes, result))
        };
        self.state.store.change(plan).await
    }

    /// Makes a new version of the object, and says whether the bucket has versions.
    async fn put(
        &self,
        mut version: Version,
        forbid_overwrite: bool,
    ) -> Result<(Arc<Version>, bool), OssError> {
        version.shrink();
        let mut version = Arc::new(version);
        let (bucket, key, now) = (self.bucket.to_owned(), self.key.to_owned(), self.now.unix());
        let plan = move |index: &Index| {
            let found = index.bucket(&bucket)?;
            found.check_overwrite(&key, forbid_overwrite)?;
            Arc::make_mut(&mut version).id = found.new_version_id(now);
            let result = (Arc::clone(&version), found.is_versioned());
            Ok((vec![Change::Put { bucket, key, version }], result))
        };
        self.state.store.change(plan).await
    }

    /// Changes what is known of a version of the object, if `change` gives one.
    async fn update<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Bucket) -> Result<(Option<Version>, T), OssError> + Send + 'static,
    ) -> Result<T, OssError> {
        let (bucket, key) = (self.bucket.to_owned(), self.key.to_owned());
        let plan = move |index: &Index| {
            let (version, result) = change(index.bucket(&bucket)?)?;
            let update =
                version.map(|version| Change::Update { bucket, key, version: Arc::new(version) });
            Ok((update.into_iter().collect(), result))
        };
        self.state.store.change(plan).await
    }

    fn region(&self) -> &str {
        self.state.verifier.region()
    }
}

/// Performs `operation`. What waits is boxed: each request would have room for the largest of all.
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
        check_bucket(bucket).map_err(|error| {
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
        Operation::PutBucket => Box::pin(bucket::put_bucket(call, body)).await,
        Operation::DeleteBucket => Box::pin(bucket::delete_bucket(call)).await,
        Operation::GetBucketInfo => bucket::get_bucket_info(call),
        Operation::GetBucketLocation => bucket::get_bucket_location(call),
        Operation::GetBucketStat => bucket::get_bucket_stat(call),
        Operation::ListLiveChannel => bucket::list_live_channel(call),
        Operation::PutBucketAcl => Box::pin(acl::put_bucket_acl(call)).await,
        Operation::GetBucketAcl => acl::get_bucket_acl(call),
        Operation::PutBucketVersioning => Box::pin(bucket::put_bucket_versioning(call, body)).await,
        Operation::GetBucketVersioning => bucket::get_bucket_versioning(call),
        Operation::PutBucketDocument => Box::pin(document::put_document(call, body)).await,
        Operation::GetBucketDocument => document::get_document(call),
        Operation::DeleteBucketDocument => Box::pin(document::delete_document(call)).await,
        Operation::ListObjects | Operation::ListObjectsV2 => list::list_objects(call),
        Operation::ListObjectVersions => list::list_object_versions(call),
        Operation::DeleteMultipleObjects => {
            Box::pin(delete::delete_multiple_objects(call, body)).await
        }
        Operation::PutObject => Box::pin(put::put_object(call, body)).await,
        Operation::PostObject => Box::pin(post::post_object(call, body)).await,
        Operation::OptionObject => cors::preflight(state, request),
        Operation::CopyObject => Box::pin(copy::copy_object(call)).await,
        Operation::AppendObject => Box::pin(append::append_object(call, body)).await,
        Operation::SealAppendObject => Box::pin(append::seal_object(call)).await,
        Operation::DeleteObject => Box::pin(delete::delete_object(call)).await,
        Operation::GetObject => read::get_object(call),
        Operation::HeadObject => read::head_object(call),
        Operation::GetObjectMeta => read::get_object_meta(call),
        Operation::PutObjectAcl => Box::pin(acl::put_object_acl(call)).await,
        Operation::GetObjectAcl => acl::get_object_acl(call),
        Operation::PutObjectTagging => Box::pin(tagging::put_object_tagging(call, body)).await,
        Operation::GetObjectTagging => tagging::get_object_tagging(call),
        Operation::DeleteObjectTagging => Box::pin(tagging::delete_object_tagging(call)).await,
        Operation::PutSymlink => Box::pin(symlink::put_symlink(call)).await,
        Operation::GetSymlink => symlink::get_symlink(call),
        Operation::RestoreObject => Box::pin(restore::restore_object(call, body)).await,
        Operation::CleanRestoredObject => Box::pin(restore::clean_restored_object(call)).await,
        Operation::InitiateMultipartUpload => {
            Box::pin(multipart::initiate_multipart_upload(call)).await
        }
        Operation::UploadPart => Box::pin(multipart::upload_part(call, body)).await,
        Operation::UploadPartCopy => Box::pin(multipart::upload_part_copy(call)).await,
        Operation::CompleteMultipartUpload => {
            Box::pin(multipart::complete_multipart_upload(call, body)).await
        }
        Operation::AbortMultipartUpload => Box::pin(multipart::abort_multipart_upload(call)).await,
        Operation::ListParts => multipart::list_parts(call),
        Operation::ListMultipartUploads => multipart::list_multipart_uploads(call),
    }
}

/// Names of OSS's own that the answers use.
pub(crate) const CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");
pub(crate) const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
