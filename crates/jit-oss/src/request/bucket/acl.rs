//! `PutBucketAcl` and `GetBucketAcl`: who may use a bucket.

use http::{HeaderMap, HeaderName, Method};

use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::request::list_objects::Owner;
use crate::request::object_acl::grant;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, BucketAcl, Receipt, Result, xml};

pub(super) const ACL: HeaderName = HeaderName::from_static("x-oss-acl");

/// A `PutBucketAcl` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PutBucketAclRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `PutBucketAcl` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutBucketAcl {
    /// How it came about.
    pub receipt: Receipt,
}

/// A `GetBucketAcl` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetBucketAclRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `GetBucketAcl` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetBucketAcl {
    /// Who may use the bucket.
    pub acl: BucketAcl,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(PutBucketAcl, GetBucketAcl);
awaited!(PutBucketAclRequest => PutBucketAcl, GetBucketAclRequest => GetBucketAcl);

impl PutBucketAclRequest {
    pub(crate) fn new(bucket: Bucket, acl: BucketAcl) -> Self {
        let mut request = Unsigned::without_key("PutBucketAcl", Method::PUT).sub_resource("acl");
        request.set_static(ACL, acl.as_str());
        Self { bucket, request }
    }

    async fn send(self) -> Result<PutBucketAcl> {
        let read = |_: &HeaderMap, _: &[u8]| Ok(PutBucketAcl::default());
        self.bucket.place().run_document(self.request, read).await
    }
}

impl GetBucketAclRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("GetBucketAcl", Method::GET).sub_resource("acl");
        Self { bucket, request }
    }

    async fn send(self) -> Result<GetBucketAcl> {
        self.bucket.place().run_document(self.request, read).await
    }
}

fn read(_: &HeaderMap, body: &[u8]) -> std::result::Result<GetBucketAcl, Failure> {
    let root = xml::document(body, "AccessControlPolicy")?;
    let acl = grant(&root, BucketAcl::parse)?;
    Ok(GetBucketAcl { acl, owner: Owner::read(&root), receipt: Receipt::default() })
}
