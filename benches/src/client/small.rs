//! Small objects: what an operation costs the processor.

use bytes::Bytes;
use cpu_time::ProcessTime;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jit_oss::{Bucket, Client, Config, Credentials};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::neutral::{Server, payload};
use super::peers::Peers;
use crate::Result;
use crate::rounds::{ROUNDS, Times};
use crate::row::Row;

/// Operations in a round.
const OPERATIONS: usize = 4000;

pub(crate) type Bare = Pool<HttpConnector, Full<Bytes>>;

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Put,
    Get,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Get => "get",
        }
    }
}

/// A bucket on a server, signing with V4.
pub(super) fn bucket(server: &Server) -> Result<Bucket> {
    bucket_at(server.address())
}

/// As [`bucket`], of a server that another process has started.
pub(super) fn bucket_at(address: &str) -> Result<Bucket> {
    let endpoint = format!("http://{address}").parse()?;
    let keys = Credentials::new("LTAI5tBenchmarkKeyId0000", "benchmark-key-secret-000000000");
    let config = Config::new(endpoint, keys).with_region("cn-hangzhou");
    Ok(Client::new(config)?.bucket("bench")?)
}

/// The limit: hyper-util's pooled client with nothing around it.
pub(crate) fn bare() -> Bare {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Pool::builder(TokioExecutor::new()).build(connector)
}

pub(crate) fn measure(rows: &mut Vec<Row>, peers: Option<&Peers>) -> Result<()> {
    let server = Server::start()?;
    for (size, called) in [(1024, "1KiB"), (64 * 1024, "64KiB")] {
        for operation in [Operation::Put, Operation::Get] {
            for concurrency in [1, 64] {
                let case = Case { operation, size, concurrency };
                case.measure(&server, called, peers, rows)?;
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
struct Case {
    operation: Operation,
    size: usize,
    concurrency: usize,
}

impl Case {
    fn measure(
        self,
        server: &Server,
        called: &str,
        peers: Option<&Peers>,
        rows: &mut Vec<Row>,
    ) -> Result<()> {
        // One thread: what is counted is work, not how it is spread.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (bucket, pool) = (bucket(server)?, bare());
        let uri: Uri = format!("http://{}/bench/{}", server.address(), self.size).parse()?;
        let body = payload(self.size);
        let (mut ours, mut limit, mut others) =
            (Times::default(), Times::default(), Times::default());
        for round in 0..=ROUNDS {
            let one = self.round(&runtime, || ours_once(self, bucket.clone(), body.clone()))?;
            let two =
                self.round(&runtime, || bare_once(self, pool.clone(), uri.clone(), body.clone()))?;
            let three = peers.map(|peers| {
                peers.run(server.address(), self.operation, self.size, self.concurrency, OPERATIONS)
            });
            if round > 0 {
                ours.0.push(one);
                limit.0.push(two);
                others.0.extend(three.transpose()?);
            }
        }
        let Self { operation, concurrency, .. } = self;
        let name = format!("{}/{called}/{concurrency}", operation.name());
        if peers.is_some() {
            let row = Row::new(format!("{name}/opendal"), "µs", ours.clone());
            rows.push(row.limit(others).ratio_within(0.6));
        }
        rows.push(Row::new(name, "µs", ours).limit(limit).ratio_within(1.25));
        Ok(())
    }

    /// Microseconds of this process's processor time for one operation.
    fn round<F>(self, runtime: &Runtime, mut once: impl FnMut() -> F) -> Result<f64>
    where
        F: Future<Output = std::result::Result<(), String>> + Send + 'static,
    {
        let before = ProcessTime::try_now()?;
        runtime.block_on(async {
            let mut running = JoinSet::new();
            for _ in 0..OPERATIONS {
                if running.len() == self.concurrency {
                    done(running.join_next().await)?;
                }
                running.spawn(once());
            }
            while let Some(ended) = running.join_next().await {
                done(Some(ended))?;
            }
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        })?;
        let taken = before.try_elapsed()?;
        Ok(taken.as_secs_f64() * 1e6 / OPERATIONS as f64)
    }
}

type Ended = std::result::Result<std::result::Result<(), String>, tokio::task::JoinError>;

fn done(ended: Option<Ended>) -> Result<()> {
    if let Some(ended) = ended {
        ended??;
    }
    Ok(())
}

async fn ours_once(case: Case, bucket: Bucket, body: Bytes) -> std::result::Result<(), String> {
    let key = case.size.to_string();
    let told = |error: jit_oss::Error| error.to_string();
    match case.operation {
        Operation::Put => drop(bucket.put_object(key, body).await.map_err(told)?),
        Operation::Get => {
            let mut object = bucket.get_object(key).await.map_err(told)?;
            while let Some(piece) = object.body.chunk().await.map_err(told)? {
                drop(piece);
            }
        }
    }
    Ok(())
}

async fn bare_once(
    case: Case,
    pool: Bare,
    uri: Uri,
    body: Bytes,
) -> std::result::Result<(), String> {
    let (method, body) = match case.operation {
        Operation::Put => (Method::PUT, body),
        Operation::Get => (Method::GET, Bytes::new()),
    };
    let mut request = Request::new(Full::new(body));
    (*request.method_mut(), *request.uri_mut()) = (method, uri);
    let answer = pool.request(request).await.map_err(|error| error.to_string())?;
    let mut body = answer.into_body();
    while let Some(frame) = body.frame().await {
        drop(frame.map_err(|error| error.to_string())?);
    }
    Ok(())
}
