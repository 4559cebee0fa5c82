//! Reloading.

use std::fs;
use std::sync::Arc;

use jit_app::{App, Reload};
use jit_testing::{LoadedApp, TestApp};

use crate::support::{
    Greeters, element, elements, family, greet, has, names, of, polite, shop, word,
};

const HELLO: &str = "greeters/Hello/Hello.json";

/// `greeters.Hello`, which says `One`, and `greeters.Other`, both live.
async fn two() -> (TestApp, LoadedApp) {
    let folder = shop(&[
        ("greeters/Hello/e.json", &polite()),
        (HELLO, &word("One")),
        ("greeters/Other/e.json", &polite()),
    ]);
    let app = folder.load().unwrap();
    for name in ["greeters.Hello", "greeters.Other"] {
        greet(&app, name).await.unwrap();
    }
    (folder, app)
}

async fn instance(app: &App, name: &str) -> Arc<dyn crate::support::Greeter> {
    app.get::<Greeters>(name).await.unwrap()
}

async fn reload(app: &App) -> Reload {
    app.reload().await.unwrap()
}

#[tokio::test]
async fn reload_nothing() {
    let (_folder, app) = two().await;
    let before = instance(&app, "greeters.Hello").await;
    assert!(reload(&app).await.is_empty());
    assert!(Arc::ptr_eq(&before, &instance(&app, "greeters.Hello").await));
}

#[tokio::test]
async fn reload_changed() {
    let (folder, app) = two().await;
    let other = instance(&app, "greeters.Other").await;
    let folder = folder.file(HELLO, word("Two"));
    assert_eq!(names(&reload(&app).await.updated), ["greeters.Hello"]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Two Ann");
    assert!(Arc::ptr_eq(&other, &instance(&app, "greeters.Other").await));
    drop(folder);
}

#[tokio::test]
async fn reload_come_and_go() {
    let (folder, app) = two().await;
    let folder = folder.file("greeters/New/Deep/e.json", polite());
    fs::remove_dir_all(folder.path().join("greeters/Other")).unwrap();
    let done = reload(&app).await;
    assert_eq!(
        (names(&done.created), names(&done.deleted)),
        (vec!["greeters.New.Deep".to_owned()], vec!["greeters.Other".to_owned()])
    );
    assert_eq!(elements(&app), ["greeters.Hello", "greeters.New.Deep"]);
    assert_eq!(greet(&app, "greeters.New.Deep").await.unwrap(), "Deep Ann");
    app.get_element("greeters.Other").await.unwrap_err();
}

#[tokio::test]
async fn reload_last_good() {
    let (mut folder, app) = two().await;
    for (path, text) in [(HELLO, "{"), (HELLO, r#"{ "wrod": 1 }"#), ("greeters/Hello/e.json", "{")]
    {
        folder = folder.file(path, text);
        let done = reload(&app).await;
        assert_eq!(done.failures.len(), 1, "{text}: {done:?}");
        assert_eq!(done.failures[0].element().unwrap().as_str(), "greeters.Hello");
        assert!(reload(&app).await.is_empty(), "told twice");
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "One Ann");
        assert!(!app.check().is_empty());
    }
    let folder = folder.file("greeters/Hello/e.json", polite());
    let _folder = folder.file(HELLO, word("Two"));
    assert_eq!(names(&reload(&app).await.updated), ["greeters.Hello"]);
    assert!(app.check().is_empty());
}

#[tokio::test]
async fn reload_dependents() {
    let (folder, app) = two().await;
    let folder = folder.file("greeters/Kind/e.json", polite());
    let folder = folder.file("greeters/A/e.json", of("greeters.Kind"));
    let folder = folder.file("greeters/B/e.json", of("greeters.Kind"));
    reload(&app).await;
    let before = instance(&app, "greeters.A").await;
    let kind = element(r#""type": "greeters.PoliteType", "sort": 1"#);
    let _folder = folder.file("greeters/Kind/e.json", &kind);
    let done = reload(&app).await;
    assert_eq!(
        (names(&done.updated), names(&done.rebuilt)),
        (vec!["greeters.Kind".to_owned()], vec!["greeters.A".to_owned()])
    );
    assert!(!Arc::ptr_eq(&before, &instance(&app, "greeters.A").await));
}

#[tokio::test]
async fn reload_override() {
    let folder = family(&[
        ("Base/greeters/Hello/e.json", &polite()),
        ("Base/greeters/Hello/Hello.json", &word("Base")),
    ]);
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Base Ann");
    let folder = folder.file("greeters/Hello/e.json", polite());
    reload(&app).await;
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    fs::remove_dir_all(folder.path().join("greeters")).unwrap();
    reload(&app).await;
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Base Ann");
}

#[tokio::test]
async fn reload_protected() {
    let protected = element(r#""type": "greeters.PoliteType", "accessModifier": "protected""#);
    let folder = family(&[("Base/greeters/Hello/e.json", &protected)]);
    let app = folder.load().unwrap();
    greet(&app, "greeters.Hello").await.unwrap();
    let folder = folder.file("greeters/Hello/e.json", of("greeters.StrictType"));
    let done = reload(&app).await;
    has(&done.failures[0].to_string(), &["protected in `acme.Base`"]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    drop(folder);
}

#[tokio::test]
async fn reload_app_json() {
    let (mut folder, app) = two().await;
    for text in [
        "{",
        r#"{ "appId": "acme.Other" }"#,
        r#"{ "appId": "acme.Shop", "extends": [{ "appId": "acme.No", "version": "1.0.0" }] }"#,
    ] {
        folder = folder.file("app.json", text);
        app.reload().await.unwrap_err();
        assert_eq!(
            (app.id(), greet(&app, "greeters.Hello").await.unwrap()),
            ("acme.Shop", "One Ann".to_owned())
        );
    }
    let text =
        r#"{ "appId": "acme.Shop", "settings": { "defaultElement": { "a": "greeters.Hello" } } }"#;
    let _folder = folder.file("app.json", text);
    reload(&app).await;
    assert_eq!(app.default_element("a").as_deref(), Some("greeters.Hello"));
}

#[tokio::test]
async fn reload_other_files() {
    let (folder, app) = two().await;
    let folder = folder.file("greeters/Hello/prompt.md", "Be kind.");
    let before = instance(&app, "greeters.Hello").await;
    let done = app.reload_paths([folder.path().join("greeters/Hello/prompt.md")]).await.unwrap();
    assert_eq!(names(&done.updated), ["greeters.Hello"]);
    assert!(!Arc::ptr_eq(&before, &instance(&app, "greeters.Hello").await));
}

#[tokio::test]
async fn reload_passed_over() {
    let (folder, app) = two().await;
    for path in [
        "appData/x",
        "dist/a/e.json",
        ".git/index",
        "greeters/Hello/.Hello.json.swp",
        "greeters/Hello/Hello.json~",
    ] {
        let done = app.reload_paths([folder.path().join(path)]).await.unwrap();
        assert!(done.is_empty(), "{path}: {done:?}");
    }
}

#[tokio::test]
async fn reload_paths() {
    let (folder, app) = two().await;
    let folder = folder.file(HELLO, word("Two"));
    let folder = folder.file("greeters/Other/Other.json", word("Two"));
    let done = app.reload_paths([folder.path().join("greeters/Other")]).await.unwrap();
    assert_eq!(names(&done.updated), ["greeters.Other"]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "One Ann");
    let done = app.reload_paths([folder.path().join("greeters")]).await.unwrap();
    assert_eq!(names(&done.updated), ["greeters.Hello"]);
}

#[tokio::test]
async fn reload_watch() {
    let (folder, app) = two().await;
    let (sender, mut reloads) = tokio::sync::mpsc::unbounded_channel();
    let watch = app.watch(move |reload| drop(sender.send(reload))).unwrap();
    let _folder = folder.file(HELLO, word("Two"));
    while greet(&app, "greeters.Hello").await.unwrap() != "Two Ann" {
        reloads.recv().await.unwrap().unwrap();
    }
    drop(watch);
    while reloads.recv().await.is_some() {}
}
