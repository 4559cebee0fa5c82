//! Selectors: which elements are meant, by name, Type, attribute or place in the type chain.
//!
//! ```text
//! selector := chain ("," chain)*            union, in order, duplicates dropped
//! chain    := simple (":" simple)*          each step keeps what matches it too
//! simple   := name                          that element
//!           | "." name                      elements of exactly that Type
//!           | "*" name                      its Type, that one's Type, … up to the Meta
//!           | name "*"                      every element that has it in its type chain
//!           | "#" attribute op value        elements by an attribute of their definition
//! op       := "!=" | "=" | ">" | "<"        the first one counts
//! value    := text up to "," or ":"; `\,` `\:` `\\` are those characters
//! ```

use std::cmp::Ordering;
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, FullName, SourceFile, Span};
use serde_json::Value as Json;

/// A parsed selector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selector(pub(crate) Vec<Vec<Simple>>);

/// One step of a chain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Simple {
    Name(FullName),
    OfType(FullName),
    Parents(FullName),
    Children(FullName),
    Attribute { path: Vec<String>, op: Op, value: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    NotEqual,
    Greater,
    Less,
}

impl Selector {
    /// Reads a selector; a mistake is a finding with its place in the text.
    pub(crate) fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        let mut chains = vec![Vec::new()];
        for (piece, separator) in pieces(text) {
            let simple = simple(text, piece)?;
            if let Some(chain) = chains.last_mut() {
                chain.push(simple);
            }
            if separator == Some(',') {
                chains.push(Vec::new());
            }
        }
        Ok(Self(chains))
    }
}

/// The parts between unescaped separators, each with the separator that ends it.
fn pieces(text: &str) -> Vec<(Span, Option<char>)> {
    let mut found = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | ':' => {
                found.push((start..at, Some(c)));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push((start..text.len(), None));
    found
}

fn wrong(text: &str, span: Span, message: impl Into<String>, help: &str) -> Box<Diagnostic> {
    let file = Arc::new(SourceFile::new("selector", text));
    Box::new(Diagnostic::error(Code::Selector, message).at(&file, span, "").help(help))
}

fn simple(text: &str, span: Span) -> Result<Simple, Box<Diagnostic>> {
    let whole = text.get(span.clone()).unwrap_or_default();
    let piece = whole.trim();
    let start = span.start + (whole.len() - whole.trim_start().len());
    let span = start..start + piece.len();
    let name = |name: &str| -> Result<FullName, Box<Diagnostic>> {
        let help = "a selector names elements like `storages.MyOss`";
        name.trim().parse().map_err(|error| wrong(text, span.clone(), format!("{error}"), help))
    };
    if piece.is_empty() {
        let help = "write `name`, `.type`, `*name`, `name*` or `#attribute=value`";
        return Err(wrong(
            text,
            span.start..span.end.max(span.start),
            "a part of the selector is empty",
            help,
        ));
    }
    if let Some(rest) = piece.strip_prefix('#') {
        return attribute(rest).ok_or_else(|| {
            let help = "write `#attribute=value`; the operators are `=`, `!=`, `>` and `<`";
            wrong(text, span.clone(), "an attribute is not compared with anything", help)
        });
    }
    match (piece.strip_prefix(['.', '*']), piece.strip_suffix('*')) {
        (Some(rest), _) if piece.starts_with('.') => name(rest).map(Simple::OfType),
        (Some(rest), _) => name(rest).map(Simple::Parents),
        (None, Some(rest)) => name(rest).map(Simple::Children),
        (None, None) => name(piece).map(Simple::Name),
    }
}

fn attribute(text: &str) -> Option<Simple> {
    let at = text.find(['!', '=', '>', '<'])?;
    let (path, rest) = text.split_at_checked(at)?;
    let (op, value) = [("!=", Op::NotEqual), ("=", Op::Equal), (">", Op::Greater), ("<", Op::Less)]
        .into_iter()
        .find_map(|(sign, op)| rest.strip_prefix(sign).map(|value| (op, value)))?;
    let path: Vec<_> = path.trim().split('.').map(str::to_owned).collect();
    if path.iter().any(String::is_empty) {
        return None;
    }
    Some(Simple::Attribute { path, op, value: unescaped(value.trim()) })
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    out
}

/// Compares an attribute with the text of a selector: as numbers when both are, otherwise as text. Flags
/// are alike as `true`/`false` and `1`/`0`. What is missing is only ever unequal.
pub(crate) fn compare(found: Option<&Json>, op: Op, wanted: &str) -> bool {
    let Some(found) = found.filter(|found| !found.is_null()) else { return op == Op::NotEqual };
    let flag = |text: &str| match text {
        "true" => Some(1.0),
        "false" => Some(0.0),
        _ => None,
    };
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let text = match found {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_flag = found.is_boolean() || flag(wanted).is_some();
    let as_number = |text: &str| number(text).or_else(|| flag(text).filter(|_| is_flag));
    let ordering = match (as_number(&text), as_number(wanted)) {
        (Some(found), Some(wanted)) => found.partial_cmp(&wanted),
        _ => Some(text.as_str().cmp(wanted)),
    };
    match op {
        Op::Equal => ordering == Some(Ordering::Equal),
        Op::NotEqual => ordering != Some(Ordering::Equal),
        Op::Greater => ordering == Some(Ordering::Greater),
        Op::Less => ordering == Some(Ordering::Less),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(text: &str) -> FullName {
        text.parse().unwrap()
    }

    fn attribute(path: &[&str], op: Op, value: &str) -> Simple {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Simple::Attribute { path, op, value: value.to_owned() }
    }

    #[test]
    fn every_form_of_the_grammar() {
        for (text, expected) in [
            ("storages.MyOss", vec![vec![Simple::Name(name("storages.MyOss"))]]),
            (".storages.OssType", vec![vec![Simple::OfType(name("storages.OssType"))]]),
            ("*storages.MyOss", vec![vec![Simple::Parents(name("storages.MyOss"))]]),
            ("storages.Meta*", vec![vec![Simple::Children(name("storages.Meta"))]]),
            ("#title=User Model", vec![vec![attribute(&["title"], Op::Equal, "User Model")]]),
            ("#a.b != x=y ", vec![vec![attribute(&["a", "b"], Op::NotEqual, "x=y")]]),
            ("#sort>3", vec![vec![attribute(&["sort"], Op::Greater, "3")]]),
            (r"#t=a\,b\:c\\d", vec![vec![attribute(&["t"], Op::Equal, r"a,b:c\d")]]),
            (
                ".a.T:#x<1 , b.C",
                vec![
                    vec![Simple::OfType(name("a.T")), attribute(&["x"], Op::Less, "1")],
                    vec![Simple::Name(name("b.C"))],
                ],
            ),
        ] {
            assert_eq!(Selector::parse(text).unwrap(), Selector(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_selector_says_where() {
        for (text, told) in [
            (
                "",
                "selector:1:1: a part of the selector is empty; write `name`, `.type`, `*name`, `name*` or `#attribute=value`",
            ),
            (
                "a.B, ",
                "selector:1:6: a part of the selector is empty; write `name`, `.type`, `*name`, `name*` or `#attribute=value`",
            ),
            (
                "a.B:#title",
                "selector:1:5: an attribute is not compared with anything; write `#attribute=value`; the operators are `=`, `!=`, `>` and `<`",
            ),
            (
                "#=x",
                "selector:1:1: an attribute is not compared with anything; write `#attribute=value`; the operators are `=`, `!=`, `>` and `<`",
            ),
            (
                "a b",
                "selector:1:1: `a b` is not an element name: each segment is letters, digits and `_`, and does not start with a digit; a selector names elements like `storages.MyOss`",
            ),
        ] {
            assert_eq!(Selector::parse(text).unwrap_err().to_string(), told, "{text:?}");
        }
    }

    #[test]
    fn attributes_compare_as_numbers_flags_or_text() {
        for (found, op, wanted, expected) in [
            (json!("10"), Op::Greater, "9", true),
            (json!(10), Op::Greater, "9.5", true),
            (json!("b"), Op::Greater, "a", true),
            (json!("10x"), Op::Greater, "9", false),
            (json!(true), Op::Equal, "1", true),
            (json!(1), Op::Equal, "true", true),
            (json!(false), Op::Equal, "0", true),
            (json!("x"), Op::NotEqual, "y", true),
            (json!(null), Op::NotEqual, "y", true),
            (json!(null), Op::Equal, "null", false),
            (json!("1.0"), Op::Equal, "1", true),
        ] {
            assert_eq!(compare(Some(&found), op, wanted), expected, "{found} {op:?} {wanted}");
        }
        assert!(compare(None, Op::NotEqual, "x") && !compare(None, Op::Less, "x"));
    }
}
