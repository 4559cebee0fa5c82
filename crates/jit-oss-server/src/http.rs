//! Connections: reading requests within limits, and writing answers.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jit_oss::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::access;
use crate::auth::Identity;
use crate::body::{Body, RequestBody};
use crate::digest::put_hex;
use crate::error::OssError;
use crate::fault::Action;
use crate::handlers::{self, cors};
use crate::record::{RequestRecord, masked};
use crate::reply::Reply;
use crate::request::{Request, host, is_own};
use crate::route::{self, Operation};
use crate::server::State;
use crate::stall::Impatient;
use crate::{console, control};

/// The most bytes that a request line and its headers may have.
const MAX_HEAD: usize = 64 << 10;
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const GARBAGE: &[u8] = b"\x16\x03\x01 this is not HTTP\r\n\r\n";

/// Why a connection is closed without an answer, and what it gets instead.
#[derive(Debug)]
struct Hangup;

impl std::fmt::Display for Hangup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Hangup {}

/// Serves one connection until the client is done, or `stop` changes.
pub(crate) async fn serve(
    state: Arc<State>,
    stream: TcpStream,
    peer: IpAddr,
    mut stop: watch::Receiver<bool>,
) {
    let last_words: Arc<Mutex<&'static [u8]>> = Arc::default();
    let words = Arc::clone(&last_words);
    let service = service_fn(move |request| {
        let (state, words) = (Arc::clone(&state), Arc::clone(&words));
        Box::pin(async move { answer(&state, peer, request, &words).await })
    });
    let mut connection = http1::Builder::new()
        .auto_date_header(false)
        // A request that arrived whole is performed and recorded, whether or not its sender listens.
        .half_close(true)
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(MAX_HEAD)
        .timer(TokioTimer::new())
        .serve_connection(Impatient::new(TokioIo::new(stream)), service);
    let stopped = tokio::select! {
        _ = poll_fn(|context| connection.poll_without_shutdown(context)) => false,
        _ = stop.wait_for(|stop| *stop) => true,
    };
    if stopped {
        Pin::new(&mut connection).graceful_shutdown();
        drop(poll_fn(|context| connection.poll_without_shutdown(context)).await);
    }
    let words = *last_words.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stream = connection.into_parts().io.into_inner().into_inner();
    // The client may be gone already, which is as well.
    drop(stream.write_all(words).await);
    drop(stream.shutdown().await);
}

type Answer = Result<Response<Body>, Hangup>;

async fn answer(
    state: &State,
    peer: IpAddr,
    request: hyper::Request<Incoming>,
    last_words: &Mutex<&'static [u8]>,
) -> Answer {
    let started = Instant::now();
    let (parts, incoming) = request.into_parts();
    let mut exchange = Exchange {
        state,
        started,
        arrived: Timestamp::now(),
        request_id: request_id(),
        host: host(&parts.headers, &parts.uri).unwrap_or_default().to_owned(),
        target: masked(parts.uri.path_and_query().map_or("", |target| target.as_str())),
        method: parts.method.clone(),
        operation: None,
        code: None,
        diagnosis: None,
        cors: Vec::new(),
    };
    let mut body = RequestBody::new(incoming, parts.headers.contains_key(header::EXPECT));
    let now = state.now();
    if let Some(page) = parts.uri.path().strip_prefix(control::PREFIX)
        && is_own(&exchange.host)
    {
        let query = parts.uri.query().unwrap_or_default();
        if let Some(page) = page.strip_prefix(console::PAGES)
            && let Some(reply) = console::answer(state, &parts.method, page, query, &exchange.host)
        {
            return Ok(exchange.finish(reply, now));
        }
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let reply = control::answer(state, peer, &parts.method, page, kind, &mut body).await;
        return Ok(exchange.finish(reply, now));
    }
    let request = Request::parse(parts.method, &parts.uri, parts.headers);
    let accepted = request.and_then(|request| {
        // Named before it is verified, so that a refusal is recorded with its operation.
        let operation = route::operation(&request);
        exchange.operation = operation.as_ref().ok().copied();
        exchange.cors = cors::headers(&state.store, &request);
        // A browser asks before it signs, and a form has its signature in it.
        if !matches!(operation, Ok(Operation::OptionObject | Operation::PostObject)) {
            let verified = match state.verifier.verify(&request, now) {
                Err(error) if state.lenient => {
                    // Told, and then let through.
                    exchange.diagnosis.clone_from(&error.aside.diagnosis);
                    Ok(Identity::Owner)
                }
                verified => verified,
            };
            if verified? == Identity::Anonymous && !state.lenient {
                access::check(&state.store, operation.as_ref().ok().copied(), &request)?;
            }
        }
        Ok((request, operation?))
    });
    let (request, operation) = match accepted {
        Ok(accepted) => accepted,
        Err(error) => {
            body.drain().await;
            let response = exchange.refuse(error, now);
            return exchange.distort(response, Vec::new(), last_words);
        }
    };
    let actions = state.faults.take(operation);
    for action in &actions {
        match action {
            Action::Delay(time) => tokio::time::sleep(*time).await,
            // Never granted: it ends when the gate is closed.
            Action::Hold(gate) => gate.pass().await,
            _ => {}
        }
    }
    if actions.iter().any(|action| matches!(action, Action::DropRequest)) {
        exchange.record(None);
        return Err(Hangup);
    }
    let failure = actions.iter().find_map(|action| match action {
        Action::Fail { status, code } => {
            let status = StatusCode::from_u16(*status).ok().filter(|s| !s.is_informational());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Some(OssError::new(status, code.clone(), "This failure was asked for."))
        }
        Action::Expire => Some(OssError::forbidden("AccessDenied", "Request has expired.")),
        _ => None,
    });
    let performed = match failure {
        Some(error) => Err(error),
        None => handlers::perform(state, operation, &request, &mut body, now).await,
    };
    let response = match performed {
        Ok(reply) => exchange.finish(reply, now),
        Err(error) => {
            body.drain().await;
            exchange.refuse(error, now)
        }
    };
    exchange.distort(response, actions, last_words)
}

/// What belongs to one request and its answer.
struct Exchange<'a> {
    state: &'a State,
    started: Instant,
    arrived: Timestamp,
    request_id: String,
    host: String,
    target: String,
    method: Method,
    operation: Option<Operation>,
    code: Option<String>,
    diagnosis: Option<String>,
    cors: Vec<(HeaderName, String)>,
}

impl Exchange<'_> {
    fn refuse(&mut self, error: OssError, now: Timestamp) -> Response<Body> {
        self.code = Some(error.code.clone().into_owned());
        self.diagnosis.clone_from(&error.aside.diagnosis);
        let document = error.document(&self.request_id, &self.host);
        let mut reply = if self.method == Method::HEAD {
            // No body can go along, so the document travels in a header.
            let encoded = BASE64.encode(document);
            Reply::empty(error.status).with(HeaderName::from_static("x-oss-err"), &encoded)
        } else {
            Reply::document(error.status, document)
        };
        if let Some(ec) = error.ec {
            reply = reply.with(HeaderName::from_static("x-oss-ec"), ec);
        }
        for (name, value) in error.aside.headers {
            reply = reply.with(name, &value);
        }
        self.finish(reply, now)
    }

    /// Adds what every answer has.
    fn finish(&self, reply: Reply, now: Timestamp) -> Response<Body> {
        let reply = reply
            .fixed(header::SERVER, "AliyunOSS")
            .with(header::DATE, &now.http_date())
            .with(HeaderName::from_static("x-oss-request-id"), &self.request_id)
            .with(
                HeaderName::from_static("x-oss-server-time"),
                &self.started.elapsed().as_millis().to_string(),
            );
        let add =
            |reply: Reply, (name, value): &(HeaderName, String)| reply.with(name.clone(), value);
        let reply = self.cors.iter().fold(reply, add);
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        // These two have no body by their own nature.
        if !matches!(reply.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            response.headers_mut().insert(header::CONTENT_LENGTH, reply.length.into());
        }
        response
    }

    fn distort(
        &self,
        mut response: Response<Body>,
        actions: Vec<Action>,
        last_words: &Mutex<&'static [u8]>,
    ) -> Answer {
        for action in actions {
            match action {
                Action::CutAfter(bytes) => response = response.map(|body| body.cut_after(bytes)),
                Action::Drip(pause) => response = response.map(|body| body.drip(pause)),
                Action::CorruptBody => response = response.map(Body::corrupt),
                Action::NotXml => {
                    let text = "this is not XML <";
                    *response.status_mut() = StatusCode::OK;
                    *response.body_mut() = text.to_owned().into();
                    let length = HeaderValue::from(text.len());
                    response.headers_mut().insert(header::CONTENT_LENGTH, length);
                }
                Action::Header(name, value) => {
                    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
                        response.headers_mut().insert(name, value);
                    }
                }
                Action::WithoutHeader(name) => {
                    response.headers_mut().remove(name);
                }
                Action::DropReply => {
                    self.record(None);
                    return Err(Hangup);
                }
                Action::Garbage => {
                    *last_words.lock().unwrap_or_else(PoisonError::into_inner) = GARBAGE;
                    self.record(None);
                    return Err(Hangup);
                }
                // They came before.
                Action::Fail { .. }
                | Action::Expire
                | Action::Delay(_)
                | Action::Hold(_)
                | Action::DropRequest => {}
            }
        }
        self.record(Some(response.status()));
        Ok(response)
    }

    fn record(&self, status: Option<StatusCode>) {
        let record = RequestRecord {
            operation: self.operation,
            time: self.arrived,
            method: self.method.as_str().to_owned(),
            target: self.target.clone(),
            status: status.map(|status| status.as_u16()),
            code: self.code.clone(),
            diagnosis: self.diagnosis.clone(),
            request_id: self.request_id.clone(),
            elapsed: self.started.elapsed(),
        };
        self.state.observer.tell(&record);
        self.state.records.add(record);
    }
}

/// 24 upper-case hex digits.
fn request_id() -> String {
    let mut hex = [0; 24];
    let random = fastrand::u128(..).to_ne_bytes();
    put_hex(random.get(..12).unwrap_or_default(), &mut hex).to_owned()
}
