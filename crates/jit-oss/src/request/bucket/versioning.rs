//! `PutBucketVersioning` and `GetBucketVersioning`: whether a bucket keeps what is replaced.

use http::{HeaderMap, Method};

use crate::receipt::receipted;
use crate::request::values::named;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, Receipt, Result, xml};

named! {
    /// Whether a bucket keeps what is replaced and deleted.
    Versioning {
        /// It does.
        Enabled = "Enabled",
        /// It did; what it kept is there still.
        Suspended = "Suspended",
    }
}

/// A `PutBucketVersioning` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PutBucketVersioningRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `PutBucketVersioning` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutBucketVersioning {
    /// How it came about.
    pub receipt: Receipt,
}

/// A `GetBucketVersioning` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetBucketVersioningRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `GetBucketVersioning` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetBucketVersioning {
    /// `None` when it was never set: then the bucket keeps nothing.
    pub status: Option<Versioning>,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(PutBucketVersioning, GetBucketVersioning);
awaited! {
    PutBucketVersioningRequest => PutBucketVersioning,
    GetBucketVersioningRequest => GetBucketVersioning,
}

impl PutBucketVersioningRequest {
    pub(crate) fn new(bucket: Bucket, status: Versioning) -> Self {
        let request = Unsigned::without_key("PutBucketVersioning", Method::PUT);
        let mut request = request.sub_resource("versioning");
        request.document(xml::Writer::document("VersioningConfiguration", |writer| {
            writer.text("Status", status.as_str());
        }));
        Self { bucket, request }
    }

    async fn send(self) -> Result<PutBucketVersioning> {
        let read = |_: &HeaderMap, _: &[u8]| Ok(PutBucketVersioning::default());
        self.bucket.place().run_document(self.request, read).await
    }
}

impl GetBucketVersioningRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("GetBucketVersioning", Method::GET);
        Self { bucket, request: request.sub_resource("versioning") }
    }

    async fn send(self) -> Result<GetBucketVersioning> {
        let read = |_: &HeaderMap, body: &[u8]| {
            let root = xml::document(body, "VersioningConfiguration")?;
            let status = root.text("Status").and_then(|text| Versioning::parse(text.trim()));
            Ok(GetBucketVersioning { status, receipt: Receipt::default() })
        };
        self.bucket.place().run_document(self.request, read).await
    }
}
