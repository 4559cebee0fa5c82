//! A multipart upload that must not be left behind.

use std::time::Duration;

use tokio::runtime::Handle;

use crate::{Bucket, ErrorKind};

/// How long an abortion may take that nobody waits for.
const BOUND: Duration = Duration::from_secs(30);
/// How often an upload is aborted: parts that were on their way may have arrived after the first time.
const ROUNDS: u32 = 3;

/// Aborts the upload when dropped.
#[derive(Debug)]
pub(in crate::transfer) struct Pending {
    bucket: Bucket,
    key: String,
    id: String,
    armed: bool,
}

impl Pending {
    pub(in crate::transfer) fn new(bucket: &Bucket, key: &str, id: &str) -> Self {
        Self { bucket: bucket.clone(), key: key.to_owned(), id: id.to_owned(), armed: true }
    }

    pub(in crate::transfer) fn id(&self) -> &str {
        &self.id
    }

    /// Leaves the upload as it is.
    pub(in crate::transfer) fn keep(mut self) {
        self.armed = false;
    }

    /// Leaves the upload as it is when this is dropped.
    pub(in crate::transfer) fn disarm(&mut self) {
        self.armed = false;
    }

    /// Aborts the upload now.
    pub(in crate::transfer) async fn abort(mut self) {
        abort(&self.bucket, &self.key, &self.id).await;
        self.armed = false;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let (bucket, key, id) = (self.bucket.clone(), self.key.clone(), self.id.clone());
        drop(runtime.spawn(tokio::time::timeout(BOUND, async move {
            abort(&bucket, &key, &id).await;
        })));
    }
}

/// What fails here is told by the failure that led here.
async fn abort(bucket: &Bucket, key: &str, id: &str) {
    for _ in 0..ROUNDS {
        if bucket.abort_multipart_upload(key, id).await.is_err() {
            return;
        }
        match bucket.list_parts(key, id).parts().next_page().await {
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            _ => {}
        }
    }
}
