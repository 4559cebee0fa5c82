//! Watching real folders: nothing is awaited but what is told.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jit_app::{App, Error, Reload, Watch};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::{app, define, greet, load, registry, write};

const HELLO: &str = "greeters/Hello/Hello.json";

fn word(word: &str) -> String {
    format!(r#"{{ "word": "{word}" }}"#)
}

/// What a watched app tells.
struct Told {
    _watch: Watch,
    reloads: UnboundedReceiver<Result<Reload, Error>>,
}

fn watch(app: &App) -> Told {
    let (sender, reloads) = unbounded_channel();
    let watch = app.watch(move |reload| drop(sender.send(reload))).unwrap();
    Told { _watch: watch, reloads }
}

impl Told {
    /// Waits until the element greets as expected. A change may come in more than one reload.
    async fn until(&mut self, app: &App, name: &str, text: Option<&str>) {
        while greet(app, name).await.ok().as_deref() != text {
            // The limit only ends a test that would hang.
            let next = tokio::time::timeout(Duration::from_secs(60), self.reloads.recv()).await;
            next.expect("nothing was told").unwrap().unwrap();
        }
    }
}

/// Writes as careful editors do: beside, then over it.
fn replace(dir: &Path, path: &str, text: &str) {
    write(dir, &format!("{path}.new"), text);
    fs::rename(dir.join(format!("{path}.new")), dir.join(path)).unwrap();
}

#[tokio::test]
async fn files_that_change_in_any_way_are_seen() {
    let (dir, app) = app("acme.Shop", &[(HELLO, &word("One"))]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "One Ann");
    let mut told = watch(&app);
    write(dir.path(), HELLO, &word("Two"));
    told.until(&app, "greeters.Hello", Some("Two Ann")).await;
    replace(dir.path(), HELLO, &word("Three"));
    told.until(&app, "greeters.Hello", Some("Three Ann")).await;
    fs::remove_file(dir.path().join(HELLO)).unwrap();
    told.until(&app, "greeters.Hello", Some("Hello Ann")).await;
    // A folder that is new to the app, and deep.
    write(dir.path(), "others/deep/New/e.json", &define("greeters.PoliteType"));
    told.until(&app, "others.deep.New", Some("New Ann")).await;
    write(dir.path(), "others/deep/New/New.json", &word("Newer"));
    told.until(&app, "others.deep.New", Some("Newer Ann")).await;
}

#[tokio::test]
async fn a_folder_that_is_deleted_and_comes_back_is_watched_again() {
    let (dir, app) = app("acme.Shop", &[]);
    let mut told = watch(&app);
    for round in 0..2 {
        fs::remove_dir_all(dir.path().join("greeters")).unwrap();
        told.until(&app, "greeters.Hello", None).await;
        write(dir.path(), "greeters/Hello/e.json", &define("greeters.PoliteType"));
        told.until(&app, "greeters.Hello", Some("Hello Ann")).await;
        write(dir.path(), HELLO, &word(&format!("Round{round}")));
        told.until(&app, "greeters.Hello", Some(&format!("Round{round} Ann"))).await;
    }
}

#[tokio::test]
async fn a_burst_is_seen_whole_and_what_is_skipped_not_at_all() {
    let (dir, app) = app("acme.Shop", &[]);
    let mut told = watch(&app);
    for n in 0..200 {
        write(dir.path(), &format!("appData/cache/{n}"), "x");
        write(dir.path(), &format!("dist/{n}/e.json"), "{");
        write(dir.path(), &format!("greeters/N{n}/e.json"), &define("greeters.PoliteType"));
    }
    told.until(&app, "greeters.N199", Some("N199 Ann")).await;
    let created = app.find_elements_define(".greeters.PoliteType").unwrap().len();
    assert!(created > 1);
    for n in 0..200 {
        told.until(&app, &format!("greeters.N{n}"), Some(&format!("N{n} Ann"))).await;
    }
    assert!(app.check().is_empty(), "{:?}", app.check());
}

#[tokio::test]
async fn a_failure_is_told_and_watching_goes_on() {
    let (dir, app) = app("acme.Shop", &[(HELLO, &word("One"))]);
    greet(&app, "greeters.Hello").await.unwrap();
    let mut told = watch(&app);
    replace(dir.path(), HELLO, "{");
    let reload = told.reloads.recv().await.unwrap().unwrap();
    let failed: Vec<_> = reload.failures.iter().map(|error| error.element().unwrap()).collect();
    assert_eq!(failed.len(), 1, "{reload:?}");
    assert_eq!(failed[0].as_str(), "greeters.Hello");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "One Ann");
    replace(dir.path(), "app.json", "{");
    let error = told.reloads.recv().await.unwrap().unwrap_err();
    assert!(error.to_string().starts_with("app.json:1"), "{error}");
    replace(dir.path(), "app.json", r#"{ "appId": "acme.Shop" }"#);
    replace(dir.path(), HELLO, &word("Two"));
    told.until(&app, "greeters.Hello", Some("Two Ann")).await;
}

#[tokio::test]
async fn an_app_that_is_extended_later_is_watched_too() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "base/app.json", r#"{ "appId": "acme.Base", "version": "1.0.0" }"#);
    write(root.path(), "base/greeters/Hello/e.json", &define("greeters.PoliteType"));
    write(root.path(), "child/app.json", r#"{ "appId": "acme.Child" }"#);
    let app = load(&root.path().join("child"), registry());
    let mut told = watch(&app);
    let extends = r#"[{"appId": "acme.Base", "version": "1.0.0"}]"#;
    let text = format!(r#"{{ "appId": "acme.Child", "extends": {extends} }}"#);
    replace(root.path(), "child/app.json", &text);
    told.until(&app, "greeters.Hello", Some("Hello Ann")).await;
    write(root.path(), "base/greeters/Hello/Hello.json", &word("Base"));
    told.until(&app, "greeters.Hello", Some("Base Ann")).await;
}

#[tokio::test]
async fn what_has_changed_since_the_app_was_loaded_is_seen() {
    let (dir, app) = app("acme.Shop", &[(HELLO, &word("One"))]);
    greet(&app, "greeters.Hello").await.unwrap();
    write(dir.path(), HELLO, &word("Two"));
    let mut told = watch(&app);
    told.until(&app, "greeters.Hello", Some("Two Ann")).await;
}

#[tokio::test]
async fn a_callback_that_panics_does_not_end_the_watch() {
    let (dir, app) = app("acme.Shop", &[(HELLO, &word("One"))]);
    greet(&app, "greeters.Hello").await.unwrap();
    let (sender, reloads) = unbounded_channel();
    let watch = app.watch(move |reload| {
        drop(sender.send(reload));
        panic!("on purpose");
    });
    let mut told = Told { _watch: watch.unwrap(), reloads };
    for text in ["Two", "Three"] {
        write(dir.path(), HELLO, &word(text));
        told.until(&app, "greeters.Hello", Some(&format!("{text} Ann"))).await;
    }
}

#[test]
fn an_app_is_watched_from_async_code() {
    let (_dir, app) = app("acme.Shop", &[]);
    let error = app.watch(drop).unwrap_err();
    assert!(error.to_string().contains("Tokio runtime"), "{error}");
}

#[tokio::test]
async fn an_app_that_was_missing_is_extended_once_it_is_there() {
    for (child, base) in [("child", "base"), ("acme/Child/1_0_0", "acme/Base/1_0_0")] {
        let dir = tempfile::tempdir().unwrap();
        let (child, base) = (dir.path().join(child), dir.path().join(base));
        write(&child, "app.json", r#"{ "appId": "acme.Child", "version": "1.0.0" }"#);
        let app = load(&child, registry());
        let mut told = watch(&app);
        let extends = r#"{"appId": "acme.Base", "version": "1.0.0"}"#;
        write(
            &child,
            "app.json",
            &format!(r#"{{ "appId": "acme.Child", "version": "1.0.0", "extends": [{extends}] }}"#),
        );
        let next = tokio::time::timeout(Duration::from_secs(60), told.reloads.recv()).await;
        let error = next.expect("nothing was told").unwrap().unwrap_err();
        assert!(
            error.to_string().contains("`acme.Base@1.0.0` is not in this environment"),
            "{error}"
        );
        // Its elements first: an app is there with its `app.json`.
        write(&base, "greeters/Far/e.json", &define("greeters.PoliteType"));
        write(&base, "app.json", r#"{ "appId": "acme.Base", "version": "1.0.0" }"#);
        told.until(&app, "greeters.Far", Some("Far Ann")).await;
        write(&base, "greeters/Far/Far.json", &word("Near"));
        told.until(&app, "greeters.Far", Some("Near Ann")).await;
    }
}
