//! A server that does nothing but speak HTTP: it takes any body, and answers with what a client checks.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jit_oss::crc64::Crc64;
use tokio::net::TcpListener;

use crate::Result;

/// Large bodies are made of pieces of this size, all alike.
const PIECE: usize = 256 * 1024;

/// The contents of every body of a size: the same byte again and again would be easy on nothing.
pub(crate) fn payload(size: usize) -> Bytes {
    (0..size).map(|at| (at % 251) as u8).collect()
}

/// A body of any size, which takes no more memory than a piece.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    piece: Bytes,
    left: u64,
}

impl Pieces {
    pub(crate) fn new(size: u64) -> Self {
        let piece = payload(usize::try_from(size).unwrap_or(PIECE).min(PIECE));
        Self { piece, left: size }
    }

    pub(crate) fn empty() -> Self {
        Self { piece: Bytes::new(), left: 0 }
    }

    fn crc(&self) -> u64 {
        let mut crc = Crc64::new();
        let mut left = self.left;
        while left > 0 {
            let next = self.piece.len().min(usize::try_from(left).unwrap_or(PIECE));
            crc.update(self.piece.get(..next).unwrap_or_default());
            left -= next as u64;
        }
        crc.value()
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let next = self.piece.len().min(usize::try_from(self.left).unwrap_or(PIECE));
        self.left -= next as u64;
        Poll::Ready(Some(Ok(Frame::data(self.piece.slice(..next)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Serves until standard input ends, and says on standard output where.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        tokio::pin!(end);
        loop {
            let stream = tokio::select! {
                stream = listener.accept() => stream?.0,
                _ = &mut end => return Ok(()),
            };
            stream.set_nodelay(true)?;
            let connection = http1::Builder::new();
            let served = connection.serve_connection(TokioIo::new(stream), service_fn(answer));
            // A client that has gone is of no interest.
            tokio::spawn(async move { drop(served.await) });
        }
    })
}

/// The last part of a path is the size of the object.
async fn answer(request: Request<Incoming>) -> Result<Response<Pieces>> {
    let size: u64 = request.uri().path().rsplit('/').next().unwrap_or_default().parse()?;
    let is_get = request.method() == Method::GET;
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        drop(frame?);
    }
    let (object, checksum) = object(size);
    let answer = Response::builder()
        .header("x-oss-request-id", "65F0A1C2D3E4F5061728394A")
        .header("etag", "\"D41D8CD98F00B204E9800998ECF8427E\"")
        .header("x-oss-hash-crc64ecma", checksum);
    Ok(answer.body(if is_get { object } else { Pieces::empty() })?)
}

/// Made once for each size, with its checksum, as the clients' time is what is measured.
fn object(size: u64) -> (Pieces, u64) {
    static KNOWN: Mutex<BTreeMap<u64, (Pieces, u64)>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(size).or_insert_with(|| {
        let object = Pieces::new(size);
        let checksum = object.crc();
        (object, checksum)
    });
    made.clone()
}

/// A neutral server in a process of its own, so that its time is not counted.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("neutral").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or("the server has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self { process, address: address.trim().to_owned() })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

#[cfg(test)]
mod tests {
    use jit_oss::crc64;

    use super::*;

    #[test]
    fn pieces_are_what_the_payload_is() {
        let size = 1024;
        assert_eq!(Pieces::new(size as u64).crc(), crc64::of(&payload(size)));
        let whole: Bytes = [payload(PIECE), payload(PIECE).slice(..7)].concat().into();
        assert_eq!(Pieces::new(PIECE as u64 + 7).crc(), crc64::of(&whole));
    }
}
