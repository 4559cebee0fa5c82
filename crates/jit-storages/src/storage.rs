//! What every storage offers to Rust callers.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use jit_meta::FullName;
use jit_oss::escape;

use crate::Result;

/// A place for files, each under a name.
///
/// Methods carry JitAi's names in snake case. Names are opaque: nothing is normalised or stripped.
/// Errors name the storage's Type, the element, the function and the object, and never a secret.
///
/// ```no_run
/// // no_run: needs an app folder; the quickstart app runs the same.
/// # async fn run(storage: &dyn jit_storages::Storage) -> jit_storages::Result<()> {
/// let uploaded = storage
///     .upload_by_file("folder/example.txt", "hello".into(), "text/plain".into())
///     .await?;
/// println!("Upload successful, URL: {}", uploaded.url);
/// let data = storage.download("folder/example.txt").await?;
/// storage.delete("folder/example.txt").await?;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Storage: fmt::Debug + Send + Sync + 'static {
    /// What this storage can do beyond keeping files. Constant for an instance; no I/O.
    fn capability(&self) -> Capability;

    /// Stores `data` under `name`, replacing what was there. Returns where it is served.
    ///
    /// # Errors
    ///
    /// [`InvalidName`](crate::ErrorKind::InvalidName) before anything is sent; otherwise as the storage
    /// answers.
    #[doc(alias = "uploadByFile")]
    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded>;

    /// A URL that grants access to one file for a while, to whoever has it. Nothing is sent, and the file
    /// need not exist.
    ///
    /// To read ([`SignMethod::Get`]), any browser opens it without a header and is served `content_type`.
    /// To write ([`SignMethod::Put`]), a client sends the data with exactly that `Content-Type`.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the [`capability`](Self::capability) does not
    /// declare it; [`InvalidName`](crate::ErrorKind::InvalidName), or
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a life the storage does not allow.
    #[doc(alias = "getSignUrl")]
    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl>;

    /// The whole file, verified by its checksum where the storage keeps one.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when it is not there.
    async fn download(&self, name: &str) -> Result<Bytes>;

    /// What the storage knows of a file, with its contents to be read only if asked for.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when it is not there.
    #[doc(alias = "getObject")]
    async fn get_object(&self, name: &str) -> Result<StoredObject>;

    /// Deletes a file. That it was not there is no error.
    ///
    /// # Errors
    ///
    /// As the storage answers.
    async fn delete(&self, name: &str) -> Result<()>;
}

/// What a storage can do beyond keeping files: declared, so that nobody has to find out by calling and
/// failing. What is not declared answers [`Unsupported`](crate::ErrorKind::Unsupported), or is absent from
/// results.
///
/// ```
/// use jit_storages::Capability;
///
/// const MINE: Capability = Capability::NONE.with_checksum();
/// assert!(MINE.checksum && !MINE.sign_get);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Capability {
    /// Signs URLs to read a file: `getSignUrl` with [`SignMethod::Get`].
    pub sign_get: bool,
    /// Signs URLs to write a file: `getSignUrl` with [`SignMethod::Put`].
    pub sign_put: bool,
    /// Keeps an `ETag` and a CRC-64 of every file, and tells them.
    pub checksum: bool,
    /// Keeps the MIME type that a file was uploaded with. Otherwise it is told by the name's extension.
    pub content_type: bool,
}

impl Capability {
    /// Nothing beyond keeping files.
    pub const NONE: Self =
        Self { sign_get: false, sign_put: false, checksum: false, content_type: false };

    /// Declares URLs to read.
    #[must_use]
    pub const fn with_sign_get(mut self) -> Self {
        self.sign_get = true;
        self
    }

    /// Declares URLs to write.
    #[must_use]
    pub const fn with_sign_put(mut self) -> Self {
        self.sign_put = true;
        self
    }

    /// Declares checksums.
    #[must_use]
    pub const fn with_checksum(mut self) -> Self {
        self.checksum = true;
        self
    }

    /// Declares kept MIME types.
    #[must_use]
    pub const fn with_content_type(mut self) -> Self {
        self.content_type = true;
        self
    }

    /// Whether URLs for this can be signed.
    #[must_use]
    pub const fn signs(&self, method: SignMethod) -> bool {
        match method {
            SignMethod::Get => self.sign_get,
            SignMethod::Put => self.sign_put,
        }
    }
}

/// How a file is uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// The MIME type it will be served as, where the storage keeps it ([`Capability::content_type`]);
    /// `application/octet-stream` unless given.
    pub content_type: String,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self { content_type: "application/octet-stream".to_owned() }
    }
}

impl From<&str> for UploadOptions {
    /// A MIME type, everything else as by default.
    fn from(content_type: &str) -> Self {
        Self { content_type: content_type.to_owned() }
    }
}

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

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignMethod {
    /// To read the file.
    #[default]
    Get,
    /// To write it.
    Put,
}

/// How a URL is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignOptions {
    /// How long it lives; 300 seconds unless given.
    pub expires: Duration,
    /// What it allows; to read, unless given.
    pub method: SignMethod,
}

impl Default for SignOptions {
    fn default() -> Self {
        Self { expires: Duration::from_secs(300), method: SignMethod::Get }
    }
}

impl SignOptions {
    /// Sets how long it lives.
    #[must_use]
    pub fn with_expires(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }

    /// Sets what it allows.
    #[must_use]
    pub fn with_method(mut self, method: SignMethod) -> Self {
        self.method = method;
        self
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
    fn the_interface_can_be_a_trait_object() {
        fn takes(_: Option<&dyn Storage>) {}
        takes(None);
    }

    #[test]
    fn debug_hides_what_makes_a_url_a_permission() {
        let url = SignedUrl::new("https://b.oss/k?x-oss-signature=hush".to_owned());
        assert_eq!(format!("{url:?}"), "SignedUrl(https://b.oss/k?..)");
    }
}
