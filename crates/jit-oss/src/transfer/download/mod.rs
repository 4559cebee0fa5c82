//! Reading objects of any size into files.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::progress::Report;
use super::{Cancellation, DEFAULT_CONCURRENCY, DEFAULT_PART_SIZE, Progress};
use crate::request::headers::headers;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, ObjectMetadata};

mod part;
mod run;
mod target;

/// How objects of any size are read from a bucket. Cloning is cheap.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
/// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("video.mp4");
/// bucket.put_object("video.mp4", "moving").await?;
/// use jit_oss::Downloader;
///
/// let video = Downloader::new(&bucket)
///     .with_concurrency(8)
///     .download("video.mp4", &path)
///     .checkpoint(path.with_extension("download"))
///     .await?;
/// assert!(video.metadata.receipt.crc_verified);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Downloader {
    bucket: Bucket,
    part_size: u64,
    concurrency: usize,
}

impl Downloader {
    /// Parts of 8 MiB, four at a time.
    #[must_use]
    pub fn new(bucket: &Bucket) -> Self {
        Self {
            bucket: bucket.clone(),
            part_size: DEFAULT_PART_SIZE,
            concurrency: DEFAULT_CONCURRENCY,
        }
    }

    /// Sets the bytes of a part: at least 100 KB, at most 5 GB; outside, the nearest of these.
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

    /// Reads an object into the file `path`, which may exist and is then replaced.
    pub fn download(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> Download {
        Download {
            how: self.clone(),
            request: Unsigned::new("Download", http::Method::GET, key.into()),
            path: path.into(),
            report: None,
            cancellation: None,
            checkpoint: None,
        }
    }
}

/// A download; `.await` does it.
///
/// The content is written into a file beside `path` that becomes `path` when it is whole and its CRC-64 is
/// the one OSS has; until then, what was at `path` stays. Every part is asked for on condition that the
/// object is still the same. Dropped, or failed, the file beside is removed, unless there is a checkpoint.
///
/// The object is known by its entity tag and its CRC-64. Where a proxy leaves one of them out, the other does;
/// where it leaves out both, the content comes in one answer, from the start each time, without a checkpoint.
///
/// A checksum that is wrong in the end is a reason to fetch everything once more, and then an error.
#[must_use = "a download does nothing until it is awaited"]
pub struct Download {
    how: Downloader,
    /// The object's name and version.
    request: Unsigned,
    path: PathBuf,
    report: Option<Report>,
    cancellation: Option<Cancellation>,
    checkpoint: Option<PathBuf>,
}

awaited!(Download => Downloaded);
headers! {
    Download: version, traffic_limit;
}

impl Download {
    /// Calls `report` with each step. It is called by those who receive, one at a time, so it should be
    /// quick.
    pub fn progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.report = Some(Arc::new(report));
        self
    }

    /// Ends with [`Cancelled`](crate::ErrorKind::Cancelled) when this is cancelled; what was downloaded and
    /// the checkpoint are removed.
    pub fn cancellation(mut self, cancellation: &Cancellation) -> Self {
        self.cancellation = Some(cancellation.clone());
        self
    }

    /// Remembers here which parts have come, and goes on with a download that was remembered. The checkpoint
    /// is removed when the download is done.
    ///
    /// What is there is compared by CRC-64 with what had come. Where the object is not the same any more,
    /// by its entity tag, everything is fetched anew.
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(path.into());
        self
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("key", &self.request.key)
            .field("path", &self.path)
            .field("checkpoint", &self.checkpoint)
            .finish_non_exhaustive()
    }
}

/// What a download brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// What is known of the object. The receipt's `bytes` are those of the whole object.
    pub metadata: ObjectMetadata,
    /// Parts that it came in.
    pub parts: u32,
    /// Bytes that an earlier run had received.
    pub resumed: u64,
}
