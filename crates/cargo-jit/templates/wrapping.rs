//! {{about}}

use std::sync::Arc;

use bytes::Bytes;
use jit_meta::{LoadContext, Type, async_trait, register_type};
use jit_storages::{
    Capability, Error, ErrorKind, RamPolicy, Result, SignOptions, SignedUrl, Storage, Storages,
    StoredObject, Subject, UploadOptions, Uploaded,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The code behind `{{full_name}}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct {{Type}};

register_type!({{registered}} => {{Type}});

/// What is wrapped, and the largest file that it is given.
///
/// The keys of what is wrapped stand beside these, and go to it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct {{Type}}Config {
    /// The largest file, in bytes; 100 MiB unless given.
    #[serde(default = "hundred_mib")]
    max_bytes: u64,
}

fn hundred_mib() -> u64 {
    100 * 1024 * 1024
}

#[async_trait]
impl Type for {{Type}} {
    type Meta = Storages;
    type Config = {{Type}}Config;
    const INHERITS: bool = true;

    async fn load(
        &self,
        config: {{Type}}Config,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        let (subject, inner) = (Subject::of(&cx), cx.inherited().await?);
        Ok(Arc::new(Wrapped { subject, max_bytes: config.max_bytes, inner }))
    }
}

/// The storage that callers get: it does what it does, and leaves the rest to the one inside.
#[derive(Debug)]
struct Wrapped {
    subject: Subject,
    max_bytes: u64,
    inner: Arc<dyn Storage>,
}

#[async_trait]
impl Storage for Wrapped {
    fn capability(&self) -> Capability {
        // Of what it wraps, all that the methods below do; lists and copies would have to be here.
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
        let (size, most) = (data.len(), self.max_bytes);
        if u64::try_from(size).is_ok_and(|size| size > most) {
            let detail = format!("the file has {size} bytes, more than `maxBytes`: {most}");
            let kind = ErrorKind::InvalidArgument;
            return Err(Error::new(kind, &self.subject, "uploadByFile", name, detail));
        }
        self.inner.upload_by_file(name, data, options).await
    }

    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl> {
        self.inner.get_sign_url(file, content_type, options).await
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.inner.download(name).await
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        self.inner.get_object(name).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.inner.delete(name).await
    }

    fn ram_policy(&self) -> Result<RamPolicy> {
        self.inner.ram_policy()
    }
}

#[cfg(test)]
mod tests {
    use jit_meta::{Registry, TypeEntry, here};
    use jit_testing::{TestApp, storage_conformance};

    use super::*;

    // Around OSS, over a server that misbehaves as well: what it does there, it does around any other storage.
    storage_conformance!({{Type}} as "storages.OssType" on OssServer);

    #[tokio::test]
    async fn what_is_too_large_is_refused_and_what_fits_comes_back() {
        let (id, name) = ("acme.Tested", "storages.MemoryType");
        let entry = TypeEntry::new(Some(id), name, &{{Type}}, here!());
        let app = TestApp::called(id).configured("storages.Files", name, r#"{ "maxBytes": 5 }"#);
        let app = app.register(entry).load().unwrap();
        let files = app.get::<Storages>("storages.Files").await.unwrap();
        files.upload_by_file("a.txt", "12345".into(), "text/plain".into()).await.unwrap();
        assert_eq!(files.download("a.txt").await.unwrap(), "12345");
        let refused = files.upload_by_file("b.txt", "123456".into(), "text/plain".into()).await;
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.object()), (ErrorKind::InvalidArgument, "b.txt"));
        assert_eq!(files.download("b.txt").await.unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn it_is_registered() {
        let registry = Registry::linked().unwrap();
        let mut entries = registry.entries();
        let ours = |entry: &&TypeEntry| entry.registered().file == file!();
        let entry = entries.find(ours).unwrap();
        assert_eq!((entry.app(), entry.full_name()), ({{owner}}, "{{full_name}}"));
    }
}
