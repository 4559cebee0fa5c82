//! Uploads and downloads of any size against a server that misbehaves.

#![cfg(test)]

mod download;
mod kill;
mod soak;
mod support;
mod tokens;
mod upload;
