//! Drives `opendal`'s OSS service: prints microseconds of processor time for one operation.
//!
//! Arguments: the server's address, `put` or `get`, size, concurrency, operations.

use std::error::Error;

use cpu_time::ProcessTime;
use opendal::services::Oss;
use opendal::{Buffer, HttpTransporter, OperationContext, Operator};
use opendal_http_transport_reqwest::ReqwestTransport;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, operation, size, concurrency, operations] = &arguments[..] else {
        return Err("arguments: ADDRESS put|get SIZE CONCURRENCY OPERATIONS".into());
    };
    let is_put = operation == "put";
    let (concurrency, operations): (usize, usize) = (concurrency.parse()?, operations.parse()?);
    let body: Vec<u8> = (0..size.parse::<usize>()?).map(|at| (at % 251) as u8).collect();
    let body = Buffer::from(body);
    let oss = Oss::default()
        .endpoint(&format!("http://{address}"))
        .addressing_style("path")
        .bucket("bench")
        .access_key_id("LTAI5tBenchmarkKeyId0000")
        .access_key_secret("benchmark-key-secret-000000000");
    let transport = HttpTransporter::new(ReqwestTransport::default());
    let context = OperationContext::new().with_http_transport(transport);
    let operator = Operator::new(oss)?.with_context(context);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let run = |operations: usize| {
        runtime.block_on(async {
            let mut running = JoinSet::new();
            for _ in 0..operations {
                if running.len() == concurrency
                    && let Some(ended) = running.join_next().await
                {
                    ended??;
                }
                let (operator, size, body) = (operator.clone(), size.clone(), body.clone());
                running.spawn(async move {
                    if is_put {
                        operator.write(&size, body).await.map(drop)
                    } else {
                        operator.read(&size).await.map(drop)
                    }
                });
            }
            while let Some(ended) = running.join_next().await {
                ended??;
            }
            Result::Ok(())
        })
    };
    // Connections are there before the clock is started.
    run(concurrency * 4)?;
    let before = ProcessTime::try_now()?;
    run(operations)?;
    let taken = before.try_elapsed()?;
    println!("{}", taken.as_secs_f64() * 1e6 / operations as f64);
    Ok(())
}
