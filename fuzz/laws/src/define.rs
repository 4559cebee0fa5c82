//! Definitions: `e.json`.

use std::sync::Arc;

use jit_meta::{Define, FullName, SourceFile};
use serde_json::{Map, Value as Json};

use crate::SECRET;
use crate::findings::{check, check_hidden, check_refusal, readable};
use crate::hidden::is_all_secret;

/// Fields whose values may be quoted.
const SHOWN: [&str; 19] = [
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
    "",
];

/// A definition keeps every field in its order and value, and knows where they stand; otherwise it says
/// what is wrong.
pub fn define(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(name) = "storages.MyOss".parse::<FullName>() else { return };
    let file = Arc::new(SourceFile::new("storages/MyOss/e.json", &*text));
    let parse = || Define::parse(name.clone(), Arc::clone(&file));
    let (found, told) = match parse() {
        Ok((define, warnings)) => {
            check(&warnings);
            check_define(&define, &text);
            (warnings, format!("{define:?}"))
        }
        Err(findings) => {
            check_refusal(&findings);
            (findings, String::new())
        }
    };
    assert_eq!(parse().map_or_else(|again| again, |(_, again)| again), found);
    for place in found.iter().filter_map(|finding| finding.place.as_ref()) {
        assert_eq!(shape(place.file.text()), shape(&text), "masking moves places");
    }
    let is_secret = |key: &str| !SHOWN.contains(&key);
    if is_all_secret(&text, SECRET, is_secret) {
        check_hidden(&readable(&found));
        // A definition holds what its file says; what it quotes is another matter.
        drop(told);
    }
}

fn check_define(define: &Define, text: &str) {
    assert_eq!(shape(define.file().text()), shape(text), "masking moves places");
    let marked = |span| serde_json::from_str::<String>(define.file().text().get(span)?).ok();
    for (name, value) in define.fields() {
        let span = define.field_span(name);
        assert_eq!(span.and_then(marked).as_deref(), Some(name), "`field_span` marks the name");
        assert_eq!(define.field(name).map(|value| value.get()), Some(value.get()));
        assert!(text.contains(value.get()), "a value is not that of the file");
        drop((define.text(name), define.flag(name)));
    }
    if let Some(type_name) = define.type_name() {
        let marked = marked(define.type_span());
        assert_eq!(marked.as_deref(), Some(type_name.as_str()), "`type_span` marks the value");
    }
    // Numbers and escapes that a `Value` cannot hold are kept as they are written.
    let Ok(expected) = serde_json::from_str::<Map<String, Json>>(text) else { return };
    let kept = |(name, value): (&str, &serde_json::value::RawValue)| {
        Some((name.to_owned(), serde_json::from_str::<Json>(value.get()).ok()?))
    };
    let kept: Vec<_> = define.fields().map(kept).collect();
    let expected: Vec<_> = expected.into_iter().map(Some).collect();
    assert_eq!(kept, expected, "the fields in the file's order");
}

/// Length and lines of a text: what a place depends on.
pub(crate) fn shape(text: &str) -> (usize, Vec<usize>) {
    (text.len(), text.match_indices('\n').map(|(at, _)| at).collect())
}
