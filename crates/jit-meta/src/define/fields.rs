//! The fields that every element may have, and the values that some of them take.

use std::sync::LazyLock;

use super::Quotable;
use crate::diag::{Code, Diagnostic};
use crate::json::Member;

/// A schema of the fields that every element may have.
pub(super) static KNOWN: LazyLock<serde_json::Value> = LazyLock::new(|| {
    const NAMES: &[&str] = &[
        "title",
        "type",
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
    let names = NAMES.iter().map(|name| ((*name).to_owned(), serde_json::json!({})));
    serde_json::json!({ "properties": names.collect::<serde_json::Map<_, _>>() })
});

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
