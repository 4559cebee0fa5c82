//! Connections that wait for their next request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use super::exchange::{Sending, Silence};

/// Idle connections are given up sooner than OSS does it, so that few requests meet a closed one.
const IDLE: Duration = Duration::from_secs(50);

/// How long a connection may take that should be ready: its last answer was read, and what is left to be done is
/// to notice that. One whose peer does not read what was sent would never be.
const MOMENT: Duration = Duration::from_millis(50);

/// The way into a connection.
pub(super) type Sender = SendRequest<Sending>;

/// A client's idle connections, by host and port. The one used last is used next, so that those that are
/// not needed any more grow old.
///
/// A connection lives in the Tokio runtime that opened it: only requests in that one take it, and it is
/// closed when the runtime ends.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    idle: BTreeMap<Arc<str>, Vec<Idle>>,
    /// Whether a task closes those that have grown old.
    is_swept: bool,
}

#[derive(Debug)]
struct Idle {
    line: Line,
    since: Instant,
}

/// What there is of a connection as long as it is open.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) sender: Sender,
    pub(super) silence: Silence,
    authority: Arc<str>,
    runtime: Id,
    /// What sends and receives.
    task: AbortHandle,
}

impl Line {
    async fn is_ready(&mut self) -> bool {
        if self.sender.is_ready() {
            return true;
        }
        match timeout(MOMENT, self.sender.ready()).await {
            Ok(ready) => ready.is_ok(),
            Err(_) => {
                self.task.abort();
                false
            }
        }
    }
}

/// A request that is not over. To drop it ends what sends it: that would go on to the end otherwise, and use what
/// it sends, with nobody there for the answer.
#[derive(Debug)]
struct Unfinished(Option<AbortHandle>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// A connection in use. Whoever is done with it says so, or it is closed.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) line: Line,
    /// Whether it had a request before this one.
    pub(super) is_used: bool,
    pool: Arc<Pool>,
    unfinished: Unfinished,
}

impl Pool {
    /// A connection that waits and can be used at once, if there is one.
    pub(super) fn take_ready(self: &Arc<Self>, authority: &str) -> Option<Connection> {
        let line = self.pop(authority, |line| line.sender.is_ready())?;
        Some(self.in_use(line, true))
    }

    /// A connection that waits, if there is one.
    pub(super) async fn take(self: &Arc<Self>, authority: &str) -> Option<Connection> {
        loop {
            let mut line = self.pop(authority, |_| true)?;
            // Not, if the peer has closed it.
            if line.is_ready().await {
                return Some(self.in_use(line, true));
            }
        }
    }

    /// A connection just made in this runtime, on which nothing may be silent for longer than `limit`.
    pub(super) fn add(
        self: &Arc<Self>,
        authority: &str,
        (sender, task): (Sender, AbortHandle),
        limit: Duration,
    ) -> Connection {
        let (authority, runtime) = (authority.into(), Handle::current().id());
        let line = Line { sender, silence: Silence::new(limit), authority, runtime, task };
        self.in_use(line, false)
    }

    fn in_use(self: &Arc<Self>, line: Line, is_used: bool) -> Connection {
        let unfinished = Unfinished(Some(line.task.clone()));
        Connection { line, is_used, pool: Arc::clone(self), unfinished }
    }

    /// The one used last of those that are `fit`.
    fn pop(&self, authority: &str, fit: impl Fn(&Line) -> bool) -> Option<Line> {
        let here = Handle::try_current().ok()?.id();
        let mut kept = self.kept();
        let idle = kept.idle.get_mut(authority)?;
        let is_fit = |idle: &Idle| idle.line.runtime == here && fit(&idle.line);
        let last = idle.iter().rposition(is_fit)?;
        if idle.get(last)?.since.elapsed() < IDLE {
            return Some(idle.remove(last).line);
        }
        // Those before it have waited longer.
        idle.drain(..=last);
        None
    }

    fn put(self: &Arc<Self>, line: Line) {
        let key = Arc::clone(&line.authority);
        let idle = Idle { line, since: Instant::now() };
        let is_swept = {
            let mut kept = self.kept();
            kept.idle.entry(key).or_default().push(idle);
            std::mem::replace(&mut kept.is_swept, true)
        };
        if !is_swept {
            // In a runtime that is about to end, or outside of one, it is dropped at once.
            let sweeper = Sweeper(Arc::downgrade(self));
            if let Ok(runtime) = Handle::try_current() {
                runtime.spawn(sweeper.run());
            }
        }
    }

    /// Closes what has grown old, and tells whether anything is left.
    fn sweep(&self) -> bool {
        let mut kept = self.kept();
        kept.idle.retain(|_, idle| {
            idle.retain(|idle| idle.since.elapsed() < IDLE && !idle.line.sender.is_closed());
            !idle.is_empty()
        });
        kept.is_swept = !kept.idle.is_empty();
        kept.is_swept
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Lets it wait for another request. It need not be fit for one: that shows when it is taken.
    pub(super) fn give_back(mut self) {
        self.unfinished.0 = None;
        self.pool.put(self.line);
    }
}

/// Closes old connections for as long as there are any. There is one, in the runtime that was there first.
struct Sweeper(Weak<Pool>);

impl Sweeper {
    async fn run(mut self) {
        loop {
            tokio::time::sleep(IDLE).await;
            if !self.0.upgrade().is_some_and(|pool| pool.sweep()) {
                // There may be another one by now.
                self.0 = Weak::new();
                return;
            }
        }
    }
}

/// Its runtime ends.
impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.kept().is_swept = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    use super::super::{HyperTransport, Timeouts, Transport};
    use super::*;
    use crate::{Body, Scheme};

    const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

    struct Server {
        url: String,
        transport: HyperTransport,
        /// How many requests came on each connection.
        counts: JoinHandle<Vec<usize>>,
    }

    /// A server that gives these answers, and closes a connection after `each` of them.
    async fn serve<const N: usize>(answers: [&'static str; N], each: usize) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/key", listener.local_addr().unwrap());
        let mut answers = answers.into_iter().peekable();
        let counts = tokio::spawn(async move {
            let mut counts = Vec::new();
            while answers.peek().is_some() {
                let (mut stream, _) = listener.accept().await.unwrap();
                counts.push(0);
                for answer in answers.by_ref().take(each) {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            // The client went away: this connection has seen its last.
                            Err(_) => return counts,
                        }
                    }
                    *counts.last_mut().unwrap() += 1;
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
            counts
        });
        let second = Duration::from_secs(5);
        let timeouts = Timeouts { connect: second, read: second };
        Server { url, transport: HyperTransport::direct(Scheme::Http, timeouts), counts }
    }

    impl Server {
        async fn ask(&self, body: Body) -> Body {
            let request = http::Request::put(&self.url).header("host", "test").body(body).unwrap();
            self.transport.send(request).await.unwrap().into_body()
        }
    }

    #[tokio::test]
    async fn requests_that_follow_each_other_share_a_connection() {
        let server = serve([EMPTY, HELLO, HELLO, EMPTY], 4).await;
        assert!(server.ask(Body::empty()).await.is_end_stream());
        let mut read = server.ask(Body::empty()).await;
        assert_eq!(read.chunk().await.unwrap().unwrap(), "hello");
        drop(server.ask(Body::empty()).await);
        // It was given back at the end, not when what was read is dropped.
        server.ask(Body::empty()).await;
        assert_eq!(server.counts.await.unwrap(), [4]);
        drop(read);
    }

    #[tokio::test]
    async fn requests_at_the_same_time_have_a_connection_each() {
        let server = serve([HELLO, HELLO], 1).await;
        let first = server.ask(Body::empty()).await;
        let second = server.ask(Body::empty()).await;
        assert_eq!(server.counts.await.unwrap(), [1, 1]);
        drop((first, second));
    }

    #[tokio::test]
    async fn a_connection_that_the_peer_closed_is_replaced() {
        let server = serve([EMPTY, EMPTY, EMPTY], 1).await;
        for _ in 0..3 {
            server.ask(Body::empty()).await;
        }
        assert_eq!(server.counts.await.unwrap(), [1, 1, 1]);
    }

    #[tokio::test]
    async fn a_connection_that_still_sends_waits_for_nothing() {
        /// A body that never comes.
        #[derive(Debug)]
        struct Never;
        impl http_body::Body for Never {
            type Data = bytes::Bytes;
            type Error = crate::TransportError;
            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>>
            {
                std::task::Poll::Pending
            }
        }
        let server = serve([EMPTY, EMPTY], 1).await;
        server.ask(Body::stream(Never)).await;
        server.ask(Body::empty()).await;
        assert_eq!(server.counts.await.unwrap(), [1, 1]);
    }

    /// A server that answers before it has read the body, and then does `then` with each connection.
    async fn early<F: Future<Output = usize> + Send + 'static>(
        then: fn(tokio::net::TcpStream) -> F,
    ) -> (String, JoinHandle<Vec<JoinHandle<usize>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/key", listener.local_addr().unwrap());
        let connections = tokio::spawn(async move {
            let mut connections = Vec::new();
            while connections.len() < 2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                stream.write_all(EMPTY.as_bytes()).await.unwrap();
                connections.push(tokio::spawn(then(stream)));
            }
            connections
        });
        (url, connections)
    }

    const LARGE: usize = 64 << 20;

    /// So many pieces of a MiB.
    #[derive(Debug)]
    struct Pieces(usize);

    impl http_body::Body for Pieces {
        type Data = bytes::Bytes;
        type Error = crate::TransportError;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
            self.0 = match self.0.checked_sub(1) {
                None => return std::task::Poll::Ready(None),
                Some(left) => left,
            };
            std::task::Poll::Ready(Some(Ok(http_body::Frame::data(vec![0; 1 << 20].into()))))
        }
    }

    async fn put_large_and_then_nothing(url: &str, large: Body) {
        let second = Duration::from_secs(5);
        let timeouts = Timeouts { connect: second, read: second };
        let transport = HyperTransport::direct(Scheme::Http, timeouts);
        for body in [large, Body::empty()] {
            let request = http::Request::put(url).header("host", "test").body(body).unwrap();
            let answer = transport.send(request).await.unwrap();
            assert_eq!(answer.status(), 200);
        }
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_what_was_sent_keeps_nobody_waiting() {
        let (url, connections) = early(|stream| async move {
            std::future::pending::<()>().await;
            drop(stream);
            0
        })
        .await;
        // As one piece it is taken at once, though not sent.
        put_large_and_then_nothing(&url, bytes::Bytes::from(vec![0; LARGE]).into()).await;
        assert_eq!(connections.await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn what_was_answered_early_is_not_sent_to_its_end() {
        let (url, connections) = early(|mut stream| async move {
            let mut all = Vec::new();
            drop(stream.read_to_end(&mut all).await);
            all.len()
        })
        .await;
        put_large_and_then_nothing(&url, Body::stream(Pieces(LARGE >> 20))).await;
        let first = connections.await.unwrap().remove(0);
        let read = first.await.unwrap();
        assert!(read < LARGE, "{read}");
    }

    #[tokio::test]
    async fn a_connection_that_waited_for_long_is_not_used() {
        let server = serve([EMPTY, EMPTY], 2).await;
        server.ask(Body::empty()).await;
        tokio::time::pause();
        tokio::time::advance(IDLE).await;
        tokio::time::resume();
        let pool = &server.transport.pool;
        assert!(pool.take_ready(server.url.split('/').nth(2).unwrap()).is_none());
        assert!(!pool.sweep(), "nothing is left");
        // The server's connection ended with one request on it.
        assert_eq!(server.counts.await.unwrap(), [1]);
    }

    #[test]
    fn a_runtime_takes_no_connection_of_another() {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let serving = runtime();
        let Server { url, transport, counts } = serving.block_on(serve([EMPTY, EMPTY], 1));
        let counts = std::thread::spawn(move || serving.block_on(counts).unwrap());
        // The first is there still when the second sends, and nobody drives what lives in it.
        let runtimes = [runtime(), runtime()];
        for runtime in &runtimes {
            let request = http::Request::put(&url).header("host", "test").body(Body::empty());
            runtime.block_on(transport.send(request.unwrap())).unwrap();
        }
        assert_eq!(counts.join().unwrap(), [1, 1]);
    }

    #[test]
    fn a_runtime_that_ends_takes_its_connections_and_its_sweeper_along() {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let serving = runtime();
        let server = serving.block_on(serve([HELLO, HELLO, HELLO], 1));
        std::thread::scope(|scope| {
            let Server { url, transport, counts } = server;
            let counts = scope.spawn(move || serving.block_on(counts).unwrap());
            let ask = |runtime: &tokio::runtime::Runtime| {
                let request = http::Request::put(&url).header("host", "test");
                let sent = transport.send(request.body(Body::empty()).unwrap());
                runtime.block_on(sent).unwrap().into_body()
            };
            for _ in 0..2 {
                let runtime = runtime();
                let unread = ask(&runtime);
                runtime.block_on(async move { drop(unread) });
                assert!(transport.pool.kept().is_swept);
                drop(runtime);
                assert!(!transport.pool.kept().is_swept);
            }
            let runtime = runtime();
            let unread = ask(&runtime);
            runtime.spawn(async move {
                std::future::pending::<()>().await;
                drop(unread);
            });
            drop(runtime);
            assert!(!transport.pool.kept().is_swept);
            assert_eq!(counts.join().unwrap(), [1, 1, 1]);
        });
    }
}
