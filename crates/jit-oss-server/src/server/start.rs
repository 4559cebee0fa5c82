//! Starting a server, and why one does not start.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jit_oss::{BucketName, Credentials, CredentialsError, Endpoint, NameError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use super::accept::accept;
use super::state::{Dates, State};
use super::{OssServer, OssServerBuilder};
use crate::auth::Verifier;
use crate::console::Console;
use crate::fault::Faults;
use crate::handlers::cors;
use crate::record::Records;
use crate::store::index::{Change, Index};
use crate::store::version::{Acl, Properties};
use crate::store::{Durability, OpenError, Store};

/// How long to wait before the data directory's lock is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

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
    /// A text is no origin of web pages.
    #[error(
        "`{0}` is not an origin of pages; one looks like `http://localhost:5173`, without a path, and `*` is any"
    )]
    Origin(String),
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

impl OssServerBuilder {
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
        if let Some(other) = self.cors_origins.iter().find(|origin| !cors::is_origin(origin)) {
            return Err(StartError::Origin(other.clone()));
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
            dates: Dates::default(),
            restore_seconds: i64::try_from(self.restore_time.as_secs()).unwrap_or(i64::MAX),
            control: self.control,
            console: self.console.then(|| Console::new(random_text("console", 32))),
            lenient: self.lenient,
            callback_hosts: self.callback_hosts,
            cors_origins: self.cors_origins,
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
    let plan = move |index: &Index| {
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
