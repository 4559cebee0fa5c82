//! The limits that a schema sets to strings, numbers and lists.

use serde_json::Value as Json;

use super::schema::Node;

/// What is wrong with a value of the right kind, as the end of a sentence that begins with its name.
pub(super) fn exceeded(kind: &str, value: &str, parts: &[Node<'_>]) -> Option<String> {
    let limit = |name: &str| parts.iter().find_map(|part| part.json.get(name));
    let count = |name: &str| limit(name).and_then(Json::as_u64);
    match kind {
        "string" => {
            let text: String = serde_json::from_str(value).unwrap_or_default();
            let len = text.chars().count() as u64;
            match (count("minLength"), count("maxLength")) {
                (Some(1..), _) if len == 0 => Some("is empty".to_owned()),
                (least, most) => {
                    out_of(len, least, most, "character").map(|range| format!("must have {range}"))
                }
            }
        }
        "array" => {
            let len = crate::json::items(value, 0).len() as u64;
            let range = out_of(len, count("minItems"), count("maxItems"), "item");
            range.map(|range| format!("must have {range}"))
        }
        "number" => number(value, parts),
        _ => None,
    }
}

fn out_of(len: u64, least: Option<u64>, most: Option<u64>, what: &str) -> Option<String> {
    if least.is_none_or(|least| len >= least) && most.is_none_or(|most| len <= most) {
        return None;
    }
    let counted = |n: u64| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    Some(match (least, most) {
        (Some(least), Some(most)) if least == most => counted(most),
        (Some(least), Some(most)) if least > 0 => format!("{least} to {}", counted(most)),
        (Some(least), None) => format!("at least {}", counted(least)),
        (_, most) => format!("at most {}", counted(most.unwrap_or_default())),
    })
}

fn number(value: &str, parts: &[Node<'_>]) -> Option<String> {
    let limit = |name: &str| parts.iter().find_map(|part| part.json.get(name));
    let format = limit("format").and_then(Json::as_str).and_then(integer_range);
    // An integer is compared as one: the largest do not fit a float.
    let is_outside = |least: Option<&Json>, most: Option<&Json>| {
        let exact = |json: Option<&Json>| match json {
            None => Some(None),
            Some(json) => json.to_string().parse::<i128>().ok().map(Some),
        };
        match (value.parse::<i128>(), exact(least), exact(most)) {
            (Ok(number), Some(least), Some(most)) => {
                least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most)
            }
            _ => {
                let number: f64 = value.parse().unwrap_or_default();
                let bound = |json: Option<&Json>| json.and_then(Json::as_f64);
                bound(least).is_some_and(|least| number < least)
                    || bound(most).is_some_and(|most| number > most)
            }
        }
    };
    let (lowest, highest) = format.unzip();
    let least = limit("minimum").or(lowest.as_ref());
    let most = limit("maximum").or(highest.as_ref());
    is_outside(least, most).then(|| match (least, most) {
        (Some(least), Some(most)) => format!("must be from {least} to {most}"),
        (Some(least), None) => format!("must be {least} or more"),
        (None, most) => format!("must be {} or less", most.unwrap_or(&Json::Null)),
    })
}

/// The least and the greatest integer of a format.
fn integer_range(format: &str) -> Option<(Json, Json)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0.into(), u8::MAX.into()),
        "uint16" => (0.into(), u16::MAX.into()),
        "uint32" => (0.into(), u32::MAX.into()),
        "uint64" | "uint" => (0.into(), u64::MAX.into()),
        _ => return None,
    })
}
