//! The keys of an `app.json`.

use serde_json::{Value, json};

/// Those of the file itself.
pub(super) const TOP: &[&str] = &[
    "appId",
    "orgId",
    "name",
    "title",
    "version",
    "extends",
    "settings",
    "icon",
    "theme",
    "encrypted",
    "files",
    "requirements",
];
/// Those of an entry of `extends`.
pub(super) const PARENT: &[&str] = &["appId", "version"];
/// Those of `settings`.
pub(super) const SETTINGS: &[&str] = &["defaultElement", "elementSettings"];
/// Those of `settings.defaultElement`, which may have others.
pub(super) const DEFAULT_ELEMENT: &[&str] =
    &["defaultCache", "defaultDatabase", "defaultShell", "defaultStorage"];

/// The known key that `key` is one slip away from: a letter wrong, missing, too many, swapped with the next, or in
/// the wrong case.
pub(super) fn one_slip_from(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let lower = key.to_lowercase();
    let is_near = |known: &str| {
        known.len().abs_diff(lower.len()) <= 1
            && strsim::osa_distance(&lower, &known.to_lowercase()) <= 1
    };
    known.iter().copied().find(|known| key != *known && is_near(known))
}

/// A schema of what may be quoted: people put secrets where they do not belong.
pub(super) fn schema() -> Value {
    let all = |keys: &[&str]| -> Value {
        keys.iter()
            .map(|key| ((*key).to_owned(), json!({})))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut top = all(TOP);
    top["extends"] = json!({ "items": { "properties": all(PARENT) } });
    top["settings"] = json!({ "properties": {
        "defaultElement": { "additionalProperties": {} },
        "elementSettings": {},
    } });
    json!({ "properties": top })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_slip_is_a_slip() {
        for (key, expected) in [
            ("extend", Some("extends")),
            ("appid", Some("appId")),
            ("APPID", Some("appId")),
            ("titel", Some("title")),
            ("verison", Some("version")),
            ("them", Some("theme")),
            ("appId", None),
            ("ext", None),
            ("versions2", None),
            ("mine", None),
            ("", None),
        ] {
            assert_eq!(one_slip_from(key, TOP), expected, "{key}");
        }
        assert_eq!(one_slip_from(&"x".repeat(100_000), TOP), None);
    }
}
