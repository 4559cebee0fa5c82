//! What an app is asked for.

use std::sync::Arc;

use jit_app::{Args, ErrorKind};

use crate::diaries::{Diaries, diaries};
use crate::support::{
    Greeters, codes, element, elements, family, has, hello, of, order, polite, shop, word,
};

#[tokio::test]
async fn api_get_element() {
    let app = hello("{}").load().unwrap();
    let one = app.get_element("greeters.Hello").await.unwrap();
    let one = one.interface::<Greeters>().await.unwrap();
    assert!(Arc::ptr_eq(&one, &app.get::<Greeters>("greeters.Hello").await.unwrap()));
    for name in ["greeters.hello", "Hello", "greeters/Hello", "greeters.Hello ", ""] {
        let error = app.get_element(name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{name:?}");
    }
}

#[tokio::test]
async fn api_missing() {
    let app = hello("{}").load().unwrap();
    for error in [
        app.get_element("greeters.Helo").await.unwrap_err(),
        app.get_element_define("greeters.Helo").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        has(&error.to_string(), &["`greeters.Helo`", "did you mean `greeters.Hello`?"]);
    }
}

#[tokio::test]
async fn api_not_instances() {
    let app = shop(&[
        ("greeters/Meta/e.json", &of("")),
        ("greeters/Kind/e.json", &of("greeters.Meta")),
        ("greeters/Coded/e.json", &polite()),
        ("greeters/Hello/e.json", &of("greeters.Coded")),
    ]);
    let app = app.load().unwrap();
    for name in ["greeters.Meta", "greeters.Kind", "greeters.Coded"] {
        app.get_element(name).await.unwrap_err();
        app.get_element_define(name).unwrap();
    }
    let error = app.get_element("greeters.Coded").await.unwrap_err();
    has(&error.to_string(), &["is a Type, not an instance", "`greeters.Hello`"]);
    let error = app.get_element("greeters.PoliteType").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    has(&error.to_string(), &["`greeters.PoliteType` is a Type, not", "`greeters.Coded`"]);
    let bare = shop(&[]).load().unwrap();
    let error = bare.get_element("greeters.PoliteType").await.unwrap_err();
    let how = r#"a folder `greeters/<Name>` whose `e.json` has "type": "greeters.PoliteType""#;
    has(&error.to_string(), &["is a Type, not an instance", how]);
    let error = bare.get_element("greeters.Meta").await.unwrap_err();
    has(&error.to_string(), &["is a family, not an instance", "`greeters.PoliteType`"]);
}

#[tokio::test]
async fn api_typed() {
    let app = hello(&word("Hi")).load().unwrap();
    assert_eq!(app.get::<Greeters>("greeters.Hello").await.unwrap().greet("Bob"), "Hi Bob");
    let error = app.get::<Diaries>("greeters.Hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongFamily);
    has(&error.to_string(), &["`greeters.Meta`", "`diaries.Meta`"]);
    let (folder, book) = diaries(&[("A", "", "{}")]);
    let app = folder.load().unwrap();
    assert_eq!(app.get::<Greeters>("diaries.A").await.unwrap_err().kind(), ErrorKind::WrongFamily);
    let request = app.request().await.unwrap();
    let error = request.get::<Greeters>("diaries.A").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongFamily);
    assert_eq!(book.read(), ["load A", "onLoad A"]);
    request.get::<Diaries>("diaries.A").await.unwrap();
    assert_eq!(book.read(), ["onCalled A"]);
}

#[tokio::test]
async fn api_call() {
    let app = hello(&word("Hi")).load().unwrap();
    let value = app.call("greeters.Hello", "greet", Args::new().push("Bob")).await.unwrap();
    assert_eq!(value.as_str(), Some("Hi Bob"));
}

#[test]
fn api_define() {
    let app = hello("{ broken").load().unwrap();
    let define = app.get_element_define("greeters.Hello").unwrap();
    assert_eq!((define.title(), define.full_name().as_str()), ("A greeter", "greeters.Hello"));
    let found = app.find_elements_define("greeters.Hello").unwrap();
    assert!(Arc::ptr_eq(&define, &found[0]));
    assert!(!app.find_elements("greeters.Hello").unwrap()[0].is_loaded());
}

#[test]
fn api_all_defines() {
    let own = element(r#""type": "greeters.PoliteType", "sort": 1"#);
    let private = element(r#""type": "greeters.PoliteType", "accessModifier": "private""#);
    let app = family(&[
        ("Base/greeters/A/e.json", &polite()),
        ("Shop/greeters/A/e.json", &own),
        ("Base/greeters/B/e.json", &polite()),
        ("Base/greeters/C/e.json", &private),
        ("Shop/greeters/D/e.json", "{"),
        ("Shop/models/E/e.json", &of("models.NormalType")),
    ]);
    let defines = app.load().unwrap().get_all_elements_define();
    let names: Vec<_> = defines.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["greeters.A", "greeters.B", "models.E"]);
    assert!(defines[0].1.field("sort").is_some(), "the other one's definition");
}

#[test]
fn api_variables() {
    let declaring = |name: &str| {
        element(&format!(r#""type": "greeters.PoliteType", "variables": [{{ "name": "{name}" }}]"#))
    };
    let app = family(&[
        ("Base/greeters/A/e.json", &declaring("B")),
        ("Shop/greeters/B/e.json", &declaring("A")),
        ("Shop/greeters/C/e.json", &declaring("B")),
    ]);
    let app = app.variable("A", "x").load().unwrap();
    let found: Vec<_> = app
        .get_env_vars_define()
        .into_iter()
        .map(|one| (one.variable.name, one.element.to_string(), one.is_set))
        .collect();
    let expected = [("A", "greeters.B", true), ("B", "greeters.C", false)];
    assert_eq!(found, expected.map(|(name, by, set)| (name.to_owned(), by.to_owned(), set)));
}

#[test]
fn api_parents() {
    let folder =
        crate::support::apps(&[("Shop", &["A", "B"]), ("A", &["C"]), ("B", &["C"]), ("C", &[])]);
    let parents = folder.load().unwrap().get_parents_metadata();
    let keys: Vec<_> = parents.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["acme.A@1.0.0", "acme.B@1.0.0", "acme.C@1.0.0"]);
    assert_eq!(parents[0].1.app_id, "acme.A");
}

#[test]
fn api_hierarchy() {
    assert_eq!(order(&family(&[]).load().unwrap()), ["Shop", "Base"]);
}

#[test]
fn api_properties() {
    let folder = family(&[
        ("Shop/greeters/A/e.json", &polite()),
        ("Base/models/B/e.json", &of("models.NormalType")),
    ]);
    let app = folder.load().unwrap();
    assert_eq!((app.id(), &*app.app_key()), ("acme.Shop", "acme.Shop@1.0.0"));
    assert_eq!((app.version().to_string(), app.title()), ("1.0.0".to_owned(), "Shop".to_owned()));
    assert_eq!(app.namespaces().into_iter().collect::<Vec<_>>(), ["greeters", "models"]);
    let environment = folder.root().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(app.env_id(), Some(environment));
    assert_eq!(hello("{}").load().unwrap().env_id(), None);
}

#[test]
fn api_check() {
    let app = shop(&[
        ("a/Bad/e.json", "{"),
        ("a/my-oss/e.json", "{}"),
        ("greeters/Hello/e.json", &polite()),
        ("greeters/Hello/Hello.json", r#"{ "wrod": 1 }"#),
        ("greeters/Slip/e.json", &of("greeters.PoliteTyp")),
        ("models/User/e.json", &of("models.NormalType")),
    ]);
    let app = app.load().unwrap();
    let mut found = codes(&app);
    found.sort_unstable();
    assert_eq!(found, ["JIT0100", "JIT0101", "JIT0102", "JIT0104", "JIT0204"]);
    assert_eq!(elements(&app).len(), 4);
    assert!(!app.find_elements("greeters.Hello").unwrap()[0].is_loaded());
}
