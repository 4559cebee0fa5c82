//! The program as people run it.

#![cfg(test)]

use std::process::Command;

/// Whether it ended well, and what it printed. Its files are kept apart from those of the real app.
fn run(args: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_{{package}}"));
    command.args(args).env("MY_FILES", env!("CARGO_TARGET_TMPDIR"));
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), text)
}

#[test]
fn a_file_goes_up_comes_back_and_is_deleted() {
    let (is_ok, text) = run(&[]);
    let lines: Vec<_> = text.lines().collect();
    assert!(is_ok && lines[0].starts_with("Uploaded: "), "{text}");
    assert_eq!(&lines[1..], ["Downloaded 5 bytes", "Deleted"]);
}

#[test]
fn every_element_is_in_order() {
    let (is_ok, text) = run(&["elements"]);
    assert!(is_ok && text.contains("storages.MyFiles"), "{text}");
    // Variables are set where the app is deployed, not where it is tested. No warnings: an element whose Type is not
    // linked is one.
    let (is_ok, text) = run(&["check", "--allow-unset"]);
    assert!(is_ok && text.contains(": 0 errors, 0 warnings"), "{text}");
}
