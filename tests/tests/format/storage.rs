//! The family of storages: what the tables say, and what holds for every storage.

use std::collections::BTreeSet;

use bytes::Bytes;
use jit_app::{App, Args, ErrorKind, Value};
use jit_meta::{Need, Registry, Severity};
use jit_storages::{Capability, FUNCTIONS, Storages, Upload, UploadOptions};
use jit_testing::TestApp;
use jit_tests::SECRET;
use secrecy::ExposeSecret;

use crate::document::rows;
use crate::support::has;

/// An app with `storages.Disk`, `storages.Memory` and, on a bucket that nobody asks, `storages.Oss`.
fn folder() -> TestApp {
    let define = |kind: &str| format!(r#"{{ "title": "Files", "type": "storages.{kind}Type" }}"#);
    let oss = format!(
        r#"{{ "accessKeyId": "an-id", "accessKeySecret": "{SECRET}", "bucketName": "my-bucket",
              "endPoint": "oss-cn-hangzhou.aliyuncs.com" }}"#
    );
    let folder = TestApp::new();
    let files = [
        ("storages/Disk/e.json", define("Disk")),
        ("storages/Disk/Disk.json", r#"{ "directory": "appData/files" }"#.to_owned()),
        ("storages/Memory/e.json", define("Memory")),
        ("storages/Oss/e.json", define("Oss")),
        ("storages/Oss/Oss.json", oss),
    ];
    files.iter().fold(folder, |folder, (path, text)| folder.file(path, text))
}

const LOCAL: [&str; 2] = ["storages.Disk", "storages.Memory"];
const ALL: [&str; 3] = ["storages.Disk", "storages.Memory", "storages.Oss"];

fn named<const N: usize>(args: [(&str, &str); N]) -> Args {
    args.into_iter().fold(Args::new(), |args, (name, value)| args.with(name, value))
}

async fn upload(app: &App, storage: &str, name: &str) -> Value {
    let args = Args::new().push(name).push(Bytes::from_static(b"data")).push("text/plain");
    app.call(storage, "uploadByFile", args).await.unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    let Value::Map(members) = value else { panic!("{value:?}") };
    members.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn storage_keys() {
    let mut told = BTreeSet::new();
    // The rows of the table of keys; those of the table of capabilities say yes or no at once.
    let is_key = |row: &Vec<String>| !["", "yes", "no"].contains(&&*row[1]);
    for row in rows("`storages.").into_iter().filter(is_key) {
        told.insert((row[0].clone(), row[1].clone(), row[2].clone(), row[3] == "yes"));
    }
    let registry = Registry::linked().unwrap();
    let mut found = BTreeSet::new();
    for entry in registry.types(&[]).filter(|entry| entry.meta() == "storages.Meta") {
        let schema = entry.schema().to_value();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let secret = property["writeOnly"] == true;
            let need = match Need::of(&schema, key) {
                Need::Required => "yes".to_owned(),
                Need::Optional => "no".to_owned(),
                unless => unless.to_string().replace('`', ""),
            };
            found.insert((entry.full_name().to_owned(), key.clone(), need, secret));
        }
        assert!(!rows(&format!("`{}`", entry.full_name())).is_empty(), "{entry:?} is not told of");
    }
    assert_eq!(told, found);
}

#[tokio::test]
async fn storage_credentials() {
    let found = |keys: &str| {
        let config = format!(
            r#"{{ {keys} "bucketName": "my-bucket", "endPoint": "oss-cn-hangzhou.aliyuncs.com" }}"#
        );
        let app = TestApp::new().configured("storages.Oss", "storages.OssType", config);
        let app = app.load().unwrap();
        let found = app.check().into_iter().filter(|finding| finding.severity == Severity::Error);
        found.map(|finding| finding.to_string()).collect::<Vec<_>>().join("\n")
    };
    for place in ["environment", "profile", "ecsRamRole", "oidc"] {
        assert_eq!(found(&format!(r#""credentials": "{place}","#)), "", "{place}");
    }
    has(&found(r#""credentials": "ecs","#), &["`credentials` must be one of `environment`"]);
    let none = "missing `accessKeyId` and `accessKeySecret`, or `credentials`; add `accessKeyId`";
    has(&found(""), &[none, "or, in place of that, add `credentials`"]);
    let pair = r#""accessKeyId": "an-id", "accessKeySecret": "a-secret","#;
    assert_eq!(found(pair), "");
    let both = found(&format!(r#"{pair} "credentials": "profile","#));
    has(&both, &["`credentials` cannot stand beside `accessKeyId` and `accessKeySecret`"]);
    has(&both, &["remove `credentials`, or remove `accessKeyId` and `accessKeySecret`"]);
    let token = found(r#""credentials": "profile", "securityToken": "t","#);
    has(&token, &["`securityToken` belongs to an `accessKeyId`", "remove it"]);
}

#[test]
fn storage_functions() {
    let found: Vec<_> = FUNCTIONS
        .iter()
        .map(|function| {
            let args: Vec<_> = function.args.iter().map(|arg| arg.name).collect();
            let returns = serde_json::to_value(function.return_type).unwrap();
            [function.name.to_owned(), args.join(", "), returns.as_str().unwrap().to_owned()]
        })
        .collect();
    let told: Vec<_> = FUNCTIONS
        .iter()
        .map(|function| rows(&format!("`{}` |", function.name)).remove(0))
        .collect();
    assert_eq!(told, found);
}

#[tokio::test]
async fn storage_capability() {
    let app = folder().load().unwrap();
    for name in ALL {
        let kind = format!("{name}Type");
        let row =
            rows(&format!("`{kind}` |")).into_iter().find(|row| row[1] == "yes" || row[1] == "no");
        let cells: Vec<_> = row.unwrap()[1..].iter().map(|cell| cell == "yes").collect();
        let mut told = Capability::NONE;
        [
            told.sign_get,
            told.sign_put,
            told.checksum,
            told.content_type,
            told.list,
            told.copy,
            told.metadata,
            told.forbid_overwrite,
            told.http_headers,
            told.storage_class,
            told.acl,
            told.tags,
            told.resume,
            told.ram_policy,
        ] = cells.try_into().unwrap();
        let get = told.sign_get;
        assert_eq!(app.get::<Storages>(name).await.unwrap().capability(), told, "{name}");
        if !get {
            let args = Args::new().push("a.txt").push("text/plain");
            let error = app.call(name, "getSignUrl", args).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            has(&error.to_string(), &["; use "]);
        }
    }
}

#[tokio::test]
async fn storage_file_alias() {
    let app = folder().load().unwrap();
    upload(&app, "storages.Memory", "a").await;
    for name in ["name", "file"] {
        let data = app.call("storages.Memory", "download", named([(name, "a")])).await.unwrap();
        assert_eq!(data.as_bytes().unwrap(), "data");
    }
    app.call("storages.Memory", "delete", named([("file", "a")])).await.unwrap();
    app.call("storages.Memory", "download", named([("file", "a")])).await.unwrap_err();
}

#[tokio::test]
async fn storage_uploaded() {
    let app = folder().load().unwrap();
    for (storage, checksum) in [("storages.Disk", false), ("storages.Memory", true)] {
        let value = upload(&app, storage, "a").await;
        assert_eq!(keys(&value), ["url", "etag", "crc64", "requestId"]);
        assert_eq!(value.get("crc64").unwrap().as_str().is_some(), checksum, "{storage}");
        assert_eq!(value.get("crc64") == Some(&Value::Null), !checksum, "{storage}");
        assert_eq!(value.get("requestId"), Some(&Value::Null));
    }
}

#[tokio::test]
async fn storage_url() {
    use jit_oss_server::OssServer;

    let app = folder().load().unwrap();
    for storage in LOCAL {
        let url = upload(&app, storage, "a b/c").await;
        let expected =
            format!("storages/services/StorageSvc/preview?file=a%20b%2Fc&storage={storage}");
        assert_eq!(url.get("url").unwrap().as_str(), Some(&*expected));
    }
    let signed = Args::new().push("a b/c").push("");
    let signed = app.call("storages.Oss", "getSignUrl", signed).await.unwrap();
    has(signed.as_str().unwrap(), &["https://my-bucket.oss-cn-hangzhou.aliyuncs.com/a%20b/c?"]);
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket").load().unwrap();
    let uploaded = upload(&app, "storages.MyOss", "a b/c").await;
    let url = uploaded.get("url").unwrap().as_str().unwrap();
    assert!(url.ends_with("/a%20b/c") && !url.contains('?'), "{url}");
}

#[tokio::test]
async fn storage_object() {
    let app = folder().load().unwrap();
    for storage in LOCAL {
        upload(&app, storage, "a.txt").await;
        let object = app.call(storage, "getObject", Args::new().push("a.txt")).await.unwrap();
        assert_eq!(
            keys(&object),
            [
                "name",
                "size",
                "etag",
                "contentType",
                "lastModified",
                "storageClass",
                "crc64",
                "metadata",
                "versionId"
            ]
        );
        assert_eq!(object.get("name").unwrap().as_str(), Some("a.txt"));
        assert_eq!(object.get("size").unwrap().as_u64(), Some(4));
        assert_eq!(object.get("contentType").unwrap().as_str(), Some("text/plain"));
    }
}

#[tokio::test]
async fn storage_replaces() {
    let app = folder().load().unwrap();
    for storage in LOCAL {
        upload(&app, storage, "a").await;
        let args = Args::new().push("a").push(Bytes::from_static(b"new"));
        app.call(storage, "uploadByFile", args).await.unwrap();
        let data = app.call(storage, "download", Args::new().push("a")).await.unwrap();
        assert_eq!(data.as_bytes().unwrap(), "new");
    }
}

#[tokio::test]
async fn storage_delete() {
    let app = folder().load().unwrap();
    for storage in LOCAL {
        upload(&app, storage, "a").await;
        for _ in 0..2 {
            let value = app.call(storage, "delete", Args::new().push("a")).await.unwrap();
            assert_eq!(value, Value::from_iter([("status", "ok")]));
            for function in ["download", "getObject"] {
                let error = app.call(storage, function, Args::new().push("a")).await.unwrap_err();
                let error = error.downcast_ref::<jit_storages::Error>().unwrap();
                assert_eq!(error.kind(), jit_storages::ErrorKind::NotFound);
            }
        }
    }
}

/// The URL that `storages.Oss` signs.
async fn sign(args: Args) -> String {
    let app = folder().load().unwrap();
    let url = app.call("storages.Oss", "getSignUrl", args).await.unwrap();
    url.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn storage_sign_get() {
    for args in [Args::new(), Args::new().with("method", "GET"), Args::new().with("method", "get")]
    {
        let url = sign(args.with("file", "a.txt").with("contentType", "text/plain")).await;
        has(&url, &["https://my-bucket.", "/a.txt?", "response-content-type=text%2Fplain"]);
    }
    let app = folder().load().unwrap();
    let args = Args::new().push("a").push("a/b").with("method", "POST");
    let error = app.call("storages.Oss", "getSignUrl", args).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
}

#[tokio::test]
async fn storage_sign_put() {
    let args = |mime: &str| Args::new().push("a.txt").push(mime).with("method", "PUT");
    let url = sign(args("text/plain")).await;
    assert!(!url.contains("response-content-type"), "{url}");
    let signature = |url: &str| url.split("signature=").nth(1).unwrap_or_default().to_owned();
    let other = sign(args("text/html")).await;
    assert_ne!(signature(&url), signature(&other), "the type is not signed");
}

#[tokio::test]
async fn storage_sign_life() {
    let args = || Args::new().push("a.txt").push("a/b");
    has(&sign(args()).await, &["x-oss-expires=300"]);
    has(&sign(args().push(60)).await, &["x-oss-expires=60"]);
    has(&sign(args().push(7 * 86_400)).await, &["x-oss-expires=604800"]);
    let app = folder().load().unwrap();
    let error = app.call("storages.Oss", "getSignUrl", args().push(7 * 86_400 + 1)).await;
    let error = error.unwrap_err();
    let error = error.downcast_ref::<jit_storages::Error>().unwrap();
    assert_eq!(error.kind(), jit_storages::ErrorKind::InvalidArgument);
}

/// What `download` of a name fails with.
async fn failure(storage: &str, name: &str) -> jit_storages::ErrorKind {
    let storage = folder().load().unwrap().get::<Storages>(storage).await.unwrap();
    storage.download(name).await.unwrap_err().kind()
}

#[tokio::test]
async fn storage_options() {
    let app = folder().load().unwrap();
    let put = async |storage: &str, options: serde_json::Value| {
        let args = Args::new().push("o").push(Bytes::from_static(b"x"));
        app.call(storage, "uploadByFile", args.with("options", Value::from(options))).await
    };
    let metadata = serde_json::json!({ "metadata": { "Author": "me" } });
    put("storages.Memory", metadata.clone()).await.unwrap();
    let object = app.call("storages.Memory", "getObject", Args::new().push("o")).await.unwrap();
    let author = object.get("metadata").unwrap().get("author").unwrap();
    assert_eq!(author.as_str(), Some("me"));
    let error = put("storages.Disk", metadata).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    has(&error.to_string(), &["no `metadata`, so nothing was stored; upload it without"]);
    for (options, text) in [
        (serde_json::json!({ "metaData": {} }), "`options` has no `metaData`; it takes metadata"),
        (serde_json::json!({ "tags": { "a": 1 } }), "`options.tags` wants text, not a number"),
        (
            serde_json::json!({ "metadata": "x" }),
            "`options.metadata` wants a map of texts, not text",
        ),
        (serde_json::json!({ "forbidOverwrite": 1 }), "wants true or false, not a number"),
        (serde_json::json!({ "acl": true }), "`options.acl` wants text, not a boolean"),
    ] {
        let error = put("storages.Memory", options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArguments);
        has(&error.to_string(), &[text]);
    }
    put("storages.Disk", serde_json::json!({ "forbidOverwrite": true })).await.unwrap();
    let error = put("storages.Disk", serde_json::json!({ "forbidOverwrite": true })).await;
    has(&error.unwrap_err().to_string(), &["conflict: there is a file of this name"]);
}

fn texts(value: &Value, member: &str) -> Vec<String> {
    let Some(Value::List(items)) = value.get(member) else { panic!("{value:?}") };
    let text = |item: &Value| item.get("name").unwrap_or(item).as_str().unwrap().to_owned();
    items.iter().map(text).collect()
}

#[tokio::test]
async fn storage_list() {
    let app = folder().load().unwrap();
    for storage in LOCAL {
        for name in ["b", "a/1", "a/2", "c", "é"] {
            upload(&app, storage, name).await;
        }
        let list = async |args: Args| app.call(storage, "list", args).await.unwrap();
        let all = list(Args::new()).await;
        assert_eq!(keys(&all), ["files", "prefixes", "next"]);
        assert_eq!(texts(&all, "files"), ["a/1", "a/2", "b", "c", "é"]);
        let Some(Value::List(files)) = all.get("files") else { panic!("{all:?}") };
        assert_eq!(keys(&files[0]), ["name", "size", "etag", "lastModified", "storageClass"]);
        assert_eq!(all.get("next"), Some(&Value::Null));
        let folders = || Args::new().with("delimiter", "/").with("limit", 2);
        let page = list(folders()).await;
        let (files, prefixes) = (texts(&page, "files"), texts(&page, "prefixes"));
        assert_eq!((files, prefixes), (vec!["b".to_owned()], vec!["a/".to_owned()]));
        let next = page.get("next").unwrap().as_str().unwrap().to_owned();
        let rest = list(folders().with("startAfter", next)).await;
        assert_eq!(texts(&rest, "files"), ["c", "é"]);
        assert_eq!(rest.get("next"), Some(&Value::Null), "there is nothing after it");
        for limit in [0, 10_001] {
            let error = app.call(storage, "list", Args::new().with("limit", limit)).await;
            has(&error.unwrap_err().to_string(), &["wants a whole number from 1 to 10000"]);
        }
    }
}

#[tokio::test]
async fn storage_many() {
    let folder = folder();
    let app = folder.load().unwrap();
    let here = folder.path().join("here.txt");
    std::fs::write(&here, "here").unwrap();
    for storage in LOCAL {
        let files = [("m/a.txt", here.to_str().unwrap()), ("m/b", "/no/such/file")];
        let files = Args::new().push(Value::from_iter(files));
        let done = app.call(storage, "uploadMany", files).await.unwrap();
        let counts = ["succeeded", "failed"].map(|count| done.get(count).unwrap().as_u64());
        assert_eq!(counts, [Some(1), Some(1)]);
        let Some(Value::List(items)) = done.get("items") else { panic!("{done:?}") };
        assert_eq!(keys(&items[0]), ["name", "url", "etag", "crc64", "requestId", "error"]);
        assert_eq!(items[0].get("error"), Some(&Value::Null));
        let error = items[1].get("error").unwrap();
        assert_eq!(error.get("kind").unwrap().as_str(), Some("InvalidArgument"));
        has(error.get("message").unwrap().as_str().unwrap(), &["cannot read `/no/such/file`"]);
        let names = vec![Value::from("m/a.txt"), Value::from("/x"), Value::from("missing")];
        let done = app.call(storage, "deleteMany", Args::new().push(names)).await.unwrap();
        let counts = ["succeeded", "failed"].map(|count| done.get(count).unwrap().as_u64());
        assert_eq!(counts, [Some(2), Some(1)]);
        assert_eq!(texts(&done, "items"), ["m/a.txt", "/x", "missing"]);
    }
}

#[test]
fn storage_local() {
    let local: Vec<_> =
        FUNCTIONS.iter().filter(|function| function.is_local()).map(|f| f.name).collect();
    assert_eq!(local, ["uploadFile", "downloadFile", "uploadMany"]);
}

#[tokio::test]
async fn storage_content_type() {
    let folder = folder();
    let app = folder.load().unwrap();
    let storage = app.get::<Storages>("storages.Memory").await.unwrap();
    let path = folder.path().join("up.css");
    std::fs::write(&path, "data").unwrap();
    let (data, text) = (Bytes::from_static(b"data"), path.to_str().unwrap());
    let found = async |way: &str, kind: &str| {
        let object = storage.get_object("x.txt").await.unwrap();
        assert_eq!(object.content_type.as_deref(), Some(kind), "{way}");
        storage.delete("x.txt").await.unwrap();
    };
    for (given, kind) in [(None, "text/plain"), (Some("a/b"), "a/b")] {
        let options = || given.map_or_else(UploadOptions::default, UploadOptions::from);
        storage.upload_by_file("x.txt", data.clone(), options()).await.unwrap();
        found("data in Rust", kind).await;
        storage.upload_file("x.txt", &path, options()).await.unwrap();
        found("a file in Rust", kind).await;
        storage.upload_many(vec![Upload::file("x.txt", &path).with_options(options())]).await;
        found("many in Rust", kind).await;
        let args =
            |args: Args| given.into_iter().fold(args, |args, kind| args.with("contentType", kind));
        let by_name = args(Args::new().push("x.txt").push(data.clone()));
        app.call("storages.Memory", "uploadByFile", by_name).await.unwrap();
        found("data by name", kind).await;
        let by_name = args(Args::new().push("x.txt").push(text));
        app.call("storages.Memory", "uploadFile", by_name).await.unwrap();
        found("a file by name", kind).await;
    }
    let files = Args::new().push(Value::from_iter([("x.txt", text)]));
    app.call("storages.Memory", "uploadMany", files).await.unwrap();
    found("many by name", "text/plain").await;
    storage.upload_by_file("x", data, UploadOptions::default()).await.unwrap();
    let unknown = storage.get_object("x").await.unwrap().content_type;
    assert_eq!(unknown.as_deref(), Some("application/octet-stream"));
}

#[tokio::test]
async fn storage_file() {
    let folder = folder();
    let app = folder.load().unwrap();
    let down = folder.path().join("b");
    upload(&app, "storages.Memory", "x").await;
    let args = || Args::new().push("x").push(down.to_str().unwrap());
    let done = app.call("storages.Memory", "downloadFile", args()).await.unwrap();
    let expected = [("path", Value::from(down.to_str().unwrap())), ("bytes", 4.into())];
    assert_eq!(done, Value::from_iter(expected));
    assert_eq!(std::fs::read(&down).unwrap(), b"data");
    std::fs::remove_file(&down).unwrap();
    app.call("storages.Disk", "downloadFile", args()).await.unwrap_err();
    assert!(!down.exists());
}

#[tokio::test]
async fn storage_checkpoint() {
    use jit_oss_server::{Operation, OssServer};

    const PART: usize = 102_400;
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let keys = server.credentials();
    let config = serde_json::json!({
        "accessKeyId": keys.access_key_id(),
        "accessKeySecret": keys.access_key_secret().expose_secret(),
        "endPoint": server.endpoint().to_string(),
        "bucketName": "my-bucket",
        "region": server.region(),
        "multipartThreshold": PART,
        "partSize": PART,
        "concurrency": 1,
    });
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", config.to_string());
    let app = app.load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let data: Vec<u8> = (0..4 * PART).map(|at| (at % 251) as u8).collect();
    std::fs::write(path("up"), &data).unwrap();
    for (function, file, operation) in [
        ("uploadFile", "up", Operation::UploadPart),
        ("downloadFile", "down", Operation::GetObject),
    ] {
        let call = async || {
            let args =
                Args::new().push("a").push(path(file)).with("checkpoint", path("checkpoint"));
            app.call("storages.MyOss", function, args).await
        };
        server.faults().on(operation).skip(2).times(9).fail(403, "AccessDenied");
        call().await.unwrap_err();
        server.faults().clear();
        assert!(std::fs::exists(path("checkpoint")).unwrap(), "{function}");
        let before = server.requests().len();
        call().await.unwrap();
        let asked = server.requests();
        let asked = asked.iter().skip(before).filter(|record| record.operation == Some(operation));
        assert_eq!(asked.count(), 2, "{function}");
        assert!(!std::fs::exists(path("checkpoint")).unwrap(), "{function}");
    }
    assert!(std::fs::read(path("down")).unwrap() == data);

    std::fs::write(path("checkpoint"), "Dear Ann").unwrap();
    for function in ["uploadFile", "downloadFile"] {
        let args = Args::new().push("a").push(path("up")).with("checkpoint", path("checkpoint"));
        let error = app.call("storages.MyOss", function, args).await.unwrap_err();
        has(&error.to_string(), &["is no checkpoint of this kind"]);
    }
    assert_eq!(std::fs::read_to_string(path("checkpoint")).unwrap(), "Dear Ann");
}

#[tokio::test]
async fn storage_upload_url() {
    let app = folder().load().unwrap();
    let args = || Args::new().push("a.txt").push("text/plain");
    let url = app.call("storages.Oss", "getUploadUrl", args()).await.unwrap();
    assert_eq!(keys(&url), ["method", "url", "headers", "expiresAt"]);
    assert_eq!(url.get("method").unwrap().as_str(), Some("PUT"));
    has(url.get("url").unwrap().as_str().unwrap(), &["https://my-bucket.", "/a.txt?"]);
    let kind = url.get("headers").unwrap().get("content-type").unwrap();
    assert_eq!(kind.as_str(), Some("text/plain"));
    let error = app.call("storages.Disk", "getUploadUrl", args()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    has(&error.to_string(), &["getUploadUrl \"a.txt\" on storages.Disk"]);
    assert!(!error.to_string().contains("getSignUrl"), "{error}");
}

#[tokio::test]
async fn storage_ram_policy() {
    let app = folder().load().unwrap();
    let policy = app.call("storages.Oss", "ramPolicy", Args::new()).await.unwrap();
    assert_eq!(keys(&policy), ["Version", "Statement"]);
    let Some(Value::List(statements)) = policy.get("Statement") else { panic!("{policy:?}") };
    let resources = statements.iter().map(|statement| statement.get("Resource").cloned());
    let on = |resource: &str| Some(Value::List(vec![resource.into()]));
    assert_eq!(
        resources.collect::<Vec<_>>(),
        [on("acs:oss:*:*:my-bucket"), on("acs:oss:*:*:my-bucket/*")]
    );
    for storage in LOCAL {
        let error = app.call(storage, "ramPolicy", Args::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        has(&error.to_string(), &["ramPolicy", storage, "no policy of RAM; ask a storage"]);
    }
}

#[tokio::test]
async fn storage_doctor() {
    let app = folder().load().unwrap();
    for storage in LOCAL {
        let found = app.call(storage, "doctor", Args::new()).await.unwrap();
        assert_eq!(keys(&found), ["failed", "steps"]);
        assert_eq!(found.get("failed").unwrap().as_u64(), Some(0));
        let Some(Value::List(steps)) = found.get("steps") else { panic!("{found:?}") };
        let names: Vec<_> =
            steps.iter().map(|step| step.get("name").unwrap().as_str().unwrap()).collect();
        assert_eq!(names, ["put", "get", "list", "copy", "delete"]);
        assert_eq!(keys(&steps[0]), ["name", "milliseconds", "found", "problem"]);
        assert_eq!(steps[0].get("problem"), Some(&Value::Null));
        let args = named([("prefix", ".jit-doctor/")]);
        let left = app.call(storage, "list", args).await.unwrap();
        assert_eq!(left.get("files"), Some(&Value::List(Vec::new())));
    }
    // The bucket that nobody asks, on a port where nobody listens.
    let folder = folder().file(
        "storages/Oss/Oss.json",
        format!(
            r#"{{ "accessKeyId": "an-id", "accessKeySecret": "{SECRET}", "bucketName": "my-bucket",
                  "endPoint": "http://127.0.0.1:1", "region": "cn-hangzhou" }}"#
        ),
    );
    let found = folder.load().unwrap().call("storages.Oss", "doctor", Args::new()).await.unwrap();
    assert_eq!(found.get("failed").unwrap().as_u64(), Some(1));
    let Some(Value::List(steps)) = found.get("steps") else { panic!("{found:?}") };
    let last = steps.last().unwrap();
    assert_eq!((steps.len(), last.get("name").unwrap().as_str()), (2, Some("connect")));
    assert_eq!(keys(last.get("problem").unwrap()), ["message", "help"]);
}

#[tokio::test]
async fn storage_names() {
    let long = "k".repeat(1024);
    for storage in ALL {
        for name in ["", "/a", "\\a", &long] {
            let kind = failure(storage, name).await;
            assert_eq!(kind, jit_storages::ErrorKind::InvalidName, "{storage} {name:?}");
        }
    }
    let app = folder().load().unwrap();
    for name in ["a b", " a", "a%20b", "A", "a", "é", "e\u{301}", "a.b/c"] {
        upload(&app, "storages.Memory", name).await;
        let object =
            app.call("storages.Memory", "getObject", Args::new().push(name)).await.unwrap();
        assert_eq!(object.get("name").unwrap().as_str(), Some(name));
    }
}

#[tokio::test]
async fn storage_disk_names() {
    for name in ["../a", "a/../b", "./a", "a//b", "a/", "a\\b"] {
        let (disk, memory) =
            (failure("storages.Disk", name).await, failure("storages.Memory", name).await);
        let expected = (jit_storages::ErrorKind::InvalidName, jit_storages::ErrorKind::NotFound);
        assert_eq!((disk, memory), expected, "{name}");
    }
}

#[tokio::test]
async fn storage_disk_folder() {
    let config = r#"{ "directory": "appData/files" }"#;
    let folder = TestApp::new()
        .extends("acme.Base", |base| base.configured("storages.Disk", "storages.DiskType", config));
    upload(&folder.load().unwrap(), "storages.Disk", "a.txt").await;
    assert!(folder.path().join("appData/files/a.txt").is_file());
    assert!(!folder.root().join("acme/Base/1_0_0/appData").exists());
}

#[tokio::test]
async fn storage_bytes_only() {
    let app = folder().load().unwrap();
    let args = Args::new().push("a").push("text");
    let error = app.call("storages.Memory", "uploadByFile", args).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
    has(&error.to_string(), &["wants bytes as `data`"]);
}

#[tokio::test]
async fn storage_error() {
    let app = folder().load().unwrap();
    for storage in ALL {
        let error = app.call(storage, "download", Args::new().push("/a")).await.unwrap_err();
        let text = error.to_string();
        has(&text, &["download", "\"/a\"", storage, &format!("({storage}Type)")]);
        assert!(!text.contains(SECRET), "{text}");
        assert!(!format!("{:?}", app.get_element(storage).await.unwrap()).contains(SECRET));
    }
}
