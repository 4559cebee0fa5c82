//! Copying objects of any size, inside OSS.

use tokio::task::JoinSet;
use tracing::Instrument;

use super::DEFAULT_CONCURRENCY;
use super::parts::Parts;
use super::upload::Pending;
use crate::error::failure::Failure;
use crate::request::awaited;
use crate::{
    Bucket, CompletedPart, Error, InitiateMultipartUploadRequest, ObjectMetadata, Receipt, Result,
    StorageClass,
};

/// Bytes up to which an object is copied in one request, unless set: 1 GiB, what OSS copies so whatever
/// changes.
pub const DEFAULT_COPY_THRESHOLD: u64 = 1 << 30;
/// Bytes of a part of a copy, unless set: nothing of it passes here, so it may be large.
const PART_SIZE: u64 = 64 << 20;

/// How objects of any size are copied into a bucket. Cloning is cheap.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
/// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
/// use jit_oss::Copier;
///
/// bucket.put_object("a.bin", vec![7; 1000]).await?;
/// let copied = Copier::new(&bucket).copy("a.bin", "b.bin").await?;
/// assert_eq!(copied.size, 1000);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Copier {
    bucket: Bucket,
    part_size: u64,
    concurrency: usize,
    threshold: u64,
}

impl Copier {
    /// Parts of 64 MiB, four at a time, for what is larger than 1 GiB.
    #[must_use]
    pub fn new(bucket: &Bucket) -> Self {
        Self {
            bucket: bucket.clone(),
            part_size: PART_SIZE,
            concurrency: DEFAULT_CONCURRENCY,
            threshold: DEFAULT_COPY_THRESHOLD,
        }
    }

    /// Sets the bytes of a part, 100 KB to 5 GB. Parts are larger where 10,000 of them would not suffice.
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

    /// Sets the bytes up to which an object is copied in one request.
    #[must_use]
    pub fn with_threshold(mut self, bytes: u64) -> Self {
        self.threshold = bytes;
        self
    }

    /// Copies an object, with its metadata and tags. Its ACL is not copied.
    pub fn copy(&self, source: impl Into<String>, key: impl Into<String>) -> Copy {
        Copy {
            how: self.clone(),
            from: self.bucket.clone(),
            source: source.into(),
            key: key.into(),
            storage_class: None,
            forbid_overwrite: false,
        }
    }
}

/// A copy; `.await` makes it. What of the source is replaced meanwhile is noticed: a copy is never a mix.
///
/// Dropped before it is done, it aborts its multipart upload in a task of the runtime it ran in.
#[derive(Debug)]
#[must_use = "a copy is not made until it is awaited"]
pub struct Copy {
    how: Copier,
    from: Bucket,
    source: String,
    key: String,
    storage_class: Option<StorageClass>,
    forbid_overwrite: bool,
}

/// What became of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Its size in bytes.
    pub size: u64,
    /// How many parts it was copied in; 1 when it was one request.
    pub parts: u32,
    /// The copy's entity tag, without quotes.
    pub etag: Option<String>,
    /// The copy's checksum, which is the source's.
    pub crc64: Option<u64>,
    /// The version that was written, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How the last request came about.
    pub receipt: Receipt,
}

awaited!(Copy => Copied);

impl Copy {
    /// Copies from this bucket of the same region.
    pub fn source_bucket(mut self, bucket: &Bucket) -> Self {
        self.from = bucket.clone();
        self
    }

    /// Sets the storage class; the bucket's unless set.
    pub fn storage_class(mut self, class: StorageClass) -> Self {
        self.storage_class = Some(class);
        self
    }

    /// Fails with [`Conflict`](crate::ErrorKind::Conflict) instead of replacing an object.
    pub fn forbid_overwrite(mut self) -> Self {
        self.forbid_overwrite = true;
        self
    }

    async fn send(self) -> Result<Copied> {
        let known = self.from.head_object(self.source.as_str()).await?;
        let mut copied = if known.size <= self.how.threshold {
            self.at_once(&known).await?
        } else if known.etag.is_none() && known.crc64.is_none() {
            let why = "the answer has neither an ETag nor a CRC-64, so the parts may be of different contents";
            return Err(self.error(Failure::Protocol(why.to_owned())));
        } else {
            self.in_parts(&known).await?
        };
        copied.size = known.size;
        if let (Some(theirs), Some(ours)) = (copied.crc64, known.crc64) {
            if ours != theirs {
                return Err(self.error(Failure::Inconsistent { ours, theirs }));
            }
            copied.receipt.crc_verified = true;
        }
        Ok(copied)
    }

    async fn at_once(&self, known: &ObjectMetadata) -> Result<Copied> {
        let mut copy = self.how.bucket.copy_object(self.source.as_str(), self.key.as_str());
        copy = copy.source_bucket(self.from.name().as_str());
        if let Some(etag) = &known.etag {
            copy = copy.if_source_match(etag);
        }
        if let Some(class) = self.storage_class {
            copy = copy.storage_class(class);
        }
        if self.forbid_overwrite {
            copy = copy.forbid_overwrite();
        }
        let done = copy.await?;
        Ok(Copied {
            parts: 1,
            etag: Some(done.etag),
            crc64: done.crc64,
            version_id: done.version_id,
            receipt: done.receipt,
            ..Copied::default()
        })
    }

    async fn in_parts(&self, known: &ObjectMetadata) -> Result<Copied> {
        let parts = Parts::of(known.size, self.how.part_size)
            .map_err(|why| self.error(Failure::Input(why)))?;
        let begun = self.initiate(known).await?.await?;
        let pending = Pending::new(&self.how.bucket, &self.key, &begun.upload_id);
        let done = match self.parts(pending.id(), known, parts).await {
            Ok(done) => done,
            Err(error) => {
                pending.abort().await;
                return Err(error);
            }
        };
        let bucket = &self.how.bucket;
        let mut complete = bucket.complete_multipart_upload(&self.key, pending.id(), done);
        if self.forbid_overwrite {
            complete = complete.forbid_overwrite();
        }
        if let Some(crc64) = known.crc64 {
            complete = complete.expect(known.size, crc64);
        }
        match complete.await {
            Ok(done) => {
                pending.keep();
                Ok(Copied {
                    parts: parts.count(),
                    etag: done.etag,
                    crc64: done.crc64,
                    version_id: done.version_id,
                    receipt: done.receipt,
                    ..Copied::default()
                })
            }
            Err(error) => {
                // It may be complete all the same; then there is nothing to abort.
                pending.abort().await;
                Err(error)
            }
        }
    }

    /// Begins an object that has the source's metadata and tags, which a copy in parts does not take along.
    async fn initiate(&self, known: &ObjectMetadata) -> Result<InitiateMultipartUploadRequest> {
        let mut begin = self.how.bucket.initiate_multipart_upload(self.key.as_str());
        if let Some(value) = &known.content_type {
            begin = begin.content_type(value);
        }
        if let Some(value) = &known.cache_control {
            begin = begin.cache_control(value);
        }
        if let Some(value) = &known.content_disposition {
            begin = begin.content_disposition(value);
        }
        if let Some(value) = &known.content_encoding {
            begin = begin.content_encoding(value);
        }
        if let Some(value) = &known.content_language {
            begin = begin.content_language(value);
        }
        if let Some(moment) = known.expires.as_deref().and_then(crate::Timestamp::parse_http_date) {
            begin = begin.expires(moment);
        }
        for (name, value) in &known.user_metadata {
            begin = begin.metadata(name, value);
        }
        if known.tag_count.is_some_and(|count| count > 0) {
            let mut tags = self.from.get_object_tagging(self.source.as_str());
            if let Some(version) = &known.version_id {
                tags = tags.version(version);
            }
            for (name, value) in tags.await?.tags {
                begin = begin.tag(name, value);
            }
        }
        if let Some(class) = self.storage_class {
            begin = begin.storage_class(class);
        }
        Ok(begin)
    }

    async fn parts(
        &self,
        upload_id: &str,
        known: &ObjectMetadata,
        parts: Parts,
    ) -> Result<Vec<CompletedPart>> {
        // Dropping it ends the parts that are under way.
        let mut running = JoinSet::new();
        let mut waiting = parts.iter();
        let mut done = Vec::new();
        loop {
            while running.len() < self.how.concurrency
                && let Some(part) = waiting.next()
            {
                let (source, key) = (self.source.as_str(), self.key.as_str());
                let bucket = &self.how.bucket;
                let mut copy = bucket.upload_part_copy(source, key, upload_id, part.number);
                copy = copy.source_bucket(self.from.name().as_str());
                copy = copy.source_range(part.offset..=part.offset + part.length - 1);
                if let Some(etag) = &known.etag {
                    copy = copy.if_source_match(etag);
                }
                running.spawn(copy.into_future().in_current_span());
            }
            match running.join_next().await {
                Some(Ok(outcome)) => done.push(outcome?.completed()),
                // Nobody aborts it but the runtime, at its end.
                Some(Err(_)) => return Err(self.error(Failure::Cancelled)),
                None => return Ok(done),
            }
        }
    }

    fn error(&self, failure: Failure) -> Error {
        Error::new(self.how.bucket.place().subject("Copy", &self.key), failure)
    }
}
