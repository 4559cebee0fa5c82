//! What comes piece by piece: lists, and the contents of objects.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::{ListEntry, ListPages, ListedFile, ObjectBody};

/// The pages of a list, as OSS gives them.
pub(super) struct OssPages {
    pub(super) subject: Subject,
    pub(super) prefix: String,
    pub(super) listing: jit_oss::Listing<jit_oss::ListEntry>,
}

impl fmt::Debug for OssPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssPages").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[async_trait]
impl ListPages for OssPages {
    async fn page(&mut self) -> Result<Option<Vec<ListEntry>>> {
        let page = self.listing.next_page().await;
        let page =
            page.map_err(|error| Error::from_oss(error, &self.subject, "list", &self.prefix))?;
        Ok(page.map(|page| page.items.into_iter().map(ListEntry::from).collect()))
    }
}

impl From<jit_oss::ListEntry> for ListEntry {
    fn from(entry: jit_oss::ListEntry) -> Self {
        match entry {
            jit_oss::ListEntry::Prefix(prefix) => Self::Prefix(prefix),
            jit_oss::ListEntry::Object(object) => {
                let mut file = ListedFile::new(object.key, object.size);
                file.etag = object.etag;
                file.last_modified = object.last_modified.map(Into::into);
                file.storage_class = object.storage_class;
                Self::File(file)
            }
        }
    }
}

/// The contents of an object, asked for when they are first read, and only as they were then.
pub(super) struct OssBody {
    pub(super) subject: Subject,
    pub(super) bucket: jit_oss::Bucket,
    pub(super) name: String,
    /// What was known of it.
    pub(super) head: jit_oss::ObjectMetadata,
    pub(super) open: Option<jit_oss::ObjectBody>,
}

impl fmt::Debug for OssBody {
    /// Without the bucket's client, which shows the access key's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssBody").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OssBody {
    async fn open(&mut self) -> Result<jit_oss::ObjectBody> {
        let mut request = self.bucket.get_object(self.name.as_str());
        if let Some(etag) = &self.head.etag {
            request = request.if_match(etag);
        }
        let object = request.await.map_err(|error| self.told(error))?;
        let now = object.metadata;
        // A proxy may leave the ETag out; then what else is told has to be the same.
        let is_same = self.head.etag.is_some()
            || (now.size, now.crc64, now.last_modified)
                == (self.head.size, self.head.crc64, self.head.last_modified);
        if is_same {
            return Ok(object.body);
        }
        let (kind, detail) = (ErrorKind::Conflict, "the file was replaced since it was asked for");
        Err(Error::new(kind, &self.subject, "getObject", &self.name, detail)
            .with_help("ask for it again"))
    }

    fn told(&self, error: jit_oss::Error) -> Error {
        Error::from_oss(error, &self.subject, "getObject", &self.name)
    }
}

#[async_trait]
impl ObjectBody for OssBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        if self.open.is_none() {
            self.open = Some(self.open().await?);
        }
        let Some(body) = &mut self.open else { return Ok(None) };
        let next = body.chunk().await;
        next.map_err(|error| self.told(error))
    }
}
