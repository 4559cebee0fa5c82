//! The laws of what people write, on the corpus of the fuzz targets, on changed copies of it, and on bytes
//! made up anew: the same ones each time.

#![cfg(test)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fastrand::Rng;
use jit_meta::{Registry, TypeEntry};

const SEED: u64 = 0x6a69_7421;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files of a target's corpus, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = root().join("fuzz/corpus").join(target);
    let read = |entry: fs::DirEntry| {
        let name = format!("fuzz/corpus/{target}/{}", entry.file_name().display());
        (name, fs::read(entry.path()).unwrap())
    };
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect();
    files.sort();
    assert!(files.len() >= 10, "the corpus of {target} has gone");
    files
}

/// Files of this repository's apps, those of one name.
fn of_apps(is_wanted: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![root().join("apps")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if is_wanted(&path.file_name().unwrap().to_string_lossy()) {
                found.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "the apps have gone");
    found
}

/// Runs a law on every file, and `rounds` times on a changed one or on bytes made up.
#[track_caller]
fn holds(law: impl Fn(&[u8]), files: &[(String, Vec<u8>)], rounds: usize) {
    let run = |what: &str, data: &[u8]| {
        let outcome = catch_unwind(AssertUnwindSafe(|| law(data)));
        assert!(
            outcome.is_ok(),
            "the law is broken by {what}: {:?}",
            String::from_utf8_lossy(data)
        );
    };
    for (name, data) in files {
        run(name, data);
    }
    let mut rng = Rng::with_seed(SEED);
    for round in 0..rounds {
        let data = match rng.choice(files).filter(|_| rng.u8(..) > 40) {
            Some((_, data)) => changed(data, files, &mut rng),
            None => (0..rng.usize(..200)).map(|_| rng.u8(..)).collect(),
        };
        run(&format!("round {round} of seed {SEED:#x}"), &data);
    }
}

/// A copy with slips of many kinds in it.
fn changed(data: &[u8], files: &[(String, Vec<u8>)], rng: &mut Rng) -> Vec<u8> {
    const MARKS: &[u8] = b"\"\\{}[]:,$#*.\n\t '0\xc3\xff";
    let mut data = data.to_vec();
    for _ in 0..rng.usize(1..5) {
        let at = rng.usize(..=data.len());
        let end = rng.usize(at..=data.len().min(at + 20));
        match rng.u8(..6) {
            0 => drop(data.drain(at..end)),
            1 => data.truncate(at),
            2 => drop(data.splice(at..end.min(at + 1), [*rng.choice(MARKS).unwrap()])),
            3 => data.insert(at, *rng.choice(MARKS).unwrap()),
            4 => {
                let part = data[at..end].to_vec();
                drop(data.splice(at..at, part));
            }
            _ => {
                let (_, other) = rng.choice(files).unwrap();
                let from = rng.usize(..=other.len());
                let part = other[from..other.len().min(from + 40)].to_vec();
                drop(data.splice(at..end, part));
            }
        }
    }
    data
}

#[test]
fn names() {
    holds(jit_laws::full_name, &corpus("full_name"), 3000);
}

#[test]
fn selectors() {
    holds(jit_laws::selector, &corpus("selector"), 500);
}

#[test]
fn definitions() {
    let mut files = corpus("define");
    files.extend(of_apps(|name| name == "e.json"));
    holds(jit_laws::define, &files, 2000);
}

fn configs() -> Vec<(String, Vec<u8>)> {
    let mut files = corpus("config");
    files.extend(of_apps(|name| name.ends_with("Oss.json")));
    files
}

#[test]
fn configurations() {
    holds(jit_laws::config, &configs(), 500);
}

#[test]
fn configurations_of_every_linked_type() {
    let registry = Registry::linked().unwrap();
    let types: Vec<TypeEntry> = registry.types(&[]).copied().collect();
    assert!(types.len() >= 3, "{types:?}");
    for entry in types {
        holds(|data| jit_laws::config_of(&entry, data), &configs(), 300);
    }
}

#[test]
fn folders() {
    holds(jit_laws::app_folder, &corpus("app_folder"), 60);
}

#[test]
fn what_the_server_is_sent() {
    holds(jit_laws::oss_request, &corpus("oss_request"), 500);
    holds(jit_laws::oss_xml, &corpus("oss_xml"), 300);
    holds(jit_laws::oss_policy, &corpus("oss_policy"), 300);
}
