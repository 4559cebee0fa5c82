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

#[test]
fn a_get_url_needs_no_header() {
    let get = bucket(SignatureVersion::V4).presign_get("a/../b c");
    let url = get.response_content_type("image/png").expires(WEEK).sign().unwrap();
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

#[test]
fn a_put_url_says_which_header_it_needs() {
    for version in [SignatureVersion::V4, SignatureVersion::V1] {
        let plain = bucket(version).presign_put("k").sign().unwrap();
        let typed = bucket(version).presign_put("k").content_type("text/plain").sign().unwrap();
        assert_eq!(typed.method(), "PUT");
        assert_eq!(typed.headers(), [("content-type".to_owned(), "text/plain".to_owned())]);
        assert_ne!(plain.as_str(), typed.as_str(), "the header is signed");
        assert_eq!(plain.expires_at().unix(), NOW + 900);
    }
}

#[test]
fn a_v1_url_names_its_end() {
    let get = bucket(SignatureVersion::V1).presign_get("k").expires(WEEK * 52).sign().unwrap();
    assert_eq!(names(get.as_str()), ["OSSAccessKeyId", "Expires", "security-token", "Signature"]);
    assert!(get.as_str().contains(&format!("&Expires={}&", NOW + 604_800 * 52)));
}

#[test]
fn lives_that_are_not_allowed() {
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
        let error = bucket(version).presign_get("k").expires(expires).sign().unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, message));
    }
    let error = bucket(SignatureVersion::V4).presign_put("").sign().unwrap_err();
    assert_eq!(error.to_string(), "PutObject bkt: the object name is empty");
}

#[test]
fn debug_hides_the_query() {
    let url = bucket(SignatureVersion::V4).presign_get("k").sign().unwrap();
    let shown = format!("{url:?}");
    assert!(shown.contains("https://bkt.oss.example.com/k?***"), "{shown}");
    assert!(!shown.contains("x-oss") && !shown.contains("hush"), "{shown}");
}
