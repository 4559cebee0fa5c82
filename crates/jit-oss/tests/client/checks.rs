//! What is compared before an answer is believed.

use jit_oss::{ErrorKind, RetryPolicy, Timestamp};

use crate::support::config;
use crate::support::scripted::{Reply, Scene, reply};

const CRC: &str = "11051210869376104954"; // of "123456789"

fn once(answer: Reply) -> Scene {
    let config = config("http://oss.example.com").with_retry(RetryPolicy::never());
    Scene::with(config, [answer])
}

#[tokio::test]
async fn contents_are_compared_with_their_checksum_and_length() {
    for (headers, body, kind) in [
        (vec![("x-oss-hash-crc64ecma", CRC)], "123456789", None),
        (vec![], "123456789", None),
        (vec![("x-oss-hash-crc64ecma", "0")], "", None),
        (vec![("x-oss-hash-crc64ecma", CRC)], "123456780", Some(ErrorKind::Inconsistent)),
        (vec![("x-oss-hash-crc64ecma", "+1")], "1", Some(ErrorKind::Protocol)),
        (vec![("content-length", "10")], "123456789", Some(ErrorKind::Interrupted)),
        (vec![("content-length", "8")], "123456789", Some(ErrorKind::Protocol)),
        (vec![("content-length", "-1")], "123456789", Some(ErrorKind::Protocol)),
        // A peer's word reserves no memory.
        (vec![("content-length", "18446744073709551615")], "1", Some(ErrorKind::Interrupted)),
    ] {
        let got = once(reply(200, &headers, body)).bucket.get_object("k").bytes().await;
        let name = format!("{headers:?} {body}");
        match kind {
            None => assert_eq!(got.unwrap(), body, "{name}"),
            Some(kind) => assert_eq!(got.unwrap_err().kind(), kind, "{name}"),
        }
    }
}

#[tokio::test]
async fn a_streamed_content_ends_with_the_error_not_with_an_end() {
    let scene = once(reply(200, &[("x-oss-hash-crc64ecma", "1")], "123456789"));
    let mut object = scene.bucket.get_object("k").await.unwrap();
    assert_eq!(object.body.chunk().await.unwrap().unwrap(), "123456789");
    for _ in 0..2 {
        let error = object.body.chunk().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("GetObject bkt/k: the CRC-64 is {CRC}, not 1 as OSS says")
        );
    }
}

#[tokio::test]
async fn a_range_is_exactly_what_was_asked_for() {
    let whole = ("x-oss-hash-crc64ecma", CRC);
    let part = |range: &'static str| vec![("content-range", range), whole];
    for (status, headers, body, ok) in [
        (206, part("bytes 2-4/9"), "345", true),
        (206, part("bytes 2-4/4"), "345", false),
        (206, part("bytes 2-3/4"), "34", true), // cut at the end of the object
        (206, part("bytes 2-3/9"), "34", false),
        (206, part("bytes 1-4/9"), "2345", false),
        (206, part("bytes 2-4/9"), "3456", false),
        (206, part("bytes 2-4/*"), "345", false),
        (206, part("bytes 4-2/9"), "", false),
        (206, part("bytes 18446744073709551615-4/0"), "345", false),
        (206, part("nonsense"), "345", false),
        (206, vec![], "345", false),
        (200, vec![], "123456789", false),
        (204, vec![], "", false),
    ] {
        let scene = once(reply(status, &headers, body));
        let got = scene.bucket.get_object("k").range(2..=4).await;
        assert_eq!(scene.sent("range"), ["bytes=2-4"]);
        assert_eq!(scene.sent("x-oss-range-behavior"), ["standard"]);
        let name = format!("{status} {headers:?}");
        if ok {
            let object = got.unwrap();
            assert!(object.metadata.size >= 4, "{name}");
            assert_eq!(object.body.bytes().await.unwrap(), body, "{name}");
        } else {
            assert_eq!(got.unwrap_err().kind(), ErrorKind::Protocol, "{name}");
        }
    }
}

#[tokio::test]
async fn ranges_in_every_spelling() {
    use std::ops::Bound::{Excluded, Unbounded};
    let answer = || reply(206, &[("content-range", "bytes 3-8/9")], "456789");
    for range in [(std::ops::Bound::Included(3), Unbounded), (Excluded(2), Excluded(9))] {
        let scene = once(answer());
        scene.bucket.get_object("k").range(range).await.unwrap();
    }
    let scene = once(reply(200, &[], "123"));
    scene.bucket.get_object("k").range(..).await.unwrap();
    assert_eq!(scene.sent("range"), [""]);
    let backwards = std::ops::Range { start: 7, end: 3 };
    for range in [5..5, 0..0, backwards] {
        let error = scene.bucket.get_object("k").range(range).await.unwrap_err();
        assert_eq!(error.to_string(), "GetObject bkt/k: the range is empty");
    }
    assert_eq!(scene.attempts(), 1);
}

#[tokio::test]
async fn metadata_is_read_from_the_headers() {
    let scene = once(reply(
        200,
        &[
            ("content-length", "1000"),
            ("content-type", "text/plain"),
            ("etag", "\"AB12\""),
            ("last-modified", "Sat, 16 Dec 2023 16:20:57 GMT"),
            ("x-oss-storage-class", "IA"),
            ("x-oss-object-type", "Normal"),
            ("x-oss-hash-crc64ecma", CRC),
            ("x-oss-meta-Zulu", "1"),
            ("x-oss-meta-alpha", "2"),
            ("x-oss-version-id", "V"),
            ("x-oss-request-id", "R"),
        ],
        "",
    ));
    let known = scene.bucket.head_object("k").await.unwrap();
    assert_eq!((known.size, known.crc64), (1000, CRC.parse().ok()));
    assert_eq!(known.last_modified, Some(Timestamp::from_unix(1_702_743_657)));
    let text = |field: &Option<String>| field.clone().unwrap();
    assert_eq!(
        [
            &known.content_type,
            &known.etag,
            &known.storage_class,
            &known.object_type,
            &known.version_id,
            &known.receipt.request_id
        ]
        .map(text),
        ["text/plain", "AB12", "IA", "Normal", "V", "R"]
    );
    let pairs: Vec<_> = known.user_metadata.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(pairs, [("zulu", "1"), ("alpha", "2")]);
}

#[tokio::test]
async fn wrong_input_never_reaches_the_network() {
    let scene = Scene::new([]);
    let bucket = &scene.bucket;
    for (error, message) in [
        (bucket.put_object("", "").await.unwrap_err(), "PutObject bkt: the object name is empty"),
        (
            bucket.delete_object("/a").await.unwrap_err(),
            "DeleteObject bkt//a: the object name starts with `/`; OSS names have no leading slash",
        ),
        (
            bucket.put_object("k", "").content_type("a\r\nb: c").await.unwrap_err(),
            "PutObject bkt/k: the value of `content-type` has a character no header has",
        ),
        (
            bucket.put_object("k", "").metadata("a b", "c").await.unwrap_err(),
            "PutObject bkt/k: `a b` is no metadata name",
        ),
        (
            bucket.put_object("k", "").metadata("", "c").await.unwrap_err(),
            "PutObject bkt/k: `` is no metadata name",
        ),
        (
            bucket.client().bucket("No").unwrap_err(),
            "`No` is not a bucket name: 3 to 63 lower-case letters, digits and hyphens, \
             no hyphen at either end",
        ),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
    }
}

#[tokio::test]
async fn optional_headers_are_sent_once_each() {
    let scene = once(reply(200, &[], ""));
    let put = scene.bucket.put_object("k", "").content_type("a/b").content_type("text/html");
    let put = put.content_md5("bWQ1").cache_control("no-store").content_disposition("inline");
    put.forbid_overwrite().await.unwrap();
    for (name, value) in [
        ("content-type", "text/html"),
        ("content-md5", "bWQ1"),
        ("cache-control", "no-store"),
        ("content-disposition", "inline"),
        ("x-oss-forbid-overwrite", "true"),
    ] {
        let requests = scene.transport.requests.lock().unwrap();
        let values: Vec<_> = requests[0].headers().get_all(name).iter().collect();
        assert_eq!(values, [value]);
    }
    let scene = once(reply(200, &[], ""));
    scene.bucket.get_object("k").if_match("\"AB\"").await.unwrap();
    assert_eq!(scene.sent("if-match"), ["\"AB\""]);
}
