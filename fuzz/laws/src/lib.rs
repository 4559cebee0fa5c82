//! What holds for every file that people may write, for every name and selector they may type, and for everything that
//! the OSS server is sent.
//!
//! Each law takes any bytes and panics when it is broken. The fuzz targets in `fuzz/fuzz_targets` run one
//! each, and `tests/tests/properties.rs` runs them all on the corpus and on generated input. All of them
//! say: nothing panics; the outcome is a value, or findings that mark places in their files; no secret is
//! told; and the same input gives the same outcome.
#![expect(
    clippy::missing_panics_doc,
    reason = "a law that is broken panics: a fuzzer looks for that"
)]

mod choices;
mod findings;
mod hidden;
mod probe;

mod config;
mod define;
mod folder;
mod names;
mod selector;
mod server;
mod tree;

pub use config::{config, config_of};
pub use define::define;
pub use folder::app_folder;
pub use names::full_name;
pub use selector::selector;
pub use server::{oss_policy, oss_request, oss_xml};

/// A secret as files hold it. Where it stands as one, nobody is told.
pub const SECRET: &str = "hush-7f3a";

/// A secret as the variable `SECRET` holds it.
pub const VARIABLE_SECRET: &str = "mum-5c1e";
