//! Bodies that are bytes, files and streams: what goes out, and what may go out twice.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use jit_oss::{Body, ErrorKind, Payload, TransportError, TransportErrorKind as T};

use crate::support::scripted::{Scene, broken, refusal, reply};
use crate::support::serve_once;

const CRC: &str = "11051210869376104954"; // of "123456789"

/// Pieces, and the length that is announced for them.
struct Pieces(Vec<&'static str>, Option<u64>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(self.0.remove(0).as_bytes())))))
    }

    fn size_hint(&self) -> SizeHint {
        self.1.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

pub(crate) fn pieces(length: Option<u64>) -> Body {
    Body::stream(Pieces(vec!["123", "", "456", "789"], length))
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

#[tokio::test]
async fn every_kind_arrives_whole_and_is_checked() {
    let stored = file("0123456789X");
    for (payload, length) in [
        (Payload::from("123456789"), Some("9")),
        (Payload::from("0123456789X").part(1, 9), Some("9")),
        (Payload::file(stored.path()).part(1, 9), Some("9")),
        (Payload::file(file("123456789").into_temp_path().keep().unwrap()), Some("9")),
        (Payload::replayable(|| pieces(Some(9))), Some("9")),
        (Payload::replayable(|| pieces(None)), None),
        (Payload::once(pieces(Some(9))), Some("9")),
        (Payload::once(pieces(None)), None),
    ] {
        let name = format!("{payload:?}");
        let answer = format!(
            "HTTP/1.1 200 OK\r\nETag: \"AB\"\r\nx-oss-request-id: R1\r\n\
             x-oss-hash-crc64ecma: {CRC}\r\nContent-Length: 0\r\n\r\n"
        );
        let (bucket, server) = serve_once(answer).await;
        let put = bucket.put_object("k", payload).await.unwrap();
        let receipt = &put.receipt;
        assert_eq!((receipt.bytes, receipt.attempts, receipt.crc_verified), (9, 1, true), "{name}");
        assert_eq!(receipt.request_id.as_deref(), Some("R1"));
        let request = server.await.unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
        };
        assert_eq!(header("content-length").as_deref(), length, "{name}");
        match length {
            Some(_) => assert_eq!(body, "123456789", "{name}"),
            None => {
                assert_eq!(header("transfer-encoding").as_deref(), Some("chunked"), "{name}");
                assert!(body.starts_with("3\r\n123\r\n"), "{name}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn an_empty_payload_of_any_kind_says_so() {
    let stored = file("");
    for payload in [
        Payload::default(),
        Payload::file(stored.path()),
        Payload::once(Body::empty()),
        Payload::replayable(Body::empty),
    ] {
        let name = format!("{payload:?}");
        let scene = Scene::new([reply(200, &[("x-oss-hash-crc64ecma", "0")], "")]);
        let put = scene.bucket.put_object("k", payload).await.unwrap();
        assert!(put.receipt.crc_verified && put.receipt.bytes == 0, "{name}");
        assert_eq!(scene.sent("content-length"), ["0"], "{name}");
    }
}

#[tokio::test]
async fn what_can_be_read_again_is_sent_again() {
    let stored = file("123456789");
    for payload in [
        Payload::from("123456789"),
        Payload::file(stored.path()),
        Payload::replayable(|| pieces(Some(9))),
    ] {
        let wrong = reply(200, &[("x-oss-hash-crc64ecma", "1")], "");
        let right = reply(200, &[("x-oss-hash-crc64ecma", CRC)], "");
        let scene = Scene::new([broken(T::Connect), refusal(500, "InternalError"), wrong, right]);
        let scene = Scene { bucket: patient(&scene), ..scene };
        let put = scene.bucket.put_object("k", payload).await.unwrap();
        assert_eq!(put.receipt.attempts, 4);
        assert_eq!(put.receipt.elapsed, jit_oss::Runtime::elapsed(&*scene.clock));
        assert_eq!(scene.bodies().await, ["", "123456789", "123456789", "123456789"]);
    }
}

/// The same bucket with more attempts.
fn patient(scene: &Scene) -> jit_oss::Bucket {
    let policy = jit_oss::RetryPolicy { max_attempts: 9, ..jit_oss::RetryPolicy::default() };
    let config = crate::support::config("http://oss.example.com").with_retry(policy);
    let (transport, clock) = (scene.transport.clone(), scene.clock.clone());
    let client = jit_oss::Client::with_transport_and_runtime(config, transport, clock).unwrap();
    client.bucket("bkt").unwrap()
}

#[tokio::test]
async fn a_stream_is_sent_again_only_before_it_was_read() {
    let scene = Scene::new([broken(T::Connect), reply(200, &[], "")]);
    let put = scene.bucket.put_object("k", Payload::once(pieces(Some(9)))).await.unwrap();
    assert_eq!(put.receipt.attempts, 2);

    for (first, kind, unknown) in [
        // What is there may be what it is to replace.
        (broken(T::Interrupted), ErrorKind::Interrupted, true),
        (refusal(500, "InternalError"), ErrorKind::Server, true),
        (reply(200, &[("x-oss-hash-crc64ecma", "1")], ""), ErrorKind::Inconsistent, true),
        (refusal(503, "ServiceUnavailable"), ErrorKind::Throttled, false),
        (refusal(403, "RequestTimeTooSkewed"), ErrorKind::ClockSkewed, false),
    ] {
        let scene = Scene::new([first, refusal(404, "NoSuchKey")]);
        let put = scene.bucket.put_object("k", Payload::once(pieces(Some(9))));
        let error = put.await.unwrap_err();
        assert_eq!((error.kind(), error.outcome_unknown()), (kind, unknown));
        assert_eq!(scene.methods(), if unknown { vec!["PUT", "HEAD"] } else { vec!["PUT"] });
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_it_said_is_not_sent_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let stored = file("123456789");
    let missing = directory.path().join("missing");
    for (payload, message) in [
        (
            Payload::once(pieces(Some(10))),
            "the body cannot be sent: it ended after 9 of 10 bytes".to_owned(),
        ),
        (
            Payload::replayable(|| pieces(Some(8))),
            "the body cannot be sent: it is longer than the 8 bytes announced".to_owned(),
        ),
        (Payload::file(&missing), format!("cannot open `{}`: entity not found", missing.display())),
        (
            Payload::file(directory.path()),
            format!("cannot open `{}`: is a directory", directory.path().display()),
        ),
        (
            Payload::file(stored.path()).part(5, 5),
            format!("`{}` has 9 bytes, and bytes 5 to 10 were to be sent", stored.path().display()),
        ),
    ] {
        let scene = Scene::new([reply(200, &[], "")]);
        let error = scene.bucket.put_object("k", payload).await.unwrap_err();
        assert_eq!(error.to_string(), format!("PutObject bkt/k: {message}"));
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Io, 1));
        assert!(!error.outcome_unknown());
    }
}

#[tokio::test]
async fn a_body_that_fails_on_the_wire_keeps_its_reason() {
    let (bucket, server) = serve_once("HTTP/1.1 200 OK\r\n\r\n").await;
    let error = bucket.put_object("k", Payload::once(pieces(Some(10)))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PutObject bkt/k: the body cannot be sent: it ended after 9 of 10 bytes"
    );
    server.abort();
}

#[tokio::test]
async fn a_large_file_is_streamed() {
    let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8 & 0x7f).collect();
    let mut stored = tempfile::NamedTempFile::new().unwrap();
    stored.write_all(&content).unwrap();
    let crc = jit_oss::crc64::of(&content).to_string();
    let scene = Scene::new([reply(200, &[("x-oss-hash-crc64ecma", &crc)], "")]);
    let put = scene.bucket.put_object("k", Payload::file(stored.path())).await.unwrap();
    assert_eq!((put.receipt.bytes, put.receipt.crc_verified), (3_000_000, true));
}

#[tokio::test]
async fn more_than_a_request_stores_is_refused_before_it_is_sent() {
    let scene = Scene::new([]);
    let sparse = tempfile::NamedTempFile::new().unwrap();
    sparse.as_file().set_len((5 << 30) + 1).unwrap();
    for payload in [
        Payload::file(sparse.path()),
        Payload::file(sparse.path()).part(0, (5 << 30) + 1),
        Payload::once(pieces(Some((5 << 30) + 1))),
    ] {
        let error = scene.bucket.put_object("k", payload).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "PutObject bkt/k: the object has 5368709121 bytes; one request stores at most \
             5368709120 (5 GB)"
        );
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
