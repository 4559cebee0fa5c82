//! The server's own pages: health, and faults over HTTP.

use jit_oss::Timestamp;
use jit_oss_server::OssServer;

use crate::support::{Wire, builder, get, put};

fn page(method: &str, target: &str, body: &str) -> Wire {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Wire { method: method.to_owned(), target: target.to_owned(), headers, body: body.into() }
}

#[tokio::test]
async fn health_is_told_to_anybody() {
    let server = builder().start().await.unwrap();
    let reply = page("GET", "/-/health", "").send(&server).await;
    assert_eq!((reply.status, reply.text().trim()), (200, "{\"status\":\"ok\"}"));
    assert!(server.requests().is_empty(), "it is no request of OSS");
    // In virtual-host style the same path is that of an object.
    put("-/health", "object").v4().send(&server).await;
    let wire = get("-/health").v4().virtual_host("localhost");
    assert_eq!(wire.send(&server).await.text(), "object");
}

#[tokio::test]
async fn control_is_off_unless_asked_for() {
    let server = builder().start().await.unwrap();
    for (method, target) in [
        ("POST", "/-/control/faults"),
        ("DELETE", "/-/control/faults"),
        ("GET", "/-/control/requests"),
        ("GET", "/-/other"),
    ] {
        assert_eq!(page(method, target, "{}").send(&server).await.status, 404, "{target}");
    }
}

async fn control(server: &OssServer, target: &str, body: &str) -> u16 {
    page("POST", &format!("/-/control/{target}"), body).send(server).await.status
}

#[tokio::test]
async fn faults_are_asked_for_over_http() {
    let server = builder().control().start().await.unwrap();
    put("k", "content").v4().send(&server).await;
    let fail = r#"{"operation": "GetObject", "skip": 1, "times": 2,
        "action": {"fail": {"status": 503, "code": "ServiceUnavailable"}}}"#;
    assert_eq!(control(&server, "faults", fail).await, 204);
    let mut verdicts = Vec::new();
    for _ in 0..4 {
        verdicts.push(get("k").v4().send(&server).await.verdict());
    }
    let busy = "503 ServiceUnavailable";
    assert_eq!(verdicts, ["200", busy, busy, "200"]);
    for (action, check) in [
        (r#""expire""#, "403 AccessDenied"),
        (r#""drop_request""#, "0"),
        (r#""drop_reply""#, "0"),
        (r#"{"drip_milliseconds": 0}"#, "200"),
        (r#"{"without_header": "etag"}"#, "200"),
        (r#"{"delay_milliseconds": 1}"#, "200"),
    ] {
        let body = format!("{{\"action\": {action}}}");
        assert_eq!(control(&server, "faults", &body).await, 204, "{action}");
        assert_eq!(get("k").v4().send(&server).await.verdict(), check, "{action}");
    }
    let cut = r#"{"operation": "GetObject", "action": {"cut_after": 3}}"#;
    assert_eq!(control(&server, "faults", cut).await, 204);
    assert_eq!(get("k").v4().send(&server).await.text(), "con");

    assert_eq!(control(&server, "clock", r#"{"skew_seconds": 3600}"#).await, 204);
    assert_eq!(get("k").v4().send(&server).await.verdict(), "403 RequestTimeTooSkewed");
    let later = Timestamp::now().plus(3600);
    assert_eq!(get("k").at(later).v4().send(&server).await.verdict(), "200");
    let garbage = r#"{"times": 9, "action": "garbage"}"#;
    assert_eq!(control(&server, "faults", garbage).await, 204);
    assert_eq!(page("DELETE", "/-/control/faults", "").send(&server).await.status, 204);
    assert_eq!(get("k").v4().send(&server).await.verdict(), "200", "all is well again");

    for (target, body) in [
        ("faults", "{}"),
        ("faults", "no JSON"),
        ("faults", r#"{"operation": "Unknown", "action": "garbage"}"#),
        ("faults", r#"{"action": "explode"}"#),
        ("clock", "{}"),
    ] {
        assert_eq!(control(&server, target, body).await, 400, "{body}");
    }
    let simple = page("POST", "/-/control/clock", "{}").set("content-type", "text/plain");
    assert_eq!(simple.send(&server).await.status, 415, "what any page in a browser can send");
    let requests = page("GET", "/-/control/requests", "").send(&server).await.text();
    assert!(requests.contains("\"operation\":\"GetObject\""), "{requests}");
}

#[tokio::test]
async fn a_lenient_server_says_so_and_tells_what_is_wrong() {
    let server = builder().lenient().start().await.unwrap();
    assert!(server.warnings()[0].contains("signatures are not checked"));
    let wire = put("k", "x").v4().set("content-type", "text/plain");
    assert_eq!(wire.send(&server).await.verdict(), "200");
    let told = server.requests().pop().unwrap().diagnosis.unwrap();
    assert!(told.contains("the header content-type was added"), "{told}");
    assert_eq!(get("k").unsigned().send(&server).await.text(), "x");
    let strict = builder().start().await.unwrap();
    assert!(strict.warnings().is_empty());
}

#[tokio::test]
async fn each_request_is_told_to_who_observes() {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let observe = move |record: &jit_oss_server::RequestRecord| {
        drop(told.send((record.text(), record.json())));
    };
    let server = builder().observe(observe).start().await.unwrap();
    get("a\u{1}\nb").v4().set("x-oss-security-token", "hush-token").send(&server).await;
    let (text, json) = heard.recv().await.unwrap();
    assert!(
        text.starts_with("GetObject GET /my-bucket/a%01%0Ab: 403 InvalidSecurityToken ("),
        "{text}"
    );
    assert!(json.contains("\"code\":\"InvalidSecurityToken\""), "{json}");
    get("k").v4().set("x-oss-meta-a", "1").send(&server).await;
    let (text, json) = heard.recv().await.unwrap();
    assert!(text.contains("\n    likely cause: the header x-oss-meta-a"), "{text}");
    assert!(json.lines().count() == 1 && !(text + &json).contains("hush-token"));
}
