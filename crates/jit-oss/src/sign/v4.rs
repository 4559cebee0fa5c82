//! The V4 scheme: `OSS4-HMAC-SHA256`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::canonical::{has_oss_prefix, in_order, lower_bytes, put_headers};
use super::{Request, Signed, Stages};
use crate::escape::{put_path, put_query, query_order};
use crate::timestamp::IsoBasic;
use crate::{Credentials, Timestamp};

/// The name of the scheme, as it stands in `Authorization` and `x-oss-signature-version`.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// What stands for the body: OSS signs no body hash.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The longest life of a presigned URL, in seconds: seven days.
pub const MAX_EXPIRES: u64 = 604_800;

/// Room for both texts of most requests.
const ROOM: usize = 1024;

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
        self.hex(string_to_sign).as_str().to_owned()
    }

    /// What [`canonical_request`], [`string_to_sign`] and [`sign`](Self::sign) give one after the other, for whoever
    /// looks at neither text.
    #[must_use]
    pub fn sign_request(
        &self,
        request: &Request<'_>,
        additional: &str,
        payload: &str,
        date_time: &str,
        scope: &Scope<'_>,
    ) -> [u8; 64] {
        let mut text = String::with_capacity(ROOM);
        let (query, headers) = (request.query.iter().copied(), request.headers.iter().copied());
        put_canonical_request(&mut text, request, query, headers, additional, payload);
        self.hex(put_string_to_sign_after(&mut text, date_time, scope).1).0
    }

    fn hex(&self, string_to_sign: &str) -> Hex {
        let mut mac = self.0.clone();
        mac.update(string_to_sign.as_bytes());
        Hex::new(mac.finalize().into_bytes().into())
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

/// Lower-case hex of 32 bytes, without memory of its own.
struct Hex([u8; 64]);

/// Every byte in hex: one look instead of two.
const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

impl Hex {
    fn new(bytes: [u8; 32]) -> Self {
        let mut text = [0; 64];
        for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = PAIRS[usize::from(byte)];
        }
        Self(text)
    }

    fn as_str(&self) -> &str {
        // Made of ASCII only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn is_signed_anyway(name: &str) -> bool {
    has_oss_prefix(name)
        || name.eq_ignore_ascii_case("content-type")
        || name.eq_ignore_ascii_case("content-md5")
}

/// Whether a header of this name is signed: in any case, or as one of the `additional` ones, as
/// [`canonical_request`] takes them.
#[must_use]
pub fn is_signed(name: &str, additional: &str) -> bool {
    is_signed_anyway(name)
        || !additional.is_empty() && additional.split(';').any(|a| a.eq_ignore_ascii_case(name))
}

fn put_canonical_request<'a>(
    out: &mut String,
    request: &Request<'_>,
    query: impl Iterator<Item = (&'a str, &'a str)>,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    additional: &str,
    payload: &str,
) {
    out.push_str(request.method);
    out.push_str("\n/");
    if let Some(bucket) = request.bucket {
        put_path(out, bucket);
        out.push('/');
        put_path(out, request.key.unwrap_or_default());
    }
    out.push('\n');
    // Sort by escaped name, then join: sorting the joined pairs would put `a-b=` before `a=`.
    in_order(query, query_order, |query| {
        for (index, (name, value)) in query.iter().enumerate() {
            if index > 0 {
                out.push('&');
            }
            put_query(out, name);
            if !value.is_empty() {
                out.push('=');
                put_query(out, value);
            }
        }
    });
    out.push('\n');
    put_headers(out, headers.filter(|(name, _)| is_signed(name, additional)));
    for part in ["\n", additional, "\n", payload] {
        out.push_str(part);
    }
}

/// The canonical request. `additional` is the finished list of additional header names: lower case,
/// sorted, joined by `;`. `payload` is the value of `x-oss-content-sha256`, or [`UNSIGNED_PAYLOAD`].
#[must_use]
pub fn canonical_request(request: &Request<'_>, additional: &str, payload: &str) -> String {
    let mut out = String::with_capacity(512);
    let (query, headers) = (request.query.iter().copied(), request.headers.iter().copied());
    put_canonical_request(&mut out, request, query, headers, additional, payload);
    out
}

/// The string to sign for a canonical request at `date_time` (the form of `x-oss-date`).
#[must_use]
pub fn string_to_sign(canonical_request: &str, date_time: &str, scope: &Scope<'_>) -> String {
    let mut out = String::with_capacity(160);
    put_string_to_sign(&mut out, Sha256::digest(canonical_request).into(), date_time, scope);
    out
}

fn put_string_to_sign(out: &mut String, hash: [u8; 32], date_time: &str, scope: &Scope<'_>) {
    let Scope { date, region, product } = *scope;
    for part in
        [ALGORITHM, "\n", date_time, "\n", date, "/", region, "/", product, "/", TERMINATOR, "\n"]
    {
        out.push_str(part);
    }
    out.push_str(Hex::new(hash).as_str());
}

/// Puts the string to sign after the canonical request that is all of `text`, and gives both.
fn put_string_to_sign_after<'a>(
    text: &'a mut String,
    date_time: &str,
    scope: &Scope<'_>,
) -> (&'a str, &'a str) {
    // Written out, as a hash pays for each piece it is given.
    let hash = Sha256::digest(&*text);
    let end = text.len();
    put_string_to_sign(text, hash.into(), date_time, scope);
    text.split_at(end)
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

    /// Hashes and signs. `query` and `headers` have everything but the signature.
    fn sign<'a>(
        &self,
        request: &Request<'_>,
        query: impl Iterator<Item = (&'a str, &'a str)>,
        headers: impl Iterator<Item = (&'a str, &'a str)>,
        additional: &str,
        date_time: &str,
        stages: Option<&mut Stages>,
    ) -> Hex {
        let scope = self.scope(date_time);
        let mut text = String::with_capacity(ROOM);
        put_canonical_request(&mut text, request, query, headers, additional, UNSIGNED_PAYLOAD);
        let (canonical, to_sign) = put_string_to_sign_after(&mut text, date_time, &scope);
        let signature = match self.key {
            Some(key) => key.hex(to_sign),
            None => SigningKey::derive(self.credentials.secret(), &scope).hex(to_sign),
        };
        if let Some(stages) = stages {
            let (canonical, string_to_sign) = (canonical.to_owned(), to_sign.to_owned());
            *stages = Stages { canonical_request: Some(canonical), string_to_sign };
        }
        signature
    }

    fn scope<'a>(&'a self, date_time: &'a str) -> Scope<'a> {
        let date = date_time.get(..8).unwrap_or_default();
        Scope { date, region: self.region, product: self.product }
    }

    /// The parts of `KEYID/DATE/REGION/PRODUCT/aliyun_v4_request`.
    fn credential<'a>(&'a self, date_time: &'a str) -> [&'a str; 9] {
        let Scope { date, region, product } = self.scope(date_time);
        let id = self.credentials.access_key_id();
        [id, "/", date, "/", region, "/", product, "/", TERMINATOR]
    }

    /// How much room all values take, roughly.
    fn room(&self) -> usize {
        let token = self.credentials.security_token().map_or(0, str::len);
        288 + self.credentials.access_key_id().len() + self.region.len() + token
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
    let date_time = IsoBasic::from(context.time);
    let date_time = date_time.as_str();
    let token = context.credentials.security_token();
    let mut signed = Signed::with_capacity(4, context.room());
    signed.add("x-oss-content-sha256", &[UNSIGNED_PAYLOAD]);
    signed.add("x-oss-date", &[date_time]);
    if let Some(token) = token {
        signed.add("x-oss-security-token", &[token]);
    }
    let added = [
        ("x-oss-content-sha256", UNSIGNED_PAYLOAD),
        ("x-oss-date", date_time),
        ("x-oss-security-token", token.unwrap_or_default()),
    ];
    let added = if token.is_some() { &added[..] } else { &added[..2] };
    let additional = context.additional(request.headers);
    let (query, headers) = (request.query.iter().copied(), request.headers.iter().chain(added));
    let headers = headers.copied();
    let signature = context.sign(request, query, headers, &additional, date_time, stages);

    let [id, s1, date, s2, region, s3, product, s4, end] = context.credential(date_time);
    let named = if additional.is_empty() { "" } else { ",AdditionalHeaders=" };
    let before = [
        ALGORITHM,
        " Credential=",
        id,
        s1,
        date,
        s2,
        region,
        s3,
        product,
        s4,
        end,
        named,
        &additional,
        ",Signature=",
    ];
    signed.add_signed("authorization", &before, signature.as_str());
    signed
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
    let date_time = IsoBasic::from(context.time);
    let date_time = date_time.as_str();
    let additional = context.additional(request.headers);
    let mut signed = Signed::with_capacity(7, context.room());
    signed.add("x-oss-signature-version", &[ALGORITHM]);
    signed.add("x-oss-date", &[date_time]);
    signed.add_number("x-oss-expires", expires);
    signed.add("x-oss-credential", &context.credential(date_time));
    if let Some(token) = context.credentials.security_token() {
        signed.add("x-oss-security-token", &[token]);
    }
    if !additional.is_empty() {
        signed.add("x-oss-additional-headers", &[&additional]);
    }
    let added = signed.added().map(|(name, value)| (name as &str, value));
    let (query, headers) = (request.query.iter().copied(), request.headers.iter().copied());
    let query = query.chain(added);
    let signature = context.sign(request, query, headers, &additional, date_time, stages);
    signed.add_signed("x-oss-signature", &[], signature.as_str());
    signed
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
