//! An embedded server that speaks Alibaba Cloud OSS: for first runs, tests and development.
//!
//! It checks signatures as strictly as the service does, because a lax stand-in hides what breaks in
//! production, and Alibaba's own SDKs take it for the service.
//!
//! ```
//! use jit_oss_server::OssServer;
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let server = OssServer::builder().bucket("my-bucket").start().await?;
//! let config = server.client_config(); // endpoint, credentials and region, for a client
//! assert_eq!(config.signing_region()?, "cn-hangzhou");
//! assert!(server.endpoint().to_string().starts_with("http://127.0.0.1:"));
//! assert!(server.requests().is_empty());
//! server.shutdown().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It serves objects and buckets with header-signed and presigned requests, V4 and V1, in path style and
//! in virtual-host style ([`Operation`] lists the operations). What OSS has and this server has not is
//! answered with 400 `NotImplemented`.

mod server;

mod http;
mod stall;

mod request;

mod access;
mod auth;
mod console;
mod control;
mod diagnose;
mod policy;

mod route;

mod handlers;

mod store;

mod body;
mod digest;
mod document;
mod error;
mod form;
mod reply;
mod xml;

mod fault;
mod record;

pub use fault::{Fault, Faults, Hold};
pub use record::RequestRecord;
pub use route::Operation;
pub use server::{OssServer, OssServerBuilder, StartError};
pub use store::Durability;
