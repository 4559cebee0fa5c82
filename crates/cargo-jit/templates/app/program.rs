//! The program as people run it.

#![cfg(test)]

use std::process::Command;

#[track_caller]
fn run(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_{{package}}")).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_file_goes_up_comes_back_and_is_deleted() {
    let lines = run(&[]);
    let lines: Vec<_> = lines.lines().collect();
    assert!(lines[0].starts_with("Uploaded: "), "{lines:?}");
    assert_eq!(&lines[1..], ["Downloaded 5 bytes", "Deleted"]);
}

#[test]
fn every_element_is_in_order() {
    assert!(run(&["elements"]).contains("storages.MyFiles"));
    let checked = run(&["check"]);
    assert!(checked.ends_with(": 0 errors, 0 warnings\n"), "{checked}");
}
