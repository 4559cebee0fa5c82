//! Signing, sending and trying again.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, DATE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use tracing::Instrument;

use super::failed::{Failed, Seen, Tries};
use super::{Place, trace};
use crate::error::failure::Failure;
use crate::error::service::{REQUEST_ID, ServiceError};
use crate::payload::Sent;
use crate::receipt::Receipted;
use crate::request::{Answer, Unsigned};
use crate::retry;
use crate::sign::Signed;
use crate::transport::{TransportError, TransportErrorKind};
use crate::{Body, Credentials, Result, Timestamp, response, xml};

/// How much of an error answer is read.
const ERROR_BODY: usize = 64 * 1024;
/// The longest document that is read: a page of 1000 names of 1023 bytes, each byte escaped, is shorter.
const DOCUMENT: usize = 16 << 20;

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-oss-content-sha256");
const OSS_DATE: HeaderName = HeaderName::from_static("x-oss-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-oss-security-token");

static AGENT: LazyLock<HeaderValue> = LazyLock::new(|| {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let agent = format!(concat!("jit-oss/", env!("CARGO_PKG_VERSION"), " ({}/{})"), os, arch);
    HeaderValue::try_from(agent).unwrap_or_else(|_| HeaderValue::from_static("jit-oss"))
});

impl Place {
    /// Sends `request` until `read` is content with the answer or the retry policy gives up.
    ///
    /// `read` gets the answer, and what the attempt that got it had sent by then.
    pub(crate) async fn run<T, F, Fut>(&self, request: &Unsigned, read: F) -> Result<T>
    where
        T: Receipted,
        F: Fn(Response<Body>, Sent) -> Fut,
        Fut: Future<Output = std::result::Result<T, Failure>>,
    {
        if let Some(mistake) = &request.mistake {
            return Err(self.error(request, Failure::Input(mistake.clone())));
        }
        let mut tries = Tries::new(self.shared().runtime.elapsed());
        loop {
            tries.number += 1;
            let mut seen = Seen::default();
            let span = trace::attempt(request.operation, &self.authority, tries.number);
            let (failure, elapsed) = {
                let mut outcome = {
                    let attempt = pin!(async {
                        let time = match tries.clock_offset {
                            Some(by) => self.shared().runtime.now().plus(by),
                            None => self.now(),
                        };
                        let answer = self.send(request, time, &mut seen).await?;
                        span.record("status", answer.0.status().as_u16());
                        let request_id = response::text(answer.0.headers(), &REQUEST_ID);
                        let mut value = read(answer.0, answer.1).await?;
                        value.receipt_mut().request_id = request_id;
                        Ok(value)
                    });
                    let limit = self.shared().config.retry.attempt_timeout;
                    self.limited(limit, attempt).instrument(span.clone()).await
                };
                let elapsed = self.shared().runtime.elapsed().saturating_sub(tries.started);
                trace::ended(&span, &mut outcome, elapsed);
                match outcome {
                    Ok(value) => {
                        if let Some(offset) = tries.clock_offset {
                            self.shared().clock_offset.store(offset, Ordering::Relaxed);
                        }
                        return Ok(tries.done(value, elapsed));
                    }
                    Err(failure) => (failure, elapsed),
                }
            };
            // Boxed, as few attempts fail and each would have to have room for it.
            let failed = Failed { failure, seen, elapsed, span };
            let after = Box::pin(self.after(request, &mut tries, failed));
            if let Some(end) = after.await {
                return end;
            }
        }
    }

    /// As [`run`](Self::run), for an answer that is a document: `read` gets the whole of it.
    pub(crate) async fn run_document<T, F>(&self, mut request: Unsigned, read: F) -> Result<T>
    where
        T: Receipted,
        F: Fn(&HeaderMap, &[u8]) -> std::result::Result<T, Failure>,
    {
        request.answer = Answer::Document;
        let read = |answer: Response<Body>, _| {
            let (head, body) = answer.into_parts();
            std::future::ready(read(&head.headers, &body.into_bytes()))
        };
        self.run(&request, read).await
    }

    /// One attempt. Any status but success is a failure, and so is an error in a successful document.
    async fn send(
        &self,
        request: &Unsigned,
        time: Timestamp,
        seen: &mut Seen,
    ) -> std::result::Result<(Response<Body>, Sent), Failure> {
        // First, as nothing needs to be open meanwhile.
        let credentials = self.credentials(time).await.map_err(Failure::Provider)?;
        let credentials = &*seen.credentials.insert(credentials);
        let (body, sent) = request.body.open().await?;
        let body = match &request.meter {
            Some(meter) => meter.watch(body),
            None => body,
        };
        let length = sent.announced();
        if length.is_some_and(|length| length > request.max_length) {
            return Err(Failure::Input(request.too_long(length.unwrap_or_default())));
        }
        seen.sent = Some(sent.clone());
        let outgoing = {
            let signed = self.sign(request, credentials, time, None);
            self.assemble(request, &signed, body, length)?
        };
        let transport = &self.shared().transport;
        let answer = transport.send(outgoing).await.map_err(Failure::Transport)?;
        let (head, body) = answer.into_parts();
        // OSS says with 203 that it stored the object and failed at what was to follow.
        let is_success =
            head.status.is_success() && head.status != StatusCode::NON_AUTHORITATIVE_INFORMATION;
        if !is_success {
            let text = Box::pin(self.read_some(body)).await;
            return Err(self.refusal(request, &head, &text, (credentials, time)));
        }
        // A captive portal or a web server says yes to everything.
        if !head.headers.contains_key(&REQUEST_ID) {
            let status = head.status.as_u16();
            let what = format!("HTTP {status} without an {}", REQUEST_ID.as_str());
            return Err(Failure::Protocol(what));
        }
        if request.answer == Answer::Content {
            return Ok((Response::from_parts(head, body), sent));
        }
        let text = Box::pin(read_document(body)).await?;
        if xml::is_error(&text) {
            return Err(self.refusal(request, &head, &text, (credentials, time)));
        }
        Ok((Response::from_parts(head, Body::from(text)), sent))
    }

    /// Pauses as after so many attempts, for those who have attempts of their own.
    pub(crate) async fn back_off(&self, number: u32) {
        let shared = self.shared();
        let pause = retry::back_off(&shared.config.retry, number, shared.runtime.random());
        shared.runtime.sleep(pause).await;
    }

    /// Ends an attempt that takes too long.
    pub(super) fn limited<T>(
        &self,
        limit: Option<Duration>,
        mut attempt: Pin<&mut impl Future<Output = std::result::Result<T, Failure>>>,
    ) -> impl Future<Output = std::result::Result<T, Failure>> {
        let mut late = limit.map(|limit| (limit, self.shared().runtime.sleep(limit)));
        poll_fn(move |cx| match (attempt.as_mut().poll(cx), &mut late) {
            (Poll::Pending, Some((limit, late))) => late.as_mut().poll(cx).map(|()| {
                let message = format!("the attempt was not over within {limit:?}");
                Err(Failure::Transport(TransportError::new(TransportErrorKind::Timeout, message)))
            }),
            (outcome, _) => outcome,
        })
    }

    fn refusal(
        &self,
        request: &Unsigned,
        head: &http::response::Parts,
        text: &[u8],
        (credentials, time): (&Arc<Credentials>, Timestamp),
    ) -> Failure {
        // The same as it was sent with, which no request that is not refused has to keep.
        let signed = self.sign(request, credentials, time, None);
        let secrets = [
            credentials.secret(),
            credentials.security_token().unwrap_or_default(),
            signed.signature(),
        ];
        let is_head = request.method == Method::HEAD;
        let mut error = ServiceError::read(head.status, &head.headers, text, is_head, &secrets);
        if error.code.as_deref() == Some("SignatureDoesNotMatch") {
            error.mismatch = self.mismatch(request, credentials, time, text);
        }
        Failure::Service(Box::new(error))
    }

    fn assemble(
        &self,
        request: &Unsigned,
        signed: &Signed,
        body: Body,
        length: Option<u64>,
    ) -> std::result::Result<http::Request<Body>, Failure> {
        let length = length.filter(|_| matches!(request.method, Method::PUT | Method::POST));
        let own = 2 + usize::from(length.is_some());
        let mut headers =
            HeaderMap::with_capacity(own + request.headers.len() + signed.added().count());
        headers.insert(HOST, self.host.clone());
        headers.insert(USER_AGENT, AGENT.clone());
        for (name, value) in &request.headers {
            headers.append(name, value.clone());
        }
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in signed.added() {
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Failure::Config(format!("the credentials have a character `{name}` cannot have"))
            })?;
            let name = match name {
                "authorization" => AUTHORIZATION,
                "date" => DATE,
                "x-oss-content-sha256" => CONTENT_SHA256,
                "x-oss-date" => OSS_DATE,
                other => HeaderName::from_static(other),
            };
            value.set_sensitive(name == AUTHORIZATION || name == SECURITY_TOKEN);
            headers.insert(name, value);
        }
        let mut outgoing = http::Request::new(body);
        *outgoing.method_mut() = request.method.clone();
        *outgoing.uri_mut() = self.uri(&request.key, &request.text_query())?;
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

async fn read_document(mut body: Body) -> std::result::Result<Bytes, Failure> {
    let mut text = BytesMut::new();
    while let Some(piece) = body.chunk().await.map_err(Failure::Transport)? {
        if text.len() + piece.len() > DOCUMENT {
            return Err(Failure::Protocol(format!("the answer is longer than {DOCUMENT} bytes")));
        }
        text.extend_from_slice(&piece);
    }
    Ok(text.freeze())
}
