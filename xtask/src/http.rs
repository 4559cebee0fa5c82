//! Plain HTTP over a socket. The request-target goes out as it stands: the usual clients collapse `a/../b`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::Result;

const TIMEOUT: Option<Duration> = Some(Duration::from_secs(20));

/// Sends a request to the server at `address`, whatever the URL calls it: names below `localhost` are not known to
/// every system's resolver. Status and body.
pub(crate) fn send(
    address: &str,
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<(u16, Vec<u8>)> {
    let rest = url.strip_prefix("http://").ok_or("the URL is not http://")?;
    let slash = rest.find('/').ok_or("the URL has no path")?;
    let (host, target) = rest.split_at(slash);
    if target.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err("the URL has characters that no URL has".into());
    }
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
    head += "Connection: close\r\n";
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(TIMEOUT)?;
    stream.set_write_timeout(TIMEOUT)?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    // Not to its end: there are servers that do not close it.
    let mut piece = [0; 16 << 10];
    loop {
        let read = stream.read(&mut piece)?;
        answer.extend_from_slice(piece.get(..read).unwrap_or_default());
        match parse(&answer) {
            Some(whole) => return Ok(whole),
            None if read == 0 => return Err("the answer is no complete HTTP/1.1".into()),
            None => {}
        }
    }
}

/// Status and body of an answer that has a length.
fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end.checked_add(4)?)?;
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    let length: usize = length.1.trim().parse().ok()?;
    (body.len() == length).then(|| (status, body.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let cases = [
            (
                "whole",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                Some((200, b"ok".to_vec())),
            ),
            ("empty", "HTTP/1.1 403 F\r\ncontent-length:0\r\n\r\n", Some((403, Vec::new()))),
            ("cut", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", None),
            ("no length", "HTTP/1.1 200 OK\r\n\r\nok", None),
            ("no head", "HTTP/1.1 200 OK\r\n", None),
            ("not HTTP", "hello\r\n\r\n", None),
        ];
        for (name, answer, expected) in cases {
            assert_eq!(parse(answer.as_bytes()), expected, "{name}");
        }
    }
}
