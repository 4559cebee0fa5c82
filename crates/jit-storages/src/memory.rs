//! `storages.MemoryType`: files in memory, for tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use jit_meta::{LoadContext, Type, register_type};
use jit_oss::crc64;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::functions::Storages;
use crate::storage::{
    Capability, ObjectBody, SignOptions, SignedUrl, Storage, StoredObject, UploadOptions, Uploaded,
    preview_url,
};

/// The Type behind `storages.MemoryType`: every instance starts empty, and what it keeps is gone with it.
///
/// It takes the names that OSS takes, and keeps MIME types and checksums as OSS does; the `ETag` is the
/// CRC-64 in hex. It signs no URLs.
#[derive(Clone, Copy, Debug)]
pub struct MemoryType;

register_type!("storages.MemoryType" => MemoryType);

/// Files in memory: there is nothing to configure.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryConfig {}

#[async_trait]
impl Type for MemoryType {
    type Meta = Storages;
    type Config = MemoryConfig;

    async fn load(
        &self,
        _: MemoryConfig,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        let subject = Subject::of(&cx);
        Ok(Arc::new(MemoryStorage::new(subject)))
    }
}

/// Files in memory as a storage: what [`MemoryType`] loads, for code that has no app.
pub struct MemoryStorage {
    subject: Subject,
    files: Mutex<HashMap<String, Kept>>,
}

/// A file.
#[derive(Clone)]
struct Kept {
    data: Bytes,
    content_type: String,
    crc64: u64,
    modified: SystemTime,
}

impl Kept {
    fn etag(&self) -> String {
        format!("{:016X}", self.crc64)
    }
}

impl MemoryStorage {
    /// A storage without files, whose errors speak of `subject`.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        Self { subject, files: Mutex::default() }
    }

    fn files(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        // Nothing is ever half done under the lock, so a panic elsewhere leaves the map good.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(
        &self,
        kind: ErrorKind,
        function: &'static str,
        name: &str,
        detail: impl Into<String>,
    ) -> Error {
        Error::new(kind, &self.subject, function, name, detail)
    }

    fn check(&self, function: &'static str, name: &str) -> Result<()> {
        jit_oss::check_key(name)
            .map_err(|error| self.error(ErrorKind::InvalidName, function, name, error.to_string()))
    }

    fn find(&self, function: &'static str, name: &str) -> Result<Kept> {
        self.check(function, name)?;
        let found = self.files().get(name).cloned();
        found.ok_or_else(|| {
            self.error(ErrorKind::NotFound, function, name, "there is no such file")
                .with_help("check its name: it is taken exactly as given, case included")
        })
    }
}

impl std::fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStorage")
            .field("subject", &self.subject)
            .field("files", &self.files().len())
            .finish()
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    fn capability(&self) -> Capability {
        Capability::NONE.with_checksum().with_content_type()
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        self.check("uploadByFile", name)?;
        let content_type = options.content_type;
        let modified = SystemTime::now();
        let kept = Kept { crc64: crc64::of(&data), data, content_type, modified };
        let mut uploaded = Uploaded::new(preview_url(&self.subject.element, name));
        uploaded.etag = Some(kept.etag());
        uploaded.crc64 = Some(kept.crc64);
        self.files().insert(name.to_owned(), kept);
        Ok(uploaded)
    }

    async fn get_sign_url(&self, file: &str, _: &str, _: SignOptions) -> Result<SignedUrl> {
        let detail = "files in memory have no signed URLs";
        Err(self
            .error(ErrorKind::Unsupported, "getSignUrl", file, detail)
            .with_help("use download and uploadByFile, or a storage like storages.OssType"))
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.find("download", name).map(|kept| kept.data)
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let kept = self.find("getObject", name)?;
        let etag = kept.etag();
        let size = kept.data.len() as u64;
        let body = MemoryBody(Some(kept.data).filter(|data| !data.is_empty()));
        let mut object = StoredObject::new(name, size, Box::new(body));
        object.etag = Some(etag);
        object.content_type = Some(kept.content_type);
        object.last_modified = Some(kept.modified);
        object.crc64 = Some(kept.crc64);
        Ok(object)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.check("delete", name)?;
        self.files().remove(name);
        Ok(())
    }
}

/// The contents of a file as they were when it was asked for.
#[derive(Debug)]
struct MemoryBody(Option<Bytes>);

#[async_trait]
impl ObjectBody for MemoryBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        Ok(self.0.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage() -> MemoryStorage {
        let subject = Subject {
            element: "storages.MyFiles".parse().unwrap(),
            type_name: "storages.MemoryType".parse().unwrap(),
        };
        MemoryStorage::new(subject)
    }

    #[tokio::test]
    async fn everything_that_is_known_of_a_file_is_told() {
        let storage = storage();
        let data = Bytes::from_static(b"123456789");
        let options = "text/plain".into();
        let uploaded = storage.upload_by_file("a b/c", data.clone(), options).await.unwrap();
        let url = "storages/services/StorageSvc/preview?file=a%20b%2Fc&storage=storages.MyFiles";
        assert_eq!(uploaded.url, url);
        let object = storage.get_object("a b/c").await.unwrap();
        assert_eq!(object.etag.as_deref(), Some("995DC9BBDF1939FA"));
        assert_eq!((&object.etag, object.crc64), (&uploaded.etag, uploaded.crc64));
        assert_eq!(object.content_type.as_deref(), Some("text/plain"));
        let read = object.read().await.unwrap();
        assert_eq!((read.as_ptr(), read.len()), (data.as_ptr(), 9), "copied");
    }

    #[test]
    fn debug_counts_files_and_shows_none() {
        let text = format!("{:?}", storage());
        assert!(text.ends_with("files: 0 }"), "{text}");
    }
}
