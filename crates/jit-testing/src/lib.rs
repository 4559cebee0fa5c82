//! For the tests of those who build apps and author Types.
//!
//! [`TestApp`] builds an app folder in code, with an OSS server inside where it is asked for, and is gone
//! when the test is over. [`StorageDouble`] stands in for a storage, fails when it is told to, and says what
//! was asked of it. [`storage_conformance!`] makes tests of everything that a storage has to do.
//!
//! ```
//! use jit_storages::Storages;
//! use jit_testing::TestApp;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = TestApp::new().oss("storages.MyOss").start().await?;
//! let storage = app.get::<Storages>("storages.MyOss").await?;
//! storage.upload_by_file("a.txt", "hello".into(), "text/plain".into()).await?;
//! assert_eq!(storage.download("a.txt").await?, "hello");
//! # Ok(())
//! # }
//! ```

mod app;
mod config;
mod loaded;

mod double;

mod conformance;

pub use app::TestApp;
pub use double::{Call, DoubleConfig, DoubleType, Fault, StorageDouble};
pub use loaded::LoadedApp;

/// What macros of this crate need where they are used.
#[doc(hidden)]
pub mod __private {
    pub use jit_meta::here;
    pub use jit_storages::__conformance_cases as conformance_cases;

    pub use crate::__conformance_faults as OssServer;
    pub use crate::conformance::{OssServer, Subject};
}

/// The example of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
