//! The pack of an app, `dist/app.jit`.

use std::fs;

use jit_app::{ErrorKind, pack};
use jit_testing::TestApp;

use crate::support::{codes, elements, greet, has, hello, polite, shop, told, word};

const PACK: &str = "dist/app.jit";

/// `greeters.Hello`, which says `One`, packed.
fn packed() -> TestApp {
    let folder = hello(&word("One"));
    assert_eq!(pack::write(folder.path()).unwrap().elements, 1);
    folder
}

/// Moves the pack and the configuration into a folder without sources.
fn installed(folder: &TestApp) -> TestApp {
    let other = shop(&[("greeters/Hello/Hello.json", &word("Two"))]);
    fs::remove_file(other.path().join("app.json")).unwrap();
    fs::create_dir(other.path().join("dist")).unwrap();
    fs::copy(folder.path().join(PACK), other.path().join(PACK)).unwrap();
    other
}

/// Puts something else into the pack, in a way that only whoever reads it can see.
fn forge(folder: &TestApp, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let path = folder.path().join(PACK);
    let text = fs::read_to_string(&path).unwrap();
    let body = text.split_once('\n').unwrap().1.replace(from, to);
    fs::write(path, format!("jit-pack 1 {:016x}\n{body}", crc64(body.as_bytes()))).unwrap();
}

/// CRC-64/NVME.
fn crc64(bytes: &[u8]) -> u64 {
    let bit = |sum: u64, _| (sum >> 1) ^ (if sum & 1 == 1 { 0x9a6c_9329_ac4b_c9b5 } else { 0 });
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u64::from(*byte), bit))
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
    for status in [&hello["status"], &hello["define"]["status"]] {
        assert_eq!(status.as_i64().is_some_and(|time| time > 0), cfg!(unix));
    }
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
    forge(&folder, "A greeter", "Forgeries");
    let title =
        |app: &jit_app::App| app.get_element_define("greeters.Hello").unwrap().title().to_owned();
    assert_eq!(title(&folder.load().unwrap()), "Forgeries");
    // A copy is read, and compared.
    let path = folder.path().join("greeters/Hello/e.json");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    for (text, codes_told) in [(polite().replace("A greeter", "Forgeries"), 0), (polite(), 1)] {
        fs::write(&path, text).unwrap();
        fs::File::options().append(true).open(&path).unwrap().set_modified(before).unwrap();
        let app = folder.load().unwrap();
        assert_eq!(codes(&app).len(), if cfg!(unix) { codes_told } else { 0 });
    }
    fs::remove_file(folder.path().join(PACK)).unwrap();
    assert_eq!(title(&folder.load().unwrap()), "A greeter");
}

#[test]
fn pack_stale() {
    let other = polite().replace("A greeter", "Another greeter");
    for (path, text, name, title) in [
        ("greeters/Hello/e.json", &other, "greeters.Hello", "Another greeter"),
        ("greeters/New/e.json", &polite(), "greeters.New", "A greeter"),
    ] {
        let folder = packed().file(path, text);
        let app = folder.load().unwrap();
        assert_eq!(codes(&app), ["JIT0005"], "{path}");
        has(&told(&app)[0], &["`dist/app.jit` is not used", "has changed"]);
        assert_eq!(app.get_element_define(name).unwrap().title(), title);
    }
    let folder = packed().file("app.json", r#"{ "appId": "acme.Other" }"#);
    let app = folder.load().unwrap();
    has(&told(&app)[0], &["`dist/app.jit` is not used", "of the app `acme.Shop`"]);
    let folder = packed();
    fs::remove_file(folder.path().join("greeters/Hello/e.json")).unwrap();
    let app = folder.load().unwrap();
    assert!(elements(&app).is_empty(), "what has been deleted came back");
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
    for (from, to) in [("greeters/Hello", "greeters/.ello"), ("greeters/Hello", "greeters/../up")] {
        let folder = packed();
        forge(&folder, from, to);
        has(&told(&folder.load().unwrap())[0], &["it is damaged"]);
    }
    let folder = packed().file("greeters/Jello/e.json", polite());
    pack::write(folder.path()).unwrap();
    forge(&folder, "greeters/Jello", "greeters/Hello");
    has(&told(&folder.load().unwrap())[0], &["it is damaged"]);
}

#[tokio::test]
async fn pack_alone() {
    let app = installed(&packed()).load().unwrap();
    assert_eq!((app.id(), elements(&app)), ("acme.Shop", vec!["greeters.Hello".to_owned()]));
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Two Ann");
    let app = installed(&packed()).file("greeters/New/e.json", polite()).load().unwrap();
    assert_eq!(elements(&app), ["greeters.Hello"]);
    has(&told(&app)[0], &["`greeters/New/e.json` is not read"]);
    let other = installed(&packed());
    fs::write(other.path().join(PACK), "jit-pack 1 nothing\n").unwrap();
    let error = other.load().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoApp);
    has(&error.to_string(), &["no `app.json`", "damaged"]);
}

#[tokio::test]
async fn pack_configs() {
    let folder = packed().file("greeters/Hello/Hello.json", word("New"));
    let app = folder.load().unwrap();
    assert!(codes(&app).is_empty(), "{:?}", told(&app));
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "New Ann");
}

#[test]
fn pack_other() {
    let theirs = r#"{ "appId": "acme.Other", "elements": ["a.B"] }"#;
    let app = hello("{}").file(PACK, theirs).load().unwrap();
    assert!(codes(&app).is_empty(), "{:?}", told(&app));
    assert_eq!((app.id(), elements(&app)), ("acme.Shop", vec!["greeters.Hello".to_owned()]));
}

#[test]
fn pack_refused() {
    let folder = hello("{}").file("greeters/my-oss/e.json", polite());
    let error = pack::write(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    has(&error.to_string(), &["greeters/my-oss"]);
    assert!(!folder.path().join(PACK).exists());
}
