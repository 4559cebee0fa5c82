//! The life of an element.

use std::fs;
use std::sync::Arc;

use jit_app::{Args, Error, ErrorKind};
use jit_meta::Outcome;

use crate::diaries::{Diaries, diaries, refuses};
use crate::support::has;

const AFTER: &str = r#", "backendLoadTime": "afterAppInit""#;
const BEFORE: &str = r#", "backendLoadTime": "beforeHandleRequest""#;
const PER_REQUEST: &str = r#", "cacheLevel": 1"#;

#[tokio::test]
async fn life_failure() {
    for hook in ["onLoad", "onCalled"] {
        let (folder, _) = diaries(&[("A", "", &refuses(hook))]);
        let error = folder.load().unwrap().get_element("diaries.A").await.unwrap_err();
        assert_eq!(error.to_string(), format!("`{hook}` of `diaries.A` failed: {hook} refused"));
    }
}

#[tokio::test]
async fn life_lazy() {
    let (folder, book) = diaries(&[("A", "", "{}"), ("B", "", "{}")]);
    let app = folder.load().unwrap();
    assert!(app.check().is_empty());
    assert_eq!(book.read(), Vec::<String>::new());
    app.get_element("diaries.A").await.unwrap();
    assert_eq!(book.read(), ["load A", "onLoad A", "onCalled A"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn life_once() {
    let (folder, book) = diaries(&[("A", "", r#"{ "page": 100 }"#)]);
    let app = folder.load().unwrap();
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.get::<Diaries>("diaries.A").await.unwrap() })
        })
        .collect();
    let mut found = Vec::new();
    for call in calls {
        found.push(call.await.unwrap());
    }
    assert!(found.iter().all(|one| Arc::ptr_eq(one, &found[0])), "not the same instance");
    assert_eq!(book.read().iter().filter(|line| *line == "load A").count(), 1);
}

#[tokio::test]
async fn life_failed_load() {
    let (folder, _) = diaries(&[("A", "", "{")]);
    let app = folder.load().unwrap();
    assert_eq!(app.get_element("diaries.A").await.unwrap_err().kind(), ErrorKind::InvalidConfig);
    fs::write(folder.path().join("diaries/A/A.json"), "{}").unwrap();
    app.get_element("diaries.A").await.unwrap();
}

#[tokio::test]
async fn life_on_load() {
    let (folder, book) = diaries(&[("A", "", &refuses("onLoad")), ("B", "", "{}")]);
    let app = folder.load().unwrap();
    for _ in 0..2 {
        let error = app.get_element("diaries.A").await.unwrap_err();
        assert_eq!(error.to_string(), "`onLoad` of `diaries.A` failed: onLoad refused");
        assert_eq!(book.read(), ["load A", "onLoad A"]);
    }
    app.get_element("diaries.B").await.unwrap();
    assert_eq!(book.read(), ["load B", "onLoad B", "onCalled B"]);
}

#[tokio::test]
async fn life_on_called() {
    let (folder, book) = diaries(&[("A", "", &refuses("onCalled"))]);
    let app = folder.load().unwrap();
    for _ in 0..2 {
        let error = app.get_element("diaries.A").await.unwrap_err();
        assert_eq!(error.to_string(), "`onCalled` of `diaries.A` failed: onCalled refused");
    }
    assert_eq!(book.read(), ["load A", "onLoad A", "onCalled A", "onCalled A"]);
    let found = app.find_elements("diaries.A").unwrap().remove(0);
    found.interface::<Diaries>().await.unwrap();
    app.get_element_define("diaries.A").unwrap();
    assert_eq!(book.read(), Vec::<String>::new());
}

#[tokio::test]
async fn life_on_app_exit() {
    let (folder, book) =
        diaries(&[("A", "", &refuses("onAppExit")), ("B", "", "{}"), ("C", "", "{}")]);
    let app = folder.load().unwrap();
    let request = app.request().await.unwrap();
    for name in ["diaries.B", "diaries.A", "diaries.B"] {
        request.get_element(name).await.unwrap();
    }
    app.get_element("diaries.C").await.unwrap();
    book.read();
    let error = Error::failed("no luck");
    let failures = request.end(Outcome { error: Some(&error), result: None }).await;
    let lines = ["A hears: no luck", "onAppExit A", "B hears: no luck", "onAppExit B"];
    assert_eq!(book.read(), lines);
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures, ["`onAppExit` of `diaries.A` failed: onAppExit refused"]);
}

#[tokio::test]
async fn life_on_exception() {
    let (folder, book) = diaries(&[("A", "", "{}")]);
    let element = folder.load().unwrap().get_element("diaries.A").await.unwrap();
    book.read();
    let error = element.call("fail", Args::new()).await.unwrap_err();
    has(&error.to_string(), &["on purpose", "onException refused"]);
    assert_eq!(book.read(), ["fail A", "onException diaries.A: on purpose"]);
    element.call("fial", Args::new()).await.unwrap_err();
    element.call("fail", Args::new().push(1)).await.unwrap_err();
    assert_eq!(book.read(), Vec::<String>::new());
}

#[tokio::test]
async fn life_changes() {
    let (folder, book) = diaries(&[("A", "", "{}"), ("B", "", "{}")]);
    let app = folder.load().unwrap();
    let define = fs::read_to_string(folder.path().join("diaries/A/e.json")).unwrap();
    let folder = folder.file("diaries/New/e.json", &define);
    fs::remove_dir_all(folder.path().join("diaries/B")).unwrap();
    let done = app.reload().await.unwrap();
    assert_eq!(book.read(), ["onDelete diaries.B", "onCreate diaries.New"]);
    assert!(done.failures.is_empty());
    app.get_element("diaries.A").await.unwrap();
    book.read();
    let folder = folder.file("diaries/A/A.json", r#"{ "page": 1 }"#);
    let done = app.reload_paths([folder.path().join("diaries/A/A.json")]).await.unwrap();
    assert_eq!(book.read(), ["load A", "onLoad A", "onUpdate diaries.A"], "it is in place by then");
    let failures: Vec<_> = done.failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures, ["`onUpdate` of `diaries.A` failed: onUpdate refused"]);
}

#[tokio::test]
async fn life_before_delete() {
    let (folder, book) = diaries(&[("A", "", "{}"), ("Keep", "", "{}")]);
    let define = fs::read_to_string(folder.path().join("diaries/A/e.json")).unwrap();
    let folder = folder.file("diaries/A/In/e.json", &define);
    let folder = folder.file("diaries/Keep/In/e.json", &define);
    let app = folder.load().unwrap();
    let done = app.delete_element("diaries.A").await.unwrap();
    assert_eq!(book.read(), ["onDelete diaries.A.In", "onDelete diaries.A"], "each once");
    assert_eq!(done.deleted.len(), 2);
    assert!(!folder.path().join("diaries/A").exists());
    let error = app.delete_element("diaries.Keep").await.unwrap_err();
    assert_eq!(error.to_string(), "`onDelete` of `diaries.Keep` failed: onDelete refused");
    assert_eq!(book.read(), ["onDelete diaries.Keep.In", "onDelete diaries.Keep"]);
    assert!(folder.path().join("diaries/Keep/In/e.json").is_file());
}

#[tokio::test]
async fn life_nearest() {
    let (folder, book) = diaries(&[("A", "", "{}")]);
    let folder = folder.file("app.json", r#"{ "appId": "acme.Quiet" }"#);
    folder.load().unwrap().get_element("diaries.A").await.unwrap();
    assert_eq!(book.read(), ["load A", "onLoad A", "quiet"], "`onCalled` of the other is not told");
}

#[tokio::test]
async fn life_init() {
    let (folder, book) = diaries(&[("B", AFTER, "{}"), ("A", AFTER, "{}"), ("C", "", "{}")]);
    let app = folder.load().unwrap();
    app.init().await.unwrap();
    app.init().await.unwrap();
    assert_eq!(book.read(), ["load A", "onLoad A", "load B", "onLoad B"]);
    let (folder, _) = diaries(&[("A", AFTER, &refuses("onLoad"))]);
    let app = folder.load().unwrap();
    assert_eq!(
        app.init().await.unwrap_err().to_string(),
        "`onLoad` of `diaries.A` failed: onLoad refused"
    );
    assert_eq!(
        app.request().await.unwrap_err().to_string(),
        "`onLoad` of `diaries.A` failed: onLoad refused"
    );
}

#[tokio::test]
async fn life_request() {
    let (folder, book) = diaries(&[("A", AFTER, "{}"), ("B", BEFORE, "{}"), ("C", "", "{}")]);
    let app = folder.load().unwrap();
    drop(app.request().await.unwrap());
    assert_eq!(book.read(), ["load A", "onLoad A", "load B", "onLoad B"]);
    drop(app.request().await.unwrap());
    assert_eq!(book.read(), Vec::<String>::new(), "both are there");
}

#[tokio::test]
async fn life_own_load_time() {
    let (folder, book) = diaries(&[("Kind", AFTER, "{}"), ("Own", AFTER, "{}")]);
    let define = r#"{ "title": "x", "type": "diaries.Kind" }"#;
    let app = folder.file("diaries/A/e.json", define).load().unwrap();
    app.init().await.unwrap();
    assert_eq!(book.read(), ["load Own", "onLoad Own"], "a Type, and what is of it, stay unloaded");
}

#[tokio::test]
async fn life_cache_level() {
    let (folder, _) = diaries(&[("Kind", PER_REQUEST, "{}"), ("Shared", "", "{}")]);
    let of_kind = |more: &str| format!(r#"{{ "title": "x", "type": "diaries.Kind" {more} }}"#);
    let folder = folder.file("diaries/A/e.json", of_kind(""));
    let folder = folder.file("diaries/B/e.json", of_kind(r#", "cacheLevel": 0"#));
    let app = folder.load().unwrap();
    for (name, is_shared) in [("diaries.Shared", true), ("diaries.A", false), ("diaries.B", true)] {
        let one = app.get::<Diaries>(name).await.unwrap();
        let other = app.get::<Diaries>(name).await.unwrap();
        assert_eq!(Arc::ptr_eq(&one, &other), is_shared, "{name}");
    }
}

#[tokio::test]
async fn life_per_request() {
    let (folder, _) = diaries(&[("A", PER_REQUEST, "{}")]);
    let app = folder.load().unwrap();
    let (one, other) = (app.request().await.unwrap(), app.request().await.unwrap());
    let a = one.get::<Diaries>("diaries.A").await.unwrap();
    assert!(Arc::ptr_eq(&a, &one.get::<Diaries>("diaries.A").await.unwrap()), "not shared");
    assert!(!Arc::ptr_eq(&a, &other.get::<Diaries>("diaries.A").await.unwrap()), "shared");
    let outside = app.get::<Diaries>("diaries.A").await.unwrap();
    assert!(!Arc::ptr_eq(&outside, &app.get::<Diaries>("diaries.A").await.unwrap()), "shared");
}
