//! Whose code is built in, under which licence, and how often: read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::{Result, workspace};

/// The licences that a dependency may ask us to honour.
const ALLOWED: [&str; 9] = [
    "Apache-2.0",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// What is there in several versions, and why.
const TWICE: [(&str, &str); 5] = [
    ("crypto-common", "through `digest`"),
    ("digest", "`crc-fast` is on 0.10, the hashes on 0.11"),
    ("getrandom", "`ring` is on 0.2"),
    ("syn", "`jni-macros`, built for Android only, is on 2"),
    ("windows-sys", "`ring` is on 0.52; Windows only"),
];

struct Package {
    name: String,
    version: String,
    licence: String,
}

/// Dependencies of other licences.
pub(crate) fn check() -> Result<Vec<String>> {
    Ok(packages()?.iter().filter_map(foreign).collect())
}

/// Dependencies in several versions that nobody has agreed to, and agreements that are out of date.
pub(crate) fn check_versions() -> Result<Vec<String>> {
    Ok(unexpected(&packages()?))
}

/// All packages of the lock file but ours.
fn packages() -> Result<Vec<Package>> {
    let mut command = workspace::cargo();
    command.args(["metadata", "--format-version", "1", "--locked"]);
    let metadata: Json = serde_json::from_str(&workspace::stdout(&mut command)?)?;
    let packages = metadata.get("packages").and_then(Json::as_array);
    let text = |package: &Json, key: &str| {
        package.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let packages = packages.ok_or("`cargo metadata` names no packages")?.iter();
    let foreign = packages.filter(|package| package.get("source").is_some_and(|s| !s.is_null()));
    let read = |package: &Json| Package {
        name: text(package, "name"),
        version: text(package, "version"),
        licence: text(package, "license"),
    };
    Ok(foreign.map(read).collect())
}

fn foreign(package: &Package) -> Option<String> {
    let Package { name, version, licence } = package;
    (!is_allowed(licence)).then(|| format!("{name} {version} has the licence `{licence}`"))
}

/// Whether an SPDX expression leaves us a choice that is allowed. `/` is an old way of writing `OR`.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let all = |part: &str| {
        let part = part.trim().trim_start_matches('(').trim_end_matches(')');
        part.split(" OR ").any(|licence| {
            // An exception only takes conditions away.
            let licence = licence.trim().split(" WITH ").next().unwrap_or_default();
            ALLOWED.contains(&licence)
        })
    };
    // `A OR B AND C` without parentheses: the safe reading is that all of it has to hold.
    expression.split(" AND ").all(all)
}

fn unexpected(packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let agreed = |name: &str| TWICE.iter().any(|(agreed, _)| *agreed == name);
    let new = versions.iter().filter(|(name, _)| !agreed(name)).map(|(name, versions)| {
        let versions = versions.iter().copied().collect::<Vec<_>>().join(" and ");
        format!("{name} is there in versions {versions}; agree on one, or add it with a reason")
    });
    let old = TWICE.iter().filter(|(name, _)| !versions.contains_key(name));
    new.chain(old.map(|(name, _)| format!("{name} is there once; take it off the list"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_has_to_leave_an_allowed_choice() {
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
        ] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in
            ["", "GPL-3.0-only", "MIT AND GPL-3.0-only", "(GPL-3.0-only OR MPL-2.0) AND MIT"]
        {
            assert!(!is_allowed(refused), "{refused}");
        }
    }

    #[test]
    fn what_is_there_twice_is_named() {
        let package = |name: &str, version: &str| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: String::new(),
        };
        let found =
            unexpected(&[package("a", "1.0.0"), package("a", "2.0.0"), package("b", "1.0.0")]);
        assert_eq!(found.len(), 1 + TWICE.len());
        assert_eq!(
            found[0],
            "a is there in versions 1.0.0 and 2.0.0; agree on one, or add it with a reason"
        );
    }
}
