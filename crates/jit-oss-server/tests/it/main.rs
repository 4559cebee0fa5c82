//! The server as clients see it, by requests written byte for byte.

#![cfg(test)]

mod support;

mod attributes;
mod auth;
mod browser;
mod buckets;
mod callbacks;
mod console;
mod control;
mod copies;
mod disk;
#[cfg(feature = "cli")]
mod durability;
mod faults;
mod limits;
mod multipart;
mod objects;
#[cfg(feature = "cli")]
mod program;
mod versions;
