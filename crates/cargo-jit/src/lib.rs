//! Makes apps and elements of every kind, tested and linked, and takes them away again.
//!
//! Everything goes one way: a [`Request`] becomes a [`Plan`], which is a pure value (files to create with their
//! contents, edits of files that are there). It is validated, shown, or applied: all of it, or nothing.
//! [`cli`] is the command line around that, of `cargo jit` and of the workspace's own tasks.
//!
//! This crate links none of an app's Types. It asks the app's own program what those are
//! ([`Project::catalog`]).

mod error;
mod name;

mod edit;
mod project;
mod template;

mod apply;
mod kind;
mod plan;
mod remove;
mod users;

mod ask;
pub mod cli;

pub use apply::{Applier, Step};
pub use error::{Error, Result};
pub use kind::{Jit, Kind, NewApp, Request};
pub use plan::{ByHand, Change, Plan};
pub use project::{Project, cargo};
pub use remove::removal;
