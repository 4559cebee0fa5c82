//! Which failures are followed by another attempt, and after how long.

use jit_oss::{ErrorKind, RetryPolicy, Runtime, TransportErrorKind as T};

use crate::support::config;
use crate::support::scripted::{Cut, NOW, Reply, Scene, broken, foreign, refusal, reply};

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
    let rows: [(fn() -> Reply, ErrorKind); 9] = [
        (|| broken(T::Protocol), ErrorKind::Protocol),
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
async fn a_put_that_must_not_overwrite_is_not_repeated_once_it_may_have_arrived() {
    let unknown = |kind| (1, Err((kind, true)));
    assert_eq!(put(broken(T::Timeout), true).await, unknown(ErrorKind::Timeout));
    assert_eq!(put(broken(T::Interrupted), true).await, unknown(ErrorKind::Interrupted));
    assert_eq!(put(refusal(500, "InternalError"), true).await, unknown(ErrorKind::Server));
    let wrong = reply(200, &[("x-oss-hash-crc64ecma", "1")], "");
    assert_eq!(put(wrong, true).await, unknown(ErrorKind::Inconsistent));
    for first in [broken(T::Connect), broken(T::ConnectTimeout), refusal(503, "CpuLimitExceeded")] {
        assert_eq!(put(first, true).await, (2, Ok(())));
    }
    let refused = put(refusal(409, "FileAlreadyExists"), true).await;
    assert_eq!(refused, (1, Err((ErrorKind::Conflict, false))));
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
