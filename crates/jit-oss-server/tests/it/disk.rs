//! Objects on disk: what survives, and what is refused.

use std::fs;

use jit_oss_server::{Durability, StartError};
use tempfile::tempdir;

use crate::support::{ask, blobs, builder, get, put};

#[tokio::test]
async fn a_restart_keeps_everything_and_warns_of_what_is_not_ours() {
    let directory = tempdir().unwrap();
    let server = builder().bucket("other-bucket").data(directory.path()).start().await.unwrap();
    for key in ["a/../b", "😀", "deleted"] {
        put(key, key).header("x-oss-meta-a", "1").v4().send(&server).await;
    }
    ask("DELETE", "deleted").v4().send(&server).await;
    ask("DELETE", "").bucket("other-bucket").v4().send(&server).await;
    let before = ask("HEAD", "😀").v4().send(&server).await;
    server.shutdown().await;

    let folder = directory.path().join("blobs/00");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("foreign"), "not an object").unwrap();
    fs::write(folder.join("000000000000ff00"), "half a write").unwrap();

    let server = builder().data(directory.path()).start().await.unwrap();
    let warnings = server.warnings().join("\n");
    assert!(warnings.contains("foreign") && !warnings.contains("ff00"), "{warnings}");
    fs::remove_file(folder.join("foreign")).unwrap();
    assert_eq!(blobs(directory.path()), 2, "half a write is removed");
    let listing = get("").v4().send(&server).await;
    assert_eq!(listing.elements("Key"), ["a/../b", "😀"]);
    assert_eq!(get("a/../b").v4().send(&server).await.text(), "a/../b");
    let after = ask("HEAD", "😀").v4().send(&server).await;
    for name in ["etag", "last-modified", "x-oss-meta-a", "x-oss-hash-crc64ecma"] {
        assert_eq!(before.header(name), after.header(name), "{name}");
    }
    let gone = get("").bucket("other-bucket").v4().send(&server).await;
    assert_eq!(gone.verdict(), "404 NoSuchBucket");
}

#[tokio::test]
async fn what_was_deleted_before_a_restart_says_nothing_of_what_is_written_after_it() {
    let directory = tempdir().unwrap();
    let start = || builder().data(directory.path()).start();
    let server = start().await.unwrap();
    put("a", "a".repeat(100)).v4().send(&server).await;
    ask("DELETE", "a").v4().send(&server).await;
    server.shutdown().await;

    let server = start().await.unwrap();
    let content = "b".repeat(200);
    put("b", content.as_str()).v4().send(&server).await;
    server.shutdown().await;

    let server = start().await.unwrap();
    assert_eq!(server.warnings(), [""; 0]);
    assert_eq!(get("b").v4().send(&server).await.text(), content);
}

#[tokio::test]
async fn two_writers_of_one_key_leave_one_whole_object() {
    let directory = tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    let address = server.address();
    let bodies: Vec<Vec<u8>> = (0..8).map(|writer| vec![b'a' + writer; 300_000]).collect();
    let writes = bodies
        .iter()
        .cloned()
        .map(|body| tokio::spawn(async move { put("k", body).v4().send_to(address).await.status }));
    for write in writes.collect::<Vec<_>>() {
        assert_eq!(write.await.unwrap(), 200);
        let reply = get("k").v4().send(&server).await;
        assert!(bodies.contains(&reply.body));
        let sum = jit_oss::crc64::of(&reply.body).to_string();
        assert_eq!(reply.header("x-oss-hash-crc64ecma"), sum);
    }
    let listing = get("").v4().send(&server).await;
    let last = get("k").v4().send(&server).await;
    assert_eq!(listing.element("ETag").replace("&quot;", "\""), last.header("etag"));
}

#[tokio::test]
async fn only_one_of_many_creators_wins() {
    let directory = tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    let address = server.address();
    let creators = (0..8).map(|creator| {
        let ask = put("k", creator.to_string()).header("x-oss-forbid-overwrite", "true");
        tokio::spawn(async move { ask.v4().send_to(address).await.status })
    });
    let mut statuses = Vec::new();
    for creator in creators.collect::<Vec<_>>() {
        statuses.push(creator.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn a_reader_goes_on_reading_what_it_opened() {
    let directory = tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    // More than the sockets between us hold.
    let old = vec![b'o'; 32 << 20];
    put("k", old.clone()).v4().send(&server).await;
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let head = get("k").v4().head();
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    stream.readable().await.unwrap();
    put("k", "new").v4().send(&server).await;
    let reply = crate::support::read_reply(stream).await;
    assert!(reply.body == old);
    assert_eq!(get("k").v4().send(&server).await.text(), "new");
}

#[tokio::test]
async fn a_directory_is_used_by_one_server_at_a_time() {
    let directory = tempdir().unwrap();
    let first = builder().data(directory.path()).start().await.unwrap();
    let error = builder().data(directory.path()).start().await.unwrap_err();
    assert!(matches!(error, StartError::InUse { .. }), "{error}");
    first.shutdown().await;
    assert!(builder().data(directory.path()).start().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_can_wait_for_the_directory() {
    let directory = tempdir().unwrap();
    let first = builder().data(directory.path()).start().await.unwrap();
    let minute = std::time::Duration::from_secs(60);
    let started = tokio::time::Instant::now();
    let next = || builder().data(directory.path()).wait_for_lock(minute).start();
    let error = next().await.unwrap_err();
    assert!(matches!(error, StartError::InUse { .. }), "{error}");
    assert!(started.elapsed() >= minute && started.elapsed() < minute * 2);
    // The other leaves while this one waits.
    let (second, ()) = tokio::join!(next(), async {
        tokio::time::sleep(minute / 2).await;
        first.shutdown().await;
    });
    tokio::time::resume();
    assert_eq!(put("k", "x").v4().send(&second.unwrap()).await.status, 200);
}

#[tokio::test]
async fn what_is_no_data_directory_is_left_alone() {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("letter.txt"), "dear").unwrap();
    let error = builder().data(directory.path()).start().await.unwrap_err().to_string();
    assert!(error.contains("letter.txt"), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);

    let newer = tempdir().unwrap();
    for format in ["jit-oss-server data 1\n", "jit-oss-server data 3\n"] {
        fs::write(newer.path().join("format"), format).unwrap();
        let error = builder().data(newer.path()).start().await.unwrap_err().to_string();
        assert!(error.contains(format.trim_end()) && error.contains("empty directory"), "{error}");
    }

    let file = newer.path().join("format");
    let error = builder().data(&file).start().await.unwrap_err();
    assert!(matches!(error, StartError::Data { .. }), "{error}");
}

#[tokio::test]
async fn an_object_whose_bytes_are_lost_is_left_out_and_told() {
    let directory = tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    put("kept", "").v4().send(&server).await;
    put("lost", "x").v4().send(&server).await;
    server.shutdown().await;
    fs::remove_dir_all(directory.path().join("blobs")).unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    assert!(server.warnings()[0].contains("\"lost\""), "{:?}", server.warnings());
    assert_eq!(get("").v4().send(&server).await.elements("Key"), ["kept"]);
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_nothing_is_lost() {
    let directory = tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    put("k", "old").v4().send(&server).await;
    // Room for the content and half a line of the journal; for half of the content; for nothing.
    for room in [3_000_100, 1_500_000, 0] {
        server.faults().limit_disk(Some(room));
        let reply = put("k", vec![b'n'; 3_000_000]).v4().send(&server).await;
        assert_eq!(reply.verdict(), "500 InternalError", "{room}");
        let reply = ask("DELETE", "k").v4().send(&server).await;
        assert_eq!(reply.verdict(), "500 InternalError", "{room}");
        assert_eq!(get("k").v4().send(&server).await.text(), "old", "{room}");
        assert_eq!(blobs(directory.path()), 1, "{room}");
        server.faults().clear();
        assert_eq!(put("other", "x").v4().send(&server).await.status, 200, "{room}");
        ask("DELETE", "other").v4().send(&server).await;
    }
    server.shutdown().await;
    let server = builder().data(directory.path()).start().await.unwrap();
    assert!(server.warnings().is_empty(), "{:?}", server.warnings());
    assert_eq!(get("k").v4().send(&server).await.text(), "old");
}

#[tokio::test]
async fn waiting_for_the_medium_changes_nothing_else() {
    let directory = tempdir().unwrap();
    let start = || builder().data(directory.path()).durability(Durability::Power).start();
    let server = start().await.unwrap();
    let address = server.address();
    let writes = (0..8).map(|number| {
        tokio::spawn(
            async move { put(&number.to_string(), "x").v4().send_to(address).await.status },
        )
    });
    for write in writes.collect::<Vec<_>>() {
        assert_eq!(write.await.unwrap(), 200);
    }
    server.shutdown().await;
    let server = start().await.unwrap();
    assert_eq!(get("").v4().send(&server).await.elements("Key").len(), 8);
}

#[tokio::test]
async fn what_the_medium_does_not_keep_is_not_acknowledged_and_nothing_after_it() {
    let directory = tempdir().unwrap();
    let start = || builder().data(directory.path()).durability(Durability::Power).start();
    let server = start().await.unwrap();
    put("kept", "x").v4().send(&server).await;
    server.faults().forget_writes(true);
    // The deletion needs no bytes of its own: it is the journal that is not kept.
    let lost = ask("DELETE", "kept").v4().send(&server).await;
    assert_eq!(lost.verdict(), "500 InternalError");
    // A medium that says all is well again may still have lost what it was asked for before.
    server.faults().forget_writes(false);
    for write in [put("later", "x"), ask("DELETE", "kept"), put("kept", "y")] {
        assert_eq!(write.v4().send(&server).await.verdict(), "500 InternalError");
    }
    assert_eq!(get("later").v4().send(&server).await.verdict(), "404 NoSuchKey");
    server.shutdown().await;
    let server = start().await.unwrap();
    assert!(server.warnings().is_empty(), "{:?}", server.warnings());
    assert_eq!(put("later", "x").v4().send(&server).await.status, 200);
}

#[cfg(unix)]
#[tokio::test]
async fn a_start_removes_nothing_that_the_mediums_own_journal_may_refer_to() {
    use std::os::unix::fs::MetadataExt;

    let directory = tempdir().unwrap();
    let start = || builder().data(directory.path()).durability(Durability::Power).start();
    // Written anew, the journal is another file.
    let journal = || fs::metadata(directory.path().join("journal")).unwrap().ino();
    let server = start().await.unwrap();
    put("kept", "old").v4().send(&server).await;
    put("source", "new").v4().send(&server).await;
    server.faults().forget_writes(true);
    let copy = put("kept", "").header("x-oss-copy-source", "/my-bucket/source").v4();
    assert_eq!(copy.send(&server).await.verdict(), "500 InternalError");
    server.shutdown().await;
    let before = journal();
    start().await.unwrap().shutdown().await;
    let after = journal();
    assert_ne!(before, after);
    // Where there is nothing to remove, it stays.
    start().await.unwrap().shutdown().await;
    assert_eq!(journal(), after);
}

#[tokio::test]
async fn a_part_whose_bytes_are_lost_is_left_out_and_told() {
    let directory = tempdir().unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    let upload = ask("POST", "k").query("uploads", "").v4().send(&server).await.element("UploadId");
    let part = |number: &str, body: &str| {
        put("k", body).query("partNumber", number).query("uploadId", &upload).v4()
    };
    part("1", "").send(&server).await;
    part("2", "x").send(&server).await;
    server.shutdown().await;
    fs::remove_dir_all(directory.path().join("blobs")).unwrap();
    let server = builder().data(directory.path()).start().await.unwrap();
    let told =
        "left out part 2 of an upload of \"k\" of the bucket my-bucket: its content is missing";
    assert_eq!(server.warnings(), [told]);
    let parts = get("k").query("uploadId", &upload).v4().send(&server).await;
    assert_eq!(parts.elements("PartNumber"), ["1"]);
    let stat = get("").query("stat", "").v4().send(&server).await;
    assert_eq!(stat.element("MultipartPartCount"), "1");
    assert_eq!(part("2", "again").send(&server).await.status, 200);
}
