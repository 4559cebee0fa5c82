//! Edits of files that people write, each by the smallest change there is.

pub(crate) mod manifest;
pub(crate) mod modules;
