//! What can be wrong with a configuration, in words.

use serde_json::Value as Json;

use super::ways::either;
use crate::diag::{Code, did_you_mean};
use crate::{Span, nearest};

/// A finding at a place of the expanded text.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) label: String,
    pub(super) help: Vec<String>,
    /// Whether message and help are a Type's own words, which may quote values.
    pub(super) told_by_type: bool,
}

impl Finding {
    pub(super) fn new(code: Code, message: impl Into<String>, span: Span) -> Self {
        let (label, help) = (String::new(), Vec::new());
        Self { code, message: message.into(), span, label, help, told_by_type: false }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// Required keys that are not there; `keys` with what is known of each, `brace` where they should be.
pub(super) fn missing_keys(keys: &[(&str, Option<&str>)], brace: Span) -> Finding {
    let noun = if keys.len() == 1 { "key" } else { "keys" };
    let names: Vec<_> = keys.iter().map(|(name, _)| *name).collect();
    let message = format!("missing {noun} {}", quoted(&names));
    let finding = Finding::new(Code::MissingKey, message, brace).label("required in this object");
    keys.iter().fold(finding, |finding, (name, description)| {
        let text = description.map(|text| format!(": {}", one_line(text))).unwrap_or_default();
        finding.help(format!("add `{name}`{text}"))
    })
}

/// None of several groups of keys is there; each key with what is known of it.
pub(super) fn missing_ways(ways: &[Vec<(&str, Option<&str>)>], brace: Span) -> Finding {
    let names: Vec<Vec<&str>> =
        ways.iter().map(|way| way.iter().map(|(name, _)| *name).collect()).collect();
    let message = format!("missing {}", either(&names));
    let mut finding =
        Finding::new(Code::MissingKey, message, brace).label("required in this object");
    for (index, way) in ways.iter().enumerate() {
        for (name, description) in way {
            let text = description.map(|text| format!(": {}", one_line(text))).unwrap_or_default();
            let add = if index == 0 { "add" } else { "or, in place of that, add" };
            finding = finding.help(format!("{add} `{name}`{text}"));
        }
    }
    finding
}

/// Keys that stand beside those of another way.
pub(super) fn beside(keys: &[&str], way: &[&str], span: Span) -> Finding {
    let (keys, way) = (either(&[keys.to_vec()]), either(&[way.to_vec()]));
    Finding::new(Code::BadValue, format!("{keys} cannot stand beside {way}"), span)
        .label("one of the two is too much")
        .help(format!("remove {keys}, or remove {way}"))
}

/// A key that nobody knows. `free` are the known ones that are not given yet.
pub(super) fn unknown_key(key: &str, span: Span, free: &[&str], known: &[&str]) -> Finding {
    let finding = Finding::new(Code::UnknownKey, format!("unknown key `{key}`"), span)
        .label("this Type has no such key");
    match did_you_mean(&nearest(key, free.iter().copied())) {
        Some(help) => finding.help(help),
        None if known.is_empty() => finding.help("it has no keys: remove this one"),
        None => finding.help(format!("its keys are {}", quoted(known))),
    }
}

/// A required value that variables left empty.
pub(super) fn unset_variable(name: &str, span: Span, unset: &[String]) -> Finding {
    let (noun, verb) = if unset.len() == 1 { ("variable", "is") } else { ("variables", "are") };
    let names = quoted(&unset.iter().map(String::as_str).collect::<Vec<_>>());
    let message = format!("{name} is empty: the {noun} {names} {verb} not set");
    Finding::new(Code::UnsetVariable, message, span)
        .label("a value is required")
        .help(format!("set {names} in the environment"))
}

/// A placeholder whose default holds another.
pub(super) fn nesting(span: Span) -> Finding {
    Finding::new(Code::MalformedPlaceholder, "a malformed placeholder: defaults do not nest", span)
        .label("a placeholder within the default of another")
        .help("write the default as text, or give the variable a value")
}

/// A value that is none of those allowed.
pub(super) fn not_allowed(name: &str, value: &str, allowed: &[&Json], span: Span) -> Finding {
    let found: Option<String> = serde_json::from_str(value).ok();
    let names: Vec<&str> = allowed.iter().filter_map(|value| value.as_str()).collect();
    let list: Vec<_> = allowed.iter().map(|value| value.to_string().replace('"', "")).collect();
    let list: Vec<_> = list.iter().map(String::as_str).collect();
    let choice = if list.len() == 1 { "" } else { "one of " };
    let message = format!("{name} must be {choice}{}", quoted(&list));
    let finding = Finding::new(Code::BadValue, message, span);
    match did_you_mean(&nearest(&found.unwrap_or_default(), names)) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// A value of another kind than `wanted`.
pub(super) fn wrong_type(name: &str, kind: &str, wanted: &[&str], span: Span) -> Finding {
    let mut kinds: Vec<&str> = wanted.iter().copied().filter(|kind| *kind != "null").collect();
    kinds.dedup();
    let expected: Vec<_> = kinds.iter().map(|kind| with_article(kind)).collect();
    let expected = if expected.is_empty() { "null".to_owned() } else { expected.join(" or ") };
    let finding = Finding::new(Code::WrongType, format!("{name} must be {expected}"), span)
        .label(format!("this is {}", with_article(kind)));
    if kind == "string"
        && kinds.iter().all(|kind| matches!(*kind, "integer" | "number" | "boolean"))
    {
        finding.help("write it without quotes; a placeholder too")
    } else {
        finding
    }
}

fn with_article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        "object" | "array" | "integer" => format!("an {kind}"),
        other => format!("a {other}"),
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
