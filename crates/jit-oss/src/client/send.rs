//! Signing, sending and trying again.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::task::Poll;

use bytes::Bytes;
use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};

use super::Bucket;
use crate::error::failure::Failure;
use crate::error::service::{REQUEST_ID, ServiceError};
use crate::request::Unsigned;
use crate::retry::{self, Attempt, Decision};
use crate::sign::Signed;
use crate::{Body, Error, Result};

/// How much of an error answer is read.
const ERROR_BODY: usize = 64 * 1024;

static AGENT: LazyLock<HeaderValue> = LazyLock::new(|| {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let agent = format!(concat!("jit-oss/", env!("CARGO_PKG_VERSION"), " ({}/{})"), os, arch);
    HeaderValue::try_from(agent).unwrap_or_else(|_| HeaderValue::from_static("jit-oss"))
});

impl Bucket {
    /// Sends `request` until `read` is content with the answer or the retry policy gives up.
    pub(crate) async fn run<T, F, Fut>(&self, request: Unsigned, read: F) -> Result<T>
    where
        F: Fn(Response<Body>) -> Fut,
        Fut: Future<Output = std::result::Result<T, Failure>>,
    {
        let fail = |failure| Error::new(self.subject(request.operation, &request.key), failure);
        if let Some(mistake) = &request.mistake {
            return Err(fail(Failure::Input(mistake.clone())));
        }
        let query: Vec<_> = request.query.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let url = self.url_with_query(&request.key, &query);
        // What was escaped goes out as it is: nothing parses and rewrites it on the way.
        let uri = Uri::from_maybe_shared(Bytes::from(url))
            .map_err(|error| fail(Failure::Input(error.to_string())))?;

        let shared = self.shared();
        let started = shared.runtime.elapsed();
        let mut number = 0;
        let mut clock_corrected = false;
        loop {
            number += 1;
            let failure = match self.send(&request, &uri).await {
                Ok(answer) => match read(answer).await {
                    Ok(value) => return Ok(value),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            let elapsed = shared.runtime.elapsed().saturating_sub(started);
            let idempotent = request.idempotent;
            let now = shared.runtime.now();
            let attempt = Attempt { idempotent, number, elapsed, now, clock_corrected };
            let random = shared.runtime.random();
            match retry::decide(&failure, &attempt, &shared.config.retry, random) {
                Decision::RetryAfter(pause) => shared.runtime.sleep(pause).await,
                Decision::CorrectClock(offset) => {
                    shared.clock_offset.store(offset, Ordering::Relaxed);
                    clock_corrected = true;
                }
                Decision::GiveUp => {
                    let unknown = retry::outcome_unknown(&failure, idempotent);
                    return Err(fail(failure).after(number, elapsed).with_unknown_outcome(unknown));
                }
            }
        }
    }

    /// One attempt. Any status but success is a failure.
    async fn send(
        &self,
        request: &Unsigned,
        uri: &Uri,
    ) -> std::result::Result<Response<Body>, Failure> {
        let signed = self.sign(request, self.now());
        let outgoing = self.assemble(request, uri, &signed)?;
        let transport = &self.shared().transport;
        let answer = transport.send(outgoing).await.map_err(Failure::Transport)?;
        // OSS says with 203 that it stored the object and failed at what was to follow.
        if answer.status().is_success()
            && answer.status() != StatusCode::NON_AUTHORITATIVE_INFORMATION
        {
            // A captive portal or a web server says yes to everything.
            if answer.headers().contains_key(REQUEST_ID) {
                return Ok(answer);
            }
            let status = answer.status().as_u16();
            return Err(Failure::Protocol(format!("HTTP {status} without an {REQUEST_ID}")));
        }
        let (head, body) = answer.into_parts();
        let text = self.read_some(body).await;
        let credentials = &self.shared().config.credentials;
        let secrets = [
            credentials.secret(),
            credentials.security_token().unwrap_or_default(),
            signed.signature.as_str(),
        ];
        let is_head = request.method == Method::HEAD;
        let error = ServiceError::read(head.status, &head.headers, &text, is_head, &secrets);
        Err(Failure::Service(Box::new(error)))
    }

    fn assemble(
        &self,
        request: &Unsigned,
        uri: &Uri,
        signed: &Signed,
    ) -> std::result::Result<http::Request<Body>, Failure> {
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 6);
        headers.insert(HOST, self.0.host.clone());
        headers.insert(USER_AGENT, AGENT.clone());
        for (name, value) in &request.headers {
            headers.append(name, value.clone());
        }
        for (name, value) in &signed.added {
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Failure::Config(format!("the credentials have a character `{name}` cannot have"))
            })?;
            value.set_sensitive(matches!(*name, "authorization" | "x-oss-security-token"));
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut outgoing = http::Request::new(Body::from(request.body.clone()));
        *outgoing.method_mut() = request.method.clone();
        *outgoing.uri_mut() = uri.clone();
        *outgoing.headers_mut() = headers;
        Ok(outgoing)
    }

    /// The beginning of an error's body, as far as it comes within one read timeout; what breaks off is
    /// still read.
    async fn read_some(&self, mut body: Body) -> Vec<u8> {
        let mut text = Vec::new();
        let shared = self.shared();
        let mut late = shared.runtime.sleep(shared.config.read_timeout);
        while text.len() < ERROR_BODY {
            // First what is there, then the clock.
            let mut piece = pin!(body.chunk());
            let piece = poll_fn(|cx| match piece.as_mut().poll(cx) {
                Poll::Ready(piece) => Poll::Ready(piece.ok().flatten()),
                Poll::Pending => late.as_mut().poll(cx).map(|()| None),
            });
            let Some(piece) = piece.await else { break };
            let room = ERROR_BODY - text.len();
            text.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        }
        text
    }
}
