//! `GetBucketInfo`, `GetBucketLocation` and `GetBucketStat`: what is known of a bucket.

use http::{HeaderMap, Method};

use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::request::list_objects::Owner;
use crate::request::object_acl::grant;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, BucketAcl, Receipt, Result, Timestamp, Versioning, xml};

/// A `GetBucketInfo` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetBucketInfoRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `GetBucketInfo` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetBucketInfo {
    /// The bucket's name.
    pub name: String,
    /// Where it is, `oss-cn-hangzhou`.
    pub location: Option<String>,
    /// When it was created.
    pub creation_date: Option<Timestamp>,
    /// The host that is reached from everywhere.
    pub extranet_endpoint: Option<String>,
    /// The host that is reached inside the region.
    pub intranet_endpoint: Option<String>,
    /// The storage class of objects that name none.
    pub storage_class: Option<String>,
    /// `LRS` or `ZRS`.
    pub data_redundancy: Option<String>,
    /// Whether it keeps versions.
    pub versioning: Option<Versioning>,
    /// Who may use it.
    pub acl: Option<BucketAcl>,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// How it came about.
    pub receipt: Receipt,
}

/// A `GetBucketLocation` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetBucketLocationRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `GetBucketLocation` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetBucketLocation {
    /// Where the bucket is, `oss-cn-hangzhou`. The region that is signed is this without `oss-`.
    pub location: String,
    /// How it came about.
    pub receipt: Receipt,
}

/// A `GetBucketStat` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetBucketStatRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `GetBucketStat` answers: counts that may be an hour old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetBucketStat {
    /// Bytes stored.
    pub storage: u64,
    /// Objects.
    pub object_count: u64,
    /// Uploads that are neither complete nor aborted.
    pub multipart_upload_count: u64,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(GetBucketInfo, GetBucketLocation, GetBucketStat);
awaited! {
    GetBucketInfoRequest => GetBucketInfo,
    GetBucketLocationRequest => GetBucketLocation,
    GetBucketStatRequest => GetBucketStat,
}

impl GetBucketInfoRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("GetBucketInfo", Method::GET);
        Self { bucket, request: request.sub_resource("bucketInfo") }
    }

    async fn send(self) -> Result<GetBucketInfo> {
        self.bucket.place().run_document(self.request, read_info).await
    }
}

impl GetBucketLocationRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("GetBucketLocation", Method::GET);
        Self { bucket, request: request.sub_resource("location") }
    }

    async fn send(self) -> Result<GetBucketLocation> {
        let read = |_: &HeaderMap, body: &[u8]| {
            let root = xml::document(body, "LocationConstraint")?;
            let location = root.text.trim().to_owned();
            Ok(GetBucketLocation { location, receipt: Receipt::default() })
        };
        self.bucket.place().run_document(self.request, read).await
    }
}

impl GetBucketStatRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("GetBucketStat", Method::GET).sub_resource("stat");
        Self { bucket, request }
    }

    async fn send(self) -> Result<GetBucketStat> {
        let read = |_: &HeaderMap, body: &[u8]| {
            let root = xml::document(body, "BucketStat")?;
            Ok(GetBucketStat {
                storage: root.required_number("Storage")?,
                object_count: root.required_number("ObjectCount")?,
                multipart_upload_count: root.number("MultipartUploadCount")?.unwrap_or_default(),
                receipt: Receipt::default(),
            })
        };
        self.bucket.place().run_document(self.request, read).await
    }
}

fn read_info(_: &HeaderMap, body: &[u8]) -> std::result::Result<GetBucketInfo, Failure> {
    let root = xml::document(body, "BucketInfo")?;
    let missing = || Failure::Protocol("the answer's <BucketInfo> has no <Bucket>".to_owned());
    let bucket = root.child("Bucket").ok_or_else(missing)?;
    Ok(GetBucketInfo {
        name: bucket.required("Name")?,
        location: bucket.owned("Location"),
        creation_date: bucket.time("CreationDate"),
        extranet_endpoint: bucket.owned("ExtranetEndpoint"),
        intranet_endpoint: bucket.owned("IntranetEndpoint"),
        storage_class: bucket.owned("StorageClass"),
        data_redundancy: bucket.owned("DataRedundancyType"),
        versioning: bucket.text("Versioning").and_then(Versioning::parse),
        acl: grant(bucket, BucketAcl::parse).ok(),
        owner: Owner::read(bucket),
        receipt: Receipt::default(),
    })
}
