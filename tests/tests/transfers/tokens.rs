//! Tokens that expire while a transfer is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jit_meta::async_trait;
use jit_oss::credentials::ProviderError;
use jit_oss::{Client, Config, Credentials, CredentialsProvider, ErrorKind, Payload, crc64};
use jit_oss_server::{Operation, OssServer};

use crate::support::{PART, Scene, bytes};

/// Gives the server's own key, and counts how often it was asked for it.
#[derive(Debug)]
struct Counted {
    credentials: Credentials,
    asked: AtomicUsize,
}

#[async_trait]
impl CredentialsProvider for Counted {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.credentials.clone())
    }
}

async fn scene() -> (Scene, Arc<Counted>) {
    let server = OssServer::builder().bucket("bkt").start().await.unwrap();
    let credentials = server.credentials().clone();
    let counted = Arc::new(Counted { credentials, asked: AtomicUsize::new(0) });
    let provider: Arc<dyn CredentialsProvider> = counted.clone();
    let config = Config::new(server.endpoint(), provider).with_region(server.region());
    let bucket = Client::new(config).unwrap().bucket("bkt").unwrap();
    (Scene { server, bucket }, counted)
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_is_renewed_and_nothing_is_lost() {
    let (scene, provider) = scene().await;
    let data = bytes(6 * PART, 3);
    let expired = |operation| {
        let fault = scene.server.faults().on(operation).skip(2);
        fault.fail(403, "SecurityTokenExpired");
    };
    expired(Operation::UploadPart);
    let done = scene.uploader().upload("k", Payload::from(data.clone())).await.unwrap();
    assert_eq!((done.parts, done.crc64), (6, Some(crc64::of(&data))));
    assert_eq!(scene.count(Operation::UploadPart), 7, "one part is sent twice");
    assert_eq!(provider.asked.load(Ordering::SeqCst), 2);

    expired(Operation::GetObject);
    let folder = tempfile::tempdir().unwrap();
    scene.downloader().download("k", folder.path().join("k")).await.unwrap();
    assert!(std::fs::read(folder.path().join("k")).unwrap() == data);
    assert_eq!(provider.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_ends_the_upload_and_leaves_nothing() {
    let (scene, provider) = scene().await;
    let refused = scene.server.faults().on(Operation::UploadPart).skip(2).times(99);
    refused.fail(403, "SecurityTokenExpired");
    let error = scene.uploader().upload("k", Payload::from(bytes(6 * PART, 3))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
    assert!(provider.asked.load(Ordering::SeqCst) >= 2);
    scene.until_aborted().await;
    assert!(!scene.exists("k").await);
}
