//! Requests as bytes, signed beforehand, and a client that takes as little time as can be: it shares the machine with
//! what is measured.

use bytes::Bytes;
use jit_oss::sign::{self, v4};
use jit_oss::{Credentials, Timestamp, escape};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Result;

pub(crate) const KEY_ID: &str = "LTAI5tBenchmarkKeyId0000";
pub(crate) const KEY_SECRET: &str = "benchmark-key-secret-000000000";

/// A request, signed with V4, its body without an end of its own.
pub(crate) fn request(
    method: &str,
    bucket: &str,
    key: &str,
    query: &[(&str, &str)],
    body: &[u8],
) -> Bytes {
    let credentials = Credentials::new(KEY_ID, KEY_SECRET);
    let time = Timestamp::now();
    let signing_key = v4::SigningKey::of_day(KEY_SECRET, time, "cn-hangzhou", "oss");
    let context =
        v4::Context { credentials: &credentials, key: &signing_key, time, additional_headers: &[] };
    let headers = [("content-type", "application/octet-stream")];
    let request = sign::Request {
        method,
        bucket: Some(bucket),
        key: Some(key).filter(|key| !key.is_empty()),
        query,
        headers: &headers,
    };
    let signed = v4::sign_header(&request, &context, None);
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{}={}", escape::query(name), escape::query(value)))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let mut text = format!(
        "{method} /{bucket}/{}{mark}{} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {}\r\n",
        escape::path(key),
        query.join("&"),
        body.len()
    );
    for (name, value) in headers.into_iter().chain(signed.added()) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat().into()
}

/// A connection, kept between requests.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 256 << 10] })
    }

    /// Sends, and reads the answer, which must be 200. How long its body is.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<u64> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let (end, length) = loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(room).await?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            filled += read;
            let found = self.buffer.get(..filled).unwrap_or_default();
            if let Some(head) = head(found)? {
                break head;
            }
        };
        let mut left = length.saturating_sub((filled - end) as u64);
        while left > 0 {
            let read = self.stream.read(&mut self.buffer).await? as u64;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            left = left.saturating_sub(read);
        }
        Ok(length)
    }
}

/// Where the head of an answer ends, and the length of its body.
fn head(data: &[u8]) -> Result<Option<(usize, u64)>> {
    let Some(at) = data.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, rest) = data.split_at(at);
    let head = std::str::from_utf8(head)?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(format!("{head}\n{}", String::from_utf8_lossy(rest)).into());
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    Ok(Some((at + 4, length.map_or(Ok(0), |(_, value)| value.trim().parse())?)))
}

/// Sends `count` requests over so many connections, each made of its number.
pub(crate) async fn run(
    address: &str,
    connections: u32,
    count: u32,
    request: impl Fn(u32) -> Bytes + Clone + Send + 'static,
) -> Result<()> {
    let mut running = JoinSet::new();
    for first in 0..connections {
        let (address, request) = (address.to_owned(), request.clone());
        running.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            for number in (first..count).step_by(connections as usize) {
                connection.exchange(&request(number)).await?;
            }
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}
