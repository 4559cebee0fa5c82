//! `PutBucket`: creates a bucket.

use http::{HeaderMap, Method};

use super::acl::ACL;
use crate::receipt::receipted;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, BucketAcl, Receipt, Result, StorageClass, xml};

/// A `PutBucket` request; `.await` sends it. A bucket of one's own that is there already is left as it
/// is, but for its ACL.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PutBucketRequest {
    bucket: Bucket,
    request: Unsigned,
    storage_class: Option<StorageClass>,
    redundancy: Option<DataRedundancy>,
}

/// Over what a bucket's data is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataRedundancy {
    /// Machines of one zone (`LRS`).
    Local,
    /// Zones of one region (`ZRS`).
    Zones,
}

/// What `PutBucket` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutBucket {
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(PutBucket);
awaited!(PutBucketRequest => PutBucket);

impl PutBucketRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("PutBucket", Method::PUT);
        Self { bucket, request, storage_class: None, redundancy: None }
    }

    /// Sets who may use the bucket; private unless set.
    pub fn acl(mut self, acl: BucketAcl) -> Self {
        self.request.set_static(ACL, acl.as_str());
        self
    }

    /// Sets the storage class of objects that name none; `Standard` unless set.
    pub fn storage_class(mut self, class: StorageClass) -> Self {
        self.storage_class = Some(class);
        self
    }

    /// Sets over what the data is spread; machines of one zone unless set.
    pub fn data_redundancy(mut self, redundancy: DataRedundancy) -> Self {
        self.redundancy = Some(redundancy);
        self
    }

    async fn send(mut self) -> Result<PutBucket> {
        if self.storage_class.is_some() || self.redundancy.is_some() {
            let document = xml::Writer::document("CreateBucketConfiguration", |writer| {
                if let Some(class) = self.storage_class {
                    writer.text("StorageClass", class.as_str());
                }
                if let Some(redundancy) = self.redundancy {
                    writer.text(
                        "DataRedundancyType",
                        match redundancy {
                            DataRedundancy::Local => "LRS",
                            DataRedundancy::Zones => "ZRS",
                        },
                    );
                }
            });
            self.request.document(document);
        }
        let read = |_: &HeaderMap, _: &[u8]| Ok(PutBucket::default());
        self.bucket.place().run_document(self.request, read).await
    }
}
