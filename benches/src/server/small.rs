//! Small objects in memory: what an operation costs the server's processor.
//!
//! Who answers a client that sleeps has to wake it, and a faster server finds it awake more often. That would be a
//! difference between the servers which is none of theirs, so the client does not sleep.

use super::child::{Served, Server};
use super::{BUCKET, runtime, wire};
use crate::Result;
use crate::client::payload;
use crate::rounds::{ROUNDS, Times};
use crate::row::Row;

/// Operations in a round.
const OPERATIONS: u32 = 8000;
const CONNECTIONS: u32 = 64;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let (mut ours, mut bare) = (Server::start(&Served::Memory)?, Server::start(&Served::Bare)?);
    let runtime = runtime()?;
    let put = wire::request("PUT", BUCKET, "object", &[], &payload(1024));
    let get = wire::request("GET", BUCKET, "object", &[], b"");
    for (name, request) in [("put/1KiB/memory", put), ("get/1KiB/memory", get)] {
        let once = |server: &mut Server| {
            let request = request.clone();
            let time = server.time_of(|address| {
                runtime.block_on(async {
                    let awake = tokio::spawn(async {
                        loop {
                            tokio::task::yield_now().await;
                        }
                    });
                    let done =
                        wire::run(address, CONNECTIONS, OPERATIONS, move |_| request.clone());
                    let done = done.await;
                    awake.abort();
                    done
                })
            })?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(time * 1e6 / f64::from(OPERATIONS))
        };
        let (mut value, mut limit) = (Times::default(), Times::default());
        for round in 0..=ROUNDS {
            let (first, second) = (once(&mut ours)?, once(&mut bare)?);
            if round > 0 {
                value.0.push(first);
                limit.0.push(second);
            }
        }
        rows.push(Row::new(name, "µs", value).limit(limit).ratio_within(1.6));
    }
    Ok(())
}
