//! A running server: knowing where it is, and stopping it. [`builder`] says what it is to be like, [`start`] starts it.

mod accept;
mod builder;
mod start;
mod state;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jit_oss::{Config, Credentials, Endpoint};
use secrecy::ExposeSecret;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::fault::Faults;
use crate::record::RequestRecord;
pub use builder::OssServerBuilder;
pub use start::StartError;
pub(crate) use state::State;

/// How long a graceful end waits for requests in progress.
const GRACE: Duration = Duration::from_secs(10);

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

impl OssServer {
    /// A server in memory, on a free port of this machine only, for `cn-hangzhou`, with made-up
    /// credentials and no bucket; the builder changes any of this.
    pub fn builder() -> OssServerBuilder {
        OssServerBuilder::new()
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
