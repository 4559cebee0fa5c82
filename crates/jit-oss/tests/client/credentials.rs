//! Providers against services on this machine, and a client that signs with what they find.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jit_oss::credentials::{
    AssumeRoleProvider, EcsRoleProvider, Environment, OidcProvider, ProfileProvider, ProviderChain,
    ProviderError, ProviderErrorKind, Role,
};
use jit_oss::{
    Config, Credentials, CredentialsProvider, Endpoint, ErrorKind, RetryPolicy, SignatureVersion,
    Timestamp,
};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

use crate::support::scripted::{NOW, Reply, Scene, refusal, reply};
use crate::support::{listener, read_request};

const KEYS: &str = r#""AccessKeyId":"STS.id","AccessKeySecret":"hush-secret",
    "SecurityToken":"hush-token","Expiration":"2099-01-01T00:00:00Z""#;

/// Answers one request after the other, each on a connection of its own; gives what was asked.
async fn service(replies: Vec<(u16, String)>) -> (Endpoint, JoinHandle<Vec<String>>) {
    let (listener, endpoint) = listener().await;
    let server = tokio::spawn(async move {
        let mut asked = Vec::new();
        for (status, body) in replies {
            let (mut stream, _) = listener.accept().await.unwrap();
            asked.push(read_request(&mut stream).await);
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
        }
        asked
    });
    (endpoint.parse().unwrap(), server)
}

fn sts_answer() -> (u16, String) {
    (200, format!(r#"{{"RequestId":"R1","Credentials":{{{KEYS}}}}}"#))
}

fn shown(found: Result<Credentials, ProviderError>) -> String {
    let found = found.unwrap();
    assert!(found.expires_at().is_some());
    assert!(!format!("{found:?}").contains("hush"));
    found.access_key_id().to_owned()
}

fn role() -> Role {
    Role::new("acs:ram::1:role/r").with_session_name("me").with_external_id("x+y")
}

#[tokio::test]
async fn the_role_of_an_instance_is_asked_for_with_a_token() {
    let (endpoint, server) = service(vec![
        (200, "hush-session\n".to_owned()),
        (200, "my-role\n".to_owned()),
        (200, format!(r#"{{"Code":"Success",{KEYS}}}"#)),
    ])
    .await;
    let found = EcsRoleProvider::new().with_endpoint(endpoint).provide().await;
    assert_eq!(shown(found), "STS.id");
    let asked = server.await.unwrap();
    assert!(asked[0].starts_with("PUT /latest/api/token HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("x-aliyun-ecs-metadata-token-ttl-seconds: 300\r\n"), "{}", asked[0]);
    let path = "GET /latest/meta-data/ram/security-credentials/";
    assert!(asked[1].starts_with(&format!("{path} HTTP/1.1")), "{}", asked[1]);
    assert!(asked[2].starts_with(&format!("{path}my-role HTTP/1.1")), "{}", asked[2]);
    for request in &asked[1..] {
        assert!(request.contains("x-aliyun-ecs-metadata-token: hush-session\r\n"), "{request}");
    }
}

#[tokio::test]
async fn an_instance_without_token_or_role_or_answer() {
    use ProviderErrorKind::{Absent, Failed, Malformed, Refused};
    let token = || (200, "hush-session".to_owned());
    let text = |status, body: &str| (status, body.to_owned());
    for (replies, kind) in [
        (vec![text(403, "")], Refused),
        (vec![text(500, "")], Failed),
        (vec![text(200, "")], Failed),
        (vec![token(), text(404, "")], Absent),
        (vec![token(), text(200, "../../secret")], Malformed),
        (vec![token(), text(200, "r"), text(404, "")], Absent),
        (vec![token(), text(200, "r"), text(200, "{}")], Failed),
        (vec![token(), text(200, "r"), text(200, &"x".repeat(100_000))], Failed),
    ] {
        let (endpoint, server) = service(replies).await;
        let found = EcsRoleProvider::new().with_endpoint(endpoint).provide().await;
        let error = found.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        if error.to_string().contains("answers HTTP") {
            assert!(error.help().unwrap().contains("ECS instance"), "{error:?}");
        }
        server.abort();
    }
    let (listener, endpoint) = listener().await;
    drop(listener);
    let nobody = EcsRoleProvider::new().with_endpoint(endpoint.parse().unwrap());
    let error = nobody.provide().await.unwrap_err();
    assert_eq!(error.kind(), Failed);
    assert!(error.help().unwrap().contains("ECS"), "{error:?}");
}

#[tokio::test]
async fn a_role_is_assumed_with_a_signed_request() {
    let (endpoint, server) = service(vec![sts_answer()]).await;
    let base = Credentials::new("base-id", "hush-base").with_security_token("base/token");
    let provider = AssumeRoleProvider::new(Arc::new(base), role()).with_endpoint(endpoint);
    assert_eq!(shown(provider.provide().await), "STS.id");
    let asked = server.await.unwrap().remove(0);
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    for part in [
        "POST /?Action=AssumeRole&Version=2015-04-01&Format=JSON&Timestamp=",
        "&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=",
        "&AccessKeyId=base-id&SecurityToken=base%2Ftoken&Signature=",
        "content-type: application/x-www-form-urlencoded",
    ] {
        assert!(head.contains(part), "{part} in {head}");
    }
    assert_eq!(
        body,
        "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr&RoleSessionName=me&DurationSeconds=3600&ExternalId=x%2By"
    );
    assert!(!asked.contains("hush"), "{asked}");
}

#[tokio::test]
async fn a_token_file_is_exchanged_and_read_anew_each_time() {
    let (endpoint, server) = service(vec![sts_answer(), sts_answer()]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let provider = OidcProvider::new(role(), "acs:p", &file).with_endpoint(endpoint);
    for token in ["first", "second\n"] {
        std::fs::write(&file, token).unwrap();
        assert_eq!(shown(provider.provide().await), "STS.id");
    }
    let asked = server.await.unwrap();
    for (request, token) in asked.iter().zip(["first", "second"]) {
        assert!(request.starts_with("POST /?Action=AssumeRoleWithOIDC&"), "{request}");
        assert!(
            request.ends_with(&format!("&OIDCProviderArn=acs%3Ap&OIDCToken={token}")),
            "{request}"
        );
        assert!(!request.contains("Signature"), "{request}");
    }
}

#[tokio::test]
async fn a_refusal_of_sts_has_its_words_and_no_token() {
    let body = r#"{"Code":"AuthenticationFail.OIDCToken.Invalid","Message":"no: hush-oidc","RequestId":"R7"}"#;
    let (endpoint, _server) = service(vec![(400, body.to_owned())]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "hush-oidc").unwrap();
    let provider = OidcProvider::new(role(), "acs:p", &file).with_endpoint(endpoint);
    let error = provider.provide().await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Refused);
    let message = error.to_string();
    assert!(
        message.contains("AuthenticationFail.OIDCToken.Invalid, request R7: no: ***"),
        "{message}"
    );
}

#[tokio::test]
async fn a_profile_leads_to_a_role_on_a_role() {
    let (sts, server) = service(vec![sts_answer(), sts_answer()]).await;
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aliyun")).unwrap();
    let text = r#"{"current": "top", "profiles": [
        {"name": "top", "mode": "ChainableRamRoleArn", "source_profile": "base", "ram_role_arn": "acs:top"},
        {"name": "base", "mode": "RamRoleArn", "access_key_id": "base-id", "access_key_secret": "hush",
         "ram_role_arn": "acs:base"}]}"#;
    std::fs::write(home.path().join(".aliyun/config.json"), text).unwrap();
    let provider = ProfileProvider::new(Environment::new(|_| None))
        .with_home(home.path())
        .with_sts_endpoint(sts);
    assert_eq!(shown(provider.provide().await), "STS.id");
    let asked = server.await.unwrap();
    assert!(asked[0].contains("AccessKeyId=base-id&") && asked[0].contains("RoleArn=acs%3Abase&"));
    assert!(asked[1].contains("AccessKeyId=STS.id&") && asked[1].contains("RoleArn=acs%3Atop&"));
}

#[tokio::test]
async fn the_standard_chain_asks_no_metadata_address_unless_a_profile_says_so() {
    let home = tempfile::tempdir().unwrap();
    let environment = Environment::new(|_| None);
    let shown = format!("{:?}", ProviderChain::standard(&environment));
    assert!(!shown.contains("EcsRole"), "{shown}");
    let profile = ProfileProvider::new(environment).with_home(home.path());
    let error = ProviderChain::new().with(Arc::new(profile)).provide().await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Absent);
}

/// Gives a new session each time, for an hour; fails as often as it is told to, first.
#[derive(Debug, Default)]
struct Sessions {
    asked: AtomicUsize,
    fail: usize,
}

#[async_trait]
impl CredentialsProvider for Sessions {
    async fn provide(&self) -> Result<Credentials, ProviderError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        if number < self.fail {
            return Err(ProviderError::new(ProviderErrorKind::Failed, "STS is away"));
        }
        Ok(Credentials::new("id", "secret")
            .with_security_token(format!("token-{number}"))
            .with_expiry(Timestamp::from_unix(NOW + 3600)))
    }
}

fn scene(provider: Sessions, replies: impl IntoIterator<Item = Reply>) -> Scene {
    let endpoint = "http://oss.example.com".parse().unwrap();
    let config = Config::new(endpoint, Arc::new(provider)).with_region("cn-hangzhou");
    Scene::with(config, replies)
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once_in_an_operation() {
    let codes = [
        "SecurityTokenExpired",
        "InvalidSecurityToken",
        "InvalidAccessKeyId",
        "AccessKeyIdAndSecurityTokenNotMatch",
    ];
    for code in codes {
        let done = reply(200, &[], "");
        let scene = scene(Sessions::default(), [refusal(403, code), done]);
        // Also what must not be repeated: nothing was done.
        scene.bucket.put_object("k", "data").forbid_overwrite().await.unwrap();
        assert_eq!(scene.sent("x-oss-security-token"), ["token-0", "token-1"], "{code}");
        assert!(scene.slept_millis().is_empty());
    }
    let again = (0..2).map(|_| refusal(403, "SecurityTokenExpired"));
    let scene = scene(Sessions::default(), again);
    let error = scene.bucket.put_object("k", "data").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidCredentials, 2));
}

#[tokio::test]
async fn a_token_that_was_given_is_not_replaced() {
    let scene = Scene::new([refusal(403, "SecurityTokenExpired")]);
    let error = scene.bucket.put_object("k", "data").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidCredentials, 1));
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_again_and_nothing_is_sent_meanwhile() {
    let done = || reply(200, &[], "");
    let provider = Sessions { fail: 2, ..Sessions::default() };
    let scene = scene(provider, [done(), done()]);
    scene.bucket.put_object("k", "data").forbid_overwrite().await.unwrap();
    scene.bucket.put_object("k", "data").await.unwrap();
    assert_eq!(scene.sent("x-oss-security-token"), ["token-2", "token-2"]);
    assert_eq!(scene.slept_millis(), [100, 200]);

    let endpoint: Endpoint = "http://oss.example.com".parse().unwrap();
    let config = Config::new(endpoint, Arc::new(Sessions { fail: 9, ..Sessions::default() }))
        .with_signature_version(SignatureVersion::V1)
        .with_retry(RetryPolicy::never());
    let bucket = Scene::with(config, []).bucket;
    let error = bucket.put_object("k", "data").await.unwrap_err();
    assert_eq!(error.to_string(), "PutObject bkt/k: STS is away");
    assert_eq!(error.kind(), ErrorKind::NoCredentials);
    assert_eq!(error.provider().unwrap().kind(), ProviderErrorKind::Failed);
    assert_eq!(bucket.presign_get("k").sign().await.unwrap_err().kind(), ErrorKind::NoCredentials);
}
