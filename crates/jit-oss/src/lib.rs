//! Alibaba Cloud OSS: signing, checksums and a client.
//!
//! Object names are opaque here: 1 to 1023 bytes of UTF-8, never normalised or stripped.
//! The signed request-target goes out byte for byte.

pub mod crc64;
pub mod escape;
pub mod sign;

mod config;
mod credentials;
mod endpoint;
mod name;
mod timestamp;

pub use config::{Config, ConfigError, RetryPolicy, SignatureVersion};
pub use credentials::Credentials;
pub use endpoint::{Addressing, Endpoint, EndpointError, Scheme};
pub use name::{BucketName, MAX_KEY_LEN, NameError, check_key};
pub use timestamp::Timestamp;
