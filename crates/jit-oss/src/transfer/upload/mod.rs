//! Writing objects of any size.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::progress::Report;
use super::{Cancellation, DEFAULT_CONCURRENCY, DEFAULT_PART_SIZE, DEFAULT_THRESHOLD, Progress};
use crate::request::headers::headers;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, Payload};

mod feed;
mod pending;
mod resume;
mod run;

pub(super) use pending::Pending;

/// How objects of any size are written into a bucket. Cloning is cheap.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
/// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("video.mp4");
/// # std::fs::write(&path, "moving")?;
/// use jit_oss::{Payload, Uploader};
///
/// let uploader = Uploader::new(&bucket).with_concurrency(8);
/// let video = uploader
///     .upload("video.mp4", Payload::file(&path))
///     .content_type("video/mp4")
///     .progress(|progress| println!("{} of {:?}", progress.bytes, progress.total))
///     .checkpoint(path.with_extension("upload"))
///     .await?;
/// assert!(video.crc64.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Uploader {
    bucket: Bucket,
    part_size: u64,
    concurrency: usize,
    threshold: u64,
}

impl Uploader {
    /// Parts of 8 MiB, four at a time, for what is larger than 16 MiB.
    #[must_use]
    pub fn new(bucket: &Bucket) -> Self {
        Self {
            bucket: bucket.clone(),
            part_size: DEFAULT_PART_SIZE,
            concurrency: DEFAULT_CONCURRENCY,
            threshold: DEFAULT_THRESHOLD,
        }
    }

    /// Sets the bytes of a part: at least 100 KB, at most 5 GB; outside, the nearest of these. Parts are
    /// larger where 10,000 of them would not suffice. Of a stream whose length is not known, their size is
    /// doubled after each thousand.
    #[must_use]
    pub fn with_part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes;
        self
    }

    /// Sets how many parts are under way at a time; 0 is the same as 1.
    #[must_use]
    pub fn with_concurrency(mut self, parts: usize) -> Self {
        self.concurrency = parts.max(1);
        self
    }

    /// Sets the bytes up to which an object goes in one request. A stream whose length is not known goes in
    /// one request when it ends within the first part.
    #[must_use]
    pub fn with_threshold(mut self, bytes: u64) -> Self {
        self.threshold = bytes;
        self
    }

    /// Writes an object. Files and bytes are sent as they are; of streams, a part at a time is kept, so that
    /// it can be sent again.
    pub fn upload(&self, key: impl Into<String>, body: impl Into<Payload>) -> Upload {
        Upload {
            how: self.clone(),
            request: Unsigned::new("Upload", http::Method::PUT, key.into()),
            body: body.into(),
            report: None,
            cancellation: None,
            checkpoint: None,
        }
    }
}

/// An upload; `.await` does it.
///
/// Dropped before it is done, it aborts its multipart upload in a task of the runtime it ran in, for up to
/// 30 seconds; with a checkpoint, it leaves both for the next run. What OSS acknowledged although the answer
/// to the very first request of a multipart upload was lost, an upload without parts, nobody can name: it
/// stays until the bucket's rules remove it.
#[must_use = "an upload does nothing until it is awaited"]
pub struct Upload {
    how: Uploader,
    /// What the object is served with, as headers, and its name.
    request: Unsigned,
    body: Payload,
    report: Option<Report>,
    cancellation: Option<Cancellation>,
    checkpoint: Option<PathBuf>,
}

awaited!(Upload => Uploaded);
headers! {
    Upload: content, storage, acl, tags, forbid_overwrite, traffic_limit;
}

impl Upload {
    /// Calls `report` with each step. It is called by those who send, one at a time, so it should be quick.
    pub fn progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.report = Some(Arc::new(report));
        self
    }

    /// Ends with [`Cancelled`](crate::ErrorKind::Cancelled) when this is cancelled, the multipart upload
    /// aborted and the checkpoint removed.
    pub fn cancellation(mut self, cancellation: &Cancellation) -> Self {
        self.cancellation = Some(cancellation.clone());
        self
    }

    /// Remembers the upload of a whole file here, and goes on with one that was remembered. The checkpoint
    /// is removed when the upload is done.
    ///
    /// Parts that OSS has already are compared with the file by CRC-64. Where the file's size or time of
    /// change, the object's name or what it is served with is another than at first, the old upload is
    /// aborted and a new one begun.
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(path.into());
        self
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("key", &self.request.key)
            .field("body", &self.body)
            .field("checkpoint", &self.checkpoint)
            .finish_non_exhaustive()
    }
}

/// What an upload made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The object's size in bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: Option<String>,
    /// The checksum of the object as OSS computed it.
    pub crc64: Option<u64>,
    /// The version that was written, in a bucket with versioning.
    pub version_id: Option<String>,
    /// Parts that it consists of; 0 when it went in one request.
    pub parts: u32,
    /// Bytes that an earlier run had sent.
    pub resumed: u64,
    /// How the last request came about; its `bytes` are those of the whole object.
    pub receipt: crate::Receipt,
}
