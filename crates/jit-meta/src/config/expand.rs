//! Placeholders: `{{NAME}}`, `${NAME}` and `${NAME:-default}`.

use std::collections::BTreeSet;

use super::keys::{Filling, Placeholder};
use crate::Span;
use crate::source::Rewrite;

/// The outcome of expanding a text.
#[derive(Clone, Default)]
pub(super) struct Expanded {
    pub(super) rewrite: Rewrite,
    /// For each piece of `rewrite`, where it came from.
    sources: Vec<Source>,
}

#[derive(Clone)]
struct Source {
    name: String,
    /// What the variable holds, when the value is the variable's and not a default.
    value: Option<String>,
    /// Whether its default holds another placeholder.
    is_nesting: bool,
}

/// A part of an expanded text that a variable filled.
pub(super) struct Filled<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

impl Expanded {
    /// The names of all placeholders, each once.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> =
            self.sources.iter().map(|source| source.name.as_str()).collect();
        names.into_iter().filter(|name| !name.is_empty())
    }

    /// The placeholders in a span of the new text, in order.
    pub(super) fn placeholders_in(&self, span: &Span) -> Vec<Placeholder> {
        let range = self.rewrite.pieces_in(span);
        let pieces = self.rewrite.pieces().get(range.clone()).unwrap_or_default();
        let sources = self.sources.get(range).unwrap_or_default();
        let found = pieces.iter().zip(sources).map(|((new, _), source)| Placeholder {
            name: source.name.clone(),
            filled: match &source.value {
                Some(_) => Filling::Variable,
                None if new.is_empty() => Filling::Nothing,
                None => Filling::Default,
            },
        });
        found.collect()
    }

    /// The variables whose values stand, in whole or in part, in a span of the new text.
    pub(super) fn filled_in(&self, span: &Span) -> impl Iterator<Item = Filled<'_>> {
        let sources = self.sources.get(self.rewrite.pieces_in(span)).unwrap_or_default();
        sources.iter().filter_map(|source| {
            Some(Filled { name: &source.name, value: source.value.as_deref()? })
        })
    }

    /// The names of the placeholders in a span of the new text that came out empty.
    pub(super) fn empty_in(&self, span: &Span) -> Vec<String> {
        let range = self.rewrite.pieces_in(span);
        let pieces = self.rewrite.pieces().get(range.clone()).unwrap_or_default();
        let sources = self.sources.get(range).unwrap_or_default();
        let empty = pieces.iter().zip(sources).filter(|((new, _), _)| new.is_empty());
        empty.map(|(_, source)| source.name.clone()).collect()
    }

    /// The names of the placeholders that came out empty with nothing but blanks between them and a span of
    /// the new text.
    pub(super) fn empty_beside(&self, span: &Span) -> Vec<String> {
        let text = self.rewrite.text();
        let is_blank = |part: Span| text.get(part).is_some_and(|part| part.trim().is_empty());
        let pieces = self.rewrite.pieces().iter().zip(&self.sources);
        let beside = pieces.filter(|((new, _), _)| {
            new.is_empty()
                && if new.end <= span.start {
                    is_blank(new.end..span.start)
                } else {
                    new.start <= span.end || is_blank(span.end..new.start)
                }
        });
        beside.map(|(_, source)| source.name.clone()).collect()
    }

    /// Where in the new text there are placeholders whose defaults hold others.
    pub(super) fn nesting(&self) -> impl Iterator<Item = &Span> {
        let pieces = self.rewrite.pieces().iter().zip(&self.sources);
        pieces.filter(|(_, source)| source.is_nesting).map(|((new, _), _)| new)
    }

    /// Whether a span of the new text is as it is in the file.
    pub(super) fn is_verbatim(&self, span: &Span) -> bool {
        self.rewrite.pieces_in(span).is_empty()
    }

    /// A span of the new text with every placeholder as it is named in the file, defaults left out.
    pub(super) fn unexpanded(&self, span: &Span) -> String {
        self.renamed(span, |_| true)
    }

    /// A span of the new text with `${NAME}` in the place of every value of a variable.
    pub(super) fn without_values(&self, span: &Span) -> String {
        self.renamed(span, |source| source.value.is_some())
    }

    /// The variable whose value holds the whole of a span of the new text.
    pub(super) fn variable_around(&self, span: &Span) -> Option<&str> {
        let first = self.rewrite.pieces_in(span).start;
        let (new, _) = self.rewrite.pieces().get(first)?;
        let source = self.sources.get(first).filter(|source| source.value.is_some())?;
        (new.start <= span.start && span.end <= new.end).then_some(source.name.as_str())
    }

    fn renamed(&self, span: &Span, is_renamed: impl Fn(&Source) -> bool) -> String {
        let text = self.rewrite.text();
        let range = self.rewrite.pieces_in(span);
        let pieces = self.rewrite.pieces().get(range.clone()).unwrap_or_default();
        let sources = self.sources.get(range).unwrap_or_default();
        let (mut out, mut at) = (String::new(), span.start);
        for ((new, _), source) in pieces.iter().zip(sources).filter(|(_, one)| is_renamed(one)) {
            out.push_str(text.get(at..new.start).unwrap_or_default());
            out.push_str(&format!("${{{}}}", source.name));
            at = new.end;
        }
        out.push_str(text.get(at..span.end).unwrap_or_default());
        out
    }
}

struct Found<'a> {
    len: usize,
    name: &'a str,
    default: Option<&'a str>,
    is_nesting: bool,
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
                    let (name, is_nesting) = (found.name.to_owned(), found.is_nesting);
                    out.sources.push(Source { name, value, is_nesting });
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

fn placeholder(text: &str) -> Option<Found<'_>> {
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
    if !is_word || !is_default {
        return None;
    }
    let found = Found { len: 2 + body.len() + close.len(), name, default, is_nesting: false };
    if default.is_none_or(|text| !text.contains("${") && !text.contains("{{")) {
        return Some(found);
    }
    // Defaults do not nest. It is taken as a whole all the same, so that it can be told as one.
    let Some(len) = balanced(text) else { return Some(Found { is_nesting: true, ..found }) };
    let default = text.get(2 + name.len() + 2..len - 1);
    Some(Found { len, default, is_nesting: true, ..found })
}

/// Up to where, in its line and its string, a text has closed all the braces that it opens.
fn balanced(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 1 => return Some(at + 1),
            b'}' => open = open.checked_sub(1)?,
            b'"' | b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// Whether a string of a file is meant as a placeholder as a whole, and is none: `${A B}`, `${A`, `$A`,
/// `{{ A }}`.
pub(super) fn is_malformed(text: &str) -> bool {
    let is_word = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let spans_all = |inner: &str, close: &str| match inner.find(close) {
        Some(at) => at + close.len() == inner.len(),
        None => is_word(inner.trim_end_matches('}')),
    };
    if placeholder(text).is_some() {
        return false;
    }
    if let Some(inner) = text.strip_prefix("{{") {
        return spans_all(inner, "}}");
    }
    if let Some(inner) = text.strip_prefix("${") {
        return spans_all(inner, "}");
    }
    // A password may begin with `$`; variables are written in capitals.
    text.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
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
        let text = r#""${NO}{{EMPTY}}${NO:-x}${A}" ${NO} 1"#;
        let expanded = expand(text, &lookup);
        assert_eq!(expanded.rewrite.text(), r#""x1"  1"#);
        assert_eq!(expanded.empty_in(&(0..4)), ["NO", "EMPTY"]);
        assert_eq!(expanded.empty_beside(&(6..7)), ["NO"]);
        assert_eq!(expanded.unexpanded(&(0..4)), r#""${NO}${EMPTY}${NO}${A}""#);
        let filled: Vec<_> = expanded.filled_in(&(0..4)).map(|f| (f.name, f.value)).collect();
        assert_eq!(filled, [("A", "1")]);
    }

    #[test]
    fn a_default_that_holds_a_placeholder_is_taken_as_a_whole_and_marked() {
        for (text, expanded, is_nesting) in [
            (r#""x${NO:-${A}}y""#, r#""x${A}y""#, true),
            (r#""${A:-${NO}}""#, r#""1""#, true),
            (r#""${NO:-a{{A}}b}c""#, r#""a{{A}}bc""#, true),
            (r#""${NO:-${NO:-${A}}}""#, r#""${NO:-${A}}""#, true),
            (r#""${NO:-${A}" }"#, r#""${A" }"#, true),
            (r#""${NO:-a{b}""#, r#""a{b""#, false),
        ] {
            let found = expand(text, &lookup);
            assert_eq!(found.rewrite.text(), expanded, "{text}");
            assert_eq!(found.nesting().next().is_some(), is_nesting, "{text}");
        }
    }

    #[test]
    fn slips_of_a_whole_placeholder_are_seen() {
        for text in ["${A", "$A", "${A B}", "{{A B}}", "{{ A }}", "${}", "${A-x}", "{{A}", "{{A"] {
            assert!(is_malformed(text), "{text}");
        }
        for text in
            ["${A}", "{{A}}", "${A:-x}", "x${A", "$a1", "$", "", "${A} ${B C}", "${a+b", "$5"]
        {
            assert!(!is_malformed(text), "{text}");
        }
    }
}
