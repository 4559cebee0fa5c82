//! Apps that are started from a pack.

use std::fs;

use jit_app::pack::{PATH, write as pack};
use jit_app::{App, ErrorKind};
use jit_meta::FullName;
use tempfile::TempDir;

use crate::support::{app, define, greet, load, registry, write};

const HELLO: &str = "greeters/Hello/Hello.json";
const INNER: &str = "greeters/Hello/backend/Inner/Inner.json";

/// What a pack leaves of `greeters.Hello` and `greeters.Hello.Inner`: the pack and the configurations.
fn installed() -> (TempDir, App) {
    let inner = ("greeters/Hello/backend/Inner/e.json", define("greeters.PoliteType"));
    let (from, _) = app("acme.Shop", &[(inner.0, &inner.1)]);
    pack(from.path()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("dist")).unwrap();
    fs::copy(from.path().join(PATH), dir.path().join(PATH)).unwrap();
    for file in [HELLO, INNER] {
        write(dir.path(), file, r#"{ "word": "One" }"#);
    }
    let app = load(dir.path(), registry());
    (dir, app)
}

fn names(app: &App) -> Vec<String> {
    app.elements().iter().map(|element| element.full_name.to_string()).collect()
}

fn told(app: &App) -> Vec<String> {
    app.check().iter().map(ToString::to_string).collect()
}

fn strings(names: &[FullName]) -> Vec<&str> {
    names.iter().map(FullName::as_str).collect()
}

#[tokio::test]
async fn without_sources_its_elements_stay_when_a_path_is_reloaded() {
    let (dir, app) = installed();
    for (path, changed, name) in [
        (HELLO, HELLO, "greeters.Hello"),
        ("greeters", INNER, "greeters.Hello.Inner"),
        ("greeters/Hello/backend/Inner", INNER, "greeters.Hello.Inner"),
    ] {
        for name in ["greeters.Hello", "greeters.Hello.Inner"] {
            greet(&app, name).await.unwrap();
        }
        write(dir.path(), changed, &format!(r#"{{ "word": "{path}" }}"#));
        let reload = app.reload_paths([dir.path().join(path)]).await.unwrap();
        assert_eq!(strings(&reload.updated), [name], "{path}: {reload:?}");
        assert!(reload.deleted.is_empty() && reload.failures.is_empty(), "{path}: {reload:?}");
        assert_eq!(greet(&app, name).await.unwrap(), format!("{path} Ann"));
    }
    assert_eq!(app.explain("greeters.Hello").unwrap().definitions.len(), 1);
}

#[tokio::test]
async fn while_its_pack_is_replaced_nothing_is_deleted() {
    let (dir, app) = installed();
    let path = dir.path().join(PATH);
    let bytes = fs::read(&path).unwrap();
    for half in [Some(&bytes[..bytes.len() / 2]), Some(&[]), None] {
        match half {
            Some(half) => fs::write(&path, half).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let reload = app.reload_paths([dir.path().join("greeters")]).await.unwrap();
        assert!(reload.deleted.is_empty() && reload.failures.is_empty(), "{reload:?}");
        assert_eq!(app.reload().await.unwrap_err().kind(), ErrorKind::NoApp);
        assert_eq!(names(&app), ["greeters.Hello", "greeters.Hello.Inner"]);
    }
}

#[tokio::test]
async fn what_another_pack_leaves_out_is_deleted() {
    let (dir, app_without_sources) = installed();
    let (other, _) = app("acme.Shop", &[]);
    pack(other.path()).unwrap();
    fs::copy(other.path().join(PATH), dir.path().join(PATH)).unwrap();
    let paths = [dir.path().join("greeters")];
    let reload = app_without_sources.reload_paths(paths).await.unwrap();
    assert_eq!(strings(&reload.deleted), ["greeters.Hello.Inner"]);
}

#[tokio::test]
async fn the_last_element_that_is_deleted_stays_deleted() {
    let (dir, app) = app("acme.Shop", &[]);
    pack(dir.path()).unwrap();
    app.delete_element("greeters.Hello").await.unwrap();
    assert!(app.reload().await.unwrap().is_empty());
    assert_eq!(names(&app), [""; 0]);
    let again = load(dir.path(), registry());
    assert_eq!(names(&again), [""; 0]);
    assert_eq!(
        told(&again),
        [
            "`dist/app.jit` is not used: what is in `greeters` has changed; run the app's `pack` again"
        ]
    );
}

#[test]
fn the_pack_of_another_app_is_not_used() {
    let (dir, _) = app("acme.Shop", &[]);
    pack(dir.path()).unwrap();
    write(dir.path(), "app.json", r#"{ "appId": "acme.Other" }"#);
    let other = load(dir.path(), registry());
    assert_eq!(names(&other), ["greeters.Hello"]);
    let expected =
        "`dist/app.jit` is not used: it is that of the app `acme.Shop`; run the app's `pack` again";
    assert_eq!(told(&other), [expected]);
}

#[test]
fn sources_beside_a_pack_that_is_the_app_are_told() {
    let (dir, _) = installed();
    for (name, count) in [("B", ""), ("C", " (and 1 more)")] {
        write(dir.path(), &format!("greeters/{name}/e.json"), &define("greeters.PoliteType"));
        let app = load(dir.path(), registry());
        assert_eq!(names(&app), ["greeters.Hello", "greeters.Hello.Inner"]);
        let expected = format!(
            "`greeters/B/e.json`{count} is not read: the app is `dist/app.jit`; put the sources and their `app.json` there, or remove what is left of them"
        );
        assert_eq!(told(&app), [expected]);
    }
}

#[test]
fn two_packs_may_be_written_at_once() {
    let (dir, _) = app("acme.Shop", &[]);
    let write = || pack(dir.path()).map(drop).map_err(|error| error.to_string());
    for _ in 0..20 {
        let both = std::thread::scope(|scope| {
            let other = scope.spawn(write);
            [write(), other.join().unwrap()]
        });
        assert_eq!(both, [Ok(()), Ok(())]);
        assert_eq!(told(&load(dir.path(), registry())), [""; 0]);
    }
}

#[tokio::test]
async fn files_of_a_nested_element_are_its_own_without_sources_too() {
    let (dir, app) = installed();
    write(dir.path(), "greeters/Hello/backend/own.py", "own");
    write(dir.path(), "greeters/Hello/backend/Inner/inner.py", "inner");
    let [outer, inner] = ["greeters.Hello", "greeters.Hello.Inner"];
    let (outer, inner) =
        (app.get_element(outer).await.unwrap(), app.get_element(inner).await.unwrap());
    assert_eq!(outer.get_file("backend/own.py").unwrap(), b"own");
    assert_eq!(inner.get_file("inner.py").unwrap(), b"inner");
    let error = outer.get_file("backend/Inner/inner.py").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`backend/Inner/inner.py` is no file of `greeters.Hello`: it belongs to `greeters.Hello.Inner`; ask `greeters.Hello.Inner` for it"
    );
    let files = app.resource().read_element_resource(&outer).unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["Hello.json", "backend/own.py"]);
}

#[tokio::test]
async fn without_sources_configurations_are_written_and_definitions_are_not() {
    let (dir, app) = installed();
    let files: [(&str, &[u8]); 1] = [("Hello.json", br#"{ "word": "Written" }"#)];
    let reload = app.write_element("greeters.Hello", &files).await.unwrap();
    assert_eq!(strings(&reload.updated), ["greeters.Hello"]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Written Ann");
    let other: [(&str, &[u8]); 1] = [("backend/Inner/x.py", b"")];
    let error = app.write_element("greeters.Hello", &other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPath, "{error}");
    let refused = "the app has no sources: its definitions are those of `dist/app.jit`; change them where its sources are, and run its `pack` there";
    for name in ["greeters.Hello", "greeters.New"] {
        let text = define("greeters.PoliteType");
        let error = app.write_element(name, &[("e.json", text.as_bytes())]).await.unwrap_err();
        assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Unsupported, refused));
    }
    let error = app.delete_element("greeters.Hello").await.unwrap_err();
    assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Unsupported, refused));
    assert!(dir.path().join(HELLO).is_file() && !dir.path().join("greeters/New").exists());
}
