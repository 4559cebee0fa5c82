//! The handles: a client for an endpoint, and a bucket in it.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use crate::credentials::{Cache, CredentialsSource};
use crate::error::Subject;
use crate::error::failure::Failure;
use crate::request::ListBucketsRequest;
use crate::runtime::TokioRuntime;
use crate::transport::HyperTransport;
use crate::{BucketName, Config, Error, Result, Runtime, SignatureVersion, Transport};

mod admin;
mod failed;
mod multipart;
mod objects;
mod place;
mod presign;
mod probe;
mod send;
mod settle;
mod sign;
mod trace;

pub(crate) use place::Place;
pub use probe::Reached;
pub(crate) use sign::Presigned;

/// A client for one endpoint with one set of credentials. Cloning is cheap and shares the connections.
///
/// Making one does no I/O; connections are opened when first needed, and belong to the Tokio runtime
/// they were opened in.
///
/// ```
/// use jit_oss::{Client, Config, Credentials};
///
/// let endpoint = "oss-cn-hangzhou.aliyuncs.com".parse()?;
/// let client = Client::new(Config::new(endpoint, Credentials::new("key-id", "key-secret")))?;
/// let bucket = client.bucket("my-bucket")?;
/// assert_eq!(bucket.url("a b.txt"), "https://my-bucket.oss-cn-hangzhou.aliyuncs.com/a%20b.txt");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: Config,
    credentials: Cache,
    /// Empty in V1, which signs none.
    region: String,
    transport: Arc<dyn Transport>,
    runtime: Arc<dyn Runtime>,
    /// Seconds that the server's clock is ahead of this machine's, as far as is known.
    clock_offset: AtomicI64,
    key: sign::DailyKey,
}

impl Client {
    /// A client over the network, through the proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY` name for the endpoint. `localhost` and loopback addresses never go through a proxy.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` when the configuration cannot work.
    pub fn new(config: Config) -> Result<Self> {
        let transport = HyperTransport::new(&config.endpoint, config.timeouts())
            .map_err(|why| Error::new(Subject::default(), Failure::Config(why)))?;
        Self::with_transport(config, Arc::new(transport))
    }

    /// A client over another transport. Timeouts are the transport's to keep, but for the time that
    /// reading an error's body may take, which is the configuration's read timeout.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_transport(config: Config, transport: Arc<dyn Transport>) -> Result<Self> {
        Self::with_transport_and_runtime(config, transport, Arc::new(TokioRuntime::new()))
    }

    /// A client with its own idea of time, too.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_transport_and_runtime(
        config: Config,
        transport: Arc<dyn Transport>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self> {
        let invalid = |why: String| Error::new(Subject::default(), Failure::Config(why));
        if let CredentialsSource::Given(credentials) = &config.credentials
            && let Err(error) = credentials.check()
        {
            return Err(Error::new(Subject::default(), Failure::Credentials(error)));
        }
        let region = match config.signature_version {
            SignatureVersion::V1 => String::new(),
            SignatureVersion::V4 => {
                config.signing_region().map_err(|error| invalid(error.to_string()))?.to_owned()
            }
        };
        let credentials = Cache::new(config.credentials.clone());
        let clock_offset = AtomicI64::new(0);
        let key = sign::DailyKey::default();
        Ok(Self(Arc::new(Shared {
            config,
            credentials,
            region,
            transport,
            runtime,
            clock_offset,
            key,
        })))
    }

    /// A bucket. Does no I/O: whether it exists shows when it is used.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when no bucket can have this name.
    pub fn bucket(&self, name: impl Into<String>) -> Result<Bucket> {
        let invalid = |why: String| Error::new(Subject::default(), Failure::Input(why));
        let name = BucketName::new(name).map_err(|error| invalid(error.to_string()))?;
        let place = Place::new(self.clone(), Some(name.clone()))?;
        Ok(Bucket(Arc::new(SharedBucket { name, place })))
    }

    /// Lists the buckets of the account (`ListBuckets`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let buckets = bucket.client().list_buckets().buckets()?.all().await?;
    /// assert_eq!(buckets[0].name, "my-bucket");
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_buckets(&self) -> ListBucketsRequest {
        ListBucketsRequest::new(self.clone())
    }

    /// What the client was made with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }
}

/// A bucket. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Bucket(Arc<SharedBucket>);

#[derive(Debug)]
struct SharedBucket {
    name: BucketName,
    place: Place,
}

impl Bucket {
    /// The bucket's name.
    #[must_use]
    pub fn name(&self) -> &BucketName {
        &self.0.name
    }

    /// The client it was made with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.place.client
    }

    /// Where an object is served, unsigned: of use when it is public. On the
    /// [public endpoint](Config::with_public_endpoint) where there is one.
    #[must_use]
    pub fn url(&self, key: &str) -> String {
        self.0.place.public_url(key, &[])
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0.place
    }
}
