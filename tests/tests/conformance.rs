//! Every storage, as an app hands it out, against every case of the conformance suite.

#![cfg(test)]

use std::path::Path;

use jit_oss_server::OssServer;
use jit_storages::conformance::{self, Report};
use jit_storages::{Capability, Storages};
use jit_tests::TempApp;

/// How many cases there are. A case that is skipped shows here.
const CASES: usize = 30;

/// Runs the cases against the storage `name` of an app.
async fn run(folder: &TempApp, name: &str, capability: Capability) -> Report {
    let storage = folder.load().unwrap().get::<Storages>(name).await.unwrap();
    assert_eq!(storage.capability(), capability);
    let report = conformance::run(&*storage).await;
    assert!(report.failures().next().is_none(), "{report}");
    report
}

/// The files below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn oss() {
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let folder = TempApp::new().unwrap().on(&server, "my-bucket").unwrap();
    let all = Capability::NONE.with_sign_get().with_sign_put().with_checksum().with_content_type();
    let report = run(&folder, "storages.MyOss", all).await;
    assert_eq!(report.cases().len(), CASES);
}

#[tokio::test(flavor = "multi_thread")]
async fn disk() {
    let folder = TempApp::new()
        .unwrap()
        .file("storages/Disk/e.json", r#"{ "title": "Disk", "type": "storages.DiskType" }"#)
        .unwrap()
        .file("storages/Disk/Disk.json", r#"{ "directory": "appData/files" }"#)
        .unwrap();
    let report = run(&folder, "storages.Disk", Capability::NONE).await;
    assert_eq!(report.cases().len(), CASES);
    assert_eq!(files(&folder.path().join("appData/files")), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory() {
    let folder = TempApp::new()
        .unwrap()
        .file("storages/Memory/e.json", r#"{ "title": "Memory", "type": "storages.MemoryType" }"#)
        .unwrap();
    let some = Capability::NONE.with_checksum().with_content_type();
    let report = run(&folder, "storages.Memory", some).await;
    assert_eq!(report.cases().len(), CASES);
}
