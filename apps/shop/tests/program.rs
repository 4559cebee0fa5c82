//! The program as people run it.

#![cfg(test)]

use std::process::Command;

use expect_test::{Expect, expect};
use jit_testing::TestApp;
use jit_tests::steady;

/// A copy of the app, as it keeps what is written to it.
fn app() -> TestApp {
    TestApp::copy_of(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn check(app: &TestApp, args: &[&str], expected: Expect) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    let output = command.arg("--app").arg(app.path()).args(args).output().unwrap();
    let text = |bytes: &[u8]| steady(std::str::from_utf8(bytes).unwrap());
    let err = text(&output.stderr);
    let err = if err.is_empty() { String::new() } else { format!("--- stderr\n{err}") };
    expected.assert_eq(&format!("{}{err}", text(&output.stdout)));
}

#[test]
fn what_is_written_is_read() {
    let app = app().file("report.md", "All sold.\n");
    let report = format!("report=@{}", app.path().join("report.md").display());
    let call = |more: &[&str], expected| {
        check(&app, &[&["call", "services.Reports"], more].concat(), expected);
    };
    call(
        &["write", "day=2026-01-31", &report],
        expect![[r#"
        {
          "name": "reports/2026-01-31.draft.md",
          "bytes": 10
        }
    "#]],
    );
    call(
        &["read", "day=2026-01-31"],
        expect![[r#"
        All sold.
    "#]],
    );
    call(
        &["write", "day=2026-01-31", "final=true", &report],
        expect![[r#"
        {
          "name": "reports/2026-01-31.md",
          "bytes": 10
        }
    "#]],
    );
    call(
        &["write", "day=2026-01-31", &report],
        expect![[r#"
            --- stderr
            error: the report of 2026-01-31 is final
              = note: this is the element `services.Reports` of Type `services.NormalType`
              = note: its function `write` was called
        "#]],
    );
    call(
        &["read", "day=2026-02-01"],
        expect![[r#"
            --- stderr
            error: download "reports/2026-02-01.draft.md" on storages.Files (storages.DiskType): not found: there is no such file; check its name: it is taken exactly as given, case included
              = note: this is the element `services.Reports` of Type `services.NormalType`
              = note: its function `read` was called
        "#]],
    );
    call(
        &["write", "day=tomorrow", "reprot=x"],
        expect![[r#"
        --- stderr
        error: `write` has no argument `reprot`, and wants a day like `2026-01-31` as `day`, not this text, and needs `report`; did you mean `report`? its arguments are day, report, final
          = note: this is the element `services.Reports` of Type `services.NormalType`
    "#]],
    );
    call(
        &["raed"],
        expect![[r#"
        --- stderr
        error: `services.Reports` has no function `raed`; did you mean `read`? its functions are write, read
    "#]],
    );
}

#[test]
fn the_service_is_shown_with_its_functions() {
    let app = app();
    check(
        &app,
        &["check"],
        expect![[r#"
        checked 2 elements: 0 errors, 0 warnings
    "#]],
    );
    check(
        &app,
        &["show", "services.Reports"],
        expect![[r#"
        services.Reports "Reports"

        Definition (services/Reports/e.json)
          title         "Reports"
          type          "services.NormalType"
          functionList  [{"name":"write","title":"Writes the report of a day","returnType":"JitDict","args":[{"name":"day","title":"Day","dataType":"Date","required":1},{"name":"report","title":"Report","dataType":"File","required":1},{"name":"final","title":"Final","dataType":"Checkbox","value":"***"}]},{"name":"read","title":"Reads the report of a day","returnType":"-","args":[{"name":"day","title":"Day","dataType":"Date","required":1}]}]

        Type chain
          services.Reports     services/Reports/e.json
          services.NormalType  registered at crates/jit-services/src/normal.rs:LINE
          services.Meta        registered at crates/jit-services/src/callable.rs:LINE

        Functions
          write(day: Date, report: File, final: Checkbox = false) -> JitDict
              Writes the report of a day
          read(day: Date) -> bytes
              Reads the report of a day
    "#]],
    );
}

#[test]
fn doctor_says_that_it_is_for_storages() {
    check(
        &app(),
        &["doctor", "services.Reports"],
        expect![[r#"
        --- stderr
        error: `doctor` tries storages, and `services.Reports` is of family `services.Meta`; `check` finds what is wrong with it, `show services.Reports` lists what it can be asked
    "#]],
    );
}

#[test]
fn a_function_that_is_not_implemented_is_pointed_at() {
    let define = include_str!("../services/Reports/e.json");
    let define = define.replace(r#""name": "read""#, r#""name": "raed""#);
    let app = app().file("services/Reports/e.json", define);
    check(
        &app,
        &["check"],
        expect![[r#"
        error[JIT0112]: `services.Reports` declares `raed`, and its code has no such function
          --> services/Reports/e.json:16:15
           |
        16 |       "name": "raed",
           |               ^^^^^^ not implemented
           |
           = help: did you mean `read`?
           = note: its code is registered at apps/shop/src/reports.rs:LINE

        warning[JIT0113]: the code of `services.Reports` has `read`, which is not declared: nobody can call it by name
         --> services/Reports/e.json:4:3
          |
        4 |   "functionList": [
          |   ^^^^^^^^^^^^^^ `read` is not declared
          |
          = help: add { "name": "read", "title": "…" } to its `functionList`
          = note: its code is registered at apps/shop/src/reports.rs:LINE

        checked 2 elements: 1 error, 1 warning
    "#]],
    );
}
