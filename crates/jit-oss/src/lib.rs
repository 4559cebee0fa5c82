//! Alibaba Cloud OSS: signing, checksums and a client.
//!
//! Object names are opaque here: 1 to 1023 bytes of UTF-8, never normalised or stripped.
//! The signed request-target goes out byte for byte.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use jit_oss::{Client, Config, Credentials};
//!
//! # let server = jit_oss_server::OssServer::builder().bucket("my-bucket")
//! #     .credentials(Credentials::new("key-id", "key-secret")).start().await?;
//! # let endpoint = server.endpoint();
//! # let _ = stringify!(
//! let endpoint = "oss-cn-hangzhou.aliyuncs.com".parse()?;
//! # );
//! let config = Config::new(endpoint, Credentials::new("key-id", "key-secret"));
//! # let config = config.with_region("cn-hangzhou");
//! let bucket = Client::new(config)?.bucket("my-bucket")?;
//! bucket.put_object("a.txt", "hello").content_type("text/plain").await?;
//! let hello = bucket.get_object("a.txt").bytes().await?;
//! let object = bucket.get_object("a.txt").range(0..=1).await?;
//! assert_eq!(object.metadata.size, 5);
//! bucket.delete_object("a.txt").await?;
//! # Ok(())
//! # }
//! ```

pub mod crc64;
pub mod credentials;
pub mod escape;
pub mod sign;

mod body;
mod client;
mod config;
mod endpoint;
mod error;
mod name;
mod payload;
mod ram;
mod receipt;
mod request;
mod response;
mod retry;
mod runtime;
mod timestamp;
mod transfer;
mod transport;
mod xml;

pub use body::Body;
pub use client::{Bucket, Client, Reached};
pub use config::{Config, ConfigError, RetryPolicy, SignatureVersion};
pub use credentials::{CredentialPart, Credentials, CredentialsError, CredentialsProvider};
pub use endpoint::{Addressing, Endpoint, EndpointError, Scheme};
pub use error::{Error, ErrorKind, Result, SignatureMismatch};
pub use name::{BucketName, MAX_KEY_LEN, NameError, check_bucket, check_key};
pub use payload::Payload;
pub use ram::{RamAction, RamPolicy};
pub use receipt::Receipt;
pub use request::*;
pub use response::ObjectMetadata;
pub use runtime::Runtime;
pub use timestamp::Timestamp;
pub use transfer::{
    Cancellation, Copied, Copier, Copy, DEFAULT_CONCURRENCY, DEFAULT_COPY_THRESHOLD,
    DEFAULT_PART_SIZE, DEFAULT_THRESHOLD, Download, Downloaded, Downloader, MAX_OBJECT_SIZE,
    Progress, Upload, Uploaded, Uploader,
};
pub use transport::{Transport, TransportError, TransportErrorKind};

/// The example of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
