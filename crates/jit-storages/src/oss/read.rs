//! What comes piece by piece: lists, and the contents of objects.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::trace::called;
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
        let Self { subject, prefix, listing } = self;
        if listing.is_over() {
            return Ok(None);
        }
        let page = async {
            let page = listing.next_page().await;
            page.map_err(|error| Error::from_oss(error, subject, "list", prefix))
        };
        let page = called(subject, "list", prefix, page).await?;
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
        let Self { subject, bucket, name, head, .. } = self;
        let mut request = bucket.get_object(name.as_str());
        if let Some(etag) = &head.etag {
            request = request.if_match(etag);
        }
        let request = request.into_future();
        let sent = async {
            let sent = request.await;
            sent.map_err(|error| Error::from_oss(error, subject, "getObject", name))
        };
        let object = called(subject, "getObject", name, sent).await?;
        let now = object.metadata;
        // A proxy may leave the ETag out; then what else is told has to be the same.
        let is_same = head.etag.is_some()
            || (now.size, now.crc64, now.last_modified)
                == (head.size, head.crc64, head.last_modified);
        if is_same {
            return Ok(object.body);
        }
        let (kind, detail) = (ErrorKind::Conflict, "the file was replaced since it was asked for");
        Err(Error::new(kind, subject, "getObject", name, detail).with_help("ask for it again"))
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
        next.map_err(|error| Error::from_oss(error, &self.subject, "getObject", &self.name))
    }
}
