//! What is made, in copies of apps; building it is the affair of `cargo xtask scaffold-check`.

#![cfg(test)]

mod apply;
mod kinds;
mod manners;
mod program;
mod removal;
mod support;
