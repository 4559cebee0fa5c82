//! Who asks, and whether they may: V1 and V4 signatures, in headers and in the query.
//!
//! The signature is computed over what the request was decoded to, so a request that was changed on its
//! way, or signed by other rules, does not match. A refusal carries the texts that were signed here, for
//! comparing with those of the client.

use std::sync::{Mutex, PoisonError};

use http::header;
use jit_oss::sign::v4::{self, ALGORITHM, MAX_EXPIRES, Scope, SigningKey, UNSIGNED_PAYLOAD};
use jit_oss::sign::{self, v1};
use jit_oss::{Credentials, Timestamp, escape};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::diagnose::{self, Signed, Signer};
use crate::error::OssError;
use crate::request::Request;

/// How far a client's clock may be off, in seconds.
pub(crate) const MAX_SKEW: i64 = 15 * 60;
const PRODUCT: &str = "oss";
const MASK: &str = "***";

/// Parameters that a signed URL has.
const V4_QUERY: &[&str] = &["x-oss-signature", "x-oss-credential", "x-oss-signature-version"];
const V1_QUERY: &[&str] = &["Signature", "OSSAccessKeyId"];

fn has_any(request: &Request, names: &[&str]) -> bool {
    names.iter().any(|name| request.query(name).is_some())
}

fn is_signed(request: &Request) -> bool {
    request.header(header::AUTHORIZATION.as_str()).is_some()
        || has_any(request, V4_QUERY)
        || has_any(request, V1_QUERY)
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Owner,
    Anonymous,
}

/// Checks requests against one access key.
#[derive(Debug)]
pub(crate) struct Verifier {
    credentials: Credentials,
    region: String,
    /// The key of the day it was last asked for: deriving one costs four HMACs.
    day: Mutex<Option<(String, SigningKey)>>,
}

impl Verifier {
    pub(crate) fn new(credentials: Credentials, region: String) -> Self {
        Self { credentials, region, day: Mutex::new(None) }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Refuses `request` unless it is signed by the credentials, for now and for here, or not at all.
    pub(crate) fn verify(&self, request: &Request, now: Timestamp) -> Result<Identity, OssError> {
        if !is_signed(request) {
            return Ok(Identity::Anonymous);
        }
        self.verify_signed(request, now).map(|()| Identity::Owner)
    }

    fn verify_signed(&self, request: &Request, now: Timestamp) -> Result<(), OssError> {
        let authorization = request.header(header::AUTHORIZATION.as_str());
        let (v4_query, v1_query) = (has_any(request, V4_QUERY), has_any(request, V1_QUERY));
        if usize::from(authorization.is_some()) + usize::from(v4_query) + usize::from(v1_query) > 1
        {
            return Err(OssError::bad_request(
                "InvalidArgument",
                "The request is signed more than once: by header and in the query, or twice there.",
            ));
        }
        match authorization {
            Some(text) => match text.split_once(' ') {
                Some((ALGORITHM, fields)) => self.v4_header(request, fields, now),
                Some(("OSS", fields)) => self.v1_header(request, fields, now),
                _ => Err(malformed("The Authorization header is of no known scheme.")),
            },
            None if v4_query => self.v4_query(request, now),
            None => self.v1_query(request, now),
        }
    }

    fn v4_header(&self, request: &Request, fields: &str, now: Timestamp) -> Result<(), OssError> {
        let fields = Fields::parse(fields)?;
        let (id, scope) = split_credential(fields.credential)?;
        self.check_identity(id, request.header("x-oss-security-token"))?;
        let time = match request.header("x-oss-date") {
            Some(text) => Timestamp::parse_iso_basic(text).ok_or_else(|| bad_date("x-oss-date"))?,
            None => date_header(request)?,
        };
        let date_time = time.iso_basic();
        self.check_scope(&scope, &date_time, true)?;
        check_skew(time, &date_time, now)?;
        let payload = request.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD);
        let query: Vec<_> = request.query.iter().map(pair).collect();
        let additional = fields.additional.unwrap_or_default();
        let signed = V4 { scope, date_time: &date_time, additional: &additional, payload };
        self.check_v4(request, &query, &signed, fields.signature)
    }

    fn v4_query(&self, request: &Request, now: Timestamp) -> Result<(), OssError> {
        let parameter = |name: &'static str| {
            request.query(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                malformed(format!("The query parameter {name} of a signed URL is missing."))
            })
        };
        if parameter("x-oss-signature-version")? != ALGORITHM {
            return Err(malformed("The x-oss-signature-version of the URL is not known."));
        }
        let (id, scope) = split_credential(parameter("x-oss-credential")?)?;
        let date_time = parameter("x-oss-date")?;
        let signature = parameter("x-oss-signature")?;
        let expires = parameter("x-oss-expires")?;
        let token = request.query("x-oss-security-token");
        self.check_identity(id, token.or_else(|| request.header("x-oss-security-token")))?;
        let time = Timestamp::parse_iso_basic(date_time).ok_or_else(|| bad_date("x-oss-date"))?;
        self.check_scope(&scope, date_time, false)?;
        let lasts = parse_digits(expires).filter(|lasts| (1..=MAX_EXPIRES).contains(lasts));
        let Some(lasts) = lasts else {
            let message = format!("x-oss-expires is not a number from 1 to {MAX_EXPIRES}.");
            return Err(
                OssError::invalid_argument("x-oss-expires", expires, message).ec("0002-00000232")
            );
        };
        if time.unix() - now.unix() > MAX_SKEW {
            return Err(too_skewed(date_time, now));
        }
        check_expiry(time.plus(i64::try_from(lasts).unwrap_or(i64::MAX)), now)?;
        let additional = match request.query("x-oss-additional-headers") {
            Some(names) => additional_names(names)?,
            None => String::new(),
        };
        let query: Vec<_> =
            request.query.iter().map(pair).filter(|(name, _)| *name != "x-oss-signature").collect();
        let payload = request.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD);
        let signed = V4 { scope, date_time, additional: &additional, payload };
        self.check_v4(request, &query, &signed, signature)
    }

    fn v1_header(&self, request: &Request, fields: &str, now: Timestamp) -> Result<(), OssError> {
        let (id, signature) = fields
            .trim()
            .split_once(':')
            .ok_or_else(|| malformed("The Authorization header is not `OSS id:signature`."))?;
        self.check_identity(id, request.header("x-oss-security-token"))?;
        let (date, time) = match request.header("x-oss-date") {
            Some(date) => (date, Timestamp::parse_http_date(date)),
            None => (request.header("date").unwrap_or_default(), Some(date_header(request)?)),
        };
        check_skew(time.ok_or_else(|| bad_date("x-oss-date"))?, date, now)?;
        self.check_v1(request, date, signature)
    }

    fn v1_query(&self, request: &Request, now: Timestamp) -> Result<(), OssError> {
        let parameter = |name: &'static str| {
            request.query(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                malformed(format!("The query parameter {name} of a signed URL is missing."))
            })
        };
        let token = request.query("security-token");
        self.check_identity(
            parameter("OSSAccessKeyId")?,
            token.or_else(|| request.header("x-oss-security-token")),
        )?;
        let (expires, signature) = (parameter("Expires")?, parameter("Signature")?);
        let until = parse_digits(expires).and_then(|until| i64::try_from(until).ok());
        let Some(until) = until else {
            let message = "Expires is not a number of seconds since 1970.";
            return Err(OssError::invalid_argument("Expires", expires, message));
        };
        check_expiry(Timestamp::from_unix(until), now)?;
        self.check_v1(request, expires, signature)
    }

    fn check_identity(&self, id: &str, token: Option<&str>) -> Result<(), OssError> {
        if id != self.credentials.access_key_id() {
            return Err(OssError::forbidden(
                "InvalidAccessKeyId",
                "The OSS Access Key Id you provided does not exist in our records.",
            )
            .ec("0002-00000902")
            .with("OSSAccessKeyId", id));
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
            Err(OssError::forbidden("InvalidSecurityToken", message))
        }
    }

    fn check_scope(
        &self,
        scope: &Scope<'_>,
        date_time: &str,
        is_header: bool,
    ) -> Result<(), OssError> {
        let refuse = |what: &str, signed: &str, expected: &str| {
            let message = match is_header {
                true => format!("Invalid signing {what} in Authorization header."),
                false => format!("The signing {what} in credential is invalid."),
            };
            Err(OssError::bad_request("InvalidArgument", message)
                .ec("0002-00000203")
                .with("Signed", signed)
                .with("Expected", expected)
                .diagnosis(format!(
                    "likely cause: a wrong {what}; the signature is for {signed}, and this is {expected}"
                )))
        };
        if scope.region != self.region {
            return refuse("region", scope.region, &self.region);
        }
        if scope.product != PRODUCT {
            return refuse("product", scope.product, PRODUCT);
        }
        if !date_time.starts_with(scope.date) || scope.date.len() != 8 {
            return refuse("date", scope.date, date_time);
        }
        Ok(())
    }

    fn check_v4(
        &self,
        request: &Request,
        query: &[(&str, &str)],
        signed: &V4<'_>,
        provided: &str,
    ) -> Result<(), OssError> {
        let canonical = |request: &sign::Request<'_>| {
            v4::canonical_request(request, signed.additional, signed.payload)
        };
        let to_sign = |text: &str| v4::string_to_sign(text, signed.date_time, &signed.scope);
        let key = self.signing_key(&signed.scope);
        let headers = header_pairs(request);
        let ours = canonical(&signable(request, query, &headers));
        let text = to_sign(&ours);
        let expected = key.sign(&text);
        if expected.as_bytes().ct_eq(provided.as_bytes()).into() {
            return Ok(());
        }
        let signer = Signer { text_of: &canonical, sign: &|text| key.sign(&to_sign(text)) };
        let why = diagnose::explain(&owned(request, query, &headers), signer, provided);
        Err(self
            .mismatch(request, &text, provided, &why)
            .with("CanonicalRequest", mask_token(request, &ours)))
    }

    fn check_v1(&self, request: &Request, date: &str, provided: &str) -> Result<(), OssError> {
        let (query, headers) =
            (request.query.iter().map(pair).collect::<Vec<_>>(), header_pairs(request));
        let secret = self.credentials.access_key_secret().expose_secret();
        let text_of = |request: &sign::Request<'_>| v1::string_to_sign(request, date);
        let text = text_of(&signable(request, &query, &headers));
        let expected = v1::signature(secret, &text);
        if expected.as_bytes().ct_eq(provided.as_bytes()).into() {
            return Ok(());
        }
        let signer = Signer { text_of: &text_of, sign: &|text| v1::signature(secret, text) };
        let why = diagnose::explain(&owned(request, &query, &headers), signer, provided);
        Err(self.mismatch(request, &text, provided, &why))
    }

    /// Refuses the policy of a form unless it is signed by the credentials, for now and for here.
    pub(crate) fn verify_policy<'a>(
        &self,
        policy: &str,
        field: impl Fn(&str) -> Option<&'a str>,
        now: Timestamp,
    ) -> Result<(), OssError> {
        let require = |name: &'static str| {
            field(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                let message = format!("The form lacks the field {name}.");
                OssError::bad_request("InvalidArgument", message).with("ArgumentName", name)
            })
        };
        let refuse = || {
            let message = "The request signature we calculated does not match the signature you provided. \
                           Check your key and signing method.";
            OssError::forbidden("SignatureDoesNotMatch", message).ec("0002-00000040").diagnosis(
                "likely cause: another secret, or another policy than was signed".to_owned(),
            )
        };
        let token = field("x-oss-security-token");
        if field("x-oss-signature-version").is_none() {
            self.check_identity(require("ossaccesskeyid")?, token)?;
            let secret = self.credentials.access_key_secret().expose_secret();
            let expected = v1::signature(secret, policy);
            let same: bool = expected.as_bytes().ct_eq(require("signature")?.as_bytes()).into();
            return if same { Ok(()) } else { Err(refuse()) };
        }
        if require("x-oss-signature-version")? != ALGORITHM {
            return Err(malformed("The x-oss-signature-version of the form is not known."));
        }
        let (id, scope) = split_credential(require("x-oss-credential")?)?;
        self.check_identity(id, token)?;
        let date_time = require("x-oss-date")?;
        let time = Timestamp::parse_iso_basic(date_time).ok_or_else(|| bad_date("x-oss-date"))?;
        self.check_scope(&scope, date_time, false)?;
        if time.unix() - now.unix() > MAX_SKEW {
            return Err(too_skewed(date_time, now));
        }
        let lasts = i64::try_from(MAX_EXPIRES).unwrap_or(i64::MAX);
        check_expiry(time.plus(lasts), now)?;
        let expected = self.signing_key(&scope).sign(policy);
        let same: bool = expected.as_bytes().ct_eq(require("x-oss-signature")?.as_bytes()).into();
        if same { Ok(()) } else { Err(refuse()) }
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

    fn signing_key(&self, scope: &Scope<'_>) -> SigningKey {
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        match &*day {
            Some((date, key)) if date == scope.date => key.clone(),
            _ => {
                let secret = self.credentials.access_key_secret().expose_secret();
                let key = SigningKey::derive(secret, scope);
                *day = Some((scope.date.to_owned(), key.clone()));
                key
            }
        }
    }
}

/// What a V4 signature covers beside the request.
struct V4<'a> {
    scope: Scope<'a>,
    date_time: &'a str,
    additional: &'a str,
    payload: &'a str,
}

/// The fields of a V4 `Authorization` header. They come in any order, with or without spaces.
struct Fields<'a> {
    credential: &'a str,
    signature: &'a str,
    additional: Option<String>,
}

impl<'a> Fields<'a> {
    fn parse(text: &'a str) -> Result<Self, OssError> {
        let (mut credential, mut signature, mut additional) = (None, None, None);
        for field in text.split(',') {
            let field = field.trim();
            let slot = match field.split_once('=') {
                Some(("Credential", value)) => credential.replace(value),
                Some(("Signature", value)) => signature.replace(value),
                Some(("AdditionalHeaders", value)) => additional.replace(value),
                _ => return Err(malformed("The Authorization header has an unknown field.")),
            };
            if slot.is_some() {
                return Err(malformed("The Authorization header has a field twice."));
            }
        }
        let (Some(credential), Some(signature)) = (credential, signature) else {
            return Err(malformed("The Authorization header lacks Credential or Signature."));
        };
        let additional = additional.map(additional_names).transpose()?;
        Ok(Self { credential, signature, additional })
    }
}

/// The additional header names in the form that is signed: lower case, sorted.
fn additional_names(names: &str) -> Result<String, OssError> {
    if names.is_empty() {
        return Err(malformed("The list of additional headers is empty.").ec("0002-00000209"));
    }
    let mut names: Vec<_> = names.split(';').map(|name| name.trim().to_ascii_lowercase()).collect();
    if names.iter().any(String::is_empty) {
        let message = "The list of additional headers has an empty item.";
        return Err(malformed(message).ec("0002-00000210"));
    }
    names.sort_unstable();
    Ok(names.join(";"))
}

fn split_credential(credential: &str) -> Result<(&str, Scope<'_>), OssError> {
    let parts = credential.split_once('/').and_then(|(id, scope)| Some((id, Scope::parse(scope)?)));
    parts.ok_or_else(|| {
        malformed("The credential is not `id/date/region/product/aliyun_v4_request`.")
    })
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

fn pair((name, value): &(String, String)) -> (&str, &str) {
    (name, value)
}

fn header_pairs(request: &Request) -> Vec<(&str, &str)> {
    // All values were checked to be UTF-8 when the request was read.
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
    request.headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect()
}

fn date_header(request: &Request) -> Result<Timestamp, OssError> {
    request.header("date").and_then(Timestamp::parse_http_date).ok_or_else(|| {
        OssError::forbidden("AccessDenied", "OSS authentication requires a valid Date.")
    })
}

fn bad_date(name: &str) -> OssError {
    OssError::forbidden("AccessDenied", format!("{name} is not a date of the signature's form."))
        .ec("0002-00000502")
}

fn check_skew(time: Timestamp, shown: &str, now: Timestamp) -> Result<(), OssError> {
    if time.unix().abs_diff(now.unix()) <= MAX_SKEW.unsigned_abs() {
        Ok(())
    } else {
        Err(too_skewed(shown, now))
    }
}

fn too_skewed(shown: &str, now: Timestamp) -> OssError {
    OssError::forbidden(
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    )
    .ec("0002-00000504")
    .with("RequestTime", shown)
    .with("ServerTime", now.iso_extended())
    .with("MaxAllowedSkewMilliseconds", (MAX_SKEW * 1000).to_string())
}

fn check_expiry(until: Timestamp, now: Timestamp) -> Result<(), OssError> {
    if now <= until {
        return Ok(());
    }
    Err(OssError::forbidden("AccessDenied", "Request has expired.")
        .ec("0002-00000069")
        .with("Expires", until.iso_extended())
        .with("ServerTime", now.iso_extended()))
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
