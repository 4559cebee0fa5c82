//! What a server is to be like.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jit_oss::Credentials;

use super::state::Observer;
use crate::record::RequestRecord;
use crate::store::Durability;

/// How long an archived object takes to be restored, unless told: what the service needs for `Archive`.
const RESTORE_TIME: Duration = Duration::from_secs(60);

/// What a server is to be like. Made by [`OssServer::builder`](crate::OssServer::builder).
#[derive(Debug)]
#[must_use = "a builder does nothing until `start`"]
pub struct OssServerBuilder {
    pub(super) region: String,
    pub(super) buckets: Vec<String>,
    pub(super) credentials: Option<Credentials>,
    pub(super) listen: SocketAddr,
    pub(super) data: Option<PathBuf>,
    pub(super) wait_for_lock: Duration,
    pub(super) durability: Durability,
    pub(super) restore_time: Duration,
    pub(super) control: bool,
    pub(super) console: bool,
    pub(super) lenient: bool,
    pub(super) callback_hosts: Vec<String>,
    pub(super) cors_origins: Vec<String>,
    pub(super) observer: Observer,
}

impl OssServerBuilder {
    pub(super) fn new() -> Self {
        Self {
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
            cors_origins: Vec::new(),
            observer: Observer::default(),
        }
    }

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
    /// [`OssServer::faults`](crate::OssServer::faults).
    pub fn control(mut self) -> Self {
        self.control = true;
        self
    }

    /// Adds pages for people: the buckets and what is in them, and the latest requests. They are at
    /// [`OssServer::console_url`](super::OssServer::console_url), which nobody can guess.
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

    /// Adds an origin, like `http://localhost:5173`, whose pages may send requests to every bucket; with a `*` in it, all
    /// that it fits. Buckets without rules of their own let no page in otherwise, as in OSS, where such a rule has to be
    /// set for each. A page needs a signature all the same.
    pub fn cors(mut self, origin: impl Into<String>) -> Self {
        self.cors_origins.push(origin.into());
        self
    }

    /// Sets who hears of each request, once its answer is decided. Meant for logs: it is called between
    /// requests, and should not take long.
    pub fn observe(mut self, observe: impl Fn(&RequestRecord) + Send + Sync + 'static) -> Self {
        self.observer = Observer::of(Arc::new(observe));
        self
    }
}
