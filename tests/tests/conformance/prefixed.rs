//! A Type that wraps the one it overrides and puts something before every name.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use jit_meta::{LoadContext, Type, async_trait};
use jit_storages::{
    Capability, DownloadOptions, Error, ErrorKind, ListOptions, Listing, RamPolicy, Result,
    SignOptions, SignedUrl, Storage, Storages, StoredObject, Subject, UploadOptions, Uploaded,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Overrides any Type of the family.
#[derive(Debug)]
pub(crate) struct PrefixedType;

/// What the wrapper needs; the keys of what it wraps stand beside it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PrefixedConfig {
    /// What is put before every name.
    key_prefix: String,
}

#[async_trait]
impl Type for PrefixedType {
    type Meta = Storages;
    type Config = PrefixedConfig;
    const INHERITS: bool = true;

    async fn load(
        &self,
        config: PrefixedConfig,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        let (subject, inner) = (Subject::of(&cx), cx.inherited().await?);
        Ok(Arc::new(Prefixed { subject, prefix: config.key_prefix, inner }))
    }
}

#[derive(Debug)]
struct Prefixed {
    subject: Subject,
    prefix: String,
    inner: Arc<dyn Storage>,
}

impl Prefixed {
    /// The name below. A name that is none would become one by what is put before it.
    fn name(&self, function: &'static str, name: &str) -> Result<String> {
        match jit_oss::check_key(name) {
            Ok(()) => Ok(format!("{}{name}", self.prefix)),
            Err(error) => {
                let kind = ErrorKind::InvalidName;
                Err(Error::new(kind, &self.subject, function, name, error.to_string()))
            }
        }
    }

    /// Speaks of the name that the caller knows.
    fn told<T>(&self, function: &'static str, name: &str, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            let own = Error::new(error.kind(), &self.subject, function, name, error.to_string());
            match error.help() {
                Some(help) => own.with_help(help),
                None => own,
            }
        })
    }
}

#[async_trait]
impl Storage for Prefixed {
    fn capability(&self) -> Capability {
        self.inner.capability()
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        let below = self.name("uploadByFile", name)?;
        self.told("uploadByFile", name, self.inner.upload_by_file(&below, data, options).await)
    }

    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl> {
        let below = self.name("getSignUrl", file)?;
        self.told("getSignUrl", file, self.inner.get_sign_url(&below, content_type, options).await)
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        let below = self.name("download", name)?;
        self.told("download", name, self.inner.download(&below).await)
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let below = self.name("getObject", name)?;
        let mut object = self.told("getObject", name, self.inner.get_object(&below).await)?;
        object.name = name.to_owned();
        Ok(object)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let below = self.name("delete", name)?;
        self.told("delete", name, self.inner.delete(&below).await)
    }

    fn subject(&self) -> Option<&Subject> {
        Some(&self.subject)
    }

    async fn list(&self, prefix: &str, options: ListOptions) -> Result<Listing> {
        let mut below = options;
        below.start_after = below.start_after.map(|after| format!("{}{after}", self.prefix));
        let list = self.inner.list(&format!("{}{prefix}", self.prefix), below).await;
        let cut = self.prefix.len();
        let list = self.told("list", prefix, list)?;
        Ok(list.map(move |entry| {
            let name = entry.name().get(cut..).unwrap_or_default().to_owned();
            entry.renamed(name)
        }))
    }

    async fn copy(&self, from: &str, to: &str) -> Result<Uploaded> {
        let (source, target) = (self.name("copy", from)?, self.name("copy", to)?);
        self.told("copy", from, self.inner.copy(&source, &target).await)
    }

    async fn upload_file(
        &self,
        name: &str,
        path: &Path,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        let below = self.name("uploadFile", name)?;
        self.told("uploadFile", name, self.inner.upload_file(&below, path, options).await)
    }

    async fn download_file(
        &self,
        name: &str,
        path: &Path,
        options: DownloadOptions,
    ) -> Result<u64> {
        let below = self.name("downloadFile", name)?;
        self.told("downloadFile", name, self.inner.download_file(&below, path, options).await)
    }

    fn ram_policy(&self) -> Result<RamPolicy> {
        let policy = self.told("ramPolicy", "", self.inner.ram_policy())?;
        Ok(policy.below(&self.prefix))
    }
}
