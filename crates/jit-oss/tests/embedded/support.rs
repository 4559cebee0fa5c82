//! A server with a bucket, and a plain HTTP client for what is signed in the URL.

use jit_oss::{Bucket, Client, PresignedUrl};
use jit_oss_server::OssServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) async fn server() -> (OssServer, Bucket) {
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let bucket = Client::new(server.client_config()).unwrap().bucket("my-bucket").unwrap();
    (server, bucket)
}

/// Sends what a recipe says, byte for byte: status and body of the answer.
pub(crate) async fn follow(recipe: &PresignedUrl, body: &[u8]) -> (u16, Vec<u8>) {
    follow_without(recipe, "", body).await
}

/// Sends what a recipe says but for one header.
pub(crate) async fn follow_without(
    recipe: &PresignedUrl,
    left_out: &str,
    body: &[u8],
) -> (u16, Vec<u8>) {
    let (authority, target) =
        recipe.as_str().strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut head = format!("{} /{target} HTTP/1.1\r\nHost: {authority}\r\n", recipe.method());
    for (name, value) in recipe.headers().iter().filter(|(name, _)| name != left_out) {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
    (status, answer[end + 4..].to_vec())
}
