//! Known answers from Alibaba's own SDKs, stage by stage.
//!
//! `OSS_SIGNING_VECTORS=path` runs the same checks over another file of the same schema.

#![cfg(test)]

use std::collections::BTreeMap;

use jit_oss::sign::{Request, Signed, Stages, v1, v4};
use jit_oss::{Addressing, Credentials, Endpoint, Timestamp, escape};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    version: String,
    mode: String,
    method: String,
    endpoint: String,
    region: String,
    product: String,
    path_style: bool,
    cname: bool,
    bucket: Option<String>,
    key: Option<String>,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    additional_headers: Vec<String>,
    credentials: Keys,
    signed_at: SignedAt,
    expires: Option<u64>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Keys {
    access_key_id: String,
    access_key_secret: String,
    security_token: Option<String>,
}

#[derive(Deserialize)]
struct SignedAt {
    unix: i64,
}

#[derive(Deserialize)]
struct Expected {
    url: String,
    signature: String,
    authorization: Option<String>,
    query_params: Option<BTreeMap<String, String>>,
    headers_added_by_signer: BTreeMap<String, String>,
    canonical_request: Option<String>,
    string_to_sign: String,
}

fn sign(case: &Case, stages: &mut Stages) -> Signed {
    let mut credentials = Credentials::new(
        case.credentials.access_key_id.clone(),
        case.credentials.access_key_secret.clone(),
    );
    if let Some(token) = &case.credentials.security_token {
        credentials = credentials.with_security_token(token.clone());
    }
    let pairs = |map: &'_ BTreeMap<String, String>| -> Vec<(String, String)> {
        map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let (query, headers) = (pairs(&case.query), pairs(&case.headers));
    let query: Vec<_> = query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let headers: Vec<_> = headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let additional: Vec<_> = case.additional_headers.iter().map(String::as_str).collect();
    let request = Request {
        method: &case.method,
        bucket: case.bucket.as_deref(),
        key: case.key.as_deref(),
        query: &query,
        headers: &headers,
    };
    let time = Timestamp::from_unix(case.signed_at.unix);
    // The key of another day: the signature is that of the day for all that.
    let scope = v4::Scope { date: "19700101", region: &case.region, product: &case.product };
    let key = v4::SigningKey::derive(&case.credentials.access_key_secret, &scope);
    let context =
        v4::Context { credentials: &credentials, key: &key, time, additional_headers: &additional };
    match (case.version.as_str(), case.mode.as_str()) {
        ("v4", "header") => v4::sign_header(&request, &context, Some(stages)),
        ("v4", "presign") => v4::presign(&request, &context, case.expires.unwrap(), Some(stages)),
        ("v1", "header") => v1::sign_header(&request, &credentials, time, Some(stages)),
        ("v1", "presign") => {
            v1::presign(&request, &credentials, time, case.expires.unwrap(), Some(stages))
        }
        other => panic!("{}: unknown kind {other:?}", case.id),
    }
}

/// Everything of a URL that is not free to vary: what precedes the query, and the decoded parameters.
fn url_parts(url: &str) -> (String, BTreeMap<String, String>) {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let query = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(k, v)| (escape::decode_query(k).unwrap(), escape::decode_query(v).unwrap()))
        .collect();
    (base.to_owned(), query)
}

fn check(case: &Case) {
    let id = &case.id;
    let expected = &case.expected;
    let mut stages = Stages::default();
    let signed = sign(case, &mut stages);

    assert_eq!(stages.canonical_request, expected.canonical_request, "{id}: canonical request");
    assert_eq!(stages.string_to_sign, expected.string_to_sign, "{id}: string to sign");
    assert_eq!(signed.signature(), expected.signature, "{id}: signature");

    let added: BTreeMap<String, String> =
        signed.added().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let mut query = case.query.clone();
    if case.mode == "header" {
        assert_eq!(added.get("authorization"), expected.authorization.as_ref(), "{id}");
        for (name, value) in &expected.headers_added_by_signer {
            let name = name.to_ascii_lowercase();
            // `Date` is optional in V4: it is not signed.
            if !(case.version == "v4" && name == "date") {
                assert_eq!(added.get(&name), Some(value), "{id}: added header {name}");
            }
        }
    } else {
        query.extend(added);
        assert_eq!(Some(&query), expected.query_params.as_ref(), "{id}: query parameters");
    }

    let endpoint: Endpoint = case.endpoint.parse().unwrap();
    let addressing = match (case.path_style, case.cname) {
        (true, _) => Addressing::Path,
        (_, true) => Addressing::Cname,
        _ => Addressing::VirtualHost,
    };
    let query: Vec<_> = query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let url = endpoint.url(addressing, case.bucket.as_deref(), case.key.as_deref(), &query);
    assert_eq!(url_parts(&url), url_parts(&expected.url), "{id}: url");
}

#[test]
fn every_signature_is_what_the_official_sdks_compute() {
    let path = std::env::var_os("OSS_SIGNING_VECTORS").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/signing-vectors.json").into(),
        std::path::PathBuf::from,
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty(), "no cases in {}", path.display());
    cases.iter().for_each(check);
    println!("checked {} cases", cases.len());
}
