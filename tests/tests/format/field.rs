//! What an `e.json` says.

use jit_testing::LoadedApp;

use crate::support::{codes, element, greet, has, shop, told};

/// An app with `greeters.Hello`, whose `e.json` is this.
fn app(text: &str) -> LoadedApp {
    shop(&[("greeters/Hello/e.json", text)]).load().unwrap()
}

const TYPE: &str = r#""type": "greeters.PoliteType""#;

#[test]
fn field_strict_json() {
    for text in [
        "",
        "{",
        "[]",
        r#"{ "title": "x", "type": "greeters.PoliteType", }"#,
        "{ \"title\": \"x\", \"type\": \"greeters.PoliteType\" // why\n }",
        r#"{ "title": "x", "type": "greeters.PoliteType", "title": "y" }"#,
    ] {
        assert_eq!(codes(&app(text)), ["JIT0101"], "{text}");
    }
}

#[tokio::test]
async fn field_title() {
    let app = app(&format!("{{ {TYPE} }}"));
    assert_eq!(app.get_element_define("greeters.Hello").unwrap().title(), "Hello");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    assert_eq!(app.check()[0].severity, jit_meta::Severity::Warning);
    has(&told(&app)[0], &["`title` is missing"]);
}

#[test]
fn field_type() {
    assert_eq!(codes(&app(r#"{ "title": "x" }"#)), ["JIT0103"]);
    let slip = app(r#"{ "title": "x", "tpye": "greeters.PoliteType" }"#);
    has(&told(&slip)[0], &["JIT0103", "did you mean `type`"]);
}

#[test]
fn field_unknown() {
    let app = app(&element(&format!(r#""zeta": {{"b": 1, "a": [2]}}, {TYPE}, "alpha": null"#)));
    assert!(codes(&app).is_empty());
    let define = app.get_element_define("greeters.Hello").unwrap();
    let names: Vec<_> = define.fields().map(|(name, _)| name).collect();
    assert_eq!(names, ["title", "zeta", "type", "alpha"]);
    assert_eq!(define.field("zeta").unwrap().get(), r#"{"b": 1, "a": [2]}"#);
}

#[test]
fn field_flags() {
    let app = app(&element(&format!(
        r#"{TYPE}, "a": 1, "b": true, "c": 0, "d": false, "e": "yes",
           "functionList": [{{ "name": "f", "ignoreSign": 1, "async": true }}]"#
    )));
    let define = app.get_element_define("greeters.Hello").unwrap();
    let flags = ["a", "b", "c", "d", "e", "f"].map(|name| define.flag(name));
    assert_eq!(flags, [Some(true), Some(true), Some(false), Some(false), None, None]);
    let function = &define.function_list()[0];
    assert!(function.ignore_sign && function.is_async);
}

#[test]
fn field_function() {
    let app = app(&element(&format!(
        r#"{TYPE}, "functionList": [{{
             "name": "greet", "title": "Greet", "returnType": "Stext", "desc": "Greets.",
             "args": [{{ "name": "whom", "title": "Whom", "dataType": "Stext", "value": "Ann" }}] }}]"#
    )));
    let define = app.get_element_define("greeters.Hello").unwrap();
    let [function] = define.function_list() else { panic!("{define:?}") };
    assert_eq!((&*function.name, &*function.title), ("greet", "Greet"));
    assert_eq!((function.return_type.as_deref(), &*function.desc), (Some("Stext"), "Greets."));
    let arg = &function.args[0];
    assert_eq!((&*arg.name, &*arg.title, &*arg.data_type), ("whom", "Whom", "Stext"));
    assert_eq!(arg.value, Some("Ann".into()));
    assert_eq!(
        codes(&self::app(&element(&format!(r#"{TYPE}, "functionList": [{{}}]"#)))),
        ["JIT0105"]
    );
}

#[test]
fn field_login() {
    let functions = r#"[{ "name": "a" }, { "name": "b", "loginRequired": 0 }, { "name": "c", "loginRequired": false }]"#;
    let app = app(&element(&format!(r#"{TYPE}, "functionList": {functions}"#)));
    let define = app.get_element_define("greeters.Hello").unwrap();
    let login: Vec<_> = define.function_list().iter().map(|one| one.login_required).collect();
    assert_eq!(login, [true, false, false]);
}

#[test]
fn field_spellings() {
    let functions = r#"[{ "name": "f", "description": "Does.", "args": [{ "name": "a", "datatype": "Stext" }] }]"#;
    let app = app(&element(&format!(r#"{TYPE}, "functionList": {functions}"#)));
    let define = app.get_element_define("greeters.Hello").unwrap();
    let function = &define.function_list()[0];
    assert_eq!((&*function.desc, &*function.args[0].data_type), ("Does.", "Stext"));
}

#[test]
fn field_wrong_kind() {
    let app = app(
        r#"{ "title": 1, "type": ["x"], "variables": "none", "functionList": [1], "accessModifier": 2 }"#,
    );
    let codes = codes(&app);
    assert_eq!(codes, ["JIT0105"; 5]);
    let places: Vec<_> =
        app.check().iter().map(|one| one.place.clone().unwrap().span.start).collect();
    assert!(places.is_sorted() && places[0] > 0, "{places:?}");
}

#[test]
fn field_items() {
    let app = app(&element(&format!(
        r#"{TYPE}, "variables": [1, {{ "name": "A" }}, {{}}],
           "functionList": [{{ "name": "f" }}, {{ "name": 2 }}, {{ "name": "g", "args": [3] }}]"#
    )));
    assert_eq!(codes(&app), ["JIT0105"; 4]);
    let marked: Vec<_> = app
        .check()
        .iter()
        .map(|one| {
            let place = one.place.clone().unwrap();
            (place.position(), place.label)
        })
        .collect();
    let an_object = "expected an object with a `name`, found a number";
    let expected = [
        ("1:70", an_object),
        ("1:90", "missing key `name`"),
        ("2:56", "expected a string, found a number"),
        ("2:85", an_object),
    ];
    let expected =
        expected.map(|(at, label)| (format!("greeters/Hello/e.json:{at}"), label.to_owned()));
    assert_eq!(marked, expected);
}

#[tokio::test]
async fn field_slips() {
    for (field, meant) in [
        (r#""accesModifier": "private""#, Some("`accessModifier`")),
        (r#""varibles": []"#, Some("`variables`")),
        (r#""cachelevel": 1"#, Some("`cacheLevel`")),
        (r#""functionlist": []"#, Some("`functionList`")),
        (r#""cacheLevels": 1, "cacheLevel": 1"#, None),
        (r#""loader": "x", "targetType": "x", "inputArgs": [], "outputArgs": []"#, None),
        (r#""load": 1, "event": 1, "tab": 1, "port": 1, "paths": [], "loadType": 1"#, None),
    ] {
        let app = app(&element(&format!("{TYPE}, {field}")));
        match meant {
            Some(meant) => has(&told(&app).join(" "), &["JIT0105", "did you mean", meant]),
            None => assert!(told(&app).is_empty(), "{:?}", told(&app)),
        }
        assert!(app.check().iter().all(|one| one.severity == jit_meta::Severity::Warning));
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    }
    let app = app(&format!(r#"{{ "titel": "x", {TYPE} }}"#));
    assert_eq!(codes(&app), ["JIT0105"]);
    has(&told(&app)[0], &["`title` is missing", "did you mean `title` where it says `titel`?"]);
}

#[tokio::test]
async fn field_timing() {
    for (fields, told_) in [
        (r#""cacheLevel": 2"#, Some("`cacheLevel` must be `0` or `1`")),
        (r#""cacheLevel": "1""#, Some("`cacheLevel` must be `0` or `1`")),
        (r#""backendLoadTime": "afterAppInt""#, Some("did you mean `afterAppInit`?")),
        (r#""backendLoadTime": true"#, Some("must be `afterAppInit` or `beforeHandleRequest`")),
        (r#""loadTime": "never""#, Some("`loadTime` must be `startUp` or `afterStartUp`")),
        (r#""cacheLevel": 1, "backendLoadTime": "", "loadTime": "startUp""#, None),
    ] {
        let app = app(&format!(r#"{{ "title": "x", {TYPE}, {fields} }}"#));
        match told_ {
            Some(part) => has(&told(&app)[0], &["JIT0105", part]),
            None => assert!(told(&app).is_empty(), "{:?}", told(&app)),
        }
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann", "{fields}");
    }
}

#[test]
fn field_masked() {
    let app = app(&element(r#""type": 5, "apiKey": "hush-hush""#));
    let [finding] = &app.check()[..] else { panic!("{:?}", app.check()) };
    let text = jit_app::render::findings(std::slice::from_ref(finding), false);
    assert!(!text.contains("hush-hush"), "{text}");
    assert!(!finding.place.as_ref().unwrap().file.text().contains("hush-hush"));
    has(finding.place.as_ref().unwrap().file.text(), &["A greeter"]);
    let app = self::app(&element(&format!(
        r#"{TYPE}, "apiKey": "hush", "icon": {{ "a": "hush" }}, "variables": [{{ "name": "K", "value": "hush" }}]"#
    )));
    let define = app.get_element_define("greeters.Hello").unwrap();
    let shown: Vec<_> = define.shown_fields().map(|(_, value)| value.to_string()).collect();
    let expected = [
        r#""A greeter""#,
        r#""greeters.PoliteType""#,
        r#""***""#,
        r#"{"a":"***"}"#,
        r#"[{"name":"K","value":"***"}]"#,
    ];
    assert_eq!(shown, expected);
}
