//! What errors say, and what they never say.

use jit_oss::{Client, ErrorKind, RetryPolicy, SignatureVersion, TransportErrorKind as T};

use crate::support::scripted::{Drip, Reply, Scene, Scripted, broken, foreign, refusal, reply};
use crate::support::{SECRET, TOKEN, config};

fn once(answer: Reply) -> Scene {
    let config = config("http://oss.example.com").with_retry(RetryPolicy::never());
    Scene::with(config, [answer])
}

#[tokio::test]
async fn codes_become_kinds_with_help() {
    for (status, code, kind, help) in [
        (404, "NoSuchKey", ErrorKind::NotFound, Some("check the object's name")),
        (404, "NoSuchBucket", ErrorKind::NotFound, Some("check bucketName")),
        (403, "AccessDenied", ErrorKind::AccessDenied, Some("allow `oss:GetObject` on")),
        (
            403,
            "SignatureDoesNotMatch",
            ErrorKind::InvalidCredentials,
            Some("check the access key's secret"),
        ),
        (
            403,
            "InvalidAccessKeyId",
            ErrorKind::InvalidCredentials,
            Some("check the access key's id"),
        ),
        (403, "SecurityTokenExpired", ErrorKind::InvalidCredentials, Some("get new temporary")),
        (
            403,
            "InvalidSecurityToken",
            ErrorKind::InvalidCredentials,
            Some("check the security token"),
        ),
        (403, "InvalidObjectState", ErrorKind::Conflict, Some("restore")),
        (403, "SecondLevelDomainForbidden", ErrorKind::InvalidConfig, Some("use virtual-host")),
        (409, "FileAlreadyExists", ErrorKind::Conflict, None),
        (412, "PreconditionFailed", ErrorKind::Precondition, None),
        (416, "InvalidRange", ErrorKind::Range, Some("ask for the object's size")),
        (400, "InvalidArgument", ErrorKind::Rejected, None),
        (429, "QpsLimitExceeded", ErrorKind::Throttled, Some("send fewer")),
        (503, "ServiceUnavailable", ErrorKind::Throttled, Some("send fewer")),
        (500, "InternalError", ErrorKind::Server, Some("try again")),
    ] {
        let error = once(refusal(status, code)).bucket.get_object("a.txt").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(error.code(), Some(code));
        assert_eq!(
            (error.status(), error.ec(), error.request_id()),
            (Some(status), Some("0001-1"), Some("R1"))
        );
        assert_eq!(
            error.to_string(),
            format!(
                "GetObject bkt/a.txt: {code}, HTTP {status}, EC 0001-1, request R1: {code} it is"
            )
        );
        let said = error.help();
        match help {
            Some(start) => {
                assert!(said.as_ref().is_some_and(|said| said.starts_with(start)), "{said:?}");
            }
            None => assert_eq!(said, None, "{code}"),
        }
    }
}

#[tokio::test]
async fn a_bucket_that_is_elsewhere_says_where() {
    let body =
        "<Error><Code>AccessDenied</Code><Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint></Error>";
    let error = once(reply(403, &[], body)).bucket.get_object("k").await.unwrap_err();
    assert_eq!(
        error.help().as_deref(),
        Some("the bucket is elsewhere: use endPoint `oss-cn-beijing.aliyuncs.com`")
    );
}

#[tokio::test]
async fn a_signature_for_another_region_says_so() {
    for (code, message, help) in [
        (
            "SignatureDoesNotMatch",
            "The signature is for the region a, and this is b.",
            Some("check region: it must be the bucket's"),
        ),
        (
            "InvalidArgument",
            "Invalid signing region in Authorization header.",
            Some("check region: it must be the bucket's"),
        ),
        (
            "InvalidArgument",
            "No such region.",
            Some("check the policies of the access key and the bucket"),
        ),
        ("SignatureDoesNotMatch", "No.", Some("check the access key's secret")),
    ] {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let error = once(reply(403, &[], &body)).bucket.get_object("k").await.unwrap_err();
        assert_eq!(error.help().as_deref(), help, "{message}");
        assert_eq!(error.message(), Some(message), "OSS's own words");
    }
}

#[tokio::test]
async fn the_answer_to_a_head_hides_its_error_in_headers() {
    // <Error><Code>NoSuchBucket</Code></Error>
    let hidden = "PEVycm9yPjxDb2RlPk5vU3VjaEJ1Y2tldDwvQ29kZT48L0Vycm9yPg==";
    for (status, headers, code, kind) in [
        (404, vec![("x-oss-err", hidden)], Some("NoSuchBucket"), ErrorKind::NotFound),
        (404, vec![("x-oss-request-id", "R1")], Some("NoSuchKey"), ErrorKind::NotFound),
        (404, vec![], None, ErrorKind::Protocol),
        (404, vec![("x-oss-err", "%%%")], Some("NoSuchKey"), ErrorKind::NotFound),
        (403, vec![("x-oss-ec", "0003-1")], None, ErrorKind::AccessDenied),
    ] {
        let error = once(foreign(status, &headers, "")).bucket.head_object("k").await.unwrap_err();
        assert_eq!((error.code(), error.kind()), (code, kind), "{headers:?}");
    }
}

#[tokio::test]
async fn what_is_no_error_document_is_quoted_briefly_and_harmlessly() {
    let body = format!("oh\n\u{1b}[31m \u{202e}x{}", "y".repeat(1000));
    let error = once(foreign(502, &[], &body)).bucket.get_object("k").await.unwrap_err();
    let shown = error.to_string();
    assert!(shown.starts_with("GetObject bkt/k: HTTP 502: oh "), "{shown}");
    assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown}");
    assert!(error.message().unwrap().len() <= 256);
}

#[tokio::test]
async fn what_is_not_oss_never_succeeds() {
    let html = [("content-type", "text/html")];
    let hint = "check endPoint: is an OSS endpoint there?";
    for status in [200, 201, 204, 206] {
        let scene = |answer| once(answer).bucket;
        let portal = || foreign(status, &html, "hello");
        for error in [
            // It says the same of the object, when that is looked at.
            Scene::new([portal(), portal()]).bucket.put_object("k", "x").await.unwrap_err(),
            scene(portal()).delete_object("k").await.unwrap_err(),
            scene(portal()).head_object("k").await.unwrap_err(),
            scene(portal()).get_object("k").await.unwrap_err(),
            scene(portal()).get_object("k").bytes().await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Protocol);
            let said = format!(": HTTP {status} without an x-oss-request-id");
            assert!(error.to_string().ends_with(&said), "{error}");
            assert_eq!(error.help().as_deref(), Some(hint));
        }
    }
    for etag in [vec![], vec![("etag", "\"\"")]] {
        let headers = [vec![("x-oss-request-id", "R1")], etag].concat();
        let scene = Scene::new([foreign(200, &headers, ""), refusal(404, "NoSuchKey")]);
        let error = scene.bucket.put_object("k", "").await.unwrap_err();
        let said = "PutObject bkt/k: the answer has neither an ETag nor a CRC-64";
        assert_eq!(error.to_string(), said);
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn an_error_that_is_not_oss_says_so_and_shows_no_page() {
    let long = "x".repeat(300);
    let pages = [
        (vec![("content-type", "text/HTML; charset=utf-8")], format!("Sorry {long}")),
        (vec![], format!("\n<!DOCTYPE html><html>{long}")),
        (vec![], format!("<h1>{long}</h1>")),
        (vec![], format!("<?xml version='1.0'?><html>{long}")),
    ];
    for (status, kind) in [
        (400, ErrorKind::Protocol),
        (401, ErrorKind::Protocol),
        (403, ErrorKind::Protocol),
        (404, ErrorKind::Protocol),
        (412, ErrorKind::Protocol),
        (500, ErrorKind::Server),
        (501, ErrorKind::Protocol),
        (503, ErrorKind::Throttled),
    ] {
        for (headers, page) in &pages {
            let answer = foreign(status, headers, page);
            let error = once(answer).bucket.get_object("k").await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("GetObject bkt/k: HTTP {status}, a page for a browser")
            );
            assert_eq!((error.kind(), error.message()), (kind, None));
            let hint = "check endPoint: is an OSS endpoint there?";
            assert_eq!(error.help().as_deref(), Some(hint), "{status}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_drips_is_read_for_one_read_timeout() {
    let body = jit_oss::Body::stream(Drip::new());
    let answer = http::Response::builder().status(403).header("x-oss-request-id", "R1").body(body);
    let transport = std::sync::Arc::new(Scripted::new([Ok(answer.unwrap())]));
    let client = Client::with_transport(config("http://oss.example.com"), transport).unwrap();
    let started = tokio::time::Instant::now();
    let error = client.bucket("bkt").unwrap().get_object("k").await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 20);
    assert_eq!((error.status(), error.request_id()), (Some(403), Some("R1")));
    assert!(error.message().unwrap().starts_with("yyy"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_presigned_url_whose_content_drips_is_read_for_both_timeouts() {
    let answer = http::Response::builder().body(jit_oss::Body::stream(Drip::new()));
    let transport = std::sync::Arc::new(Scripted::new([Ok(answer.unwrap())]));
    let client = Client::with_transport(config("http://oss.example.com"), transport).unwrap();
    let bucket = client.bucket("bkt").unwrap();
    let url = bucket.presign_get("k").sign().await.unwrap();
    let started = tokio::time::Instant::now();
    let error = bucket.open_presigned(&url).await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 25);
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn an_error_is_one_line_whatever_the_names_are() {
    let scene = once(refusal(404, "NoSuchKey"));
    let error = scene.bucket.get_object("a\nb\u{1b}[0m").await.unwrap_err();
    assert!(!error.to_string().chars().any(char::is_control));
    assert_eq!(error.key(), Some("a\nb\u{1b}[0m"));
}

#[test]
fn configurations_that_cannot_work() {
    let error = |config| Client::new(config).unwrap_err();
    let no_region = jit_oss::Config::new(
        "http://127.0.0.1:9000".parse().unwrap(),
        jit_oss::Credentials::new("id", "secret"),
    );
    let with = |id: &str, secret: &str| {
        let endpoint = "oss-cn-hangzhou.aliyuncs.com".parse().unwrap();
        jit_oss::Config::new(endpoint, jit_oss::Credentials::new(id, secret))
    };
    for (config, message) in [
        (
            no_region.clone(),
            "the region is not given and cannot be derived from the endpoint `127.0.0.1`",
        ),
        (with("", "secret"), "the access key id is empty"),
        (with("id", ""), "the access key secret is empty"),
        (
            with("id", "hush\n"),
            "the access key secret has a space at an end, a line break or another character that no \
             key has",
        ),
    ] {
        let error = error(config);
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidConfig, message));
    }
    let help = error(with("id ", "secret")).help();
    assert_eq!(help.as_deref(), Some("paste it again without spaces or line breaks"));
    // V1 signs no region.
    assert!(Client::new(no_region.with_signature_version(SignatureVersion::V1)).is_ok());
}

/// A server that says everything it was told, as some proxies and debugging servers do.
fn echo(request: &http::Request<jit_oss::Body>, status: u16, wrap: fn(&str) -> String) -> Reply {
    let told: Vec<_> =
        request.headers().values().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
    reply(status, &[], &wrap(&told.join(" ")))
}

#[tokio::test]
async fn no_error_shows_a_secret_a_signature_or_a_token() {
    let wraps: [fn(&str) -> String; 3] = [
        |told| told.to_owned(),
        |told| {
            format!("<Error><Code>SignatureDoesNotMatch</Code><Message>{told}</Message></Error>")
        },
        |told| {
            format!(
                "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>{told}</StringToSign>\
                 <SignatureProvided>{told}</SignatureProvided></Error>"
            )
        },
    ];
    for version in [SignatureVersion::V4, SignatureVersion::V1] {
        for wrap in wraps {
            let config = config("http://oss.example.com")
                .with_signature_version(version)
                .with_retry(RetryPolicy::never());
            // The time stands still, so the second request is signed like the first.
            let scene = Scene::with(config.clone(), [broken(T::Timeout)]);
            let error = scene.bucket.get_object("k").await.unwrap_err();
            let mut shown = format!("{error} {error:?} {:?}", scene.bucket);
            let request = scene.transport.requests.lock().unwrap().pop().unwrap();
            shown += &format!("{request:?}");
            let authorization = request.headers()["authorization"].to_str().unwrap();
            let signature = authorization.rsplit(['=', ':']).find(|part| part.len() > 8).unwrap();

            let scene = Scene::with(config, [echo(&request, 403, wrap)]);
            let error = scene.bucket.get_object("k").await.unwrap_err();
            shown += &format!("{error} {error:?} {:?}", error.help());
            for hush in [SECRET, TOKEN, signature] {
                assert!(!shown.contains(hush), "{hush} in {shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_refused_signature_shows_what_was_signed_here_and_there() {
    let canonical = "GET\n/bkt/k\n\nx-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:20231216T162057Z\n\
                     x-oss-security-token:hush-token\n\n\nUNSIGNED-PAYLOAD";
    let refused = |canonical: &str| {
        let body = format!(
            "<Error><Code>SignatureDoesNotMatch</Code>\
             <CanonicalRequest>{canonical}</CanonicalRequest></Error>"
        );
        reply(403, &[], &body)
    };
    // The same on both sides: only the secret can be wrong.
    let error = once(refused(canonical)).bucket.get_object("k").await.unwrap_err();
    let mismatch = error.signature_mismatch().unwrap();
    assert_eq!(mismatch.first_difference(), None, "{mismatch}");
    assert_eq!(error.help().as_deref(), Some("check the access key's secret"));
    assert!(!mismatch.to_string().contains(TOKEN));

    let changed = canonical.replace("/bkt/k", "/bkt/K").replace("UNSIGNED", "SIGNED");
    let error = once(refused(&changed)).bucket.get_object("k").await.unwrap_err();
    let mismatch = error.signature_mismatch().unwrap();
    assert_eq!(mismatch.first_difference(), Some((2, "/bkt/k", "/bkt/K")));
    assert_eq!(
        error.help().as_deref(),
        Some(
            "look for what changes requests on the way: line 2 of what is signed is `/bkt/k` here \
             and `/bkt/K` at OSS"
        )
    );
    assert!(!format!("{error} {error:?} {mismatch}").contains("hush"));

    let v1 = config("http://oss.example.com").with_signature_version(SignatureVersion::V1);
    let date = "Sat, 16 Dec 2023 16:20:57 GMT";
    let body = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>GET\n\ntext/plain\n{date}\n\
         x-oss-security-token:hush-token\n/bkt/k</StringToSign></Error>"
    );
    let error = Scene::with(v1, [reply(403, &[], &body)]).bucket.get_object("k").await.unwrap_err();
    let mismatch = error.signature_mismatch().unwrap();
    assert_eq!(mismatch.first_difference(), Some((3, "", "text/plain")));
    // Nothing to compare with, nothing to show.
    let silent = once(refusal(403, "SignatureDoesNotMatch")).bucket.get_object("k").await;
    assert!(silent.unwrap_err().signature_mismatch().is_none());
}
