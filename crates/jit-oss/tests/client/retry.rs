//! Which failures are followed by another attempt, and after how long.

use jit_oss::{ErrorKind, RetryPolicy, Runtime, TransportErrorKind as T};

use crate::support::config;
use crate::support::scripted::{Cut, NOW, Reply, Scene, broken, early, foreign, refusal, reply};

fn done() -> Reply {
    reply(200, &[], "")
}

/// Puts against `first`, then success: how many attempts, and whether it succeeded.
async fn put(first: Reply, forbid_overwrite: bool) -> (usize, Result<(), (ErrorKind, bool)>) {
    let scene = Scene::new([first, done()]);
    let request = scene.bucket.put_object("k", "data");
    let request = if forbid_overwrite { request.forbid_overwrite() } else { request };
    let outcome = request.await.map(drop);
    (scene.attempts(), outcome.map_err(|error| (error.kind(), error.outcome_unknown())))
}

#[tokio::test]
async fn what_is_worth_another_attempt_gets_one() {
    let wrong_crc = || reply(200, &[("x-oss-hash-crc64ecma", "1")], "");
    type Row = (&'static str, fn() -> Reply);
    let rows: [Row; 14] = [
        ("refused connection", || broken(T::Connect)),
        ("slow connection", || broken(T::ConnectTimeout)),
        ("silence", || broken(T::Timeout)),
        ("cut", || broken(T::Interrupted)),
        ("500", || refusal(500, "InternalError")),
        ("502 of a proxy", || foreign(502, &[], "<html>")),
        ("503", || refusal(503, "ServiceUnavailable")),
        ("503 without a word", || foreign(503, &[], "")),
        ("429", || refusal(429, "QpsLimitExceeded")),
        ("408", || foreign(408, &[], "")),
        ("a body that came too late", || refusal(400, "RequestTimeout")),
        ("504", || foreign(504, &[], "")),
        ("clock", || refusal(403, "RequestTimeTooSkewed")),
        ("limit by code", || refusal(503, "TotalQpsLimitExceeded")),
    ];
    for (name, first) in rows {
        assert_eq!(put(first(), false).await, (2, Ok(())), "{name}");
    }
    assert_eq!(put(wrong_crc(), false).await, (2, Ok(())));
}

#[tokio::test]
async fn what_would_fail_again_does_not() {
    let rows: [(fn() -> Reply, ErrorKind); 8] = [
        (|| refusal(403, "AccessDenied"), ErrorKind::AccessDenied),
        (|| refusal(404, "NoSuchBucket"), ErrorKind::NotFound),
        (|| refusal(400, "InvalidArgument"), ErrorKind::Rejected),
        (|| refusal(409, "FileImmutable"), ErrorKind::Conflict),
        (|| refusal(501, "NotImplemented"), ErrorKind::Server),
        (|| foreign(501, &[], ""), ErrorKind::Protocol),
        (|| refusal(203, "CallbackFailed"), ErrorKind::Callback),
        (|| reply(307, &[("location", "http://x/")], ""), ErrorKind::Protocol),
    ];
    for (first, kind) in rows {
        assert_eq!(put(first(), false).await, (1, Err((kind, false))), "{kind:?}");
    }
}

#[tokio::test]
async fn what_was_answered_with_nonsense_is_looked_at_and_not_repeated() {
    let put = async |reply: Reply, found: Reply| {
        let scene = Scene::new([reply, found]);
        let outcome = scene.bucket.put_object("k", "123456789").await.map(drop);
        let outcome = outcome.map_err(|error| (error.kind(), error.outcome_unknown()));
        (scene.methods().join(" "), outcome)
    };
    let nonsense: [fn() -> Reply; 3] = [
        || broken(T::Protocol),
        // A captive portal, or what stands before OSS.
        || foreign(200, &[], "<html>"),
        || reply(200, &[("etag", "")], ""),
    ];
    for nonsense in nonsense {
        let looked = "PUT HEAD".to_owned();
        assert_eq!(put(nonsense(), object(CRC)).await, (looked.clone(), Ok(())));
        let unknown = Err((ErrorKind::Protocol, true));
        for found in [object("7"), there_is_none(), nonsense()] {
            assert_eq!(put(nonsense(), found).await, (looked.clone(), unknown));
        }
        let scene = Scene::new([nonsense()]);
        let error = scene.bucket.get_object("k").await.err();
        assert!(error.is_none_or(|error| !error.outcome_unknown()));
        assert_eq!(scene.methods(), ["GET"]);
    }
}

#[tokio::test]
async fn what_was_removed_by_a_lost_attempt_was_removed() {
    let abort = async |replies: Vec<Reply>| {
        let scene = Scene::new(replies);
        let outcome = scene.bucket.abort_multipart_upload("k", "U").await;
        outcome.map(|done| done.receipt.attempts).map_err(|error| error.outcome_unknown())
    };
    let lost = || broken(T::Interrupted);
    assert_eq!(abort(vec![lost(), refusal(404, "NoSuchUpload")]).await, Ok(2));
    assert_eq!(abort(vec![refusal(404, "NoSuchUpload")]).await, Err(false));
    assert_eq!(abort(vec![broken(T::Connect), refusal(404, "NoSuchUpload")]).await, Err(false));
    assert_eq!(abort(vec![lost(), refusal(404, "NoSuchBucket")]).await, Err(true));
    assert_eq!(abort(vec![lost(), refusal(403, "AccessDenied")]).await, Err(true));

    let scene = Scene::new([lost(), refusal(404, "NoSuchBucket")]);
    let deleted = scene.bucket.delete().await.unwrap();
    assert_eq!((deleted.receipt.attempts, deleted.receipt.request_id.as_deref()), (2, Some("R1")));
    let scene = Scene::new([lost(), refusal(409, "RestoreAlreadyInProgress")]);
    assert!(!scene.bucket.restore_object("k").await.unwrap().already_restored);
}

#[tokio::test]
async fn a_put_without_an_etag_is_told_by_its_checksum() {
    let answer = |crc| reply(200, &[("etag", ""), ("x-oss-hash-crc64ecma", crc)], "");
    let scene = Scene::new([answer(CRC)]);
    let put = scene.bucket.put_object("k", "123456789").await.unwrap();
    assert_eq!((put.etag, put.receipt.crc_verified), (None, true));
}

const CRC: &str = "11051210869376104954";

/// The object, as a look at it finds it.
fn object(crc: &str) -> Reply {
    let headers = [("x-oss-hash-crc64ecma", crc), ("content-length", "9"), ("etag", "\"E\"")];
    reply(200, &headers, "")
}

fn there_is_one() -> Reply {
    refusal(409, "FileAlreadyExists")
}

fn there_is_none() -> Reply {
    refusal(404, "NoSuchKey")
}

/// Puts `123456789` where nothing must be: what was sent, and how it ended.
async fn put_new(replies: Vec<Reply>) -> (String, Result<Option<String>, (ErrorKind, bool)>) {
    let scene = Scene::new(replies);
    let outcome = scene.bucket.put_object("k", "123456789").forbid_overwrite().await;
    let outcome = outcome.map(|put| put.etag);
    (scene.methods().join(" "), outcome.map_err(|error| (error.kind(), error.outcome_unknown())))
}

#[tokio::test]
async fn a_put_that_must_not_overwrite_is_settled_by_a_look() {
    let mine = || Ok(Some("E".to_owned()));
    let written = || Ok(Some("AB".to_owned()));
    let sent = |text: &str, outcome| (text.to_owned(), outcome);
    for lost in [
        || broken(T::Timeout),
        || broken(T::Interrupted),
        || refusal(500, "InternalError"),
        || reply(200, &[("x-oss-hash-crc64ecma", "1")], ""),
    ] {
        assert_eq!(put_new(vec![lost(), object(CRC)]).await, sent("PUT HEAD", mine()));
        let again = vec![lost(), there_is_none(), done()];
        assert_eq!(put_new(again).await, sent("PUT HEAD PUT", written()));
        // It was under way when it was looked for.
        let late = vec![lost(), there_is_none(), there_is_one(), object(CRC)];
        assert_eq!(put_new(late).await, sent("PUT HEAD PUT HEAD", mine()));
        let others = vec![lost(), object("7"), there_is_one(), object("7")];
        let conflict = Err((ErrorKind::Conflict, false));
        assert_eq!(put_new(others).await, sent("PUT HEAD PUT HEAD", conflict));
    }
    let blind = vec![broken(T::Timeout), refusal(403, "AccessDenied")];
    assert_eq!(put_new(blind).await, sent("PUT HEAD", Err((ErrorKind::Timeout, true))));
    let no_checksum = vec![broken(T::Timeout), reply(200, &[("content-length", "9")], "")];
    assert_eq!(put_new(no_checksum).await, sent("PUT HEAD", Err((ErrorKind::Timeout, true))));
    for first in [broken(T::Connect), broken(T::ConnectTimeout), refusal(503, "CpuLimitExceeded")] {
        assert_eq!(put_new(vec![first, done()]).await, sent("PUT PUT", written()));
    }
    let refused = Err((ErrorKind::Conflict, false));
    assert_eq!(put_new(vec![there_is_one()]).await, sent("PUT", refused));
}

#[tokio::test]
async fn what_was_sent_whole_is_looked_for_although_the_last_attempt_was_not() {
    let content = "x".repeat(300 << 10);
    let crc = jit_oss::crc64::of(content.as_bytes()).to_string();
    let length = content.len().to_string();
    let headers = [("x-oss-hash-crc64ecma", &*crc), ("content-length", &*length)];
    let replies =
        [broken(T::Interrupted), there_is_none(), early(there_is_one()), reply(200, &headers, "")];
    let scene = Scene::new(replies);
    scene.bucket.put_object("k", content).forbid_overwrite().await.unwrap();
    assert_eq!(scene.methods(), ["PUT", "HEAD", "PUT", "HEAD"]);
}

#[tokio::test]
async fn a_stream_that_was_read_is_settled_by_a_look() {
    for (length, expected) in [(None, Ok(())), (Some(9), Ok(()))] {
        let scene = Scene::new([broken(T::Interrupted), object(CRC)]);
        let stream = crate::payload::pieces(length);
        let put = scene.bucket.put_object("k", jit_oss::Payload::once(stream)).await;
        assert_eq!(put.map(drop).map_err(|error| error.to_string()), expected);
        assert_eq!(scene.methods(), ["PUT", "HEAD"]);
    }
}

#[tokio::test]
async fn a_completion_is_repeated_and_then_settled_when_it_is_known_what_it_makes() {
    let complete = async |replies: Vec<Reply>| {
        let scene = Scene::new(replies);
        let parts = [jit_oss::CompletedPart::new(1, "P1")];
        let request = scene.bucket.complete_multipart_upload("k", "U", parts);
        let outcome = request.expect(9, CRC.parse().unwrap()).await;
        let outcome = outcome.map(|done| done.crc64.is_some());
        let outcome = outcome.map_err(|error| (error.kind(), error.outcome_unknown()));
        (scene.methods().join(" "), outcome)
    };
    let xml = "<CompleteMultipartUploadResult><ETag>E</ETag></CompleteMultipartUploadResult>";
    let gone = || refusal(404, "NoSuchUpload");
    let sent = |text: &str, outcome| (text.to_owned(), outcome);
    let lost = || broken(T::Interrupted);
    let again = vec![lost(), reply(200, &[], xml)];
    assert_eq!(complete(again).await, sent("POST POST", Ok(false)));
    let settled = vec![lost(), gone(), object(CRC)];
    assert_eq!(complete(settled).await, sent("POST POST HEAD", Ok(true)));
    let replaced = vec![lost(), gone(), object("7")];
    let unknown = Err((ErrorKind::NotFound, true));
    assert_eq!(complete(replaced).await, sent("POST POST HEAD", unknown));
    let compared = |crc| vec![reply(200, &[("x-oss-hash-crc64ecma", crc)], xml)];
    assert_eq!(complete(compared(CRC)).await, sent("POST", Ok(true)));
    let other = Err((ErrorKind::Inconsistent, true));
    assert_eq!(complete(compared("7")).await, sent("POST", other));
    let aborted = vec![gone()];
    assert_eq!(complete(aborted).await, sent("POST", Err((ErrorKind::NotFound, false))));
    let always = (0..3).map(|_| lost()).collect();
    assert_eq!(complete(always).await, sent("POST POST POST", Err((ErrorKind::Interrupted, true))));
}

#[tokio::test]
async fn a_write_whose_last_answer_is_lost_may_have_been_done() {
    let scene = Scene::new((0..3).map(|_| broken(T::Timeout)));
    let error = scene.bucket.put_object("k", "data").await.unwrap_err();
    assert!(error.outcome_unknown());
    // It may be sent again as it is.
    assert_eq!(
        error.help().as_deref(),
        Some("check endPoint and the network, or raise the timeouts")
    );
    let scene = Scene::new((0..3).map(|_| broken(T::Timeout)));
    assert!(!scene.bucket.get_object("k").await.unwrap_err().outcome_unknown());
    let scene = Scene::new([broken(T::Timeout), refusal(403, "AccessDenied")]);
    assert!(scene.bucket.put_object("k", "data").await.unwrap_err().outcome_unknown());
    let scene = Scene::new([broken(T::Connect), refusal(403, "AccessDenied")]);
    assert!(!scene.bucket.put_object("k", "data").await.unwrap_err().outcome_unknown());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_when_its_time_is_over() {
    use std::time::Duration;

    #[derive(Debug)]
    struct Never;

    #[async_trait::async_trait]
    impl jit_oss::Transport for Never {
        async fn send(&self, _: http::Request<jit_oss::Body>) -> Reply {
            std::future::pending().await
        }
    }
    let policy =
        RetryPolicy { attempt_timeout: Some(Duration::from_secs(7)), ..RetryPolicy::default() };
    let config = config("http://oss.example.com").with_retry(policy);
    let client = jit_oss::Client::with_transport(config, std::sync::Arc::new(Never)).unwrap();
    let started = tokio::time::Instant::now();
    let error = client.bucket("bkt").unwrap().get_object("k").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 3));
    assert!(error.to_string().ends_with("the attempt was not over within 7s"), "{error}");
    let pauses = started.elapsed() - Duration::from_secs(21);
    assert!(pauses <= Duration::from_millis(601), "{pauses:?}");
}

#[tokio::test]
async fn a_corrected_clock_is_kept_only_if_it_helped() {
    let skewed = || refusal(403, "RequestTimeTooSkewed");
    let scene =
        Scene::new([skewed(), refusal(403, "AccessDenied"), done(), skewed(), done(), done()]);
    scene.bucket.put_object("k", "").await.unwrap_err();
    for _ in 0..3 {
        scene.bucket.put_object("k", "").await.unwrap();
    }
    let (wrong, right) = ("20231216T162057Z", "20231216T182057Z");
    assert_eq!(scene.sent("x-oss-date"), [wrong, right, wrong, wrong, right, right]);
}

#[tokio::test]
async fn pauses_double_and_attempts_end() {
    let scene = Scene::new((0..3).map(|_| broken(T::Connect)));
    let error = scene.bucket.get_object("a.txt").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GetObject bkt/a.txt: cannot connect to bkt.oss.example.com after 3 attempts: it broke"
    );
    // Half of 200 ms, then half of 400 ms.
    assert_eq!(scene.slept_millis(), [100, 200]);
    assert_eq!((error.attempts(), error.elapsed().as_millis()), (3, 300));
}

#[tokio::test]
async fn the_servers_wish_is_granted_up_to_the_longest_pause() {
    let date = jit_oss::Timestamp::from_unix(NOW).http_date();
    let later = jit_oss::Timestamp::from_unix(NOW + 9).http_date();
    for (headers, millis) in [
        (vec![("retry-after", "7")], 7_000),
        (vec![("retry-after", "3600")], 20_000),
        (vec![("retry-after", later.as_str()), ("date", &date)], 9_000),
        (vec![("retry-after", "soon")], 100),
        (vec![("x-oss-qos-delay-time", "1500")], 1_500),
        (vec![("x-oss-qos-delay-time", "99999999999999999999")], 100),
    ] {
        let scene = Scene::new([reply(503, &headers, ""), done()]);
        scene.bucket.put_object("k", "").await.unwrap();
        assert_eq!(scene.slept_millis(), [millis], "{headers:?}");
    }
}

#[tokio::test]
async fn no_attempt_starts_after_the_deadline() {
    let policy = RetryPolicy {
        max_attempts: 100,
        deadline: std::time::Duration::from_secs(10),
        ..RetryPolicy::default()
    };
    let slow = || reply(503, &[("retry-after", "4")], "");
    let config = config("http://oss.example.com").with_retry(policy);
    let scene = Scene::with(config, (0..3).map(|_| slow()));
    let error = scene.bucket.head_object("k").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Throttled, 3));
}

#[tokio::test]
async fn every_attempt_is_signed_anew_and_the_clock_is_corrected_once() {
    let scene = Scene::new([
        refusal(403, "RequestTimeTooSkewed"),
        done(),
        done(),
        refusal(403, "RequestTimeTooSkewed"),
        refusal(403, "RequestTimeTooSkewed"),
    ]);
    scene.bucket.put_object("k", "").await.unwrap();
    scene.bucket.put_object("k", "").await.unwrap();
    let error = scene.bucket.put_object("k", "").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ClockSkewed, 2));
    assert_eq!(error.help().as_deref(), Some("set this machine's clock"));
    let dates = scene.sent("x-oss-date");
    let (wrong, right) = ("20231216T162057Z", "20231216T182057Z");
    assert_eq!(dates, [wrong, right, right, right, right]);
    let signatures = scene.sent("authorization");
    assert!(signatures[0] != signatures[1] && signatures[1] == signatures[2]);
    assert!(scene.slept_millis().is_empty());
}

#[tokio::test]
async fn a_clock_that_is_a_year_off_is_not_believed() {
    let date = jit_oss::Timestamp::from_unix(NOW + 366 * 86_400).http_date();
    let body = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    let scene = Scene::new([reply(403, &[("date", &date)], body)]);
    let error = scene.bucket.put_object("k", "").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ClockSkewed, 1));
}

#[tokio::test]
async fn a_content_that_breaks_off_is_fetched_again_only_when_read_as_a_whole() {
    let cut = || {
        let body = jit_oss::Body::stream(Cut(["1234"].into()));
        Ok(http::Response::builder()
            .header("content-length", 9)
            .header("x-oss-request-id", "R1")
            .body(body)
            .unwrap())
    };
    let scene = Scene::new([cut(), reply(200, &[], "123456789")]);
    assert_eq!(scene.bucket.get_object("k").bytes().await.unwrap(), "123456789");

    let scene = Scene::new([cut()]);
    let mut object = scene.bucket.get_object("k").await.unwrap();
    assert_eq!(object.body.chunk().await.unwrap().unwrap(), "1234");
    let error = object.body.chunk().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GetObject bkt/k: connection to bkt.oss.example.com cut: it broke"
    );
}

#[tokio::test]
async fn the_signing_key_is_the_days() {
    let day = std::time::Duration::from_secs(86_400);
    let old = Scene::new([done(), done()]);
    old.bucket.put_object("k", "").await.unwrap();
    old.clock.sleep(day).await;
    old.bucket.put_object("k", "").await.unwrap();
    let new = Scene::new([done()]);
    new.clock.sleep(day).await;
    new.bucket.put_object("k", "").await.unwrap();
    assert_eq!(old.sent("authorization")[1], new.sent("authorization")[0]);
}
