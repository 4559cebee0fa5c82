//! Operations on a bucket itself.

use super::Bucket;
use crate::request::{
    DeleteBucketRequest, GetBucketAclRequest, GetBucketInfoRequest, GetBucketLocationRequest,
    GetBucketStatRequest, GetBucketVersioningRequest, PutBucketAclRequest, PutBucketRequest,
    PutBucketVersioningRequest,
};
use crate::{BucketAcl, Versioning};

impl Bucket {
    /// Creates the bucket (`PutBucket`).
    pub fn create(&self) -> PutBucketRequest {
        PutBucketRequest::new(self.clone())
    }

    /// Removes the bucket, which has to be empty (`DeleteBucket`).
    pub fn delete(&self) -> DeleteBucketRequest {
        DeleteBucketRequest::new(self.clone())
    }

    /// Asks what is known of the bucket (`GetBucketInfo`).
    pub fn info(&self) -> GetBucketInfoRequest {
        GetBucketInfoRequest::new(self.clone())
    }

    /// Asks in which region the bucket is (`GetBucketLocation`).
    pub fn location(&self) -> GetBucketLocationRequest {
        GetBucketLocationRequest::new(self.clone())
    }

    /// Asks how much is in the bucket (`GetBucketStat`).
    pub fn stat(&self) -> GetBucketStatRequest {
        GetBucketStatRequest::new(self.clone())
    }

    /// Sets who may use the bucket (`PutBucketAcl`).
    pub fn put_acl(&self, acl: BucketAcl) -> PutBucketAclRequest {
        PutBucketAclRequest::new(self.clone(), acl)
    }

    /// Asks who may use the bucket (`GetBucketAcl`).
    pub fn acl(&self) -> GetBucketAclRequest {
        GetBucketAclRequest::new(self.clone())
    }

    /// Sets whether the bucket keeps what is replaced and deleted (`PutBucketVersioning`).
    pub fn put_versioning(&self, status: Versioning) -> PutBucketVersioningRequest {
        PutBucketVersioningRequest::new(self.clone(), status)
    }

    /// Asks whether the bucket keeps what is replaced and deleted (`GetBucketVersioning`).
    pub fn versioning(&self) -> GetBucketVersioningRequest {
        GetBucketVersioningRequest::new(self.clone())
    }
}
