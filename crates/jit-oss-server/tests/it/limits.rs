//! Peers that take their time, come in numbers, or send too much.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Ask, ask, builder, get, put, read_reply};

#[tokio::test]
async fn a_thousand_connections_are_served_at_once() {
    let server = builder().start().await.unwrap();
    put("k", "content").v4().send(&server).await;
    let mut head = get("k").v4().head().replace("connection: close\r\n", "").into_bytes();
    let last = head.split_off(head.len() - 1);
    // All of them are in the middle of a request before the first is finished.
    let mut streams = Vec::new();
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(&head).await.unwrap();
        streams.push(stream);
    }
    for stream in &mut streams {
        stream.write_all(&last).await.unwrap();
    }
    for stream in &mut streams {
        let mut answer = Vec::new();
        while !answer.ends_with(b"content") {
            let mut piece = [0; 2048];
            let length = stream.read(&mut piece).await.unwrap();
            assert_ne!(length, 0, "the connection was closed");
            answer.extend_from_slice(&piece[..length]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    }
}

#[tokio::test]
async fn documents_have_a_limit() {
    let server = builder().start().await.unwrap();
    let large = vec![b' '; 3 << 20];
    let send = |method, key: &str, sub: &str| {
        Ask { body: large.clone(), ..ask(method, key) }.query(sub, "")
    };
    let id = ask("POST", "k").query("uploads", "").v4().send(&server).await.element("UploadId");
    for wire in [
        send("PUT", "", "lifecycle").v4(),
        send("PUT", "k", "tagging").v4(),
        send("PUT", "", "versioning").v4(),
        send("POST", "k", "restore").v4(),
        Ask { body: large.clone(), ..ask("POST", "k") }.query("uploadId", &id).v4(),
        Ask { body: large.clone(), ..ask("PUT", "") }.bucket("new-bucket").v4(),
    ] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // It may be refused before all of it is sent.
        drop(stream.write_all(wire.head().as_bytes()).await);
        drop(stream.write_all(&wire.body).await);
        assert_eq!(read_reply(stream).await.verdict(), "400 EntityTooLarge", "{}", wire.target);
    }
}

/// The clock is paused and jumps when nothing else can happen, so this takes no time.
#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_given_up() {
    let server = builder().start().await.unwrap();
    let started = tokio::time::Instant::now();
    let mut quiet = TcpStream::connect(server.address()).await.unwrap();
    quiet.write_all(b"GET / HTT").await.unwrap();
    assert!(read_reply(quiet).await.raw.is_empty());
    assert!(started.elapsed().as_secs() >= 30);

    let wire = put("k", "content").v4();
    let mut slow = TcpStream::connect(server.address()).await.unwrap();
    slow.write_all(wire.head().as_bytes()).await.unwrap();
    slow.write_all(b"con").await.unwrap();
    assert_eq!(read_reply(slow).await.verdict(), "400 RequestTimeout");
    assert_eq!(get("k").v4().send(&server).await.status, 404);
}
