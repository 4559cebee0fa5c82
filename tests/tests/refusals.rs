//! What goes wrong at run time: the exact text, with the embedded server refusing for real.

#![cfg(test)]

use std::time::Duration;

use expect_test::{Expect, expect};
use jit_oss_server::{Operation, OssServer};
use jit_storages::{Error, SignOptions, Storage, Storages};
use jit_testing::TestApp;
use jit_tests::{SECRET, steady};
use std::sync::Arc;

async fn server() -> OssServer {
    OssServer::builder().bucket("my-bucket").start().await.unwrap()
}

async fn storage(app: &TestApp) -> Arc<dyn Storage> {
    app.load().unwrap().get::<Storages>("storages.MyOss").await.unwrap()
}

#[track_caller]
fn check(error: &Error, expected: Expect) {
    for shown in [error.to_string(), format!("{error:?}")] {
        for hidden in [SECRET, "Signature=", "x-oss-signature="] {
            assert!(!shown.contains(hidden), "{hidden} is shown: {shown}");
        }
    }
    expected.assert_eq(&steady(&error.to_string()));
}

#[tokio::test]
async fn a_wrong_secret() {
    let server = server().await;
    let app = TestApp::new()
        .oss_on("storages.MyOss", &server, "my-bucket")
        .variable("OSS_ACCESS_KEY_SECRET", SECRET);
    let storage = storage(&app).await;
    check(
        &storage.download("a.txt").await.unwrap_err(),
        expect![[
            r#"download "a.txt" on storages.MyOss (storages.OssType): credentials refused: SignatureDoesNotMatch, HTTP 403, EC 0002-00000040, request REQUEST-ID: The request signature we calculated does not match the signature you provided. Check your key and signing method; check the access key's secret"#
        ]],
    );
    let put = storage.upload_by_file("a.txt", "x".into(), "text/plain".into()).await;
    check(
        &put.unwrap_err(),
        expect![[
            r#"uploadByFile "a.txt" on storages.MyOss (storages.OssType): credentials refused: SignatureDoesNotMatch, HTTP 403, EC 0002-00000040, request REQUEST-ID: The request signature we calculated does not match the signature you provided. Check your key and signing method; check the access key's secret"#
        ]],
    );
    check(
        &storage.get_object("a.txt").await.unwrap_err(),
        expect![[
            r#"getObject "a.txt" on storages.MyOss (storages.OssType): credentials refused: SignatureDoesNotMatch, HTTP 403, EC 0002-00000040, request REQUEST-ID: The request signature we calculated does not match the signature you provided. Check your key and signing method; check the access key's secret"#
        ]],
    );
}

#[tokio::test]
async fn an_unknown_key_id() {
    let server = server().await;
    let app = TestApp::new()
        .oss_on("storages.MyOss", &server, "my-bucket")
        .variable("OSS_ACCESS_KEY_ID", "nobody");
    check(
        &storage(&app).await.delete("a.txt").await.unwrap_err(),
        expect![[
            r#"delete "a.txt" on storages.MyOss (storages.OssType): credentials refused: InvalidAccessKeyId, HTTP 403, EC 0002-00000902, request REQUEST-ID: The OSS Access Key Id you provided does not exist in our records; check the access key's id: it does not exist or is disabled"#
        ]],
    );
}

#[tokio::test]
async fn a_missing_bucket() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "other-bucket");
    let put = storage(&app).await.upload_by_file("a.txt", "x".into(), "text/plain".into()).await;
    check(
        &put.unwrap_err(),
        expect![[
            r#"uploadByFile "a.txt" on storages.MyOss (storages.OssType): not found: NoSuchBucket, HTTP 404, EC 0015-00000101, request REQUEST-ID: The specified bucket does not exist; check bucketName, and that endPoint and region are the bucket's"#
        ]],
    );
}

#[tokio::test]
async fn a_missing_object() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let storage = storage(&app).await;
    check(
        &storage.download("a/b.txt").await.unwrap_err(),
        expect![[
            r#"download "a/b.txt" on storages.MyOss (storages.OssType): not found: NoSuchKey, HTTP 404, EC 0026-00000001, request REQUEST-ID: The specified key does not exist; check the object's name: it is taken exactly as given, case included"#
        ]],
    );
    check(
        &storage.get_object("a/b.txt").await.unwrap_err(),
        expect![[
            r#"getObject "a/b.txt" on storages.MyOss (storages.OssType): not found: NoSuchKey, HTTP 404, EC 0026-00000001, request REQUEST-ID: The specified key does not exist; check the object's name: it is taken exactly as given, case included"#
        ]],
    );
}

#[tokio::test]
async fn a_wrong_name() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let storage = storage(&app).await;
    let long = "k".repeat(1024);
    for (name, expected) in [
        (
            "",
            expect![
                "download on storages.MyOss (storages.OssType): invalid name: the object name is empty"
            ],
        ),
        (
            "/a",
            expect![[
                r#"download "/a" on storages.MyOss (storages.OssType): invalid name: the object name starts with `/`; OSS names have no leading slash"#
            ]],
        ),
        (
            "\\a",
            expect![[
                r#"download "\\a" on storages.MyOss (storages.OssType): invalid name: the object name starts with `\`; OSS names have no leading slash"#
            ]],
        ),
        (
            long.as_str(),
            expect![[
                r#"download "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…" on storages.MyOss (storages.OssType): invalid name: the object name has 1024 bytes, more than 1023"#
            ]],
        ),
    ] {
        check(&storage.download(name).await.unwrap_err(), expected);
    }
    assert_eq!(server.requests().len(), 0, "a wrong name was sent");
}

#[tokio::test]
async fn a_server_that_is_gone() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let storage = storage(&app).await;
    server.shutdown().await;
    check(
        &storage.download("a.txt").await.unwrap_err(),
        expect![[
            r#"download "a.txt" on storages.MyOss (storages.OssType): unavailable: cannot connect to 127.0.0.1:PORT after 3 attempts: connection refused; check endPoint, and that this machine can reach it"#
        ]],
    );
}

#[tokio::test]
async fn a_server_that_answers_nonsense() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let storage = storage(&app).await;
    server.faults().on(Operation::GetObject).garbage();
    check(
        &storage.download("a.txt").await.unwrap_err(),
        expect![[
            r#"download "a.txt" on storages.MyOss (storages.OssType): failed: 127.0.0.1:PORT does not speak HTTP: invalid HTTP version parsed; check endPoint: is an OSS endpoint there?"#
        ]],
    );
}

#[tokio::test]
async fn signed_urls_that_are_expired_or_tampered_with() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let storage = storage(&app).await;
    storage.upload_by_file("a.txt", "hello".into(), "text/plain".into()).await.unwrap();
    let options = SignOptions::default().with_expires(Duration::from_secs(60));
    let url = storage.get_sign_url("a.txt", "text/plain", options).await.unwrap().into_string();
    assert_eq!(get(&url).await, (200, "hello".to_owned()));

    let refused = expect![
        "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method. (EC 0002-00000040)"
    ];
    for (from, to) in [("a.txt", "b.txt"), ("x-oss-expires=60", "x-oss-expires=61")] {
        let (status, body) = get(&url.replace(from, to)).await;
        assert_eq!(status, 403);
        refused.assert_eq(&said(&body));
        assert!(body.contains("<StringToSign>") && body.contains("<CanonicalRequest>"), "{body}");
    }
    server.faults().skew_clock(61);
    let (status, body) = get(&url).await;
    assert_eq!(status, 403);
    expect!["AccessDenied: Request has expired. (EC 0002-00000069)"].assert_eq(&said(&body));
}

/// Code and message of an error document.
fn said(document: &str) -> String {
    let element = |name: &str| {
        let after = document.split_once(&format!("<{name}>")).unwrap().1;
        after.split_once(&format!("</{name}>")).unwrap().0.to_owned()
    };
    format!("{}: {} (EC {})", element("Code"), element("Message"), element("EC"))
}

async fn get(url: &str) -> (u16, String) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_life_the_scheme_does_not_allow() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let options = SignOptions::default().with_expires(Duration::from_secs(604_801));
    let url = storage(&app).await.get_sign_url("a.txt", "", options).await;
    check(
        &url.unwrap_err(),
        expect![[
            r#"getSignUrl "a.txt" on storages.MyOss (storages.OssType): invalid argument: a V4 URL works for at most 7 days (604800 s), not 604801 s"#
        ]],
    );
}
