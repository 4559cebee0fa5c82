//! Objects and buckets as a server keeps them.

use std::io::Write;

use jit_oss::{Body, BucketAcl, ErrorKind, ListEntry, Payload};

use crate::support::server;

#[tokio::test]
async fn files_go_up_and_come_down() {
    let (server, bucket) = server().await;
    let directory = tempfile::tempdir().unwrap();
    let (up, down) = (directory.path().join("up"), directory.path().join("down"));
    let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    std::fs::File::create(&up).unwrap().write_all(&content).unwrap();

    let put = bucket.put_object("file", Payload::file(&up)).content_type("a/b").await.unwrap();
    assert_eq!((put.receipt.bytes, put.receipt.crc_verified), (3_000_000, true));
    let got = bucket.get_object("file").to_file(&down).await.unwrap();
    assert_eq!(got.content_type.as_deref(), Some("a/b"));
    assert_eq!((got.receipt.bytes, got.receipt.crc_verified), (3_000_000, true));
    assert!(std::fs::read(&down).unwrap() == content);

    let part = Payload::file(&up).part(1000, 2000);
    bucket.put_object("part", part).await.unwrap();
    assert!(bucket.get_object("part").bytes().await.unwrap() == content[1000..3000]);
    let range = bucket.get_object("file").range(2_999_990..5_000_000).bytes().await.unwrap();
    assert!(range == content[2_999_990..]);
    let error = bucket.get_object("file").range(3_000_000..).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Range);

    let mut object = bucket.get_object("file").await.unwrap();
    assert_eq!(object.body.remaining(), 3_000_000);
    while object.body.chunk().await.unwrap().is_some() {}
    let receipt = object.body.receipt();
    assert_eq!((receipt.bytes, receipt.crc_verified), (3_000_000, true));
    server.shutdown().await;
}

#[tokio::test]
async fn streams_go_up_with_and_without_a_length() {
    let (server, bucket) = server().await;
    for payload in [
        Payload::once(Body::from(bytes::Bytes::from_static(b"stream"))),
        Payload::replayable(|| Body::stream(Unsized(Some("stream")))),
    ] {
        let put = bucket.put_object("k", payload).await.unwrap();
        assert!(put.receipt.crc_verified && put.receipt.bytes == 6);
        assert_eq!(bucket.get_object("k").bytes().await.unwrap(), "stream");
    }
    server.shutdown().await;
}

/// A stream that does not say how long it is.
struct Unsized(Option<&'static str>);

impl http_body::Body for Unsized {
    type Data = bytes::Bytes;
    type Error = jit_oss::TransportError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        let piece = self.0.take().map(|text| bytes::Bytes::from_static(text.as_bytes()));
        std::task::Poll::Ready(piece.map(|piece| Ok(http_body::Frame::data(piece))))
    }
}

#[tokio::test]
async fn a_list_by_folder_is_what_a_list_of_all_is() {
    let (server, bucket) = server().await;
    let keys = ["a", "a/b", "a/b/c", "a/d", "b/1", "b/2", "c"];
    for key in keys {
        bucket.put_object(key, "").await.unwrap();
    }
    let list = |prefix: &str| {
        let list = bucket.list_objects().prefix(prefix).delimiter("/").page_size(2).entries();
        async move {
            let entries = list.all().await.unwrap();
            entries.iter().map(|entry| entry.name().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(list("").await, ["a", "a/", "b/", "c"]);
    assert_eq!(list("a/").await, ["a/b", "a/b/", "a/d"]);
    let after = bucket.list_objects().start_after("a/d").entries().all().await.unwrap();
    let after: Vec<_> = after.iter().map(ListEntry::name).collect();
    assert_eq!(after, ["b/1", "b/2", "c"]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_bucket_is_made_listed_and_removed() {
    let (server, bucket) = server().await;
    let client = bucket.client();
    let other = client.bucket("other-bucket").unwrap();
    assert_eq!(other.info().await.unwrap_err().code(), Some("NoSuchBucket"));
    other.create().await.unwrap();
    let names = client.list_buckets().page_size(1).buckets().unwrap().all().await.unwrap();
    let names: Vec<_> = names.iter().map(|bucket| bucket.name.as_str()).collect();
    assert_eq!(names, ["my-bucket", "other-bucket"]);
    assert_eq!(other.info().await.unwrap().name, "other-bucket");
    assert_eq!(other.location().await.unwrap().location, "oss-cn-hangzhou");
    assert_eq!(other.acl().await.unwrap().acl, BucketAcl::Private);
    other.put_object("k", "").await.unwrap();
    assert_eq!(other.delete().await.unwrap_err().code(), Some("BucketNotEmpty"));
    other.delete_object("k").await.unwrap();
    other.delete().await.unwrap();
    assert_eq!(other.get_object("k").await.unwrap_err().code(), Some("NoSuchBucket"));
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_asked_of_an_object_is_told() {
    let (server, bucket) = server().await;
    let put = bucket.put_object("k", "123456789").metadata("colour", "red");
    let put = put.content_type("text/plain").cache_control("no-store").await.unwrap();
    let head = bucket.head_object("k").await.unwrap();
    assert_eq!(head.user_metadata, [("colour".to_owned(), "red".to_owned())]);
    assert_eq!(head.cache_control.as_deref(), Some("no-store"));
    let meta = bucket.get_object_meta("k").await.unwrap();
    assert_eq!((meta.size, &meta.etag), (9, &put.etag));
    let missing = bucket.get_object_meta("missing").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let etag = put.etag.unwrap();
    bucket.get_object("k").if_match(&etag).bytes().await.unwrap();
    let error = bucket.get_object("k").if_none_match(&etag).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Precondition);
    let again = bucket.put_object("k", "").forbid_overwrite().await.unwrap_err();
    assert_eq!(again.code(), Some("FileAlreadyExists"));
    server.shutdown().await;
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_a_changed_request() {
    let (server, _) = server().await;
    let good = server.client_config();
    let wrong = jit_oss::Credentials::new(server.credentials().access_key_id(), "not the secret");
    let config = jit_oss::Config::new(good.endpoint().clone(), wrong).with_region("cn-hangzhou");
    let bucket = jit_oss::Client::new(config).unwrap().bucket("my-bucket").unwrap();
    let error = bucket.put_object("a b", "x").metadata("m", "v").await.unwrap_err();
    let mismatch = error.signature_mismatch().unwrap();
    assert_eq!(mismatch.first_difference(), None, "{mismatch}");
    assert_eq!(error.help().as_deref(), Some("check the access key's secret"));
    server.shutdown().await;
}
