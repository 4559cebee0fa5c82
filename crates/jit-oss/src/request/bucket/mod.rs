//! Requests about a bucket itself.

mod acl;
mod create;
mod delete;
mod info;
mod list;
mod versioning;

pub use acl::{GetBucketAcl, GetBucketAclRequest, PutBucketAcl, PutBucketAclRequest};
pub use create::{DataRedundancy, PutBucket, PutBucketRequest};
pub use delete::{DeleteBucket, DeleteBucketRequest};
pub use info::{
    GetBucketInfo, GetBucketInfoRequest, GetBucketLocation, GetBucketLocationRequest,
    GetBucketStat, GetBucketStatRequest,
};
pub use list::{ListBucketsRequest, ListedBucket};
pub use versioning::{
    GetBucketVersioning, GetBucketVersioningRequest, PutBucketVersioning,
    PutBucketVersioningRequest, Versioning,
};
