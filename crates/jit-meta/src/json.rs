//! JSON objects with the place of every key and value, duplicates refused, order kept.

use std::collections::HashSet;
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

/// How deep arrays and objects may lie in each other: what `serde_json` reads, too.
pub(crate) const MAX_DEPTH: usize = 127;

/// What keeps a text from being the JSON it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not JSON.
    Syntax,
    /// It is JSON, and no object.
    NotAnObject,
    /// An object gives this key twice.
    Duplicate(String),
    /// Arrays and objects lie too deep in each other.
    TooDeep,
}

/// Why a text is not the JSON it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) fault: Fault,
    pub(crate) span: Span,
    /// What to write at the mark.
    pub(crate) label: String,
}

impl SyntaxError {
    /// What is wrong with `subject` (`e.json`, the configuration).
    pub(crate) fn title(&self, subject: &str) -> String {
        match &self.fault {
            Fault::Syntax => "this is not valid JSON".to_owned(),
            Fault::NotAnObject => format!("{subject} must be an object"),
            Fault::Duplicate(key) => format!("the key `{key}` is given twice"),
            Fault::TooDeep => format!("{subject} is nested too deeply"),
        }
    }
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

/// Reads a whole file as an object. What is inside is then safe to walk recursively.
pub(crate) fn document(text: &str) -> Result<Vec<Member<'_>>, SyntaxError> {
    match too_deep(text) {
        Some(at) => Err(SyntaxError {
            fault: Fault::TooDeep,
            span: at..at + 1,
            label: format!("more than {MAX_DEPTH} levels"),
        }),
        None => members(text, 0),
    }
}

/// Where a text opens more brackets than it may; also in a text that is no JSON.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(at);
        }
    }
    None
}

/// Reads `text`, which starts at `base` of the whole file, as an object that gives every key once.
pub(crate) fn members(text: &str, base: usize) -> Result<Vec<Member<'_>>, SyntaxError> {
    let members = entries(text, base)?;
    let mut seen = HashSet::with_capacity(members.len());
    match members.iter().find(|member| !seen.insert(member.key.as_str())) {
        None => Ok(members),
        Some(again) => Err(SyntaxError {
            fault: Fault::Duplicate(again.key.clone()),
            span: again.key_span.clone(),
            label: "given before".to_owned(),
        }),
    }
}

/// Reads `text`, which starts at `base` of the whole file, as an object.
pub(crate) fn entries(text: &str, base: usize) -> Result<Vec<Member<'_>>, SyntaxError> {
    let Object(entries) =
        serde_json::from_str(text).map_err(|error| not_an_object(text, base, &error))?;
    let mut members: Vec<Member<'_>> = Vec::with_capacity(entries.len());
    let mut position = text.find('{').unwrap_or_default() + 1;
    for (key, raw) in entries {
        let value = raw.get();
        let value_span = place_in(text, value);
        let before = text.get(position..value_span.start).unwrap_or_default();
        let key_start = position + before.find('"').unwrap_or_default();
        let key_end = position + before.rfind('"').map_or(0, |quote| quote + 1);
        position = value_span.end;
        members.push(Member {
            key,
            key_span: base + key_start..base + key_end.max(key_start),
            value,
            value_span: base + value_span.start..base + value_span.end,
        });
    }
    Ok(members)
}

/// The items of an array that starts at `base` of the whole file; none when it is no array.
pub(crate) fn items(text: &str, base: usize) -> Vec<(&str, Span)> {
    let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let placed = |item: &&'_ RawValue| {
        let span = place_in(text, item.get());
        base + span.start..base + span.end
    };
    items.iter().map(|item| (item.get(), placed(item))).collect()
}

/// Where a raw value, which is borrowed from the text it was read from, stands in it.
fn place_in(text: &str, value: &str) -> Span {
    let start = (value.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + value.len()
}

fn not_an_object(text: &str, base: usize, error: &serde_json::Error) -> SyntaxError {
    if !error.is_data() {
        return syntax_error(text, base, error);
    }
    // The parser quotes a value of the wrong kind, which may be a secret.
    let start = base + text.len() - text.trim_start().len();
    let found = match kind_of(text.trim_start()) {
        "null" => "null".to_owned(),
        kind => format!("this {kind}"),
    };
    let label = format!("expected an object, found {found}");
    SyntaxError { fault: Fault::NotAnObject, span: start..start + 1, label }
}

/// The place and the text of what the parser found, without its own line and column.
fn syntax_error(text: &str, base: usize, error: &serde_json::Error) -> SyntaxError {
    let span = if error.is_eof() {
        let end = text.trim_end().len();
        end..end
    } else {
        span_at(text, error.line(), error.column())
    };
    let span = base + span.start..base + span.end;
    SyntaxError { fault: Fault::Syntax, span, label: reason(error) }
}

/// What the parser found, without its own line and column, and without the value it is about: that may be a
/// secret.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let full = error.to_string();
    let suffix = format!(" at line {} column {}", error.line(), error.column());
    let reason = full.strip_suffix(&suffix).unwrap_or(&full);
    let told = reason.strip_prefix("invalid ").and_then(|rest| rest.rsplit_once(", expected "));
    match told {
        Some((found, expected)) => {
            let kind = found.split(['"', '`']).next().unwrap_or_default().trim_end();
            format!("invalid {kind}, expected {expected}")
        }
        None => reason.to_owned(),
    }
}

/// The value of `text`, a valid JSON value, that an error is about: the scalar it points into, or the opening
/// bracket of the object or array.
pub(crate) fn blamed(text: &str, error: &serde_json::Error) -> Span {
    let at = span_at(text, error.line(), error.column()).start;
    let start = text.len() - text.trim_start().len();
    let mut span = start..text.trim_end().len();
    loop {
        let value = text.get(span.clone()).unwrap_or_default();
        let inner = match kind_of(value) {
            "object" => entries(value, span.start)
                .unwrap_or_default()
                .into_iter()
                .map(|m| m.value_span)
                .collect(),
            "array" => items(value, span.start).into_iter().map(|(_, span)| span).collect(),
            _ => return span,
        };
        let inner: Vec<Span> = inner;
        match inner.into_iter().find(|inner| inner.contains(&at)) {
            Some(inner) => span = inner,
            None => return span.start..(span.start + 1).min(text.len()),
        }
    }
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
        for (text, title, label, span) in [
            ("{\"a\": 1,}", "this is not valid JSON", "trailing comma", 8..9),
            ("{\"a\": 1", "this is not valid JSON", "EOF while parsing an object", 7..7),
            ("{\"a\" 1}", "this is not valid JSON", "expected `:`", 5..6),
            ("", "this is not valid JSON", "EOF while parsing a value", 0..0),
            (" []", "x must be an object", "expected an object, found this array", 1..2),
            ("\"hush\"", "x must be an object", "expected an object, found this string", 0..1),
            ("null", "x must be an object", "expected an object, found null", 0..1),
            ("{\"a\":1,\n\"a\":2}", "the key `a` is given twice", "given before", 8..11),
        ] {
            let error = document(text).unwrap_err();
            let found = (error.title("x"), error.label.as_str(), error.span);
            assert_eq!(found, (title.to_owned(), label, span), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_as_the_parser_bounds_it() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(document(&nested(MAX_DEPTH)).is_ok());
        assert!(serde_json::from_str::<serde_json::Value>(&nested(MAX_DEPTH)).is_ok());
        for text in [nested(MAX_DEPTH + 1), nested(100_000), "[".repeat(100_000)] {
            let error = document(&text).unwrap_err();
            assert_eq!(error.fault, Fault::TooDeep);
            assert_eq!(text.get(error.span.clone()), text.get(..1));
        }
        assert!(document(&format!("{{\"a\": \"{}\"}}", "[".repeat(1000))).is_ok());
    }

    #[test]
    fn a_reason_quotes_no_value() {
        for (text, told) in [
            ("\"hush, expected `\"", "invalid type: string, expected u8"),
            ("-12345", "invalid value: integer, expected u8"),
            ("null", "invalid type: null, expected u8"),
            ("{}", "invalid type: map, expected u8"),
        ] {
            assert_eq!(reason(&serde_json::from_str::<u8>(text).unwrap_err()), told);
        }
    }

    #[test]
    fn an_error_is_blamed_on_the_value_it_is_about() {
        let text = r#"{"a": [1, {"b": "no number"}]}"#;
        let error = serde_json::from_str::<
            std::collections::HashMap<String, (u8, std::collections::HashMap<String, u8>)>,
        >(text);
        assert_eq!(text.get(blamed(text, &error.unwrap_err())), Some("\"no number\""));
    }
}
