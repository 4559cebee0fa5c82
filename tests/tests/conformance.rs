//! Every storage, as an app hands it out, against every case of the conformance suite: bare, and overridden
//! by a child app whose Type wraps it.

#![cfg(test)]

#[path = "conformance/prefixed.rs"]
mod prefixed;

use std::path::Path;

use jit_meta::{TypeEntry, here};
use jit_oss_server::OssServer;
use jit_storages::conformance::{self, Report};
use jit_storages::{Capability, Storages};
use jit_testing::TestApp;

use prefixed::PrefixedType;

/// How many cases there are. A case that is skipped shows here.
const CASES: usize = 30;

const ON_OSS: Capability =
    Capability::NONE.with_sign_get().with_sign_put().with_checksum().with_content_type();
const ON_DISK: Capability = Capability::NONE;
const IN_MEMORY: Capability = Capability::NONE.with_checksum().with_content_type();

/// Runs the cases against the storage `name` of an app.
async fn run(folder: &TestApp, name: &str, capability: Capability) -> Report {
    let storage = folder.load().unwrap().get::<Storages>(name).await.unwrap();
    assert_eq!(storage.capability(), capability);
    let report = conformance::run(&*storage).await;
    assert!(report.failures().next().is_none(), "{report}");
    report
}

/// The app `acme.Shop`, which wraps the Type of `storages.Files` of the app it extends.
fn overriding(type_name: &'static str, config: &str) -> TestApp {
    TestApp::new()
        .extends("acme.Base", |base| base.configured("storages.Files", type_name, config))
        .register(TypeEntry::new(Some("acme.Shop"), type_name, &PrefixedType, here!()))
}

/// As [`run`], and whether the wrapper is there.
async fn run_overridden(folder: &TestApp, capability: Capability) -> Report {
    let storage = folder.load().unwrap().get::<Storages>("storages.Files").await.unwrap();
    let uploaded = storage.upload_by_file("a.txt", "a".into(), "text/plain".into()).await.unwrap();
    assert!(uploaded.url.contains("wrapped"), "not wrapped: {}", uploaded.url);
    storage.delete("a.txt").await.unwrap();
    run(folder, "storages.Files", capability).await
}

/// The files below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn oss() {
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let folder = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let report = run(&folder, "storages.MyOss", ON_OSS).await;
    assert_eq!(report.cases().len(), CASES);
}

#[tokio::test(flavor = "multi_thread")]
async fn oss_overridden() {
    use secrecy::ExposeSecret;

    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let keys = server.credentials();
    let config = format!(
        r#"{{ "keyPrefix": "wrapped/", "accessKeyId": "{}", "accessKeySecret": "{}",
             "endPoint": "{}", "bucketName": "my-bucket", "region": "{}" }}"#,
        keys.access_key_id(),
        keys.access_key_secret().expose_secret(),
        server.endpoint(),
        server.region(),
    );
    let folder = overriding("storages.OssType", &config);
    let report = run_overridden(&folder, ON_OSS).await;
    assert_eq!(report.cases().len(), CASES);
}

#[tokio::test(flavor = "multi_thread")]
async fn disk() {
    let folder = TestApp::new()
        .file("storages/Disk/e.json", r#"{ "title": "Disk", "type": "storages.DiskType" }"#)
        .file("storages/Disk/Disk.json", r#"{ "directory": "appData/files" }"#);
    let report = run(&folder, "storages.Disk", ON_DISK).await;
    assert_eq!(report.cases().len(), CASES);
    assert_eq!(files(&folder.path().join("appData/files")), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn disk_overridden() {
    let config = r#"{ "keyPrefix": "wrapped/", "directory": "appData/files" }"#;
    let folder = overriding("storages.DiskType", config);
    let report = run_overridden(&folder, ON_DISK).await;
    assert_eq!(report.cases().len(), CASES);
    let kept = folder.path().join("appData/files");
    assert!(kept.join("wrapped").is_dir(), "nothing was put before the names");
    assert_eq!(files(&kept), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory() {
    let folder = TestApp::new()
        .file("storages/Memory/e.json", r#"{ "title": "Memory", "type": "storages.MemoryType" }"#);
    let report = run(&folder, "storages.Memory", IN_MEMORY).await;
    assert_eq!(report.cases().len(), CASES);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_overridden() {
    let folder = overriding("storages.MemoryType", r#"{ "keyPrefix": "wrapped/" }"#);
    let report = run_overridden(&folder, IN_MEMORY).await;
    assert_eq!(report.cases().len(), CASES);
}
