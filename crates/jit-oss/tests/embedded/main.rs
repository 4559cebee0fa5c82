#![cfg(test)]
//! The client against the embedded server, which verifies every signature.

mod faults;
mod multipart;
mod names;
mod objects;
mod presign;
mod slow;
mod support;
mod versions;
