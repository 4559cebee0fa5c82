//! The V4 scheme: `OSS4-HMAC-SHA256`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::canonical::{has_oss_prefix, lower_bytes, put_headers};
use super::{Request, Signed, Stages};
use crate::escape::{self, Sink, put_path, put_query};
use crate::{Credentials, Timestamp};

/// The name of the scheme, as it stands in `Authorization` and `x-oss-signature-version`.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// What stands for the body: OSS signs no body hash.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The longest life of a presigned URL, in seconds: seven days.
pub const MAX_EXPIRES: u64 = 604_800;

const TERMINATOR: &str = "aliyun_v4_request";

/// What a signature is valid for: a day, a region and a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The day, `YYYYMMDD`, in UTC.
    pub date: &'a str,
    /// The region's id without prefix, `cn-hangzhou`.
    pub region: &'a str,
    /// `oss`, or `oss-cloudbox`.
    pub product: &'a str,
}

impl std::fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}/{TERMINATOR}", self.date, self.region, self.product)
    }
}

impl<'a> Scope<'a> {
    /// Reads `DATE/REGION/PRODUCT/aliyun_v4_request`.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('/');
        let scope = Self { date: parts.next()?, region: parts.next()?, product: parts.next()? };
        (parts.next()? == TERMINATOR && parts.next().is_none()).then_some(scope)
    }
}

/// The key that signs for one [`Scope`]; worth keeping for the day, as deriving it costs four HMACs.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Derives the key of `scope` from the access key secret.
    #[must_use]
    pub fn derive(secret: &str, scope: &Scope<'_>) -> Self {
        let mut key = mac(format!("aliyun_v4{secret}").as_bytes());
        for part in [scope.date, scope.region, scope.product, TERMINATOR] {
            key.update(part.as_bytes());
            key = mac(&key.finalize().into_bytes());
        }
        Self(key)
    }

    /// Lower-case hex of HMAC-SHA256 over `string_to_sign`.
    #[must_use]
    pub fn sign(&self, string_to_sign: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(string_to_sign.as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length; the fallback is there because the signature says otherwise.
    Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

/// Streams into the hash, and into text when somebody wants to read it.
struct HashAndText {
    hash: Sha256,
    text: Option<Vec<u8>>,
}

impl Sink for HashAndText {
    fn put(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        if let Some(text) = &mut self.text {
            text.extend_from_slice(bytes);
        }
    }
}

fn is_signed_anyway(name: &str) -> bool {
    has_oss_prefix(name)
        || name.eq_ignore_ascii_case("content-type")
        || name.eq_ignore_ascii_case("content-md5")
}

fn put_canonical_request(
    sink: &mut impl Sink,
    request: &Request<'_>,
    additional: &str,
    payload: &str,
) {
    sink.put(request.method.as_bytes());
    sink.put(b"\n/");
    if let Some(bucket) = request.bucket {
        put_path(sink, bucket);
        sink.put(b"/");
        put_path(sink, request.key.unwrap_or_default());
    }
    sink.put(b"\n");
    // Sort by escaped name, then join: sorting the joined pairs would put `a-b=` before `a=`.
    let mut query = request.query.to_vec();
    query.sort_by(|(a, _), (b, _)| escape::query_bytes(a).cmp(escape::query_bytes(b)));
    for (index, (name, value)) in query.into_iter().enumerate() {
        if index > 0 {
            sink.put(b"&");
        }
        put_query(sink, name);
        if !value.is_empty() {
            sink.put(b"=");
            put_query(sink, value);
        }
    }
    sink.put(b"\n");
    let is_additional = |name: &str| additional.split(';').any(|a| a.eq_ignore_ascii_case(name));
    let signed = |&&(name, _): &&(&str, &str)| is_signed_anyway(name) || is_additional(name);
    put_headers(sink, request.headers.iter().filter(signed).copied().collect());
    sink.put(b"\n");
    sink.put(additional.as_bytes());
    sink.put(b"\n");
    sink.put(payload.as_bytes());
}

/// The canonical request. `additional` is the finished list of additional header names: lower case,
/// sorted, joined by `;`. `payload` is the value of `x-oss-content-sha256`, or [`UNSIGNED_PAYLOAD`].
#[must_use]
pub fn canonical_request(request: &Request<'_>, additional: &str, payload: &str) -> String {
    let mut out = Vec::with_capacity(512);
    put_canonical_request(&mut out, request, additional, payload);
    // Made of `str`s and ASCII only, so this never replaces anything.
    String::from_utf8(out).unwrap_or_default()
}

/// The string to sign for a canonical request at `date_time` (the form of `x-oss-date`).
#[must_use]
pub fn string_to_sign(canonical_request: &str, date_time: &str, scope: &Scope<'_>) -> String {
    string_to_sign_of_hash(&Sha256::digest(canonical_request), date_time, scope)
}

fn string_to_sign_of_hash(hash: &[u8], date_time: &str, scope: &Scope<'_>) -> String {
    format!("{ALGORITHM}\n{date_time}\n{scope}\n{}", hex(hash))
}

/// Whom and what a signature is for.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who signs.
    pub credentials: &'a Credentials,
    /// The region's id without prefix, `cn-hangzhou`.
    pub region: &'a str,
    /// `oss`, or `oss-cloudbox`.
    pub product: &'a str,
    /// When.
    pub time: Timestamp,
    /// Names of headers to sign beside those that always are, in any case and order; names the request
    /// does not carry, and names signed anyway, are dropped.
    pub additional_headers: &'a [&'a str],
    /// The key for this day, region and product, when the caller kept it.
    pub key: Option<&'a SigningKey>,
}

impl Context<'_> {
    fn additional(&self, headers: &[(&str, &str)]) -> String {
        let present = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let mut names: Vec<String> = self
            .additional_headers
            .iter()
            .filter(|name| !is_signed_anyway(name) && present(name))
            .map(|name| lower_bytes(name).map(char::from).collect())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.join(";")
    }

    /// Hashes and signs. `request` is complete: it has everything the scheme adds but the signature.
    fn sign(
        &self,
        request: &Request<'_>,
        additional: &str,
        date_time: &str,
        stages: Option<&mut Stages>,
    ) -> String {
        let scope = self.scope(date_time);
        let mut sink = HashAndText { hash: Sha256::new(), text: stages.is_some().then(Vec::new) };
        put_canonical_request(&mut sink, request, additional, UNSIGNED_PAYLOAD);
        let text = string_to_sign_of_hash(&sink.hash.finalize(), date_time, &scope);
        let signature = match self.key {
            Some(key) => key.sign(&text),
            None => SigningKey::derive(self.credentials.secret(), &scope).sign(&text),
        };
        if let Some(stages) = stages {
            *stages = Stages {
                canonical_request: sink.text.and_then(|text| String::from_utf8(text).ok()),
                string_to_sign: text,
            };
        }
        signature
    }

    fn scope<'a>(&'a self, date_time: &'a str) -> Scope<'a> {
        let date = date_time.get(..8).unwrap_or_default();
        Scope { date, region: self.region, product: self.product }
    }

    fn credential(&self, date_time: &str) -> String {
        format!("{}/{}", self.credentials.access_key_id(), self.scope(date_time))
    }
}

/// Signs with the `Authorization` header. Adds `x-oss-date`, `x-oss-content-sha256` and the session
/// token.
#[must_use]
pub fn sign_header(
    request: &Request<'_>,
    context: &Context<'_>,
    stages: Option<&mut Stages>,
) -> Signed {
    let date_time = context.time.iso_basic();
    let token = context.credentials.security_token();
    let mut headers = Vec::with_capacity(request.headers.len() + 3);
    headers.extend_from_slice(request.headers);
    headers.push(("x-oss-content-sha256", UNSIGNED_PAYLOAD));
    headers.push(("x-oss-date", &date_time));
    headers.extend(token.map(|token| ("x-oss-security-token", token)));

    let additional = context.additional(&headers);
    let complete = Request { headers: &headers, ..*request };
    let signature = context.sign(&complete, &additional, &date_time, stages);

    let credential = context.credential(&date_time);
    let authorization = if additional.is_empty() {
        format!("{ALGORITHM} Credential={credential},Signature={signature}")
    } else {
        format!(
            "{ALGORITHM} Credential={credential},AdditionalHeaders={additional},Signature={signature}"
        )
    };
    let mut added = Vec::with_capacity(4);
    added.push(("x-oss-content-sha256", UNSIGNED_PAYLOAD.to_owned()));
    added.extend(token.map(|token| ("x-oss-security-token", token.to_owned())));
    added.push(("authorization", authorization));
    added.push(("x-oss-date", date_time));
    Signed { added, signature }
}

/// Presigns: the URL itself grants the request for `expires` seconds (1 to [`MAX_EXPIRES`]) from
/// `context.time`. Whoever uses it must send `content-type`, `content-md5`, `x-oss-*` and additional
/// headers exactly as they are in `request`.
#[must_use]
pub fn presign(
    request: &Request<'_>,
    context: &Context<'_>,
    expires: u64,
    stages: Option<&mut Stages>,
) -> Signed {
    let date_time = context.time.iso_basic();
    let additional = context.additional(request.headers);
    let mut added = vec![
        ("x-oss-signature-version", ALGORITHM.to_owned()),
        ("x-oss-date", date_time.clone()),
        ("x-oss-expires", expires.to_string()),
        ("x-oss-credential", context.credential(&date_time)),
    ];
    if let Some(token) = context.credentials.security_token() {
        added.push(("x-oss-security-token", token.to_owned()));
    }
    if !additional.is_empty() {
        added.push(("x-oss-additional-headers", additional.clone()));
    }
    let mut query = request.query.to_vec();
    query.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
    let complete = Request { query: &query, ..*request };
    let signature = context.sign(&complete, &additional, &date_time, stages);
    added.push(("x-oss-signature", signature.clone()));
    Signed { added, signature }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_what_it_writes() {
        let scope = Scope { date: "20231216", region: "cn-hangzhou", product: "oss" };
        assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
        for text in
            ["", "20231216/cn-hangzhou/oss", "a/b/c/aws4_request", "a/b/c/aliyun_v4_request/d"]
        {
            assert_eq!(Scope::parse(text), None, "{text}");
        }
    }
}
