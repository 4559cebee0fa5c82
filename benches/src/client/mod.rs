//! The OSS client: small requests, large ones, what those take in memory, signing. The other side is a
//! server that does nothing.

mod allocations;
mod large;
mod memory;
mod neutral;
mod peers;
mod signing;
mod small;

use std::path::PathBuf;

use self::peers::Peers;
use crate::Result;
use crate::row::Row;

pub(crate) use self::memory::{Direction, transfer};
pub(crate) use self::neutral::{payload, serve};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    Signing,
    Allocations,
    Small,
    Large,
    Memory,
}

pub(crate) fn measure(part: Part, peers: Option<&PathBuf>, rows: &mut Vec<Row>) -> Result<()> {
    match part {
        Part::Signing => signing::measure(rows),
        Part::Allocations => allocations::measure(rows),
        Part::Small => small::measure(rows, peers.cloned().map(Peers::new).as_ref()),
        Part::Large => large::measure(rows),
        Part::Memory => memory::measure(rows),
    }
}
