//! The suite against Types that break their promises: it is the tests that fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use jit_meta::{LoadContext, async_trait, here};
use jit_storages::disk::DiskType;
use jit_storages::memory::MemoryType;
use jit_storages::oss::OssType;
use jit_storages::{
    Capability, ErrorKind, Result, SignOptions, SignedUrl, Storage, StoredObject, UploadOptions,
    Uploaded,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;

mod oss {
    use super::OssType;

    crate::storage_conformance!(OssType on OssServer);
}

mod memory {
    use super::MemoryType;

    crate::storage_conformance!(MemoryType);
}

/// What a test says when it fails.
#[track_caller]
fn said(test: impl FnOnce()) -> String {
    let panicked = catch_unwind(AssertUnwindSafe(test)).expect_err("it passed");
    panicked.downcast_ref::<String>().unwrap().clone()
}

fn disk(config: &str) -> Subject {
    Subject::new(&DiskType, "storages.DiskType", here!(), &config)
}

#[test]
fn a_type_that_does_not_load_says_why() {
    let text = said(|| disk("{}").run_case("one_byte_comes_back"));
    assert!(text.contains("storages.DiskType: ") && text.contains("`directory`"), "{text}");
    let text = said(|| OssServer(disk("[]")).run_case("one_byte_comes_back"));
    assert!(text.contains("a configuration is an object"), "{text}");
    let text = said(|| disk(r#"{ "directory": "a" }"#).run_case("no_case"));
    assert!(text.contains("no such case") && text.contains("kept MIME types"), "{text}");
}

/// Returns what it got when an answer breaks off, and calls every failure something else.
#[derive(Debug)]
struct SloppyType;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SloppyConfig {}

#[async_trait]
impl Type for SloppyType {
    type Meta = Storages;
    type Config = SloppyConfig;
    const INHERITS: bool = true;

    async fn load(
        &self,
        _: SloppyConfig,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        Ok(Arc::new(Sloppy(cx.inherited().await?)))
    }
}

#[derive(Debug)]
struct Sloppy(Arc<dyn Storage>);

#[async_trait]
impl Storage for Sloppy {
    fn capability(&self) -> Capability {
        self.0.capability()
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        // Without looking at the answer.
        drop(self.0.upload_by_file(name, data, options).await);
        Ok(Uploaded::new(name.to_owned()))
    }

    async fn get_sign_url(&self, file: &str, mime: &str, how: SignOptions) -> Result<SignedUrl> {
        self.0.get_sign_url(file, mime, how).await
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        match self.0.download(name).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Ok(Bytes::new()),
            other => other,
        }
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        self.0.get_object(name).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.0.delete(name).await
    }
}

#[test]
fn faults_show_what_a_good_day_does_not() {
    let sloppy = || OssServer(Subject::new(&SloppyType, "storages.OssType", here!(), &"{}"));
    sloppy().run_case("one_byte_comes_back");
    sloppy().check_capability();
    let mut passed = Vec::new();
    for name in faults::FAULTS {
        if catch_unwind(AssertUnwindSafe(|| sloppy().run_fault(name))).is_ok() {
            passed.push(*name);
        }
    }
    // Those in which nothing fails in the end.
    let harmless = [
        "a_server_that_fails_once",
        "an_answer_that_ends_too_early_once",
        "an_upload_whose_answer_is_lost",
        "a_slow_answer_holds_nobody_up",
        "a_slow_answer_that_is_given_up",
    ];
    assert_eq!(passed, harmless);
    let text = said(|| sloppy().run_fault("answers_that_end_too_early"));
    assert_eq!(
        text,
        "storages.OssType: download: expected the 100000 bytes that were stored, found 0"
    );
}

#[test]
fn no_case_is_lost() {
    assert_eq!((conformance::CASES.len(), faults::FAULTS.len()), (58, 10));
}
