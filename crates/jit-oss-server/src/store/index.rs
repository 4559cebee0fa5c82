//! What exists, in the order of listings, and the changes that can be made to it.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::version::{Part, Properties, Upload, Version, VersionId, Versioning};
use crate::error::OssError;

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(super) buckets: BTreeMap<String, Bucket>,
}

/// A bucket and what is in it.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) properties: Properties,
    /// The versions of each key, the newest last; never none.
    pub(crate) objects: BTreeMap<String, Vec<Arc<Version>>>,
    /// By key and then by id, which is by time.
    pub(crate) uploads: BTreeMap<(String, String), Upload>,
}

/// One step from a state to the next. The journal is a list of these.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    /// Makes a bucket, or changes what is known of it.
    Bucket {
        name: String,
        properties: Properties,
    },
    DeleteBucket {
        name: String,
    },
    /// Makes a version the newest, in place of the one with its id.
    Put {
        bucket: String,
        key: String,
        version: Arc<Version>,
    },
    /// Changes what is known of a version.
    Update {
        bucket: String,
        key: String,
        version: Arc<Version>,
    },
    Remove {
        bucket: String,
        key: String,
        id: VersionId,
    },
    /// Begins an upload.
    Upload {
        bucket: String,
        key: String,
        id: String,
        upload: Upload,
    },
    Part {
        bucket: String,
        key: String,
        id: String,
        number: u32,
        part: Part,
    },
    /// Ends an upload, completed or not.
    EndUpload {
        bucket: String,
        key: String,
        id: String,
    },
}

impl Change {
    /// All blobs it refers to, to be replaced by what they are in this store.
    pub(super) fn for_each_blob(&mut self, replace: impl FnMut(&mut Arc<Blob>)) {
        match self {
            Self::Put { version, .. } | Self::Update { version, .. } => {
                // Just read from the journal, so that nobody shares it.
                Arc::make_mut(version).content.iter_mut().for_each(replace);
            }
            Self::Part { part, .. } => part.content.iter_mut().for_each(replace),
            Self::Upload { upload, .. } => {
                upload
                    .parts
                    .values_mut()
                    .filter_map(|part| part.content.as_mut())
                    .for_each(replace);
            }
            Self::Bucket { .. }
            | Self::DeleteBucket { .. }
            | Self::Remove { .. }
            | Self::EndUpload { .. } => {}
        }
    }
}

impl Index {
    pub(crate) fn bucket(&self, name: &str) -> Result<&Bucket, OssError> {
        self.buckets.get(name).ok_or_else(|| OssError::no_such_bucket(name))
    }

    /// All buckets by name.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (&String, &Bucket)> {
        self.buckets.iter()
    }

    /// Makes a change, and gives back the blobs that went out of use. One to what is not there is none.
    pub(super) fn apply(&mut self, change: Change) -> Vec<Arc<Blob>> {
        let mut freed = Vec::new();
        let mut free = |old: &Version| freed.extend(old.content.iter().cloned());
        match change {
            Change::Bucket { name, properties } => {
                self.buckets.entry(name).or_default().properties = properties;
            }
            Change::DeleteBucket { name } => {
                self.buckets.remove(&name);
            }
            Change::Put { bucket, key, version } => {
                let Some(bucket) = self.buckets.get_mut(&bucket) else { return freed };
                let versions = bucket.objects.entry(key).or_default();
                if let Some(at) = versions.iter().position(|old| old.id == version.id) {
                    free(&versions.remove(at));
                }
                versions.push(version);
            }
            Change::Update { bucket, key, version } => {
                let versions = self.buckets.get_mut(&bucket).and_then(|b| b.objects.get_mut(&key));
                let old = versions.and_then(|v| v.iter_mut().find(|old| old.id == version.id));
                if let Some(old) = old {
                    let replaced = mem::replace(old, version);
                    free(&replaced);
                }
            }
            Change::Remove { bucket, key, id } => {
                let Some(bucket) = self.buckets.get_mut(&bucket) else { return freed };
                let Some(versions) = bucket.objects.get_mut(&key) else { return freed };
                if let Some(at) = versions.iter().position(|old| old.id == id) {
                    free(&versions.remove(at));
                }
                if versions.is_empty() {
                    bucket.objects.remove(&key);
                }
            }
            Change::Upload { bucket, key, id, upload } => {
                if let Some(bucket) = self.buckets.get_mut(&bucket) {
                    bucket.uploads.insert((key, id), upload);
                }
            }
            Change::Part { bucket, key, id, number, part } => {
                let bucket = self.buckets.get_mut(&bucket);
                if let Some(upload) = bucket.and_then(|b| b.uploads.get_mut(&(key, id))) {
                    let old = upload.parts.insert(number, part);
                    freed.extend(old.and_then(|old| old.content));
                }
            }
            Change::EndUpload { bucket, key, id } => {
                let bucket = self.buckets.get_mut(&bucket);
                if let Some(upload) = bucket.and_then(|b| b.uploads.remove(&(key, id))) {
                    freed.extend(upload.parts.into_values().filter_map(|part| part.content));
                }
            }
        }
        freed
    }

    /// The changes that make this state of nothing.
    pub(super) fn changes(&self) -> impl Iterator<Item = Change> {
        self.buckets.iter().flat_map(|(name, bucket)| {
            let made = Change::Bucket { name: name.clone(), properties: bucket.properties.clone() };
            let versions = bucket.objects.iter().flat_map(move |(key, versions)| {
                versions.iter().map(move |version| Change::Put {
                    bucket: name.clone(),
                    key: key.clone(),
                    version: Arc::clone(version),
                })
            });
            let uploads = bucket.uploads.iter().map(move |((key, id), upload)| Change::Upload {
                bucket: name.clone(),
                key: key.clone(),
                id: id.clone(),
                upload: upload.clone(),
            });
            std::iter::once(made).chain(versions).chain(uploads)
        })
    }

    /// How many changes [`changes`](Self::changes) has.
    pub(super) fn size(&self) -> usize {
        let of = |bucket: &Bucket| {
            1 + bucket.uploads.len() + bucket.objects.values().map(Vec::len).sum::<usize>()
        };
        self.buckets.values().map(of).sum()
    }
}

impl Bucket {
    /// The newest version of a key, which may be a delete marker.
    pub(crate) fn newest(&self, key: &str) -> Option<&Arc<Version>> {
        self.objects.get(key)?.last()
    }

    /// The object of a key, if there is one now.
    pub(crate) fn current(&self, key: &str) -> Option<&Arc<Version>> {
        self.newest(key).filter(|version| !version.is_marker())
    }

    pub(crate) fn version(&self, key: &str, id: VersionId) -> Option<&Arc<Version>> {
        self.objects.get(key)?.iter().find(|version| version.id == id)
    }

    pub(crate) fn upload(&self, key: &str, id: &str) -> Result<&Upload, OssError> {
        let upload = self.uploads.get(&(key.to_owned(), id.to_owned()));
        upload.ok_or_else(|| OssError::no_such_upload(id))
    }

    /// The id of a version that is written now.
    pub(crate) fn new_version_id(&self, now: i64) -> VersionId {
        match self.properties.versioning {
            Versioning::Enabled => VersionId::new(now),
            Versioning::Never | Versioning::Suspended => VersionId::NULL,
        }
    }

    pub(crate) fn is_versioned(&self) -> bool {
        self.properties.versioning != Versioning::Never
    }

    /// Refuses to write over an object when the writer wants a new one. With versioning nothing is lost,
    /// and so the wish has no effect.
    pub(crate) fn check_overwrite(&self, key: &str, forbidden: bool) -> Result<(), OssError> {
        if forbidden && !self.is_versioned() && self.current(key).is_some() {
            return Err(OssError::file_already_exists(key));
        }
        Ok(())
    }
}
