//! A large object, streamed: how fast.

use bytes::Bytes;
use http_body_util::{BodyExt, combinators::BoxBody};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jit_oss::{Body, Payload};

use super::neutral::{Pieces, Server};
use super::small::bucket;
use crate::Result;
use crate::rounds::{ROUNDS, Times, pair};
use crate::row::Row;

const SIZE: u64 = 256 * 1024 * 1024;

type Bare = Pool<HttpConnector, BoxBody<Bytes, std::convert::Infallible>>;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let server = Server::start()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let bucket = bucket(&server)?;
    let uri: Uri = format!("http://{}/bench/{SIZE}", server.address()).parse()?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let pool: Bare = Pool::builder(TokioExecutor::new()).build(connector);
    let key = SIZE.to_string();

    let (ours, limit) = pair(
        ROUNDS,
        &mut || Ok(runtime.block_on(async { bucket.put_object(&key, pieces(SIZE)).await })?),
        &mut || runtime.block_on(send(&pool, Method::PUT, &uri)),
    )?;
    let row = |name, ours: Times, limit: Times| {
        let row = Row::new(name, "ms", ours.scaled(1e3)).limit(limit.scaled(1e3));
        row.ratio_within(1.0 / 0.95)
    };
    rows.push(row("put/256MiB", ours, limit));

    let mut get = || {
        runtime.block_on(async {
            let mut object = bucket.get_object(&key).await?;
            while let Some(piece) = object.body.chunk().await? {
                drop(piece);
            }
            Ok(())
        })
    };
    let (ours, limit) =
        pair(ROUNDS, &mut get, &mut || runtime.block_on(send(&pool, Method::GET, &uri)))?;
    rows.push(row("get/256MiB", ours, limit));
    Ok(())
}

/// What the other side sends as well.
pub(super) fn pieces(size: u64) -> Payload {
    Payload::once(Body::stream(Pieces::new(size).map_err(|never| match never {})))
}

async fn send(pool: &Bare, method: Method, uri: &Uri) -> Result<()> {
    let size = if method == Method::PUT { SIZE } else { 0 };
    let mut request = Request::new(BoxBody::new(Pieces::new(size)));
    (*request.method_mut(), *request.uri_mut()) = (method, uri.clone());
    let mut body = pool.request(request).await?.into_body();
    while let Some(frame) = body.frame().await {
        drop(frame?);
    }
    Ok(())
}
