//! A process that is killed in the middle of a transfer, and another that goes on.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use jit_oss::credentials::{Environment, EnvironmentProvider};
use jit_oss::{Client, Config, Downloader, Payload, Uploader};
use jit_oss_server::Operation;
use secrecy::ExposeSecret;

use crate::support::{PART, Scene, bytes};

/// What the other process is to do: `upload` or `download`.
const TASK: &str = "JIT_TRANSFER_TASK";
const ENDPOINT: &str = "JIT_TRANSFER_ENDPOINT";
const FOLDER: &str = "JIT_TRANSFER_FOLDER";

/// Not a test by itself: what [`other_process`] runs, in another process.
#[tokio::test]
async fn in_the_other_process() {
    let Ok(task) = std::env::var(TASK) else { return };
    let folder = std::env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    let provider = Arc::new(EnvironmentProvider::new(Environment::process()));
    let endpoint = std::env::var(ENDPOINT).unwrap().parse().unwrap();
    let config = Config::new(endpoint, provider).with_region("cn-hangzhou");
    let bucket = Client::new(config).unwrap().bucket("bkt").unwrap();
    let (file, checkpoint) = (folder.join("file"), folder.join("checkpoint"));
    if task == "upload" {
        let uploader = Uploader::new(&bucket).with_part_size(PART).with_concurrency(1);
        let upload = uploader.with_threshold(0).upload("k", Payload::file(file));
        upload.checkpoint(checkpoint).await.unwrap();
    } else {
        let downloader = Downloader::new(&bucket).with_part_size(PART).with_concurrency(1);
        downloader.download("k", file).checkpoint(checkpoint).await.unwrap();
    }
}

fn other_process(scene: &Scene, task: &str, folder: &Path) -> Child {
    let keys = scene.server.credentials();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::in_the_other_process"])
        .env(TASK, task)
        .env(FOLDER, folder)
        .env(ENDPOINT, scene.server.endpoint().to_string())
        .env("OSS_ACCESS_KEY_ID", keys.access_key_id())
        .env("OSS_ACCESS_KEY_SECRET", keys.access_key_secret().expose_secret())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn an_upload_that_was_killed_goes_on() {
    let scene = Scene::new().await;
    let data = bytes(9 * PART, 1);
    let folder = tempfile::tempdir().unwrap();
    let (file, checkpoint) = (folder.path().join("file"), folder.path().join("checkpoint"));
    fs::write(&file, &data).unwrap();
    let hold = scene.server.faults().on(Operation::UploadPart).skip(6).hold();
    let mut child = other_process(&scene, "upload", folder.path());
    hold.reached().await;
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    drop(hold);
    assert!(!scene.exists("k").await);
    let upload = scene.uploader().upload("k", Payload::file(file)).checkpoint(&checkpoint);
    let done = upload.await.unwrap();
    // The part that was held may have arrived.
    assert!(done.parts == 9 && done.resumed >= 6 * PART, "{done:?}");
    assert!(scene.stored("k").await == data);
    assert!(!checkpoint.exists());
    assert_eq!(scene.unfinished().await, 0);
}

#[tokio::test]
async fn a_download_that_was_killed_goes_on() {
    let scene = Scene::new().await;
    let data = bytes(9 * PART, 1);
    scene.bucket.put_object("k", data.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, checkpoint) = (folder.path().join("file"), folder.path().join("checkpoint"));
    let hold = scene.server.faults().on(Operation::GetObject).skip(6).hold();
    let mut child = other_process(&scene, "download", folder.path());
    hold.reached().await;
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    drop(hold);
    assert!(!file.exists());
    let download = scene.downloader().download("k", &file).checkpoint(&checkpoint);
    let done = download.await.unwrap();
    assert_eq!((done.parts, done.resumed), (9, 6 * PART));
    assert!(fs::read(&file).unwrap() == data);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
