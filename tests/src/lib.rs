//! What the tests that cross crates share.

mod app;
mod steady;

pub use app::TempApp;
pub use steady::steady;

/// A secret that no message may ever show.
pub const SECRET: &str = "hush-0123456789-secret";
