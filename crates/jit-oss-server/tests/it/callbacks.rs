//! Uploads that tell another server.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{Ask, builder, get, put};

/// Answers one request with this, and gives what was asked.
async fn listener(status: &'static str, body: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        // The body ends with this mark.
        while !heard.ends_with(b"end") {
            let mut piece = [0; 1024];
            let length = stream.read(&mut piece).await.unwrap();
            heard.extend_from_slice(&piece[..length]);
        }
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(heard).unwrap()
    });
    (address, heard)
}

fn upload(url: &str) -> Ask {
    let callback = format!(
        "{{\"callbackUrl\": \"{url}\", \"callbackBody\": \
         \"b=${{bucket}}&o=${{object}}&s=${{size}}&t=${{mimeType}}&x=${{x:a}}&n=${{none}}&end\"}}"
    );
    put("a b", "content")
        .header("content-type", "text/plain")
        .header("x-oss-callback", &BASE64.encode(callback))
        .header("x-oss-callback-var", &BASE64.encode("{\"x:a\": \"1&2\"}"))
}

#[tokio::test]
async fn what_is_called_back_answers_the_client() {
    let (address, heard) = listener("200 OK", "{\"ok\": true}").await;
    let server = builder().callback_allow(&address).start().await.unwrap();
    let reply = upload(&format!("http://{address}/path?q")).v4().send(&server).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "{\"ok\": true}"));
    assert!(!reply.header("etag").is_empty() && reply.header("content-type") == "application/json");
    let heard = heard.await.unwrap();
    assert!(heard.starts_with("POST /path?q HTTP/1.1\r\n"), "{heard}");
    assert!(heard.ends_with("b=my-bucket&o=a%20b&s=7&t=text%2Fplain&x=1%262&n=&end"), "{heard}");
    assert_eq!(get("a b").v4().send(&server).await.text(), "content");
}

#[tokio::test]
async fn a_failed_callback_is_a_203_and_the_object_is_there() {
    let (refusing, _heard) = listener("500 No", "{}").await;
    let (chatting, _heard) = listener("200 OK", "no JSON").await;
    let server = builder()
        .callback_allow(&refusing)
        .callback_allow(&chatting)
        .callback_allow("127.0.0.1:1")
        .start()
        .await
        .unwrap();
    for (url, why) in [
        (format!("http://{refusing}/"), "500"),
        (format!("http://{chatting}/"), "no JSON"),
        ("http://127.0.0.1:1/".to_owned(), "cannot be called"),
        ("http://127.0.0.1:2/".to_owned(), "--callback-allow"),
        ("https://127.0.0.1:1/".to_owned(), "only http"),
        (";".to_owned(), "no URL"),
    ] {
        let reply = upload(&url).v4().send(&server).await;
        assert_eq!(reply.verdict(), "203 CallbackFailed", "{url}");
        assert!(reply.element("Message").contains(why), "{}", reply.text());
        assert_eq!(get("a b").v4().send(&server).await.text(), "content");
    }
    let broken = put("new", "x").header("x-oss-callback", "no base64").v4().send(&server).await;
    assert_eq!(broken.verdict(), "400 InvalidArgument");
    assert_eq!(get("new").v4().send(&server).await.verdict(), "404 NoSuchKey");
}

#[tokio::test]
async fn a_callback_has_limits() {
    let server = builder().start().await.unwrap();
    let urls = |count| vec!["http://127.0.0.1:1/"; count].join(";");
    // Nobody is allowed to be called, and the object is there.
    assert_eq!(upload(&urls(5)).v4().send(&server).await.verdict(), "203 CallbackFailed");
    for (key, callback, ec) in [
        ("many", upload(&urls(6)), "0007-00000005"),
        ("long", upload(&format!("http://a/{}", "x".repeat(5 << 10))), "0007-00000001"),
        ("variables", upload("").header("x-oss-callback-var", &"A".repeat(5124)), "0007-00000101"),
    ] {
        // A header that is given twice means its first value.
        let mut ask = Ask { key: Some(key.to_owned()), ..callback };
        let mut seen = std::collections::BTreeSet::new();
        ask.headers.reverse();
        ask.headers.retain(|(name, _)| seen.insert(name.clone()));
        let reply = ask.v4().send(&server).await;
        assert_eq!(
            (reply.verdict().as_str(), reply.header("x-oss-ec")),
            ("400 InvalidArgument", ec)
        );
        assert_eq!(get(key).v4().send(&server).await.verdict(), "404 NoSuchKey");
    }
    // No URL is no callback.
    assert_eq!(upload("").v4().send(&server).await.status, 200);
}
