//! The `storages` family: files kept somewhere else.
//!
//! [`Storage`] is what every instance of the family offers, and [`Storages`] is the family's contract.
//! `storages.OssType` ([`oss`]) keeps files in Alibaba Cloud OSS, `storages.DiskType` ([`disk`]) in a folder
//! of this machine, and `storages.MemoryType` ([`memory`]) in memory, for tests.

mod capability;
mod doctor;
mod error;
mod list;
mod many;
mod object;
mod options;
mod progress;
mod storage;

mod by_name;
mod functions;
mod local;
mod trace;

pub mod disk;
pub mod memory;
pub mod oss;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

/// The example of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub use capability::Capability;
pub use doctor::{Checkup, Problem, Step, Stopped};
pub use error::{Error, ErrorKind, Result, Subject};
pub use functions::{FUNCTIONS, Storages};
pub use list::{ListEntry, ListPages, ListedFile, Listing};
pub use many::{Content, ItemOutcome, Upload};
pub use object::{ObjectBody, SignedUrl, StoredObject, UploadUrl, Uploaded};
pub use options::{
    DownloadOptions, ListOptions, SignMethod, SignOptions, UploadOptions, content_type_of,
};
pub use progress::Progress;
pub use storage::Storage;

pub use jit_oss::{RamAction, RamPolicy};
