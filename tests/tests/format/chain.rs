//! The type chain.

use jit_app::ErrorKind;
use jit_meta::TypeEntry;

use crate::support::{
    HERE, PlaceType, codes, element, family, greet, has, of, polite, registry, shop, told,
};

#[test]
fn chain_up() {
    let app = shop(&[
        ("greeters/Kind/e.json", &of("greeters.PoliteType")),
        ("greeters/Hello/e.json", &of("greeters.Kind")),
    ]);
    let chain = app.load().unwrap().type_chain("greeters.Hello").unwrap();
    let names: Vec<_> = chain.iter().map(|link| link.name.as_str()).collect();
    assert_eq!(names, ["greeters.Hello", "greeters.Kind", "greeters.PoliteType", "greeters.Meta"]);
}

#[tokio::test]
async fn chain_across() {
    let secret = element(r#""type": "greeters.StrictType", "accessModifier": "private""#);
    let app = family(&[
        ("Base/greeters/Kind/e.json", &of("greeters.Other")),
        ("Base/greeters/Other/e.json", &polite()),
        ("Shop/greeters/Hello/e.json", &of("greeters.Kind")),
        // Of this name the other app has a private one, which is not meant here.
        ("Base/greeters/Mine/e.json", &secret),
        ("Shop/greeters/Mine/e.json", &polite()),
        ("Shop/greeters/Ho/e.json", &of("greeters.Mine")),
    ])
    .load()
    .unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    assert_eq!(greet(&app, "greeters.Ho").await.unwrap(), "Ho Ann");
}

#[tokio::test]
async fn chain_cycle() {
    let app = shop(&[
        ("a/One/e.json", &of("a.Two")),
        ("a/Two/e.json", &of("a.Three")),
        ("a/Three/e.json", &of("a.One")),
        ("a/Leads/e.json", &of("a.Three")),
    ]);
    let app = app.load().unwrap();
    assert_eq!(codes(&app), ["JIT0106"]);
    let error = app.get_element("a.One").await.unwrap_err();
    let told = ["a/One/e.json:1:", "`a.One` → `a.Two` → `a.Three` → `a.One`"];
    has(&error.to_string(), &told);
    has(&app.get_element("a.Leads").await.unwrap_err().to_string(), &told);
}

#[tokio::test]
async fn chain_slip() {
    let app = shop(&[("greeters/Hello/e.json", &of("greeters.PoliteTyp"))]).load().unwrap();
    assert_eq!(
        (codes(&app), app.check()[0].severity),
        (vec!["JIT0102"], jit_meta::Severity::Error)
    );
    has(&told(&app)[0], &["did you mean `greeters.PoliteType`?"]);
    let error = app.get_element("greeters.Hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
}

#[tokio::test]
async fn chain_template() {
    let app = shop(&[
        ("greeters/Kind/e.json", &polite()),
        ("greeters/Kind/Kind.json", "{ this is nobody's configuration"),
        ("greeters/Hello/e.json", &of("greeters.Kind")),
    ]);
    let app = app.load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    let element = app.get_element("greeters.Hello").await.unwrap();
    assert_eq!(element.type_name().await.unwrap().as_str(), "greeters.PoliteType");
}

#[tokio::test]
async fn chain_code() {
    let mut registry = registry();
    // The folder of `greeters.Kind` names another Type further up, whose code is not reached.
    registry.add(TypeEntry::new(None, "greeters.Kind", &PlaceType, HERE)).unwrap();
    let strict = TypeEntry::new(Some("acme.Base"), "greeters.StrictType", &PlaceType, HERE);
    registry.add(strict).unwrap();
    let app = family(&[
        ("Shop/greeters/Kind/e.json", &polite()),
        ("Shop/greeters/Hello/e.json", &of("greeters.Kind")),
        ("Shop/greeters/Strict/e.json", &of("greeters.StrictType")),
    ]);
    let app = app.registry(registry).load().unwrap();
    for name in ["greeters.Hello", "greeters.Strict"] {
        assert_eq!(greet(&app, name).await.unwrap(), "acme.Shop in Shop, Ann", "{name}");
    }
}

#[tokio::test]
async fn chain_missing_code() {
    let app = shop(&[
        ("pages/Meta/e.json", &of("")),
        ("pages/GridType/e.json", &of("pages.Meta")),
        ("pages/List/e.json", &of("pages.GridType")),
    ]);
    let app = app.load().unwrap();
    assert!(codes(&app).iter().all(|code| *code == "JIT0104"), "{:?}", told(&app));
    let error = app.get_element("pages.List").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLinked);
    let finding =
        |name| app.check().into_iter().find(|found| found.message.contains(name)).unwrap();
    let of_type = finding("`pages.GridType` is not linked");
    assert_eq!(of_type.notes, ["nothing is registered under `pages`"]);
    let of_family = finding("`pages.Meta` is a family");
    assert_eq!(of_family.notes, ["no code is registered for any of its Types"]);
    has(&of_family.to_string(), &["pages/GridType/e.json:1:", "`pages.GridType` shall be a Type"]);
}

#[tokio::test]
async fn chain_broken_type() {
    let app =
        shop(&[("greeters/Kind/e.json", "{"), ("greeters/Hello/e.json", &of("greeters.Kind"))]);
    let error = app.load().unwrap().get_element("greeters.Hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    has(&error.to_string(), &["greeters/Kind/e.json:1:"]);
}
