//! What the signature guards: every change to a signed request is refused, and what OSS accepts is
//! accepted.

use crate::support::{Ask, BUCKET, REGION, Wire, ask, builder, credentials, get, put};
use jit_oss::sign;
use jit_oss::sign::v4::{self, Scope, SigningKey};
use jit_oss::{Credentials, Timestamp};
use jit_oss_server::OssServer;

async fn server() -> OssServer {
    let server = builder().start().await.unwrap();
    assert_eq!(put("k", "content").v4().send(&server).await.status, 200);
    server
}

#[track_caller]
fn swap(wire: Wire, from: &str, to: &str) -> Wire {
    let target = wire.target.replace(from, to);
    assert_ne!(target, wire.target);
    Wire { target, ..wire }
}

fn rich() -> Ask {
    let mut ask = put("k", "content")
        .query("x", "1")
        .query("x-oss-traffic-limit", "819200")
        .header("content-type", "text/plain")
        .header("content-md5", "mgNkuembtIDdJeHwKEyFVQ==")
        .header("x-oss-meta-a", "1");
    ask.additional = vec!["cache-control"];
    ask.header("cache-control", "no-cache")
}

const MISMATCH: &str = "403 SignatureDoesNotMatch";

#[tokio::test]
async fn signed_requests_are_accepted() {
    let server = server().await;
    for wire in [rich().v4(), rich().v4_url(60), rich().v1(), rich().v1_url(60)] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), "200", "{wire:?} {}", reply.text());
    }
}

#[tokio::test]
async fn every_change_to_a_signed_header_request_is_refused() {
    let server = server().await;
    let wire = || rich().v4();
    let yesterday = Timestamp::now().plus(-60).iso_basic();
    let method = |method: &str| Wire { method: method.to_owned(), ..wire() };
    for (what, wire, verdict) in [
        ("method", method("GET"), MISMATCH),
        ("key", swap(wire(), "/k?", "/K?"), MISMATCH),
        ("bucket", swap(wire(), BUCKET, "my-bucket2"), MISMATCH),
        ("query value", swap(wire(), "x=1", "x=2"), MISMATCH),
        ("query name", swap(wire(), "x=1", "y=1"), MISMATCH),
        ("added query", swap(wire(), "x=1", "x=1&a"), MISMATCH),
        ("removed query", swap(wire(), "x=1&", ""), MISMATCH),
        ("content type", wire().set("content-type", "text/html"), MISMATCH),
        ("no content type", wire().without("content-type"), MISMATCH),
        ("digest", wire().set("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), MISMATCH),
        ("OSS header", wire().set("x-oss-meta-a", "2"), MISMATCH),
        ("added OSS header", wire().set("x-oss-meta-b", "2"), MISMATCH),
        ("additional header", wire().set("cache-control", "max-age=1"), MISMATCH),
        ("no additional header", wire().without("cache-control"), MISMATCH),
        ("date", wire().set("x-oss-date", &yesterday), MISMATCH),
        ("payload", wire().set("x-oss-content-sha256", "else"), MISMATCH),
        ("date form", wire().set("x-oss-date", "yesterday"), "403 AccessDenied"),
    ] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{what}: {}", reply.text());
    }
    // What is not signed may change on its way, as proxies do.
    let reply = wire().set("user-agent", "else").set("date", "never").send(&server).await;
    assert_eq!(reply.verdict(), "200");
}

#[tokio::test]
async fn every_change_to_a_presigned_url_is_refused() {
    let server = server().await;
    let wire = || rich().v4_url(60);
    for (what, wire, verdict) in [
        ("method", Wire { method: "GET".to_owned(), ..wire() }, MISMATCH),
        ("key", swap(wire(), "/k?", "/K?"), MISMATCH),
        ("query", swap(wire(), "x=1", "x=2"), MISMATCH),
        ("longer life", swap(wire(), "x-oss-expires=60", "x-oss-expires=61"), MISMATCH),
        (
            "endless life",
            swap(wire(), "x-oss-expires=60", "x-oss-expires=604801"),
            "400 InvalidArgument",
        ),
        ("no life", swap(wire(), "x-oss-expires=60", "x-oss-expires=0"), "400 InvalidArgument"),
        (
            "signed life",
            swap(wire(), "x-oss-expires=60", "x-oss-expires=%2B60"),
            "400 InvalidArgument",
        ),
        ("missing life", swap(wire(), "x-oss-expires=60&", ""), "400 InvalidArgument"),
        ("scheme", swap(wire(), "OSS4-HMAC-SHA256", "OSS5"), "400 InvalidArgument"),
        ("additional header", wire().set("cache-control", "max-age=1"), MISMATCH),
        ("additional list", swap(wire(), "=cache-control", "=host"), MISMATCH),
        ("content type", wire().without("content-type"), MISMATCH),
        ("added OSS header", wire().set("x-oss-object-acl", "private"), MISMATCH),
    ] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{what}: {}", reply.text());
    }
}

#[tokio::test]
async fn every_change_that_v1_guards_is_refused() {
    let server = server().await;
    let later = Timestamp::now().plus(60).http_date();
    for (what, wire, verdict) in [
        ("method", Wire { method: "GET".to_owned(), ..rich().v1() }, MISMATCH),
        ("key", swap(rich().v1(), "/k?", "/K?"), MISMATCH),
        ("sub-resource", swap(rich().v1(), "819200", "819201"), MISMATCH),
        ("date", rich().v1().set("date", &later), MISMATCH),
        ("no date", rich().v1().without("date"), "403 AccessDenied"),
        ("type", rich().v1().set("content-type", "text/html"), MISMATCH),
        ("OSS header", rich().v1().set("x-oss-meta-a", "2"), MISMATCH),
        ("URL: method", Wire { method: "GET".to_owned(), ..rich().v1_url(60) }, MISMATCH),
        ("URL: key", swap(rich().v1_url(60), "/k?", "/K?"), MISMATCH),
        ("URL: life", swap(rich().v1_url(60), "Expires=1", "Expires=2"), MISMATCH),
        ("URL: no life", swap(rich().v1_url(60), "Expires=", "expires="), "400 InvalidArgument"),
        ("URL: type", rich().v1_url(60).without("content-type"), MISMATCH),
    ] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{what}: {}", reply.text());
    }
    // V1 does not sign parameters it does not know.
    assert_eq!(swap(rich().v1(), "x=1", "x=2").send(&server).await.verdict(), "200");
}

#[tokio::test]
async fn time_limits_requests() {
    let server = server().await;
    let at = |seconds| get("k").at(Timestamp::now().plus(seconds));
    let (skewed, expired) = ("403 RequestTimeTooSkewed", "403 AccessDenied");
    for (what, wire, verdict) in [
        ("V4, 10 minutes late", at(-600).v4(), "200"),
        ("V4, 10 minutes early", at(600).v4(), "200"),
        ("V4, 20 minutes late", at(-1200).v4(), skewed),
        ("V4, 20 minutes early", at(1200).v4(), skewed),
        ("V1, 20 minutes late", at(-1200).v1(), skewed),
        ("V4 URL, old but alive", at(-1200).v4_url(3600), "200"),
        ("V4 URL, expired", at(-1200).v4_url(60), expired),
        ("V4 URL, from the future", at(1200).v4_url(60), skewed),
        ("V4 URL, too long", at(0).v4_url(604_801), "400 InvalidArgument"),
        ("V1 URL, expired", at(-1200).v1_url(60), expired),
    ] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{what}: {}", reply.text());
        if reply.verdict() == expired {
            assert_eq!(reply.element("Message"), "Request has expired.", "{what}");
        }
    }
}

#[tokio::test]
async fn a_client_can_correct_its_clock() {
    let server = server().await;
    server.faults().skew_clock(7200);
    let reply = get("k").v4().send(&server).await;
    assert_eq!(reply.verdict(), "403 RequestTimeTooSkewed");
    assert_eq!(reply.element("MaxAllowedSkewMilliseconds"), "900000");
    assert!(!reply.element("RequestTime").is_empty());
    let date = Timestamp::parse_http_date(reply.header("date")).unwrap();
    assert_eq!(reply.element("ServerTime"), date.iso_extended());
    assert_eq!(get("k").at(date).v4().send(&server).await.verdict(), "200");
}

#[tokio::test]
async fn strangers_are_refused() {
    let server = server().await;
    let with = |credentials| Ask { credentials, ..get("k") };
    let stranger = with(Credentials::new("nobody", "test-secret"));
    let token = with(credentials().with_security_token("hush-token"));
    for (what, wire, verdict) in [
        ("anonymous", get("k").unsigned(), "403 AccessDenied"),
        (
            "anonymous override",
            get("k").query("response-expires", "x").unsigned(),
            "403 AccessDenied",
        ),
        ("unknown id", stranger.clone().v4(), "403 InvalidAccessKeyId"),
        ("unknown id, V1 URL", stranger.v1_url(60), "403 InvalidAccessKeyId"),
        ("wrong secret", with(Credentials::new("test-id", "else")).v4(), MISMATCH),
        ("a token where none is known", token.clone().v4(), "403 InvalidSecurityToken"),
        ("a token in a URL", token.v4_url(60), "403 InvalidSecurityToken"),
        ("two signatures", swap(get("k").v4(), "/k", "/k?Signature=x"), "400 InvalidArgument"),
        (
            "two schemes",
            swap(get("k").v4_url(60), "?", "?OSSAccessKeyId=x&"),
            "400 InvalidArgument",
        ),
        ("no scheme", get("k").v4().set("authorization", "Basic eDp5"), "400 InvalidArgument"),
        ("empty", get("k").v4().set("authorization", ""), "400 InvalidArgument"),
    ] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{what}: {}", reply.text());
    }
    let elsewhere = Ask { region: "cn-beijing".to_owned(), ..get("k") };
    let reply = elsewhere.v4().send(&server).await;
    assert_eq!(reply.verdict(), "400 InvalidArgument");
    assert!(reply.element("Message").contains("signing region"), "{}", reply.text());
    assert_eq!(reply.element("Signed"), "cn-beijing");
    assert_eq!(reply.element("Expected"), "cn-hangzhou");
}

#[tokio::test]
async fn what_is_verified_is_what_is_done() {
    let server = server().await;
    let put = || put("twice", "x").header("content-type", "text/plain");
    for (name, value) in [
        ("content-type", "text/html"),
        ("Content-MD5", "nduEHPy6DoUd2xw8rQN1Wg=="),
        ("date", "Sat, 16 Dec 2023 16:20:57 GMT"),
        ("x-oss-date", "20231216T162057Z"),
        ("authorization", "OSS a:b"),
    ] {
        for mut wire in [put().v1(), put().v4(), put().v1_url(60), put().v4_url(60)] {
            wire.headers
                .extend([(name.to_owned(), value.to_owned()), (name.to_owned(), value.to_owned())]);
            let reply = wire.send(&server).await;
            assert_eq!(reply.verdict(), "400 InvalidArgument", "{name}: {}", reply.text());
            let message = reply.element("Message");
            let told = format!("The header {} is given more than once.", name.to_lowercase());
            assert_eq!(message, told);
        }
    }
    let mut wire = put().v4();
    wire.headers.extend(["1", "2"].map(|length| ("content-length".to_owned(), length.to_owned())));
    assert_eq!(wire.send(&server).await.status, 400);
    assert_eq!(get("twice").v4().send(&server).await.verdict(), "404 NoSuchKey");
}

#[tokio::test]
async fn a_session_token_must_be_the_right_one_and_is_not_shown() {
    let with = |token: &str| credentials().with_security_token(token);
    let server = OssServer::builder().bucket(BUCKET).credentials(with("hush/token")).start().await;
    let server = server.unwrap();
    let ask = |credentials| Ask { credentials, ..ask("GET", "") };
    for wire in [
        ask(with("hush/token")).v4(),
        ask(with("hush/token")).v4_url(60),
        ask(with("hush/token")).v1(),
        ask(with("hush/token")).v1_url(60),
    ] {
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), "200", "{}", reply.text());
        let changed = Wire { method: "DELETE".to_owned(), ..wire }.send(&server).await;
        assert_eq!(changed.verdict(), MISMATCH);
        assert!(!changed.text().contains("hush"), "{}", changed.text());
    }
    for credentials in [credentials(), with("other")] {
        assert_eq!(ask(credentials).v4().send(&server).await.verdict(), "403 InvalidSecurityToken");
    }
    assert!(!format!("{server:?}{:?}", server.requests()).contains("hush"));
}

#[tokio::test]
async fn the_authorization_header_may_be_written_in_many_ways() {
    let server = server().await;
    let mut wanted = get("k").header("cache-control", "no-cache").header("host", "127.0.0.1");
    wanted.additional = vec!["host", "cache-control"];
    let wire = wanted.v4();
    let text = wire.get("authorization").to_owned();
    let fields = text.strip_prefix("OSS4-HMAC-SHA256 ").unwrap();
    let [credential, additional, signature] =
        <[&str; 3]>::try_from(fields.split(',').collect::<Vec<_>>()).unwrap();
    assert_eq!(additional, "AdditionalHeaders=cache-control;host");
    let (none, empty_item) = ("AdditionalHeaders=", "AdditionalHeaders=cache-control;;host");
    let bad = "400 InvalidArgument";
    for (fields, verdict) in [
        (format!("{credential}, {signature}, {additional}"), "200"),
        (format!("{additional} ,{signature} ,{credential}"), "200"),
        (format!("{credential},{signature},AdditionalHeaders=Host;Cache-Control"), "200"),
        (format!("{credential},{signature}"), MISMATCH),
        (format!("{credential},{none},{signature}"), bad),
        (format!("{credential},{empty_item},{signature}"), bad),
        (format!("{credential},{credential},{signature}"), bad),
        (format!("{credential},{signature},Else=1"), bad),
        (credential.to_owned(), bad),
        (format!("Credential=test-id,{signature}"), bad),
    ] {
        let wire = wire.clone().set("authorization", &format!("OSS4-HMAC-SHA256 {fields}"));
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{fields}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_mismatch_shows_what_was_signed_here() {
    let server = server().await;
    let reply = swap(get("k").v4(), "/k", "/%3Ck%3E").send(&server).await;
    assert_eq!(reply.element("OSSAccessKeyId"), "test-id");
    assert_eq!(reply.element("SignatureProvided").len(), 64);
    assert!(reply.element("StringToSign").starts_with("OSS4-HMAC-SHA256\n"));
    assert!(reply.element("StringToSignBytes").starts_with("4F 53 53 34 2D"));
    assert!(reply.element("CanonicalRequest").starts_with("GET\n/my-bucket/%3Ck%3E\n"));
    let reply = swap(get("k").v1(), "/k", "/%3Ck%3E").send(&server).await;
    assert!(reply.element("StringToSign").ends_with("/my-bucket/&lt;k&gt;"), "{}", reply.text());
    assert_eq!(reply.element("CanonicalRequest"), "");
}

#[tokio::test]
async fn v4_falls_back_on_the_date_header() {
    let server = server().await;
    let ask = get("k");
    let date = ask.time.http_date();
    let authorization = signed_by_hand(&ask, &[], "UNSIGNED-PAYLOAD");
    let wire = ask.unsigned().set("authorization", &authorization);
    let reply = wire.clone().set("date", &date).send(&server).await;
    assert_eq!(reply.verdict(), "200", "{}", reply.text());
    assert_eq!(wire.send(&server).await.verdict(), "403 AccessDenied");
}

#[tokio::test]
async fn a_signed_body_digest_is_checked() {
    let server = server().await;
    // SHA-256 of "content".
    let right = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";
    let ask = |body: &str| put("digest", body).header("x-oss-meta-a", "1");
    for (body, payload, verdict) in
        [("content", right, "200"), ("Content", right, "400 InvalidDigest")]
    {
        let wire = digest_signed(ask(body), payload);
        let reply = wire.send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{}", reply.text());
    }
    assert_eq!(get("digest").v4().send(&server).await.text(), "content");
}

/// Signs with a payload digest, which the client's signer never does.
fn digest_signed(ask: Ask, payload: &str) -> Wire {
    let date_time = ask.time.iso_basic();
    let headers = [
        ("x-oss-content-sha256", payload),
        ("x-oss-date", date_time.as_str()),
        ("x-oss-meta-a", "1"),
    ];
    let authorization = signed_by_hand(&ask, &headers, payload);
    let wire = ask.unsigned().set("authorization", &authorization);
    wire.set("x-oss-date", &date_time).set("x-oss-content-sha256", payload)
}

fn signed_by_hand(ask: &Ask, headers: &[(&str, &str)], payload: &str) -> String {
    let request = sign::Request {
        method: ask.method,
        bucket: ask.bucket.as_deref(),
        key: ask.key.as_deref(),
        query: &[],
        headers,
    };
    let canonical = v4::canonical_request(&request, "", payload);
    let date_time = ask.time.iso_basic();
    let scope = Scope { date: date_time.get(..8).unwrap(), region: REGION, product: "oss" };
    let text = v4::string_to_sign(&canonical, &date_time, &scope);
    let signature = SigningKey::derive("test-secret", &scope).sign(&text);
    format!("OSS4-HMAC-SHA256 Credential=test-id/{scope},Signature={signature}")
}

#[tokio::test]
async fn the_record_tells_what_the_client_signed() {
    let server = server().await;
    let added = |wire: Wire| wire.set("content-type", "text/plain");
    let typed = |signed: &str| put("k.jpg", "x").header("content-type", signed);
    let form = "application/x-www-form-urlencoded";
    for (wire, cause) in [
        // What `curl --data-binary`, `curl -T` and a browser's `fetch` of a text send.
        (
            typed("image/jpeg").v4_url(60).set("content-type", form),
            "signed was the Content-Type image/jpeg, and application/x-www-form-urlencoded was sent",
        ),
        (
            typed("image/jpeg").v1_url(60).without("content-type"),
            "signed was the Content-Type image/jpeg, and none was sent",
        ),
        (
            typed("text/plain").v4_url(60).set("content-type", "text/plain;charset=UTF-8"),
            "signed was the Content-Type text/plain, and text/plain;charset=UTF-8 was sent",
        ),
        (put("k", "x").v4_url(60).set("content-type", form), "the header content-type was added"),
        (added(put("k", "x").v4()), "the header content-type was added"),
        (added(put("k", "x").v1()), "the header content-type was added"),
        (Wire { method: "HEAD".to_owned(), ..get("k").v4() }, "signed as GET"),
        (get("k").v4().set("x-oss-meta-a", "1"), "the header x-oss-meta-a was added"),
        (
            Ask { credentials: Credentials::new("test-id", "other"), ..get("k") }.v4(),
            "another secret",
        ),
    ] {
        wire.send(&server).await;
        let record = server.requests().pop().unwrap();
        let told = record.diagnosis.unwrap_or_default();
        assert!(told.starts_with("likely cause: ") && told.contains(cause), "{told}");
        assert!(told.contains("signed here"), "{told}");
        if !cause.contains("secret") {
            assert!(told.contains("first difference at byte"), "{told}");
        }
    }
    // Signed for a type that nobody guesses.
    for (wire, sent) in [
        (
            typed("x/odd").v4_url(60).set("content-type", form),
            "(application/x-www-form-urlencoded was sent)",
        ),
        (typed("x/odd").v1_url(60).without("content-type"), "(none was sent)"),
    ] {
        assert_eq!(wire.send(&server).await.verdict(), MISMATCH);
        let told = server.requests().pop().unwrap().diagnosis.unwrap();
        let suspected =
            format!("likely cause: a Content-Type other than the signed one {sent}; or");
        assert!(told.starts_with(&suspected), "{told}");
    }
}

#[tokio::test]
async fn the_record_tells_of_strangers_and_shows_nothing_of_their_keys() {
    let server = server().await;
    let with = |id: &str| Ask { credentials: Credentials::new(id, "hush"), ..get("k") };
    for (wire, cause) in [
        (with("LTAI5tWhoever").v4(), "another access key; the id that signed, LTAI***, is not"),
        (
            with("STS.NWhoever").v1_url(60),
            "another access key; the id that signed, STS.***, is not",
        ),
        (with("Whoever").v1(), "another access key; the id that signed, ***, is not"),
        (with("test-secret").v4(), "the access key secret was given as its id"),
        (
            Ask { credentials: credentials().with_security_token("hush"), ..get("k") }.v4(),
            "a session token, and this server's access key has none",
        ),
    ] {
        wire.send(&server).await;
        let told = server.requests().pop().unwrap().diagnosis.unwrap();
        assert!(told.starts_with(&format!("likely cause: {cause}")), "{told}");
        assert!(!told.contains("hoever") && !told.contains("hush"), "{told}");
    }
}
