//! Uploads in parts: what is asked, and what is made of the answers.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use jit_oss::{CompletedPart, ErrorKind, StorageClass, TransportErrorKind as T, UploadEntry};

use crate::support::scripted::{Reply, Scene, broken, refusal, reply};

const CRC: &str = "11051210869376104954"; // of "123456789"

fn xml(body: &str) -> Reply {
    reply(200, &[("content-type", "application/xml")], body)
}

fn truncated(root: &str, marker: &str, items: &str) -> Reply {
    xml(&format!("<{root}><IsTruncated>true</IsTruncated>{marker}{items}</{root}>"))
}

fn last(root: &str, items: &str) -> Reply {
    xml(&format!(
        "<{root}><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{items}</{root}>"
    ))
}

#[tokio::test]
async fn an_object_is_written_in_parts() {
    let scene = Scene::new([
        xml(
            "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>",
        ),
        reply(200, &[("etag", "\"P1\""), ("x-oss-hash-crc64ecma", CRC)], ""),
        xml("<CopyPartResult><LastModified/><ETag>\"P2\"</ETag></CopyPartResult>"),
        reply(
            200,
            &[("x-oss-hash-crc64ecma", "7"), ("x-oss-version-id", "V1")],
            "<CompleteMultipartUploadResult><EncodingType>url</EncodingType><Key>a%20b</Key>\
             <ETag>\"X-2\"</ETag></CompleteMultipartUploadResult>",
        ),
    ]);
    let bucket = &scene.bucket;
    let begun = bucket
        .initiate_multipart_upload("a b")
        .content_type("text/plain")
        .storage_class(StorageClass::InfrequentAccess)
        .metadata("colour", "red")
        .tag("k&1", "v=1")
        .tag("k2", "")
        .await
        .unwrap();
    assert_eq!(begun.upload_id, "U1");
    let part = bucket.upload_part("a b", "U1", 1, "123456789").await.unwrap();
    assert_eq!((part.etag.as_str(), part.crc64), ("P1", CRC.parse().ok()));
    assert!(part.receipt.crc_verified && part.receipt.bytes == 9);
    let copied = bucket.upload_part_copy("s+ü", "a b", "U1", 2).source_range(100..=199);
    let copied = copied.source_version("v/1").source_bucket("other").await.unwrap();
    let done = bucket
        .complete_multipart_upload("a b", "U1", [copied.completed(), part.completed()])
        .await
        .unwrap();
    assert_eq!((done.etag.as_deref(), done.crc64), (Some("X-2"), Some(7)));
    assert_eq!(done.version_id.as_deref(), Some("V1"));
    assert_eq!(
        scene.targets(),
        [
            "POST /a%20b?uploads&encoding-type=url",
            "PUT /a%20b?partNumber=1&uploadId=U1",
            "PUT /a%20b?partNumber=2&uploadId=U1",
            "POST /a%20b?uploadId=U1&encoding-type=url",
        ]
    );
    for (header, sent) in [
        ("content-type", ["text/plain", "", "", "application/xml"]),
        ("x-oss-storage-class", ["IA", "", "", ""]),
        ("x-oss-meta-colour", ["red", "", "", ""]),
        ("x-oss-tagging", ["k%261=v%3D1&k2=", "", "", ""]),
        ("x-oss-copy-source", ["", "", "/other/s%2B%C3%BC?versionId=v%2F1", ""]),
        ("x-oss-copy-source-range", ["", "", "bytes=100-199", ""]),
    ] {
        assert_eq!(scene.sent(header), sent, "{header}");
    }
    assert_eq!(
        scene.bodies().await[3],
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"P1\"</ETag></Part>\
         <Part><PartNumber>2</PartNumber><ETag>\"P2\"</ETag></Part></CompleteMultipartUpload>"
    );
}

#[tokio::test]
async fn a_part_that_arrived_wrong_is_sent_again() {
    let wrong = reply(200, &[("x-oss-hash-crc64ecma", "1")], "");
    let scene = Scene::new([wrong, reply(200, &[("x-oss-hash-crc64ecma", CRC)], "")]);
    let part = scene.bucket.upload_part("k", "U", 1, "123456789").await.unwrap();
    assert_eq!(part.receipt.attempts, 2);
}

#[tokio::test]
async fn a_completion_that_may_have_arrived_is_not_repeated() {
    let part = || [CompletedPart::new(1, "P1")];
    let scene = Scene::new([broken(T::Interrupted)]);
    let error = scene.bucket.complete_multipart_upload("k", "U", part()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome_unknown()), (ErrorKind::Interrupted, true));
    let done = "<CompleteMultipartUploadResult><ETag>E</ETag></CompleteMultipartUploadResult>";
    let scene = Scene::new([broken(T::Connect), xml(done)]);
    scene.bucket.complete_multipart_upload("k", "U", part()).await.unwrap();
    assert_eq!(scene.attempts(), 2);
}

#[tokio::test]
async fn an_abort_succeeds_once() {
    let scene = Scene::new([reply(204, &[], ""), refusal(404, "NoSuchUpload")]);
    scene.bucket.abort_multipart_upload("k", "U").await.unwrap();
    let error = scene.bucket.abort_multipart_upload("k", "U").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("NoSuchUpload")));
    assert_eq!(scene.targets()[0], "DELETE /k?uploadId=U");
}

#[tokio::test]
async fn an_error_inside_a_success_is_an_error() {
    let hidden = "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>No.</Message>\
                  <RequestId>R9</RequestId></Error>";
    let scene = Scene::new([xml(hidden), xml(hidden), xml(hidden)]);
    let error = scene.bucket.initiate_multipart_upload("k").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 3));
    assert_eq!((error.code(), error.request_id()), (Some("InternalError"), Some("R9")));
    let scene = Scene::new([xml("<Error><Code>Odd</Code></Error>")]);
    let error = scene.bucket.initiate_multipart_upload("k").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Protocol, Some("Odd")));
}

#[tokio::test]
async fn answers_that_make_no_sense_are_told() {
    for (body, message) in [
        ("", "the answer is no readable <InitiateMultipartUploadResult>"),
        ("<Initiate", "the answer is no readable <InitiateMultipartUploadResult>"),
        ("<Other/>", "the answer is no readable <InitiateMultipartUploadResult>"),
        (
            "<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>",
            "the answer's <InitiateMultipartUploadResult> has no <UploadId>",
        ),
    ] {
        let scene = Scene::new([xml(body)]);
        let error = scene.bucket.initiate_multipart_upload("k").await.unwrap_err();
        assert_eq!(error.to_string(), format!("InitiateMultipartUpload bkt/k: {message}"));
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn wrong_input_is_told_before_anything_is_sent() {
    let scene = Scene::new([]);
    let bucket = &scene.bucket;
    for (error, message) in [
        (
            bucket.upload_part("k", "U", 0, "").await.unwrap_err(),
            "UploadPart bkt/k: the part's number is 0, not 1 to 10000",
        ),
        (
            bucket.upload_part("k", "", 1, "").await.unwrap_err(),
            "UploadPart bkt/k: the upload id is empty",
        ),
        (
            bucket.upload_part_copy("/s", "k", "U", 1).await.unwrap_err(),
            "UploadPartCopy bkt/k: the source: the object name starts with `/`; OSS names have no \
             leading slash",
        ),
        (
            bucket.upload_part_copy("s", "k", "U", 1).source_bucket("B").await.unwrap_err(),
            "UploadPartCopy bkt/k: the source: `B` is not a bucket name: 3 to 63 lower-case letters, \
             digits and hyphens, no hyphen at either end",
        ),
        (
            bucket.complete_multipart_upload("k", "U", []).await.unwrap_err(),
            "CompleteMultipartUpload bkt/k: an upload is completed with at least one part",
        ),
        (
            bucket.list_parts("k", "U").page_size(1001).parts().next().await.unwrap_err(),
            "ListParts bkt/k: a page has 1 to 1000 items, not 1001",
        ),
        (
            bucket.upload_part("k", "U", 1, "").traffic_limit(8).await.unwrap_err(),
            "UploadPart bkt/k: the traffic limit is 8 bits per second, not 245760 to 838860800",
        ),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
    }
}

fn part(number: u32) -> String {
    format!(
        "<Part><PartNumber>{number}</PartNumber><LastModified>2023-12-16T16:20:57.000Z</LastModified>\
         <ETag>\"P{number}\"</ETag><HashCrc64ecma>{number}</HashCrc64ecma><Size>10</Size></Part>"
    )
}

#[tokio::test]
async fn parts_are_listed_page_by_page() {
    let marker = "<NextPartNumberMarker>2</NextPartNumberMarker>";
    let scene = Scene::new([
        truncated("ListPartsResult", marker, &(part(1) + &part(2))),
        last("ListPartsResult", &part(3)),
    ]);
    let list = scene.bucket.list_parts("k", "U").page_size(2).parts();
    let parts = list.all().await.unwrap();
    let found: Vec<_> =
        parts.iter().map(|p| (p.number, p.size, p.etag.as_str(), p.crc64)).collect();
    assert_eq!(found, [(1, 10, "P1", Some(1)), (2, 10, "P2", Some(2)), (3, 10, "P3", Some(3))]);
    assert_eq!(parts[0].last_modified.unwrap().unix(), 1_702_743_657);
    assert_eq!(
        scene.targets(),
        [
            "GET /k?uploadId=U&encoding-type=url&max-parts=2",
            "GET /k?uploadId=U&encoding-type=url&max-parts=2&part-number-marker=2",
        ]
    );
}

#[tokio::test]
async fn uploads_are_listed_in_order_and_decoded() {
    let upload =
        |key: &str, id: &str| format!("<Upload><Key>{key}</Key><UploadId>{id}</UploadId></Upload>");
    let marker = "<EncodingType>url</EncodingType><NextKeyMarker>a%2Bb</NextKeyMarker>\
                  <NextUploadIdMarker>U2</NextUploadIdMarker>";
    let first = upload("a%20%0A", "U1") + &upload("a%2Bb", "U2");
    let second = upload("z", "U3") + "<CommonPrefixes><Prefix>dir%2F</Prefix></CommonPrefixes>";
    let scene = Scene::new([
        truncated("ListMultipartUploadsResult", marker, &first),
        last("ListMultipartUploadsResult", &second),
    ]);
    let mut list = scene.bucket.list_multipart_uploads().delimiter("/").uploads();
    let mut found = Vec::new();
    while let Some(entry) = poll_fn(|cx| Pin::new(&mut list).poll_next(cx)).await {
        found.push(match entry.unwrap() {
            UploadEntry::Upload(upload) => format!("{} {}", upload.key, upload.upload_id),
            UploadEntry::Prefix(prefix) => prefix,
        });
    }
    assert_eq!(found, ["a \n U1", "a+b U2", "dir/", "z U3"]);
    assert_eq!(
        scene.targets()[1],
        "GET /?uploads&encoding-type=url&delimiter=%2F&key-marker=a%2Bb&upload-id-marker=U2"
    );
}

#[tokio::test]
async fn a_list_goes_on_after_an_error_and_never_in_circles() {
    let marker = "<NextPartNumberMarker>1</NextPartNumberMarker>";
    let scene = Scene::new([
        truncated("ListPartsResult", marker, &part(1)),
        refusal(403, "AccessDenied"),
        last("ListPartsResult", &part(2)),
    ]);
    let mut list = scene.bucket.list_parts("k", "U").parts();
    assert_eq!(list.next().await.unwrap().unwrap().number, 1);
    assert_eq!(list.next().await.unwrap_err().kind(), ErrorKind::AccessDenied);
    assert_eq!(list.next().await.unwrap().unwrap().number, 2);
    assert!(list.next().await.unwrap().is_none() && list.next().await.unwrap().is_none());
    assert_eq!(scene.sent("x-oss-date").len(), 3);

    let scene = Scene::new([
        truncated("ListPartsResult", marker, &part(1)),
        truncated("ListPartsResult", marker, &part(1)),
    ]);
    let error = scene.bucket.list_parts("k", "U").parts().all().await.unwrap_err();
    assert!(error.to_string().ends_with("the next page is this one"), "{error}");
}
