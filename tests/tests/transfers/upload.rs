//! Uploads: what arrives, and what is left behind.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jit_oss::{Body, Cancellation, ErrorKind, Payload, crc64};
use jit_oss_server::Operation;
use tempfile::TempDir;

use crate::support::{PART, Scene, Steps, bytes};

fn file(data: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, data).unwrap();
    (folder, path)
}

/// A stream of pieces of odd sizes, whose length nobody knows.
fn stream(data: &[u8]) -> Payload {
    let mut random = fastrand::Rng::with_seed(3);
    let mut rest = Bytes::copy_from_slice(data);
    let mut pieces = std::collections::VecDeque::new();
    while !rest.is_empty() {
        pieces.push_back(rest.split_to(random.usize(1..=70_000).min(rest.len())));
    }
    Payload::once(Body::stream(Pieces(pieces)))
}

struct Pieces(std::collections::VecDeque<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = jit_oss::TransportError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.0.pop_front().map(|piece| Ok(http_body::Frame::data(piece))))
    }
}

#[tokio::test]
async fn whatever_is_sent_arrives_in_as_many_parts_as_it_takes() {
    let scene = Scene::new().await;
    for (size, parts) in
        [(0, 0), (1, 0), (PART, 0), (PART + 1, 2), (3 * PART, 3), (3 * PART + 17, 4)]
    {
        let data = bytes(size, size);
        let (_folder, path) = file(&data);
        let sources: [(&str, Payload, bool); 3] = [
            ("bytes", data.clone().into(), true),
            ("file", Payload::file(&path), true),
            ("stream", stream(&data), false),
        ];
        for (name, source, known) in sources {
            let steps = Steps::default();
            let upload = scene.uploader().upload(name, source).content_type("text/x");
            let done = upload.metadata("a", "b").progress(steps.report()).await.unwrap();
            assert_eq!((done.size, done.parts, done.resumed), (size, parts, 0), "{name} {size}");
            assert_eq!(done.crc64, Some(crc64::of(&data)));
            assert!(done.receipt.crc_verified && done.receipt.bytes == size, "{done:?}");
            assert!(scene.stored(name).await == data, "{name} {size}");
            let head = scene.bucket.head_object(name).await.unwrap();
            assert_eq!(head.content_type.as_deref(), Some("text/x"));
            assert_eq!(head.user_metadata, [("a".to_owned(), "b".to_owned())]);
            steps.check(size, known);
        }
    }
    assert_eq!(scene.unfinished().await, 0);
}

#[tokio::test]
async fn a_part_that_fails_is_sent_again_alone() {
    for (name, arm) in [
        (
            "busy",
            (|s| s.server.faults().on(Operation::UploadPart).times(2).fail(503, "X")) as fn(&Scene),
        ),
        ("failed", |s| {
            s.server.faults().on(Operation::UploadPart).skip(2).fail(500, "InternalError");
        }),
        ("lost", |s| s.server.faults().on(Operation::UploadPart).skip(1).drop_reply()),
        ("wrong", |s| s.server.faults().on(Operation::UploadPart).corrupt_crc()),
        ("initiate", |s| s.server.faults().on(Operation::InitiateMultipartUpload).fail(502, "X")),
        ("complete", |s| s.server.faults().on(Operation::CompleteMultipartUpload).fail(500, "X")),
        ("completed", |s| s.server.faults().on(Operation::CompleteMultipartUpload).drop_reply()),
        ("clock", |s| s.server.faults().skew_clock(3600)),
    ] {
        let scene = Scene::new().await;
        arm(&scene);
        let data = bytes(5 * PART, 5);
        let (_folder, path) = file(&data);
        let steps = Steps::default();
        let upload = scene.uploader().upload("k", Payload::file(path)).progress(steps.report());
        let done = upload.await.unwrap();
        assert_eq!((done.parts, done.crc64), (5, Some(crc64::of(&data))), "{name}");
        assert!(scene.stored("k").await == data, "{name}");
        assert_eq!(scene.unfinished().await, 0, "{name}");
        steps.check(5 * PART, true);
    }
}

#[tokio::test]
async fn what_fails_for_good_leaves_nothing_behind() {
    for (name, arm, kind) in [
        (
            "refused",
            (|s| s.server.faults().on(Operation::UploadPart).skip(2).fail(403, "AccessDenied"))
                as fn(&Scene),
            ErrorKind::AccessDenied,
        ),
        (
            "busy",
            |s| s.server.faults().on(Operation::UploadPart).skip(2).times(99).fail(503, "X"),
            ErrorKind::Throttled,
        ),
        (
            "lost",
            |s| s.server.faults().on(Operation::UploadPart).times(99).drop_reply(),
            ErrorKind::Interrupted,
        ),
        (
            "garbage",
            |s| s.server.faults().on(Operation::UploadPart).skip(1).garbage(),
            ErrorKind::Protocol,
        ),
        (
            "no xml",
            |s| s.server.faults().on(Operation::InitiateMultipartUpload).fail(400, "MalformedXML"),
            ErrorKind::Rejected,
        ),
        (
            "complete refused",
            |s| s.server.faults().on(Operation::CompleteMultipartUpload).fail(400, "InvalidPart"),
            ErrorKind::Rejected,
        ),
    ] {
        for stream_too in [false, true] {
            let scene = Scene::new().await;
            arm(&scene);
            let data = bytes(6 * PART, 6);
            let source = if stream_too { stream(&data) } else { data.into() };
            let error = scene.uploader().upload("k", source).await.unwrap_err();
            scene.server.faults().clear();
            assert_eq!(error.kind(), kind, "{name}: {error}");
            assert!(!scene.exists("k").await, "{name}");
            assert_eq!(scene.unfinished().await, 0, "{name}");
        }
    }
}

#[tokio::test]
async fn a_checksum_that_is_wrong_at_the_end_is_an_error() {
    let scene = Scene::new().await;
    scene.server.faults().on(Operation::CompleteMultipartUpload).corrupt_crc();
    let error = scene.uploader().upload("k", bytes(2 * PART, 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent);
    assert_eq!(scene.unfinished().await, 0);
}

#[tokio::test]
async fn what_is_dropped_is_aborted() {
    let scene = Scene::new().await;
    let hold = scene.server.faults().on(Operation::UploadPart).skip(1).hold();
    let upload = scene.uploader().upload("k", bytes(9 * PART, 1));
    let task = tokio::spawn(upload.into_future());
    hold.reached().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    hold.release();
    scene.until_aborted().await;
    assert!(!scene.exists("k").await);
}

#[tokio::test]
async fn what_is_cancelled_is_aborted_with_its_checkpoint() {
    let scene = Scene::new().await;
    let (folder, path) = file(&bytes(9 * PART, 1));
    let checkpoint = folder.path().join("checkpoint");
    let hold = scene.server.faults().on(Operation::UploadPart).skip(4).hold();
    let cancellation = Cancellation::new();
    let upload = scene.uploader().upload("k", Payload::file(path));
    let upload = upload.cancellation(&cancellation).checkpoint(&checkpoint);
    let task = tokio::spawn(upload.into_future());
    hold.reached().await;
    assert!(checkpoint.exists());
    cancellation.cancel();
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "Upload bkt/k: it was cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    drop(hold);
    assert_eq!(scene.unfinished().await, 0);
    assert!(!scene.exists("k").await && !checkpoint.exists());
    let again = scene.uploader().upload("k", "data").cancellation(&cancellation).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Cancelled);
}

/// An upload that broke off after some parts: the checkpoint of it.
async fn broken_off(scene: &Scene, path: &Path, checkpoint: &Path) {
    scene.server.faults().on(Operation::UploadPart).skip(5).times(99).fail(403, "AccessDenied");
    let upload = scene.uploader().with_concurrency(1).upload("k", Payload::file(path));
    upload.checkpoint(checkpoint).await.unwrap_err();
    scene.server.faults().clear();
    assert_eq!(scene.unfinished().await, 1);
    assert!(checkpoint.exists() && !scene.exists("k").await);
}

#[tokio::test]
async fn an_upload_goes_on_where_it_broke_off() {
    let scene = Scene::new().await;
    let data = bytes(8 * PART, 1);
    let (folder, path) = file(&data);
    let checkpoint = folder.path().join("checkpoint");
    broken_off(&scene, &path, &checkpoint).await;
    let text = fs::read_to_string(&checkpoint).unwrap();
    let secret = scene.server.credentials().access_key_secret();
    assert!(!text.contains(exposed(secret)), "{text}");
    let sent = scene.count(Operation::UploadPart);
    let steps = Steps::default();
    // The part size of the first run counts.
    let upload = scene.uploader().with_part_size(PART * 3).upload("k", Payload::file(&path));
    let done = upload.checkpoint(&checkpoint).progress(steps.report()).await.unwrap();
    assert_eq!((done.parts, done.resumed), (8, 5 * PART));
    assert_eq!(scene.count(Operation::UploadPart) - sent, 3);
    assert!(scene.stored("k").await == data);
    assert!(!checkpoint.exists());
    assert_eq!(scene.unfinished().await, 0);
    steps.check(8 * PART, true);
}

fn exposed(secret: &secrecy::SecretString) -> &str {
    secrecy::ExposeSecret::expose_secret(secret)
}

#[tokio::test]
async fn an_upload_never_goes_on_with_what_is_another() {
    for (name, change) in [
        ("longer", (|path| fs::write(path, bytes(8 * PART + 1, 2)).unwrap()) as fn(&Path)),
        ("touched", |path| {
            let file = fs::File::options().append(true).open(path).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }),
    ] {
        let scene = Scene::new().await;
        let (folder, path) = file(&bytes(8 * PART, 1));
        let checkpoint = folder.path().join("checkpoint");
        broken_off(&scene, &path, &checkpoint).await;
        change(&path);
        let upload = scene.uploader().upload("k", Payload::file(&path));
        let done = upload.checkpoint(&checkpoint).await.unwrap();
        assert_eq!(done.resumed, 0, "{name}");
        assert!(scene.stored("k").await == fs::read(&path).unwrap(), "{name}");
        assert_eq!(scene.unfinished().await, 0, "the old one is aborted");
    }
    // Of the same size, and changed when the clock was set back: the parts tell.
    let scene = Scene::new().await;
    let (folder, path) = file(&bytes(8 * PART, 1));
    let checkpoint = folder.path().join("checkpoint");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    broken_off(&scene, &path, &checkpoint).await;
    let mut other = bytes(8 * PART, 1);
    other[usize::try_from(PART).unwrap() + 5] ^= 1;
    fs::write(&path, &other).unwrap();
    fs::File::options().append(true).open(&path).unwrap().set_modified(before).unwrap();
    let upload = scene.uploader().upload("k", Payload::file(&path)).checkpoint(&checkpoint);
    let done = upload.await.unwrap();
    assert_eq!(done.resumed, 4 * PART);
    assert!(scene.stored("k").await == other);
}

#[tokio::test]
async fn an_upload_that_is_gone_is_begun_anew() {
    let scene = Scene::new().await;
    let (folder, path) = file(&bytes(8 * PART, 1));
    let checkpoint = folder.path().join("checkpoint");
    broken_off(&scene, &path, &checkpoint).await;
    let uploads = scene.bucket.list_multipart_uploads().uploads().all().await.unwrap();
    let jit_oss::UploadEntry::Upload(upload) = &uploads[0] else { panic!("{uploads:?}") };
    scene.bucket.abort_multipart_upload("k", upload.upload_id.as_str()).await.unwrap();
    let upload = scene.uploader().upload("k", Payload::file(&path)).checkpoint(&checkpoint);
    assert_eq!(upload.await.unwrap().resumed, 0);
    assert!(scene.stored("k").await == fs::read(&path).unwrap());
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_becomes_no_object() {
    let scene = Scene::new().await;
    let (_folder, path) = file(&bytes(8 * PART, 1));
    let hold = scene.server.faults().on(Operation::UploadPart).skip(7).hold();
    let task = tokio::spawn(scene.uploader().upload("k", Payload::file(&path)).into_future());
    hold.reached().await;
    fs::write(&path, bytes(8 * PART, 2)).unwrap();
    hold.release();
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed, "{error}");
    assert!(!scene.exists("k").await);
    assert_eq!(scene.unfinished().await, 0);
}

#[tokio::test]
async fn mistakes_are_told_before_anything_is_sent() {
    let scene = Scene::new().await;
    let uploader = scene.uploader();
    let (folder, _path) = file(b"");
    for (upload, message) in [
        (uploader.upload("/k", "x"), "the object name starts with `/`"),
        (uploader.upload("k", Payload::file("/nowhere")), "cannot open `/nowhere`"),
        (uploader.upload("k", Payload::file(folder.path())), "it is no file"),
        (uploader.upload("k", "x").checkpoint("/c"), "only the upload of a whole file"),
    ] {
        let error = upload.await.unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    assert!(scene.server.requests().is_empty());
}

#[tokio::test]
async fn nothing_is_overwritten_that_must_not_be() {
    let scene = Scene::new().await;
    let data = bytes(3 * PART, 1);
    let upload = || scene.uploader().upload("k", data.clone()).forbid_overwrite();
    scene.server.faults().on(Operation::CompleteMultipartUpload).drop_reply();
    upload().await.unwrap();
    assert_eq!(upload().await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(scene.unfinished().await, 0);
}
