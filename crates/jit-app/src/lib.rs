//! Apps: a folder of elements, brought to life.
//!
//! [`App::load`] reads a folder, [`App::get_element`] hands out live elements by name, and [`cli`] is the
//! command line every app gets.

mod exposed;
mod files;
mod folder;
mod manifest;
mod version;

mod environment;
mod hierarchy;
mod variables;

mod discover;
mod layout;
mod links;
mod slot;
mod snapshot;
mod stripe;
mod table;
mod threads;
mod walk;

mod asker;
mod load;
mod named;
mod resolve;
mod settings;
mod waits;

mod find;
mod selector;

mod code;
mod edit;
mod element_files;
mod resource;

mod app;
mod builder;
mod check;
mod element;
mod missing;
mod properties;
mod reload;
mod render_graph;
mod request;
mod schema;
mod types;
#[cfg(feature = "watch")]
mod watch;

pub mod cli;
pub mod explain;
pub mod graph;
pub mod pack;
pub mod render;
pub mod sarif;

pub use app::{App, GetElement};
pub use builder::AppBuilder;
pub use check::{Status, Summary};
pub use code::AppCode;
pub use element::Element;
pub use environment::Environment;
pub use explain::Explanation;
pub use graph::Graph;
pub use layout::is_source_folder;
pub use manifest::{Manifest, Parent, Settings};
pub use properties::DeclaredVariable;
pub use reload::Reload;
pub use request::Request;
pub use resolve::{Level, Link};
pub use resource::{AppResource, InitData, InitRow};
pub use schema::Schemas;
pub use variables::{Origin, Variables};
pub use version::{Version, VersionError};
#[cfg(feature = "watch")]
pub use watch::Watch;

pub use jit_meta::{Args, Error, ErrorKind, FullName, Value};

/// Everything linked into this program, the framework's own Types among it.
fn linked() -> Result<jit_meta::Registry, Error> {
    // A crate that nothing refers to is dropped by the linker, and its registrations with it.
    #[cfg(feature = "services")]
    use jit_services as _;
    #[cfg(feature = "storages")]
    use jit_storages as _;
    jit_meta::Registry::linked()
}

/// The example of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
