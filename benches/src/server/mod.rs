//! The OSS server: small requests, large ones, what a disk adds, and buckets with a million objects. Each server is a
//! process of its own, so that its time is counted alone.

mod child;
mod disk;
mod large;
mod many;
mod small;
mod wire;

use crate::Result;
use crate::row::Row;

pub(crate) use self::child::{Served, Server};

/// The buckets of each server: one for most, and a smaller one that it is compared with.
const BUCKETS: [&str; 2] = [BUCKET, SMALL_BUCKET];
const BUCKET: &str = "bench";
const SMALL_BUCKET: &str = "bench-small";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    Small,
    Large,
    Disk,
    Many,
}

/// `objects` is how many the large bucket has.
pub(crate) fn measure(part: Part, objects: u32, rows: &mut Vec<Row>) -> Result<()> {
    match part {
        Part::Small => small::measure(rows),
        Part::Large => large::measure(rows),
        Part::Disk => disk::measure(rows),
        Part::Many => many::measure(objects, rows),
    }
}

/// One thread: what is counted is work, not how it is spread.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
