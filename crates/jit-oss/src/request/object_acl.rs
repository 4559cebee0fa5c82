//! `PutObjectAcl` and `GetObjectAcl`: who may use an object.

use http::{HeaderMap, Method};

use super::headers::headers;
use super::list_objects::Owner;
use super::{Unsigned, awaited};
use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::xml::Node;
use crate::{Bucket, ObjectAcl, Receipt, Result, response, xml};

/// A `PutObjectAcl` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PutObjectAclRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `PutObjectAcl` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutObjectAcl {
    /// The version that was changed, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

/// A `GetObjectAcl` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetObjectAclRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `GetObjectAcl` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetObjectAcl {
    /// Who may use the object.
    pub acl: ObjectAcl,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// The version that was asked about, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(PutObjectAcl, GetObjectAcl);
awaited!(PutObjectAclRequest => PutObjectAcl, GetObjectAclRequest => GetObjectAcl);
headers! {
    PutObjectAclRequest: version;
    GetObjectAclRequest: version;
}

impl PutObjectAclRequest {
    pub(crate) fn new(bucket: Bucket, key: String, acl: ObjectAcl) -> Self {
        let mut request = Unsigned::new("PutObjectAcl", Method::PUT, key).sub_resource("acl");
        request.object_acl(acl);
        Self { bucket, request }
    }

    async fn send(self) -> Result<PutObjectAcl> {
        let read = |headers: &HeaderMap, _: &[u8]| {
            let version_id = response::version_id(headers);
            Ok(PutObjectAcl { version_id, receipt: Receipt::default() })
        };
        self.bucket.place().run_document(self.request, read).await
    }
}

impl GetObjectAclRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        let request = Unsigned::new("GetObjectAcl", Method::GET, key).sub_resource("acl");
        Self { bucket, request }
    }

    async fn send(self) -> Result<GetObjectAcl> {
        self.bucket.place().run_document(self.request, read).await
    }
}

fn read(headers: &HeaderMap, body: &[u8]) -> std::result::Result<GetObjectAcl, Failure> {
    let root = xml::document(body, "AccessControlPolicy")?;
    Ok(GetObjectAcl {
        acl: grant(&root, ObjectAcl::parse)?,
        owner: Owner::read(&root),
        version_id: response::version_id(headers),
        receipt: Receipt::default(),
    })
}

/// What an `AccessControlPolicy` grants.
pub(super) fn grant<T>(
    policy: &Node,
    parse: fn(&str) -> Option<T>,
) -> std::result::Result<T, Failure> {
    let grant = policy.child("AccessControlList").and_then(|list| list.text("Grant"));
    grant.and_then(parse).ok_or_else(|| {
        Failure::Protocol("the answer's <Grant> is missing or none that is known".to_owned())
    })
}
