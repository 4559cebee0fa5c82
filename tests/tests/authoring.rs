//! A storage of somebody else's: authored with what the crates offer, called and failing like ours.

#![cfg(test)]

use std::sync::Arc;

use bytes::Bytes;
use jit_app::{App, Args};
use jit_meta::{LoadContext, Registry, Type, TypeEntry, async_trait, here};
use jit_storages::{
    Capability, Error, ErrorKind, Result, SignOptions, SignedUrl, Storage, Storages, StoredObject,
    Subject, UploadOptions, Uploaded,
};
use jit_testing::TestApp;

/// A storage that can do nothing, and says so.
#[derive(Debug)]
struct Void(Subject);

impl Void {
    fn refused<T>(&self, function: &'static str, name: &str) -> Result<T> {
        let error = Error::new(ErrorKind::Unavailable, &self.0, function, name, "the void is full");
        Err(error.with_help("try another"))
    }
}

#[async_trait]
impl Storage for Void {
    fn capability(&self) -> Capability {
        Capability::NONE
    }

    async fn upload_by_file(&self, name: &str, _: Bytes, _: UploadOptions) -> Result<Uploaded> {
        self.refused("uploadByFile", name)
    }

    async fn get_sign_url(&self, file: &str, _: &str, _: SignOptions) -> Result<SignedUrl> {
        self.refused("getSignUrl", file)
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.refused("download", name)
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        self.refused("getObject", name)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.refused("delete", name)
    }
}

#[derive(Debug)]
struct VoidType;

#[async_trait]
impl Type for VoidType {
    type Meta = Storages;
    type Config = serde_json::Map<String, serde_json::Value>;

    async fn load(
        &self,
        _: Self::Config,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        Ok(Arc::new(Void(Subject::of(&cx))))
    }
}

#[tokio::test]
async fn its_errors_name_its_own_element_and_type() {
    let define = r#"{ "title": "Void", "type": "storages.VoidType" }"#;
    let folder = TestApp::new().file("storages/Void/e.json", define);
    let mut registry = Registry::empty();
    registry.add(TypeEntry::new(None, "storages.VoidType", &VoidType, here!())).unwrap();
    let app = App::builder(folder.path()).registry(registry).load().unwrap();

    let storage = app.get::<Storages>("storages.Void").await.unwrap();
    let error = storage.download("a.txt").await.unwrap_err();
    let text = "download \"a.txt\" on storages.Void (storages.VoidType): unavailable: the void is full; try another";
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Unavailable, text.to_owned()));
    let args = Args::new().with("file", "a.txt");
    let error = app.call("storages.Void", "download", args).await.unwrap_err();
    assert_eq!(error.to_string(), text);
    assert_eq!(error.downcast_ref::<Error>().unwrap().object(), "a.txt");
}

#[test]
fn every_linked_type_has_an_example_that_works_and_says_what_its_keys_are() {
    for entry in Registry::linked().unwrap().entries() {
        let name = entry.full_name().parse().unwrap();
        entry.check_example().unwrap_or_else(|found| panic!("{name}: {found:#?}"));
        for key in entry.example(&name).keys() {
            assert!(!key.description.is_empty(), "{name}: nothing is said of {}", key.name);
            assert!(key.secret || key.is_sample, "{name}: {} has no example", key.name);
        }
    }
}
