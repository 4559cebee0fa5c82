//! `storages.DiskType` and `storages.MemoryType` in an app: where files are, mistakes, and calls by name.

#![cfg(test)]

use bytes::Bytes;
use expect_test::expect;
use jit_app::{App, Args, ErrorKind as AppErrorKind, Value, render};
use jit_storages::{Error, ErrorKind, Storages};
use jit_testing::TestApp;

const E_JSON: &str = r#"{ "title": "My files", "type": "storages.TYPE" }"#;

/// An app with the element `storages.Mine` of a Type, configured unless `config` is empty.
fn app_with(type_name: &str, config: &str) -> TestApp {
    let define = E_JSON.replace("TYPE", type_name);
    let app = TestApp::new().file("storages/Mine/e.json", &define);
    if config.is_empty() { app } else { app.file("storages/Mine/Mine.json", config) }
}

async fn upload(app: &App, name: &str) -> String {
    let storage = app.get::<Storages>("storages.Mine").await.unwrap();
    storage.upload_by_file(name, "hello".into(), "text/css".into()).await.unwrap().url
}

#[tokio::test]
async fn a_relative_directory_is_below_the_apps_folder() {
    let folder = app_with("DiskType", r#"{ "directory": "appData/files" }"#);
    let url = upload(&folder.load().unwrap(), "a/b.txt").await;
    assert_eq!(url, "storages/services/StorageSvc/preview?file=a%2Fb.txt&storage=storages.Mine");
    let file = folder.path().join("appData/files/a/b.txt");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "hello");
}

#[tokio::test]
async fn an_absolute_directory_is_used_as_it_is() {
    let elsewhere = tempfile::tempdir().unwrap();
    let directory = elsewhere.path().to_string_lossy();
    let folder = app_with("DiskType", r#"{ "directory": "${DIR}" }"#).variable("DIR", &directory);
    upload(&folder.load().unwrap(), "b.txt").await;
    assert_eq!(std::fs::read_to_string(elsewhere.path().join("b.txt")).unwrap(), "hello");
}

#[tokio::test]
async fn memory_needs_no_configuration_and_is_shared_by_an_app() {
    for config in ["", "{}"] {
        let folder = app_with("MemoryType", config);
        let app = folder.load().unwrap();
        upload(&app, "a").await;
        let again = app.get::<Storages>("storages.Mine").await.unwrap();
        assert_eq!(again.download("a").await.unwrap(), "hello");
        let other = folder.load().unwrap().get::<Storages>("storages.Mine").await.unwrap();
        assert_eq!(other.download("a").await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[test]
fn mistakes_of_configurations_are_told() {
    let told = |type_name: &str, config: &str| {
        render::findings(&app_with(type_name, config).load().unwrap().check(), false)
    };
    expect![[r#"
        error[JIT0204]: unknown key `folder`
         --> storages/Mine/Mine.json:1:3
          |
        1 | { "folder": "*", "directory": "" }
          |   ^^^^^^^^ this Type has no such key
          |
          = help: its keys are `directory`

        error[JIT0206]: `directory` is empty
         --> storages/Mine/Mine.json:1:31
          |
        1 | { "folder": "*", "directory": "" }
          |                               ^^ a value is required
    "#]]
    .assert_eq(&told("DiskType", r#"{ "folder": "x", "directory": "" }"#));
    expect![[r#"
        error[JIT0201]: `storages/Mine/Mine.json` is missing
         --> storages/Mine/e.json:1:32
          |
        1 | { "title": "My files", "type": "storages.DiskType" }
          |                                ^^^^^^^^^^^^^^^^^^^ this Type needs a configuration
          |
          = help: create `storages/Mine/Mine.json` with the keys below
          = note: add `directory`: The folder that holds the files: absolute, or relative to the app's folder; made when it is missing.
    "#]].assert_eq(&told("DiskType", ""));
    expect![[r#"
        error[JIT0204]: unknown key `directory`
         --> storages/Mine/Mine.json:1:3
          |
        1 | { "directory": "*" }
          |   ^^^^^^^^^^^ this Type has no such key
          |
          = help: it has no keys: remove this one
    "#]]
    .assert_eq(&told("MemoryType", r#"{ "directory": "x" }"#));
}

#[tokio::test]
async fn by_name_a_file_is_called_name_or_file() {
    for (type_name, config) in [("DiskType", r#"{ "directory": "files" }"#), ("MemoryType", "")] {
        let folder = app_with(type_name, config);
        let app = folder.load().unwrap();
        let call = |function: &'static str, args| app.call("storages.Mine", function, args);
        let args = Args::new().push("a.css").push(Bytes::from_static(b"hello")).push("text/css");
        call("uploadByFile", args).await.unwrap();
        for args in [
            Args::new().push("a.css"),
            Args::new().with("name", "a.css"),
            Args::new().with("file", "a.css"),
        ] {
            assert_eq!(call("download", args.clone()).await.unwrap().as_bytes().unwrap(), "hello");
        }
        let object = call("getObject", Args::new().push("a.css")).await.unwrap();
        assert_eq!(object.get("contentType").and_then(Value::as_str), Some("text/css"));
        call("delete", Args::new().with("file", "a.css")).await.unwrap();
        let error = call("download", Args::new().push("a.css")).await.unwrap_err();
        assert_eq!(error.kind(), AppErrorKind::Failed);

        let both = Args::new().with("name", "a.css").with("file", "a.css");
        let error = call("download", both).await.unwrap_err();
        assert_eq!(error.kind(), AppErrorKind::BadArguments);
    }
}

#[tokio::test]
async fn what_a_storage_cannot_do_is_told_as_that() {
    for (type_name, config, expected) in [
        (
            "DiskType",
            r#"{ "directory": "files" }"#,
            expect![[
                r#"getSignUrl "a.css" on storages.Mine (storages.DiskType): unsupported: files on disk have no signed URLs; use download and uploadByFile, or a storage like storages.OssType"#
            ]],
        ),
        (
            "MemoryType",
            "",
            expect![[
                r#"getSignUrl "a.css" on storages.Mine (storages.MemoryType): unsupported: files in memory have no signed URLs; use download and uploadByFile, or a storage like storages.OssType"#
            ]],
        ),
    ] {
        let folder = app_with(type_name, config);
        let app = folder.load().unwrap();
        let args = Args::new().push("a.css").push("text/css");
        let error = app.call("storages.Mine", "getSignUrl", args).await.unwrap_err();
        assert_eq!(error.kind(), AppErrorKind::Unsupported);
        assert_eq!(error.downcast_ref::<Error>().map(Error::kind), Some(ErrorKind::Unsupported));
        expected.assert_eq(&error.to_string());
    }
}
