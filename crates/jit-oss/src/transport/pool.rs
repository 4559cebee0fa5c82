//! Connections that wait for their next request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

use super::exchange::{Sending, Silence};

/// Idle connections are given up sooner than OSS does it, so that few requests meet a closed one.
const IDLE: Duration = Duration::from_secs(50);

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
    idle: HashMap<Arc<str>, Vec<Idle>>,
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
}

/// A connection in use. Whoever is done with it says so, or it is closed.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) line: Line,
    /// Whether it had a request before this one.
    pub(super) is_used: bool,
    pool: Arc<Pool>,
}

impl Pool {
    /// A connection that waits, if there is one.
    pub(super) async fn take(self: &Arc<Self>, authority: &str) -> Option<Connection> {
        loop {
            let mut line = self.pop(authority)?;
            // The last answer was read, so this takes a moment; unless the peer has closed it.
            if line.sender.ready().await.is_ok() {
                return Some(Connection { line, is_used: true, pool: self.clone() });
            }
        }
    }

    /// A connection just made in this runtime, on which nothing may be silent for longer than `limit`.
    pub(super) fn add(
        self: &Arc<Self>,
        authority: &str,
        sender: Sender,
        limit: Duration,
    ) -> Connection {
        let (authority, runtime) = (authority.into(), Handle::current().id());
        let line = Line { sender, silence: Silence::new(limit), authority, runtime };
        Connection { line, is_used: false, pool: self.clone() }
    }

    fn pop(&self, authority: &str) -> Option<Line> {
        let here = Handle::try_current().ok()?.id();
        let mut kept = self.kept();
        let idle = kept.idle.get_mut(authority)?;
        let last = idle.iter().rposition(|idle| idle.line.runtime == here)?;
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
        !kept.idle.is_empty()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Lets it wait for another request. It need not be fit for one: that shows when it is taken.
    pub(super) fn give_back(self) {
        self.pool.put(self.line);
    }
}

/// Closes old connections for as long as there are any. There is one, in the runtime that was there first.
struct Sweeper(Weak<Pool>);

impl Sweeper {
    async fn run(self) {
        loop {
            tokio::time::sleep(IDLE).await;
            if !self.0.upgrade().is_some_and(|pool| pool.sweep()) {
                return;
            }
        }
    }
}

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

    #[tokio::test]
    async fn a_connection_that_waited_for_long_is_not_used() {
        let server = serve([EMPTY, EMPTY], 2).await;
        server.ask(Body::empty()).await;
        tokio::time::pause();
        tokio::time::advance(IDLE).await;
        tokio::time::resume();
        let pool = &server.transport.pool;
        assert!(pool.pop(server.url.split('/').nth(2).unwrap()).is_none());
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
