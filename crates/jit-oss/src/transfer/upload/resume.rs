//! Going on with an upload that another process began.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::super::checkpoint::{Checkpoint, blocking};
use super::pending::Pending;
use crate::crc64::Crc64;
use crate::error::failure::Failure;
use crate::payload::told;
use crate::request::Unsigned;
use crate::{Bucket, Error, ErrorKind, Result};

/// What a file is known by.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct FileState {
    pub(super) size: u64,
    /// Nanoseconds from the epoch to the last change, where the system knows it.
    modified: Option<u64>,
}

impl FileState {
    pub(super) async fn of(path: &Path) -> std::result::Result<Self, Failure> {
        let path = path.to_owned();
        let state = blocking(move || {
            let failed = |why: String| format!("cannot open `{}`: {why}", path.display());
            let metadata = fs::metadata(&path).map_err(|error| failed(told(&error)))?;
            if !metadata.is_file() {
                return Err(failed("it is no file".to_owned()));
            }
            let modified = metadata.modified().ok();
            let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            let modified = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
            Ok(Self { size: metadata.len(), modified })
        });
        state.await.map_err(Failure::Io)
    }
}

/// What a checkpoint remembers of an upload. Which parts are there, OSS knows.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Begun {
    endpoint: String,
    bucket: String,
    key: String,
    /// A checksum of what the object is to be served with.
    options: u64,
    file: FileState,
    part_size: u64,
    upload_id: String,
}

/// A part that OSS has.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) crc64: u64,
}

/// An upload that is under way.
pub(super) struct Ongoing {
    pub(super) pending: Pending,
    pub(super) checkpoint: Checkpoint,
    pub(super) part_size: u64,
    pub(super) known: HashMap<u32, Known>,
}

impl Begun {
    pub(super) fn new(
        bucket: &Bucket,
        request: &Unsigned,
        file: FileState,
        part_size: u64,
        upload_id: &str,
    ) -> Self {
        let mut options = Crc64::new();
        for (name, value) in &request.headers {
            for text in [name.as_str().as_bytes(), value.as_bytes()] {
                options.update(&(text.len() as u64).to_le_bytes());
                options.update(text);
            }
        }
        Self {
            endpoint: bucket.client().config().endpoint().to_string(),
            bucket: bucket.name().as_str().to_owned(),
            key: request.key.clone(),
            options: options.value(),
            file,
            part_size,
            upload_id: upload_id.to_owned(),
        }
    }

    /// Goes on with what the checkpoint at `path` remembers, if that is this upload: `self` is what it
    /// would be. What is remembered of another one is aborted.
    pub(super) async fn resume(
        &self,
        bucket: &Bucket,
        path: &Path,
        fail: impl Fn(Failure) -> Error,
    ) -> Result<Option<Ongoing>> {
        let opened = Checkpoint::open::<Self>(path).await;
        let opened = opened.map_err(|why| fail(Failure::Io(why)))?;
        let Some((checkpoint, remembered)) = opened else { return Ok(None) };
        let Self { part_size, upload_id, .. } = &remembered.what;
        let (part_size, upload_id) = (*part_size, upload_id.clone());
        let same = Self { part_size, upload_id: upload_id.clone(), ..self.clone() };
        let there = &remembered.what;
        if *there != same {
            if (&there.endpoint, &there.bucket) == (&self.endpoint, &self.bucket) {
                Pending::new(bucket, &there.key, &upload_id).abort().await;
            }
            return Ok(None);
        }
        let mut known = HashMap::new();
        let mut parts = bucket.list_parts(self.key.as_str(), upload_id.as_str()).parts();
        loop {
            match parts.next().await {
                Ok(Some(part)) => {
                    if let Some(crc64) = part.crc64 {
                        known
                            .insert(part.number, Known { size: part.size, etag: part.etag, crc64 });
                    }
                }
                Ok(None) => break,
                // Somebody aborted it, or it was completed in the last moment.
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let mut pending = Pending::new(bucket, &self.key, &upload_id);
        pending.disarm();
        Ok(Some(Ongoing { pending, checkpoint, part_size, known }))
    }
}
