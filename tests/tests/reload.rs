//! A storage that is reconfigured while it is in use.

#![cfg(test)]

use bytes::Bytes;
use jit_oss_server::{Operation, OssServer};
use jit_storages::Storages;
use jit_testing::TestApp;

/// The configuration of `storages.MyOss` for another bucket.
fn moved(app: &TestApp, from: &str, to: &str) {
    let path = app.path().join("storages/MyOss/MyOss.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    std::fs::write(&path, text.replace(from, to)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_in_flight_ends_on_the_old_storage_and_the_next_goes_to_the_new() {
    let server = OssServer::builder().bucket("old-bucket").bucket("new-bucket").start();
    let server = server.await.unwrap();
    let files = TestApp::new().oss_on("storages.MyOss", &server, "old-bucket");
    let app = files.load().unwrap();
    let storage = app.get::<Storages>("storages.MyOss").await.unwrap();
    let hold = server.faults().on(Operation::PutObject).hold();
    let flying = tokio::spawn(async move {
        storage.upload_by_file("a.txt", Bytes::from_static(b"old"), "text/plain".into()).await
    });
    hold.reached().await;
    moved(&files, "old-bucket", "new-bucket");
    let reload = app.reload_paths([files.path().join("storages/MyOss/MyOss.json")]).await.unwrap();
    assert_eq!(reload.updated.len(), 1, "{reload:?}");
    let storage = app.get::<Storages>("storages.MyOss").await.unwrap();
    let data = Bytes::from_static(b"new");
    let new = storage.upload_by_file("a.txt", data, "text/plain".into()).await.unwrap();
    assert!(new.url.contains("new-bucket"), "{}", new.url);
    hold.release();
    let old = flying.await.unwrap().unwrap();
    assert!(old.url.contains("old-bucket"), "{}", old.url);
    assert_eq!(storage.download("a.txt").await.unwrap(), "new");
}

#[tokio::test]
async fn a_mistake_in_a_configuration_leaves_the_storage_at_work() {
    let server = OssServer::builder().bucket("old-bucket").start().await.unwrap();
    let files = TestApp::new().oss_on("storages.MyOss", &server, "old-bucket");
    let app = files.load().unwrap();
    let upload = async || {
        let storage = app.get::<Storages>("storages.MyOss").await.unwrap();
        storage.upload_by_file("a.txt", Bytes::from_static(b"x"), "text/plain".into()).await
    };
    upload().await.unwrap();
    moved(&files, "bucketName", "bucketNam");
    let reload = app.reload().await.unwrap();
    let failures: Vec<_> = reload.failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures.len(), 1);
    assert!(failures[0].contains("unknown key `bucketNam`"), "{failures:?}");
    upload().await.unwrap();
}

#[tokio::test]
async fn a_watched_storage_follows_its_files() {
    let server = OssServer::builder().bucket("old-bucket").bucket("new-bucket").start();
    let server = server.await.unwrap();
    let files = TestApp::new().oss_on("storages.MyOss", &server, "old-bucket");
    let app = files.load().unwrap();
    app.get_element("storages.MyOss").await.unwrap();
    let (sender, mut reloads) = tokio::sync::mpsc::unbounded_channel();
    let _watch = app.watch(move |reload| drop(sender.send(reload))).unwrap();
    moved(&files, "old-bucket", "new-bucket");
    loop {
        let storage = app.get::<Storages>("storages.MyOss").await.unwrap();
        let data = Bytes::from_static(b"x");
        let done = storage.upload_by_file("a.txt", data, "text/plain".into()).await.unwrap();
        if done.url.contains("new-bucket") {
            break;
        }
        reloads.recv().await.unwrap().unwrap();
    }
}
