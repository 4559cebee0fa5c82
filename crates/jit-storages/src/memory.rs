//! `storages.MemoryType`: files in memory, for tests.

use std::collections::BTreeMap;
use std::ops::Bound;
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
use crate::list::{PAGE, common_prefix};
use crate::object::preview_url;
use crate::{
    Capability, ListEntry, ListOptions, ListPages, ListedFile, Listing, ObjectBody, SignOptions,
    SignedUrl, Storage, StoredObject, UploadOptions, Uploaded, content_type_of,
};

/// The Type behind `storages.MemoryType`: every instance starts empty, and what it keeps is gone with it.
///
/// It takes the names that OSS takes, and keeps MIME types, metadata and checksums as OSS does; the `ETag` is the
/// CRC-64 in hex. It lists and copies, and signs no URLs.
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
    files: Arc<Mutex<Files>>,
}

type Files = BTreeMap<String, Kept>;

/// A file.
#[derive(Clone)]
struct Kept {
    data: Bytes,
    content_type: String,
    metadata: Vec<(String, String)>,
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
        Self { subject, files: Arc::default() }
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        lock(&self.files)
    }

    fn uploaded(&self, name: &str, kept: &Kept) -> Uploaded {
        let mut uploaded = Uploaded::new(preview_url(&self.subject.element, name));
        uploaded.etag = Some(kept.etag());
        uploaded.crc64 = Some(kept.crc64);
        uploaded
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

fn lock(files: &Mutex<Files>) -> MutexGuard<'_, Files> {
    // Nothing is ever half done under the lock, so a panic elsewhere leaves the map good.
    files.lock().unwrap_or_else(PoisonError::into_inner)
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
        Capability::NONE
            .with_checksum()
            .with_content_type()
            .with_list()
            .with_copy()
            .with_metadata()
            .with_forbid_overwrite()
    }

    fn subject(&self) -> Option<&Subject> {
        Some(&self.subject)
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        self.check("uploadByFile", name)?;
        self.capability().accept(&self.subject, name, &options)?;
        let crc64 = crc64::of(&data);
        let modified = SystemTime::now();
        let metadata = options.metadata.into_iter();
        let metadata = metadata.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let content_type = options.content_type.unwrap_or_else(|| content_type_of(name).to_owned());
        let kept = Kept { crc64, data, content_type, metadata, modified };
        let uploaded = self.uploaded(name, &kept);
        let mut files = self.files();
        if options.forbid_overwrite && files.contains_key(name) {
            let detail = "there is a file of this name, and it must not be replaced";
            return Err(self
                .error(ErrorKind::Conflict, "uploadByFile", name, detail)
                .with_help("choose another name, or delete it first"));
        }
        files.insert(name.to_owned(), kept);
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
        object.metadata = kept.metadata;
        Ok(object)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.check("delete", name)?;
        self.files().remove(name);
        Ok(())
    }

    async fn list(&self, prefix: &str, options: ListOptions) -> Result<Listing> {
        options.check(Some(&self.subject), prefix)?;
        let pages = MemoryPages {
            files: Arc::clone(&self.files),
            prefix: prefix.to_owned(),
            delimiter: options.delimiter.clone(),
            from: match &options.start_after {
                Some(after) if after.as_str() >= prefix => Bound::Excluded(after.clone()),
                _ => Bound::Included(prefix.to_owned()),
            },
        };
        Ok(Listing::new(Box::new(pages), &options))
    }

    async fn copy(&self, from: &str, to: &str) -> Result<Uploaded> {
        self.check("copy", to)?;
        let mut kept = self.find("copy", from)?;
        if from != to {
            kept.modified = SystemTime::now();
            self.files().insert(to.to_owned(), kept.clone());
        }
        Ok(self.uploaded(to, &kept))
    }
}

/// Files from one name on, as they are when a page is asked for.
struct MemoryPages {
    files: Arc<Mutex<Files>>,
    prefix: String,
    delimiter: Option<String>,
    from: Bound<String>,
}

impl std::fmt::Debug for MemoryPages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryPages").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl MemoryPages {
    /// The next entry, and from where on what follows it is found.
    fn next(&self, files: &Files, from: &Bound<String>) -> Option<(ListEntry, Bound<String>)> {
        let (name, kept) = files.range((from.clone(), Bound::Unbounded)).next()?;
        if !name.starts_with(&self.prefix) {
            return None;
        }
        if let Some(common) = common_prefix(name, &self.prefix, self.delimiter.as_deref()) {
            // After everything that begins with it.
            let from = successor(common).map_or(Bound::Excluded(name.clone()), Bound::Included);
            return Some((ListEntry::Prefix(common.to_owned()), from));
        }
        let mut file = ListedFile::new(name.as_str(), kept.data.len() as u64);
        file.etag = Some(kept.etag());
        file.last_modified = Some(kept.modified);
        Some((ListEntry::File(file), Bound::Excluded(name.clone())))
    }
}

/// The first text after all that begin with `prefix`, in the order of bytes; `None` if there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let mut next = u32::from(last) + 1..=u32::from(char::MAX);
        if let Some(next) = next.find_map(char::from_u32) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[async_trait]
impl ListPages for MemoryPages {
    async fn page(&mut self) -> Result<Option<Vec<ListEntry>>> {
        let (mut page, mut from) = (Vec::new(), self.from.clone());
        let files = lock(&self.files);
        while page.len() < PAGE
            && let Some((entry, next)) = self.next(&files, &from)
        {
            page.push(entry);
            from = next;
        }
        drop(files);
        self.from = from;
        Ok((!page.is_empty()).then_some(page))
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
    fn what_follows_a_prefix_is_after_all_that_begin_with_it() {
        for (prefix, next) in [
            ("a/", Some("a0")),
            ("\u{7f}", Some("\u{80}")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(successor(prefix).as_deref(), next, "{prefix:?}");
        }
    }

    #[test]
    fn debug_counts_files_and_shows_none() {
        let text = format!("{:?}", storage());
        assert!(text.ends_with("files: 0 }"), "{text}");
    }
}
