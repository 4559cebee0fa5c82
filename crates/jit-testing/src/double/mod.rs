//! A storage that stands in for another.

mod calls;
mod faults;
mod ty;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use jit_meta::FullName;
use jit_oss::escape;
use jit_storages::memory::MemoryStorage;
use jit_storages::{
    Capability, Error, ErrorKind, ListOptions, Listing, Result, SignOptions, SignedUrl, Storage,
    StoredObject, Subject, UploadOptions, Uploaded,
};

pub use calls::Call;
pub use faults::Fault;
pub use ty::{DoubleConfig, DoubleType};
pub(crate) use ty::{FAMILY, TYPE_NAME};

use faults::Rule;

/// A storage in memory that keeps a list of its calls, fails when it is told to, and has assertions.
///
/// It is called like the element it stands in for, and [`TestApp::double`](crate::TestApp::double) puts it
/// there. Clones are the same storage: one is given away, one asked. It keeps names and sizes, and shows no
/// contents, neither in messages nor in `Debug`.
///
/// ```
/// use jit_storages::{ErrorKind, Storages};
/// use jit_testing::{StorageDouble, TestApp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let storage = StorageDouble::new("storages.MyOss");
/// let app = TestApp::new().double(&storage).load()?;
///
/// // What is tested asks the app for its storage.
/// let files = app.get::<Storages>("storages.MyOss").await?;
/// files.upload_by_file("a.txt", "hello".into(), "text/plain".into()).await?;
/// storage.on("download").fail(ErrorKind::Timeout);
/// assert_eq!(files.download("a.txt").await.unwrap_err().kind(), ErrorKind::Timeout);
///
/// storage.assert_uploaded("a.txt", "hello");
/// storage.assert_calls(&["uploadByFile a.txt", "download a.txt"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StorageDouble(Arc<Inner>);

struct Inner {
    id: u64,
    subject: Subject,
    files: MemoryStorage,
    seen: Mutex<Seen>,
}

/// What has happened, and what is to happen.
#[derive(Default)]
struct Seen {
    calls: Vec<Call>,
    rules: Vec<Rule>,
}

impl StorageDouble {
    /// Stands in for an element, and is empty.
    ///
    /// # Panics
    ///
    /// When no element can be called this.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "the test has a mistake, and this ends it where it is")]
    pub fn new(element: &str) -> Self {
        let name = |name: &str| match name.parse::<FullName>() {
            Ok(name) => name,
            Err(error) => panic!("{error}"),
        };
        let subject = Subject { element: name(element), type_name: name(TYPE_NAME) };
        let (id, files) = (ty::next_id(), MemoryStorage::new(subject.clone()));
        let double = Self(Arc::new(Inner { id, subject, files, seen: Mutex::default() }));
        ty::remember(&double);
        double
    }

    /// Puts a file into it. It is no call, and no fault concerns it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidName`] when no file can be called this.
    pub async fn put(&self, name: &str, data: impl Into<Bytes>) -> Result<()> {
        let options = UploadOptions::default();
        self.0.files.upload_by_file(name, data.into(), options).await.map(drop)
    }

    /// The element it stands in for.
    #[must_use]
    pub fn element(&self) -> &FullName {
        &self.0.subject.element
    }

    /// Itself, for what takes a storage without an app.
    #[must_use]
    pub fn to_storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.clone())
    }

    /// The configuration of an element of `storages.DoubleType` that is this.
    pub(crate) fn config(&self) -> String {
        format!("{{ \"double\": {} }}\n", self.0.id)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Nothing is ever half done under the lock.
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call down, and fails it where a fault says so.
    fn called(&self, call: Call) -> Result<()> {
        let mut seen = self.seen();
        let failure = faults::take(&mut seen.rules, &call);
        let (function, name) = (call.function, call.name.clone());
        seen.calls.push(Call { failed: failure, ..call });
        match failure {
            None => Ok(()),
            Some(kind) => {
                let detail = "the double was told to fail";
                Err(Error::new(kind, &self.0.subject, function, &name, detail))
            }
        }
    }
}

impl fmt::Debug for StorageDouble {
    /// Without what it keeps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageDouble")
            .field("element", &self.0.subject.element)
            .field("files", &self.0.files)
            .field("calls", &self.seen().calls.len())
            .finish()
    }
}

#[async_trait]
impl Storage for StorageDouble {
    fn capability(&self) -> Capability {
        self.0.files.capability().with_sign_get().with_sign_put()
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        let call = Call::new("uploadByFile", name);
        self.called(call.with_data(data.len(), options.content_type_of(name)))?;
        self.0.files.upload_by_file(name, data, options).await
    }

    /// A URL that leads nowhere, at `double.invalid`.
    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl> {
        let mut call = Call::new("getSignUrl", file);
        call.content_type = Some(content_type.to_owned());
        self.called(call)?;
        if let Err(error) = jit_oss::check_key(file) {
            let (kind, detail) = (ErrorKind::InvalidName, error.to_string());
            return Err(Error::new(kind, &self.0.subject, "getSignUrl", file, detail));
        }
        let (name, life) = (escape::path(file), options.expires.as_secs());
        Ok(SignedUrl::new(format!("https://double.invalid/{name}?expires={life}")))
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.called(Call::new("download", name))?;
        self.0.files.download(name).await
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        self.called(Call::new("getObject", name))?;
        self.0.files.get_object(name).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.called(Call::new("delete", name))?;
        self.0.files.delete(name).await
    }

    fn subject(&self) -> Option<&Subject> {
        Some(&self.0.subject)
    }

    async fn list(&self, prefix: &str, options: ListOptions) -> Result<Listing> {
        self.called(Call::new("list", prefix))?;
        self.0.files.list(prefix, options).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<Uploaded> {
        self.called(Call::new("copy", from))?;
        self.0.files.copy(from, to).await
    }
}

#[cfg(test)]
mod tests;
