//! Who asks, and whether they may: V1 and V4 signatures, in headers, in the query and in forms.
//!
//! The signature is computed over what the request was decoded to, so a request that was changed on its
//! way, or signed by other rules, does not match. A refusal carries the texts that were signed here, for
//! comparing with those of the client.

mod form;
mod time;
mod v1;
mod v4;

use std::sync::{Arc, Mutex};

use jit_oss::sign;
use jit_oss::sign::v4::{ALGORITHM, SigningKey};
use jit_oss::{Credentials, Timestamp, escape};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::diagnose::Signed;
use crate::error::OssError;
use crate::request::Request;
pub(crate) use time::MAX_SKEW;

const MASK: &str = "***";

/// Parameters that a signed URL has.
const V4_QUERY: &[&str] = &["x-oss-signature", "x-oss-credential", "x-oss-signature-version"];
const V1_QUERY: &[&str] = &["Signature", "OSSAccessKeyId"];

fn has_any(request: &Request, names: &[&str]) -> bool {
    names.iter().any(|name| request.query(name).is_some())
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Owner,
    Anonymous,
}

/// Checks requests against one access key.
pub(crate) struct Verifier {
    credentials: Credentials,
    region: String,
    /// The V4 credential that was last good for a signature: reading one takes a while, and deriving its key four HMACs.
    known: Mutex<Option<Arc<Known>>>,
}

/// A V4 credential taken apart, and its key. Whether it may be used is looked at each time.
struct Known {
    credential: String,
    id: String,
    date: String,
    region: String,
    product: String,
    key: SigningKey,
}

impl Verifier {
    pub(crate) fn new(credentials: Credentials, region: String) -> Self {
        Self { credentials, region, known: Mutex::default() }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Refuses `request` unless it is signed by the credentials, for now and for here, or not at all.
    pub(crate) fn verify(&self, request: &Request, now: Timestamp) -> Result<Identity, OssError> {
        let authorization = request.header("authorization");
        let (v4_query, v1_query) = (has_any(request, V4_QUERY), has_any(request, V1_QUERY));
        match [authorization.is_some(), v4_query, v1_query].map(u8::from).iter().sum() {
            0_u8 => return Ok(Identity::Anonymous),
            1 => {}
            _ => {
                let message = "The request is signed more than once: by header and in the query, or twice there.";
                return Err(OssError::bad_request("InvalidArgument", message));
            }
        }
        match authorization {
            Some(text) => {
                let fields = |scheme| text.strip_prefix(scheme)?.strip_prefix(' ');
                match (fields(ALGORITHM), fields("OSS")) {
                    (Some(fields), _) => self.v4_header(request, fields, now),
                    (_, Some(fields)) => self.v1_header(request, fields, now),
                    _ => Err(malformed("The Authorization header is of no known scheme.")),
                }
            }
            None if v4_query => self.v4_query(request, now),
            None => self.v1_query(request, now),
        }
        .map(|()| Identity::Owner)
    }

    fn check_identity(&self, id: &str, token: Option<&str>) -> Result<(), OssError> {
        if id != self.credentials.access_key_id() {
            return Err(OssError::forbidden(
                "InvalidAccessKeyId",
                "The OSS Access Key Id you provided does not exist in our records.",
            )
            .ec("0002-00000902")
            .with("OSSAccessKeyId", id)
            .diagnosis(self.stranger(id)));
        }
        let expected = self.credentials.session_token().map(ExposeSecret::expose_secret);
        let same = match (expected, token) {
            (None, None) => true,
            (Some(expected), Some(token)) => expected.as_bytes().ct_eq(token.as_bytes()).into(),
            _ => false,
        };
        if same {
            Ok(())
        } else {
            let message = "The security token you provided is invalid.";
            let why = match (expected, token) {
                (None, _) => "a session token, and this server's access key has none",
                (_, None) => "no session token, and this server's access key has one",
                _ => "another session token than the one of this server's access key",
            };
            Err(OssError::forbidden("InvalidSecurityToken", message)
                .diagnosis(format!("likely cause: {why}")))
        }
    }

    /// What the log says of an access key id that is not known. It may be somebody's, or a secret that was taken for
    /// one, so that no more of it is shown than what all of a kind begin with.
    fn stranger(&self, id: &str) -> String {
        let secret = self.credentials.access_key_secret().expose_secret();
        if id.as_bytes().ct_eq(secret.as_bytes()).into() {
            return "likely cause: the access key secret was given as its id".to_owned();
        }
        let kind = ["LTAI", "STS."].into_iter().find(|kind| id.starts_with(kind));
        format!(
            "likely cause: another access key; the id that signed, {}{MASK}, is not this server's, which it shows when \
             it starts",
            kind.unwrap_or_default()
        )
    }

    fn mismatch(&self, request: &Request, text: &str, provided: &str, why: &str) -> OssError {
        let text = mask_token(request, text);
        let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02X}")).collect();
        OssError::forbidden(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. \
             Check your key and signing method.",
        )
        .ec("0002-00000040")
        .with("OSSAccessKeyId", self.credentials.access_key_id())
        .with("SignatureProvided", provided)
        .with("StringToSign", text)
        .with("StringToSignBytes", bytes.join(" "))
        .diagnosis(mask_token(request, why))
    }
}

fn signable<'a>(
    request: &'a Request,
    query: &'a [(&'a str, &'a str)],
    headers: &'a [(&'a str, &'a str)],
) -> sign::Request<'a> {
    sign::Request {
        method: request.method.as_str(),
        bucket: request.bucket.as_deref(),
        key: request.key.as_deref(),
        query,
        headers,
    }
}

fn owned(request: &Request, query: &[(&str, &str)], headers: &[(&str, &str)]) -> Signed {
    let own = |all: &[(&str, &str)]| {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    Signed {
        method: request.method.as_str().to_owned(),
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        query: own(query),
        headers: own(headers),
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { credentials, region, .. } = self;
        f.debug_struct("Verifier")
            .field("credentials", credentials)
            .field("region", region)
            .finish_non_exhaustive()
    }
}

fn pair((name, value): &(String, String)) -> (&str, &str) {
    (name, value)
}

/// The headers whose names are wanted.
fn header_pairs(request: &Request, wanted: impl Fn(&str) -> bool) -> Vec<(&str, &str)> {
    // All values were checked to be UTF-8 when the request was read.
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
    let headers = request.headers.iter().filter(|(name, _)| wanted(name.as_str()));
    headers.map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect()
}

/// A number without sign or spaces: `+1` in a query would be another text than what was signed.
fn parse_digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> OssError {
    OssError::bad_request("InvalidArgument", message)
}

/// A session token is part of what is signed and must not be shown.
fn mask_token(request: &Request, text: &str) -> String {
    let tokens = [
        request.header("x-oss-security-token"),
        request.query("x-oss-security-token"),
        request.query("security-token"),
    ];
    let mut text = text.to_owned();
    for token in tokens.into_iter().flatten().filter(|token| !token.is_empty()) {
        text = text.replace(token, MASK).replace(&escape::query(token), MASK);
    }
    text
}
