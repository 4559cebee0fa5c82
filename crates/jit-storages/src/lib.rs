//! The `storages` family: files kept somewhere else.
//!
//! [`Storage`] is what every instance of the family offers, and [`Storages`] is the family's contract.
//! `storages.OssType` ([`oss`]) keeps files in Alibaba Cloud OSS, `storages.DiskType` ([`disk`]) in a folder
//! of this machine, and `storages.MemoryType` ([`memory`]) in memory, for tests.

mod error;
mod storage;

mod functions;

pub mod disk;
pub mod memory;
pub mod oss;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

/// The example of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub use error::{Error, ErrorKind, Result, Subject};
pub use functions::{FUNCTIONS, Storages};
pub use storage::{
    Capability, ObjectBody, SignMethod, SignOptions, SignedUrl, Storage, StoredObject,
    UploadOptions, Uploaded,
};
