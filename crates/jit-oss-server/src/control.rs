//! Pages of the server itself, below `/-/`, where no bucket can be: its health, and the door to its
//! [`Faults`](crate::Faults) over HTTP.
//!
//! The control pages are for tests, and answer only when the server was told to, and only to this machine.
//! They take and give JSON. A request with a body must say that it is JSON, which a page in a browser cannot
//! without asking first.

use std::net::IpAddr;
use std::time::Duration;

use http::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use crate::body::RequestBody;
use crate::fault::Fault;
use crate::reply::Reply;
use crate::route::Operation;
use crate::server::State;

/// What such pages are below.
pub(crate) const PREFIX: &str = "/-/";

/// The most bytes that a request may have.
const MAX_BODY: u64 = 64 << 10;

/// A fault as JSON; see the README for examples.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Armed {
    /// Any, unless it is named.
    operation: Option<Operation>,
    #[serde(default)]
    skip: usize,
    times: Option<usize>,
    action: Action,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Action {
    Fail { status: u16, code: String },
    Expire,
    DelayMilliseconds(u64),
    CutAfter(u64),
    DripMilliseconds(u64),
    CorruptBody,
    DropRequest,
    DropReply,
    Garbage,
    NotXml,
    CorruptCrc,
    Header { name: String, value: String },
    WithoutHeader(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    skew_seconds: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disk {
    bytes_left: Option<u64>,
}

/// Answers a request for the page of this path, which comes after [`PREFIX`].
pub(crate) async fn answer(
    state: &State,
    peer: IpAddr,
    method: &Method,
    path: &str,
    content_type: Option<&str>,
    body: &mut RequestBody,
) -> Reply {
    if path == "health" && (method == Method::GET || method == Method::HEAD) {
        return json(StatusCode::OK, &json!({ "status": "ok" }));
    }
    let Some(page) = path.strip_prefix("control/").filter(|_| state.control) else {
        return refuse(StatusCode::NOT_FOUND, "there is no such page; --control turns on more");
    };
    if !peer.is_loopback() {
        return refuse(StatusCode::FORBIDDEN, "the control pages are for this machine only");
    }
    let mut sent = Vec::new();
    if method == Method::POST {
        if content_type.is_none_or(|kind| !kind.starts_with("application/json")) {
            return refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type: application/json, please",
            );
        }
        match body.collect(MAX_BODY).await {
            Ok(body) => sent = body,
            Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }
    match perform(state, method, page, &sent) {
        Ok(reply) => reply,
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn perform(
    state: &State,
    method: &Method,
    page: &str,
    sent: &[u8],
) -> Result<Reply, serde_json::Error> {
    let done = || Reply::empty(StatusCode::NO_CONTENT);
    Ok(match (method.as_str(), page) {
        ("POST", "faults") => {
            arm(state, serde_json::from_slice(sent)?);
            done()
        }
        ("DELETE", "faults") => {
            state.faults.clear();
            done()
        }
        ("POST", "clock") => {
            state.faults.skew_clock(serde_json::from_slice::<Clock>(sent)?.skew_seconds);
            done()
        }
        ("POST", "disk") => {
            state.faults.limit_disk(serde_json::from_slice::<Disk>(sent)?.bytes_left);
            done()
        }
        ("GET", "requests") => {
            let all = state.records.all();
            let shown: Vec<_> = all.iter().map(crate::RequestRecord::to_json).collect();
            json(StatusCode::OK, &shown.into())
        }
        _ => refuse(StatusCode::NOT_FOUND, "there is no such page, or it has no such method"),
    })
}

fn arm(state: &State, armed: Armed) {
    let faults = &state.faults;
    let fault: Fault<'_> = match armed.operation {
        Some(operation) => faults.on(operation),
        None => faults.on_any(),
    };
    let fault = fault.skip(armed.skip).times(armed.times.unwrap_or(1));
    match armed.action {
        Action::Fail { status, code } => fault.fail(status, code),
        Action::Expire => fault.expire(),
        Action::DelayMilliseconds(time) => fault.delay(Duration::from_millis(time)),
        Action::CutAfter(bytes) => fault.cut_after(bytes),
        Action::DripMilliseconds(pause) => fault.drip(Duration::from_millis(pause)),
        Action::CorruptBody => fault.corrupt_body(),
        Action::DropRequest => fault.drop_request(),
        Action::DropReply => fault.drop_reply(),
        Action::Garbage => fault.garbage(),
        Action::NotXml => fault.not_xml(),
        Action::CorruptCrc => fault.corrupt_crc(),
        Action::Header { name, value } => fault.header(name, value),
        Action::WithoutHeader(name) => fault.without_header(name),
    }
}

fn json(status: StatusCode, value: &serde_json::Value) -> Reply {
    Reply::document(status, format!("{value}\n")).with(header::CONTENT_TYPE, "application/json")
}

fn refuse(status: StatusCode, why: &str) -> Reply {
    json(status, &json!({ "error": why }))
}
