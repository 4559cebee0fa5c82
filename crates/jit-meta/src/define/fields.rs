//! The fields that every element may have, and the values that some of them take.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::Quotable;
use crate::diag::{Code, Diagnostic};
use crate::json::Member;

/// A schema of the fields that every element may have, as far as they may be quoted from any file. A default fills
/// what may be a secret.
pub(super) static KNOWN: LazyLock<Value> = LazyLock::new(|| schema(|names| names));

/// The same with what may be shown besides of a file that is valid: there a flag is a flag.
pub(super) static SHOWN: LazyLock<Value> = LazyLock::new(|| {
    schema(|mut names| {
        names.extend(properties(FLAGS));
        names
    })
});

/// The fields, with what `complete` makes of the names that the items of a list may have.
fn schema(complete: impl Fn(Map<String, Value>) -> Map<String, Value>) -> Value {
    let list = |names: &[&str], args: Option<Value>| {
        let mut item = complete(properties(names));
        item.insert("value".to_owned(), json!({ "writeOnly": true }));
        item.extend(args.map(|args| ("args".to_owned(), args)));
        json!({ "items": { "properties": item } })
    };
    let mut fields = properties(NAMES);
    fields.insert("variables".to_owned(), list(VARIABLE, None));
    fields.insert("functionList".to_owned(), list(FUNCTION, Some(list(ARG, None))));
    json!({ "properties": fields })
}

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

/// The others that JitAi's documents know.
const MORE_NAMES: &[&str] =
    &["functionList", "variables", "inputArgs", "outputArgs", "eventDescs", "loader", "targetType"];

/// Fields that nobody knows and that are one slip away from a known one which is not there, with that one.
///
/// Short names are one slip away from too many words. That `type` is missing is an error of its own.
pub(super) fn slips<'m, 't>(members: &'m [Member<'t>]) -> Vec<(&'m Member<'t>, &'static str)> {
    const SHORT: usize = 4;
    let known = || NAMES.iter().chain(MORE_NAMES).copied();
    let is_given = |name: &str| members.iter().any(|member| member.key == name);
    let free: Vec<_> = known().filter(|name| name.len() > SHORT && !is_given(name)).collect();
    let is_known = |key: &str| known().any(|name| name == key);
    let unknown = members.iter().filter(|member| !is_known(&member.key));
    let slips = unknown.filter_map(|member| {
        let near = crate::nearest(&member.key, free.iter().copied()).into_iter();
        let key = member.key.to_lowercase();
        let is_one_slip = |name: &&str| strsim::osa_distance(&key, &name.to_lowercase()) <= 1;
        Some((member, near.into_iter().find(is_one_slip)?))
    });
    slips.collect()
}

const VARIABLE: &[&str] = &["name", "title", "remark", "desc", "description"];

const FUNCTION: &[&str] = &["name", "title", "returnType", "desc", "description"];

const ARG: &[&str] = &["name", "title", "dataType", "datatype", "generic"];

/// Of variables, functions and arguments.
const FLAGS: &[&str] = &["required", "async", "loginRequired", "ignoreSign"];

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
