//! Presigned URLs.

use std::time::Duration;

use jit_oss::{Addressing, Bucket, ErrorKind, ObjectAcl, SignatureVersion};

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
    let url = get.response_content_type("image/png").expires_in(WEEK).sign().await.unwrap();
    assert!(
        url.as_str().starts_with(
            "https://bkt.oss.example.com/a/../b%20c?response-content-type=image%2Fpng&"
        )
    );
    assert_eq!(
        names(url.as_str()),
        [
            "response-content-type",
            "x-oss-credential",
            "x-oss-date",
            "x-oss-expires",
            "x-oss-security-token",
            "x-oss-signature-version",
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
        bucket(SignatureVersion::V1).presign_get("k").expires_in(WEEK * 52).sign().await.unwrap();
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
        let error = bucket(version).presign_get("k").expires_in(expires).sign().await.unwrap_err();
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
            let url = bucket
                .presign_get("k")
                .expires_in(Duration::from_secs(asked))
                .sign()
                .await
                .unwrap();
            assert_eq!(url.expires_at().unix(), NOW + lives);
            let value = match version {
                SignatureVersion::V4 => lives,
                SignatureVersion::V1 => NOW + lives,
            };
            assert!(url.as_str().contains(&format!("{name}={value}")), "{}", url.as_str());
        }
    }
}

/// What a shell makes of the line, word by word, with the query of the URL cut off.
fn words(line: &str) -> Vec<String> {
    let line = line.replacen("curl", "printf '%s\\n'", 1);
    let shell = std::process::Command::new("sh").arg("-c").arg(&line).output().unwrap();
    let text = String::from_utf8(shell.stdout).unwrap();
    text.lines().map(|word| word.split("?x-oss").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_recipe_is_a_line_for_a_shell() {
    let bucket = bucket(SignatureVersion::V4);
    let url = |path: &str| format!("https://bkt.oss.example.com/{path}");
    for (request, path, expected) in [
        (bucket.presign_get("it's $HOME"), "it%27s%20%24HOME", vec!["--output", "it's a `file`"]),
        (bucket.presign_head("k"), "k", vec!["--head"]),
        (bucket.presign_delete("a/../b"), "a/../b", vec!["--request", "DELETE", "--path-as-is"]),
        (
            bucket.presign_put("k"),
            "k",
            vec!["--upload-file", "it's a `file`", "--header", "Content-Type:"],
        ),
        (
            bucket.presign_put("dir/").content_type("a/b").metadata("colour", "it's red"),
            "dir/",
            vec![
                "--request",
                "PUT",
                "--data-binary",
                "@it's a `file`",
                "--header",
                "content-type: a/b",
                "--header",
                "x-oss-meta-colour: it's red",
            ],
        ),
        (
            bucket.presign_initiate_multipart_upload("k"),
            "k?uploads&x-oss",
            vec!["--data", "", "--header", "Content-Type:"],
        ),
        (
            bucket.presign_complete_multipart_upload("k", "U"),
            "k?uploadId=U&x-oss",
            vec!["--data", "", "--header", "Content-Type:", "--header", "x-oss-complete-all: yes"],
        ),
    ] {
        let recipe = request.sign().await.unwrap();
        let mut told = words(&recipe.curl("it's a `file`"));
        let last = told.pop().unwrap();
        assert!(last.starts_with(&url(path)), "{last} is not {path}");
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn headers_of_a_recipe_are_signed_and_told() {
    let bucket = bucket(SignatureVersion::V4);
    let put = bucket.presign_put("k").content_disposition("inline").acl(ObjectAcl::Private);
    let put = put.traffic_limit(819_200).forbid_overwrite().sign().await.unwrap();
    let told: Vec<_> = put.headers().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(
        told,
        [
            ("content-disposition", "inline"),
            ("x-oss-object-acl", "private"),
            ("x-oss-forbid-overwrite", "true"),
        ]
    );
    assert!(put.as_str().contains("?x-oss-traffic-limit=819200&"), "no header is needed for it");
    let additional = "&x-oss-additional-headers=content-disposition%3Bx-oss-forbid-overwrite&";
    assert!(!put.as_str().contains(additional), "what is signed anyway is not named");
    assert!(put.as_str().contains("&x-oss-additional-headers=content-disposition&"));
    let part = bucket.presign_upload_part("k", "U", 0).sign().await.unwrap_err();
    assert_eq!(part.to_string(), "UploadPart bkt/k: the part's number is 0, not 1 to 10000");
    let slow = bucket.presign_get("k").traffic_limit(1).sign().await.unwrap_err();
    assert_eq!(slow.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_token_of_unknown_life_is_told() {
    let recipe = bucket(SignatureVersion::V4).presign_get("k").sign().await.unwrap();
    assert!(recipe.may_end_earlier() && !recipe.is_shortened());
    let lasting = jit_oss::Credentials::new("id", "secret");
    let config = jit_oss::Config::new("https://oss.example.com".parse().unwrap(), lasting);
    let bucket = Scene::with(config.with_region("cn-hangzhou"), []).bucket;
    let recipe = bucket.presign_get("k").sign().await.unwrap();
    assert!(!recipe.may_end_earlier() && !recipe.is_shortened());
}

#[tokio::test]
async fn links_are_those_of_the_public_endpoint() {
    let inside = || config("https://oss-cn-hangzhou-internal.aliyuncs.com");
    for (endpoint, addressing, host) in [
        (
            "oss-cn-hangzhou.aliyuncs.com",
            Addressing::VirtualHost,
            "https://bkt.oss-cn-hangzhou.aliyuncs.com/k",
        ),
        ("http://static.example.com", Addressing::Cname, "http://static.example.com/k"),
        ("http://127.0.0.1:9000", Addressing::Path, "http://127.0.0.1:9000/bkt/k"),
    ] {
        let config = inside().with_public_endpoint(endpoint.parse().unwrap(), addressing);
        let scene = Scene::with(config, [crate::support::scripted::reply(200, &[], "")]);
        let recipe = scene.bucket.presign_get("k").sign().await.unwrap();
        assert!(recipe.as_str().starts_with(&format!("{host}?x-oss-credential=")));
        assert_eq!(scene.bucket.url("k"), host);
        // What the client sends goes the short way.
        scene.bucket.get_object("k").await.unwrap();
        assert_eq!(scene.sent("host"), ["bkt.oss-cn-hangzhou-internal.aliyuncs.com"]);
    }
}
