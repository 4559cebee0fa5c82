//! The `storages` family: files kept somewhere else.
//!
//! [`Storage`] is what every instance of the family offers, [`Storages`] is the family's contract, and
//! `storages.OssType` ([`oss`]) keeps files in Alibaba Cloud OSS.

mod error;
mod storage;

mod functions;

pub mod oss;

pub use error::{Error, ErrorKind, Result};
pub use functions::{FUNCTIONS, Storages};
pub use storage::{
    Capability, ObjectBody, SignMethod, SignOptions, SignedUrl, Storage, StoredObject,
    UploadOptions, Uploaded,
};
