//! `docs/format.md` itself: rules and tests have the same names, and its JSON is JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FORMAT: &str = include_str!("../../../docs/format.md");

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format")
}

/// The rules, as the names of their tests.
fn rules() -> Vec<String> {
    let marked = FORMAT.lines().filter_map(|line| line.strip_prefix("- **["));
    let ids = marked.map(|rest| rest.split_once("]** ").expect("a rule is `- **[id]** text`").0);
    ids.map(|id| id.replace(['.', '-'], "_")).collect()
}

/// The tests of the modules that are chapters, by module.
fn tests() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    for entry in fs::read_dir(here()).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if ["main", "document", "support", "diaries"].contains(&&*module) {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let mut is_test = false;
        for line in text.lines() {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some(name) = line.split("fn ").nth(1).filter(|_| is_test) {
                let name = name.split('(').next().unwrap().to_owned();
                assert!(found.entry(module.clone()).or_default().insert(name), "{line} twice");
                is_test = false;
            }
        }
    }
    found
}

/// The cells of the tables' rows that begin with `first`.
pub(crate) fn rows(first: &str) -> Vec<Vec<String>> {
    let rows = FORMAT.lines().filter(|line| line.starts_with(&format!("| {first}")));
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().replace('`', "")).collect()
    };
    rows.map(cells).collect()
}

#[test]
fn every_rule_has_a_test_and_every_test_a_rule() {
    let rules = rules();
    let unique: BTreeSet<String> = rules.iter().cloned().collect();
    assert_eq!(unique.len(), rules.len(), "a rule is there twice");
    assert!(rules.len() > 150, "only {} rules were found", rules.len());
    let tests = tests();
    for (module, names) in &tests {
        for name in names {
            let prefix = format!("{module}_");
            assert!(name.starts_with(&prefix), "`{name}` is in `{module}.rs`");
        }
    }
    let tests: BTreeSet<String> = tests.into_values().flatten().collect();
    let untested: Vec<_> = unique.difference(&tests).collect();
    let unruly: Vec<_> = tests.difference(&unique).collect();
    assert!(untested.is_empty(), "rules without a test: {untested:?}");
    assert!(unruly.is_empty(), "tests without a rule: {unruly:?}");
}

#[test]
fn every_open_point_names_a_test_or_says_that_it_is_not_here_yet() {
    let (_, table) = FORMAT.split_once("## Open points").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let tests: BTreeSet<String> = tests().into_values().flatten().collect();
    let mut ids = BTreeSet::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [id, question, reading, named] = cells.as_slice() else { panic!("{row}") };
        assert!(ids.insert(*id), "{id} is there twice");
        assert!(!question.is_empty() && !reading.is_empty(), "{row}");
        if *named == "not yet" {
            continue;
        }
        for name in named.split(", ") {
            let name = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap();
            assert!(tests.contains(name), "{id}: there is no test `{name}`");
        }
    }
    assert!(ids.len() >= 48, "only {} open points", ids.len());
}

#[test]
fn its_json_is_json() {
    let blocks = FORMAT.split("```json\n").skip(1);
    let blocks: Vec<_> = blocks.map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 3);
    for block in blocks {
        serde_json::from_str::<serde_json::Value>(block).expect(block);
    }
}

#[test]
fn it_has_one_sentence_in_a_line() {
    for line in FORMAT.lines().filter(|line| !line.starts_with('|')) {
        assert!(!line.contains(". The ") && !line.contains(". A "), "{line}");
    }
}
