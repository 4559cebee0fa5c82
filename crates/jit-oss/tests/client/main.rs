#![cfg(test)]
//! The client against scripted answers and against real connections.

mod checks;
mod credentials;
mod errors;
mod multipart;
mod operations;
mod payload;
mod presign;
mod retry;
mod support;
mod wire;
