//! Uploads and downloads of any size against a server that misbehaves.

#![cfg(test)]

mod download;
mod support;
mod upload;
