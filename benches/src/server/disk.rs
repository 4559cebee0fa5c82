//! What is kept on disk: one writer or reader, beside plain files at the same level of durability.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use super::child::{Served, Server};
use super::large::SIZE;
use super::wire::{self, Connection};
use super::{BUCKET, runtime};
use crate::Result;
use crate::client::payload;
use crate::rounds::{ROUNDS, pair};
use crate::row::Row;

/// Pieces that a plain file is written and read in.
const PIECE: usize = 1 << 20;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    for (power, called) in [(false, "process"), (true, "power")] {
        let (data, plain) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let server = Server::start(&Served::disk(data.path(), power))?;
        let runtime = runtime()?;
        let mut connection = runtime.block_on(Connection::open(server.address()))?;
        for (size, size_called, times) in [(1024, "1KiB", 200_u32), (SIZE, "256MiB", 1)] {
            let body = payload(size);
            let put = wire::request("PUT", BUCKET, "object", &[], &body);
            let get = wire::request("GET", BUCKET, "object", &[], b"");
            let (unit, scale) = if size == SIZE { ("s", 1.0) } else { ("µs", 1e6) };
            let scale = scale / f64::from(times);
            let mut number = 0_u64;
            let mut again = |request: &[u8]| {
                (0..times)
                    .try_for_each(|_| runtime.block_on(connection.exchange(request)).map(drop))
            };
            let (value, limit) = pair(ROUNDS, &mut || again(&put), &mut || {
                (0..times).try_for_each(|_| {
                    number += 1;
                    write(plain.path(), number, &body, power)
                })
            })?;
            let name = format!("put/{size_called}/disk/{called}");
            rows.push(Row::new(name, unit, value.scaled(scale)).limit(limit.scaled(scale)));
            if !power {
                let mut buffer = vec![0; PIECE];
                let (value, limit) = pair(ROUNDS, &mut || again(&get), &mut || {
                    (0..times).try_for_each(|_| read(plain.path(), number, &mut buffer))
                })?;
                let name = format!("get/{size_called}/disk");
                rows.push(Row::new(name, unit, value.scaled(scale)).limit(limit.scaled(scale)));
            }
        }
    }
    Ok(())
}

/// Writes a new file in the place of the one before.
fn write(folder: &Path, number: u64, body: &[u8], power: bool) -> Result<()> {
    let mut file = File::create_new(folder.join(number.to_string()))?;
    body.chunks(PIECE).try_for_each(|piece| file.write_all(piece))?;
    if power {
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
    }
    if number > 1 {
        std::fs::remove_file(folder.join((number - 1).to_string()))?;
    }
    Ok(())
}

fn read(folder: &Path, number: u64, buffer: &mut [u8]) -> Result<()> {
    let mut file = File::open(folder.join(number.to_string()))?;
    while file.read(buffer)? > 0 {}
    Ok(())
}
