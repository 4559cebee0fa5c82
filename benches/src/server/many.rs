//! A bucket of a million objects beside one of ten thousand: pages, counts, memory, and how long a start takes.

use std::path::Path;
use std::time::Instant;

use bytes::Bytes;

use super::child::{Served, Server};
use super::{BUCKET, SMALL_BUCKET, runtime, wire};
use crate::Result;
use crate::rounds::{ROUNDS, Times, single};
use crate::row::Row;

/// What is in the bucket that the large one is compared with.
const FEW: u32 = 10_000;
/// Objects that a folder has.
const FOLDER: u32 = 100;
/// Requests in a round.
const PAGES: u32 = 20;
/// A start takes seconds.
const STARTS: usize = 5;

fn key(number: u32) -> String {
    format!("folder-{:06}/object-{number:08}.txt", number / FOLDER)
}

pub(crate) fn measure(objects: u32, rows: &mut Vec<Row>) -> Result<()> {
    let objects = objects.max(FEW);
    let directory = tempfile::tempdir()?;
    let runtime = runtime()?;
    let served = Served::disk(directory.path(), false);
    let mut server = Server::start(&served)?;
    let empty = server.used()?.1;
    let began = Instant::now();
    for (bucket, count) in [(SMALL_BUCKET, FEW), (BUCKET, objects)] {
        let put = move |number| wire::request("PUT", bucket, &key(number), &[], b"x");
        runtime.block_on(wire::run(server.address(), 64, count, put))?;
    }
    let filled = began.elapsed().as_secs_f64() * 1e6 / f64::from(objects + FEW);
    rows.push(Row::new(format!("fill/{objects}"), "µs", Times(vec![filled])));
    for (name, query) in queries(objects) {
        pages(&mut server, &runtime, format!("{name}/{objects}"), &query, rows)?;
    }
    drop(server);
    starts(&served, objects, empty, directory.path(), rows)
}

type Query = Vec<(&'static str, String)>;

/// Each as it is of the small bucket and of the large one.
fn queries(objects: u32) -> Vec<(&'static str, [Query; 2])> {
    let list = |after: u32, delimiter: &str| -> Query {
        let mut query = vec![("list-type", "2".to_owned()), ("max-keys", "1000".to_owned())];
        if after > 0 {
            query.push(("start-after", key(after)));
        }
        if !delimiter.is_empty() {
            query.push(("delimiter", delimiter.to_owned()));
        }
        query
    };
    let stat: Query = vec![("stat", String::new())];
    vec![
        ("list/first", [list(0, ""), list(0, "")]),
        ("list/middle", [list(FEW / 2, ""), list(objects / 2, "")]),
        ("list/last", [list(FEW - 1001, ""), list(objects - 1001, "")]),
        // A hundred folders in both, so that a page is as long.
        ("list/folders", [list(0, "/"), list(objects - FEW, "/")]),
        ("stat", [stat.clone(), stat]),
    ]
}

/// Microseconds of the server's processor time for one request.
fn pages(
    server: &mut Server,
    runtime: &tokio::runtime::Runtime,
    name: String,
    queries: &[Query; 2],
    rows: &mut Vec<Row>,
) -> Result<()> {
    let request = |bucket: &str, query: &Query| {
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        wire::request("GET", bucket, "", &query, b"")
    };
    let [few, many] = queries;
    let (few, many) = (request(SMALL_BUCKET, few), request(BUCKET, many));
    let mut once = |request: &Bytes| {
        let request = request.clone();
        let time = server.time_of(|address| {
            runtime.block_on(wire::run(address, 1, PAGES, move |_| request.clone()))
        })?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(time * 1e6 / f64::from(PAGES))
    };
    let (mut value, mut limit) = (Times::default(), Times::default());
    for round in 0..=ROUNDS {
        let (first, second) = (once(&many)?, once(&few)?);
        if round > 0 {
            value.0.push(first);
            limit.0.push(second);
        }
    }
    rows.push(Row::new(name, "µs", value).limit(limit).ratio_within(1.5));
    Ok(())
}

/// How long it takes until it serves, beside reading the journal, and what an object takes in memory.
fn starts(
    served: &Served,
    objects: u32,
    empty: f64,
    directory: &Path,
    rows: &mut Vec<Row>,
) -> Result<()> {
    let mut memory = Times::default();
    let start = single(STARTS, &mut || {
        let mut server = Server::start(served)?;
        memory.0.push((server.used()?.1 - empty) / f64::from(objects + FEW));
        Ok(server)
    })?;
    let read = single(STARTS, &mut || Ok(std::fs::read(directory.join("journal"))?))?;
    rows.push(Row::new(format!("start/{objects}"), "s", start).limit(read));
    rows.push(Row::new(format!("memory_per_object/{objects}"), "bytes", memory));
    Ok(())
}
