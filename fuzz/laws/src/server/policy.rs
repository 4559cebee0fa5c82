//! Policies of forms.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss::sign::v1;
use serde_json::Value;

use super::{BUCKET, KEY_ID, KEY_SECRET, with};

const FIELDS: [(&str, &str); 3] =
    [("key", "folder/k"), ("success_action_status", "200"), ("x-oss-meta-a", "1")];
const FILE: &str = "content";

/// A policy of any bytes, signed as it has to be, lets a form through or does not. When it does, it is JSON with an end
/// and a list of conditions, and none of those that can be read here is broken.
pub fn oss_policy(data: &[u8]) {
    let policy = BASE64.encode(data);
    let signature = v1::signature(KEY_SECRET, &policy);
    let signed =
        [("policy", policy.as_str()), ("OSSAccessKeyId", KEY_ID), ("Signature", &signature)];
    let mut body = String::new();
    for (name, value) in FIELDS.into_iter().chain(signed) {
        let part =
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.push_str(&part);
    }
    body.push_str("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n");
    body.push_str(FILE);
    body.push_str("\r\n--B--\r\n");
    with(false, |server| {
        let kind = "multipart/form-data; boundary=B";
        let answer = server.ask("POST", &format!("/{BUCKET}/"), kind, body.as_bytes());
        let shown = String::from_utf8_lossy(data);
        match answer.status {
            200 => assert!(allows(data) != Some(false), "let through by {shown}"),
            status => assert!(matches!(status, 400 | 403), "{status} for {shown}"),
        }
        server.check();
    });
}

/// Whether the form keeps to a policy, as far as can be told without its end.
fn allows(policy: &[u8]) -> Option<bool> {
    let Ok(policy) = serde_json::from_slice::<Value>(policy) else { return Some(false) };
    let conditions = policy.get("conditions").and_then(Value::as_array);
    let (Some(conditions), true) =
        (conditions, policy.get("expiration").is_some_and(Value::is_string))
    else {
        return Some(false);
    };
    let value = |name: &str| {
        let name = name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase();
        match name.as_str() {
            "bucket" => Some(BUCKET),
            name => FIELDS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value),
        }
    };
    let keeps = |condition: &Value| match condition {
        Value::Object(pairs) => pairs.iter().all(|(name, wanted)| {
            // A value that the form has, or has not, can be compared; others are not known here.
            value(name).is_none_or(|value| wanted == value)
        }),
        Value::Array(parts) => match parts.as_slice() {
            [operator, Value::String(name), wanted] if operator == "eq" => {
                value(name).is_none_or(|value| wanted == value)
            }
            [operator, Value::String(name), Value::String(start)] if operator == "starts-with" => {
                value(name).is_none_or(|value| value.starts_with(start))
            }
            [operator, least, most] if operator == "content-length-range" => {
                let size = FILE.len() as u64;
                least.as_u64().is_none_or(|least| least <= size)
                    && most.as_u64().is_none_or(|most| size <= most)
            }
            _ => true,
        },
        _ => false,
    };
    Some(conditions.iter().all(keeps))
}
