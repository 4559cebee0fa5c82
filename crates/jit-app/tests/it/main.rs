//! Apps, with a family made for the purpose.

#![cfg(test)]

mod app;
mod asking;
mod edit;
mod explained;
mod lifecycle;
mod pack;
mod probes;
mod reload;

mod support;
mod types;
#[cfg(feature = "watch")]
mod watch;
