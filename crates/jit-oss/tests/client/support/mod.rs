//! A peer that reads one request and answers with fixed bytes, and a client for it.

pub(crate) mod scripted;

use jit_oss::{Bucket, Client, Config, Credentials, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "hush-secret";
pub(crate) const TOKEN: &str = "hush-token";

pub(crate) fn config(endpoint: &str) -> Config {
    let credentials = Credentials::new("key-id", SECRET).with_security_token(TOKEN);
    Config::new(endpoint.parse().unwrap(), credentials)
        .with_region("cn-hangzhou")
        .with_retry(RetryPolicy::never())
}

pub(crate) async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    (listener, endpoint)
}

pub(crate) fn bucket(endpoint: &str) -> Bucket {
    Client::new(config(endpoint)).unwrap().bucket("bkt").unwrap()
}

/// Reads one request, body included, as the bytes that arrived.
pub(crate) async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        text.extend_from_slice(&piece[..read]);
        let so_far = String::from_utf8_lossy(&text);
        if let Some((head, body)) = so_far.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                return so_far.into_owned();
            }
        }
        assert!(read > 0, "the client closed early");
    }
}

/// Answers one connection's one request with `reply`, then closes; gives what was asked.
pub(crate) async fn serve_once(reply: impl Into<Vec<u8>>) -> (Bucket, JoinHandle<String>) {
    let (listener, endpoint) = listener().await;
    let reply = reply.into();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(&reply).await.unwrap();
        request
    });
    (bucket(&endpoint), server)
}
