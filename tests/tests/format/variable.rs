//! Variables.

use jit_app::{App, Variables};

use crate::support::{
    codes, element, family, greet, has, hello, names, polite, registry, shop, told, word,
};

/// An `e.json` that declares these variables.
fn declaring(variables: &str) -> String {
    element(&format!(r#""type": "greeters.PoliteType", "variables": {variables}"#))
}

/// Each declared variable as `name=value from element`.
fn declared(app: &App) -> Vec<String> {
    let declared = app.get_env_vars_define().into_iter();
    declared
        .map(|one| {
            let value = one.variable.value.unwrap_or_default();
            format!("{}={value} from {}", one.variable.name, one.element)
        })
        .collect()
}

#[test]
fn variable_declared() {
    let variables = r#"[{ "name": "A", "title": "An A", "value": "1", "required": true }, { "name": "B", "required": 0 }]"#;
    let app = shop(&[
        ("greeters/Hello/e.json", &declaring(variables)),
        ("greeters/Empty/e.json", &declaring("{}")),
        ("greeters/None/e.json", &declaring("[]")),
    ])
    .load()
    .unwrap();
    assert!(codes(&app).is_empty(), "{:?}", told(&app));
    let define = app.get_element_define("greeters.Hello").unwrap();
    let [a, b] = define.variables() else { panic!("{:?}", define.variables()) };
    assert_eq!((&*a.title, a.value.as_deref(), a.required), ("An A", Some("1"), true));
    assert_eq!((&*b.title, b.value.as_deref(), b.required), ("", None, false));
    let wrong = shop(&[("greeters/Hello/e.json", &declaring(r#"[{ "title": "no name" }]"#))]);
    assert_eq!(codes(&wrong.load().unwrap()), ["JIT0105"]);
}

#[test]
fn variable_remark() {
    for key in ["remark", "desc", "description"] {
        let variables = format!(r#"[{{ "name": "A", "{key}": "Ask Ann." }}]"#);
        let app = shop(&[("greeters/Hello/e.json", &declaring(&variables))]).load().unwrap();
        assert_eq!(app.get_env_vars_define()[0].variable.remark, "Ask Ann.", "{key}");
    }
}

#[tokio::test]
async fn variable_value() {
    // Cargo sets `CARGO_MANIFEST_DIR` for the process of a test.
    let process = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    for (name, variables, expected) in [
        ("WORD", Variables::empty().with("WORD", "Ahoy"), "Ahoy"),
        ("CARGO_MANIFEST_DIR", Variables::empty(), "Hello"),
        ("CARGO_MANIFEST_DIR", Variables::process(), &*process),
        ("MANIFEST_DIR", Variables::process().with_prefix("CARGO_"), &*process),
        ("CARGO_MANIFEST_DIR", Variables::process().with("CARGO_MANIFEST_DIR", "Own"), "Own"),
    ] {
        let folder = hello(&word(&format!("${{{name}}}")));
        let app = App::builder(folder.path()).registry(registry()).variables(variables);
        let text = greet(&app.load().unwrap(), "greeters.Hello").await.unwrap();
        assert_eq!(text, format!("{expected} Ann"), "{name}");
    }
    let folder = hello(&word("${CARGO_MANIFEST_DIR}"));
    let app = App::builder(folder.path()).registry(registry()).load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), format!("{process} Ann"), "by itself");
}

#[tokio::test]
async fn variable_default() {
    let folder = || {
        shop(&[
            ("greeters/Hello/e.json", &declaring(r#"[{ "name": "W", "value": "Servus" }]"#)),
            ("greeters/Hello/Hello.json", &word("{{W}}")),
        ])
    };
    let app = folder().load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Servus Ann");
    let app = folder().variable("W", "Hi").load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hi Ann");
}

#[tokio::test]
async fn variable_empty() {
    let app = hello(&word("${W:-none}")).variable("W", "").load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "none Ann");
    let app = shop(&[("greeters/Hello/e.json", &declaring(r#"[{ "name": "W", "value": "x" }]"#))])
        .variable("W", "")
        .load()
        .unwrap();
    assert!(app.get_env_vars_define()[0].is_set, "the default counts");
}

#[test]
fn variable_required() {
    let folder = || {
        let variables = r#"[{ "name": "OTHER", "value": "hush" },
            { "name": "TOKEN", "required": 1, "remark": "Ask the greeter." }]"#;
        shop(&[("greeters/Hello/e.json", &declaring(variables))])
    };
    let app = folder().load().unwrap();
    assert_eq!(codes(&app), ["JIT0207"]);
    let finding = &app.check()[0];
    assert_eq!(finding.notes, ["Ask the greeter."]);
    let place = finding.place.as_ref().unwrap();
    assert_eq!(place.span.len(), 64);
    has(&place.position(), &["greeters/Hello/e.json:2:13"]);
    assert!(!place.file.text().contains("hush"), "{}", place.file.text());
    assert!(codes(&folder().variable("TOKEN", "x").load().unwrap()).is_empty());
}

#[test]
fn variable_name() {
    let variables = r#"[{ "name": "GOOD_1" }, { "name": "bad name" }, { "name": "" }]"#;
    let app = shop(&[("greeters/Hello/e.json", &declaring(variables))]).load().unwrap();
    assert_eq!(codes(&app), ["JIT0105"; 2]);
    let finding = &app.check()[1];
    assert_eq!(finding.severity, jit_meta::Severity::Warning);
    has(&finding.to_string(), &["greeters/Hello/e.json:1:", "`bad name`", "rename it"]);
}

#[test]
fn variable_twice() {
    let one = |value: &str| declaring(&format!(r#"[{{ "name": "V", "value": "{value}" }}]"#));
    let app = family(&[
        ("Base/greeters/A/e.json", &one("base")),
        ("Shop/greeters/C/e.json", &one("c")),
        ("Shop/greeters/B/e.json", &one("b")),
    ]);
    assert_eq!(declared(&app.load().unwrap()), ["V=b from greeters.B"]);
}

#[tokio::test]
async fn variable_at_once() {
    let folder = hello(&word("${WORD}")).variable("WORD", "Ahoy");
    let app = folder.file("greeters/Other/e.json", polite()).load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Ahoy Ann");
    greet(&app, "greeters.Other").await.unwrap();
    let done = app.set_variable("WORD", Some("Hi")).await.unwrap();
    assert_eq!(names(&done.rebuilt), ["greeters.Hello"]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hi Ann");
}
