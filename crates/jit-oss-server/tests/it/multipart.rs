//! Objects made of parts.

use jit_oss::crc64;
use jit_oss_server::OssServer;

use crate::support::{Ask, Reply, ask, blobs, both, builder, get, put};

const LEAST: usize = 100 << 10;

async fn initiate(server: &OssServer, key: &str) -> String {
    let reply = ask("POST", key).query("uploads", "").v4().send(server).await;
    let id = reply.element("UploadId");
    assert_eq!((reply.status, id.len()), (200, 32), "{}", reply.text());
    id
}

fn part(key: &str, id: &str, number: usize, body: impl Into<Vec<u8>>) -> Ask {
    put(key, body).query("partNumber", &number.to_string()).query("uploadId", id)
}

fn complete(key: &str, id: &str, parts: &[(usize, &str)]) -> Ask {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        })
        .collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>").into_bytes();
    Ask { body, ..ask("POST", key) }.query("uploadId", id)
}

async fn uploads(server: &OssServer) -> Reply {
    get("").query("uploads", "").v4().send(server).await
}

#[tokio::test]
async fn parts_become_one_object() {
    let (directory, servers) = both().await;
    for server in servers {
        let initiate = ask("POST", "a b/é")
            .query("uploads", "")
            .query("encoding-type", "url")
            .header("content-type", "text/plain")
            .header("x-oss-meta-a", "1")
            .header("x-oss-tagging", "t=1")
            .header("x-oss-storage-class", "IA");
        let reply = initiate.v4().send(&server).await;
        assert_eq!(reply.element("Key"), "a%20b%2F%C3%A9");
        let id = reply.element("UploadId");
        let (first, second, last) = (vec![b'1'; LEAST], vec![b'2'; LEAST], b"3".to_vec());
        // In any order, one of them twice.
        part("a b/é", &id, 7, "old").v4().send(&server).await;
        let mut etags = Vec::new();
        for (number, body) in [(7, &last), (1, &first), (3, &second)] {
            let reply = part("a b/é", &id, number, body.clone()).v4().send(&server).await;
            assert_eq!(reply.verdict(), "200");
            assert_eq!(reply.header("x-oss-hash-crc64ecma"), crc64::of(body).to_string());
            etags.push(reply.header("etag").to_owned());
        }
        assert_eq!(get("a b/é").v4().send(&server).await.verdict(), "404 NoSuchKey");
        let (last_etag, first_etag, second_etag) = (&etags[0], &etags[1], &etags[2]);
        let lower = second_etag.trim_matches('"').to_lowercase();
        let list = [(1, first_etag.as_str()), (3, &lower), (7, last_etag)];
        let reply = complete("a b/é", &id, &list).v4().send(&server).await;
        assert_eq!(reply.verdict(), "200", "{}", reply.text());
        let whole = [first, second, last].concat();
        let sum = crc64::of(&whole).to_string();
        assert_eq!(reply.header("x-oss-hash-crc64ecma"), sum);
        assert!(reply.element("Location").ends_with("/my-bucket/a%20b/%C3%A9"));
        let etag = reply.header("etag").to_owned();
        assert!(etag.ends_with("-3\""), "{etag}");
        let reply = get("a b/é").v4().send(&server).await;
        assert!(reply.body == whole);
        for (name, value) in [
            ("etag", etag.as_str()),
            ("x-oss-object-type", "Multipart"),
            ("x-oss-hash-crc64ecma", &sum),
            ("content-type", "text/plain"),
            ("x-oss-meta-a", "1"),
            ("x-oss-tagging-count", "1"),
            ("x-oss-storage-class", "IA"),
            ("content-md5", ""),
        ] {
            assert_eq!(reply.header(name), value, "{name}");
        }
        let range = format!("bytes={}-{}", LEAST - 1, 2 * LEAST);
        let reply = get("a b/é").header("range", &range).v4().send(&server).await;
        assert!(reply.status == 206 && reply.body == whole[LEAST - 1..=2 * LEAST]);
        let again = complete("a b/é", &id, &list).v4().send(&server).await;
        assert_eq!(again.verdict(), "404 NoSuchUpload");
        assert!(uploads(&server).await.elements("UploadId").is_empty());
    }
    assert_eq!(blobs(directory.path()), 3, "what was replaced is gone");
}

#[tokio::test]
async fn a_list_of_parts_is_checked() {
    let (_directory, servers) = both().await;
    for server in servers {
        let id = initiate(&server, "k").await;
        let small = part("k", &id, 1, "small").v4().send(&server).await.header("etag").to_owned();
        let large = part("k", &id, 2, vec![0; LEAST]).v4().send(&server).await;
        let large = large.header("etag");
        let good = [(1, small.as_str()), (2, large)];
        let not_all = "x-oss-complete-all";
        put("taken", "").v4().send(&server).await;
        let taken = initiate(&server, "taken").await;
        for (ask, verdict) in [
            (complete("k", &id, &[(2, large), (1, &small)]), "400 InvalidPartOrder"),
            (complete("k", &id, &[(1, &small), (1, &small)]), "400 InvalidPartOrder"),
            (complete("k", &id, &[(1, large)]), "400 InvalidPart"),
            (complete("k", &id, &[(3, large)]), "400 InvalidPart"),
            (complete("k", &id, &good), "400 EntityTooSmall"),
            (complete("k", &id, &[]), "400 MalformedXML"),
            (Ask { body: b"<x".to_vec(), ..complete("k", &id, &[]) }, "400 MalformedXML"),
            (Ask { body: Vec::new(), ..complete("k", &id, &[]) }, "400 MalformedXML"),
            (complete("k", &id, &good).header(not_all, "yes"), "400 InvalidArgument"),
            (complete("k", "0", &good), "404 NoSuchUpload"),
            (complete("other", &id, &good), "404 NoSuchUpload"),
            (
                complete("taken", &taken, &good).header("x-oss-forbid-overwrite", "true"),
                "409 FileAlreadyExists",
            ),
            (part("k", &id, 0, ""), "400 InvalidArgument"),
            (part("k", &id, 10_001, ""), "400 InvalidArgument"),
            (part("k", "0", 1, ""), "404 NoSuchUpload"),
            (
                part("k", &id, 1, "x").header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
                "400 InvalidDigest",
            ),
            (
                ask("POST", "taken").query("uploads", "").header("x-oss-forbid-overwrite", "true"),
                "409 FileAlreadyExists",
            ),
        ] {
            assert_eq!(ask.v4().send(&server).await.verdict(), verdict, "{verdict}");
        }
        // After all of that it can still be completed, with what is not listed left out.
        let reply = complete("k", &id, &[(2, large)]).v4().send(&server).await;
        assert_eq!(reply.verdict(), "200");
        assert_eq!(get("k").v4().send(&server).await.body.len(), LEAST);
    }
}

#[tokio::test]
async fn all_parts_can_be_taken_without_a_list() {
    let (_directory, servers) = both().await;
    for server in servers {
        let id = initiate(&server, "k").await;
        part("k", &id, 9, "end").v4().send(&server).await;
        part("k", &id, 2, vec![b'x'; LEAST]).v4().send(&server).await;
        let all = || ask("POST", "k").query("uploadId", &id).header("x-oss-complete-all", "yes");
        assert_eq!(all().v4().send(&server).await.verdict(), "200");
        assert!(get("k").v4().send(&server).await.text().ends_with("xend"));
        assert_eq!(all().v4().send(&server).await.verdict(), "404 NoSuchUpload");
    }
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let (directory, servers) = both().await;
    for server in servers {
        let (id, other) = (initiate(&server, "k").await, initiate(&server, "k").await);
        part("k", &id, 1, "x").v4().send(&server).await;
        let delete = ask("DELETE", "").v4().send(&server).await;
        assert_eq!(delete.verdict(), "409 BucketNotEmpty", "an upload is under way");
        let abort = |id: &str| ask("DELETE", "k").query("uploadId", id).v4();
        assert_eq!(abort(&id).send(&server).await.verdict(), "204");
        assert_eq!(abort(&id).send(&server).await.verdict(), "404 NoSuchUpload");
        let parts = get("k").query("uploadId", &id).v4().send(&server).await;
        assert_eq!(parts.verdict(), "404 NoSuchUpload");
        assert_eq!(uploads(&server).await.elements("UploadId"), [other.as_str()]);
        assert_eq!(abort(&other).send(&server).await.verdict(), "204");
        assert_eq!(ask("DELETE", "").v4().send(&server).await.verdict(), "204");
    }
    assert_eq!(blobs(directory.path()), 0);
}

#[tokio::test]
async fn parts_are_listed_in_pages() {
    let server = builder().start().await.unwrap();
    let id = initiate(&server, "k").await;
    for number in [2, 5, 1, 10_000] {
        part("k", &id, number, number.to_string()).v4().send(&server).await;
    }
    let (mut after, mut seen) = ("0".to_owned(), Vec::new());
    loop {
        let page = get("k").query("uploadId", &id).query("max-parts", "3");
        let reply = page.query("part-number-marker", &after).v4().send(&server).await;
        assert_eq!(reply.element("PartNumberMarker"), after);
        seen.extend(reply.elements("PartNumber"));
        after = reply.element("NextPartNumberMarker");
        if reply.element("IsTruncated") == "false" {
            assert_eq!(reply.element("HashCrc64ecma"), crc64::of(b"10000").to_string());
            assert_eq!(reply.element("Size"), "5");
            break;
        }
    }
    assert_eq!(seen, ["1", "2", "5", "10000"]);
    for (name, value) in [("max-parts", "0"), ("max-parts", "1001"), ("part-number-marker", "x")] {
        let reply = get("k").query("uploadId", &id).query(name, value).v4().send(&server).await;
        assert_eq!(reply.verdict(), "400 InvalidArgument", "{name}={value}");
    }
}

#[tokio::test]
async fn uploads_are_listed_in_pages() {
    let server = builder().start().await.unwrap();
    let mut all = Vec::new();
    for key in ["a+", "a+", "d/1", "d/2", "e"] {
        all.push((key, initiate(&server, key).await));
    }
    let ask = || get("").query("uploads", "").query("delimiter", "/").query("encoding-type", "url");
    let (mut key, mut id, mut seen) = (String::new(), String::new(), Vec::new());
    loop {
        let page = ask().query("max-uploads", "1").query("key-marker", &key);
        let reply = page.query("upload-id-marker", &id).v4().send(&server).await;
        let group = crate::support::elements(&reply.element("CommonPrefixes"), "Prefix");
        seen.extend(reply.elements("Key").into_iter().chain(group));
        if reply.element("IsTruncated") == "false" {
            break;
        }
        key = jit_oss::escape::decode_query(&reply.element("NextKeyMarker")).unwrap();
        id = reply.element("NextUploadIdMarker");
    }
    assert_eq!(seen, ["a%2B", "a%2B", "d%2F", "e"]);
    let reply = ask().query("prefix", "d/").v4().send(&server).await;
    assert_eq!(reply.elements("Key"), ["d%2F1", "d%2F2"]);
    assert_eq!(reply.elements("UploadId"), [all[2].1.as_str(), all[3].1.as_str()]);
}

#[tokio::test]
async fn parts_are_copied_from_objects() {
    let (_directory, servers) = both().await;
    for server in servers {
        let source: Vec<u8> = (0..LEAST + 7).map(|at| (at % 251) as u8).collect();
        put("a b", source.clone()).v4().send(&server).await;
        let id = initiate(&server, "k").await;
        let copy =
            |number| part("k", &id, number, "").header("x-oss-copy-source", "/my-bucket/a%20b");
        let whole = copy(1).v4().send(&server).await;
        assert_eq!(whole.verdict(), "200", "{}", whole.text());
        let ranged =
            copy(2).header("x-oss-copy-source-range", "bytes=3-9").v4().send(&server).await;
        let etags = [&whole, &ranged].map(|reply| reply.element("ETag").replace("&quot;", "\""));
        for (ask, verdict) in [
            (copy(1).header("x-oss-copy-source-if-match", "\"x\""), "412 PreconditionFailed"),
            (copy(1).header("x-oss-copy-source-if-none-match", &etags[0]), "304"),
            (part("k", &id, 1, "").header("x-oss-copy-source", "/my-bucket/none"), "404 NoSuchKey"),
            (
                part("k", "0", 1, "").header("x-oss-copy-source", "/my-bucket/a%20b"),
                "404 NoSuchUpload",
            ),
        ] {
            assert_eq!(ask.v4().send(&server).await.verdict(), verdict);
        }
        let list = [(1, etags[0].as_str()), (2, &etags[1])];
        assert_eq!(complete("k", &id, &list).v4().send(&server).await.verdict(), "200");
        // The copy stays when its source goes.
        ask("DELETE", "a b").v4().send(&server).await;
        let reply = get("k").v4().send(&server).await;
        assert!(reply.body == [&source[..], &source[3..10]].concat());
        assert_eq!(reply.header("x-oss-hash-crc64ecma"), crc64::of(&reply.body).to_string());
    }
}

#[tokio::test]
async fn an_upload_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    let id = initiate(&server, "k").await;
    let reply = part("k", &id, 1, "content").v4().send(&server).await;
    let etag = reply.header("etag");
    server.shutdown().await;
    let server = builder().data(directory.path()).start().await.unwrap();
    assert_eq!(uploads(&server).await.elements("UploadId"), [id.as_str()]);
    assert_eq!(complete("k", &id, &[(1, etag)]).v4().send(&server).await.verdict(), "200");
    server.shutdown().await;
    let server = builder().data(directory.path()).start().await.unwrap();
    assert_eq!(get("k").v4().send(&server).await.text(), "content");
    assert!(uploads(&server).await.elements("UploadId").is_empty());
}
