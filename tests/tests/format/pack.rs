//! The pack of an app, `dist/app.jit`.

use std::fs;
use std::path::Path;

use jit_app::{ErrorKind, pack};
use jit_tests::TempApp;

use crate::support::{Keep, codes, elements, greet, has, hello, polite, shop, told, word};

const PACK: &str = "dist/app.jit";

/// `greeters.Hello`, which says `One`, packed.
fn packed() -> TempApp {
    let folder = hello(&word("One"));
    assert_eq!(pack::write(folder.path()).unwrap().elements, 1);
    folder
}

/// Moves the pack and the configuration into a folder without sources.
fn installed(folder: &TempApp) -> TempApp {
    let other = shop(&[("greeters/Hello/Hello.json", &word("Two"))]);
    fs::remove_file(other.path().join("app.json")).unwrap();
    fs::create_dir(other.path().join("dist")).unwrap();
    fs::copy(folder.path().join(PACK), other.path().join(PACK)).unwrap();
    other
}

/// Writes a file of the same size, and says that it was written when the other was.
fn forge(path: &Path, text: &str) {
    let before = fs::metadata(path).unwrap();
    assert_eq!(before.len(), text.len() as u64);
    fs::write(path, text).unwrap();
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
}

#[test]
fn pack_form() {
    let folder = packed();
    let text = fs::read_to_string(folder.path().join(PACK)).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    let sum = head.strip_prefix("jit-pack 1 ").unwrap();
    assert!(sum.len() == 16 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()), "{head}");
    let (length, rest) = rest.split_once('\n').unwrap();
    let (index, texts) = rest.split_at(length.parse().unwrap());
    let index: serde_json::Value = serde_json::from_str(index).unwrap();
    let keys: Vec<_> = index.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["inCrate", "app", "folders", "noDefine"]);
    let hello = &index["folders"].as_array().unwrap()[2];
    assert_eq!(hello["path"], "greeters/Hello");
    assert!(hello["changed"].as_i64().unwrap() > 0);
    assert_eq!(hello["define"]["size"], polite().len());
    assert!(hello["define"]["changed"].as_i64().unwrap() > 0);
    let app = fs::read_to_string(folder.path().join("app.json")).unwrap();
    assert_eq!(
        (index["app"].as_u64().unwrap(), texts),
        (app.len() as u64, &*format!("{app}{}", polite()))
    );
}

#[test]
fn pack_used() {
    let folder = packed();
    let app = folder.load().unwrap();
    assert!(codes(&app).is_empty(), "{:?}", told(&app));
    assert_eq!(elements(&app), ["greeters.Hello"]);
    let path = folder.path().join("greeters/Hello/e.json");
    forge(&path, &polite().replace("A greeter", "Forgeries"));
    let app = folder.load().unwrap();
    assert_eq!(app.get_element_define("greeters.Hello").unwrap().title(), "A greeter");
    fs::remove_file(folder.path().join(PACK)).unwrap();
    let app = folder.load().unwrap();
    assert_eq!(app.get_element_define("greeters.Hello").unwrap().title(), "Forgeries");
}

#[test]
fn pack_stale() {
    let other = polite().replace("A greeter", "Another greeter");
    for (path, text, name, title) in [
        ("greeters/Hello/e.json", &other, "greeters.Hello", "Another greeter"),
        ("greeters/New/e.json", &polite(), "greeters.New", "A greeter"),
    ] {
        let folder = packed().file(path, text).unwrap();
        let app = folder.load().unwrap();
        assert_eq!(codes(&app), ["JIT0005"], "{path}");
        has(&told(&app)[0], &["`dist/app.jit` is not used", "has changed"]);
        assert_eq!(app.get_element_define(name).unwrap().title(), title);
    }
}

#[test]
fn pack_damaged() {
    let folder = packed();
    let path = folder.path().join(PACK);
    let text = fs::read_to_string(&path).unwrap();
    for damaged in [
        text.replace("A greeter", "B greeter"),
        text.replace("jit-pack 1", "jit-pack 9"),
        text.chars().skip(1).collect(),
        String::new(),
    ] {
        fs::write(&path, damaged).unwrap();
        let app = folder.load().unwrap();
        assert_eq!(codes(&app), ["JIT0005"]);
        assert_eq!(app.get_element_define("greeters.Hello").unwrap().title(), "A greeter");
    }
}

#[tokio::test]
async fn pack_alone() {
    let app = installed(&packed()).kept();
    assert_eq!((app.id(), elements(&app)), ("acme.Shop", vec!["greeters.Hello".to_owned()]));
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Two Ann");
    let other = installed(&packed());
    fs::write(other.path().join(PACK), "jit-pack 1 nothing\n").unwrap();
    let error = other.load().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoApp);
    has(&error.to_string(), &["no `app.json`", "damaged"]);
}

#[tokio::test]
async fn pack_configs() {
    let folder = packed().file("greeters/Hello/Hello.json", &word("New")).unwrap();
    let app = folder.load().unwrap();
    assert!(codes(&app).is_empty(), "{:?}", told(&app));
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "New Ann");
}

#[test]
fn pack_other() {
    let theirs = r#"{ "appId": "acme.Other", "elements": ["a.B"] }"#;
    let app = hello("{}").file(PACK, theirs).unwrap().kept();
    assert!(codes(&app).is_empty(), "{:?}", told(&app));
    assert_eq!((app.id(), elements(&app)), ("acme.Shop", vec!["greeters.Hello".to_owned()]));
}

#[test]
fn pack_refused() {
    let folder = hello("{}").file("greeters/my-oss/e.json", &polite()).unwrap();
    let error = pack::write(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    has(&error.to_string(), &["greeters/my-oss"]);
    assert!(!folder.path().join(PACK).exists());
}
