//! Telling another server of an upload, and answering what it answers.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use http::{HeaderName, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jit_oss::escape;
use serde::Deserialize;
use tokio::net::TcpStream;

use super::Call;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::version::Version;

const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const MAX_ANSWER: usize = 1 << 20;
const FORM: &str = "application/x-www-form-urlencoded";

/// The most URLs that are tried.
const MOST_URLS: usize = 5;
/// The most bytes that a callback, or its variables, may have in Base64.
const MAX_PARAMETER: usize = 5 << 10;

/// What an upload asks to be told.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// Several are separated by `;`, and the first that answers is it. Empty for no callback.
    #[serde(default)]
    callback_url: String,
    callback_host: Option<String>,
    callback_body: String,
    callback_body_type: Option<String>,
}

/// A callback that was read and is allowed.
#[derive(Debug)]
pub(super) struct Callback {
    wanted: Wanted,
    variables: BTreeMap<String, String>,
}

impl Callback {
    /// Reads it from the request, if it has one.
    pub(super) fn read(call: Call<'_>) -> Result<Option<Self>, OssError> {
        let of = |header, query| call.request.header(header).or_else(|| call.request.query(query));
        let Some(text) = of("x-oss-callback", "callback").filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let invalid = |name: &str| {
            let message = format!("The {name} is not the base64 of well-formed JSON.");
            OssError::bad_request("InvalidArgument", message).with("ArgumentName", name)
        };
        check_length("callback", text, "0007-00000001")?;
        let wanted: Wanted = decode(text).ok_or_else(|| invalid("callback"))?;
        let variables = match of("x-oss-callback-var", "callback-var") {
            Some(text) => {
                check_length("callback-var", text, "0007-00000101")?;
                decode(text).ok_or_else(|| invalid("callback-var"))?
            }
            None => BTreeMap::new(),
        };
        if urls(&wanted).count() > MOST_URLS {
            let message = format!("The callbackUrl has more than {MOST_URLS} URLs.");
            return Err(OssError::bad_request("InvalidArgument", message)
                .ec("0007-00000005")
                .with("ArgumentName", "callback"));
        }
        Ok((!wanted.callback_url.is_empty()).then_some(Self { wanted, variables }))
    }

    /// Tells of the upload. The object is there, whatever comes of it.
    pub(super) async fn perform(
        self,
        call: Call<'_>,
        version: &Version,
        stored: Reply,
    ) -> Result<Reply, OssError> {
        let mut why = "there is no URL".to_owned();
        for url in urls(&self.wanted) {
            match tokio::time::timeout(TIMEOUT, self.send(call, url, version)).await {
                Ok(Ok(answer)) => {
                    let mut reply = Reply::document(StatusCode::OK, answer);
                    reply.headers.extend(stored.headers);
                    return Ok(reply.with(header::CONTENT_TYPE, "application/json"));
                }
                Ok(Err(error)) => why = error,
                Err(_) => why = "it takes too long".to_owned(),
            }
        }
        let status = StatusCode::NON_AUTHORITATIVE_INFORMATION;
        let message = format!("Error status : {why}.");
        let error = OssError::new(status, "CallbackFailed", message).ec("0007-00000203");
        let etag = version.etag.quoted();
        Err(error.header("etag", etag))
    }

    async fn send(&self, call: Call<'_>, url: &str, version: &Version) -> Result<String, String> {
        let uri: Uri = url.parse().map_err(|_| "the URL is not valid".to_owned())?;
        let host = uri.host().filter(|_| uri.scheme_str() == Some("http"));
        let host = host.ok_or_else(|| "only http URLs are called".to_owned())?;
        let port = uri.port_u16().unwrap_or(80);
        let address = format!("{host}:{port}");
        if !call.state.callback_hosts.iter().any(|allowed| *allowed == host || *allowed == address)
        {
            return Err(format!(
                "{address} is not allowed; the server's --callback-allow names hosts"
            ));
        }
        let told = |error: &dyn std::fmt::Display| format!("{address} cannot be called: {error}");
        let stream = TcpStream::connect(&address).await.map_err(|error| told(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| told(&error))?;
        let kind = self.wanted.callback_body_type.as_deref().unwrap_or(FORM);
        let body = self.body(call, version, kind == FORM);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = hyper::Request::post(path)
            .header(header::HOST, self.wanted.callback_host.as_deref().unwrap_or(&address))
            .header(header::CONTENT_TYPE, kind)
            .header(HeaderName::from_static("x-oss-bucket"), call.bucket)
            .header(header::USER_AGENT, "aliyun-oss-callback")
            .body(Full::<Bytes>::from(body))
            .map_err(|error| told(&error))?;
        // It ends with this request.
        let exchange = async {
            let response = sender.send_request(request).await.map_err(|error| told(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
            let body = body.map_err(|error| told(&error))?.to_bytes();
            if status != StatusCode::OK {
                return Err(status.as_str().to_owned());
            }
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
            let text = String::from_utf8(body.into()).ok().filter(|_| is_json);
            text.ok_or_else(|| "the answer is no JSON".to_owned())
        };
        tokio::pin!(connection);
        tokio::pin!(exchange);
        tokio::select! {
            answer = &mut exchange => answer,
            // The connection may be done before its answer is read.
            _ = &mut connection => exchange.await,
        }
    }

    /// The body with its variables filled in.
    fn body(&self, call: Call<'_>, version: &Version, is_form: bool) -> String {
        let value = |name: &str| -> Option<String> {
            Some(match name {
                "bucket" => call.bucket.to_owned(),
                "object" => call.key.to_owned(),
                "etag" => version.etag.to_string(),
                "size" => version.size.to_string(),
                "crc64" => version.crc64.to_string(),
                "contentMd5" => version.etag.content_md5(),
                "mimeType" => {
                    let headers = &version.attributes.headers;
                    let kind = headers.iter().find(|(name, _)| name == "content-type");
                    kind.map(|(_, value)| value.clone()).unwrap_or_default()
                }
                name => self.variables.get(name)?.clone(),
            })
        };
        let (mut out, mut rest) = (String::new(), self.wanted.callback_body.as_str());
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            let value = value(name).unwrap_or_default();
            match (is_form, value.parse::<u64>()) {
                (true, _) => out.push_str(&escape::query(&value)),
                (false, Ok(_)) if name == "size" => out.push_str(&value),
                (false, _) => out.push_str(&serde_json::Value::from(value).to_string()),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

fn urls(wanted: &Wanted) -> impl Iterator<Item = &str> {
    wanted.callback_url.split(';').filter(|url| !url.is_empty())
}

fn check_length(name: &str, text: &str, ec: &'static str) -> Result<(), OssError> {
    if text.len() <= MAX_PARAMETER {
        return Ok(());
    }
    let message = format!("The {name} has more than {MAX_PARAMETER} bytes.");
    Err(OssError::bad_request("InvalidArgument", message).ec(ec).with("ArgumentName", name))
}

fn decode<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_slice(&BASE64.decode(text).ok()?).ok()
}
