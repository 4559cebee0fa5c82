//! `storages.OssType` as this app has it: every call is written down, and names get a prefix.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jit_meta::{Error, LoadContext, Type, register_type};
use jit_storages::{
    Capability, RamPolicy, Result, SignOptions, SignedUrl, Storage, Storages, StoredObject,
    UploadOptions, Uploaded,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The code of this app behind a name of the framework's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuditedOss;

register_type!(app "jit.Audited", "storages.OssType" => AuditedOss);

/// What the audit needs; the keys of the storage itself stand beside it, and go to it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AuditedConfig {
    /// What is put before every name. Text; `audited/` unless given.
    #[serde(default = "prefix")]
    key_prefix: String,
}

fn prefix() -> String {
    "audited/".to_owned()
}

#[async_trait]
impl Type for AuditedOss {
    type Meta = Storages;
    type Config = AuditedConfig;
    const INHERITS: bool = true;

    async fn load(
        &self,
        config: AuditedConfig,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, Error> {
        let element = cx.element().to_string();
        let inner = cx.inherited().await?;
        Ok(Arc::new(Audited { element, prefix: config.key_prefix, inner }))
    }
}

#[derive(Debug)]
struct Audited {
    element: String,
    prefix: String,
    inner: Arc<dyn Storage>,
}

impl Audited {
    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Writes down who was asked for what, and how it ended.
    fn told<T>(&self, function: &str, name: &str, result: Result<T>) -> Result<T> {
        let end = match &result {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{:?}", error.kind()),
        };
        crate::audit(&format!("{} {function} {name:?}: {end}", self.element));
        result
    }
}

#[async_trait]
impl Storage for Audited {
    fn capability(&self) -> Capability {
        // What has no method here would know no prefix.
        let inner = self.inner.capability();
        let mut capability = inner.for_wrapper();
        capability.ram_policy = inner.ram_policy;
        capability
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        let name = self.name(name);
        self.told("uploadByFile", &name, self.inner.upload_by_file(&name, data, options).await)
    }

    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl> {
        let file = self.name(file);
        let url = self.inner.get_sign_url(&file, content_type, options).await;
        self.told("getSignUrl", &file, url)
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        let name = self.name(name);
        self.told("download", &name, self.inner.download(&name).await)
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let name = self.name(name);
        self.told("getObject", &name, self.inner.get_object(&name).await)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let name = self.name(name);
        self.told("delete", &name, self.inner.delete(&name).await)
    }

    fn ram_policy(&self) -> Result<RamPolicy> {
        Ok(self.inner.ram_policy()?.below(&self.prefix))
    }
}
