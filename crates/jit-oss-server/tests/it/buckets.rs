//! Buckets, and what they list.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use md5::{Digest, Md5};

use crate::support::{Ask, BUCKET, ask, both, builder, get, put};

fn service(method: &'static str) -> Ask {
    ask(method, "").bucket("")
}

#[tokio::test]
async fn buckets_come_and_go() {
    let (_directory, servers) = both().await;
    for server in servers {
        let new = |method| ask(method, "").bucket("new-bucket");
        let reply = new("PUT").v4().send(&server).await;
        assert_eq!((reply.status, reply.header("location")), (200, "/new-bucket"));
        assert_eq!(new("PUT").v4().send(&server).await.status, 200, "it is one's own");
        let reply = service("GET").v4().send(&server).await;
        assert_eq!(reply.elements("Name"), [BUCKET, "new-bucket"]);
        assert_eq!(reply.element("Location"), "oss-cn-hangzhou");
        assert_eq!(reply.element("Region"), "cn-hangzhou");
        let first = service("GET").query("max-keys", "1").v4().send(&server).await;
        assert_eq!(
            (first.elements("Name").join(","), first.element("NextMarker")),
            (BUCKET.to_owned(), BUCKET.to_owned())
        );
        let rest = service("GET").query("marker", BUCKET).v4().send(&server).await;
        assert_eq!(rest.elements("Name"), ["new-bucket"]);
        let virtual_host = service("GET").v4().set("host", "oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(virtual_host.send(&server).await.elements("Name").len(), 2);

        put("k", "").bucket("new-bucket").v4().send(&server).await;
        let reply = new("DELETE").v4().send(&server).await;
        assert_eq!(
            (reply.verdict().as_str(), reply.element("BucketName").as_str()),
            ("409 BucketNotEmpty", "new-bucket")
        );
        ask("DELETE", "k").bucket("new-bucket").v4().send(&server).await;
        assert_eq!(new("DELETE").v4().send(&server).await.verdict(), "204");
        for wire in [
            new("DELETE").v4(),
            new("GET").v4(),
            new("GET").query("acl", "").v4(),
            new("GET").query("location", "").v4(),
            new("GET").query("bucketInfo", "").v4(),
        ] {
            assert_eq!(wire.send(&server).await.verdict(), "404 NoSuchBucket", "{wire:?}");
        }
        for name in ["ab", "Upper", "under_score", "-x-"] {
            let reply = ask("PUT", "").bucket(name).v4().send(&server).await;
            assert_eq!(reply.verdict(), "400 InvalidBucketName", "{name}");
        }
    }
}

#[tokio::test]
async fn a_bucket_describes_itself() {
    let server = builder().region("ap-southeast-1").start().await.unwrap();
    let sub = |name| {
        let ask = Ask { region: "ap-southeast-1".to_owned(), ..ask("GET", "") };
        ask.query(name, "").v4()
    };
    let reply = sub("location").send(&server).await;
    assert_eq!(reply.element("LocationConstraint"), "oss-ap-southeast-1");
    let reply = sub("bucketInfo").send(&server).await;
    assert_eq!(
        (reply.element("Name"), reply.element("Grant")),
        (BUCKET.to_owned(), "private".to_owned())
    );
    assert_eq!(reply.element("ExtranetEndpoint"), "127.0.0.1");
    let official = sub("bucketInfo").set("host", "my-bucket.oss-ap-southeast-1.aliyuncs.com");
    let official = crate::support::Wire { target: "/?bucketInfo".to_owned(), ..official };
    let reply = official.send(&server).await;
    assert_eq!(reply.element("ExtranetEndpoint"), "oss-ap-southeast-1.aliyuncs.com");
    assert_eq!(sub("acl").send(&server).await.element("Grant"), "private");
}

#[tokio::test]
async fn listings_page_through_keys_and_groups() {
    let (_directory, servers) = both().await;
    for server in servers {
        for key in ["a", "a b+c", "d/1", "d/2", "d/e/3", "é", "😀"] {
            put(key, key).v4().send(&server).await;
        }
        let whole = ["a", "a%20b%2Bc", "[d%2F]", "%C3%A9", "%F0%9F%98%80"];
        for (is_v2, max) in
            [(true, 1), (true, 2), (true, 100), (false, 1), (false, 2), (false, 100)]
        {
            let (mut seen, mut token, mut pages) = (Vec::new(), String::new(), 0);
            loop {
                let mut page = get("").query("delimiter", "/").query("encoding-type", "url");
                page = page.query("max-keys", &max.to_string());
                let name = if is_v2 { "continuation-token" } else { "marker" };
                if is_v2 {
                    page = page.query("list-type", "2");
                }
                if !token.is_empty() {
                    page = page.query(name, &token);
                }
                let reply = page.v4().send(&server).await;
                assert_eq!(reply.verdict(), "200", "{}", reply.text());
                let keys = reply.elements("Key");
                let groups = reply.elements("CommonPrefixes");
                let groups: Vec<_> = groups
                    .iter()
                    .map(|group| crate::support::elements(group, "Prefix").join(""))
                    .map(|group| format!("[{group}]"))
                    .collect();
                let count = keys.len() + groups.len();
                assert!(count <= max, "{count} of {max}");
                if is_v2 {
                    assert_eq!(reply.element("KeyCount"), count.to_string());
                    assert!(reply.elements("Owner").is_empty());
                } else {
                    assert_eq!(reply.elements("Owner").len(), keys.len());
                }
                seen.extend(keys);
                seen.extend(groups);
                pages += 1;
                if reply.element("IsTruncated") == "false" {
                    break;
                }
                let next = if is_v2 { "NextContinuationToken" } else { "NextMarker" };
                token = jit_oss::escape::decode_query(&reply.element(next)).unwrap();
            }
            let mut expected = whole.to_vec();
            expected.sort_by_key(|item| seen.iter().position(|seen| seen == item));
            assert_eq!(seen, expected, "{is_v2} {max}");
            assert_eq!(pages, whole.len().div_ceil(max), "{is_v2} {max}");
        }
        let reply = get("")
            .query("prefix", "d/")
            .query("list-type", "2")
            .query("start-after", "d/1")
            .v4()
            .send(&server)
            .await;
        assert_eq!(reply.elements("Key"), ["d/2", "d/e/3"]);
        assert_eq!(
            (reply.element("Size").as_str(), reply.element("Type").as_str()),
            ("3", "Normal")
        );
        assert_eq!(reply.element("ETag").len(), 32 + 2 * "&quot;".len());
        assert_eq!(reply.element("MaxKeys"), "100");
        for (name, value) in [
            ("max-keys", "0"),
            ("max-keys", "1001"),
            ("max-keys", "x"),
            ("encoding-type", "base64"),
            ("continuation-token", "%"),
        ] {
            let reply = get("").query("list-type", "2").query(name, value).v4().send(&server).await;
            assert_eq!(reply.verdict(), "400 InvalidArgument", "{name} {value}");
            assert_eq!(reply.element("ArgumentName"), name);
        }
    }
}

#[tokio::test]
async fn many_objects_go_in_one_request() {
    let (_directory, servers) = both().await;
    for server in servers {
        let delete = |body: &str| {
            let digest = BASE64.encode(Md5::digest(body));
            Ask { body: body.into(), ..ask("POST", "").query("delete", "") }
                .header("content-md5", &digest)
        };
        for key in ["a&b", "c d", "stays"] {
            put(key, "").v4().send(&server).await;
        }
        let body = "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>absent</Key></Object></Delete>";
        let reply = delete(body).v4().send(&server).await;
        assert_eq!(reply.elements("Key"), ["a&amp;b", "absent"]);
        let body = "<Delete><Quiet>true</Quiet><Object><Key>c d</Key></Object></Delete>";
        let reply = delete(body).query("encoding-type", "url").v4().send(&server).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, ""));
        assert_eq!(get("").v4().send(&server).await.elements("Key"), ["stays"]);
        let body = "<Delete><Object><Key>stays</Key></Object></Delete>";
        let without = delete(body).v4();
        for (wire, verdict) in [
            (Ask { headers: Vec::new(), ..delete(body) }.v4(), "400 MissingArgument"),
            (
                crate::support::Wire { body: body.replace("stays", "Stays").into(), ..without },
                "400 InvalidDigest",
            ),
            (delete("<Delete>").v4(), "400 MalformedXML"),
            (
                delete(&format!(
                    "<Delete>{}</Delete>",
                    "<Object><Key>stays</Key></Object>".repeat(1001)
                ))
                .v4(),
                "400 MalformedXML",
            ),
        ] {
            assert_eq!(wire.send(&server).await.verdict(), verdict);
        }
        assert_eq!(get("").v4().send(&server).await.elements("Key"), ["stays"]);
    }
}
