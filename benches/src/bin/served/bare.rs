//! The limit: a handler that keeps bytes and gives them back, and knows nothing of OSS.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Result;

type Objects = Mutex<HashMap<String, VecDeque<Bytes>>>;

/// Serves on the current runtime for as long as it lasts, and says where.
pub(crate) async fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let objects: Arc<Objects> = Arc::default();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream.set_nodelay(true));
            let objects = Arc::clone(&objects);
            let service = service_fn(move |request| answer(Arc::clone(&objects), request));
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A client that has gone is of no interest.
            tokio::spawn(async move { drop(served.await) });
        }
    });
    Ok(address)
}

async fn answer(objects: Arc<Objects>, request: Request<Incoming>) -> Result<Response<Chunks>> {
    let key = request.uri().path().to_owned();
    let found = if request.method() == Method::PUT {
        let mut body = request.into_body();
        let mut chunks = VecDeque::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                // As the server does: a small chunk may be a slice of a large buffer.
                chunks.push_back(Bytes::copy_from_slice(&data));
            }
        }
        objects.lock().unwrap_or_else(PoisonError::into_inner).insert(key, chunks);
        VecDeque::new()
    } else {
        let objects = objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.get(&key).cloned().unwrap_or_default()
    };
    Ok(Response::new(Chunks(found)))
}

/// A body of several pieces, of known length.
#[derive(Debug)]
struct Chunks(VecDeque<Bytes>);

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|data| data.len() as u64).sum())
    }
}
