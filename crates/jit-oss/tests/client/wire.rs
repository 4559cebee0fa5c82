//! What goes over the wire, seen from the other end of a TCP connection.

use crate::support::{self, bucket, listener, read_request, serve_once};
use jit_oss::ErrorKind;
use tokio::io::AsyncWriteExt;

/// What OSS says to a write.
const DONE: &str =
    "HTTP/1.1 200 OK\r\nETag: \"AB\"\r\nx-oss-request-id: R1\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn the_request_target_is_escaped_once_and_never_normalised() {
    for (key, target) in [
        ("a/../b", "/bkt/a/../b"),
        ("a//b", "/bkt/a//b"),
        ("./.", "/bkt/./."),
        ("%2F", "/bkt/%252F"),
        ("%2e%2e/x", "/bkt/%252e%252e/x"),
        ("a+b c", "/bkt/a%2Bb%20c"),
        ("a?b#c", "/bkt/a%3Fb%23c"),
        ("😀", "/bkt/%F0%9F%98%80"),
        ("~'()*!", "/bkt/~%27%28%29%2A%21"),
        ("a/", "/bkt/a/"),
    ] {
        let (bucket, server) =
            serve_once("HTTP/1.1 204 No Content\r\nx-oss-request-id: R1\r\n\r\n").await;
        bucket.delete_object(key).await.unwrap();
        let request = server.await.unwrap();
        assert_eq!(request.lines().next(), Some(&*format!("DELETE {target} HTTP/1.1")), "{key}");
    }
}

#[tokio::test]
async fn a_put_carries_what_is_signed_and_nothing_unasked() {
    let reply = "HTTP/1.1 200 OK\r\nETag: \"AB\"\r\nx-oss-hash-crc64ecma: 11051210869376104954\r\n\
                 x-oss-request-id: R1\r\nContent-Length: 0\r\n\r\n";
    let (bucket, server) = serve_once(reply).await;
    let put = bucket.put_object("k", "123456789").metadata("Colour", "röd").await.unwrap();
    assert_eq!(put.etag.as_deref(), Some("AB"));
    assert_eq!(put.crc64, Some(11_051_210_869_376_104_954));
    let request = server.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "123456789");
    let mut names: Vec<_> =
        head.lines().skip(1).map(|line| line.split_once(": ").unwrap().0).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "authorization",
            "content-length",
            "content-type",
            "host",
            "user-agent",
            "x-oss-content-sha256",
            "x-oss-date",
            "x-oss-meta-colour",
            "x-oss-security-token",
        ]
    );
    for line in ["content-type: application/octet-stream", "x-oss-meta-colour: röd"] {
        assert!(head.lines().any(|known| known == line), "{line} in {head}");
    }
    let host = bucket.client().config().endpoint().to_string().replace("http://", "host: ");
    assert!(head.lines().any(|line| line == host), "{host} in {head}");
}

#[tokio::test]
async fn an_empty_put_says_that_it_is_empty() {
    let (bucket, server) = serve_once(DONE).await;
    bucket.put_object("k", "").await.unwrap();
    let request = server.await.unwrap();
    assert_eq!(request.matches("content-length: 0\r\n").count(), 1, "{request}");
}

#[tokio::test]
async fn a_large_body_arrives_whole_and_is_read_back() {
    let data: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8 & 0x7f).collect();
    let crc = jit_oss::crc64::of(&data);
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: {}\r\nx-oss-hash-crc64ecma: {crc}\r\n\r\n",
        data.len()
    )
    .into_bytes();
    reply.extend_from_slice(&data);
    let (bucket, server) = serve_once(reply).await;
    let back = bucket.get_object("k").bytes().await.unwrap();
    assert!(back == data);
    server.await.unwrap();

    let (bucket, server) = serve_once(DONE).await;
    bucket.put_object("k", data.clone()).await.unwrap();
    let request = server.await.unwrap();
    assert!(request.split_once("\r\n\r\n").unwrap().1.as_bytes() == data);
}

#[tokio::test]
async fn connections_are_reused() {
    let (listener, endpoint) = listener().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for _ in 0..3 {
            read_request(&mut stream).await;
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\nx-oss-request-id: R1\r\n\r\n")
                .await
                .unwrap();
        }
    });
    let bucket = bucket(&endpoint);
    for _ in 0..3 {
        bucket.delete_object("k").await.unwrap();
    }
    server.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_never_answers_is_a_timeout() {
    let (listener, endpoint) = listener().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        // From here on nothing happens, so the paused clock jumps to the next timer.
        tokio::time::pause();
        std::future::pending::<()>().await;
    });
    let error = bucket(&endpoint).put_object("k", "data").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let host = endpoint.replace("http://", "");
    assert_eq!(
        error.to_string(),
        format!("PutObject bkt/k: no answer from {host}: nothing moved for 20s")
    );
    server.abort();
}

#[tokio::test]
async fn a_body_that_stalls_is_a_timeout() {
    let (listener, endpoint) = listener().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: 9\r\n\r\n1234")
            .await
            .unwrap();
        std::future::pending::<()>().await;
    });
    let mut object = bucket(&endpoint).get_object("k").await.unwrap();
    assert_eq!(object.body.chunk().await.unwrap().unwrap(), "1234");
    tokio::time::pause();
    assert_eq!(object.body.chunk().await.unwrap_err().kind(), ErrorKind::Timeout);
    server.abort();
}

#[tokio::test]
async fn a_refused_connection_is_told_with_its_address() {
    let (listener, endpoint) = listener().await;
    drop(listener);
    let error = bucket(&endpoint).head_object("a.txt").await.unwrap_err();
    let host = endpoint.replace("http://", "");
    assert_eq!(
        error.to_string(),
        format!("HeadObject bkt/a.txt: cannot connect to {host}: connection refused")
    );
    assert_eq!(error.kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn what_is_not_oss_is_told_apart() {
    for (reply, kind) in [
        ("SSH-2.0-OpenSSH_9.6\r\n\r\n", ErrorKind::Protocol),
        ("", ErrorKind::Interrupted),
        (
            "HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: 9\r\n\r\n1234",
            ErrorKind::Interrupted,
        ),
        ("HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\n\r\nno length", ErrorKind::Protocol),
        (
            "HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: banana\r\n\r\n",
            ErrorKind::Protocol,
        ),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>", ErrorKind::Protocol),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
            ErrorKind::Protocol,
        ),
        (
            "HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: 1\r\nx-oss-hash-crc64ecma: -1\r\n\r\na",
            ErrorKind::Protocol,
        ),
        (
            "HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: 1\r\nx-oss-hash-crc64ecma: 1\r\n\r\na",
            ErrorKind::Inconsistent,
        ),
    ] {
        let (bucket, server) = serve_once(reply).await;
        let error = bucket.get_object("k").bytes().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{reply:?}: {error}");
        if kind == ErrorKind::Protocol {
            assert_eq!(error.help().as_deref(), Some("check endPoint: is an OSS endpoint there?"));
        }
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_peer_that_speaks_no_tls_cannot_be_connected_to() {
    let (listener, endpoint) = listener().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    });
    let bucket = bucket(&endpoint.replace("http:", "https:"));
    let error = bucket.head_object("k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().ends_with(": the server does not speak TLS"), "{error}");
    let help = "check endPoint: for a server without TLS write `http://…`";
    assert_eq!(error.help().as_deref(), Some(help));
    server.await.unwrap();
}

#[tokio::test]
async fn timeouts_without_end_are_possible() {
    let (listener, endpoint) = listener().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: 1\r\n\r\n")
            .await
            .unwrap();
        // The client waits for the content before it comes.
        tokio::task::yield_now().await;
        stream.write_all(b"a").await.unwrap();
    });
    let longest = std::time::Duration::MAX;
    let config =
        support::config(&endpoint).with_connect_timeout(longest).with_read_timeout(longest);
    let bucket = jit_oss::Client::new(config).unwrap().bucket("bkt").unwrap();
    assert_eq!(bucket.get_object("k").bytes().await.unwrap(), "a");
    server.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_a_timeout() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (_stream, _) = listener.accept().await.unwrap();
        // The client fills the buffers between the two, and then nothing moves any more.
        tokio::time::pause();
        std::future::pending::<()>().await;
    });
    let error = bucket(&endpoint).put_object("k", vec![0; 16 << 20]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().ends_with("nothing moved for 20s"), "{error}");
    server.abort();
}
