//! Objects in memory, gone with the process.

use std::sync::Arc;

use bytes::Bytes;

use super::index::{Entry, Index};
use super::{Content, Hashes, Metadata, Put, StoreError, Stored};

#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(super) index: Index<Arc<Object>>,
}

#[derive(Debug)]
pub(crate) struct Object {
    metadata: Metadata,
    chunks: Vec<Bytes>,
}

impl From<&Arc<Object>> for Entry {
    fn from(object: &Arc<Object>) -> Self {
        (&object.metadata).into()
    }
}

impl Memory {
    pub(super) fn create_bucket(&self, name: &str, created: i64) -> bool {
        self.index.create_bucket(name, created, || Ok(())).unwrap_or_default()
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> Result<Option<Stored>, StoreError> {
        Ok(self.index.get(bucket, key)?.map(|object| Stored {
            metadata: object.metadata.clone(),
            content: Content::Memory(object.chunks.clone()),
        }))
    }

    pub(super) fn commit(
        &self,
        chunks: Vec<Bytes>,
        hashes: Hashes,
        put: Put,
    ) -> Result<Metadata, StoreError> {
        let (bucket, forbid_overwrite) = (put.bucket.clone(), put.forbid_overwrite);
        let metadata = hashes.finish(put)?;
        let object = Arc::new(Object { metadata: metadata.clone(), chunks });
        self.index.insert(&bucket, &metadata.key, forbid_overwrite, || Ok(object))?;
        Ok(metadata)
    }
}
