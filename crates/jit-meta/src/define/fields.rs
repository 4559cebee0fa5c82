//! The fields that every element may have, and the values that some of them take.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::Quotable;
use crate::diag::{Code, Diagnostic};
use crate::json::Member;

/// A schema of the fields that every element may have, as far as they may be quoted from any file.
pub(super) static KNOWN: LazyLock<Value> =
    LazyLock::new(|| json!({ "properties": properties(NAMES) }));

/// The same with what may be shown besides of a file that is valid: there a flag is a flag. A default fills what
/// may be a secret.
pub(super) static SHOWN: LazyLock<Value> = LazyLock::new(|| {
    let list = |mut item: Map<String, Value>| -> Value {
        item.insert("value".to_owned(), json!({ "writeOnly": true }));
        json!({ "items": { "properties": item } })
    };
    let mut function = properties(FUNCTION);
    function.insert("args".to_owned(), list(properties(ARG)));
    let mut fields = properties(NAMES);
    fields.insert("variables".to_owned(), list(properties(VARIABLE)));
    fields.insert("functionList".to_owned(), list(function));
    json!({ "properties": fields })
});

fn properties(names: &[&str]) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), json!({}))).collect()
}

const NAMES: &[&str] = &[
    "title",
    "type",
    "$schema",
    "icon",
    "description",
    "tag",
    "backendBundleEntry",
    "frontBundleEntry",
    "frontMobileBundleEntry",
    "outputName",
    "loadTime",
    "backendLoadTime",
    "cacheLevel",
    "accessModifier",
    "sort",
    "platform",
    "db",
    "path",
    "extendType",
];

const VARIABLE: &[&str] = &["name", "title", "required", "remark", "desc", "description"];

const FUNCTION: &[&str] =
    &["name", "title", "returnType", "async", "loginRequired", "ignoreSign", "desc", "description"];

const ARG: &[&str] = &["name", "title", "dataType", "datatype", "required", "generic"];

pub(super) fn check_access(file: &Quotable, member: &Member<'_>, findings: &mut Vec<Diagnostic>) {
    const KNOWN: [&str; 3] = ["private", "protected", "public"];
    let text: String = serde_json::from_str(member.value).unwrap_or_default();
    // An older spelling of `protected`.
    if !KNOWN.contains(&text.as_str()) && text != "protect" {
        let message = "`accessModifier` must be `private`, `protected` or `public`";
        findings.push(
            Diagnostic::error(Code::FieldValue, message)
                .at(file.masked(), member.value_span.clone(), "")
                .suggest(&text, KNOWN),
        );
    }
}

/// A field that says when and for how long an element is loaded. Another value counts as none.
pub(super) fn check_timing(file: &Quotable, member: &Member<'_>) -> Option<Diagnostic> {
    let known: &[&str] = match member.key.as_str() {
        "backendLoadTime" => &["afterAppInit", "beforeHandleRequest"],
        "loadTime" => &["startUp", "afterStartUp"],
        _ => &["0", "1"],
    };
    let text: Option<String> = serde_json::from_str(member.value).ok();
    let is_known = match &text {
        // Real files leave what they do not set empty.
        Some(text) => text.is_empty() || (known.contains(&text.as_str()) && known != ["0", "1"]),
        None => known.contains(&member.value) || member.value == "null",
    };
    if is_known {
        return None;
    }
    let allowed: Vec<_> = known.iter().map(|value| format!("`{value}`")).collect();
    let message = format!("`{}` must be {}", member.key, allowed.join(" or "));
    let finding = Diagnostic::warning(Code::FieldValue, message)
        .at(file.masked(), member.value_span.clone(), "counts as not given")
        .suggest(text.as_deref().unwrap_or_default(), known.iter().copied());
    Some(finding)
}
