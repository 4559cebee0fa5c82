//! Apps: a folder of elements, brought to life.
//!
//! [`App::load`] reads a folder, [`App::get_element`] hands out live elements by name, and [`cli`] is the
//! command line every app gets.

mod files;
mod manifest;
mod version;

mod environment;
mod hierarchy;
mod variables;

mod discover;
mod layout;
mod links;
mod slots;
mod threads;
mod walk;

mod resolve;
mod settings;

mod find;
mod selector;

mod app;
mod element;

pub mod cli;
pub mod pack;
pub mod render;

pub use app::{App, AppBuilder, Status, Summary};
pub use element::Element;
pub use environment::Environment;
pub use manifest::{Manifest, Parent, Settings};
pub use resolve::{Level, Link};
pub use variables::Variables;
pub use version::{Version, VersionError};

pub use jit_meta::{Args, Error, ErrorKind, FullName, Value};

/// Everything linked into this program, the framework's own Types among it.
fn linked() -> Result<jit_meta::Registry, Error> {
    // A crate that nothing refers to is dropped by the linker, and its registrations with it.
    #[cfg(feature = "storages")]
    use jit_storages as _;
    jit_meta::Registry::linked()
}
