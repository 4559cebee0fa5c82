//! A transport that answers from a list, and a clock that moves only when somebody sleeps.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body::Frame;
use jit_oss::{
    Body, Bucket, Client, Config, RetryPolicy, Runtime, Timestamp, Transport, TransportError,
    TransportErrorKind,
};

/// 2023-12-16T16:20:57Z.
pub(crate) const NOW: i64 = 1_702_743_657;

pub(crate) type Reply = Result<http::Response<Body>, TransportError>;

/// An answer of OSS, which always has a request id; one to a write has an entity tag.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut all = headers.to_vec();
    for (name, value) in [("x-oss-request-id", "R1"), ("etag", "\"AB\"")] {
        if !headers.iter().any(|(known, _)| *known == name) {
            all.push((name, value));
        }
    }
    foreign(status, &all, body)
}

/// An answer of somebody else.
pub(crate) fn foreign(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut response = http::Response::builder().status(status);
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        response = response.header("content-length", body.len());
    }
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Body::from(Bytes::copy_from_slice(body.as_bytes()))).unwrap())
}

/// An OSS error answer.
pub(crate) fn refusal(status: u16, code: &str) -> Reply {
    let date = Timestamp::from_unix(NOW + 7200).http_date();
    let body = format!(
        "<Error><Code>{code}</Code><Message>{code} it is.</Message><RequestId>R1</RequestId>\
         <EC>0001-1</EC><StringToSign>hush-token</StringToSign></Error>"
    );
    reply(status, &[("date", &date)], &body)
}

pub(crate) fn broken(kind: TransportErrorKind) -> Reply {
    Err(TransportError::new(kind, "it broke"))
}

/// An answer that comes before the body is sent.
pub(crate) fn early(answer: Reply) -> Reply {
    answer.map(|mut answer| {
        answer.extensions_mut().insert(Early);
        answer
    })
}

#[derive(Clone)]
struct Early;

/// A body that breaks off after its pieces.
pub(crate) struct Cut(pub(crate) VecDeque<&'static str>);

impl http_body::Body for Cut {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Poll::Ready(Some(match self.0.pop_front() {
            Some(piece) => Ok(Frame::data(Bytes::from_static(piece.as_bytes()))),
            None => Err(TransportError::new(TransportErrorKind::Interrupted, "it broke")),
        }))
    }
}

/// A body of one letter every half second, without end.
pub(crate) struct Drip(Pin<Box<tokio::time::Sleep>>);

impl Drip {
    const PAUSE: Duration = Duration::from_millis(500);

    pub(crate) fn new() -> Self {
        Self(Box::pin(tokio::time::sleep(Self::PAUSE)))
    }
}

impl http_body::Body for Drip {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        std::task::ready!(self.0.as_mut().poll(cx));
        self.0 = Box::pin(tokio::time::sleep(Self::PAUSE));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"y")))))
    }
}

#[derive(Debug)]
pub(crate) struct Scripted {
    replies: Mutex<VecDeque<Reply>>,
    pub(crate) requests: Mutex<Vec<http::Request<Body>>>,
}

impl Scripted {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies = Mutex::new(replies.into_iter().collect());
        Self { replies, requests: Mutex::default() }
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: http::Request<Body>) -> Reply {
        let reply = self.replies.lock().unwrap().pop_front();
        let reply = reply.expect("one request more than the script has");
        let (head, mut body) = request.into_parts();
        let mut sent = Vec::new();
        let mut failed = None;
        // Without a connection nothing of the body is looked at.
        let connected = !matches!(&reply, Err(e) if e.kind() == TransportErrorKind::Connect);
        let is_early = reply.as_ref().is_ok_and(|it| it.extensions().get::<Early>().is_some());
        while connected && !is_early && failed.is_none() {
            match body.chunk().await {
                Ok(Some(piece)) => sent.extend_from_slice(&piece),
                Ok(None) => break,
                Err(error) => failed = Some(error),
            }
        }
        let sent = Body::from(Bytes::from(sent));
        self.requests.lock().unwrap().push(http::Request::from_parts(head, sent));
        failed.map_or(reply, Err)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Clock {
    pub(crate) slept: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Runtime for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(NOW).plus(self.elapsed().as_secs().try_into().unwrap())
    }

    fn elapsed(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }

    fn random(&self) -> f64 {
        0.5
    }

    async fn sleep(&self, pause: Duration) {
        self.slept.lock().unwrap().push(pause);
    }
}

pub(crate) struct Scene {
    pub(crate) bucket: Bucket,
    pub(crate) transport: Arc<Scripted>,
    pub(crate) clock: Arc<Clock>,
}

impl Scene {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let config = super::config("http://oss.example.com").with_retry(RetryPolicy::default());
        Self::with(config, replies)
    }

    pub(crate) fn with(config: Config, replies: impl IntoIterator<Item = Reply>) -> Self {
        let transport = Arc::new(Scripted::new(replies));
        let clock = Arc::new(Clock::default());
        let client =
            Client::with_transport_and_runtime(config, transport.clone(), clock.clone()).unwrap();
        Self { bucket: client.bucket("bkt").unwrap(), transport, clock }
    }

    pub(crate) fn attempts(&self) -> usize {
        self.transport.requests.lock().unwrap().len()
    }

    pub(crate) fn slept_millis(&self) -> Vec<u128> {
        self.clock.slept.lock().unwrap().iter().map(Duration::as_millis).collect()
    }

    /// Method and target of each request, in order: `PUT /k?partNumber=1`.
    pub(crate) fn targets(&self) -> Vec<String> {
        let requests = self.transport.requests.lock().unwrap();
        let target = |request: &http::Request<Body>| {
            format!("{} {}", request.method(), request.uri().path_and_query().unwrap())
        };
        requests.iter().map(target).collect()
    }

    /// The body of each request, in order, as text.
    pub(crate) async fn bodies(&self) -> Vec<String> {
        let requests = std::mem::take(&mut *self.transport.requests.lock().unwrap());
        let mut bodies = Vec::new();
        for request in requests {
            let mut body = request.into_body();
            let bytes = body.chunk().await.unwrap().unwrap_or_default();
            bodies.push(String::from_utf8(bytes.to_vec()).unwrap());
        }
        bodies
    }

    pub(crate) fn methods(&self) -> Vec<String> {
        let requests = self.transport.requests.lock().unwrap();
        requests.iter().map(|request| request.method().to_string()).collect()
    }

    /// A header of each request, in order.
    pub(crate) fn sent(&self, header: &str) -> Vec<String> {
        let requests = self.transport.requests.lock().unwrap();
        let value = |request: &http::Request<Body>| {
            request.headers().get(header).map(|v| v.to_str().unwrap().to_owned())
        };
        requests.iter().map(|request| value(request).unwrap_or_default()).collect()
    }
}
