//! What exists, in the order of listings, and the changes that can be made to it.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::stat::Stat;
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
    pub(crate) stat: Stat,
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
                let version = Arc::make_mut(version);
                version.shrink();
                version.content.iter_mut().for_each(replace);
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

    /// Makes changes, and gives back the blobs that went out of use.
    pub(super) fn apply_all(&mut self, changes: Vec<Change>) -> Vec<Arc<Blob>> {
        let mut freed = Vec::new();
        changes.into_iter().for_each(|change| self.apply(change, &mut freed));
        freed
    }

    /// Makes a change, and adds the blobs that went out of use. One to what is not there is none.
    pub(super) fn apply(&mut self, change: Change, freed: &mut Vec<Arc<Blob>>) {
        let mut free = |old: &Version| freed.extend(old.content.iter().cloned());
        match change {
            Change::Bucket { name, properties } => {
                self.buckets.entry(name).or_default().properties = properties;
            }
            Change::DeleteBucket { name } => {
                self.buckets.remove(&name);
            }
            Change::Put { bucket, key, version } => {
                let Some(bucket) = self.buckets.get_mut(&bucket) else { return };
                // Most keys have one version, ever.
                let versions = bucket.objects.entry(key).or_insert_with(|| Vec::with_capacity(1));
                let had = has_object(versions);
                if let Some(at) = versions.iter().position(|old| old.id == version.id) {
                    let old = versions.remove(at);
                    bucket.stat.remove(&old);
                    free(&old);
                }
                bucket.stat.add(&version);
                versions.push(version);
                bucket.stat.key(had, has_object(versions));
            }
            Change::Update { bucket, key, version } => {
                let Some(bucket) = self.buckets.get_mut(&bucket) else { return };
                let Some(versions) = bucket.objects.get_mut(&key) else { return };
                let had = has_object(versions);
                if let Some(old) = versions.iter_mut().find(|old| old.id == version.id) {
                    bucket.stat.add(&version);
                    let replaced = mem::replace(old, version);
                    bucket.stat.remove(&replaced);
                    free(&replaced);
                }
                bucket.stat.key(had, has_object(versions));
            }
            Change::Remove { bucket, key, id } => {
                let bucket = self.buckets.get_mut(&bucket);
                if let Some(old) = bucket.and_then(|bucket| bucket.remove(&key, id)) {
                    free(&old);
                }
            }
            Change::Upload { bucket, key, id, upload } => {
                if let Some(bucket) = self.buckets.get_mut(&bucket) {
                    bucket.stat.parts += upload.parts.len() as u64;
                    if let Some(old) = bucket.uploads.insert((key, id), upload) {
                        bucket.stat.parts -= old.parts.len() as u64;
                        freed.extend(old.parts.into_values().filter_map(|part| part.content));
                    }
                }
            }
            Change::Part { bucket, key, id, number, part } => {
                let Some(bucket) = self.buckets.get_mut(&bucket) else { return };
                if let Some(upload) = bucket.uploads.get_mut(&(key, id)) {
                    let old = upload.parts.insert(number, part);
                    bucket.stat.parts += u64::from(old.is_none());
                    freed.extend(old.and_then(|old| old.content));
                }
            }
            Change::EndUpload { bucket, key, id } => {
                let Some(bucket) = self.buckets.get_mut(&bucket) else { return };
                if let Some(upload) = bucket.uploads.remove(&(key, id)) {
                    bucket.stat.parts -= upload.parts.len() as u64;
                    freed.extend(upload.parts.into_values().filter_map(|part| part.content));
                }
            }
        }
    }

    /// Takes out what refers to a blob that is lost, and tells what it was.
    pub(super) fn take_out(&mut self, is_lost: impl Fn(&Arc<Blob>) -> bool) -> Vec<String> {
        let mut told = Vec::new();
        for (name, bucket) in &mut self.buckets {
            let mut lost = Vec::new();
            for (key, versions) in &bucket.objects {
                let broken = versions.iter().filter(|version| version.content.iter().any(&is_lost));
                lost.extend(broken.map(|version| (key.clone(), version.id)));
            }
            for (key, id) in lost {
                told.push(format!("{key:?} of the bucket {name}"));
                bucket.remove(&key, id);
            }
            for ((key, _), upload) in &mut bucket.uploads {
                let before = upload.parts.len() as u64;
                upload.parts.retain(|number, part| {
                    let is_lost = part.content.as_ref().is_some_and(&is_lost);
                    if is_lost {
                        told.push(format!(
                            "part {number} of an upload of {key:?} of the bucket {name}"
                        ));
                    }
                    !is_lost
                });
                bucket.stat.parts -= before - upload.parts.len() as u64;
            }
        }
        told
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

/// Whether a key with these versions has an object now.
fn has_object(versions: &[Arc<Version>]) -> bool {
    versions.last().is_some_and(|newest| !newest.is_marker())
}

impl Bucket {
    fn remove(&mut self, key: &str, id: VersionId) -> Option<Arc<Version>> {
        let versions = self.objects.get_mut(key)?;
        let had = has_object(versions);
        let at = versions.iter().position(|old| old.id == id)?;
        let old = versions.remove(at);
        self.stat.remove(&old);
        self.stat.key(had, has_object(versions));
        if versions.is_empty() {
            self.objects.remove(key);
        }
        Some(old)
    }

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

#[cfg(test)]
mod tests {
    use super::super::version::{Attributes, StorageClass};
    use super::*;
    use crate::digest::Etag;

    fn counted(bucket: &Bucket) -> Stat {
        let mut stat = Stat::default();
        bucket.objects.values().flatten().for_each(|version| stat.add(version));
        bucket.objects.values().for_each(|versions| stat.key(false, has_object(versions)));
        stat.parts = bucket.uploads.values().map(|upload| upload.parts.len() as u64).sum();
        stat
    }

    #[test]
    fn what_is_kept_is_what_counting_finds() {
        let mut random = fastrand::Rng::with_seed(6);
        let (mut index, name) = (Index::default(), || "b-1".to_owned());
        let made = Change::Bucket { name: name(), properties: Properties::default() };
        index.apply_all(vec![made]);
        let ids: Vec<VersionId> =
            [VersionId::NULL].into_iter().chain((1..4).map(VersionId::new)).collect();
        for _ in 0..5000 {
            let (bucket, key) = (name(), random.u32(0..5).to_string());
            let id = ids[random.usize(0..ids.len())];
            let mut version = Version::delete_marker(id, 0);
            if random.u8(0..4) > 0 {
                version.kind = super::super::version::Kind::Normal;
                version.size = random.u64(0..100);
                let classes = [StorageClass::Standard, StorageClass::Archive];
                version.attributes.storage_class = classes[random.usize(0..2)];
            }
            let version = Arc::new(version);
            let upload_id = random.u32(0..3).to_string();
            let part =
                Part { modified: 0, size: 1, etag: Etag::of_state(&[]), crc64: 0, content: None };
            let attributes = Attributes::default();
            let upload = Upload { initiated: 0, attributes, parts: BTreeMap::default() };
            index.apply_all(vec![match random.u8(0..9) {
                0..=2 => Change::Put { bucket, key, version },
                3 => Change::Update { bucket, key, version },
                4 | 5 => Change::Remove { bucket, key, id },
                6 => Change::Upload { bucket, key, id: upload_id, upload },
                7 => {
                    let number = random.u32(1..4);
                    Change::Part { bucket, key, id: upload_id, number, part }
                }
                _ => Change::EndUpload { bucket, key, id: upload_id },
            }]);
            let bucket = index.bucket(&name()).unwrap();
            assert_eq!(bucket.stat, counted(bucket));
        }
    }
}
