//! `{{full_name}}`: files in memory, to begin with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use jit_meta::{LoadContext, Type, async_trait, register_type};
use jit_storages::{
    Capability, Error, ErrorKind, ObjectBody, Result, SignOptions, SignedUrl, Storage, Storages,
    StoredObject, Subject, UploadOptions, Uploaded,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 1023;

/// The code behind `{{full_name}}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct {{Type}};

register_type!("{{full_name}}" => {{Type}});

/// Where the files are, and how many there may be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct {{Type}}Config {
    /// The most files that are kept; no limit unless given.
    #[serde(default)]
    #[schemars(range(min = 1))]
    max_files: Option<usize>,
}

#[async_trait]
impl Type for {{Type}} {
    type Meta = Storages;
    type Config = {{Type}}Config;

    async fn load(
        &self,
        config: {{Type}}Config,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        let max_files = config.max_files.unwrap_or(usize::MAX);
        Ok(Arc::new(Files { subject: Subject::of(&cx), max_files, kept: Mutex::default() }))
    }
}

/// The storage that callers get.
#[derive(Debug)]
struct Files {
    subject: Subject,
    max_files: usize,
    kept: Mutex<HashMap<String, Kept>>,
}

/// A file.
#[derive(Clone, Debug)]
struct Kept {
    data: Bytes,
    modified: SystemTime,
}

impl Files {
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        // Nothing is ever half done under the lock, so a panic elsewhere leaves the map good.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, kind: ErrorKind, function: &'static str, name: &str, detail: &str) -> Error {
        Error::new(kind, &self.subject, function, name, detail)
    }

    /// Names are taken exactly as they are, or not at all.
    fn check(&self, function: &'static str, name: &str) -> Result<()> {
        let detail = match name.chars().next() {
            None => "the name is empty",
            Some('/' | '\\') => "the name starts with a slash",
            Some(_) if name.len() > LONGEST_NAME => "the name is too long",
            Some(_) => return Ok(()),
        };
        Err(self.error(ErrorKind::InvalidName, function, name, detail))
    }

    fn find(&self, function: &'static str, name: &str) -> Result<Kept> {
        self.check(function, name)?;
        let found = self.kept().get(name).cloned();
        found.ok_or_else(|| {
            self.error(ErrorKind::NotFound, function, name, "there is no such file")
        })
    }
}

#[async_trait]
impl Storage for Files {
    fn capability(&self) -> Capability {
        Capability::NONE
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        self.check("uploadByFile", name)?;
        self.capability().accept(&self.subject, name, &options)?;
        let mut kept = self.kept();
        if kept.len() >= self.max_files && !kept.contains_key(name) {
            let detail = "there are as many files as `maxFiles` allows";
            return Err(self.error(ErrorKind::InvalidArgument, "uploadByFile", name, detail));
        }
        kept.insert(name.to_owned(), Kept { data, modified: SystemTime::now() });
        Ok(Uploaded::new(format!("{}/{name}", self.subject.element)))
    }

    async fn get_sign_url(&self, file: &str, _: &str, _: SignOptions) -> Result<SignedUrl> {
        self.check("getSignUrl", file)?;
        let detail = "this storage signs no URLs";
        Err(self
            .error(ErrorKind::Unsupported, "getSignUrl", file, detail)
            .with_help("use download and uploadByFile"))
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.find("download", name).map(|kept| kept.data)
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let Kept { data, modified } = self.find("getObject", name)?;
        let size = u64::try_from(data.len()).unwrap_or(u64::MAX);
        let mut object = StoredObject::new(name, size, Box::new(Contents(Some(data))));
        object.last_modified = Some(modified);
        Ok(object)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.check("delete", name)?;
        self.kept().remove(name);
        Ok(())
    }
}

/// The contents of a file as they were when it was asked for.
#[derive(Debug)]
struct Contents(Option<Bytes>);

#[async_trait]
impl ObjectBody for Contents {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        Ok(self.0.take().filter(|data| !data.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use jit_testing::{TestApp, storage_conformance};

    use super::*;

    storage_conformance!({{Type}} as "{{full_name}}");

    #[tokio::test]
    async fn there_are_no_more_files_than_allowed() {
        let config = r#"{ "maxFiles": 1 }"#;
        let app = TestApp::new().configured("storages.Files", "{{full_name}}", config);
        let files = app.load().unwrap().get::<Storages>("storages.Files").await.unwrap();
        let put = |name: &'static str| files.upload_by_file(name, "1".into(), "text/plain".into());
        put("a.txt").await.unwrap();
        put("a.txt").await.unwrap();
        let error = put("b.txt").await.unwrap_err();
        assert_eq!((error.kind(), error.object()), (ErrorKind::InvalidArgument, "b.txt"));
        files.delete("a.txt").await.unwrap();
        put("b.txt").await.unwrap();
    }
}
