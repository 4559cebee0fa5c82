//! Configurations that a front end's bundle would carry into browsers.

use jit_meta::{Code, Define, Diagnostic};

const FIELD: &str = "frontBundleEntry";

/// The finding for an element whose `frontBundleEntry` takes in one of `configs`, files with secrets, seen from the
/// element's folder.
pub(crate) fn finding(define: &Define, configs: &[String]) -> Option<Diagnostic> {
    let entry = define.text(FIELD)?;
    let config = configs.iter().find(|config| takes_in(&entry, define, config))?;
    let message = format!("`{FIELD}` would carry the secrets of `{config}` into browsers");
    let span = define.field_span(FIELD).unwrap_or_default();
    Some(
        Diagnostic::error(Code::ExposedSecret, message)
            .at(define.file(), span, "")
            .help("remove `frontBundleEntry`, or name a file that is for browsers"),
    )
}

fn takes_in(entry: &str, define: &Define, config: &str) -> bool {
    let entry = entry.trim().replace('\\', "/").to_lowercase();
    if entry.is_empty() {
        return false;
    }
    let folder = define.full_name().as_str().replace('.', "/").to_lowercase();
    let target = format!("{folder}/{}", config.to_lowercase());
    let target: Vec<&str> = target.split('/').collect();
    // Builders understand `?` as a wildcard or as the beginning of a query, and `/` as the app's folder or the
    // element's; `e.json` may lie in a folder of its own.
    let own = define.path().trim_end_matches("/e.json").rsplit('/').next().unwrap_or_default();
    let parts = ["backend", "frontend"].into_iter().filter(|part| *part == own);
    let parts: Vec<String> = parts.map(|part| format!("{folder}/{part}")).collect();
    let bases =
        [folder.as_str(), ""].into_iter().filter(|base| !base.is_empty() || entry.starts_with('/'));
    let bases: Vec<&str> = bases.chain(parts.iter().map(String::as_str)).collect();
    let plain = entry.split(['?', '#']).next().unwrap_or_default();
    [entry.as_str(), plain]
        .into_iter()
        .filter(|entry| !entry.is_empty())
        .any(|entry| bases.iter().any(|base| is_at_or_above(&normalised(base, entry), &target)))
}

/// The parts of a path below the app's folder.
fn normalised<'a>(base: &'a str, path: &'a str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts
}

/// Whether a path with wildcards is that of a file, or of a folder that it lies in.
fn is_at_or_above(pattern: &[&str], target: &[&str]) -> bool {
    let ends = ends(
        pattern,
        target.len(),
        |part| *part == "**",
        |part, at| target.get(at).is_some_and(|text| is_like(part, text)),
    );
    ends.contains(&true)
}

/// Whether one part of a path is like another with wildcards. Sets and choices count as anything.
fn is_like(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let fits = |c: &char, at: usize| *c == '?' || text.get(at) == Some(c);
    pattern.iter().any(|c| matches!(c, '[' | '{' | '('))
        || ends(&pattern, text.len(), |c| *c == '*', fits).last() == Some(&true)
}

/// Where, from 0 to `len`, a pattern may end that begins at 0. Each piece of it takes one that it fits, or any
/// number.
fn ends<P>(
    pattern: &[P],
    len: usize,
    is_any: impl Fn(&P) -> bool,
    fits: impl Fn(&P, usize) -> bool,
) -> Vec<bool> {
    let mut ends: Vec<bool> = (0..=len).map(|at| at == 0).collect();
    for piece in pattern {
        let mut before = false;
        let next = ends.iter().enumerate().map(|(at, end)| {
            let is_end = match is_any(piece) {
                true => before || *end,
                false => before && at.checked_sub(1).is_some_and(|at| fits(piece, at)),
            };
            before = if is_any(piece) { is_end } else { *end };
            is_end
        });
        ends = next.collect();
    }
    ends
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jit_meta::SourceFile;

    use super::*;

    fn is_exposed(path: &str, entry: &str, configs: &[&str]) -> bool {
        let text = serde_json::json!({ "title": "x", "type": "a.B", FIELD: entry }).to_string();
        let file = Arc::new(SourceFile::new(path, text));
        let (define, _) = Define::parse("storages.Sec".parse().unwrap(), file).unwrap();
        let configs: Vec<_> = configs.iter().map(|config| (*config).to_owned()).collect();
        finding(&define, &configs).is_some()
    }

    #[test]
    fn every_spelling_of_the_configuration_or_of_what_holds_it_counts() {
        for entry in [
            "Sec.json",
            "./Sec.json",
            "././/Sec.json",
            ".",
            "./",
            "..",
            "../..",
            "*",
            "./*",
            "*.json",
            "S*n",
            "?ec.json",
            "{Sec,x}.json",
            "[S]ec.json",
            "**",
            "**/*.json",
            "../**/Sec.json",
            "../Sec/Sec.json",
            "a/../Sec.json",
            ".\\Sec.json",
            "..\\Sec",
            " Sec.json ",
            "sec.JSON",
            "/Sec.json",
            "/storages/Sec/Sec.json",
            "../../storages/Sec",
            "Sec.json?raw",
            "Sec.json#x",
        ] {
            assert!(is_exposed("storages/Sec/e.json", entry, &["Sec.json"]), "{entry}");
        }
        for entry in ["backend", "backend/", "./backend/Sec.json", "backend/*", "**/Sec.json", "*"]
        {
            assert!(is_exposed("storages/Sec/e.json", entry, &["backend/Sec.json"]), "{entry}");
        }
        let split = "storages/Sec/frontend/e.json";
        assert!(is_exposed(split, "../Sec.json", &["Sec.json"]));
    }

    #[test]
    fn what_is_for_browsers_does_not() {
        for entry in [
            "",
            " ",
            "./index.ts",
            "frontend",
            "frontend/Sec.json",
            "*.ts",
            "../Other/Sec.json",
            "Sec",
            "Sec.json/x",
            "../Sec.json",
            "frontend/*.json",
            "Sec.jsonx",
            "backend",
            "?.json",
        ] {
            assert!(!is_exposed("storages/Sec/e.json", entry, &["Sec.json"]), "{entry}");
        }
    }

    #[test]
    fn many_wildcards_cost_nothing() {
        let entry = "**/*".repeat(200) + &"*a".repeat(2000);
        assert!(!is_exposed("storages/Sec/e.json", &entry, &["Sec.json"]));
    }
}
