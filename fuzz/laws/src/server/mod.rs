//! What holds for everything that the OSS server reads from the network: it answers, or hangs up on what is no HTTP; the
//! answer is none of failure, and tells no secret; and the next request is served.
#![expect(clippy::panic, reason = "so does a law that cannot be tried")]

mod policy;
mod request;
mod xml;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, PoisonError};

use jit_oss::Credentials;
use jit_oss_server::OssServer;
use tokio::runtime::Runtime;

pub use policy::oss_policy;
pub use request::oss_request;
pub use xml::oss_xml;

const BUCKET: &str = "my-bucket";
const KEY_ID: &str = "id-of-the-key";
/// No input has it.
const KEY_SECRET: &str = "hush-9d41-never-told";
/// A server keeps what it is sent, and is replaced after so many requests.
const REQUESTS: usize = 5000;

/// A server in memory.
struct Server {
    server: OssServer,
    served: usize,
    /// Serves for as long as it lives.
    _runtime: Runtime,
}

static STRICT: Mutex<Option<Server>> = Mutex::new(None);
static LENIENT: Mutex<Option<Server>> = Mutex::new(None);

/// Works with a server that checks signatures, or that serves everything.
fn with<T>(lenient: bool, work: impl FnOnce(&Server) -> T) -> T {
    let place = if lenient { &LENIENT } else { &STRICT };
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    let mut server = match place.take() {
        Some(server) if server.served < REQUESTS => server,
        _ => Server::start(lenient),
    };
    server.served += 1;
    work(place.insert(server))
}

impl Server {
    fn start(lenient: bool) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let keys = Credentials::new(KEY_ID, KEY_SECRET);
        let builder = OssServer::builder().bucket(BUCKET).credentials(keys);
        let builder = if lenient { builder.lenient() } else { builder };
        let server = runtime.block_on(builder.start());
        let server = server.unwrap_or_else(|error| panic!("no server: {error}"));
        Self { server, served: 0, _runtime: runtime }
    }

    /// Sends these bytes, and no more, and reads until the server hangs up.
    fn send(&self, data: &[u8]) -> Vec<u8> {
        let mut told = Vec::new();
        let exchange = TcpStream::connect(self.server.address()).and_then(|mut stream| {
            // Who is refused early may not be heard to the end.
            drop(stream.write_all(data));
            drop(stream.shutdown(Shutdown::Write));
            stream.read_to_end(&mut told)
        });
        drop(exchange);
        let is_told =
            |text: &[u8]| text.windows(KEY_SECRET.len()).any(|w| w == KEY_SECRET.as_bytes());
        assert!(!is_told(&told), "the secret is told: {:?}", String::from_utf8_lossy(&told));
        told
    }

    /// Sends a request that is well-formed but for its body, and reads the answer.
    fn ask(&self, method: &str, target: &str, kind: &str, body: &[u8]) -> Answer {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\
             content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let told = self.send(&[head.as_bytes(), body].concat());
        let answer = Answer::read(&told);
        let answer =
            answer.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&told)));
        answer.check();
        answer
    }

    /// The server goes on, and has written down nothing that it must not.
    fn check(&self) {
        let answer = self.ask("GET", "/-/health", "text/plain", b"");
        assert_eq!(answer.status, 200);
        let last = self.server.requests().into_iter().next_back();
        let shown = last.map(|record| record.text() + &record.json()).unwrap_or_default();
        assert!(!shown.contains(KEY_SECRET), "{shown}");
    }
}

/// An answer, its body not divided from what may follow.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// Reads the first answer; `None` for what is none.
    fn read(told: &[u8]) -> Option<Self> {
        let end = told.windows(4).position(|window| window == b"\r\n\r\n")?;
        let (head, body) = told.split_at_checked(end + 4)?;
        let status = std::str::from_utf8(head).ok()?.strip_prefix("HTTP/1.")?.get(2..5)?;
        match status.parse().ok()? {
            // Word that the body may come; the answer follows it, if the body does.
            100 => Self::read(body).or(Some(Self { status: 100, body: Vec::new() })),
            status => Some(Self { status, body: body.to_vec() }),
        }
    }

    /// Whatever is sent, it is not the server that fails.
    fn check(&self) {
        let shown = String::from_utf8_lossy(&self.body);
        assert!((100..500).contains(&self.status), "{}: {shown}", self.status);
    }
}
