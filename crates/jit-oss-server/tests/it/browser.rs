//! What browsers do: forms, requests from other origins, and reading without a signature.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss::Timestamp;
use jit_oss::sign::{v1, v4};
use jit_oss_server::OssServer;

use crate::support::{Ask, REGION, ask, both, builder, get, put};

async fn set_acl(server: &OssServer, key: &str, acl: &str) {
    let name = if key.is_empty() { "x-oss-acl" } else { "x-oss-object-acl" };
    let reply = ask("PUT", key).query("acl", "").header(name, acl).v4().send(server).await;
    assert_eq!(reply.verdict(), "200");
}

#[tokio::test]
async fn without_a_signature_only_what_is_public_can_be_done() {
    let (_directory, servers) = both().await;
    let denied = "403 AccessDenied";
    for server in servers {
        put("k", "x").v4().send(&server).await;
        for (bucket, object, verdicts) in [
            ("private", "default", [denied, denied, denied, denied]),
            ("public-read", "default", ["200", denied, "200", "404 NoSuchKey"]),
            ("public-read", "private", [denied, denied, "200", "404 NoSuchKey"]),
            ("private", "public-read", ["200", denied, denied, denied]),
            ("public-read-write", "default", ["200", "200", "200", "404 NoSuchKey"]),
        ] {
            put("k", "x").v4().send(&server).await;
            set_acl(&server, "", bucket).await;
            set_acl(&server, "k", object).await;
            let wires = [
                get("k").unsigned(),
                put("k", "y").unsigned(),
                get("").unsigned(),
                get("none").unsigned(),
            ];
            for (wire, verdict) in wires.iter().zip(verdicts) {
                let reply = wire.send(&server).await;
                assert_eq!(reply.verdict(), verdict, "{bucket} {object} {wire:?}");
            }
            for wire in [
                ask("DELETE", "").unsigned(),
                ask("PUT", "k").query("acl", "").unsigned(),
                get("").query("acl", "").unsigned(),
                get("").bucket("").unsigned(),
                ask("PUT", "").bucket("new-bucket").unsigned(),
            ] {
                let reply = wire.send(&server).await;
                assert!(reply.status == 403 || reply.status == 404, "{wire:?}");
            }
        }
        let wire = get("k").query("response-content-type", "text/html").unsigned();
        assert_eq!(wire.send(&server).await.verdict(), "400 InvalidRequest");
    }
}

const RULES: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>http://*.example.com</AllowedOrigin>\
    <AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>\
    <AllowedHeader>x-oss-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>\
    <MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";

#[tokio::test]
async fn a_browser_asks_before_it_sends_to_another_origin() {
    let server = builder().start().await.unwrap();
    let preflight = |origin: &str, method: &str, headers: &str| {
        ask("OPTIONS", "k")
            .header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", headers)
            .unsigned()
    };
    let good = "http://www.example.com";
    let before = preflight(good, "PUT", "").send(&server).await;
    assert_eq!(before.verdict(), "403 AccessForbidden");
    let rules = Ask { body: RULES.into(), ..ask("PUT", "") }.query("cors", "");
    assert_eq!(rules.v4().send(&server).await.verdict(), "200");
    for (origin, method, headers, verdict) in [
        (good, "PUT", "X-Oss-Date, x-oss-meta-a", "200"),
        (good, "PUT", "content-type", "403 AccessForbidden"),
        (good, "DELETE", "", "403 AccessForbidden"),
        ("http://example.org", "PUT", "", "403 AccessForbidden"),
    ] {
        let reply = preflight(origin, method, headers).send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{origin} {method} {headers}");
        if reply.status == 200 {
            assert_eq!(reply.header("access-control-allow-origin"), good);
            assert_eq!(reply.header("access-control-allow-methods"), "PUT,GET");
            assert_eq!(reply.header("access-control-allow-headers"), headers);
            assert_eq!(reply.header("access-control-max-age"), "60");
            assert_eq!(reply.header("vary"), "Origin");
        }
    }
    // The upload itself, with a presigned URL; and a refusal, which a script should see, too.
    let upload = put("k", "x").header("origin", good).v4_url(60).send(&server).await;
    assert_eq!((upload.status, upload.header("access-control-expose-headers")), (200, "ETag"));
    let refused = get("k").header("origin", good).unsigned().send(&server).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, good));
    let other = get("k").header("origin", "http://example.org").v4().send(&server).await;
    assert_eq!((other.status, other.header("access-control-allow-origin")), (200, ""));
}

#[tokio::test]
async fn origins_that_the_server_was_told_need_no_rule_of_the_bucket() {
    let (own, other) = ("http://localhost:5173", "http://example.org");
    let server = builder().cors(own).cors("https://*.example.com").start().await.unwrap();
    let preflight = |origin: &str, method: &str| {
        ask("OPTIONS", "k")
            .header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "content-type")
            .unsigned()
    };
    for (origin, method, verdict) in [
        (own, "PUT", "200"),
        ("https://www.example.com", "PUT", "200"),
        (other, "PUT", "403 AccessForbidden"),
        ("http://localhost:8080", "PUT", "403 AccessForbidden"),
        (own, "PATCH", "403 AccessForbidden"),
    ] {
        let reply = preflight(origin, method).send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{origin} {method}");
        if reply.status == 200 {
            assert_eq!(reply.header("access-control-allow-origin"), origin);
            assert_eq!(reply.header("access-control-allow-headers"), "content-type");
            assert!(reply.header("access-control-allow-methods").contains("PUT"));
        }
    }
    let upload = put("k", "x").header("origin", own).v4_url(60).send(&server).await;
    assert_eq!((upload.status, upload.header("access-control-allow-origin")), (200, own));
    assert!(upload.header("access-control-expose-headers").contains("ETag"));
    let unsigned = put("k", "x").header("origin", own).unsigned().send(&server).await;
    assert_eq!(unsigned.verdict(), "403 AccessDenied", "a page needs a signature all the same");
    // What the bucket says of an origin comes first.
    let rules = Ask { body: RULES.replace("http://*.example.com", own).into(), ..ask("PUT", "") };
    rules.query("cors", "").v4().send(&server).await;
    let upload = put("k", "x").header("origin", own).v4_url(60).send(&server).await;
    assert_eq!(upload.header("access-control-expose-headers"), "ETag");
    // To anybody.
    let server = builder().cors("*").start().await.unwrap();
    let reply = preflight(other, "PUT").send(&server).await;
    assert_eq!(reply.header("access-control-allow-origin"), "*");
}

/// A form with these fields, and a file.
fn form(fields: &[(&str, &str)], file: &str) -> Ask {
    let mut body = String::new();
    for (name, value) in fields {
        body +=
            &format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n";
    body += &format!("Content-Type: text/plain\r\n\r\n{file}\r\n--B--\r\n");
    Ask { body: body.into_bytes(), ..ask("POST", "") }
        .header("content-type", "multipart/form-data; boundary=B")
}

fn policy(conditions: &str) -> String {
    let until = Timestamp::now().plus(60).iso_extended();
    BASE64.encode(format!("{{\"expiration\": \"{until}\", \"conditions\": [{conditions}]}}"))
}

#[tokio::test]
async fn a_form_uploads_a_file() {
    let (_directory, servers) = both().await;
    // Parts of the delimiter in the content, and more of it than one read.
    let content = "--B\r\n-B\r\n--".to_owned() + &"\r\n--A".repeat(100_000);
    for server in servers {
        let policy = policy("[\"starts-with\", \"$key\", \"user/\"], {\"bucket\": \"my-bucket\"}");
        let signature = v1::signature("test-secret", &policy);
        let content = content.replace("\r\n--B", "");
        let fields = [
            ("key", "user/${filename}"),
            ("policy", &policy),
            ("OSSAccessKeyId", "test-id"),
            ("Signature", &signature),
            ("x-oss-meta-a", "1"),
            ("success_action_status", "201"),
        ];
        let reply = form(&fields, &content).unsigned().send(&server).await;
        assert_eq!(reply.verdict(), "201", "{}", reply.text());
        assert_eq!(reply.element("Key"), "user/a.txt");
        let reply = get("user/a.txt").v4().send(&server).await;
        assert!(reply.text() == content);
        assert_eq!(reply.header("content-type"), "text/plain");
        assert_eq!(reply.header("x-oss-meta-a"), "1");
    }
}

#[tokio::test]
async fn a_form_is_checked() {
    let server = builder().start().await.unwrap();
    let open = policy("");
    let signed = |policy: &str| v1::signature("test-secret", policy);
    let date = Timestamp::now().iso_basic();
    let scope = format!("{}/{REGION}/oss/aliyun_v4_request", date.get(..8).unwrap());
    let key = v4::SigningKey::derive("test-secret", &v4::Scope::parse(&scope).unwrap());
    let v4_signature = key.sign(&open);
    let credential = format!("test-id/{scope}");
    let beijing = credential.replace(REGION, "cn-beijing");
    let v4 = |credential: &'static str, signature: &'static str| {
        [
            ("key", "k"),
            ("policy", ""),
            ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
            ("x-oss-credential", credential),
            ("x-oss-date", ""),
            ("x-oss-signature", signature),
        ]
    };
    let fill = |fields: [(&'static str, &'static str); 6]| {
        fields.map(|(name, value)| {
            let value = match (name, value) {
                ("policy", _) => open.clone(),
                ("x-oss-date", _) => date.clone(),
                ("x-oss-credential", "") => credential.clone(),
                ("x-oss-credential", _) => beijing.clone(),
                ("x-oss-signature", "") => v4_signature.clone(),
                _ => value.to_owned(),
            };
            (name, value)
        })
    };
    for (fields, verdict) in [
        (fill(v4("", "")), "204"),
        (fill(v4("", "0000")), "403 SignatureDoesNotMatch"),
        (fill(v4("elsewhere", "")), "400 InvalidArgument"),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = form(&fields, "x").unsigned().send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{}", reply.text());
    }
    for (policy, secret_of, verdict) in [
        (open.clone(), open.clone(), "204"),
        (open.clone(), policy("{}"), "403 SignatureDoesNotMatch"),
        (policy("[\"content-length-range\", 2, 9]"), String::new(), "400 EntityTooSmall"),
        (policy("[\"content-length-range\", 0, 0]"), String::new(), "400 EntityTooLarge"),
        (policy("[\"eq\", \"$key\", \"other\"]"), String::new(), "403 AccessDenied"),
        (BASE64.encode("{}"), String::new(), "400 InvalidPolicyDocument"),
        (policy("[\"eq\", \"$key\"]"), String::new(), "400 InvalidPolicyDocument"),
    ] {
        let signature = signed(if secret_of.is_empty() { &policy } else { &secret_of });
        let fields = [
            ("key", "k"),
            ("policy", policy.as_str()),
            ("OSSAccessKeyId", "test-id"),
            ("Signature", &signature),
        ];
        let reply = form(&fields, "x").unsigned().send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{}", reply.text());
    }
    // One of them would be compared with the policy, and the other one would count.
    for (one, other) in [("key", "Key"), ("callback", "x-oss-callback")] {
        let reply = form(&[("key", "k"), (one, "a"), (other, "b")], "x").unsigned();
        assert_eq!(reply.send(&server).await.verdict(), "400 InvalidArgument", "{one}");
    }
    let no_form = form(&[("key", "k")], "x").unsigned();
    assert_eq!(no_form.send(&server).await.verdict(), "403 AccessDenied", "it is not signed");
    let other = no_form.clone().set("content-type", "text/plain");
    assert_eq!(other.send(&server).await.verdict(), "400 RequestIsNotMultiPartContent");
    let long = "x".repeat(5000);
    let reply = form(&[("key", &long)], "x").unsigned().send(&server).await;
    assert_eq!(reply.verdict(), "400 FieldItemTooLong");
    let mut cut = no_form;
    cut.body.truncate(40);
    assert_eq!(cut.send(&server).await.verdict(), "400 MalformedPOSTRequest");
}

#[tokio::test]
async fn an_anonymous_form_heeds_the_access_control_of_what_it_overwrites() {
    let server = builder().start().await.unwrap();
    put("k", "old").v4().send(&server).await;
    // In OSS an object's own list comes before that of its bucket, be it stricter or not.
    for (bucket, object, verdict) in [
        ("public-read-write", "default", "204"),
        ("public-read-write", "private", "403 AccessDenied"),
        ("public-read-write", "public-read", "403 AccessDenied"),
        ("private", "default", "403 AccessDenied"),
        ("private", "public-read-write", "204"),
    ] {
        set_acl(&server, "", bucket).await;
        put("k", "old").v4().send(&server).await;
        set_acl(&server, "k", object).await;
        let reply = form(&[("key", "k")], "new").unsigned().send(&server).await;
        assert_eq!(reply.verdict(), verdict, "{bucket} {object}");
        let expected = if reply.status == 204 { "new" } else { "old" };
        assert_eq!(get("k").v4().send(&server).await.text(), expected, "{bucket} {object}");
    }
}
