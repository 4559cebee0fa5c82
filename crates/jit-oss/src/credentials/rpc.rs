//! Calls of the cloud's RPC interface, which STS speaks, and the credentials in its answers.

use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use sha1::Sha1;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::http::Service;
use super::{Credentials, ProviderError};
use crate::error::service::{printable, redact};
use crate::escape::query;
use crate::{Endpoint, Timestamp};

/// Credentials as STS and the metadata service write them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Issued {
    /// The metadata service says `Success`.
    code: Option<String>,
    access_key_id: String,
    access_key_secret: SecretString,
    security_token: SecretString,
    expiration: String,
}

impl Issued {
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// `None` when they are not whole.
    pub(super) fn into_credentials(self) -> Option<Credentials> {
        if self.code.is_some_and(|code| code != "Success") {
            return None;
        }
        // `2020-10-21T12:00:00Z`
        let end = Timestamp::parse_iso_basic(&self.expiration.replace(['-', ':'], ""))?;
        let credentials = Credentials::new(self.access_key_id, self.access_key_secret)
            .with_security_token(self.security_token)
            .with_expiry(end);
        (credentials.check().is_ok() && credentials.security_token().is_some())
            .then_some(credentials)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    credentials: Issued,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    request_id: String,
}

type Parameters = Vec<(&'static str, String)>;

/// Calls `action` of STS. `signer` signs it; an identity token needs none.
pub(super) async fn call(
    endpoint: &Endpoint,
    action: &'static str,
    form: Parameters,
    signer: Option<&Credentials>,
) -> Result<Credentials, ProviderError> {
    let mut target = vec![
        ("Action", action.to_owned()),
        ("Version", "2015-04-01".to_owned()),
        ("Format", "JSON".to_owned()),
        ("Timestamp", seconds(Timestamp::now())),
    ];
    let mut secrets: Vec<String> =
        form.iter().filter(|(name, _)| *name == "OIDCToken").map(|(_, v)| v.clone()).collect();
    if let Some(credentials) = signer {
        target.extend([
            ("SignatureMethod", "HMAC-SHA1".to_owned()),
            ("SignatureVersion", "1.0".to_owned()),
            ("SignatureNonce", nonce()),
            ("AccessKeyId", credentials.access_key_id().to_owned()),
        ]);
        if let Some(token) = credentials.security_token() {
            target.push(("SecurityToken", token.to_owned()));
            secrets.push(token.to_owned());
        }
        let signature = sign("POST", &[target.as_slice(), &form].concat(), credentials.secret());
        target.push(("Signature", signature));
    }
    let target = format!("/?{}", encode(&target));
    let service = Service::remote(endpoint)?;
    let (status, answer) = service.ask(Method::POST, &target, &[], Some(encode(&form))).await?;
    if status == StatusCode::OK {
        let answer: Option<Answer> = serde_json::from_slice(&answer).ok();
        return answer.and_then(|answer| answer.credentials.into_credentials()).ok_or_else(|| {
            ProviderError::failed(format!("{action}: {} gives no credentials", endpoint.host()))
        });
    }
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    Err(refusal(action, endpoint.host(), status, &answer, &secrets))
}

fn refusal(
    action: &str,
    host: &str,
    status: StatusCode,
    answer: &[u8],
    secrets: &[&str],
) -> ProviderError {
    let told: Option<Refusal> = serde_json::from_slice(answer).ok();
    let mut message = format!("{action}: {host} answers HTTP {}", status.as_u16());
    if let Some(Refusal { code, message: words, request_id }) = &told {
        message.push_str(&format!(
            ", {}, request {}",
            printable(code, 64),
            printable(request_id, 64)
        ));
        // What explains a wrong signature repeats everything that was signed, tokens included.
        if !code.contains("Signature") && !words.is_empty() {
            message.push_str(&format!(": {}", printable(&redact(words, secrets), 256)));
        }
    }
    let code = told.map(|told| told.code).unwrap_or_default();
    if status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || code.starts_with("Throttling")
        || code.is_empty()
    {
        return ProviderError::failed(message);
    }
    let help = if code.starts_with("NoPermission") {
        "the role must trust who asks, and who asks needs sts:AssumeRole"
    } else if code.starts_with("InvalidAccessKeyId") || code.contains("Signature") {
        "check the access key that assumes the role"
    } else if code.starts_with("InvalidTimeStamp") {
        "set this machine's clock"
    } else if code.contains("OIDC") || code.starts_with("AuthenticationFail") {
        "check the OIDC provider, the role's trust policy, and that the token has not expired"
    } else {
        "check the role's ARN, its session name and its duration"
    };
    ProviderError::refused(message).with_help(help)
}

/// HMAC-SHA1 over all parameters, sorted and escaped twice.
fn sign(method: &str, parameters: &[(&'static str, String)], secret: &str) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    let text = format!("{method}&%2F&{}", query(&encode(&sorted)));
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(format!("{secret}&").as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

fn encode(parameters: &[(&'static str, String)]) -> String {
    let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", query(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// `2016-02-23T12:46:24Z`
fn seconds(time: Timestamp) -> String {
    time.iso_extended().replace(".000Z", "Z")
}

/// A number that nobody uses twice.
fn nonce() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::ProviderErrorKind;

    #[test]
    fn a_signature_is_that_of_the_documentation() {
        let parameters = [
            ("AccessKeyId", "testid"),
            ("Action", "DescribeRegions"),
            ("Format", "XML"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("SignatureVersion", "1.0"),
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Version", "2014-05-26"),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        assert_eq!(sign("GET", &parameters, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    }

    #[test]
    fn refusals_have_a_kind_and_no_secret() {
        let check = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            let error = refusal("AssumeRole", "sts", status, body.as_bytes(), &["hush"]);
            (error.kind(), error.to_string())
        };
        let json = |code: &str, message: &str| {
            format!(r#"{{"Code":"{code}","Message":"{message}","RequestId":"R1"}}"#)
        };
        assert_eq!(
            check(403, &json("NoPermission", "You may not, hush")),
            (
                ProviderErrorKind::Refused,
                "AssumeRole: sts answers HTTP 403, NoPermission, request R1: You may not, ***"
                    .into()
            )
        );
        assert_eq!(
            check(400, &json("SignatureDoesNotMatch", "server string is h%75sh")).1,
            "AssumeRole: sts answers HTTP 400, SignatureDoesNotMatch, request R1"
        );
        for (status, body) in [
            (500, json("InternalError", "")),
            (503, String::new()),
            (400, json("Throttling.User", "slow down")),
            (403, "<html>".to_owned()),
        ] {
            assert_eq!(check(status, &body).0, ProviderErrorKind::Failed, "{status} {body}");
        }
    }

    #[test]
    fn credentials_are_whole_or_none() {
        let read = |json: &str| Issued::read(json.as_bytes()).and_then(Issued::into_credentials);
        let whole = r#"{"Code":"Success","AccessKeyId":"STS.a","AccessKeySecret":"s",
            "SecurityToken":"t","Expiration":"2023-11-14T22:13:20Z","LastUpdated":"x"}"#;
        let credentials = read(whole).unwrap();
        assert_eq!(credentials.expires_at(), Some(Timestamp::from_unix(1_700_000_000)));
        for (part, odd) in [
            ("\"Success\"", "\"Failed\""),
            ("STS.a", ""),
            ("\"t\"", "\"\""),
            ("2023-11-14T22:13:20Z", "soon"),
            ("AccessKeySecret", "Secret"),
            ("}", ""),
        ] {
            assert!(read(&whole.replacen(part, odd, 1)).is_none(), "{odd}");
        }
    }
}
