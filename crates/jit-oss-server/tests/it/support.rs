//! A client that writes what it is told, byte for byte, and signs with `jit_oss::sign`.

use std::net::SocketAddr;

use jit_oss::sign::{self, v1, v4};
use jit_oss::{Credentials, Timestamp, escape};
use jit_oss_server::{OssServer, OssServerBuilder};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const BUCKET: &str = "my-bucket";
pub(crate) const REGION: &str = "cn-hangzhou";

pub(crate) fn credentials() -> Credentials {
    Credentials::new("test-id", "test-secret")
}

pub(crate) fn builder() -> OssServerBuilder {
    OssServer::builder().bucket(BUCKET).credentials(credentials())
}

/// A server in memory and one on disk, with what keeps the directory.
pub(crate) async fn both() -> (tempfile::TempDir, [OssServer; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let memory = builder().start().await.unwrap();
    let disk = builder().data(directory.path()).start().await.unwrap();
    (directory, [memory, disk])
}

/// What is meant, before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    pub(crate) time: Timestamp,
    pub(crate) additional: Vec<&'static str>,
}

/// A request as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer as it came in.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Everything that came, head included.
    pub(crate) raw: Vec<u8>,
}

pub(crate) fn ask(method: &'static str, key: &str) -> Ask {
    Ask {
        method,
        bucket: Some(BUCKET.to_owned()),
        key: (!key.is_empty()).then(|| key.to_owned()),
        query: Vec::new(),
        headers: Vec::new(),
        body: Vec::new(),
        credentials: credentials(),
        region: REGION.to_owned(),
        time: Timestamp::now(),
        additional: Vec::new(),
    }
}

pub(crate) fn put(key: &str, body: impl Into<Vec<u8>>) -> Ask {
    Ask { body: body.into(), ..ask("PUT", key) }
}

pub(crate) fn get(key: &str) -> Ask {
    ask("GET", key)
}

impl Ask {
    pub(crate) fn bucket(mut self, bucket: &str) -> Self {
        self.bucket = (!bucket.is_empty()).then(|| bucket.to_owned());
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn at(mut self, time: Timestamp) -> Self {
        self.time = time;
        self
    }

    fn signed(
        &self,
        sign: impl FnOnce(&sign::Request<'_>) -> sign::Signed,
    ) -> Vec<(String, String)> {
        let query: Vec<_> = self.query.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let headers: Vec<_> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let added = sign(&sign::Request {
            method: self.method,
            bucket: self.bucket.as_deref(),
            key: self.key.as_deref(),
            query: &query,
            headers: &headers,
        });
        added.added().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn with_context<T>(&self, sign: impl FnOnce(&v4::Context<'_>) -> T) -> T {
        let secret = self.credentials.access_key_secret().expose_secret();
        sign(&v4::Context {
            credentials: &self.credentials,
            key: &v4::SigningKey::of_day(secret, self.time, &self.region, "oss"),
            time: self.time,
            additional_headers: &self.additional,
        })
    }

    /// Signed by header in V4, in path style.
    pub(crate) fn v4(self) -> Wire {
        let added = self
            .signed(|request| self.with_context(|context| v4::sign_header(request, context, None)));
        self.wire(added, Vec::new())
    }

    /// Presigned in V4, in path style.
    pub(crate) fn v4_url(self, expires: u64) -> Wire {
        let added = self.signed(|request| {
            self.with_context(|context| v4::presign(request, context, expires, None))
        });
        self.wire(Vec::new(), added)
    }

    /// Signed by header in V1, in path style.
    pub(crate) fn v1(self) -> Wire {
        let added =
            self.signed(|request| v1::sign_header(request, &self.credentials, self.time, None));
        self.wire(added, Vec::new())
    }

    /// Presigned in V1, in path style.
    pub(crate) fn v1_url(self, expires: u64) -> Wire {
        let added = self
            .signed(|request| v1::presign(request, &self.credentials, self.time, expires, None));
        self.wire(Vec::new(), added)
    }

    /// Not signed.
    pub(crate) fn unsigned(self) -> Wire {
        self.wire(Vec::new(), Vec::new())
    }

    fn wire(self, headers: Vec<(String, String)>, query: Vec<(String, String)>) -> Wire {
        let path = match (&self.bucket, &self.key) {
            (Some(bucket), key) => {
                format!("/{bucket}/{}", escape::path(key.as_deref().unwrap_or_default()))
            }
            (None, _) => "/".to_owned(),
        };
        let pairs = self.query.iter().chain(&query).map(|(name, value)| {
            let (name, value) = (escape::query(name), escape::query(value));
            if value.is_empty() { name } else { format!("{name}={value}") }
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        let headers = self.headers.into_iter().chain(headers).collect();
        Wire { method: self.method.to_owned(), target, headers, body: self.body }
    }
}

impl Wire {
    /// Replaces a header, or adds it.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a header out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    /// For another path and query.
    pub(crate) fn target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The same request in virtual-host style, for the host `BUCKET.suffix`.
    pub(crate) fn virtual_host(mut self, suffix: &str) -> Self {
        let bare = self.target.strip_prefix(&format!("/{BUCKET}")).unwrap().to_owned();
        self.target = bare;
        self.set("host", &format!("{BUCKET}.{suffix}"))
    }

    /// The head, with `Host` and, unless there is a `Transfer-Encoding`, `Content-Length`.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", self.method, self.target);
        let has = |name: &str| self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        if !has("host") {
            head.push_str("host: 127.0.0.1\r\n");
        }
        let sends = !self.body.is_empty() || self.method == "PUT" || self.method == "POST";
        if sends && !has("content-length") && !has("transfer-encoding") {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    /// Sends it and reads the answer until the connection is closed.
    pub(crate) async fn send(&self, to: &OssServer) -> Reply {
        self.send_to(to.address()).await
    }

    pub(crate) async fn send_to(&self, address: SocketAddr) -> Reply {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(self.head().as_bytes()).await.unwrap();
        stream.write_all(&self.body).await.unwrap();
        read_reply(stream).await
    }
}

/// Reads until the connection is closed. Nothing at all gives status 0.
pub(crate) async fn read_reply(mut stream: TcpStream) -> Reply {
    let mut raw = Vec::new();
    // A connection that is cut may end with an error.
    drop(stream.read_to_end(&mut raw).await);
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = match end {
        Some(end) => (String::from_utf8_lossy(&raw[..end]).into_owned(), raw[end + 4..].to_vec()),
        None => (String::new(), Vec::new()),
    };
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default();
    let headers = lines.filter_map(|line| line.split_once(": "));
    Reply {
        status: status.parse().unwrap_or_default(),
        headers: headers.map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect(),
        body,
        raw,
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of this name, still escaped.
    pub(crate) fn element(&self, name: &str) -> String {
        elements(&self.text(), name).into_iter().next().unwrap_or_default()
    }

    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        elements(&self.text(), name)
    }

    /// Status and error code in one.
    pub(crate) fn verdict(&self) -> String {
        let code = self.element("Code");
        if code.is_empty() { self.status.to_string() } else { format!("{} {code}", self.status) }
    }
}

pub(crate) fn elements(text: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = text.split(&open).skip(1);
    parts.filter_map(|part| part.split(&close).next()).map(str::to_owned).collect()
}

/// How many files of content a data directory has.
pub(crate) fn blobs(directory: &std::path::Path) -> usize {
    let folders = std::fs::read_dir(directory.join("blobs")).unwrap();
    folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}
