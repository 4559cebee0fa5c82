//! What the tests that cross crates share.

mod steady;

pub use steady::steady;

/// A secret that no message may ever show.
pub const SECRET: &str = "hush-0123456789-secret";

/// The snippets of `docs/format.md` are compiled as examples of this.
#[cfg(doctest)]
#[doc = include_str!("../../docs/format.md")]
pub struct Format;
