//! Misbehaviour on demand, and the record of what arrived.

use std::time::Duration;

use jit_oss_server::Operation;
use tokio::time::Instant;

use crate::support::{ask, builder, get, put};

#[tokio::test]
async fn a_failure_is_told_and_nothing_is_done() {
    let server = builder().start().await.unwrap();
    server.faults().on(Operation::PutObject).skip(1).times(2).fail(503, "ServiceUnavailable");
    let mut verdicts = Vec::new();
    for number in 0..4 {
        let reply = put(&number.to_string(), "x").v4().send(&server).await;
        verdicts.push(reply.verdict());
    }
    let busy = "503 ServiceUnavailable";
    assert_eq!(verdicts, ["200", busy, busy, "200"]);
    assert_eq!(get("").v4().send(&server).await.elements("Key"), ["0", "3"]);
}

#[tokio::test]
async fn an_answer_can_be_lost_garbled_or_cut() {
    let server = builder().start().await.unwrap();
    let faults = server.faults();
    faults.on(Operation::PutObject).drop_reply();
    let reply = put("k", "content").v4().send(&server).await;
    assert!(reply.raw.is_empty());
    assert_eq!(get("k").v4().send(&server).await.text(), "content", "it was done");

    faults.on(Operation::GetObject).cut_after(3);
    let reply = get("k").v4().send(&server).await;
    assert_eq!((reply.header("content-length"), reply.text().as_str()), ("7", "con"));

    faults.on(Operation::GetObject).garbage();
    let reply = get("k").v4().send(&server).await;
    assert!(reply.status == 0 && !reply.raw.is_empty());

    faults.on(Operation::ListObjects).not_xml();
    let reply = get("").v4().send(&server).await;
    assert!(reply.status == 200 && !reply.text().starts_with('<'));

    faults.on(Operation::GetObject).corrupt_crc();
    assert_eq!(get("k").v4().send(&server).await.header("x-oss-hash-crc64ecma"), "1");

    faults.on_any().header("etag", "\"other\"");
    assert_eq!(get("k").v4().send(&server).await.header("etag"), "\"other\"");

    faults.on_any().without_header("ETag");
    assert_eq!(get("k").v4().send(&server).await.header("etag"), "");

    faults.on(Operation::DeleteObject).drop_request();
    let reply = ask("DELETE", "k").v4().send(&server).await;
    assert!(reply.raw.is_empty());
    assert_eq!(get("k").v4().send(&server).await.text(), "content", "it was not done");

    faults.on_any().times(9).garbage();
    faults.clear();
    assert_eq!(get("k").v4().send(&server).await.verdict(), "200");
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_come_ever_more_slowly() {
    let server = builder().start().await.unwrap();
    put("k", "12345").v4().send(&server).await;
    server.faults().on(Operation::GetObject).drip(Duration::from_secs(1));
    let started = Instant::now();
    assert_eq!(get("k").v4().send(&server).await.text(), "12345");
    assert_eq!(started.elapsed().as_secs(), 1 + 2 + 4 + 8);
}

#[tokio::test]
async fn a_request_is_held_until_it_is_released() {
    let server = builder().start().await.unwrap();
    let hold = server.faults().on(Operation::PutObject).hold();
    let address = server.address();
    let held = tokio::spawn(async move { put("k", "x").v4().send_to(address).await.status });
    assert_eq!(get("k").v4().send(&server).await.verdict(), "404 NoSuchKey");
    hold.release();
    assert_eq!(held.await.unwrap(), 200);
    assert_eq!(get("k").v4().send(&server).await.verdict(), "200");
}

#[tokio::test]
async fn requests_are_recorded_without_what_grants_access() {
    let server = builder().start().await.unwrap();
    put("a/../b", "x").v4().send(&server).await;
    get("a/../b").v4_url(60).send(&server).await;
    get("k").v1_url(60).send(&server).await;
    ask("POST", "k").query("x-oss-process", "").v4().send(&server).await;
    server.faults().on_any().drop_reply();
    ask("DELETE", "k").unsigned().send(&server).await;
    ask("DELETE", "k").v4().send(&server).await;
    let records = server.requests();
    let seen: Vec<_> = records
        .iter()
        .map(|r| (r.operation, r.method.as_str(), r.status, r.code.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some(Operation::PutObject), "PUT", Some(200), None),
            (Some(Operation::GetObject), "GET", Some(200), None),
            (Some(Operation::GetObject), "GET", Some(404), Some("NoSuchKey")),
            (None, "POST", Some(400), Some("NotImplemented")),
            (Some(Operation::DeleteObject), "DELETE", Some(403), Some("AccessDenied")),
            (Some(Operation::DeleteObject), "DELETE", None, None),
        ]
    );
    assert_eq!(records[0].target, "/my-bucket/a/../b");
    assert!(records[1].target.ends_with("&x-oss-signature=***"), "{}", records[1].target);
    assert!(records[2].target.ends_with("&Signature=***"), "{}", records[2].target);
    assert_eq!(records[0].request_id.len(), 24);
}

#[tokio::test]
async fn a_client_can_keep_its_connection() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = builder().start().await.unwrap();
    put("k", "content").v4().send(&server).await;
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let head = get("k").v4().head().replace("connection: close\r\n", "");
    for _ in 0..3 {
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"content") {
            assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0);
        }
    }
    // An idle connection does not hold up the end.
    server.shutdown().await;
    assert_eq!(stream.read_buf(&mut Vec::new()).await.unwrap_or_default(), 0);
}
