//! Uploads in parts, copies and appends as a server does them.

use jit_oss::{CompletedPart, ErrorKind, MIN_PART_SIZE, UploadEntry, crc64};

use crate::support::server;

fn content(length: u64) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

#[tokio::test]
async fn an_object_is_put_together_from_parts_in_any_order() {
    let (server, bucket) = server().await;
    let data = content(3 * MIN_PART_SIZE + 7);
    let size = usize::try_from(MIN_PART_SIZE).unwrap();
    let upload = bucket.initiate_multipart_upload("k").content_type("a/b").await.unwrap();
    let id = upload.upload_id;
    let mut parts = Vec::new();
    for (number, piece) in (1..).zip(data.chunks(size)).collect::<Vec<_>>().into_iter().rev() {
        let part = bucket.upload_part("k", &id, number, piece.to_vec()).await.unwrap();
        assert_eq!(part.crc64, Some(crc64::of(piece)));
        parts.push(part.completed());
    }
    let listed = bucket.list_parts("k", &id).page_size(3).parts().all().await.unwrap();
    let sizes: Vec<_> = listed.iter().map(|part| (part.number, part.size)).collect();
    assert_eq!(sizes, [(1, MIN_PART_SIZE), (2, MIN_PART_SIZE), (3, MIN_PART_SIZE), (4, 7)]);
    let uploads = bucket.list_multipart_uploads().uploads().all().await.unwrap();
    assert!(matches!(&uploads[..], [UploadEntry::Upload(one)] if one.upload_id == id));

    let done = bucket.complete_multipart_upload("k", &id, parts.clone()).await.unwrap();
    assert_eq!(done.crc64, Some(crc64::of(&data)));
    let got = bucket.get_object("k").whole().await.unwrap();
    assert!(got.data == data && got.metadata.receipt.crc_verified);
    assert_eq!(got.metadata.content_type.as_deref(), Some("a/b"));
    assert_eq!(got.metadata.object_type.as_deref(), Some("Multipart"));
    let error = bucket.complete_multipart_upload("k", &id, parts).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchUpload"));
    server.shutdown().await;
}

#[tokio::test]
async fn an_upload_that_is_aborted_leaves_nothing() {
    let (server, bucket) = server().await;
    let id = bucket.initiate_multipart_upload("k").await.unwrap().upload_id;
    bucket.upload_part("k", &id, 1, "x").await.unwrap();
    let error = bucket
        .complete_multipart_upload("k", &id, [CompletedPart::new(1, "0".repeat(32))])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    bucket.abort_multipart_upload("k", &id).await.unwrap();
    assert!(bucket.list_multipart_uploads().uploads().all().await.unwrap().is_empty());
    assert_eq!(bucket.get_object("k").await.unwrap_err().kind(), ErrorKind::NotFound);
    let error = bucket.upload_part("k", &id, 1, "x").await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchUpload"));
    server.shutdown().await;
}

#[tokio::test]
async fn parts_are_copied_from_ranges_of_an_object() {
    let (server, bucket) = server().await;
    let data = content(2 * MIN_PART_SIZE);
    bucket.put_object("source ü", data.clone()).await.unwrap();
    let id = bucket.initiate_multipart_upload("k").await.unwrap().upload_id;
    let copy = |number, range| {
        let copy = bucket.upload_part_copy("source ü", "k", &id, number).source_range(range);
        async move { copy.await.unwrap().completed() }
    };
    let last = data.len() as u64 - 1;
    let parts = [copy(1, 0..=MIN_PART_SIZE - 1).await, copy(2, MIN_PART_SIZE..=last).await];
    let done = bucket.complete_multipart_upload("k", &id, parts).await.unwrap();
    assert_eq!(done.crc64, Some(crc64::of(&data)));
    server.shutdown().await;
}

#[tokio::test]
async fn a_copy_keeps_or_replaces_metadata() {
    let (server, bucket) = server().await;
    let put = bucket.put_object("a", "1").content_type("text/plain").metadata("colour", "red");
    let etag = put.await.unwrap().etag.unwrap();
    bucket.copy_object("a", "kept").if_source_match(&etag).await.unwrap();
    let kept = bucket.head_object("kept").await.unwrap();
    assert_eq!(kept.user_metadata, [("colour".to_owned(), "red".to_owned())]);
    let copy = bucket.copy_object("a", "replaced").replace_metadata().metadata("size", "small");
    copy.content_type("a/b").await.unwrap();
    let replaced = bucket.head_object("replaced").await.unwrap();
    assert_eq!(replaced.user_metadata, [("size".to_owned(), "small".to_owned())]);
    assert_eq!(replaced.content_type.as_deref(), Some("a/b"));
    let error = bucket.copy_object("a", "b").if_source_none_match(&etag).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Precondition);
    let error = bucket.copy_object("missing", "b").await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchKey"));
    server.shutdown().await;
}

#[tokio::test]
async fn appends_add_up() {
    let (server, bucket) = server().await;
    let first = bucket.append_object("log", 0, "one ").await.unwrap();
    let second = bucket.append_object("log", first.next_position, "two");
    let second = second.crc64_before(first.crc64.unwrap()).await.unwrap();
    assert!(first.receipt.crc_verified && second.receipt.crc_verified);
    assert_eq!(bucket.get_object("log").bytes().await.unwrap(), "one two");
    let error = bucket.append_object("log", 4, "x").await.unwrap_err();
    assert_eq!(error.code(), Some("PositionNotEqualToLength"));
    assert_eq!(error.next_append_position(), Some(7));
    bucket.put_object("plain", "").await.unwrap();
    let error = bucket.append_object("plain", 0, "x").await.unwrap_err();
    assert_eq!(error.code(), Some("ObjectNotAppendable"));
    server.shutdown().await;
}

#[tokio::test]
async fn a_large_object_is_copied_in_parts_with_all_that_belongs_to_it() {
    let (server, bucket) = server().await;
    let data = content(5 * MIN_PART_SIZE + 1);
    let put = bucket.put_object("a", data.clone()).content_type("a/b").metadata("colour", "red");
    put.tag("team", "blue").cache_control("no-store").await.unwrap();
    let copier = jit_oss::Copier::new(&bucket).with_part_size(MIN_PART_SIZE).with_threshold(1);
    let copied = copier.copy("a", "b").await.unwrap();
    assert_eq!((copied.size, copied.parts), (data.len() as u64, 6));
    assert!(copied.receipt.crc_verified && copied.crc64 == Some(crc64::of(&data)));
    let known = bucket.head_object("b").await.unwrap();
    assert_eq!(known.content_type.as_deref(), Some("a/b"));
    assert_eq!(known.cache_control.as_deref(), Some("no-store"));
    assert_eq!(known.user_metadata, [("colour".to_owned(), "red".to_owned())]);
    let tags = bucket.get_object_tagging("b").await.unwrap().tags;
    assert_eq!(tags, [("team".to_owned(), "blue".to_owned())]);

    let error = copier.copy("a", "b").forbid_overwrite().await.unwrap_err();
    assert_eq!(error.code(), Some("FileAlreadyExists"));
    let whole = jit_oss::Copier::new(&bucket).copy("a", "c").await.unwrap();
    assert_eq!((whole.parts, whole.size), (1, data.len() as u64));
    let missing = copier.copy("missing", "c").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let left = bucket.list_multipart_uploads().uploads().all().await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_copy_whose_source_changes_leaves_nothing() {
    let (server, bucket) = server().await;
    bucket.put_object("a", content(3 * MIN_PART_SIZE)).await.unwrap();
    let copier = jit_oss::Copier::new(&bucket).with_part_size(MIN_PART_SIZE).with_threshold(1);
    let copier = copier.with_concurrency(1);
    let parts = server.faults().on(jit_oss_server::Operation::UploadPartCopy);
    parts.skip(1).times(1).fail(412, "PreconditionFailed");
    let error = copier.copy("a", "b").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Precondition);
    assert!(bucket.list_multipart_uploads().uploads().all().await.unwrap().is_empty());
    assert_eq!(bucket.head_object("b").await.unwrap_err().kind(), ErrorKind::NotFound);

    // Without the one, the other tells; without both, nothing would.
    use jit_oss_server::Operation::{CompleteMultipartUpload, HeadObject};
    let copied = copier.copy("a", "b");
    server.faults().on(HeadObject).without_header("etag");
    server.faults().on(CompleteMultipartUpload).drop_reply();
    assert!(copied.await.unwrap().receipt.crc_verified);
    for header in ["etag", "x-oss-hash-crc64ecma"] {
        server.faults().on(HeadObject).without_header(header);
    }
    let error = copier.copy("a", "c").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert!(bucket.list_multipart_uploads().uploads().all().await.unwrap().is_empty());
    server.shutdown().await;
}
