//! Connections: reading requests within limits, and writing answers.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jit_oss::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::access;
use crate::auth::Identity;
use crate::body::{Body, RequestBody};
use crate::error::OssError;
use crate::fault::Action;
use crate::handlers::{self, cors};
use crate::record::{Entry, RequestId, masked};
use crate::reply::Reply;
use crate::request::{Request, is_own};
use crate::route::{self, Operation};
use crate::server::State;
use crate::stall::{Impatient, OneTimer};
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
    let service = service_fn(move |request| answer(&state, peer, request, &words));
    let mut connection = http1::Builder::new()
        .auto_date_header(false)
        // A request that arrived whole is performed and recorded, whether or not its sender listens.
        .half_close(true)
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(MAX_HEAD)
        .timer(OneTimer::default())
        .serve_connection(Impatient::new(TokioIo::new(stream)), service);
    let stopped = tokio::select! {
        // Nothing is gained by asking in another order each time.
        biased;
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
type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Reads a request, finds out whether it may be performed, and gives what remains to be done. What needs no waiting
/// is done at once: a future has room for all that it keeps while it waits, and is paid for with each request.
fn answer(
    state: &Arc<State>,
    peer: IpAddr,
    request: hyper::Request<Incoming>,
    last_words: &Arc<Mutex<&'static [u8]>>,
) -> Answering {
    let (parts, incoming) = request.into_parts();
    let mut exchange = Exchange::of(state, &parts);
    let mut body = RequestBody::new(incoming, parts.headers.contains_key(header::EXPECT));
    if parts.uri.path().starts_with(control::PREFIX) && is_own(exchange.host()) {
        return Box::pin(async move {
            let host = exchange.host();
            let reply = own_page(&exchange.state, peer, &parts, host, &mut body).await;
            Ok(exchange.finish(reply, HeaderMap::new()))
        });
    }
    let last_words = Arc::clone(last_words);
    let (request, operation) = match exchange.accept(parts) {
        Ok(accepted) => accepted,
        Err(error) => {
            return Box::pin(async move {
                body.drain().await;
                let response = exchange.refuse(error, HeaderMap::new());
                exchange.distort(response, Vec::new(), &last_words)
            });
        }
    };
    Box::pin(async move {
        let actions = exchange.state.faults.take(operation);
        if !actions.is_empty() {
            Box::pin(wait(&actions)).await;
        }
        if actions.iter().any(|action| matches!(action, Action::DropRequest)) {
            exchange.record(None);
            return Err(Hangup);
        }
        let (state, now) = (&exchange.state, exchange.now);
        let performed = match failure(&actions) {
            Some(error) => Err(error),
            None => handlers::perform(state, operation, &request, &mut body, now).await,
        };
        let response = match performed {
            Ok(reply) => exchange.finish(reply, request.into_map()),
            Err(error) => {
                Box::pin(body.drain()).await;
                exchange.refuse(error, request.into_map())
            }
        };
        exchange.distort(response, actions, &last_words)
    })
}

/// The pages that are this server's own and no object.
async fn own_page(
    state: &State,
    peer: IpAddr,
    parts: &Parts,
    host: &str,
    body: &mut RequestBody,
) -> Reply {
    let page = parts.uri.path().strip_prefix(control::PREFIX).unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    if let Some(page) = page.strip_prefix(console::PAGES)
        && let Some(reply) = console::answer(state, &parts.method, page, query, host)
    {
        return reply;
    }
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    control::answer(state, peer, &parts.method, page, kind, body).await
}

/// Waits for as long as faults have it.
async fn wait(actions: &[Action]) {
    for action in actions {
        match action {
            Action::Delay(time) => tokio::time::sleep(*time).await,
            // Never granted: it ends when the gate is closed.
            Action::Hold(gate) => gate.pass().await,
            _ => {}
        }
    }
}

/// What is answered in place of performing the operation, if a fault has it so.
fn failure(actions: &[Action]) -> Option<OssError> {
    actions.iter().find_map(|action| match action {
        Action::Fail { status, code } => {
            let status = StatusCode::from_u16(*status).ok().filter(|s| !s.is_informational());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Some(OssError::new(status, code.clone(), "This failure was asked for."))
        }
        Action::Expire => Some(OssError::forbidden("AccessDenied", "Request has expired.")),
        _ => None,
    })
}

/// What belongs to one request and its answer.
struct Exchange {
    state: Arc<State>,
    started: Instant,
    /// Until its answer was begun.
    elapsed: Option<Duration>,
    arrived: Timestamp,
    /// When it arrived by this server's clock, which may be wrong on purpose.
    now: Timestamp,
    request_id: RequestId,
    host: Option<HeaderValue>,
    target: String,
    method: Method,
    operation: Option<Operation>,
    code: Option<String>,
    diagnosis: Option<String>,
    cors: Vec<(HeaderName, String)>,
}

impl Exchange {
    fn of(state: &Arc<State>, parts: &Parts) -> Self {
        let arrived = Timestamp::now();
        let host = parts.headers.get(header::HOST).filter(|host| host.to_str().is_ok()).cloned();
        Self {
            state: Arc::clone(state),
            started: Instant::now(),
            elapsed: None,
            arrived,
            now: state.at(arrived),
            request_id: RequestId::random(),
            host: host.or_else(|| parts.uri.authority()?.as_str().parse().ok()),
            target: masked(parts.uri.path_and_query().map_or("", |target| target.as_str())),
            method: parts.method.clone(),
            operation: None,
            code: None,
            diagnosis: None,
            cors: Vec::new(),
        }
    }

    /// The host that was asked; empty when none was named.
    fn host(&self) -> &str {
        self.host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or_default()
    }

    /// The request and what it asks for, if whoever asks may.
    fn accept(&mut self, parts: Parts) -> Result<(Request, Operation), OssError> {
        let state = &self.state;
        let request = Request::parse(parts.method, &parts.uri, parts.headers)?;
        // Named before it is verified, so that a refusal is recorded with its operation.
        let operation = route::operation(&request);
        self.operation = operation.as_ref().ok().copied();
        self.cors = cors::headers(state, &request);
        // A browser asks before it signs, and a form has its signature in it.
        if !matches!(operation, Ok(Operation::OptionObject | Operation::PostObject)) {
            let verified = match state.verifier.verify(&request, self.now) {
                Err(error) if state.lenient => {
                    // Told, and then let through.
                    self.diagnosis.clone_from(&error.aside.diagnosis);
                    Ok(Identity::Owner)
                }
                verified => verified,
            };
            if verified? == Identity::Anonymous && !state.lenient {
                access::check(&state.store, operation.as_ref().ok().copied(), &request)?;
            }
        }
        Ok((request, operation?))
    }

    fn refuse(&mut self, error: OssError, map: HeaderMap) -> Response<Body> {
        self.code = Some(error.code.clone().into_owned());
        self.diagnosis.clone_from(&error.aside.diagnosis);
        let document = error.document(self.request_id.as_str(), self.host());
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
        self.finish(reply, map)
    }

    /// Adds what every answer has. The headers are put into `map`.
    fn finish(&mut self, reply: Reply, mut map: HeaderMap) -> Response<Body> {
        let elapsed = *self.elapsed.insert(self.started.elapsed());
        let mut reply = reply
            .fixed(header::SERVER, "AliyunOSS")
            .value(header::DATE, self.state.date(self.now))
            .with(HeaderName::from_static("x-oss-request-id"), self.request_id.as_str());
        let time = HeaderName::from_static("x-oss-server-time");
        reply = match elapsed.as_millis() {
            0 => reply.fixed(time, "0"),
            more => reply.with(time, &more.to_string()),
        };
        for (name, value) in std::mem::take(&mut self.cors) {
            reply = reply.owned(name, value);
        }
        // What a HEAD tells is not what it sends, which is nothing.
        if self.method == Method::HEAD && has_body(reply.status) {
            let length = reply.length;
            reply = reply.number(header::CONTENT_LENGTH, length);
        }
        for (name, value) in reply.headers {
            map.insert(name, value);
        }
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = map;
        response
    }

    fn distort(
        mut self,
        mut response: Response<Body>,
        actions: Vec<Action>,
        last_words: &Mutex<&'static [u8]>,
    ) -> Answer {
        if !actions.is_empty() {
            // The length that is told is the one that was meant, whatever becomes of the body.
            let length = response.body().size_hint().exact();
            if let Some(length) = length.filter(|_| has_body(response.status())) {
                response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
            }
            response = response.map(Body::unmeasured);
        }
        for action in actions {
            match action {
                Action::CutAfter(bytes) => response = response.map(|body| body.cut_after(bytes)),
                Action::Drip(pause) => response = response.map(|body| body.drip(pause)),
                Action::CorruptBody => response = response.map(Body::corrupt),
                Action::NotXml => {
                    let text = "this is not XML <";
                    *response.status_mut() = StatusCode::OK;
                    *response.body_mut() = Body::from(text.to_owned()).unmeasured();
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

    fn record(&mut self, status: Option<StatusCode>) {
        let entry = Entry {
            operation: self.operation,
            time: self.arrived,
            method: std::mem::take(&mut self.method),
            target: std::mem::take(&mut self.target),
            status,
            code: self.code.take(),
            diagnosis: self.diagnosis.take(),
            request_id: self.request_id,
            elapsed: self.elapsed.unwrap_or_else(|| self.started.elapsed()),
        };
        self.state.observer.tell(&entry);
        self.state.records.add(entry);
    }
}

/// Whether an answer of this status may have a body: two have none by their own nature.
fn has_body(status: StatusCode) -> bool {
    !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
