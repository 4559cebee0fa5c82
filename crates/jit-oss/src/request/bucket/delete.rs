//! `DeleteBucket`: removes an empty bucket.

use http::{HeaderMap, Method};

use crate::receipt::receipted;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, Receipt, Result};

/// A `DeleteBucket` request; `.await` sends it. A bucket with objects, versions or unfinished uploads in
/// it is not deleted: [`Conflict`](crate::ErrorKind::Conflict).
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct DeleteBucketRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `DeleteBucket` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteBucket {
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(settled: DeleteBucket);
awaited!(DeleteBucketRequest => DeleteBucket);

impl DeleteBucketRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let mut request = Unsigned::without_key("DeleteBucket", Method::DELETE);
        request.done_code = Some("NoSuchBucket");
        Self { bucket, request }
    }

    async fn send(self) -> Result<DeleteBucket> {
        let read = |_: &HeaderMap, _: &[u8]| Ok(DeleteBucket::default());
        self.bucket.place().run_document(self.request, read).await
    }
}
