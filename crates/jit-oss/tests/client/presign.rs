//! Presigned URLs.

use std::time::Duration;

use jit_oss::{Bucket, ErrorKind, SignatureVersion};

use crate::support::config;
use crate::support::scripted::{NOW, Scene};

const WEEK: Duration = Duration::from_secs(604_800);

fn bucket(version: SignatureVersion) -> Bucket {
    let config = config("https://oss.example.com").with_signature_version(version);
    Scene::with(config, []).bucket
}

fn names(url: &str) -> Vec<&str> {
    let (_, query) = url.split_once('?').unwrap();
    query.split('&').map(|pair| pair.split('=').next().unwrap()).collect()
}

#[tokio::test]
async fn a_get_url_needs_no_header() {
    let get = bucket(SignatureVersion::V4).presign_get("a/../b c");
    let url = get.response_content_type("image/png").expires(WEEK).sign().await.unwrap();
    assert!(
        url.as_str().starts_with(
            "https://bkt.oss.example.com/a/../b%20c?response-content-type=image%2Fpng&"
        )
    );
    assert_eq!(
        names(url.as_str()),
        [
            "response-content-type",
            "x-oss-signature-version",
            "x-oss-date",
            "x-oss-expires",
            "x-oss-credential",
            "x-oss-security-token",
            "x-oss-signature"
        ]
    );
    assert_eq!((url.method(), url.headers()), ("GET", &[][..]));
    assert_eq!(url.expires_at().unix(), NOW + 604_800);
}

#[tokio::test]
async fn a_put_url_says_which_header_it_needs() {
    for version in [SignatureVersion::V4, SignatureVersion::V1] {
        let plain = bucket(version).presign_put("k").sign().await.unwrap();
        let typed =
            bucket(version).presign_put("k").content_type("text/plain").sign().await.unwrap();
        assert_eq!(typed.method(), "PUT");
        assert_eq!(typed.headers(), [("content-type".to_owned(), "text/plain".to_owned())]);
        assert_ne!(plain.as_str(), typed.as_str(), "the header is signed");
        assert_eq!(plain.expires_at().unix(), NOW + 900);
    }
}

#[tokio::test]
async fn a_v1_url_names_its_end() {
    let get =
        bucket(SignatureVersion::V1).presign_get("k").expires(WEEK * 52).sign().await.unwrap();
    assert_eq!(names(get.as_str()), ["OSSAccessKeyId", "Expires", "security-token", "Signature"]);
    assert!(get.as_str().contains(&format!("&Expires={}&", NOW + 604_800 * 52)));
}

#[tokio::test]
async fn lives_that_are_not_allowed() {
    let second = Duration::from_secs(1);
    for (version, expires, message) in [
        (
            SignatureVersion::V4,
            WEEK + second,
            "GetObject bkt/k: a V4 URL works for at most 7 days (604800 s), not 604801 s",
        ),
        (
            SignatureVersion::V4,
            Duration::ZERO,
            "GetObject bkt/k: a presigned URL must work for at least a second",
        ),
        (
            SignatureVersion::V1,
            Duration::from_millis(999),
            "GetObject bkt/k: a presigned URL must work for at least a second",
        ),
    ] {
        let error = bucket(version).presign_get("k").expires(expires).sign().await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, message));
    }
    let error = bucket(SignatureVersion::V4).presign_put("").sign().await.unwrap_err();
    assert_eq!(error.to_string(), "PutObject bkt: the object name is empty");
}

#[tokio::test]
async fn debug_hides_the_query() {
    let url = bucket(SignatureVersion::V4).presign_get("k").sign().await.unwrap();
    let shown = format!("{url:?}");
    assert!(shown.contains("https://bkt.oss.example.com/k?***"), "{shown}");
    assert!(!shown.contains("x-oss") && !shown.contains("hush"), "{shown}");
}

#[tokio::test]
async fn a_url_ends_with_the_credentials_that_signed_it() {
    for (version, name) in
        [(SignatureVersion::V4, "x-oss-expires"), (SignatureVersion::V1, "Expires")]
    {
        let end = jit_oss::Timestamp::from_unix(NOW + 1800);
        let credentials = jit_oss::Credentials::new("id", "secret").with_security_token("t");
        let endpoint = "https://oss.example.com".parse().unwrap();
        let config = jit_oss::Config::new(endpoint, credentials.with_expiry(end))
            .with_region("cn-hangzhou")
            .with_signature_version(version);
        let bucket = Scene::with(config, []).bucket;
        for (asked, lives) in [(3600, 1800), (1800, 1800), (60, 60)] {
            let url =
                bucket.presign_get("k").expires(Duration::from_secs(asked)).sign().await.unwrap();
            assert_eq!(url.expires_at().unix(), NOW + lives);
            let value = match version {
                SignatureVersion::V4 => lives,
                SignatureVersion::V1 => NOW + lives,
            };
            assert!(url.as_str().contains(&format!("{name}={value}")), "{}", url.as_str());
        }
    }
}
