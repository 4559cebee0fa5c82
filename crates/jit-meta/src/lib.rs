//! The vocabulary of element apps.
//!
//! An app is a folder; each element of it is a folder with an `e.json` whose `type` names Rust code. A
//! [`Meta`] is a family's contract, a [`Type`] implements it, and an instance is a folder of configuration
//! that a Type brings to life. This crate has the words for that and does no I/O: it is what authors of
//! Types link against.

mod name;
mod source;

mod code;
mod diag;
mod error;
mod json;
mod spanned;

mod app;
mod call;
mod config;
mod define;
mod ty;
mod value;
mod variable;

mod catalog;
mod lifecycle;
mod loaded;
mod register;
mod registry;
mod stack;

pub use app::{AppHandle, AppHost};
pub use call::{Arg, Args, BoundArgs, Default, Function};
pub use catalog::{Catalog, CatalogEntry, CatalogLevel, MissingType, UsableType};
pub use config::{
    ConfigKey, ConfigProblem, ConfigText, Example, ExampleKey, ExampleVariable, Filling,
    NamedElement, Need, Placeholder,
};
pub use define::{ArgDeclaration, Define, FunctionDeclaration, Variable};
pub use diag::{Code, Diagnostic, Place, Severity, did_you_mean};
pub use error::{Error, ErrorKind};
pub use lifecycle::{Called, Changed, Exception, Exit, HookFuture, Hooks, Lifecycle, Outcome};
pub use loaded::Loaded;
pub use name::{FullName, NameError, is_name_segment, nearest};
pub use registry::{MetaEntry, Registered, Registry, TypeEntry};
pub use source::{SourceFile, Span};
pub use spanned::{SpannedJson, SpannedMember};
pub use stack::TypeStack;
pub use ty::{CheckEnv, Instance, LoadContext, LoadEnv, Meta, Type};
pub use value::{Blob, Value, ValueError, from_value, to_value};
pub use variable::{DataType, TypedValue, new_variable};

pub use async_trait::async_trait;

/// What the macros of this crate expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::name::assert_full_name;
    pub use crate::registry::Code;
    pub use inventory;
}

/// The example of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
