//! An app's folder and its `app.json`.

use jit_app::{App, ErrorKind};
use jit_testing::TestApp;

use crate::support::{apps, codes, family, has, order, refused, shop, told};

/// An app whose `app.json` is this.
fn manifest(text: &str) -> TestApp {
    shop(&[("app.json", text)])
}

/// The same in the version folder `1_0_0`.
fn published(text: &str) -> TestApp {
    family(&[]).file("app.json", text)
}

#[test]
fn app_folder() {
    let dir = tempfile_dir();
    let error = App::load(dir.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoApp);
    has(&error.to_string(), &["app.json", &dir.path().display().to_string()]);
    std::fs::write(dir.path().join("app.json"), r#"{ "appId": "acme.Shop" }"#).unwrap();
    assert_eq!(App::load(dir.path()).unwrap().id(), "acme.Shop");
}

fn tempfile_dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn app_version_folder() {
    let folder = apps(&[("Shop", &["Base@1.20.3"]), ("Base@1.20.3", &[])]);
    assert!(folder.root().join("acme/Base/1_20_3/app.json").is_file());
    assert_eq!(folder.load().unwrap().get_parents_metadata()[0].0, "acme.Base@1.20.3");
}

#[test]
fn app_beside() {
    let root = tempfile_dir();
    for (name, extends) in
        [("shop", r#"[{ "appId": "acme.Base", "version": "0.0.0" }]"#), ("base", "[]")]
    {
        let id = if name == "shop" { "Shop" } else { "Base" };
        let dir = root.path().join(name);
        std::fs::create_dir(&dir).unwrap();
        let text = format!(r#"{{ "appId": "acme.{id}", "extends": {extends} }}"#);
        std::fs::write(dir.join("app.json"), text).unwrap();
    }
    assert_eq!(order(&App::load(root.path().join("shop")).unwrap()), ["Shop", "Base"]);
}

#[test]
fn app_there_twice() {
    let folder =
        family(&[]).around("other/app.json", r#"{ "appId": "acme.Base", "version": "1.0.0" }"#);
    has(&refused(&folder), &["acme.Base@1.0.0", "twice", "other"]);
}

#[test]
fn app_id() {
    assert_eq!(manifest(r#"{ "appId": "acme.Shop.x" }"#).load().unwrap().id(), "acme.Shop.x");
    for id in ["", "acme", ".Shop", "acme."] {
        let text = refused(&manifest(&format!(r#"{{ "appId": "{id}" }}"#)));
        has(&text, &["app.json", "not an app id"]);
    }
    has(&refused(&manifest("{}")), &["app.json", "appId"]);
}

#[test]
fn app_org() {
    let app = manifest(r#"{ "appId": "acme.Shop" }"#).load().unwrap();
    assert_eq!(app.manifest().unwrap().org_id, "acme");
    manifest(r#"{ "appId": "acme.Shop", "orgId": "acme" }"#).load().unwrap();
    has(&refused(&manifest(r#"{ "appId": "acme.Shop", "orgId": "other" }"#)), &["orgId", "other"]);
}

#[test]
fn app_titles() {
    for (fields, name, title) in [
        ("", "Shop", "Shop"),
        (r#", "name": "Inner""#, "Inner", "Inner"),
        (r#", "title": "Our shop""#, "Shop", "Our shop"),
    ] {
        let app = manifest(&format!(r#"{{ "appId": "acme.Shop"{fields} }}"#)).load().unwrap();
        let manifest = app.manifest().unwrap();
        assert_eq!((&*manifest.name, &*manifest.title), (name, title));
    }
}

#[test]
fn app_version() {
    let version = |folder: TestApp| folder.load().unwrap().version().to_string();
    assert_eq!(version(manifest(r#"{ "appId": "acme.Shop" }"#)), "0.0.0");
    assert_eq!(version(manifest(r#"{ "appId": "acme.Shop", "version": "2.0.1" }"#)), "2.0.1");
    assert_eq!(version(published(r#"{ "appId": "acme.Shop" }"#)), "1.0.0");
    for text in ["1", "1.0", "1.0.0.0", "a.b.c", "1.0.0-rc"] {
        let folder = manifest(&format!(r#"{{ "appId": "acme.Shop", "version": "{text}" }}"#));
        has(&refused(&folder), &["app.json"]);
    }
}

#[test]
fn app_version_differs() {
    let folder = published(r#"{ "appId": "acme.Shop", "version": "1.0.1" }"#);
    has(&refused(&folder), &["`1.0.1`", "`1.0.0`"]);
}

#[test]
fn app_key() {
    let app = manifest(r#"{ "appId": "acme.Shop", "version": "2.0.1" }"#).load().unwrap();
    assert_eq!(app.app_key(), "acme.Shop@2.0.1");
}

#[test]
fn app_template() {
    let text = refused(&manifest(r#"{ "appId": "{orgId}.{appName}" }"#));
    has(&text, &["template", "placeholders"]);
}

#[test]
fn app_strict_json() {
    for text in [
        "{ \"appId\": \"acme.Shop\" } // the shop",
        r#"{ "appId": "acme.Shop", }"#,
        r#"{ "appId": "acme.Shop", "appId": "acme.Shop" }"#,
        r#"["acme.Shop"]"#,
        "",
    ] {
        let error = manifest(text).load().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoApp, "{text}");
        has(&error.to_string(), &["app.json"]);
    }
}

#[test]
fn app_all_at_once() {
    let text = r#"{ "appId": "Shop", "version": 1, "extends": [{}], "settings": [] }"#;
    let error = manifest(text).load().unwrap_err();
    let findings = error.diagnostics();
    assert_eq!(findings.len(), 5, "{error}");
    let places: Vec<_> =
        findings.iter().map(|one| one.place.as_ref().unwrap().span.start).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn app_slips() {
    let app =
        manifest(r#"{ "appId": "acme.Shop", "titel": "Our shop", "mine": 1 }"#).load().unwrap();
    assert_eq!(codes(&app), ["JIT0002"]);
    has(&told(&app)[0], &["`titel`", "did you mean `title`"]);
    assert_eq!(app.check()[0].severity, jit_meta::Severity::Warning);
}

#[test]
fn app_masked() {
    let error = manifest(r#"{ "appId": 5, "apiKey": "hush-hush" }"#).load().unwrap_err();
    let text = jit_app::render::error(&error, false);
    assert!(!text.contains("hush"), "{text}");
    has(&text, &["appId"]);
}

#[test]
fn app_unknown_keys() {
    let text = r##"{ "theme": "#fff", "appId": "acme.Shop", "files": { "common": {} }, "encrypted": 0,
        "settings": { "elementSettings": 1, "defaultElement": { "defaultWhatever": "a.B" } } }"##;
    let app = manifest(text).load().unwrap();
    let manifest = app.manifest().unwrap();
    assert_eq!(manifest.other.keys().collect::<Vec<_>>(), ["theme", "files", "encrypted"]);
    assert_eq!(manifest.settings.other.keys().collect::<Vec<_>>(), ["elementSettings"]);
    assert_eq!(app.default_element("defaultWhatever").as_deref(), Some("a.B"));
}

#[test]
fn app_default_element() {
    let base = r#"{ "appId": "acme.Base", "settings": { "defaultElement": { "a": "x.Base", "b": "x.Base" } } }"#;
    let shop = r#"{ "appId": "acme.Shop", "extends": [{ "appId": "acme.Base", "version": "1.0.0" }],
        "settings": { "defaultElement": { "a": "x.Shop" } } }"#;
    let app = family(&[("Base/app.json", base), ("Shop/app.json", shop)]).load().unwrap();
    let found = ["a", "b", "c"].map(|key| app.default_element(key));
    assert_eq!(found, [Some("x.Shop".to_owned()), Some("x.Base".to_owned()), None]);
}

#[test]
fn app_default_missing() {
    let text = r#"{ "appId": "acme.Shop", "settings": { "defaultElement": { "defaultStorage": "a.B" } } }"#;
    let app = manifest(text).load().unwrap();
    assert_eq!(codes(&app), ["JIT0107"]);
    has(&told(&app)[0], &["app.json:1:77", "defaultStorage", "a.B", "remove the key"]);
    assert_eq!(app.check()[0].severity, jit_meta::Severity::Warning);
}
