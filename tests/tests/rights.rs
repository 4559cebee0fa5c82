//! The rights that `storages.OssType` says it needs are those of what it asks of OSS: none is missing, none is idle.

#![cfg(test)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jit_oss_server::{Operation, OssServer};
use jit_storages::{Checkup, RamAction, Storages, conformance};
use jit_testing::TestApp;

/// What arrives at a server, by OSS's names.
type Seen = Arc<Mutex<BTreeSet<String>>>;

async fn watched() -> (OssServer, Seen) {
    let seen = Seen::default();
    let told = Arc::clone(&seen);
    let server = OssServer::builder().bucket("my-bucket").observe(move |request| {
        // What is refused is asked for without a signature, by the doctor, and no right is needed for that.
        if request.status != Some(403) {
            let operation = request.operation.map(|operation| format!("{operation:?}"));
            told.lock().unwrap().extend(operation);
        }
    });
    (server.start().await.unwrap(), seen)
}

/// Small files go in parts, too.
const IN_PARTS: &str = r#"{
    "accessKeyId": "${OSS_ACCESS_KEY_ID}", "accessKeySecret": "${OSS_ACCESS_KEY_SECRET}",
    "endPoint": "${OSS_ENDPOINT}", "bucketName": "my-bucket", "region": "${OSS_REGION}",
    "multipartThreshold": 102400, "partSize": 102400, "maxAttempts": 1
}"#;

#[tokio::test]
async fn the_policy_allows_what_the_functions_ask_for_and_nothing_else() {
    let (server, seen) = watched().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let app = app.config("storages.MyOss", IN_PARTS).load().unwrap();
    let storage = app.get::<Storages>("storages.MyOss").await.unwrap();

    // Every function with every option, tags among them; what is longer than a part in parts.
    let report = conformance::run(&*storage).await;
    assert!(report.failures().next().is_none(), "{report}");
    storage.doctor(&mut Checkup::new()).await.unwrap();
    // One that is given up, and cleaned up after.
    server.faults().on(Operation::UploadPart).fail(400, "InvalidDigest");
    let long = vec![7; 300_000].into();
    storage.upload_by_file("given-up", long, Default::default()).await.unwrap_err();

    let seen = seen.lock().unwrap().clone();
    let mut asked: BTreeSet<_> = seen.iter().flat_map(|name| RamAction::of(name)).collect();
    assert!(seen.iter().all(|name| !RamAction::of(name).is_empty()), "{seen:?}");
    // No operation of its own: a header of an upload.
    assert!(storage.capability().tags);
    asked.insert(&RamAction::PutObjectTagging);
    let policy = storage.ram_policy().unwrap();
    assert_eq!(
        policy.actions().collect::<Vec<_>>(),
        asked.into_iter().copied().collect::<Vec<_>>()
    );
}
