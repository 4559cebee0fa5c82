//! What comes piece by piece: lists, and the contents of objects.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Error, Result, Subject};
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
    pub(super) etag: Option<String>,
    pub(super) open: Option<jit_oss::ObjectBody>,
}

impl fmt::Debug for OssBody {
    /// Without the bucket's client, which shows the access key's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssBody").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OssBody {
    async fn next(&mut self) -> jit_oss::Result<Option<Bytes>> {
        let body = match &mut self.open {
            Some(body) => body,
            None => {
                let mut request = self.bucket.get_object(self.name.as_str());
                if let Some(etag) = &self.etag {
                    request = request.if_match(etag);
                }
                self.open.insert(request.await?.body)
            }
        };
        body.chunk().await
    }
}

#[async_trait]
impl ObjectBody for OssBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let next = self.next().await;
        next.map_err(|error| Error::from_oss(error, &self.subject, "getObject", &self.name))
    }
}
