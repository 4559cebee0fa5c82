use std::panic::{AssertUnwindSafe, catch_unwind};

use expect_test::{Expect, expect};
use jit_storages::{Storages, conformance};

use super::*;
use crate::TestApp;

/// What an assertion says when it fails.
#[track_caller]
fn says(assertion: impl FnOnce(), expected: Expect) {
    let panicked = catch_unwind(AssertUnwindSafe(assertion)).unwrap_err();
    expected.assert_eq(panicked.downcast_ref::<String>().unwrap());
}

async fn used() -> StorageDouble {
    let double = StorageDouble::new("storages.MyOss");
    double.upload_by_file("a.txt", "hush".into(), "text/plain".into()).await.unwrap();
    double.on("delete").fail(ErrorKind::AccessDenied);
    double.delete("a.txt").await.unwrap_err();
    double
}

#[tokio::test]
async fn failed_assertions_say_what_was_expected_and_what_was_found() {
    let double = used().await;
    double.assert_uploaded("a.txt", "hush");
    double.assert_calls(&["uploadByFile a.txt", "delete a.txt"]);
    says(
        || double.assert_uploaded("b.txt", ""),
        expect![[r#"
            storages.MyOss: expected an upload of "b.txt"; its calls were:
              uploadByFile a.txt, 4 bytes, text/plain
              delete a.txt, told to fail: AccessDenied"#]],
    );
    says(
        || double.assert_uploaded("a.txt", "hush!"),
        expect![[
            r#""a.txt" on storages.MyOss: expected 5 bytes, found 4 that differ from byte 4 on"#
        ]],
    );
    says(
        || double.assert_deleted("a.txt"),
        expect![[r#"
            storages.MyOss: expected that "a.txt" was deleted; its calls were:
              uploadByFile a.txt, 4 bytes, text/plain
              delete a.txt, told to fail: AccessDenied"#]],
    );
    says(
        || double.assert_untouched(),
        expect![[r#"
            storages.MyOss: expected no calls; its calls were:
              uploadByFile a.txt, 4 bytes, text/plain
              delete a.txt, told to fail: AccessDenied"#]],
    );
    says(
        || StorageDouble::new("storages.B").assert_calls(&["download a"]),
        expect![[r#"
            storages.B: expected other calls:
              download a
            ; its calls were: none"#]],
    );
    says(
        || drop(double.on("uploadbyfile")),
        expect![
            "storages have no function `uploadbyfile`; they have uploadByFile, getSignUrl, download, getObject, delete, exists, list, copy, uploadFile, downloadFile, uploadMany, deleteMany, getUploadUrl, doctor, ramPolicy"
        ],
    );
    double.delete("a.txt").await.unwrap();
    double.assert_deleted("a.txt");
    StorageDouble::new("storages.Other").assert_untouched();
}

#[tokio::test]
async fn its_failures_are_those_of_the_element_and_show_no_contents() {
    let double = used().await;
    let error = double.download("b.txt").await.unwrap_err();
    assert!(error.to_string().contains("on storages.MyOss (storages.DoubleType)"), "{error}");
    assert!(!format!("{double:?} {:?}", double.calls()).contains("hush"));
}

#[tokio::test]
async fn it_is_a_storage_like_any_other() {
    let report = conformance::run(&*StorageDouble::new("storages.MyOss").to_storage()).await;
    assert!(report.failures().next().is_none(), "{report}");
}

#[tokio::test]
async fn doubles_stand_in_for_elements_and_say_when_they_are_gone() {
    let (one, two) = (StorageDouble::new("storages.One"), StorageDouble::new("storages.Two"));
    let test = TestApp::new().oss("storages.One").double(&one).double(&two);
    let app = test.start().await.unwrap();
    let storage = app.get::<Storages>("storages.One").await.unwrap();
    storage.delete("a.txt").await.unwrap();
    one.assert_deleted("a.txt");
    two.assert_untouched();
    assert!(app.check().is_empty(), "{:?}", app.check());
    assert!(app.server().requests().is_empty());

    let config = StorageDouble::new("storages.Gone").config();
    let gone = TestApp::new().double(&one).config("storages.One", config).load().unwrap();
    let error = gone.get::<Storages>("storages.One").await.unwrap_err().to_string();
    assert!(error.contains("keep the `StorageDouble`"), "{error}");
}
