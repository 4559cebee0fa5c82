//! What storages give back: files, and what became of uploads.

use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use jit_meta::FullName;
use jit_oss::escape;

use crate::{Result, SignMethod};

/// The result of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// Where the file is served, percent-encoded and unsigned: whether it opens is up to the storage's
    /// access rules.
    pub url: String,
    /// The storage's tag of this content, unquoted.
    pub etag: Option<String>,
    /// The CRC-64/XZ that was sent and that the storage confirmed.
    pub crc64: Option<u64>,
    /// The storage's id of the request.
    pub request_id: Option<String>,
}

impl Uploaded {
    /// An upload that is served at `url`.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self { url, etag: None, crc64: None, request_id: None }
    }
}

/// A URL that is itself a permission. `Debug` hides what makes it one.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(String);

impl SignedUrl {
    /// Wraps a signed URL.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.0.split('?').next().unwrap_or_default();
        write!(f, "SignedUrl({base}?..)")
    }
}

/// How a client uploads a file without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadUrl {
    /// The method to use.
    pub method: SignMethod,
    /// Where to, which is itself a permission.
    pub url: SignedUrl,
    /// The headers that have to be sent exactly so.
    pub headers: Vec<(String, String)>,
    /// Until when it works.
    pub expires_at: SystemTime,
}

/// Where JitAi's storage service serves a file of any storage, relative to the app's endpoint.
pub(crate) fn preview_url(element: &FullName, name: &str) -> String {
    let (name, storage) = (escape::query(name), escape::query(element.as_str()));
    format!("storages/services/StorageSvc/preview?file={name}&storage={storage}")
}

/// What a storage knows of a file, and the way to its contents.
#[derive(Debug)]
#[non_exhaustive]
pub struct StoredObject {
    /// The name it is stored under.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// The storage's tag of its content, unquoted.
    pub etag: Option<String>,
    /// The MIME type it is served as.
    pub content_type: Option<String>,
    /// When it was last written, to the second.
    pub last_modified: Option<SystemTime>,
    /// The storage class, `Standard`.
    pub storage_class: Option<String>,
    /// The CRC-64/XZ of its content.
    pub crc64: Option<u64>,
    /// The metadata its writer gave it, names in lower case.
    pub metadata: Vec<(String, String)>,
    /// Its version, where the storage keeps versions.
    pub version_id: Option<String>,
    body: Box<dyn ObjectBody>,
}

impl StoredObject {
    /// A file of which nothing else is known yet.
    #[must_use]
    pub fn new(name: &str, size: u64, body: Box<dyn ObjectBody>) -> Self {
        Self {
            name: name.to_owned(),
            size,
            etag: None,
            content_type: None,
            last_modified: None,
            storage_class: None,
            crc64: None,
            metadata: Vec::new(),
            version_id: None,
            body,
        }
    }

    /// The next piece of its contents; `None` at the end. Nothing is read before the first call.
    ///
    /// # Errors
    ///
    /// As the storage answers; [`Conflict`](crate::ErrorKind::Conflict) when the file was replaced since
    /// this object was asked for.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.body.chunk().await
    }

    /// The whole of its contents.
    ///
    /// # Errors
    ///
    /// As [`chunk`](Self::chunk).
    pub async fn read(mut self) -> Result<Bytes> {
        /// What is reserved on the word of a peer, at most.
        const MOST: u64 = 64 * 1024 * 1024;
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        if first.len() as u64 == self.size {
            // Everything came in one piece: no copy. The end still has to be seen, for the checksum.
            return match self.chunk().await? {
                None => Ok(first),
                Some(more) => self.read_on(BytesMut::from(first), more).await,
            };
        }
        let capacity = usize::try_from(self.size.min(MOST)).unwrap_or_default();
        self.read_on(BytesMut::with_capacity(capacity), first).await
    }

    async fn read_on(&mut self, mut all: BytesMut, next: Bytes) -> Result<Bytes> {
        all.extend_from_slice(&next);
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

/// The contents of a [`StoredObject`], read as they are asked for.
#[async_trait]
pub trait ObjectBody: fmt::Debug + Send + 'static {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    ///
    /// As the storage answers.
    async fn chunk(&mut self) -> Result<Option<Bytes>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_what_makes_a_url_a_permission() {
        let url = SignedUrl::new("https://b.oss/k?x-oss-signature=hush".to_owned());
        assert_eq!(format!("{url:?}"), "SignedUrl(https://b.oss/k?..)");
    }
}
