//! Reloading.
#[derive(Debug, Default)]
pub(crate) struct Known;
