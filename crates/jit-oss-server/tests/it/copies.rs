//! Copies and appends: objects made of others.

use jit_oss::crc64;

use crate::support::{Ask, ask, blobs, both, builder, get, put};

fn copy(key: &str, source: &str) -> Ask {
    put(key, "").header("x-oss-copy-source", source)
}

#[tokio::test]
async fn a_copy_has_the_content_and_what_was_asked_for() {
    let (directory, servers) = both().await;
    for server in servers {
        let source = put("a b/é", "content")
            .header("content-type", "text/plain")
            .header("x-oss-meta-a", "1")
            .header("x-oss-tagging", "t=1")
            .header("x-oss-object-acl", "public-read");
        let original = source.v4().send(&server).await;
        let kept = copy("kept", "/my-bucket/a%20b/%C3%A9").header("x-oss-meta-a", "ignored");
        let replaced = copy("replaced", "my-bucket/a%20b%2F%C3%A9")
            .header("x-oss-metadata-directive", "REPLACE")
            .header("x-oss-tagging-directive", "Replace")
            .header("x-oss-meta-b", "2")
            .header("x-oss-storage-class", "IA");
        for (ask, key, values) in [
            (kept, "kept", ["1", "", "1", "Standard", "text/plain"]),
            (replaced, "replaced", ["", "2", "", "IA", "application/octet-stream"]),
        ] {
            let reply = ask.v4().send(&server).await;
            assert_eq!(reply.verdict(), "200", "{}", reply.text());
            let etag = reply.element("ETag").replace("&quot;", "\"");
            assert_eq!(etag, original.header("etag"));
            let sum = crc64::of(b"content").to_string();
            assert_eq!(reply.header("x-oss-hash-crc64ecma"), sum);
            let reply = get(key).v4().send(&server).await;
            assert_eq!(reply.text(), "content");
            let names = [
                "x-oss-meta-a",
                "x-oss-meta-b",
                "x-oss-tagging-count",
                "x-oss-storage-class",
                "content-type",
            ];
            assert_eq!(names.map(|name| reply.header(name)), values, "{key}");
            let acl = get(key).query("acl", "").v4().send(&server).await;
            assert_eq!(acl.element("Grant"), "default", "access control is not copied");
        }
    }
    assert_eq!(blobs(directory.path()), 1, "no bytes were moved");
}

#[tokio::test]
async fn a_copy_has_conditions_and_rules() {
    let (_directory, servers) = both().await;
    for server in servers {
        let etag = put("k", "x").v4().send(&server).await.header("etag").to_owned();
        put("taken", "old").v4().send(&server).await;
        let copy = |key| copy(key, "/my-bucket/k");
        for (ask, verdict) in [
            (copy("n").header("x-oss-copy-source-if-match", &etag), "200"),
            (copy("n").header("x-oss-copy-source-if-match", "\"x\""), "412 PreconditionFailed"),
            (copy("n").header("x-oss-copy-source-if-none-match", &etag), "304"),
            (
                copy("n").header(
                    "x-oss-copy-source-if-unmodified-since",
                    "Thu, 01 Dec 1994 16:00:00 GMT",
                ),
                "412 PreconditionFailed",
            ),
            (copy("taken").header("x-oss-forbid-overwrite", "true"), "409 FileAlreadyExists"),
            (copy("n").header("x-oss-metadata-directive", "MERGE"), "400 InvalidArgument"),
            (copy("k"), "200"),
            (
                copy("k")
                    .header("x-oss-metadata-directive", "REPLACE")
                    .header("x-oss-meta-new", "1"),
                "200",
            ),
            (put("n", "").header("x-oss-copy-source", "/my-bucket/none"), "404 NoSuchKey"),
            (put("n", "").header("x-oss-copy-source", "/no-bucket/k"), "404 NoSuchBucket"),
            (put("n", "").header("x-oss-copy-source", "/my-bucket/%"), "400 InvalidArgument"),
            (put("n", "").header("x-oss-copy-source", "/NO/k"), "400 InvalidBucketName"),
        ] {
            let shown = format!("{:?}", ask.headers);
            assert_eq!(ask.v4().send(&server).await.verdict(), verdict, "{shown}");
        }
        let reply = get("k").v4().send(&server).await;
        assert_eq!((reply.text().as_str(), reply.header("x-oss-meta-new")), ("x", "1"));
        assert_eq!(get("taken").v4().send(&server).await.text(), "old");
    }
}

fn append(key: &str, position: usize, body: impl Into<Vec<u8>>) -> Ask {
    Ask { body: body.into(), ..ask("POST", key) }
        .query("append", "")
        .query("position", &position.to_string())
}

#[tokio::test]
async fn an_object_grows_from_its_end() {
    let (directory, servers) = both().await;
    for server in servers {
        let mut whole = Vec::new();
        // Sizes that make small pieces and large ones follow each other.
        for size in [0, 5, 1, 1, 300_000, 1, 70_000, 70_000, 3] {
            let piece = vec![b'a' + (size % 26) as u8; size];
            let reply = append("log", whole.len(), piece.clone())
                .header("content-type", "text/plain")
                .v4()
                .send(&server)
                .await;
            assert_eq!(reply.verdict(), "200", "{}", reply.text());
            whole.extend(piece);
            let sum = crc64::of(&whole).to_string();
            assert_eq!(reply.header("x-oss-hash-crc64ecma"), sum);
            assert_eq!(reply.header("x-oss-next-append-position"), whole.len().to_string());
            let reply = get("log").v4().send(&server).await;
            assert!(reply.body == whole);
            assert_eq!(reply.header("x-oss-object-type"), "Appendable");
            assert_eq!(reply.header("content-type"), "text/plain");
            assert_eq!(reply.header("content-md5"), "");
        }
        let range = get("log").header("range", "bytes=3-300009").v4().send(&server).await;
        assert!(range.body == whole[3..=300_009]);
        // A copy cannot be appended to, and has an MD5.
        copy("copy", "/my-bucket/log").v4().send(&server).await;
        let copy = get("copy").v4().send(&server).await;
        assert!(copy.body == whole && copy.header("x-oss-object-type") == "Normal");
        assert!(!copy.header("content-md5").is_empty());
    }
    let left = blobs(directory.path());
    assert!(left <= 4, "{left} pieces: many small ones are joined");
}

#[tokio::test]
async fn a_wrong_position_says_the_right_one() {
    let (_directory, servers) = both().await;
    for server in servers {
        append("log", 0, "12345").v4().send(&server).await;
        put("plain", "x").v4().send(&server).await;
        for (ask, verdict) in [
            (append("log", 0, "x"), "409 PositionNotEqualToLength"),
            (append("log", 6, "x"), "409 PositionNotEqualToLength"),
            (append("new", 1, "x"), "409 PositionNotEqualToLength"),
            (append("plain", 1, "x"), "409 ObjectNotAppendable"),
            (ask("POST", "log").query("append", ""), "400 MissingArgument"),
            (ask("POST", "log").query("append", "").query("position", "-1"), "400 InvalidArgument"),
            (
                append("log", 5, "x").header("x-oss-forbid-overwrite", "true"),
                "409 FileAlreadyExists",
            ),
            (
                append("log", 5, "x").header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
                "400 InvalidDigest",
            ),
        ] {
            let reply = ask.v4().send(&server).await;
            assert_eq!(reply.verdict(), verdict);
        }
        let reply = append("log", 0, "x").v4().send(&server).await;
        assert_eq!(reply.header("x-oss-next-append-position"), "5");
        assert_eq!(get("log").v4().send(&server).await.text(), "12345");
        let seal =
            |position: &str| ask("POST", "log").query("seal", "").query("position", position);
        assert_eq!(seal("4").v4().send(&server).await.verdict(), "409 PositionNotEqualToLength");
        for _ in 0..2 {
            let reply = seal("5").v4().send(&server).await;
            assert!(reply.status == 200 && !reply.header("x-oss-sealed-time").is_empty());
        }
        assert_eq!(
            append("log", 5, "x").v4().send(&server).await.verdict(),
            "409 ObjectNotAppendable"
        );
    }
}

#[tokio::test]
async fn of_many_who_append_at_one_place_one_wins() {
    let directory = tempfile::tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    append("log", 0, "start").v4().send(&server).await;
    let address = server.address();
    let writers = (0..8).map(|writer| {
        let wire = append("log", 5, writer.to_string()).v4();
        tokio::spawn(async move { wire.send_to(address).await.status })
    });
    let mut statuses = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        statuses.push(writer.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(get("log").v4().send(&server).await.body.len(), 6);
}
