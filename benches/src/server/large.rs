//! A large object in memory: how fast it comes and goes.

use super::child::{Served, Server};
use super::wire::{self, Connection};
use super::{BUCKET, runtime};
use crate::Result;
use crate::client::payload;
use crate::rounds::{ROUNDS, pair};
use crate::row::Row;

pub(crate) const SIZE: usize = 256 << 20;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let (ours, bare) = (Server::start(&Served::Memory)?, Server::start(&Served::Bare)?);
    let runtime = runtime()?;
    let put = wire::request("PUT", BUCKET, "object", &[], &payload(SIZE));
    let get = wire::request("GET", BUCKET, "object", &[], b"");
    let (mut to_ours, mut to_bare) = runtime.block_on(async {
        let ours = Connection::open(ours.address()).await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((
            ours,
            Connection::open(bare.address()).await?,
        ))
    })?;
    for (name, request) in [("put/256MiB/memory", put), ("get/256MiB/memory", get)] {
        let (value, limit) =
            pair(ROUNDS, &mut || runtime.block_on(to_ours.exchange(&request)), &mut || {
                runtime.block_on(to_bare.exchange(&request))
            })?;
        rows.push(Row::new(name, "s", value).limit(limit));
    }
    Ok(())
}
