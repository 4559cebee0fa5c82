//! The policy of a form upload: what the fields of the form may be, until when.

use jit_oss::Timestamp;
use serde_json::Value;

use crate::error::OssError;

/// What a policy lets be sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    /// The least and the most bytes of the file.
    pub(crate) length: Option<(u64, u64)>,
}

/// Refuses a form that its policy does not allow at `now`. `field` gives the value of a field.
pub(crate) fn check<'a>(
    policy: &[u8],
    now: Timestamp,
    field: impl Fn(&str) -> Option<&'a str>,
) -> Result<Policy, OssError> {
    let invalid = |why: &str| {
        let message = format!("Invalid Policy: {why}.");
        OssError::bad_request("InvalidPolicyDocument", message)
    };
    let document: Value = serde_json::from_slice(policy).map_err(|_| invalid("it is no JSON"))?;
    let expiration = document.get("expiration").and_then(Value::as_str);
    let until = expiration.and_then(parse_time).ok_or_else(|| invalid("it has no expiration"))?;
    if now > until {
        return Err(denied("Policy expired."));
    }
    let conditions = document.get("conditions").and_then(Value::as_array);
    let conditions = conditions.ok_or_else(|| invalid("it has no list of conditions"))?;
    let mut result = Policy::default();
    for condition in conditions {
        match condition {
            Value::Object(pairs) => {
                for (name, wanted) in pairs {
                    let wanted = wanted.as_str().ok_or_else(|| invalid("a value is no text"))?;
                    require(name, field(&name.to_ascii_lowercase()) == Some(wanted))?;
                }
            }
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(name), least, most] if name == "content-length-range" => {
                    let number = |value: &Value| {
                        value.as_u64().or_else(|| value.as_str().and_then(|t| t.parse().ok()))
                    };
                    let range = number(least).zip(number(most));
                    result.length =
                        Some(range.ok_or_else(|| invalid("content-length-range has no numbers"))?);
                }
                [Value::String(operator), Value::String(name), wanted] => {
                    let name = name.strip_prefix('$').unwrap_or(name);
                    let value = field(&name.to_ascii_lowercase());
                    let holds = holds(operator, value, wanted)
                        .ok_or_else(|| invalid("a condition has an unknown operator or value"))?;
                    require(name, holds)?;
                }
                _ => return Err(invalid("a condition is of no known form")),
            },
            _ => return Err(invalid("a condition is neither an object nor a list")),
        }
    }
    Ok(result)
}

fn holds(operator: &str, value: Option<&str>, wanted: &Value) -> Option<bool> {
    let is_in = |list: &Value| {
        let list = list.as_array()?;
        Some(list.iter().any(|wanted| wanted.as_str().is_some_and(|w| value == Some(w))))
    };
    match operator {
        "eq" => Some(value == Some(wanted.as_str()?)),
        "starts-with" => {
            let start = wanted.as_str()?;
            Some(value.is_some_and(|value| value.starts_with(start)))
        }
        "in" => is_in(wanted),
        "not-in" => is_in(wanted).map(|found| !found),
        _ => None,
    }
}

fn require(name: &str, holds: bool) -> Result<(), OssError> {
    if holds {
        return Ok(());
    }
    Err(denied(&format!("Invalid according to Policy: Policy Condition failed: {name}")))
}

fn denied(message: &str) -> OssError {
    OssError::forbidden("AccessDenied", message.to_owned())
}

/// `2014-12-01T12:00:00.000Z`
fn parse_time(text: &str) -> Option<Timestamp> {
    let digits: String = text.strip_suffix('Z')?.split('.').next()?.replace(['-', ':'], "");
    Timestamp::parse_iso_basic(&format!("{digits}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn verdict(conditions: &str) -> String {
        let policy = format!(
            "{{\"expiration\": \"2026-01-01T12:00:00.000Z\", \"conditions\": [{conditions}]}}"
        );
        let now = Timestamp::parse_iso_basic("20260101T115959Z").unwrap();
        let field = |name: &str| match name {
            "key" => Some("user/a.txt"),
            "bucket" => Some("b-1"),
            _ => None,
        };
        match check(policy.as_bytes(), now, field) {
            Ok(policy) => policy.length.map_or("ok".to_owned(), |(a, b)| format!("{a}-{b}")),
            Err(error) => error.code.into_owned(),
        }
    }

    #[test]
    fn each_condition_must_hold() {
        for (conditions, expected) in [
            ("", "ok"),
            ("{\"bucket\": \"b-1\"}", "ok"),
            ("{\"bucket\": \"b-2\"}", "AccessDenied"),
            ("{\"success_action_status\": \"200\"}", "AccessDenied"),
            ("[\"eq\", \"$key\", \"user/a.txt\"]", "ok"),
            ("[\"eq\", \"$key\", \"user/\"]", "AccessDenied"),
            ("[\"starts-with\", \"$key\", \"user/\"]", "ok"),
            ("[\"starts-with\", \"$key\", \"other/\"]", "AccessDenied"),
            ("[\"in\", \"$bucket\", [\"b-1\", \"x\"]]", "ok"),
            ("[\"in\", \"$bucket\", [\"x\"]]", "AccessDenied"),
            ("[\"not-in\", \"$bucket\", [\"x\"]]", "ok"),
            ("[\"not-in\", \"$bucket\", [\"b-1\"]]", "AccessDenied"),
            ("[\"content-length-range\", 1, 10]", "1-10"),
            ("[\"content-length-range\", -1, 10]", "InvalidPolicyDocument"),
            ("[\"like\", \"$key\", \"x\"]", "InvalidPolicyDocument"),
            ("\"x\"", "InvalidPolicyDocument"),
        ] {
            assert_eq!(verdict(conditions), expected, "{conditions}");
        }
    }

    #[test]
    fn a_policy_expires() {
        let policy = b"{\"expiration\": \"2026-01-01T12:00:00.000Z\", \"conditions\": []}";
        let check = |now: &str| check(policy, Timestamp::parse_iso_basic(now).unwrap(), |_| None);
        assert!(check("20260101T120000Z").is_ok());
        assert!(check("20260101T120001Z").is_err());
        for text in ["", "{}", "{\"expiration\": \"soon\", \"conditions\": []}"] {
            assert!(super::check(text.as_bytes(), Timestamp::now(), |_| None).is_err());
        }
    }
}
