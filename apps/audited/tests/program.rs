//! The program as people run it.

#![cfg(test)]

use std::process::Command;

use expect_test::{Expect, expect};
use jit_tests::steady;

#[track_caller]
fn check(args: &[&str], expected: Expect) {
    let output = Command::new(env!("CARGO_BIN_EXE_audited")).args(args).output().unwrap();
    let text = |bytes: &[u8]| steady(std::str::from_utf8(bytes).unwrap());
    expected.assert_eq(&format!("{}--- stderr\n{}", text(&output.stdout), text(&output.stderr)));
}

#[test]
fn the_parents_storage_is_audited_and_its_names_have_a_prefix() {
    check(
        &[],
        expect![[r#"
            Upload successful, URL: http://127.0.0.1:PORT/audited/audited/a.txt
            Downloaded 5 bytes
            Download failed: download "audited/a.txt" on storages.MyOss (storages.OssType): not found: NoSuchKey, HTTP 404, EC 0026-00000001, request REQUEST-ID: The specified key does not exist; check the object's name: it is taken exactly as given, case included
            --- stderr
            audit: storages.MyOss uploadByFile "audited/a.txt": ok
            audit: storages.MyOss download "audited/a.txt": ok
            audit: storages.MyOss delete "audited/a.txt": ok
            audit: storages.MyOss download "audited/a.txt": NotFound
        "#]],
    );
}

#[test]
fn the_parents_element_is_this_apps_too_and_in_order() {
    check(
        &["elements"],
        expect![[r#"
            NAME            TYPE              LEVEL     TITLE                  STATUS
            storages.MyOss  storages.OssType  instance  My Aliyun OSS Storage  ok
            --- stderr
        "#]],
    );
    check(
        &["check"],
        expect![[r#"
            checked 1 element: 0 errors, 0 warnings
            --- stderr
        "#]],
    );
}

#[test]
fn its_rights_end_at_its_prefix() {
    check(
        &["call", "storages.MyOss", "ramPolicy"],
        expect![[r#"
        {
          "Version": "1",
          "Statement": [
            {
              "Effect": "Allow",
              "Action": [
                "oss:ListObjects"
              ],
              "Resource": [
                "acs:oss:*:*:audited"
              ],
              "Condition": {
                "StringLike": {
                  "oss:Prefix": [
                    "audited/*"
                  ]
                }
              }
            },
            {
              "Effect": "Allow",
              "Action": [
                "oss:AbortMultipartUpload",
                "oss:DeleteObject",
                "oss:GetObject",
                "oss:GetObjectTagging",
                "oss:ListParts",
                "oss:PutObject",
                "oss:PutObjectTagging"
              ],
              "Resource": [
                "acs:oss:*:*:audited/audited/*"
              ]
            }
          ]
        }
        --- stderr
    "#]],
    );
}

#[test]
fn the_chain_shows_who_overrides_whom() {
    let output = Command::new(env!("CARGO_BIN_EXE_audited"))
        .args(["show", "storages.MyOss"])
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let chain = output.split("Configuration keys").next().unwrap().split("Type chain").nth(1);
    let lines: Vec<_> = chain.unwrap().lines().map(str::trim).collect();
    expect![[r#"
        storages.MyOss    ../quickstart/storages/MyOss/e.json
        storages.OssType  registered at apps/audited/src/audited_oss.rs:LINE, overrides crates/jit-storages/src/oss.rs:LINE
        storages.Meta     registered at crates/jit-storages/src/functions.rs:LINE"#]].assert_eq(&steady(lines.join("\n").trim()));
}
