//! JSON objects with the place of every key and value, duplicates refused, order kept.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::Span;
use crate::source::span_at;

/// One member of an object.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    /// The value as it stands in the text.
    pub(crate) value: &'a str,
    pub(crate) value_span: Span,
}

/// Why a text is not the JSON it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) span: Span,
    pub(crate) message: String,
}

struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Reads `text`, which starts at `base` of the whole file, as an object.
pub(crate) fn members(text: &str, base: usize) -> Result<Vec<Member<'_>>, SyntaxError> {
    let Object(entries) = serde_json::from_str(text).map_err(|error| {
        let found = syntax_error(text, base, &error);
        // The parser quotes a value of the wrong kind, which may be a secret.
        let kind = kind_of(text.trim_start());
        let message = format!("expected an object, found this {kind}");
        if error.is_data() { SyntaxError { message, ..found } } else { found }
    })?;
    let mut members: Vec<Member<'_>> = Vec::with_capacity(entries.len());
    let mut position = text.find('{').unwrap_or_default() + 1;
    for (key, raw) in entries {
        let value = raw.get();
        // A borrowed raw value is a part of the text it was read from.
        let start = (value.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let before = text.get(position..start).unwrap_or_default();
        let key_start = position + before.find('"').unwrap_or_default();
        let key_end = position + before.rfind('"').map_or(0, |quote| quote + 1);
        let key_span = base + key_start..base + key_end.max(key_start);
        position = start + value.len();
        if members.iter().any(|member| member.key == key) {
            let message = format!("the key `{key}` is given twice");
            return Err(SyntaxError { span: key_span, message });
        }
        members.push(Member { key, key_span, value, value_span: base + start..base + position });
    }
    Ok(members)
}

/// The place and the text of what the parser found, without its own line and column.
pub(crate) fn syntax_error(text: &str, base: usize, error: &serde_json::Error) -> SyntaxError {
    let full = error.to_string();
    let suffix = format!(" at line {} column {}", error.line(), error.column());
    let message = full.strip_suffix(&suffix).unwrap_or(&full).to_owned();
    let span = if error.is_eof() {
        let end = text.trim_end().len();
        end..end
    } else {
        span_at(text, error.line(), error.column())
    };
    SyntaxError { span: base + span.start..base + span.end, message }
}

/// The kind of a JSON value, as JSON Schema names it, from its first byte.
pub(crate) fn kind_of(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'"') => "string",
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_value_has_its_place() {
        let text = r#" { "a\"b" : 1 , "c":"d\u00e9", "e": {"f": [2]} } "#;
        let part = |span| text.get(span).unwrap();
        let found: Vec<_> = members(text, 0)
            .unwrap()
            .into_iter()
            .map(|m| (m.key, part(m.key_span), part(m.value_span)))
            .collect();
        let expected = [
            ("a\"b", r#""a\"b""#, "1"),
            ("c", r#""c""#, r#""d\u00e9""#),
            ("e", r#""e""#, r#"{"f": [2]}"#),
        ];
        assert_eq!(found.len(), expected.len());
        for (found, (key, key_text, value)) in found.iter().zip(expected) {
            assert_eq!((found.0.as_str(), found.1, found.2), (key, key_text, value));
        }
    }

    #[test]
    fn broken_texts_say_where() {
        for (text, message, span) in [
            ("{\"a\": 1,}", "trailing comma", 8..9),
            ("{\"a\": 1", "EOF while parsing an object", 7..7),
            ("{\"a\" 1}", "expected `:`", 5..6),
            ("[]", "expected an object, found this array", 0..1),
            ("", "EOF while parsing a value", 0..0),
            ("{\"a\":1,\n\"a\":2}", "the key `a` is given twice", 8..11),
        ] {
            let error = members(text, 0).unwrap_err();
            assert_eq!((error.message.as_str(), error.span), (message, span), "{text}");
        }
    }
}
