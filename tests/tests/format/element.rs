//! Elements: folders and names.

use jit_app::{ErrorKind, Level, Status};
use jit_meta::FullName;

use crate::support::{codes, elements, greet, has, of, polite, shop, told};

/// What an app finds whose files all hold the same definition.
fn found(files: &[&str]) -> Vec<String> {
    let define = polite();
    let files: Vec<_> = files.iter().map(|path| (*path, &*define)).collect();
    elements(&shop(&files).load().unwrap())
}

#[test]
fn element_folder() {
    let files = ["a/b/c/e.json", "a/B/scheme.json", "a/C/xe.json", "a/D/e.json5", "a/E/E.json"];
    assert_eq!(found(&files), ["a.b.c"]);
}

#[test]
fn element_name() {
    assert_eq!(found(&["auths/loginTypes/Default/e.json"]), ["auths.loginTypes.Default"]);
    let name: FullName = "auths.loginTypes.Default".parse().unwrap();
    assert_eq!((name.name(), name.namespace()), ("Default", Some("auths.loginTypes")));
    assert_eq!(name.family(), "auths");
}

#[test]
fn element_segment() {
    let define = polite();
    for folder in ["a/my-oss", "a/1st", "a/b.c", "a/é", "a b/C"] {
        let app = shop(&[(&format!("{folder}/e.json"), &define), ("a/Ok_1/e.json", &define)]);
        let app = app.load().unwrap();
        assert_eq!(elements(&app), ["a.Ok_1"], "{folder}");
        assert_eq!(codes(&app), ["JIT0100"], "{folder}");
        has(&told(&app)[0], &[folder, "rename"]);
    }
}

#[tokio::test]
async fn element_case() {
    let app = shop(&[("greeters/Hello/e.json", &polite())]).load().unwrap();
    let error = app.get_element("greeters.hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    has(&error.to_string(), &["did you mean `greeters.Hello`?"]);
    // Not every file system can hold both.
    if cfg!(target_os = "linux") {
        let define = polite();
        let app =
            shop(&[("greeters/A/e.json", &define), ("greeters/a/e.json", &define)]).load().unwrap();
        assert_eq!(elements(&app), ["greeters.A", "greeters.a"]);
        assert_eq!(codes(&app), ["JIT0100"]);
        has(&told(&app)[0], &["greeters/a/e.json:1:1", "`greeters.A` and `greeters.a`"]);
        assert_eq!(app.check()[0].notes, ["the other is `greeters/A/e.json`"]);
    }
}

#[test]
fn element_nested() {
    assert_eq!(
        found(&["pages/Shop/e.json", "pages/Shop/Editor/e.json", "pages/Shop/x/y/e.json"]),
        ["pages.Shop", "pages.Shop.Editor", "pages.Shop.x.y"]
    );
}

#[test]
fn element_split() {
    for split in ["backend", "frontend"] {
        assert_eq!(found(&[&format!("x/y/{split}/e.json")]), ["x.y"]);
        assert_eq!(found(&["x/y/e.json", &format!("x/y/{split}/e.json")]), ["x.y"]);
        let app = shop(&[(&format!("x/y/{split}/e.json"), &polite())]).load().unwrap();
        let element = app.find_elements("x.y").unwrap().remove(0);
        assert!(element.dir().ends_with("x/y"), "{split}");
    }
}

#[test]
fn element_split_first() {
    let titled =
        |title: &str| format!(r#"{{ "title": "{title}", "type": "greeters.PoliteType" }}"#);
    let (own, back, front) = (titled("own"), titled("back"), titled("front"));
    let files =
        [("x/y/e.json", &*own), ("x/y/backend/e.json", &*back), ("x/y/frontend/e.json", &*front)];
    for (files, title) in [(&files[..], "own"), (&files[1..], "back"), (&files[2..], "front")] {
        let app = shop(files).load().unwrap();
        assert!(codes(&app).is_empty(), "{:?}", told(&app));
        assert_eq!(app.get_element_define("x.y").unwrap().title(), title);
    }
    let app = shop(&[files[0], ("x/y/backend/e.json", &of("greeters.StrictType"))]).load().unwrap();
    assert_eq!(codes(&app), ["JIT0111"]);
    assert_eq!(app.get_element_define("x.y").unwrap_err().kind(), ErrorKind::InvalidDefine);
}

#[test]
fn element_split_inside() {
    let files = ["x/y/e.json", "x/y/backend/Editor/e.json", "x/y/frontend/deep/Z/e.json"];
    assert_eq!(found(&files), ["x.y", "x.y.Editor", "x.y.deep.Z"]);
}

#[test]
fn element_split_nothing() {
    let files = ["roles/frontend/e.json", "x/ns/backend/Z/e.json"];
    assert_eq!(found(&files), ["roles.frontend", "x.ns.backend.Z"]);
}

#[test]
fn element_looks_like() {
    let app = shop(&[("storages/MyOss/MyOss.json", "{}"), ("storages/Other/other.json", "{}")]);
    let app = app.load().unwrap();
    assert_eq!(
        (codes(&app), app.check()[0].severity),
        (vec!["JIT0110"], jit_meta::Severity::Warning)
    );
    has(&told(&app)[0], &["`storages/MyOss`", "create `storages/MyOss/e.json`"]);
}

#[test]
fn element_root() {
    let app = shop(&[("e.json", &polite())]).load().unwrap();
    assert_eq!(elements(&app), Vec::<String>::new());
    assert_eq!(codes(&app), ["JIT0100"]);
}

#[test]
fn element_skipped() {
    let skipped = ["node_modules", "dist", "test", "__pycache__", ".git", ".hidden"];
    for folder in skipped {
        let (top, deep) = (format!("{folder}/X/e.json"), format!("a/b/{folder}/X/e.json"));
        assert_eq!(found(&[&top, &deep, "a/b/Y/e.json"]), ["a.b.Y"], "{folder}");
    }
}

#[test]
fn element_skipped_root() {
    let (top, deep) = (["appData/X/e.json", "commons/X/e.json"], "a/appData/X/e.json");
    assert_eq!(found(&[top[0], top[1], deep]), ["a.appData.X"]);
    for folder in ["src", "tests", "benches", "examples", "target"] {
        let path = format!("{folder}/X/e.json");
        assert_eq!(found(&[&path]), [format!("{folder}.X")]);
        assert_eq!(found(&[&path, "Cargo.toml"]), Vec::<String>::new());
    }
}

#[cfg(unix)]
#[test]
fn element_links() {
    use std::os::unix::fs::symlink;

    let outside = shop(&[("Out/e.json", &polite())]);
    let folder = shop(&[("a/One/e.json", &polite())]);
    symlink(outside.path(), folder.path().join("x")).unwrap();
    symlink(folder.path().join("a"), folder.path().join("b")).unwrap();
    let app = folder.load().unwrap();
    assert_eq!(elements(&app), ["a.One", "x.Out"]);
    assert_eq!(codes(&app), ["JIT0003"]);
    has(&told(&app)[0], &["`b`", "not followed", "remove it"]);
    has(&app.check()[0].notes[0], &["it leads to `"]);
}

#[tokio::test]
async fn element_broken() {
    let app = shop(&[("greeters/Bad/e.json", "{"), ("greeters/Hello/e.json", &polite())]);
    let app = app.load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    let error = app.get_element("greeters.Bad").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    has(&error.to_string(), &["greeters/Bad/e.json:1:"]);
    let statuses: Vec<_> = app.elements().iter().map(|element| element.status).collect();
    assert_eq!(statuses, [Status::Invalid, Status::Ok]);
}

#[tokio::test]
async fn element_not_linked() {
    let app = shop(&[("models/User/e.json", &of("models.NormalType"))]).load().unwrap();
    assert_eq!(app.check()[0].severity, jit_meta::Severity::Warning);
    assert_eq!((codes(&app), app.elements()[0].status), (vec!["JIT0104"], Status::NotLinked));
    let error = app.get_element("models.User").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLinked);
}

#[test]
fn element_level() {
    let app = shop(&[
        ("pages/Meta/e.json", &of("")),
        ("pages/GridType/e.json", &of("pages.Meta")),
        ("greeters/PoliteType/e.json", &of("greeters.Meta")),
        ("greeters/Kind/e.json", &polite()),
        ("greeters/Hello/e.json", &of("greeters.Kind")),
    ]);
    let levels: Vec<_> = app
        .load()
        .unwrap()
        .elements()
        .iter()
        .map(|element| (element.full_name.to_string(), element.level.unwrap()))
        .collect();
    let expected = [
        ("greeters.Hello", Level::Instance),
        ("greeters.Kind", Level::Type),
        ("greeters.PoliteType", Level::Type),
        ("pages.GridType", Level::Type),
        ("pages.Meta", Level::Meta),
    ];
    assert_eq!(levels, expected.map(|(name, level)| (name.to_owned(), level)));
}

#[test]
fn element_meta() {
    let text = r#"{ "title": "A family" }"#;
    let app = shop(&[("pages/Meta/e.json", text), ("pages/Other/e.json", text)]).load().unwrap();
    assert_eq!(app.elements()[0].level, Some(Level::Meta));
    assert_eq!(codes(&app), ["JIT0103"], "pages.Other alone");
    let app = shop(&[("pages/Other/e.json", &of(""))]).load().unwrap();
    assert_eq!(app.elements()[0].level, Some(Level::Meta));
    assert_eq!(
        (codes(&app), app.check()[0].severity),
        (vec!["JIT0103"], jit_meta::Severity::Warning)
    );
}
