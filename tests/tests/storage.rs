//! `storages.OssType` against the embedded server: what it does, and what it does when the way is bad.

#![cfg(test)]

use std::sync::{Arc, Mutex};

use jit_app::{Args, Value};
use jit_meta::Registry;
use jit_oss::sign::{self, v4};
use jit_oss_server::{Operation, OssServer};
use jit_storages::{ErrorKind, Progress, SignMethod, SignOptions, Storage, Storages};
use jit_testing::TestApp;
use secrecy::ExposeSecret;

async fn server() -> OssServer {
    OssServer::builder().bucket("my-bucket").start().await.unwrap()
}

async fn storage(server: &OssServer) -> Arc<dyn Storage> {
    let app = TestApp::new().oss_on("storages.MyOss", server, "my-bucket");
    app.load().unwrap().get::<Storages>("storages.MyOss").await.unwrap()
}

fn http() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn requests(server: &OssServer, operation: Operation) -> usize {
    server.requests().iter().filter(|request| request.operation == Some(operation)).count()
}

#[test]
fn the_linked_types_are_these() {
    jit_app::App::load("/no/app/here").unwrap_err(); // Refers to jit-app, so that it is linked.
    let registry = Registry::linked().unwrap();
    let metas: Vec<_> = registry.metas().map(|meta| meta.full_name()).collect();
    let types: Vec<_> = registry.types(&["acme.Shop"]).map(|entry| entry.full_name()).collect();
    let known =
        vec!["services.NormalType", "storages.DiskType", "storages.MemoryType", "storages.OssType"];
    assert_eq!((metas, types), (vec!["services.Meta", "storages.Meta"], known));
}

#[tokio::test]
async fn names_are_opaque_from_end_to_end() {
    let server = server().await;
    let storage = storage(&server).await;
    let names = [
        "a/../b",
        "a//b",
        "./a",
        "..",
        "a/",
        "%2F",
        "%",
        "+",
        "a b",
        "?x=1&y",
        "#",
        "é",
        "e\u{301}",
        "😀",
        "\u{7f}\u{1}",
        "a\\b",
        "~-._!'()*",
        "Ａ",
        "x=y&z;w",
        "\"<>&",
    ];
    for name in names {
        let options = "text/plain".into();
        storage.upload_by_file(name, name.to_owned().into(), options).await.unwrap();
    }
    // Each is its own object: nothing was normalised into anything else.
    for name in names {
        assert_eq!(storage.download(name).await.unwrap(), name, "{name:?}");
        assert_eq!(storage.get_object(name).await.unwrap().name, name);
        let url = storage.get_sign_url(name, "text/plain", SignOptions::default()).await.unwrap();
        // A URL library that rewrites dots would ask for another object, so those are left to ours.
        if !name.contains('.') {
            let answer = http().get(url.as_str()).send().await.unwrap();
            assert_eq!(answer.text().await.unwrap(), name, "{name:?}");
        }
    }
    for name in names {
        storage.delete(name).await.unwrap();
        assert_eq!(storage.download(name).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_signed_put_url_takes_an_upload_of_its_type_only() {
    let server = server().await;
    let storage = storage(&server).await;
    let options = SignOptions::default().with_method(SignMethod::Put);
    let url = storage.get_sign_url("up.png", "image/png", options).await.unwrap();
    let put = |kind: &'static str| {
        http().put(url.as_str()).header("content-type", kind).body("pixels").send()
    };
    assert_eq!(put("text/html").await.unwrap().status(), 403);
    assert_eq!(put("image/png").await.unwrap().status(), 200);
    let object = storage.get_object("up.png").await.unwrap();
    assert_eq!((object.size, object.content_type.as_deref()), (6, Some("image/png")));
}

#[tokio::test]
async fn a_page_uploads_as_the_guide_says() {
    let server = server().await;
    let storage = storage(&server).await;
    let guide = include_str!("../../docs/deploy.md");
    let rules = guide.split_once("```xml\n").unwrap().1.split_once("```").unwrap().0;
    let origin = "https://www.example.com";
    let life = std::time::Duration::from_secs(60);
    let upload = storage.get_upload_url("pets/cat.jpg", "image/jpeg", life).await.unwrap();
    // What a browser asks, and does.
    let asked = async || {
        let ask = http().request(reqwest::Method::OPTIONS, upload.url.as_str());
        let ask = ask.header("origin", origin).header("access-control-request-method", "PUT");
        ask.header("access-control-request-headers", "content-type").send().await.unwrap()
    };
    assert_eq!(asked().await.status(), 403);
    assert_eq!(put_cors(&server, rules).await, 200);
    let allowed = asked().await;
    assert_eq!(allowed.status(), 200);
    assert_eq!(allowed.headers()["access-control-allow-origin"], origin);
    let put = upload
        .headers
        .iter()
        .fold(http().put(upload.url.as_str()), |put, (name, value)| put.header(name, value));
    let put = put.header("origin", origin).body("pixels").send().await.unwrap();
    assert_eq!(
        (put.status().as_u16(), &put.headers()["access-control-expose-headers"]),
        (200, &"ETag".parse().unwrap())
    );
    let object = storage.get_object("pets/cat.jpg").await.unwrap();
    assert_eq!(object.content_type.as_deref(), Some("image/jpeg"));
}

/// Sets the rules of the bucket, and gives the status of the answer.
async fn put_cors(server: &OssServer, rules: &'static str) -> u16 {
    let (credentials, time) = (server.credentials(), jit_oss::Timestamp::now());
    let date_time = time.iso_basic();
    let date = date_time.get(..8).unwrap();
    let scope = v4::Scope { date, region: server.region(), product: "oss" };
    let key = v4::SigningKey::derive(credentials.access_key_secret().expose_secret(), &scope);
    let context = v4::Context { credentials, key: &key, time, additional_headers: &[] };
    let request = sign::Request {
        method: "PUT",
        bucket: Some("my-bucket"),
        key: None,
        query: &[("cors", "")],
        headers: &[],
    };
    let signed = v4::sign_header(&request, &context, None);
    let put = http().put(format!("{}/my-bucket/?cors", server.endpoint())).body(rules);
    let put = signed.added().fold(put, |put, (name, value)| put.header(name, value));
    put.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_body_of_an_object_is_read_only_if_asked_for() {
    let server = server().await;
    let storage = storage(&server).await;
    let data = vec![7_u8; 300_000];
    storage.upload_by_file("a", data.clone().into(), "a/b".into()).await.unwrap();
    let object = storage.get_object("a").await.unwrap();
    assert_eq!(object.size, 300_000);
    assert_eq!(requests(&server, Operation::GetObject), 0);
    assert_eq!(object.read().await.unwrap(), data);
    assert_eq!(requests(&server, Operation::GetObject), 1);
}

#[tokio::test]
async fn an_object_replaced_in_between_is_a_conflict() {
    let server = server().await;
    let storage = storage(&server).await;
    storage.upload_by_file("a", "one".into(), "a/b".into()).await.unwrap();
    let object = storage.get_object("a").await.unwrap();
    storage.upload_by_file("a", "two".into(), "a/b".into()).await.unwrap();
    assert_eq!(object.read().await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn calls_by_name_do_the_same() {
    let server = server().await;
    let folder = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let app = folder.load().unwrap();
    let call = |function: &'static str, args: Args| {
        let app = app.clone();
        async move { app.call("storages.MyOss", function, args).await.unwrap() }
    };
    let args =
        Args::new().push("a.txt").push(bytes::Bytes::from_static(b"hello")).push("text/plain");
    let uploaded = call("uploadByFile", args).await;
    let url = format!("{}/my-bucket/a.txt", server.endpoint());
    assert_eq!(uploaded.get("url").and_then(Value::as_str), Some(url.as_str()));
    let found = call("download", Args::new().with("name", "a.txt")).await;
    assert_eq!(found.as_bytes().unwrap(), "hello");
    let object = call("getObject", Args::new().push("a.txt")).await;
    assert_eq!(object.get("size").and_then(Value::as_u64), Some(5));
    assert_eq!(object.get("crc64"), uploaded.get("crc64"));
    let args = Args::new().with("file", "a.txt").with("contentType", "text/css");
    let url = call("getSignUrl", args).await;
    let answer = http().get(url.as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/css");
    for _ in 0..2 {
        let deleted = call("delete", Args::new().push("a.txt")).await;
        assert_eq!(deleted.get("status").and_then(Value::as_str), Some("ok"));
    }
}

#[tokio::test]
async fn v1_works_where_it_is_asked_for() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let path = app.path().join("storages/MyOss/MyOss.json");
    let config = std::fs::read_to_string(&path).unwrap();
    let config = config.replacen('{', "{ \"signatureVersion\": \"v1\",", 1);
    std::fs::write(&path, config).unwrap();
    let storage = app.load().unwrap().get::<Storages>("storages.MyOss").await.unwrap();
    storage.upload_by_file("a b", "x".into(), "text/plain".into()).await.unwrap();
    assert_eq!(storage.download("a b").await.unwrap(), "x");
    let url = storage.get_sign_url("a b", "text/css", SignOptions::default()).await.unwrap();
    assert!(url.as_str().contains("OSSAccessKeyId="));
    assert_eq!(http().get(url.as_str()).send().await.unwrap().text().await.unwrap(), "x");
}

#[tokio::test]
async fn passing_trouble_is_overcome() {
    let server = server().await;
    let storage = storage(&server).await;
    let (put, get) = (Operation::PutObject, Operation::GetObject);
    let upload = || storage.upload_by_file("a", "hello".into(), "a/b".into());
    server.faults().on(put).fail(503, "ServiceUnavailable");
    upload().await.unwrap();
    server.faults().on(put).drop_reply();
    upload().await.unwrap();
    server.faults().on(put).corrupt_crc();
    upload().await.unwrap();
    assert_eq!(requests(&server, put), 6, "each upload took a second attempt");
    server.faults().on(get).cut_after(2);
    assert_eq!(storage.download("a").await.unwrap(), "hello");
    server.faults().on(get).corrupt_crc();
    assert_eq!(storage.download("a").await.unwrap(), "hello");
    server.faults().skew_clock(3600);
    assert_eq!(storage.download("a").await.unwrap(), "hello");
}

#[tokio::test]
async fn lasting_trouble_is_reported_as_what_it_is() {
    let server = server().await;
    let storage = storage(&server).await;
    storage.upload_by_file("a", "hello".into(), "a/b".into()).await.unwrap();
    let get = Operation::GetObject;
    for (times, kind) in [(3, ErrorKind::Corrupt), (3, ErrorKind::Unavailable)] {
        match kind {
            ErrorKind::Corrupt => server.faults().on(get).times(times).corrupt_crc(),
            _ => server.faults().on(get).times(times).fail(500, "InternalError"),
        }
        assert_eq!(storage.download("a").await.unwrap_err().kind(), kind);
    }
    assert_eq!(storage.download("a").await.unwrap(), "hello");
}

#[tokio::test]
async fn debug_shows_no_part_of_the_access_key() {
    let server = server().await;
    let storage = storage(&server).await;
    storage.upload_by_file("a.txt", "x".into(), "text/plain".into()).await.unwrap();
    let object = storage.get_object("a.txt").await.unwrap();
    let shown = format!("{storage:?} {object:?}");
    let keys = server.credentials();
    for hidden in [keys.access_key_id(), keys.access_key_secret().expose_secret()] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[tokio::test]
async fn many_uploads_tell_how_far_all_of_them_are() {
    let config = r#"{ "directory": "appData/files" }"#;
    let app = TestApp::new().configured("storages.Disk", "storages.DiskType", config);
    let app = app.load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, size) in [("a", 3), ("b", 0), ("c", 70_000)] {
        let path = folder.path().join(name);
        std::fs::write(&path, vec![7; size]).unwrap();
        files.push((name, Value::from(path.to_str().unwrap())));
    }
    files.push(("missing", Value::from("/no/such/file")));
    let told = Arc::new(Mutex::new(Vec::new()));
    let steps = Arc::clone(&told);
    let progress = Progress::new(move |done, total| steps.lock().unwrap().push((done, total)));
    let args = Args::new().push(Value::from_iter(files));
    progress.around(app.call("storages.Disk", "uploadMany", args)).await.unwrap();
    let told = told.lock().unwrap();
    assert!(told.is_sorted() && told.iter().all(|(_, total)| *total == Some(70_003)), "{told:?}");
    assert_eq!(told.last(), Some(&(70_003, Some(70_003))));
}
