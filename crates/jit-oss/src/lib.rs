//! Alibaba Cloud OSS: signing, checksums and a client.
//!
//! Object names are opaque here: 1 to 1023 bytes of UTF-8, never normalised or stripped.
//! The signed request-target goes out byte for byte.

pub mod crc64;
pub mod escape;
pub mod sign;

mod body;
mod client;
mod config;
mod credentials;
mod endpoint;
mod error;
mod name;
mod request;
mod response;
mod retry;
mod runtime;
mod timestamp;
mod transport;
mod xml;

pub use body::Body;
pub use client::{Bucket, Client};
pub use config::{Config, ConfigError, RetryPolicy, SignatureVersion};
pub use credentials::Credentials;
pub use endpoint::{Addressing, Endpoint, EndpointError, Scheme};
pub use error::{Error, ErrorKind, Result};
pub use name::{BucketName, MAX_KEY_LEN, NameError, check_key};
pub use request::{
    DeleteObject, DeleteObjectRequest, GetObject, GetObjectRequest, HeadObjectRequest, ObjectBody,
    PresignRequest, PresignedUrl, PutObject, PutObjectRequest,
};
pub use response::ObjectMetadata;
pub use runtime::Runtime;
pub use timestamp::Timestamp;
pub use transport::{Transport, TransportError, TransportErrorKind};
