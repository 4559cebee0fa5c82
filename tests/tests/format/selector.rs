//! Selectors.

use jit_app::{App, ErrorKind};

use jit_testing::LoadedApp;

use crate::support::{element, family, has, of, polite, shop};

/// An app with families `greeters` and `pages`.
fn app() -> LoadedApp {
    shop(&[
        ("greeters/Kind/e.json", &polite()),
        ("greeters/Hi/e.json", &element(r#""type": "greeters.Kind", "sort": 10, "on": 1"#)),
        ("greeters/Ho/e.json", &element(r#""type": "greeters.PoliteType", "sort": 9, "on": true"#)),
        ("pages/Meta/e.json", &of("")),
        ("pages/Grid/e.json", &of("pages.Meta")),
        (
            "pages/List/e.json",
            r#"{ "title": "a,b:c\\d", "type": "pages.Grid", "size": { "w": "48", "unit": "px" }, "sort": "9x" }"#,
        ),
    ]).load().unwrap()
}

#[track_caller]
fn find(app: &App, selector: &str, expected: &[&str]) {
    let defines = app.find_elements_define(selector).unwrap();
    let names: Vec<_> = defines.iter().map(|define| define.full_name().as_str()).collect();
    assert_eq!(names, expected, "{selector}");
    let elements = app.find_elements(selector).unwrap();
    let names: Vec<_> = elements.iter().map(|element| element.full_name().as_str()).collect();
    assert_eq!(names, expected, "{selector}");
}

#[test]
fn selector_name() {
    let app = app();
    find(&app, "greeters.Hi", &["greeters.Hi"]);
    find(&app, "greeters.Nobody", &[]);
    find(&app, "greeters.hi", &[]);
}

#[test]
fn selector_type() {
    let app = app();
    find(&app, ".greeters.PoliteType", &["greeters.Ho", "greeters.Kind"]);
    find(&app, ".greeters.Kind", &["greeters.Hi"]);
    find(&app, ".pages.Meta", &["pages.Grid"]);
    find(&app, ".greeters.Meta", &[]);
}

#[test]
fn selector_parents() {
    let app = app();
    find(&app, "*pages.List", &["pages.Grid", "pages.Meta"]);
    find(&app, "*greeters.Hi", &["greeters.Kind"]);
    find(&app, "*pages.Meta", &[]);
}

#[test]
fn selector_children() {
    let app = app();
    find(&app, "greeters.PoliteType*", &["greeters.Hi", "greeters.Ho", "greeters.Kind"]);
    find(&app, "greeters.Meta*", &["greeters.Hi", "greeters.Ho", "greeters.Kind"]);
    find(&app, "pages.Meta*", &["pages.Grid", "pages.List"]);
    find(&app, "pages.List*", &[]);
}

#[test]
fn selector_attribute() {
    let app = app();
    find(&app, "#sort=10", &["greeters.Hi"]);
    find(&app, "#size.unit=px", &["pages.List"]);
    find(&app, "#size.w>9", &["pages.List"]);
    find(&app, "#title!=A greeter", &["pages.List"]);
}

#[test]
fn selector_own_attributes() {
    let app = app();
    find(&app, "#fullName=greeters.Hi", &["greeters.Hi"]);
    find(&app, "#name=Hi", &["greeters.Hi"]);
    find(&app, "#appId=acme.Shop:#elementType=Meta", &["pages.Meta"]);
    find(&app, "#elementType=Instance", &["greeters.Hi", "greeters.Ho", "pages.List"]);
    find(&app, "#elementType=instance", &["greeters.Hi", "greeters.Ho", "pages.List"]);
    find(&app, "#appId=acme.Shop:#elementType=META", &["pages.Meta"]);
    find(&app, "#version!=0.0.0", &[]);
    let untitled = shop(&[("a/B/e.json", r#"{ "type": "x.Y" }"#)]).load().unwrap();
    find(&untitled, "#title=B", &["a.B"]);
}

#[test]
fn selector_compare() {
    let app = app();
    find(&app, "#sort>9", &["greeters.Hi", "pages.List"]);
    find(&app, "#sort>9.5", &["greeters.Hi", "pages.List"]);
    find(&app, "#sort<10", &["greeters.Ho"]);
    find(&app, "#sort=9.0", &["greeters.Ho"]);
    find(&app, "#name<Hj", &["greeters.Hi", "pages.Grid"]);
}

#[test]
fn selector_flags() {
    let app = app();
    for selector in ["#on=true", "#on=1", "#on!=false:#on=true"] {
        find(&app, selector, &["greeters.Hi", "greeters.Ho"]);
    }
    find(&app, "#on=false", &[]);
}

#[test]
fn selector_absent() {
    let app = app();
    let without = ["greeters.Kind", "pages.Grid", "pages.List", "pages.Meta"];
    find(&app, "#on!=1", &without);
    find(&app, "#nothing.deeper=x", &[]);
    find(&app, "#nothing<5,#nothing>5,#nothing=", &[]);
}

#[test]
fn selector_filter() {
    let app = app();
    find(&app, ".greeters.PoliteType:#sort=9", &["greeters.Ho"]);
    find(&app, "greeters.Meta*:#on=1:greeters.Kind*", &["greeters.Hi"]);
    find(&app, "pages.List:greeters.Meta*", &[]);
}

#[test]
fn selector_union() {
    let app = app();
    find(
        &app,
        "pages.List , greeters.Hi,greeters.Meta*",
        &["pages.List", "greeters.Hi", "greeters.Ho", "greeters.Kind"],
    );
}

#[test]
fn selector_escapes() {
    let app = app();
    find(&app, r"#title=a\,b\:c\\d", &["pages.List"]);
    find(&app, "#size.unit =  px ", &["pages.List"]);
}

#[test]
fn selector_order() {
    let app = family(&[
        ("Base/greeters/A/e.json", &polite()),
        ("Base/greeters/B/e.json", &polite()),
        ("Shop/greeters/C/e.json", &polite()),
        ("Shop/greeters/B/e.json", &polite()),
    ]);
    let app = app.load().unwrap();
    for selector in [".greeters.PoliteType", "greeters.Meta*", "#title=A greeter"] {
        find(&app, selector, &["greeters.B", "greeters.C", "greeters.A"]);
    }
}

#[test]
fn selector_private() {
    let private = element(r#""type": "greeters.PoliteType", "accessModifier": "private""#);
    let app = family(&[
        ("Base/greeters/Hidden/e.json", &private),
        ("Base/greeters/A/e.json", &of("greeters.Hidden")),
    ]);
    let app = app.load().unwrap();
    find(&app, "greeters.Hidden", &[]);
    find(&app, ".greeters.PoliteType", &[]);
    find(&app, "greeters.Meta*", &["greeters.A"]);
    find(&app, "#accessModifier=private", &[]);
}

#[test]
fn selector_mistake() {
    let app = app();
    for (selector, place) in
        [("", ":1:1"), ("a.B,", ":1:5"), ("a.B:#title", ":1:5"), ("a b", ":1:1"), ("#=x", ":1:1")]
    {
        let error = app.find_elements_define(selector).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArguments, "{selector}");
        has(&error.to_string(), &[&format!("selector{place}: ")]);
    }
    find(&app, ".nobody.Type", &[]);
}
