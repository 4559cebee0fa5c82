//! Downloads: what is in the file, and what is beside it.

use std::fs;
use std::path::{Path, PathBuf};

use jit_oss::{Cancellation, ErrorKind, RetryPolicy, crc64};
use jit_oss_server::Operation;
use tempfile::TempDir;

use crate::support::{PART, Scene, Steps, bytes};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    (folder, path)
}

/// What is in a folder, by name.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An object of so many parts.
async fn with_object(parts: u64) -> (Scene, Vec<u8>) {
    let scene = Scene::new().await;
    let data = bytes(parts * PART, 1);
    scene.bucket.put_object("k", data.clone()).await.unwrap();
    (scene, data)
}

#[tokio::test]
async fn whatever_there_is_arrives() {
    let scene = Scene::new().await;
    for (size, parts) in [(0, 0), (1, 1), (PART, 1), (PART + 1, 2), (9 * PART + 17, 10)] {
        let data = bytes(size, size);
        scene.bucket.put_object("k", data.clone()).await.unwrap();
        let (folder, path) = folder();
        let steps = Steps::default();
        let done = scene.downloader().download("k", &path).progress(steps.report()).await.unwrap();
        assert_eq!((done.metadata.size, done.parts, done.resumed), (size, parts, 0));
        assert_eq!(done.metadata.crc64, Some(crc64::of(&data)));
        assert!(done.metadata.receipt.crc_verified);
        assert!(fs::read(&path).unwrap() == data, "{size}");
        assert_eq!(names(&folder), ["file"]);
        steps.check(size, true);
    }
}

#[tokio::test]
async fn a_part_that_breaks_off_goes_on_where_it_broke_off() {
    for (name, arm) in [
        (
            "cut",
            (|s| s.server.faults().on(Operation::GetObject).times(2).cut_after(70_000))
                as fn(&Scene),
        ),
        ("cut at once", |s| s.server.faults().on(Operation::GetObject).skip(1).cut_after(0)),
        ("no answer", |s| s.server.faults().on(Operation::GetObject).drop_reply()),
        ("busy", |s| s.server.faults().on(Operation::GetObject).times(2).fail(503, "X")),
        ("failed", |s| s.server.faults().on(Operation::GetObject).skip(3).fail(500, "X")),
        ("a bit turned", |s| s.server.faults().on(Operation::GetObject).skip(2).corrupt_body()),
        ("head", |s| s.server.faults().on(Operation::HeadObject).fail(500, "X")),
        ("clock", |s| s.server.faults().skew_clock(-3600)),
    ] {
        let (scene, data) = with_object(5).await;
        arm(&scene);
        let (folder, path) = folder();
        let steps = Steps::default();
        scene.downloader().download("k", &path).progress(steps.report()).await.unwrap();
        assert!(fs::read(&path).unwrap() == data, "{name}");
        assert_eq!(names(&folder), ["file"], "{name}");
        steps.check(5 * PART, true);
    }
}

#[tokio::test]
async fn what_fails_leaves_what_was_there() {
    for (name, arm, kind) in [
        (
            "cut always",
            (|s| s.server.faults().on(Operation::GetObject).times(99).cut_after(7)) as fn(&Scene),
            ErrorKind::Interrupted,
        ),
        (
            "refused",
            |s| s.server.faults().on(Operation::GetObject).skip(3).fail(403, "AccessDenied"),
            ErrorKind::AccessDenied,
        ),
        (
            "garbage",
            |s| s.server.faults().on(Operation::GetObject).skip(2).garbage(),
            ErrorKind::Protocol,
        ),
        (
            "wrong checksum",
            |s| s.server.faults().on(Operation::HeadObject).corrupt_crc(),
            ErrorKind::Inconsistent,
        ),
        (
            "a bit turned each time",
            |s| s.server.faults().on(Operation::GetObject).times(99).corrupt_body(),
            ErrorKind::Inconsistent,
        ),
        (
            "gone",
            |s| s.server.faults().on(Operation::HeadObject).fail(404, "NoSuchKey"),
            ErrorKind::NotFound,
        ),
    ] {
        let (scene, _) = with_object(5).await;
        arm(&scene);
        let (folder, path) = folder();
        fs::write(&path, "old").unwrap();
        let error = scene.downloader().download("k", &path).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old", "{name}");
        assert_eq!(names(&folder), ["file"], "{name}");
    }
}

#[tokio::test]
async fn a_part_that_takes_too_long_is_a_timeout() {
    let data = bytes(3 * PART, 1);
    let limit = std::time::Duration::from_millis(300);
    let policy = RetryPolicy {
        attempt_timeout: Some(limit),
        base_delay: std::time::Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let scene = Scene::with(|config| config.with_retry(policy)).await;
    scene.bucket.put_object("k", data.clone()).await.unwrap();
    let (folder, path) = folder();
    let never = scene.server.faults().on(Operation::GetObject).times(99).hold();
    let error = scene.downloader().download("k", &path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(names(&folder).is_empty());
    drop(never);
    scene.server.faults().clear();
    let _once = scene.server.faults().on(Operation::GetObject).hold();
    scene.downloader().download("k", &path).await.unwrap();
    assert!(fs::read(&path).unwrap() == data);
}

#[tokio::test]
async fn an_object_that_changes_meanwhile_becomes_no_file() {
    let (scene, _) = with_object(8).await;
    let (folder, path) = folder();
    let checkpoint = folder.path().join("checkpoint");
    let hold = scene.server.faults().on(Operation::GetObject).skip(5).hold();
    let download = scene.downloader().download("k", &path).checkpoint(&checkpoint);
    let task = tokio::spawn(download.into_future());
    hold.reached().await;
    scene.bucket.put_object("k", bytes(8 * PART, 2)).await.unwrap();
    hold.release();
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed, "{error}");
    assert!(names(&folder).is_empty(), "{:?}", names(&folder));
}

/// What a proxy leaves out of answers.
fn leave_out(scene: &Scene, names: &[&str]) {
    for name in names {
        for operation in [Operation::HeadObject, Operation::GetObject] {
            scene.server.faults().on(operation).times(999).without_header(*name);
        }
    }
}

const CRC64: &str = "x-oss-hash-crc64ecma";

#[tokio::test]
async fn an_object_is_known_by_what_a_proxy_leaves_of_it() {
    type Case = (&'static [&'static str], usize, bool);
    let cases: [Case; 3] =
        [(&["etag"], 4, true), (&[CRC64], 4, false), (&["etag", CRC64], 2, false)];
    for (left_out, requests, verified) in cases {
        let (scene, data) = with_object(3).await;
        leave_out(&scene, left_out);
        scene.server.faults().on(Operation::GetObject).cut_after(70_000);
        let (folder, path) = folder();
        let asked = scene.count(Operation::GetObject);
        let checkpoint = folder.path().join("checkpoint");
        let download = scene.downloader().with_concurrency(1).download("k", &path);
        let done = download.checkpoint(&checkpoint).await.unwrap();
        assert!(fs::read(&path).unwrap() == data, "{left_out:?}");
        assert_eq!(names(&folder), ["file"], "{left_out:?}");
        assert_eq!(done.metadata.receipt.crc_verified, verified, "{left_out:?}");
        // In one answer, from the start, where nothing tells that it is the same.
        assert_eq!(scene.count(Operation::GetObject) - asked, requests, "{left_out:?}");
        assert_eq!(scene.stored("k").await, data);
    }
}

#[tokio::test]
async fn a_weak_entity_tag_is_none() {
    let (scene, data) = with_object(3).await;
    for operation in [Operation::HeadObject, Operation::GetObject] {
        scene.server.faults().on(operation).times(99).header("etag", "W/\"weak\"");
    }
    let (_folder, path) = folder();
    scene.downloader().download("k", &path).await.unwrap();
    assert!(fs::read(&path).unwrap() == data);
    assert_eq!(scene.bucket.head_object("k").await.unwrap().etag, None);
}

#[tokio::test]
async fn an_object_without_an_entity_tag_that_changes_becomes_no_file() {
    for left_out in [&["etag"][..], &["etag", CRC64]] {
        let (scene, _) = with_object(3).await;
        leave_out(&scene, left_out);
        let (folder, path) = folder();
        fs::write(&path, "old").unwrap();
        let other = bytes(3 * PART, 2);
        // It breaks off, and what comes then is another content.
        scene.server.faults().on(Operation::GetObject).cut_after(70_000);
        let hold = scene.server.faults().on(Operation::GetObject).skip(1).hold();
        let download = scene.downloader().with_concurrency(1).download("k", &path);
        let task = tokio::spawn(download.into_future());
        hold.reached().await;
        scene.bucket.put_object("k", other.clone()).await.unwrap();
        hold.release();
        match task.await.unwrap() {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Changed, "{error}");
                assert_eq!(fs::read_to_string(&path).unwrap(), "old");
            }
            Ok(_) => assert!(fs::read(&path).unwrap() == other, "{left_out:?}"),
        }
        assert_eq!(names(&folder), ["file"]);
    }
}

#[tokio::test]
async fn what_is_dropped_or_cancelled_leaves_nothing() {
    let (scene, _) = with_object(8).await;
    let (folder, path) = folder();
    let checkpoint = folder.path().join("checkpoint");
    let hold = scene.server.faults().on(Operation::GetObject).skip(5).hold();
    let task = tokio::spawn(scene.downloader().download("k", &path).into_future());
    hold.reached().await;
    assert!(!path.exists());
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(names(&folder).is_empty());
    drop(hold);

    let hold = scene.server.faults().on(Operation::GetObject).skip(5).hold();
    let cancellation = Cancellation::new();
    let download = scene.downloader().download("k", &path).checkpoint(&checkpoint);
    let task = tokio::spawn(download.cancellation(&cancellation).into_future());
    hold.reached().await;
    assert_eq!(names(&folder), [".file.part", "checkpoint"]);
    cancellation.cancel();
    assert_eq!(task.await.unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(names(&folder).is_empty());
}

/// A download that broke off after some parts.
async fn broken_off(scene: &Scene, path: &Path, checkpoint: &Path) {
    scene.server.faults().on(Operation::GetObject).skip(5).times(99).fail(403, "AccessDenied");
    let download = scene.downloader().with_concurrency(1).download("k", path);
    download.checkpoint(checkpoint).await.unwrap_err();
    scene.server.faults().clear();
    assert!(!path.exists());
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off() {
    let (scene, data) = with_object(8).await;
    let (folder, path) = folder();
    let checkpoint = folder.path().join("checkpoint");
    broken_off(&scene, &path, &checkpoint).await;
    assert_eq!(names(&folder), [".file.part", "checkpoint"]);
    let text = fs::read_to_string(&checkpoint).unwrap();
    let secret = scene.server.credentials().access_key_secret();
    assert!(!text.contains(secrecy::ExposeSecret::expose_secret(secret)), "{text}");
    let asked = scene.count(Operation::GetObject);
    let steps = Steps::default();
    let download = scene.downloader().with_part_size(3 * PART).download("k", &path);
    let done = download.checkpoint(&checkpoint).progress(steps.report()).await.unwrap();
    assert_eq!((done.parts, done.resumed), (8, 5 * PART));
    assert_eq!(scene.count(Operation::GetObject) - asked, 3);
    assert!(fs::read(&path).unwrap() == data);
    assert_eq!(names(&folder), ["file"]);
    steps.check(8 * PART, true);
}

#[tokio::test]
async fn a_download_never_goes_on_with_what_is_another() {
    // The object is another.
    let (scene, _) = with_object(8).await;
    let (folder, path) = folder();
    let checkpoint = folder.path().join("checkpoint");
    broken_off(&scene, &path, &checkpoint).await;
    let other = bytes(8 * PART, 2);
    scene.bucket.put_object("k", other.clone()).await.unwrap();
    let download = || scene.downloader().download("k", &path).checkpoint(&checkpoint);
    assert_eq!(download().await.unwrap().resumed, 0);
    assert!(fs::read(&path).unwrap() == other);

    // What is in the file is another.
    broken_off_after(&scene, &path, &checkpoint).await;
    let beside = folder.path().join(".file.part");
    let mut there = fs::read(&beside).unwrap();
    there[7] ^= 1;
    there.truncate(there.len() - 10);
    fs::write(&beside, there).unwrap();
    assert_eq!(download().await.unwrap().resumed, 3 * PART);
    assert!(fs::read(&path).unwrap() == other);

    // The last line was cut off.
    broken_off_after(&scene, &path, &checkpoint).await;
    let text = fs::read(&checkpoint).unwrap();
    fs::write(&checkpoint, &text[..text.len() - 3]).unwrap();
    assert_eq!(download().await.unwrap().resumed, 4 * PART);
    assert_eq!(names(&folder), ["file"]);
}

/// As [`broken_off`], where a file is there already.
async fn broken_off_after(scene: &Scene, path: &Path, checkpoint: &Path) {
    fs::remove_file(path).unwrap();
    broken_off(scene, path, checkpoint).await;
}

#[tokio::test]
async fn two_downloads_do_not_write_into_one_file() {
    let (scene, _) = with_object(3).await;
    let (folder, path) = folder();
    let hold = scene.server.faults().on(Operation::GetObject).hold();
    let download = |name: &str| {
        scene.downloader().download("k", &path).checkpoint(folder.path().join(name)).into_future()
    };
    let first = tokio::spawn(download("a"));
    hold.reached().await;
    let error = download("b").await.unwrap_err();
    assert!(error.to_string().ends_with("is in use by another transfer"), "{error}");
    hold.release();
    first.await.unwrap().unwrap();
    let error = scene.downloader().download("k", folder.path()).await.unwrap_err();
    assert!(error.to_string().ends_with("is a folder"), "{error}");
    let nowhere = folder.path().join("no/file");
    let error = scene.downloader().download("k", nowhere).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
}
