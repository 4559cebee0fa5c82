//! Starting a server, knowing where it is, and stopping it.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jit_oss::{BucketName, Config, Credentials, CredentialsError, Endpoint, NameError, Timestamp};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::auth::Verifier;
use crate::console::Console;
use crate::fault::Faults;
use crate::record::{Records, RequestRecord};
use crate::store::index::Change;
use crate::store::version::{Acl, Properties};
use crate::store::{Durability, OpenError, Store};

/// How many connections are served at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;
/// How long a graceful end waits for requests in progress.
const GRACE: Duration = Duration::from_secs(10);

/// How long an archived object takes to be restored, unless told: what the service needs for `Archive`.
const RESTORE_TIME: Duration = Duration::from_secs(60);

/// How long to wait before the data directory's lock is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) verifier: Verifier,
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) records: Records,
    /// How long an archived object takes to be restored.
    pub(crate) restore_seconds: i64,
    /// Whether the control pages answer.
    pub(crate) control: bool,
    /// The pages for people, if there are any.
    pub(crate) console: Option<Console>,
    /// Whether requests with wrong signatures are served.
    pub(crate) lenient: bool,
    /// Hosts that uploads may have called back.
    pub(crate) callback_hosts: Vec<String>,
    pub(crate) observer: Observer,
}

/// Who hears of each request.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(&RequestRecord) + Send + Sync;

impl Observer {
    pub(crate) fn tell(&self, record: &RequestRecord) {
        if let Some(observe) = &self.0 {
            observe(record);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}

impl State {
    /// What this server's clock says.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now().plus(self.faults.skew())
    }
}

/// A running server. Dropping it stops it at once; [`shutdown`](Self::shutdown) waits for requests in
/// progress.
pub struct OssServer {
    state: Arc<State>,
    address: SocketAddr,
    endpoint: Endpoint,
    warnings: Vec<String>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What a server is to be like. Made by [`OssServer::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `start`"]
pub struct OssServerBuilder {
    region: String,
    buckets: Vec<String>,
    credentials: Option<Credentials>,
    listen: SocketAddr,
    data: Option<PathBuf>,
    wait_for_lock: Duration,
    durability: Durability,
    restore_time: Duration,
    control: bool,
    console: bool,
    lenient: bool,
    callback_hosts: Vec<String>,
    observer: Observer,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on: the port is in use, or not this machine's.
    #[error(
        "cannot listen on {address}: {}; choose another address, or port 0 for any free port",
        told(source)
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A bucket's name breaks the rules.
    #[error("cannot make the bucket: {0}")]
    Bucket(#[from] NameError),
    /// The region is empty or has characters that no region has.
    #[error("`{0}` is not a region id; one looks like `cn-hangzhou`")]
    Region(String),
    /// The credentials are empty, or have characters that come with careless pasting.
    #[error("cannot use the credentials: {0}; {help}", help = .0.help())]
    Credentials(#[from] CredentialsError),
    /// Another server uses the data directory, and went on doing so for as long as this one was to wait.
    #[error(
        "the data directory {path} is in use by another server; stop that one or choose another directory"
    )]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// The data directory is of another version, or no data directory.
    #[error("cannot use {path} as data directory: {problem}; choose a new or empty directory")]
    Format {
        /// The data directory.
        path: PathBuf,
        /// What is not as expected.
        problem: String,
    },
    /// The data directory cannot be read or written.
    #[error(
        "cannot use the data directory, at {path}: {}; check that it is a writable directory",
        told(source)
    )]
    Data {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What the system said, without its number for it.
fn told(error: &io::Error) -> String {
    let text = error.to_string();
    match (error.raw_os_error(), text.rsplit_once(" (os error ")) {
        (Some(_), Some((words, _))) => words.to_owned(),
        _ => text,
    }
}

impl OssServer {
    /// A server in memory, on a free port of this machine only, for `cn-hangzhou`, with made-up
    /// credentials and no bucket; the builder changes any of this.
    pub fn builder() -> OssServerBuilder {
        OssServerBuilder {
            region: "cn-hangzhou".to_owned(),
            buckets: Vec::new(),
            credentials: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: None,
            wait_for_lock: Duration::ZERO,
            durability: Durability::default(),
            restore_time: RESTORE_TIME,
            control: false,
            console: false,
            lenient: false,
            callback_hosts: Vec::new(),
            observer: Observer::default(),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients find it: `http://IP:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// The region that V4 signatures must be for.
    #[must_use]
    pub fn region(&self) -> &str {
        self.state.verifier.region()
    }

    /// The one access key it knows.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.state.verifier.credentials()
    }

    /// What a client needs to use it.
    #[must_use]
    pub fn client_config(&self) -> Config {
        Config::new(self.endpoint(), self.credentials().clone()).with_region(self.region())
    }

    /// The variables that a configuration usually takes these from, for one of the buckets: `OSS_ENDPOINT`,
    /// `OSS_BUCKET`, `OSS_REGION`, `OSS_ACCESS_KEY_ID` and `OSS_ACCESS_KEY_SECRET`. The last value is the secret.
    #[must_use]
    pub fn variables(&self, bucket: &str) -> [(&'static str, String); 5] {
        let keys = self.credentials();
        [
            ("OSS_ENDPOINT", self.endpoint.to_string()),
            ("OSS_BUCKET", bucket.to_owned()),
            ("OSS_REGION", self.region().to_owned()),
            ("OSS_ACCESS_KEY_ID", keys.access_key_id().to_owned()),
            ("OSS_ACCESS_KEY_SECRET", keys.access_key_secret().expose_secret().to_owned()),
        ]
    }

    /// Where its console is, if it has one. Whoever knows this address may read and write every bucket.
    #[must_use]
    pub fn console_url(&self) -> Option<String> {
        let console = self.state.console.as_ref()?;
        Some(format!("{}{}", self.endpoint, console.path()))
    }

    /// Misbehaviour on demand.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// The latest requests, oldest first, at most 4096.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state.records.all()
    }

    /// What to know of this server: what was left aside of the data directory at start, and checks that are
    /// off. One sentence each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Stops accepting, lets requests in progress finish for up to ten seconds, and frees the data
    /// directory.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl fmt::Debug for OssServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssServer")
            .field("address", &self.address)
            .field("region", &self.region())
            .field("credentials", self.credentials())
            .finish_non_exhaustive()
    }
}

impl Drop for OssServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl OssServerBuilder {
    /// Sets the region.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Adds a bucket, made at start if missing.
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.buckets.push(name.into());
        self
    }

    /// Sets the access key that requests must be signed with.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets the address to listen on; port 0 is any free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Keeps buckets and objects in a directory, made if missing.
    pub fn data(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data = Some(directory.into());
        self
    }

    /// Sets how long [`start`](Self::start) waits for another server, of this process or another, to
    /// leave the data directory; not at all unless set.
    pub fn wait_for_lock(mut self, most: Duration) -> Self {
        self.wait_for_lock = most;
        self
    }

    /// Sets what acknowledged writes survive.
    pub fn durability(mut self, level: Durability) -> Self {
        self.durability = level;
        self
    }

    /// Sets how long restoring an archived object takes, in whole seconds; a minute unless set.
    pub fn restore_time(mut self, time: Duration) -> Self {
        self.restore_time = time;
        self
    }

    /// Lets requests from this machine ask for faults over HTTP, at `/-/control/`; they are those of
    /// [`OssServer::faults`].
    pub fn control(mut self) -> Self {
        self.control = true;
        self
    }

    /// Adds pages for people: the buckets and what is in them, and the latest requests. They are at
    /// [`OssServer::console_url`], which nobody can guess.
    pub fn console(mut self) -> Self {
        self.console = true;
        self
    }

    /// Serves requests whose signature is wrong, and records why it is.
    pub fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// Adds a host, or `HOST:PORT`, that uploads may have called back. None may without.
    pub fn callback_allow(mut self, host: impl Into<String>) -> Self {
        self.callback_hosts.push(host.into());
        self
    }

    /// Sets who hears of each request, once its answer is decided. Meant for logs: it is called between
    /// requests, and should not take long.
    pub fn observe(mut self, observe: impl Fn(&RequestRecord) + Send + Sync + 'static) -> Self {
        self.observer = Observer(Some(Arc::new(observe)));
        self
    }

    /// Starts on the current tokio runtime. Requests are served when this returns.
    ///
    /// # Errors
    ///
    /// [`StartError`] says what is in the way and what to do.
    pub async fn start(self) -> Result<OssServer, StartError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.region.is_empty() || !self.region.bytes().all(allowed) {
            return Err(StartError::Region(self.region));
        }
        for bucket in &self.buckets {
            BucketName::new(bucket.as_str())?;
        }
        let credentials = self.credentials.unwrap_or_else(made_up);
        credentials.check()?;
        // Before the address, which the server that leaves the directory may have, too.
        let (store, mut warnings) = match &self.data {
            None => (Store::memory(), Vec::new()),
            Some(directory) => open(directory, self.durability, self.wait_for_lock).await?,
        };
        if self.lenient {
            let message = "signatures are not checked: whoever reaches this server may do anything";
            warnings.push(message.to_owned());
        }
        let address = self.listen;
        let no_listener = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(no_listener)?;
        let address = listener.local_addr().map_err(no_listener)?;
        let endpoint = endpoint_of(address)?;
        let state = Arc::new(State {
            verifier: Verifier::new(credentials, self.region),
            faults: Faults::of(&store),
            store,
            records: Records::default(),
            restore_seconds: i64::try_from(self.restore_time.as_secs()).unwrap_or(i64::MAX),
            control: self.control,
            console: self.console.then(|| Console::new(random_text("console", 32))),
            lenient: self.lenient,
            callback_hosts: self.callback_hosts,
            observer: self.observer,
        });
        for bucket in &self.buckets {
            make_bucket(&state, bucket).await.map_err(|error| StartError::Data {
                path: self.data.clone().unwrap_or_default(),
                source: io::Error::other(error),
            })?;
        }
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(Arc::clone(&state), listener, stopped));
        Ok(OssServer { state, address, endpoint, warnings, stop, task })
    }
}

/// Makes a bucket if it is missing.
async fn make_bucket(state: &State, name: &str) -> Result<(), String> {
    let (name, created) = (name.to_owned(), state.now().unix());
    let plan = move |index: &crate::store::index::Index| {
        if index.bucket(&name).is_ok() {
            return Ok((Vec::new(), ()));
        }
        let (acl, redundancy) = (Acl::Private, "LRS".to_owned());
        let properties = Properties { created, acl, redundancy, ..Properties::default() };
        Ok((vec![Change::Bucket { name, properties }], ()))
    };
    state.store.change(plan).await.map_err(|error| error.to_string())
}

async fn open(
    directory: &Path,
    durability: Durability,
    most: Duration,
) -> Result<(Store, Vec<String>), StartError> {
    let started = Instant::now();
    loop {
        let path = directory.to_owned();
        let opened = tokio::task::spawn_blocking(move || Store::open(&path, durability)).await;
        let path = directory.to_owned();
        return match opened {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(OpenError::InUse)) if started.elapsed() < most => {
                tokio::time::sleep(LOCK_PAUSE).await;
                continue;
            }
            Ok(Err(OpenError::InUse)) => Err(StartError::InUse { path }),
            Ok(Err(OpenError::Format(problem))) => Err(StartError::Format { path, problem }),
            Ok(Err(OpenError::Io(path, source))) => Err(StartError::Data { path, source }),
            Err(error) => Err(StartError::Data { path, source: io::Error::other(error) }),
        };
    }
}

/// An address like 0.0.0.0 is for listening only; clients on this machine use the loopback.
fn endpoint_of(address: SocketAddr) -> Result<Endpoint, StartError> {
    let mut reachable = address;
    if reachable.ip().is_unspecified() {
        reachable.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let no_endpoint = |error| StartError::Listen { address, source: io::Error::other(error) };
    format!("http://{reachable}").parse().map_err(no_endpoint)
}

fn made_up() -> Credentials {
    Credentials::new(format!("LTAI5t{}", random_text("id", 18)), random_text("secret", 30))
}

/// Random from the system: a keyed hash with a key of its own, of which nothing else is ever shown.
fn random_text(what: &str, length: u32) -> String {
    let random = RandomState::new();
    let digit = |at| u32::try_from(random.hash_one((what, at)) % 36).unwrap_or_default();
    (0..length).filter_map(|at| char::from_digit(digit(at), 36)).collect()
}

async fn accept(state: Arc<State>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    let stopped = stop.clone();
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small and whole; waiting to merge them helps nobody.
                drop(stream.set_nodelay(true));
                let (state, stopped) = (Arc::clone(&state), stopped.clone());
                connections.spawn(async move {
                    crate::http::serve(state, stream, peer.ip(), stopped).await;
                    drop(slot);
                });
            }
            // Out of file descriptors, as a rule: some connection has to end first.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
