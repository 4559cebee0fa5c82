//! What the pages grant to who looks at them, in the server's own name: presigned downloads and signed forms.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss::escape;
use jit_oss::sign::{self, v4};
use secrecy::ExposeSecret;
use serde_json::json;

use super::Visit;

/// How long what a page grants is good for, in seconds.
pub(super) const LIFE: u16 = 3600;

/// The path and query by which anybody can download an object for an hour; nothing for a name that a browser
/// would change before it asks for it.
pub(super) fn download(visit: Visit<'_>, bucket: &str, key: &str, as_file: bool) -> Option<String> {
    let is_dots = |segment: &str| segment == "." || segment == "..";
    if key.split('/').any(is_dots) {
        return None;
    }
    let attachment = [("response-content-disposition", "attachment")];
    let query = if as_file { &attachment[..] } else { &[] };
    let verifier = &visit.state.verifier;
    let request =
        sign::Request { method: "GET", bucket: Some(bucket), key: Some(key), query, headers: &[] };
    let (credentials, time) = (verifier.credentials(), visit.now);
    let secret = credentials.access_key_secret().expose_secret();
    let signing_key = &v4::SigningKey::of_day(secret, time, verifier.region(), "oss");
    let context = v4::Context { credentials, key: signing_key, time, additional_headers: &[] };
    let signed = v4::presign(&request, &context, LIFE.into(), None);
    let pairs = query.iter().copied().chain(signed.added());
    let pairs = pairs.map(|(name, value)| format!("{name}={}", escape::query(value)));
    let pairs: Vec<_> = pairs.collect();
    Some(format!("/{bucket}/{}?{}", escape::path(key), pairs.join("&")))
}

/// The fields of a form that uploads a file under `prefix` within an hour, and then leads to `back`.
pub(super) fn form(
    visit: Visit<'_>,
    bucket: &str,
    prefix: &str,
    back: String,
) -> Vec<(&'static str, String)> {
    let verifier = &visit.state.verifier;
    let (time, until) = (visit.now.iso_basic(), visit.now.plus(LIFE.into()).iso_extended());
    let day = time.get(..8).unwrap_or_default();
    let scope = v4::Scope { date: day, region: verifier.region(), product: "oss" };
    let credentials = verifier.credentials();
    let credential = format!("{}/{scope}", credentials.access_key_id());
    let policy = json!({
        "expiration": until,
        "conditions": [
            { "bucket": bucket },
            ["starts-with", "$key", prefix],
            ["eq", "$success_action_redirect", &back],
        ],
    });
    let policy = BASE64.encode(policy.to_string());
    let secret = credentials.access_key_secret().expose_secret();
    let signature = v4::SigningKey::derive(secret, &scope).sign(&policy);
    let mut fields = vec![
        ("key", format!("{prefix}${{filename}}")),
        ("success_action_redirect", back),
        ("policy", policy),
        ("x-oss-signature-version", v4::ALGORITHM.to_owned()),
        ("x-oss-credential", credential),
        ("x-oss-date", time),
        ("x-oss-signature", signature),
    ];
    let token = credentials.session_token().map(|token| token.expose_secret().to_owned());
    fields.extend(token.map(|token| ("x-oss-security-token", token)));
    fields
}
