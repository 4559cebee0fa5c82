//! The V4 scheme: `OSS4-HMAC-SHA256`.

mod key;

pub use key::{Scope, SigningKey};

use super::canonical::{Of, Pair, has_oss_prefix, merge, put_headers};
use super::hash::{Hex, sha256};
use super::signed::put_number;
use super::{Request, Signed, Stages};
use crate::escape::{put_path, put_query, query_order};
use crate::{Credentials, Timestamp};

/// The name of the scheme, as it stands in `Authorization` and `x-oss-signature-version`.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// What stands for the body: OSS signs no body hash.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The longest life of a presigned URL, in seconds: seven days.
pub const MAX_EXPIRES: u64 = 604_800;

const TERMINATOR: &str = "aliyun_v4_request";

/// What a text to be signed takes, roughly, with what is added: the memory is asked for once.
const ROOM: usize = 1024;

#[inline]
fn is_signed_anyway(name: &str) -> bool {
    match name.as_bytes().first() {
        Some(b'x' | b'X') => has_oss_prefix(name),
        Some(b'c' | b'C') => {
            name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("content-md5")
        }
        _ => false,
    }
}

/// Whether a header of this name is signed: in any case, or as one of the `additional` ones, as
/// [`canonical_request`] takes them.
#[must_use]
#[inline]
pub fn is_signed(name: &str, additional: &str) -> bool {
    is_signed_anyway(name) || !additional.is_empty() && is_listed(additional, name)
}

/// Apart, as hardly a request has additional headers.
#[inline(never)]
fn is_listed(additional: &str, name: &str) -> bool {
    additional.split(';').any(|listed| listed.eq_ignore_ascii_case(name))
}

/// What signing adds to a request before it is signed, in order.
struct Added<'a, Q> {
    /// Lower case. What has no value is left out.
    headers: &'a [Pair<'a>],
    /// Writes `name=value&name=value`, escaped, or nothing.
    put_query: Q,
}

fn put_canonical_request(
    out: &mut String,
    request: &Request<'_>,
    added: Added<'_, impl FnOnce(&mut String)>,
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
    if request.query.is_empty() {
        (added.put_query)(out);
    } else {
        let mut written = String::new();
        (added.put_query)(&mut written);
        put_merged_query(out, request.query, &written);
    }
    out.push('\n');
    put_headers(out, request.headers, |name| is_signed(name, additional), added.headers);
    out.push('\n');
    if !additional.is_empty() {
        out.push_str(additional);
    }
    out.push('\n');
    out.push_str(payload);
}

fn put_merged_query(out: &mut String, of_request: &[Pair<'_>], added: &str) {
    let added: Vec<_> = added.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let start = out.len();
    // Sort by escaped name, then join: sorting the joined pairs would put `a-b=` before `a=`.
    merge(
        of_request,
        |_| true,
        &added,
        query_order,
        |(name, value), of| {
            if out.len() > start {
                out.push('&');
            }
            if of == Of::Signature {
                out.push_str(name);
                out.push('=');
                out.push_str(value);
            } else {
                put_query(out, name);
                if !value.is_empty() {
                    out.push('=');
                    put_query(out, value);
                }
            }
        },
    );
}

/// The canonical request. `additional` is the finished list of additional header names: lower case,
/// sorted, joined by `;`. `payload` is the value of `x-oss-content-sha256`, or [`UNSIGNED_PAYLOAD`].
#[must_use]
pub fn canonical_request(request: &Request<'_>, additional: &str, payload: &str) -> String {
    let mut out = String::with_capacity(ROOM);
    let added = Added { headers: &[], put_query: |_: &mut String| {} };
    put_canonical_request(&mut out, request, added, additional, payload);
    out
}

/// The string to sign for a canonical request at `date_time` (the form of `x-oss-date`).
#[must_use]
pub fn string_to_sign(canonical_request: &str, date_time: &str, scope: &Scope<'_>) -> String {
    let hash = Hex::new(sha256(&mut canonical_request.as_bytes().to_vec()));
    let mut out = Vec::with_capacity(ROOM / 4);
    put_string_to_sign(&mut out, &hash, date_time, &scope.to_string());
    String::from_utf8(out).unwrap_or_default()
}

impl SigningKey {
    /// What [`canonical_request`], [`string_to_sign`] in the scope of this key, and [`sign`](Self::sign)
    /// give one after the other, for whoever looks at neither text.
    #[must_use]
    pub fn sign_request(
        &self,
        request: &Request<'_>,
        additional: &str,
        payload: &str,
        date_time: &str,
    ) -> [u8; 64] {
        let text = canonical_request(request, additional, payload);
        *sign(text, self, date_time, None).bytes()
    }
}

/// In bytes, as it is hashed.
fn put_string_to_sign(out: &mut Vec<u8>, hash: &Hex, date_time: &str, scope: &str) {
    out.extend_from_slice(ALGORITHM.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(date_time.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(scope.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(hash.bytes());
}

/// Whom and what a signature is for.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who signs.
    pub credentials: &'a Credentials,
    /// The key of the region and the product, derived from the secret of `credentials`. In the place of
    /// one of another day than that of `time`, that of the day is derived.
    pub key: &'a SigningKey,
    /// When.
    pub time: Timestamp,
    /// Names of headers to sign beside those that always are, in any case and order; names the request
    /// does not carry, and names signed anyway, are dropped.
    pub additional_headers: &'a [&'a str],
}

impl Context<'_> {
    /// The finished list of additional header names.
    fn additional(&self, headers: &[Pair<'_>]) -> String {
        if self.additional_headers.is_empty() {
            return String::new();
        }
        let present = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let names = self.additional_headers.iter();
        let mut names: Vec<String> = names
            .filter(|name| !is_signed_anyway(name) && present(name))
            .map(|name| name.to_ascii_lowercase())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.join(";")
    }
}

/// Hashes and signs a canonical request.
fn sign(
    canonical_request: String,
    key: &SigningKey,
    date_time: &str,
    stages: Option<&mut Stages>,
) -> Hex {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // Both are hashed in the same piece of memory.
    let mut bytes = canonical_request.into_bytes();
    let hash = Hex::new(sha256(&mut bytes));
    let canonical_request = stages.is_some().then(|| text(&bytes));
    bytes.clear();
    put_string_to_sign(&mut bytes, &hash, date_time, key.scope());
    if let Some(stages) = stages {
        *stages = Stages { canonical_request, string_to_sign: text(&bytes) };
    }
    key.hex(&mut bytes)
}

/// Signs with the `Authorization` header. Adds `x-oss-date`, `x-oss-content-sha256` and the session
/// token.
#[must_use]
pub fn sign_header(
    request: &Request<'_>,
    context: &Context<'_>,
    stages: Option<&mut Stages>,
) -> Signed {
    const NAMES: &[&str] =
        &["x-oss-content-sha256", "x-oss-date", "x-oss-security-token", "authorization"];
    let credentials = context.credentials;
    let (moment, other_key) = context.key.at(context.time, credentials.secret());
    let (date_time, key) = (moment.as_str(), other_key.as_ref().unwrap_or(context.key));
    let token = credentials.security_token().unwrap_or_default();
    let headers = &[
        ("x-oss-content-sha256", UNSIGNED_PAYLOAD),
        ("x-oss-date", date_time),
        ("x-oss-security-token", token),
    ];
    let additional = context.additional(request.headers);
    let mut text = String::with_capacity(ROOM);
    let added = Added { headers, put_query: |_: &mut String| {} };
    put_canonical_request(&mut text, request, added, &additional, UNSIGNED_PAYLOAD);
    // What is added is written before the text is hashed: what has just been written is slow to read.
    let mut signed = Signed::with_capacity(ROOM / 2, NAMES);
    signed.add(&[UNSIGNED_PAYLOAD]);
    signed.add(&[date_time]);
    signed.add(&[token]);
    signed.put(&[ALGORITHM, " Credential=", credentials.access_key_id(), "/", key.scope()]);
    if !additional.is_empty() {
        signed.put(&[",AdditionalHeaders=", &additional]);
    }
    signed.put(&[",Signature="]);
    let signature = sign(text, key, date_time, stages);
    signed.add_signature(signature.as_str());
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
    // In the order in which they are signed.
    const NAMES: &[&str] = &[
        "x-oss-additional-headers",
        "x-oss-credential",
        "x-oss-date",
        "x-oss-expires",
        "x-oss-security-token",
        "x-oss-signature-version",
        "x-oss-signature",
    ];
    let credentials = context.credentials;
    let (moment, other_key) = context.key.at(context.time, credentials.secret());
    let (date_time, key) = (moment.as_str(), other_key.as_ref().unwrap_or(context.key));
    let additional = context.additional(request.headers);
    let (id, token) = (credentials.access_key_id(), credentials.security_token());
    let token = token.unwrap_or_default();

    // A date, a number and the name of the scheme stand for themselves.
    let put_query = |out: &mut String| {
        if !additional.is_empty() {
            out.push_str("x-oss-additional-headers=");
            put_query(out, &additional);
            out.push('&');
        }
        out.push_str("x-oss-credential=");
        put_query(out, id);
        out.push_str("%2F");
        out.push_str(key.scope_in_query());
        out.push_str("&x-oss-date=");
        out.push_str(date_time);
        out.push_str("&x-oss-expires=");
        put_number(out, expires);
        if !token.is_empty() {
            out.push_str("&x-oss-security-token=");
            put_query(out, token);
        }
        out.push_str("&x-oss-signature-version=OSS4-HMAC-SHA256");
    };
    let mut text = String::with_capacity(ROOM);
    let added = Added { headers: &[], put_query };
    put_canonical_request(&mut text, request, added, &additional, UNSIGNED_PAYLOAD);
    let mut signed = Signed::with_capacity(ROOM / 2, NAMES);
    signed.add(&[&additional]);
    signed.add(&[id, "/", key.scope()]);
    signed.add(&[date_time]);
    signed.add_number(expires);
    signed.add(&[token]);
    signed.add(&[ALGORITHM]);
    let signature = sign(text, key, date_time, stages);
    signed.add_signature(signature.as_str());
    signed
}
