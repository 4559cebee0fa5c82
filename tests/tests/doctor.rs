//! What `doctor` finds: every step of a storage that works, and each kind of failure, in the exact words.

#![cfg(test)]

use std::sync::Arc;

use expect_test::expect;
use jit_oss_server::{Operation, OssServer};
use jit_storages::{Checkup, Storage, Storages};
use jit_testing::{StorageDouble, TestApp};
use jit_tests::{SECRET, steady};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn server() -> OssServer {
    OssServer::builder().bucket("my-bucket").start().await.unwrap()
}

fn app(server: &OssServer) -> TestApp {
    TestApp::new().oss_on("storages.MyOss", server, "my-bucket")
}

async fn storage(app: &TestApp) -> Arc<dyn Storage> {
    app.load().unwrap().get::<Storages>("storages.MyOss").await.unwrap()
}

/// A line for each step, without what differs from run to run: times, ids, ports, the names of a run.
async fn look(storage: &dyn Storage) -> String {
    let mut checkup = Checkup::new();
    let outcome = storage.doctor(&mut checkup).await;
    assert_eq!(outcome.is_err(), checkup.problem().is_some());
    let mut lines = String::new();
    for step in checkup.steps() {
        let said = match &step.outcome {
            Ok(found) => format!("ok: {found}"),
            Err(problem) => format!("FAILED: {}; {}", problem.message, problem.help),
        };
        lines.push_str(&format!("{} {said}\n", step.name));
    }
    for hidden in [SECRET, "Signature=", "x-oss-signature="] {
        assert!(!lines.contains(hidden), "{hidden} is shown: {lines}");
    }
    steady(&without_run(&lines))
}

/// Names of a run begin with its time and process.
fn without_run(text: &str) -> String {
    let mut parts = text.split(".jit-doctor/");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (_, rest) = part.split_once('/').unwrap();
        out.push_str(".jit-doctor/RUN/");
        out.push_str(rest);
    }
    out
}

/// What a look leaves in the bucket.
async fn left(storage: &dyn Storage) -> Vec<String> {
    let mut list = storage.list("", Default::default()).await.unwrap();
    let mut names = Vec::new();
    while let Some(entry) = list.next().await.unwrap() {
        names.push(format!("{entry:?}"));
    }
    names
}

#[tokio::test]
async fn a_storage_that_works() {
    let server = server().await;
    let app = app(&server);
    let storage = storage(&app).await;
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect ok: OSS answers, request REQUEST-ID
        clock ok: right
        credentials ok: good for my-bucket, from the configuration
        put ok: 256 bytes, checksum confirmed
        get ok: 256 bytes, the same
        list ok: 1 file found
        copy ok: the same
        sign ok: a URL to read
        presign ok: a signed URL opens without credentials
        delete ok: 2 files gone
    "#]]
    .assert_eq(&look(&*storage).await);
    assert!(left(&*storage).await.is_empty());
}

#[tokio::test]
async fn nobody_is_listening() {
    let server = server().await;
    let app = app(&server);
    let storage = storage(&app).await;
    server.shutdown().await;
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect FAILED: unavailable: cannot connect to 127.0.0.1:PORT: connection refused; check endPoint, and that this machine can reach it
    "#]].assert_eq(&look(&*storage).await);
}

#[tokio::test]
async fn no_such_host() {
    let server = server().await;
    // With the bucket before it the name is longer than one may be: nobody is asked for it.
    let host = ["x"; 4].map(|letter| letter.repeat(61)).join(".");
    let app = app(&server).variable("OSS_ENDPOINT", &format!("http://{host}"));
    let found = look(&*storage(&app).await).await.replace(&host, "HOST");
    expect![[r#"
        dns FAILED: unavailable: cannot connect to my-bucket.HOST: failed to lookup address information: Name or service not known; check endPoint for a typo; for a domain that is bound to a bucket, set addressing to `cname`
    "#]].assert_eq(&found);
}

#[tokio::test]
async fn a_web_server_is_listening() {
    let server = server().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            drop(stream.read(&mut request).await);
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await);
        }
    });
    let app = app(&server).variable("OSS_ENDPOINT", &format!("http://{address}"));
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect FAILED: failed: HTTP 200 without an x-oss-request-id; check endPoint: is an OSS endpoint there?
    "#]].assert_eq(&look(&*storage(&app).await).await);
}

#[tokio::test]
async fn answers_are_broken() {
    let server = server().await;
    let app = app(&server);
    server.faults().on_any().garbage();
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect ok: OSS answers, request REQUEST-ID
        clock ok: right
        credentials FAILED: failed: 127.0.0.1:PORT does not speak HTTP: invalid HTTP version parsed; check endPoint: is an OSS endpoint there?
    "#]].assert_eq(&look(&*storage(&app).await).await);
}

#[tokio::test]
async fn a_clock_that_is_corrected_and_one_that_is_not() {
    let server = server().await;
    let app = app(&server);
    let storage = storage(&app).await;
    let clock = async |seconds| {
        server.faults().skew_clock(seconds);
        let found = look(&*storage).await;
        // A second may pass in between.
        found.lines().find(|line| line.starts_with("clock")).unwrap().to_owned()
    };
    let hour = clock(3600).await;
    assert!(hour.ends_with(" s behind, which is corrected"), "{hour}");
    let minutes = clock(-300).await;
    assert!(minutes.ends_with(" s ahead, which OSS allows"), "{minutes}");
    let days = clock(2 * 24 * 60 * 60).await;
    assert!(days.starts_with("clock FAILED: this machine's clock is 17"), "{days}");
    let help = " s behind; set it: OSS allows 15 minutes, and the client corrects a day";
    assert!(days.ends_with(help), "{days}");
}

#[tokio::test]
async fn a_wrong_secret() {
    let server = server().await;
    let app = app(&server).variable("OSS_ACCESS_KEY_SECRET", SECRET);
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect ok: OSS answers, request REQUEST-ID
        clock ok: right
        credentials FAILED: credentials refused: SignatureDoesNotMatch, HTTP 403, EC 0002-00000040, request REQUEST-ID: The request signature we calculated does not match the signature you provided. Check your key and signing method; check the access key's secret
    "#]].assert_eq(&look(&*storage(&app).await).await);
}

#[tokio::test]
async fn an_unknown_key_id() {
    let server = server().await;
    let app = app(&server).variable("OSS_ACCESS_KEY_ID", "nobody");
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect ok: OSS answers, request REQUEST-ID
        clock ok: right
        credentials FAILED: credentials refused: InvalidAccessKeyId, HTTP 403, EC 0002-00000902, request REQUEST-ID: The OSS Access Key Id you provided does not exist in our records; check the access key's id: it does not exist or is disabled
    "#]].assert_eq(&look(&*storage(&app).await).await);
}

#[tokio::test]
async fn no_key_where_it_should_be_found() {
    let server = server().await;
    let config = format!(
        r#"{{ "endPoint": "{}", "bucketName": "my-bucket", "region": "cn-hangzhou", "credentials": "oidc" }}"#,
        server.endpoint()
    );
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", &config);
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect ok: OSS answers, request REQUEST-ID
        clock ok: right
        credentials FAILED: wrong configuration: no OIDC token in the environment; set ALIBABA_CLOUD_OIDC_TOKEN_FILE, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_ROLE_ARN, as RRSA does in a pod
    "#]].assert_eq(&look(&*storage(&app).await).await);
}

#[tokio::test]
async fn a_wrong_bucket() {
    let server = server().await;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "other-bucket");
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect ok: OSS answers, request REQUEST-ID
        clock ok: right
        credentials FAILED: not found: NoSuchBucket, HTTP 404, EC 0015-00000101, request REQUEST-ID: The specified bucket does not exist; check bucketName, and that endPoint and region are the bucket's
    "#]].assert_eq(&look(&*storage(&app).await).await);
}

#[tokio::test]
async fn a_wrong_region() {
    let server = server().await;
    let app = app(&server).variable("OSS_REGION", "cn-beijing");
    expect![[r#"
        dns ok: 127.0.0.1:PORT is 127.0.0.1
        connect ok: OSS answers, request REQUEST-ID
        clock ok: right
        credentials FAILED: failed: InvalidArgument, HTTP 400, EC 0002-00000203, request REQUEST-ID: Invalid signing region in Authorization header; check region: it must be the bucket's
    "#]].assert_eq(&look(&*storage(&app).await).await);
}

/// One operation is refused: what was found, and what is left in the bucket.
async fn refused(operation: Operation) -> String {
    let server = server().await;
    let app = app(&server);
    let storage = storage(&app).await;
    server
        .faults()
        .on(operation)
        .skip(usize::from(operation == Operation::GetObject))
        .fail(403, "AccessDenied");
    let found = look(&*storage).await;
    server.faults().clear();
    assert!(left(&*storage).await.is_empty(), "{found}");
    found.lines().last().unwrap().to_owned()
}

#[tokio::test]
async fn a_step_that_is_refused() {
    expect!["put FAILED: permission denied: AccessDenied, HTTP 403, request REQUEST-ID: This failure was asked for; allow `oss:PutObject` on `acs:oss:*:*:my-bucket/*` in the access key's RAM policy, and see that no policy of the bucket denies it"].assert_eq(&refused(Operation::PutObject).await);
    expect!["get FAILED: permission denied: AccessDenied, HTTP 403, request REQUEST-ID: This failure was asked for; allow `oss:GetObject` on `acs:oss:*:*:my-bucket/*` in the access key's RAM policy, and see that no policy of the bucket denies it"].assert_eq(&refused(Operation::GetObject).await);
    expect!["list FAILED: permission denied: AccessDenied, HTTP 403, request REQUEST-ID: This failure was asked for; allow `oss:ListObjects` on `acs:oss:*:*:my-bucket` in the access key's RAM policy, and see that no policy of the bucket denies it"].assert_eq(&refused(Operation::ListObjectsV2).await);
    expect!["copy FAILED: permission denied: AccessDenied, HTTP 403, request REQUEST-ID: This failure was asked for; allow `oss:GetObject` of the source and `oss:PutObject` on `acs:oss:*:*:my-bucket/*` in the access key's RAM policy, and see that no policy of the bucket denies it"].assert_eq(&refused(Operation::CopyObject).await);
}

#[tokio::test]
async fn what_cannot_be_deleted_is_named() {
    let server = server().await;
    let app = app(&server);
    let storage = storage(&app).await;
    server.faults().on(Operation::DeleteObject).times(2).fail(403, "AccessDenied");
    expect!["delete FAILED: permission denied: AccessDenied, HTTP 403, request REQUEST-ID: This failure was asked for; `.jit-doctor/RUN/a b+é.txt` is left; `.jit-doctor/RUN/copy.txt` is left; allow `oss:DeleteObject` on `acs:oss:*:*:my-bucket/*` in the access key's RAM policy, and see that no policy of the bucket denies it"].assert_eq(look(&*storage).await.lines().last().unwrap());

    server.faults().clear();
    server.faults().on(Operation::ListObjectsV2).fail(403, "AccessDenied");
    server.faults().on(Operation::DeleteObject).times(2).fail(403, "AccessDenied");
    expect!["list FAILED: permission denied: AccessDenied, HTTP 403, request REQUEST-ID: This failure was asked for; `.jit-doctor/RUN/a b+é.txt` is left: permission denied: AccessDenied, HTTP 403, request REQUEST-ID: This failure was asked for; allow `oss:ListObjects` on `acs:oss:*:*:my-bucket` in the access key's RAM policy, and see that no policy of the bucket denies it"].assert_eq(look(&*storage).await.lines().last().unwrap());
}

#[tokio::test]
async fn a_storage_without_steps_of_its_own() {
    let double = StorageDouble::new("storages.MyOss");
    double.on("list").fail(jit_storages::ErrorKind::AccessDenied);
    expect![[r#"
        put ok: 256 bytes, checksum confirmed
        get ok: 256 bytes, the same
        list FAILED: permission denied: the double was told to fail; 
    "#]]
    .assert_eq(&look(&*double.to_storage()).await);
    assert!(left(&*double.to_storage()).await.is_empty());
}

#[tokio::test]
async fn links_that_lead_elsewhere() {
    let server = server().await;
    let app = app(&server);
    let config = std::fs::read_to_string(app.path().join("storages/MyOss/MyOss.json")).unwrap();
    let other = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let public =
        format!(r#"{{ "publicEndPoint": "{}", "publicAddressing": "path","#, other.endpoint());
    let app = app.file("storages/MyOss/MyOss.json", config.replacen('{', &public, 1));
    let found = look(&*storage(&app).await).await;
    expect!["presign FAILED: a signed URL is answered with HTTP 403; check publicEndPoint, and the bucket's rules for who may read"].assert_eq(found.lines().last().unwrap());
    other.shutdown().await;
    let found = look(&*storage(&app).await).await;
    expect!["presign FAILED: unavailable: cannot connect to 127.0.0.1:PORT: connection refused; check publicEndPoint, and that this machine can reach it"].assert_eq(found.lines().last().unwrap());
}
