//! The way of bytes through serde: beside it.
//!
//! Serde's data model has bytes that are borrowed or copied, and none that are shared. So a value that is to stay as
//! it is goes as a newtype of a name that only this crate knows: then both sides meet here, in one thread and
//! within one call. A format of somebody else sees an ordinary newtype.

use std::cell::{Cell, RefCell};

use super::Value;

pub(super) const NAME: &str = "$jit_meta::Value";

thread_local! {
    static HERE: RefCell<Option<Value>> = const { RefCell::new(None) };
    static IS_WANTED: Cell<bool> = const { Cell::new(false) };
}

/// Lets `read` [`take`] a value.
pub(super) fn give<T>(value: Value, read: impl FnOnce() -> T) -> T {
    HERE.set(Some(value));
    let read = read();
    HERE.set(None);
    read
}

pub(super) fn take() -> Option<Value> {
    HERE.take()
}

/// What `write` has left here, where it has found that it [`is_wanted`].
pub(super) fn receive<T>(write: impl FnOnce() -> T) -> Result<Value, T> {
    IS_WANTED.set(true);
    let written = write();
    IS_WANTED.set(false);
    HERE.take().ok_or(written)
}

/// Whether whoever is written to looks here; asked once for each value.
pub(super) fn is_wanted() -> bool {
    IS_WANTED.replace(false)
}

pub(super) fn leave(value: Value) {
    HERE.set(Some(value));
}
