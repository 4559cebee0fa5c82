//! Versions of objects, and what hides them.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss_server::OssServer;
use md5::{Digest, Md5};

use crate::support::{Ask, ask, both, builder, get, put};

async fn versioning(server: &OssServer, status: &str) {
    let body =
        format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    let reply =
        Ask { body: body.into(), ..ask("PUT", "") }.query("versioning", "").v4().send(server).await;
    assert_eq!(reply.verdict(), "200");
    let reply = get("").query("versioning", "").v4().send(server).await;
    assert_eq!(reply.element("Status"), status);
}

#[tokio::test]
async fn what_is_overwritten_or_deleted_stays() {
    let (_directory, servers) = both().await;
    for server in servers {
        assert_eq!(get("").query("versioning", "").v4().send(&server).await.element("Status"), "");
        let plain = put("k", "before").v4().send(&server).await;
        assert_eq!(plain.header("x-oss-version-id"), "");
        versioning(&server, "Enabled").await;
        let mut ids = vec!["null".to_owned()];
        for body in ["one", "two"] {
            // The guard has no effect where nothing is lost.
            let ask = put("k", body).header("x-oss-forbid-overwrite", "true");
            ids.push(ask.v4().send(&server).await.header("x-oss-version-id").to_owned());
        }
        let deleted = ask("DELETE", "k").v4().send(&server).await;
        assert_eq!((deleted.status, deleted.header("x-oss-delete-marker")), (204, "true"));
        let marker = deleted.header("x-oss-version-id").to_owned();

        let version = |method, id: &str| ask(method, "k").query("versionId", id);
        let gone = get("k").v4().send(&server).await;
        assert_eq!(gone.verdict(), "404 NoSuchKey");
        assert_eq!(gone.header("x-oss-delete-marker"), "true");
        for method in ["GET", "HEAD"] {
            assert_eq!(version(method, &marker).v4().send(&server).await.status, 405);
        }
        for (id, body) in ids.iter().zip(["before", "one", "two"]) {
            for wire in
                [version("GET", id).v4(), version("GET", id).v1(), version("GET", id).v4_url(9)]
            {
                let reply = wire.send(&server).await;
                assert_eq!(
                    (reply.text().as_str(), reply.header("x-oss-version-id")),
                    (body, id.as_str())
                );
            }
        }
        assert_eq!(
            version("GET", "nonsense").v4().send(&server).await.verdict(),
            "400 InvalidArgument"
        );
        assert!(get("").v4().send(&server).await.elements("Key").is_empty());

        let listing = get("").query("versions", "").v4().send(&server).await;
        assert_eq!(
            listing.elements("VersionId"),
            [&marker, &ids[2], &ids[1], &ids[0]].map(String::as_str)
        );
        assert_eq!(listing.elements("IsLatest"), ["true", "false", "false", "false"]);
        assert_eq!(listing.elements("DeleteMarker").len(), 1);
        let mut page =
            get("").query("versions", "").query("max-keys", "2").v4().send(&server).await;
        let mut seen = page.elements("VersionId");
        while page.element("IsTruncated") == "true" {
            let ask = get("").query("versions", "").query("max-keys", "2");
            let ask = ask.query("key-marker", &page.element("NextKeyMarker"));
            let ask = ask.query("version-id-marker", &page.element("NextVersionIdMarker"));
            page = ask.v4().send(&server).await;
            seen.extend(page.elements("VersionId"));
        }
        assert_eq!(seen, listing.elements("VersionId"));

        // Without the marker the object is back.
        let reply = version("DELETE", &marker).v4().send(&server).await;
        assert_eq!((reply.status, reply.header("x-oss-delete-marker")), (204, "true"));
        assert_eq!(get("k").v4().send(&server).await.text(), "two");
        let reply = version("DELETE", &ids[2]).v4().send(&server).await;
        assert_eq!((reply.status, reply.header("x-oss-version-id")), (204, ids[2].as_str()));
        assert_eq!(get("k").v4().send(&server).await.text(), "one");
        let copied = put("copy", "").header("x-oss-copy-source", "/my-bucket/k?versionId=null");
        let copied = copied.v4().send(&server).await;
        assert_eq!(copied.header("x-oss-copy-source-version-id"), "null");
        assert_eq!(get("copy").v4().send(&server).await.text(), "before");
        assert_eq!(ask("DELETE", "").v4().send(&server).await.verdict(), "409 BucketNotEmpty");
    }
}

#[tokio::test]
async fn each_version_has_its_own_access_control() {
    let server = builder().start().await.unwrap();
    versioning(&server, "Enabled").await;
    let with_acl = |body: &str, acl: &str| put("k", body).header("x-oss-object-acl", acl).v4();
    let private = with_acl("hush", "private").send(&server).await;
    let public = with_acl("news", "public-read").send(&server).await;
    ask("DELETE", "k").v4().send(&server).await;
    for (version, verdict) in [(&private, "403 AccessDenied"), (&public, "200")] {
        let id = version.header("x-oss-version-id");
        let read = get("k").query("versionId", id).unsigned().send(&server).await;
        assert_eq!(read.verdict(), verdict);
    }
}

#[tokio::test]
async fn suspended_versioning_overwrites_only_its_own() {
    let (_directory, servers) = both().await;
    for server in servers {
        versioning(&server, "Enabled").await;
        put("k", "kept").v4().send(&server).await;
        versioning(&server, "Suspended").await;
        for body in ["one", "two"] {
            let reply = put("k", body).v4().send(&server).await;
            assert_eq!(reply.header("x-oss-version-id"), "null");
        }
        let listing = get("").query("versions", "").v4().send(&server).await;
        assert_eq!(listing.elements("VersionId").len(), 2);
        let reply = ask("DELETE", "k").v4().send(&server).await;
        assert_eq!(reply.header("x-oss-version-id"), "null");
        let listing = get("").query("versions", "").v4().send(&server).await;
        assert_eq!(listing.elements("VersionId").len(), 2, "the marker took the place of `two`");
        assert_eq!(get("k").v4().send(&server).await.verdict(), "404 NoSuchKey");
    }
}

#[tokio::test]
async fn many_versions_are_deleted_at_once() {
    let (_directory, servers) = both().await;
    for server in servers {
        versioning(&server, "Enabled").await;
        let id = put("a\u{1}", "x").v4().send(&server).await.header("x-oss-version-id").to_owned();
        let delete = |body: String| {
            let md5 = BASE64.encode(Md5::digest(&body));
            let ask = Ask { body: body.into_bytes(), ..ask("POST", "") };
            ask.query("delete", "").query("encoding-type", "url").header("content-md5", &md5)
        };
        let object = "<Object><Key>a&#x1;</Key></Object><Object><Key>none</Key><VersionId>null</VersionId></Object>";
        let reply = delete(format!("<Delete>{object}</Delete>")).v4().send(&server).await;
        assert_eq!(reply.verdict(), "200", "{}", reply.text());
        assert_eq!(reply.elements("Key"), ["a%01", "none"]);
        assert_eq!(reply.elements("DeleteMarker"), ["true"]);
        let marker = reply.element("DeleteMarkerVersionId");
        let both: String = [&id, &marker]
            .map(|id| format!("<Object><Key>a&#x1;</Key><VersionId>{id}</VersionId></Object>"))
            .concat();
        let reply =
            delete(format!("<Delete><Quiet>false</Quiet>{both}</Delete>")).v4().send(&server).await;
        assert_eq!(reply.elements("VersionId"), [id.clone(), marker]);
        let gone = get("a\u{1}").query("versionId", &id).v4().send(&server).await;
        assert_eq!(gone.verdict(), "404 NoSuchVersion");
        let listing = get("").query("versions", "").v4().send(&server).await;
        assert!(listing.elements("VersionId").is_empty());
        let quiet = delete(format!("<Delete><Quiet>true</Quiet>{object}</Delete>"));
        assert!(quiet.v4().send(&server).await.body.is_empty());
        let many = "<Object><Key>k</Key></Object>".repeat(1001);
        let reply = delete(format!("<Delete>{many}</Delete>")).v4().send(&server).await;
        assert_eq!(
            (reply.verdict().as_str(), reply.header("x-oss-ec")),
            ("400 MalformedXML", "0016-00000609")
        );
    }
}
