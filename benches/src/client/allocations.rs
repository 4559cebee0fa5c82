//! How often a small request asks for memory.

use super::neutral::{Server, payload};
use super::small::bucket;
use crate::Result;
use crate::rounds::Times;
use crate::row::Row;

/// Requests that are counted, on a connection that is there already.
const REQUESTS: u64 = 100;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bucket = bucket(&server)?;
    let body = payload(1024);
    let mut failed = None;
    let mut put = |times: u64| {
        for _ in 0..times {
            let sent = runtime.block_on(async { bucket.put_object("1024", body.clone()).await });
            failed = failed.take().or(sent.err());
        }
    };
    put(REQUESTS);
    let counted = allocation_counter::measure(|| put(REQUESTS));
    if let Some(error) = failed {
        return Err(error.into());
    }
    let each = Times(vec![counted.count_total as f64 / REQUESTS as f64]);
    rows.push(Row::new("put/1KiB/allocations", "", each).value_within(40.0));
    Ok(())
}
