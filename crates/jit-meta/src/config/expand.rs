//! Placeholders: `{{NAME}}`, `${NAME}` and `${NAME:-default}`.

use crate::Span;
use crate::source::Rewrite;

/// The outcome of expanding a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Expanded {
    pub(super) rewrite: Rewrite,
    /// Placeholders that came out empty: where they stand in the original, and their names.
    pub(super) unset: Vec<(Span, String)>,
}

struct Placeholder<'a> {
    len: usize,
    name: &'a str,
    default: Option<&'a str>,
}

/// Replaces every placeholder by its variable. Inside a JSON string the value is escaped as JSON;
/// outside it stands as it is. A variable that is unset or empty takes the default, otherwise nothing.
/// Text that does not have the exact form of a placeholder is left alone, and values are not expanded
/// again.
pub(super) fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Expanded {
    let mut out = Expanded::default();
    let (mut kept, mut at) = (0, 0);
    let mut in_string = false;
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if in_string => at += 2,
            b'"' => {
                in_string = !in_string;
                at += 1;
            }
            // A string ends with its line: what follows a missing quote is read as JSON again.
            b'\n' => {
                in_string = false;
                at += 1;
            }
            b'{' | b'$' => match text.get(at..).and_then(placeholder) {
                None => at += 1,
                Some(found) => {
                    out.rewrite.keep(text.get(kept..at).unwrap_or_default());
                    let old = at..at + found.len;
                    let value = lookup(found.name).filter(|value| !value.is_empty());
                    let with = match (&value, found.default) {
                        (Some(value), _) if in_string => escaped(value),
                        (Some(value), _) => value.clone(),
                        (None, Some(default)) => default.to_owned(),
                        (None, None) => String::new(),
                    };
                    if with.is_empty() {
                        out.unset.push((old.clone(), found.name.to_owned()));
                    }
                    at = old.end;
                    kept = at;
                    out.rewrite.replace(old, &with);
                }
            },
            _ => at += 1,
        }
    }
    out.rewrite.keep(text.get(kept..).unwrap_or_default());
    out
}

fn placeholder(text: &str) -> Option<Placeholder<'_>> {
    let (inner, close) = if let Some(inner) = text.strip_prefix("{{") {
        (inner, "}}")
    } else {
        (text.strip_prefix("${")?, "}")
    };
    let (body, _) = inner.split_once(close)?;
    let (name, default) = match body.split_once(":-") {
        Some((name, default)) if close == "}" => (name, Some(default)),
        _ => (body, None),
    };
    let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // A default stays within its line and its string: a stray `${` must not swallow the file.
    let is_default = default.is_none_or(|text| !text.contains(['"', '\n']));
    (is_word && is_default).then(|| Placeholder {
        len: 2 + body.len() + close.len(),
        name,
        default,
    })
}

fn escaped(value: &str) -> String {
    let quoted = serde_json::to_string(value).unwrap_or_default();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "A" => "1",
            "Q" => "say \"hi\"\n\\",
            "EMPTY" => "",
            "NEST" => "${A}",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn both_forms_in_and_out_of_strings() {
        for (text, expanded) in [
            (r#"{"a": "{{A}}"}"#, r#"{"a": "1"}"#),
            (r#"{"a": ${A}}"#, r#"{"a": 1}"#),
            (r#""x${A}y{{A}}z""#, r#""x1y1z""#),
            (r#""${Q}""#, r#""say \"hi\"\n\\""#),
            (r#""${NO}""#, r#""""#),
            (r#""${NO:-x}""#, r#""x""#),
            (r#""${EMPTY:-x}""#, r#""x""#),
            (r#""${A:-x}""#, r#""1""#),
            (r#""${NO:-}""#, r#""""#),
            (r#""${NO:-a:-b}""#, r#""a:-b""#),
            (r#""${NEST}""#, r#""${A}""#),
            (r#""{{NO}}""#, r#""""#),
            // Left alone.
            (
                r#""$A $${ {A} ${} ${A-x} {{ A }} {{A:-x}} ${A""#,
                r#""$A $${ {A} ${} ${A-x} {{ A }} {{A:-x}} ${A""#,
            ),
            (r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#),
            ("\"${é\"", "\"${é\""),
        ] {
            assert_eq!(expand(text, &lookup).rewrite.text(), expanded, "{text}");
        }
    }

    #[test]
    fn what_came_out_empty_is_named() {
        let unset = expand(r#""${NO}{{EMPTY}}${NO:-x}${A}""#, &lookup).unset;
        assert_eq!(unset, [(1..6, "NO".to_owned()), (6..15, "EMPTY".to_owned())]);
    }
}
