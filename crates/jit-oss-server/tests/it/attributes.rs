//! What is known of objects and buckets beside content: tags, access, links, classes, documents.

use std::time::Duration;

use jit_oss::Timestamp;

use crate::support::{Ask, ask, both, builder, get, put};

fn send(method: &'static str, key: &str, sub: &str, body: &str) -> Ask {
    Ask { body: body.into(), ..ask(method, key) }.query(sub, "")
}

#[tokio::test]
async fn tags_come_and_go() {
    let (_directory, servers) = both().await;
    for server in servers {
        let tagged = put("k", "x").header("x-oss-tagging", "a%20b=1&c=%E6%96%87");
        assert_eq!(tagged.v4().send(&server).await.verdict(), "200");
        let tags = async || {
            let reply = get("k").query("tagging", "").v4().send(&server).await;
            (reply.elements("Key").join(","), reply.elements("Value").join(","))
        };
        assert_eq!(tags().await, ("a b,c".to_owned(), "1,文".to_owned()));
        let new = "<Tagging><TagSet><Tag><Key>n</Key><Value></Value></Tag></TagSet></Tagging>";
        assert_eq!(send("PUT", "k", "tagging", new).v4().send(&server).await.verdict(), "200");
        assert_eq!(tags().await, ("n".to_owned(), String::new()));
        let twice = new.replace("</TagSet>", "<Tag><Key>n</Key><Value>1</Value></Tag></TagSet>");
        for (body, verdict) in
            [(twice.as_str(), "400 InvalidTag"), ("<Tagging/>", "400 MalformedXML")]
        {
            assert_eq!(
                send("PUT", "k", "tagging", body).v4().send(&server).await.verdict(),
                verdict
            );
        }
        assert_eq!(
            send("PUT", "none", "tagging", new).v4().send(&server).await.verdict(),
            "404 NoSuchKey"
        );
        assert_eq!(
            ask("DELETE", "k").query("tagging", "").v4().send(&server).await.verdict(),
            "204"
        );
        assert_eq!(tags().await, (String::new(), String::new()));
        assert_eq!(get("k").v4().send(&server).await.text(), "x");
    }
}

#[tokio::test]
async fn access_control_is_kept() {
    let (_directory, servers) = both().await;
    for server in servers {
        put("k", "x").v4().send(&server).await;
        let grant =
            async |key: &str| get(key).query("acl", "").v4().send(&server).await.element("Grant");
        assert_eq!(
            (grant("k").await, grant("").await),
            ("default".to_owned(), "private".to_owned())
        );
        let set = |key: &str, header: &str, acl: &str| {
            ask("PUT", key).query("acl", "").header(header, acl).v4()
        };
        let object = set("k", "x-oss-object-acl", "public-read-write").send(&server).await;
        assert_eq!(object.verdict(), "200");
        assert_eq!(set("", "x-oss-acl", "public-read").send(&server).await.verdict(), "200");
        assert_eq!(grant("k").await, "public-read-write");
        assert_eq!(grant("").await, "public-read");
        for (wire, verdict) in [
            (set("k", "x-oss-object-acl", "x"), "400 InvalidArgument"),
            (set("k", "x-other", "x"), "400 MissingArgument"),
            (set("", "x-oss-acl", "default"), "400 InvalidArgument"),
            (set("none", "x-oss-object-acl", "private"), "404 NoSuchKey"),
        ] {
            assert_eq!(wire.send(&server).await.verdict(), verdict);
        }
        let again = ask("PUT", "").header("x-oss-acl", "private").v4().send(&server).await;
        assert_eq!((again.status, grant("").await), (200, "private".to_owned()));
    }
}

#[tokio::test]
async fn a_link_gives_what_it_leads_to() {
    let (_directory, servers) = both().await;
    for server in servers {
        let target =
            put("a b", "content").header("x-oss-meta-a", "target").v4().send(&server).await;
        let link = |key: &str, to: &str| {
            ask("PUT", key).query("symlink", "").header("x-oss-symlink-target", to)
        };
        let reply = link("l", "a%20b").header("x-oss-meta-a", "link").v4().send(&server).await;
        assert_eq!(reply.verdict(), "200");
        let shown = get("l").query("symlink", "").v4().send(&server).await;
        assert_eq!((shown.header("x-oss-symlink-target"), shown.body.len()), ("a%20b", 0));
        let reply = get("l").header("range", "bytes=0-2").v4().send(&server).await;
        assert_eq!((reply.status, reply.text().as_str()), (206, "con"));
        for (name, value) in [
            ("x-oss-object-type", "Symlink"),
            ("etag", target.header("etag")),
            ("x-oss-meta-a", "link"),
        ] {
            assert_eq!(reply.header(name), value);
        }
        let meta = ask("HEAD", "l").query("objectMeta", "").v4().send(&server).await;
        assert_eq!(meta.header("content-length"), "0", "it is not followed");
        link("broken", "none").v4().send(&server).await;
        link("second", "l").v4().send(&server).await;
        assert_eq!(get("broken").v4().send(&server).await.verdict(), "404 SymlinkTargetNotExist");
        assert_eq!(get("second").v4().send(&server).await.verdict(), "400 InvalidTargetType");
        assert_eq!(
            get("a b").query("symlink", "").v4().send(&server).await.verdict(),
            "400 NotSymlink"
        );
        let guarded =
            link("l", "x").header("x-oss-forbid-overwrite", "true").v4().send(&server).await;
        assert_eq!(guarded.verdict(), "409 FileAlreadyExists");
        assert_eq!(get("").v4().send(&server).await.elements("Type")[0], "Normal");
        let copy =
            put("copy", "").header("x-oss-copy-source", "/my-bucket/l").v4().send(&server).await;
        assert_eq!(copy.verdict(), "200");
        let copied = get("copy").query("symlink", "").v4().send(&server).await;
        assert_eq!(copied.header("x-oss-symlink-target"), "a%20b", "a link is copied as a link");
    }
}

#[tokio::test]
async fn archived_objects_are_restored_for_a_while() {
    let server = builder().restore_time(Duration::from_secs(3600)).start().await.unwrap();
    put("k", "cold").header("x-oss-storage-class", "ColdArchive").v4().send(&server).await;
    put("warm", "x").v4().send(&server).await;
    let at = |ask: Ask, seconds: i64| {
        server.faults().skew_clock(seconds);
        ask.at(Timestamp::now().plus(seconds)).v4()
    };
    let state = async |seconds| {
        let reply = at(ask("HEAD", "k"), seconds).send(&server).await;
        reply.header("x-oss-restore").split(',').next().unwrap().to_owned()
    };
    let restore = || {
        let tier = "<JobParameters><Tier>Bulk</Tier></JobParameters>";
        send(
            "POST",
            "k",
            "restore",
            &format!("<RestoreRequest><Days>2</Days>{tier}</RestoreRequest>"),
        )
    };
    let refused = "403 InvalidObjectState";
    assert_eq!(at(get("k"), 0).send(&server).await.verdict(), refused);
    assert_eq!(state(0).await, "");
    let copy = put("copy", "").header("x-oss-copy-source", "/my-bucket/k");
    assert_eq!(at(copy, 0).send(&server).await.verdict(), refused);
    let first = at(restore(), 0).send(&server).await;
    assert_eq!((first.status, first.header("x-oss-object-restore-priority")), (202, "Bulk"));
    assert_eq!(state(0).await, "ongoing-request=\"true\"");
    assert_eq!(at(restore(), 9).send(&server).await.verdict(), "409 RestoreAlreadyInProgress");
    assert_eq!(at(get("k"), 9).send(&server).await.verdict(), refused);
    assert_eq!(at(get("k"), 3700).send(&server).await.text(), "cold");
    assert_eq!(state(3700).await, "ongoing-request=\"false\"");
    assert_eq!(at(restore(), 3700).send(&server).await.verdict(), "200");
    let late = 3700 + 2 * 24 * 3600 + 1;
    assert_eq!(at(get("k"), late).send(&server).await.verdict(), refused);
    assert_eq!(state(late).await, "");
    let warm = send("POST", "warm", "restore", "");
    assert_eq!(at(warm, 0).send(&server).await.verdict(), "400 OperationNotSupported");
}

#[tokio::test]
async fn a_bucket_keeps_documents_as_they_are_given() {
    let (_directory, servers) = both().await;
    for server in servers {
        for (sub, document, absent) in [
            (
                "lifecycle",
                "<LifecycleConfiguration> <Rule/> </LifecycleConfiguration>",
                "404 NoSuchLifecycle",
            ),
            ("cors", "<CORSConfiguration/>", "404 NoSuchCORSConfiguration"),
            (
                "website",
                "<WebsiteConfiguration></WebsiteConfiguration>",
                "404 NoSuchWebsiteConfiguration",
            ),
            ("policy", "{\"Version\": \"1\",\n \"Statement\": []}", "404 NoSuchBucketPolicy"),
            ("referer", "<RefererConfiguration/>", "200"),
            ("logging", "<BucketLoggingStatus/>", "200"),
            ("tagging", "<Tagging><TagSet/></Tagging>", "200"),
            ("encryption", "<ServerSideEncryptionRule/>", "404 NoSuchServerSideEncryptionRule"),
        ] {
            let read = || get("").query(sub, "").v4();
            assert_eq!(read().send(&server).await.verdict(), absent, "{sub}");
            let put = |document| send("PUT", "", sub, document).v4();
            assert_eq!(put(document).send(&server).await.verdict(), "200", "{sub}");
            assert_eq!(read().send(&server).await.text(), document);
            assert_eq!(put("<x>").send(&server).await.status, 400, "{sub}");
            assert_eq!(read().send(&server).await.text(), document);
            let delete = ask("DELETE", "").query(sub, "").v4();
            assert_eq!(delete.send(&server).await.verdict(), "204", "{sub}");
            assert_eq!(read().send(&server).await.verdict(), absent, "{sub}");
        }
        assert_eq!(get("").v4().send(&server).await.verdict(), "200", "the bucket is still there");
    }
}

#[tokio::test]
async fn a_bucket_is_made_with_a_class_and_counts_what_it_holds() {
    let (_directory, servers) = both().await;
    for server in servers {
        let make = |class: &str| {
            let class = format!("<StorageClass>{class}</StorageClass>");
            let redundancy = "<DataRedundancyType>ZRS</DataRedundancyType>";
            let body = format!(
                "<CreateBucketConfiguration>{class}{redundancy}</CreateBucketConfiguration>"
            );
            Ask { body: body.into(), ..ask("PUT", "") }.bucket("new-bucket").v4()
        };
        assert_eq!(make("IA").send(&server).await.verdict(), "200");
        assert_eq!(make("IA").send(&server).await.verdict(), "200");
        assert_eq!(make("Archive").send(&server).await.verdict(), "409 BucketAlreadyExists");
        assert_eq!(make("Warm").send(&server).await.verdict(), "400 InvalidArgument");
        put("k", "12345").bucket("new-bucket").v4().send(&server).await;
        ask("POST", "u").bucket("new-bucket").query("uploads", "").v4().send(&server).await;
        let head = ask("HEAD", "k").bucket("new-bucket").v4().send(&server).await;
        assert_eq!(head.header("x-oss-storage-class"), "IA", "that of the bucket");
        let stat = get("").bucket("new-bucket").query("stat", "").v4().send(&server).await;
        for (name, value) in [
            ("Storage", "5"),
            ("ObjectCount", "1"),
            ("MultipartUploadCount", "1"),
            ("InfrequentAccessStorage", "5"),
            ("StandardStorage", "0"),
        ] {
            assert_eq!(stat.element(name), value, "{name}");
        }
        let info = get("").bucket("new-bucket").query("bucketInfo", "").v4().send(&server).await;
        assert_eq!(info.element("DataRedundancyType"), "ZRS");
    }
}

#[tokio::test]
async fn encryption_is_echoed() {
    let (_directory, servers) = both().await;
    for server in servers {
        let ask = put("k", "x").header("x-oss-server-side-encryption", "KMS");
        let reply = ask.v4().send(&server).await;
        let read = get("k").v4().send(&server).await;
        for reply in [reply, read] {
            assert_eq!(reply.header("x-oss-server-side-encryption"), "KMS");
            assert!(!reply.header("x-oss-server-side-encryption-key-id").is_empty());
        }
    }
}
