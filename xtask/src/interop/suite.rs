//! `cargo xtask interop --suite DIR`: the functional tests of Alibaba's oss2, from a checkout of its
//! repository, against our server.
//!
//! `tests/interop/oss2_suite.txt` says which tests cannot pass, and why. One that fails without a reason, and
//! one that passes in spite of one, is a failure of the task.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::server::{BUCKET, REGION, Server};
use crate::{Result, workspace};

/// The parts of the tests that are about what the server serves, in the table's order.
const FILES: &[&str] = &[
    "object",
    "multipart",
    "upload",
    "download",
    "list_objects_v2",
    "iterator",
    "bucket",
    "bucket_versioning",
    "object_versioning",
    "sign",
    "headers",
    "chinese",
    "put_object_chunked",
];

/// The signatures that the tests are run with, unless one chooses another itself.
const SIGNATURES: [&str; 2] = ["v1", "v4"];

/// How many seconds a test may take; one of them writes 3,000 objects.
const TIMEOUT: &str = "--timeout=300";

/// Why tests do not pass, as the file says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    /// By the name of the reason.
    reasons: BTreeMap<String, String>,
    tests: BTreeMap<String, Verdict>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict {
    /// It needs what no OSS server has; otherwise it fails for want of something here.
    is_applicable: bool,
    reason: String,
}

impl Known {
    fn parse(text: &str) -> Result<Self> {
        let mut known = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some((name, reason)) = line.split_once(": ") {
                known.reasons.insert(name.to_owned(), reason.to_owned());
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            // The last word is for those that end so with one signature only.
            let (words, signatures) = match words.as_slice() {
                [words @ .., last] if SIGNATURES.contains(last) => (words, vec![*last]),
                words => (words, SIGNATURES.to_vec()),
            };
            let [verdict @ ("n/a" | "fails"), test, reason] = words else {
                return Err(format!("this line says neither a reason nor a verdict: {line}").into());
            };
            if !known.reasons.contains_key(*reason) {
                return Err(format!("no reason is called {reason}: {line}").into());
            }
            let verdict =
                Verdict { is_applicable: *verdict == "fails", reason: (*reason).to_owned() };
            for signature in signatures {
                known.tests.insert(format!("{signature} {test}"), verdict.clone());
            }
        }
        Ok(known)
    }
}

/// How the tests of a file ended: by name, whether it passed.
type Outcome = BTreeMap<String, bool>;

/// Reads pytest's summary. A test that also fails while it cleans up has two lines.
fn outcome(text: &str) -> Outcome {
    let mut outcome = Outcome::new();
    for line in text.lines() {
        let (passed, rest) = match line.split_once(' ') {
            Some(("PASSED", rest)) => (true, rest),
            Some(("FAILED" | "ERROR", rest)) => (false, rest),
            _ => continue,
        };
        let test = rest.split(" - ").next().unwrap_or(rest).trim();
        let Some((file, name)) = test.split_once("::") else { continue };
        let file = file.rsplit('/').next().unwrap_or(file);
        let name = name.rsplit("::").next().unwrap_or(name);
        let all = outcome.entry(format!("{file}::{name}")).or_insert(true);
        *all = *all && passed;
    }
    outcome
}

/// Runs the tests, and prints the table.
///
/// # Errors
///
/// When a test failed without a reason, or passed in spite of one.
pub(super) fn run(python: &Path, program: &Path, checkout: &Path) -> Result<()> {
    let list = workspace::root().join("tests/interop/oss2_suite.txt");
    let text =
        std::fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let known = Known::parse(&text)?;
    let mut unexpected = Vec::new();
    println!("| file | signature | passed | failed | not applicable |");
    println!("| --- | --- | --- | --- | --- |");
    for (file, signature) in
        FILES.iter().flat_map(|file| SIGNATURES.map(|signature| (*file, signature)))
    {
        // The tests count buckets, so each file has a server of its own.
        let server = Server::start(program, &["--restore-time", "3"])?;
        let outcome = outcome(&pytest(python, &server, checkout, file, signature)?);
        if outcome.is_empty() {
            return Err(format!(
                "no test of test_{file}.py was run; is {} a checkout of aliyun-oss-python-sdk?",
                checkout.display()
            )
            .into());
        }
        let (mut passed, mut failed, mut not_applicable) = (0, 0, 0);
        for (test, ok) in &outcome {
            let test = format!("{signature} {test}");
            match (ok, known.tests.get(&test)) {
                (true, None) => passed += 1,
                (false, Some(verdict)) if verdict.is_applicable => failed += 1,
                (false, Some(_)) => not_applicable += 1,
                (true, Some(_)) => {
                    unexpected.push(format!("{test} passes, and has a reason not to"));
                }
                (false, None) => unexpected.push(format!("{test} fails")),
            }
        }
        println!("| `test_{file}.py` | {signature} | {passed} | {failed} | {not_applicable} |");
    }
    for (name, reason) in &known.reasons {
        let of = |applicable: bool| {
            let tests = known.tests.iter().filter(|(_, verdict)| {
                verdict.reason == *name && verdict.is_applicable == applicable
            });
            // Once, and with the signature where it is not so with every one.
            let mut by_test: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (signature, test) in tests.filter_map(|(test, _)| test.split_once(' ')) {
                by_test.entry(test).or_default().push(signature);
            }
            let shown = |(test, signatures): (&str, Vec<&str>)| {
                let only = match signatures.len() == SIGNATURES.len() {
                    true => String::new(),
                    false => format!(" ({})", signatures.join(", ")),
                };
                format!("`{}`{only}", test.trim_start_matches("test_"))
            };
            by_test.into_iter().map(shown).collect::<Vec<_>>()
        };
        println!("\n{reason}:");
        for (title, tests) in [("failed", of(true)), ("not applicable", of(false))] {
            if !tests.is_empty() {
                println!("- {title}: {}", tests.join(", "));
            }
        }
    }
    if unexpected.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} tests did not end as {} says:\n{}",
        unexpected.len(),
        list.display(),
        unexpected.join("\n")
    )
    .into())
}

fn pytest(
    python: &Path,
    server: &Server,
    checkout: &Path,
    file: &str,
    signature: &str,
) -> Result<String> {
    let mut command = Command::new(python);
    command.current_dir(checkout).args(["-B", "-m", "pytest", "-q", "--tb=no", "-rA", TIMEOUT]);
    command.args(["-p", "no:cacheprovider", "--show-capture=no", "--disable-warnings"]);
    command.args(["-p", "oss2_suite"]).arg(format!("tests/test_{file}.py"));
    command.env("PYTHONPATH", workspace::root().join("tests/interop"));
    // oss2 puts names of headers in the order of a set, which this decides; OSS wants them sorted.
    command.env("PYTHONHASHSEED", "0");
    for (name, value) in [
        ("ACCESS_KEY_ID", server.access_key_id.as_str()),
        ("ACCESS_KEY_SECRET", &server.access_key_secret),
        ("ENDPOINT", &server.endpoint),
        ("BUCKET", BUCKET),
        ("REGION", REGION),
        ("AUTH_VERSION", signature),
    ] {
        command.env(format!("OSS_TEST_{name}"), value);
    }
    // That some tests fail is what is asked; that none ran shows in what was printed.
    let output = command.output().map_err(|error| workspace::not_started(&command, &error))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read() {
        let text = "..F\nPASSED tests/test_a.py::TestA::test_one\nERROR tests/test_a.py::TestA::test_one - boom\n\
                    FAILED tests/test_a.py::TestA::test_two - x - y\nPASSED tests/test_a.py::TestA::test_three\n1 passed";
        let outcome = outcome(text);
        let shown: Vec<_> = outcome.iter().map(|(test, ok)| (test.as_str(), *ok)).collect();
        assert_eq!(
            shown,
            [
                ("test_a.py::test_one", false),
                ("test_a.py::test_three", true),
                ("test_a.py::test_two", false)
            ]
        );
    }

    #[test]
    fn reasons_are_named_before_they_are_given() {
        let known = Known::parse(
            "# a comment\nkms: asks another service\nn/a test_a.py::test_one kms\nfails test_a.py::test_two kms v4\n",
        );
        let tests = known.unwrap().tests;
        let verdict = |is_applicable| Verdict { is_applicable, reason: "kms".to_owned() };
        let expected = [
            ("v1 test_a.py::test_one".to_owned(), verdict(false)),
            ("v4 test_a.py::test_one".to_owned(), verdict(false)),
            ("v4 test_a.py::test_two".to_owned(), verdict(true)),
        ];
        assert_eq!(tests, BTreeMap::from(expected));
        assert!(Known::parse("fails test_a.py::test_one gzip").is_err());
        assert!(Known::parse("kms: x\nperhaps a kms").is_err());
    }

    #[test]
    fn the_list_of_reasons_is_well_formed() {
        let list = workspace::root().join("tests/interop/oss2_suite.txt");
        assert!(!Known::parse(&std::fs::read_to_string(list).unwrap()).unwrap().tests.is_empty());
    }
}
