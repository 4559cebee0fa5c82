//! Objects: what is stored comes back, whole, in part or not at all.

use jit_oss::{Timestamp, crc64};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Wire, ask, both, get, put, read_reply};

#[tokio::test]
async fn an_object_comes_back_as_it_was_stored() {
    let (_directory, servers) = both().await;
    for server in servers {
        let wire = put("dir/a b.txt", "content")
            .header("content-type", "text/plain; charset=utf-8")
            .header("cache-control", "no-cache")
            .header("content-disposition", "attachment")
            .header("content-encoding", "identity")
            .header("content-language", "de")
            .header("expires", "Thu, 01 Dec 1994 16:00:00 GMT")
            .header("x-oss-meta-name", "größe")
            .header("x-other", "dropped");
        let reply = wire.v4().send(&server).await;
        assert_eq!(reply.verdict(), "200", "{}", reply.text());
        assert_eq!(reply.header("etag"), "\"9A0364B9E99BB480DD25E1F0284C8555\"");
        assert_eq!(reply.header("content-md5"), "mgNkuembtIDdJeHwKEyFVQ==");
        assert_eq!(reply.header("x-oss-hash-crc64ecma"), crc64::of(b"content").to_string());
        assert_eq!(reply.header("content-length"), "0");
        for (method, body) in [("GET", "content"), ("HEAD", "")] {
            let reply = ask(method, "dir/a b.txt").v4().send(&server).await;
            assert_eq!((reply.status, reply.text().as_str()), (200, body));
            for (name, value) in [
                ("content-type", "text/plain; charset=utf-8"),
                ("cache-control", "no-cache"),
                ("content-disposition", "attachment"),
                ("content-encoding", "identity"),
                ("content-language", "de"),
                ("expires", "Thu, 01 Dec 1994 16:00:00 GMT"),
                ("x-oss-meta-name", "größe"),
                ("x-other", ""),
                ("content-length", "7"),
                ("etag", "\"9A0364B9E99BB480DD25E1F0284C8555\""),
                ("content-md5", "mgNkuembtIDdJeHwKEyFVQ=="),
                ("accept-ranges", "bytes"),
                ("server", "AliyunOSS"),
                ("x-oss-object-type", "Normal"),
                ("x-oss-storage-class", "Standard"),
                ("x-oss-hash-crc64ecma", &crc64::of(b"content").to_string()),
            ] {
                assert_eq!(reply.header(name), value, "{method} {name}");
            }
            let id = reply.header("x-oss-request-id");
            let is_id = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
            assert!(id.len() == 24 && id.bytes().all(is_id), "{id}");
            assert!(reply.header("x-oss-server-time").parse::<u64>().is_ok());
            for date in ["date", "last-modified"] {
                assert!(Timestamp::parse_http_date(reply.header(date)).is_some(), "{date}");
            }
        }
        let meta = ask("HEAD", "dir/a b.txt").query("objectMeta", "").v4().send(&server).await;
        assert_eq!((meta.status, meta.header("content-length")), (200, "7"));
        assert_eq!((meta.header("content-type"), meta.header("x-oss-meta-name")), ("", ""));
    }
}

#[tokio::test]
async fn names_are_opaque() {
    let (_directory, servers) = both().await;
    let longest = "k".repeat(1023);
    let names = [
        "a/../b",
        "b",
        "a//b",
        "a/b",
        "a/",
        ".",
        "..",
        "../..",
        "%2F",
        "%252F",
        "+",
        " ",
        "a+b c",
        "?x=1",
        "#",
        "emoji/😀",
        "~'()*!",
        "\u{1}\t\r\n",
        "C:\\x",
        &longest,
    ];
    for server in servers {
        for name in names {
            let reply = put(name, name).v4().send(&server).await;
            assert_eq!(reply.verdict(), "200", "{name:?} {}", reply.text());
        }
        for name in names {
            for wire in [get(name).v4(), get(name).v4_url(60), get(name).v1(), get(name).v1_url(60)]
            {
                assert_eq!(wire.send(&server).await.text(), name, "{name:?} {wire:?}");
            }
            let reply = get(name).v4().virtual_host("localhost:9000").send(&server).await;
            assert_eq!(reply.text(), name, "{name:?}");
        }
        let wire = get("a//b").v4();
        let target = wire.target.replace("a//b", "a%2F%2fb");
        assert_eq!(Wire { target, ..wire }.send(&server).await.text(), "a//b");
        let too_long = "k".repeat(1024);
        for name in ["/a", "\\a", &too_long] {
            let reply = put(name, "").v4().send(&server).await;
            assert_eq!(reply.verdict(), "400 InvalidObjectName", "{name}");
        }
        for target in ["/my-bucket/%zz", "/my-bucket/%", "/my-bucket/%ff"] {
            let wire = Wire { target: target.to_owned(), ..get("k").v4() };
            assert_eq!(wire.send(&server).await.verdict(), "400 InvalidObjectName", "{target}");
        }
    }
}

#[tokio::test]
async fn the_bucket_may_be_in_the_host() {
    let (_directory, [server, _]) = both().await;
    let host = |wire: Wire, host| wire.virtual_host(host);
    for suffix in ["localhost", "localhost:9000", "oss-cn-hangzhou.aliyuncs.com", "example.com:80"]
    {
        let reply = host(put("k", suffix).v4(), suffix).send(&server).await;
        assert_eq!(reply.verdict(), "200", "{suffix} {}", reply.text());
        assert_eq!(host(get("k").v1_url(60), suffix).send(&server).await.text(), suffix);
        assert_eq!(get("k").v4().set("host", "localhost:1").send(&server).await.text(), suffix);
    }
}

#[tokio::test]
async fn deleting_succeeds_whether_or_not_it_was_there() {
    let (_directory, servers) = both().await;
    for server in servers {
        put("k", "x").v4().send(&server).await;
        for _ in 0..2 {
            assert_eq!(ask("DELETE", "k").v4().send(&server).await.verdict(), "204");
            let reply = get("k").v4().send(&server).await;
            assert_eq!(
                (reply.verdict().as_str(), reply.element("Key").as_str()),
                ("404 NoSuchKey", "k")
            );
            assert_eq!(reply.header("x-oss-ec"), reply.element("EC"));
        }
        let reply = ask("HEAD", "k").v4().send(&server).await;
        assert_eq!((reply.status, reply.body.len()), (404, 0));
        assert_eq!(reply.header("x-oss-ec"), "0026-00000001");
        // The start of an XML declaration in base64.
        assert!(reply.header("x-oss-err").starts_with("PD94bWwg"), "{:?}", reply.headers);
        for method in ["DELETE", "GET", "PUT"] {
            let reply = ask(method, "k").bucket("no-bucket").v4().send(&server).await;
            assert_eq!(reply.verdict(), "404 NoSuchBucket", "{method}");
            assert_eq!(reply.element("BucketName"), "no-bucket");
        }
    }
}

#[tokio::test]
async fn parts_are_as_the_service_gives_them() {
    let (_directory, servers) = both().await;
    // Larger than one read of the file, so that a part crosses reads.
    let content: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 251) as u8).collect();
    for server in servers {
        put("k", content.clone()).v4().send(&server).await;
        for (range, behavior, status, expected) in [
            ("bytes=0-9", "", 206, 0..10),
            ("bytes=200000-900000", "", 206, 200_000..900_001),
            ("bytes=999990-", "", 206, 999_990..1_000_000),
            ("bytes=-5", "standard", 206, 999_995..1_000_000),
            ("bytes=999990-2000000", "", 200, 0..1_000_000),
            ("bytes=999990-2000000", "standard", 206, 999_990..1_000_000),
            ("bytes=1000000-", "", 200, 0..1_000_000),
            ("nonsense", "standard", 200, 0..1_000_000),
        ] {
            let mut ask = get("k").header("range", range);
            if !behavior.is_empty() {
                ask = ask.header("x-oss-range-behavior", behavior);
            }
            let reply = ask.v4().send(&server).await;
            assert_eq!(reply.status, status, "{range} {behavior}");
            assert!(reply.body == content[expected.clone()], "{range} {behavior}");
            assert_eq!(reply.header("content-length"), expected.len().to_string());
            let shown = format!("bytes {}-{}/1000000", expected.start, expected.end - 1);
            assert_eq!(reply.header("content-range"), if status == 206 { &shown } else { "" });
            assert_eq!(reply.header("x-oss-hash-crc64ecma"), crc64::of(&content).to_string());
        }
        let ask =
            get("k").header("range", "bytes=1000000-").header("x-oss-range-behavior", "standard");
        assert_eq!(ask.v4().send(&server).await.verdict(), "416 InvalidRange");
        let ask = get("k").header("range", "bytes=0-1,3-4");
        assert_eq!(ask.v4().send(&server).await.verdict(), "416 InvalidRange");
    }
}

#[tokio::test]
async fn conditions_are_kept() {
    let (_directory, [server, _]) = both().await;
    put("k", "content").v4().send(&server).await;
    let etag = "\"9A0364B9E99BB480DD25E1F0284C8555\"";
    let date = |seconds: i64| Timestamp::now().plus(seconds).http_date();
    let modified = ask("HEAD", "k").v4().send(&server).await.header("last-modified").to_owned();
    for (name, value, verdict) in [
        ("if-match", etag.to_owned(), "200"),
        ("if-match", etag.trim_matches('"').to_lowercase(), "200"),
        ("if-match", "*".to_owned(), "200"),
        ("if-match", "\"other\"".to_owned(), "412 PreconditionFailed"),
        ("if-none-match", etag.to_owned(), "304"),
        ("if-none-match", "\"other\"".to_owned(), "200"),
        ("if-modified-since", modified.clone(), "304"),
        ("if-modified-since", date(-60), "200"),
        ("if-modified-since", date(3600), "200"),
        ("if-modified-since", "yesterday".to_owned(), "200"),
        ("if-unmodified-since", modified, "200"),
        ("if-unmodified-since", date(-60), "412 PreconditionFailed"),
    ] {
        let reply = get("k").header(name, &value).v4().send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{name}: {value}");
        let head = ask("HEAD", "k").header(name, &value).v4().send(&server).await;
        assert_eq!(head.status, reply.status, "{name}: {value}");
        if reply.status == 304 {
            assert!(reply.body.is_empty());
            assert_eq!(reply.header("etag"), etag);
        }
        if reply.status == 412 {
            assert_eq!(reply.element("Condition").to_lowercase(), name);
        }
    }
}

#[tokio::test]
async fn an_answer_takes_its_headers_from_a_signed_query() {
    let (_directory, [server, _]) = both().await;
    put("k", "x").header("content-type", "text/html").v4().send(&server).await;
    let ask = || {
        get("k")
            .query("response-content-type", "image/png; a=b")
            .query("response-cache-control", "no-store")
            .query("response-content-disposition", "attachment; filename=\"a+b.txt\"")
            .query("response-content-encoding", "identity")
            .query("response-content-language", "fr")
            .query("response-expires", "never")
    };
    for wire in [ask().v4(), ask().v4_url(60), ask().v1(), ask().v1_url(60)] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), "200");
        for (name, value) in [
            ("content-type", "image/png; a=b"),
            ("cache-control", "no-store"),
            ("content-disposition", "attachment; filename=\"a+b.txt\""),
            ("content-encoding", "identity"),
            ("content-language", "fr"),
            ("expires", "never"),
        ] {
            assert_eq!(reply.header(name), value);
        }
    }
    let wire = get("k").query("response-content-type", "a\r\nx-evil: 1").v4();
    assert_eq!(wire.send(&server).await.verdict(), "400 InvalidArgument");
}

#[tokio::test]
async fn a_write_that_is_refused_changes_nothing() {
    let (_directory, servers) = both().await;
    for server in servers {
        put("k", "old").v4().send(&server).await;
        let new = || put("k", "new");
        let large = (5_u64 << 30) + 1;
        let meta = "x".repeat(8200);
        for (wire, verdict) in [
            (new().header("x-oss-forbid-overwrite", "true").v4(), "409 FileAlreadyExists"),
            (new().header("x-oss-forbid-overwrite", "maybe").v4(), "400 InvalidArgument"),
            (new().header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==").v4(), "400 InvalidDigest"),
            (new().header("content-md5", "short").v4(), "400 InvalidDigest"),
            (new().v4().set("content-length", &large.to_string()), "400 EntityTooLarge"),
            (new().header("x-oss-meta-a", &meta).v4(), "400 InvalidArgument"),
            (new().header("x-oss-storage-class", "Warm").v4(), "400 InvalidArgument"),
            (new().header("x-oss-object-acl", "everybody").v4(), "400 InvalidArgument"),
            (new().header("x-oss-tagging", "a=1&a=2").v4(), "400 InvalidTag"),
            (new().header("x-oss-copy-source", "/b").v4(), "400 InvalidArgument"),
            (new().header("x-oss-callback", "e30=").v4(), "400 InvalidArgument"),
            (new().query("retention", "").v4(), "400 NotImplemented"),
            (new().query("lifecycle", "").v4(), "400 NotImplemented"),
            (
                new().header("x-oss-server-side-encryption", "ROT13").v4(),
                "400 InvalidEncryptionAlgorithmError",
            ),
            (new().query("partNumber", "1").query("uploadId", "x").v4(), "404 NoSuchUpload"),
        ] {
            let wire = if wire.get("content-length").is_empty() {
                wire
            } else {
                Wire { body: Vec::new(), ..wire }
            };
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            stream.write_all(wire.head().as_bytes()).await.unwrap();
            stream.write_all(&wire.body).await.unwrap();
            stream.shutdown().await.unwrap();
            assert_eq!(read_reply(stream).await.verdict(), verdict);
            assert_eq!(get("k").v4().send(&server).await.text(), "old", "{verdict}");
        }
        let wire = put("fresh", "x").header("x-oss-forbid-overwrite", "true").v4();
        assert_eq!(wire.send(&server).await.verdict(), "200");
        assert_eq!(wire.send(&server).await.verdict(), "409 FileAlreadyExists");
    }
}

#[tokio::test]
async fn a_body_needs_a_length_or_chunks() {
    let (_directory, servers) = both().await;
    for server in servers {
        let mut wire = put("k", "").v4().set("transfer-encoding", "chunked");
        wire.body = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n".to_vec();
        assert_eq!(wire.send(&server).await.verdict(), "200");
        assert_eq!(get("k").v4().send(&server).await.text(), "abcdefg");
        let wire = put("k", "").v4();
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let head = wire.head().replace("content-length: 0\r\n", "");
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_eq!(read_reply(stream).await.verdict(), "411 MissingContentLength");
    }
}

#[tokio::test]
async fn a_cut_upload_leaves_the_old_object() {
    let (directory, servers) = both().await;
    for server in servers {
        put("k", "old").v4().send(&server).await;
        let chunked = put("k", "").v4().set("transfer-encoding", "chunked");
        let mut part = b"200000\r\n".to_vec();
        part.resize(part.len() + 0x200_000, b'x');
        part.extend_from_slice(b"\r\n");
        for (wire, part) in
            [(put("k", "x".repeat(4 << 20)).v4(), vec![b'x'; 3 << 20]), (chunked, part)]
        {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            stream.write_all(wire.head().as_bytes()).await.unwrap();
            stream.write_all(&part).await.unwrap();
            stream.shutdown().await.unwrap();
            // Reading to the end waits until the server is done with it.
            let reply = read_reply(stream).await;
            assert!(reply.status == 0 || reply.status == 400, "{}", reply.text());
            assert_eq!(get("k").v4().send(&server).await.text(), "old");
        }
        server.shutdown().await;
    }
    assert_eq!(crate::support::blobs(directory.path()), 1, "an abandoned upload removes its file");
}

#[tokio::test]
async fn a_client_that_waits_is_told_to_go_on_or_not_to() {
    let (_directory, [server, _]) = both().await;
    let wire = put("k", "content").v4().set("expect", "100-continue");
    let reply = wire.send(&server).await;
    assert!(reply.raw.starts_with(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"));
    let other = put("k", "content").bucket("no-such-bucket").v4().set("expect", "100-continue");
    for (wire, verdict) in [
        (wire.set("authorization", "OSS x:y"), "403 InvalidAccessKeyId"),
        (other, "404 NoSuchBucket"),
    ] {
        // No body is sent: the answer is there without it.
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(wire.head().as_bytes()).await.unwrap();
        let reply = read_reply(stream).await;
        assert_eq!(reply.verdict(), verdict);
        assert!(reply.raw.starts_with(b"HTTP/1.1 40"), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_head_has_its_limits() {
    let (_directory, [server, _]) = both().await;
    let large = get("k").header("x-large", &"x".repeat(80 << 10)).v4();
    let many = (0..200).fold(get("k"), |ask, number| ask.header(&format!("x-{number}"), "x")).v4();
    for wire in [large, many] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // It may be refused before all of it is sent.
        drop(stream.write_all(wire.head().as_bytes()).await);
        let status = read_reply(stream).await.status;
        assert!(status == 431 || status == 0, "{status}");
    }
    assert!(server.requests().is_empty());
}
