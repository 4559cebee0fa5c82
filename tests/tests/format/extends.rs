//! Apps that extend apps.

use jit_app::ErrorKind;

use crate::support::{
    apps, codes, element, elements, family, greet, has, of, order, polite, refused, shop, word,
};

const BASE: &str = "Base/greeters/X/e.json";
const SHOP: &str = "Shop/greeters/X/e.json";

fn access(modifier: &str) -> String {
    element(&format!(r#""type": "greeters.PoliteType", "accessModifier": "{modifier}""#))
}

#[test]
fn extends_order() {
    let folder = apps(&[("Shop", &["A", "B"]), ("A", &["C"]), ("B", &[]), ("C", &[])]);
    assert_eq!(order(&folder.load().unwrap()), ["Shop", "A", "C", "B"]);
}

#[test]
fn extends_diamond() {
    let folder = apps(&[("Shop", &["A", "B"]), ("A", &["C"]), ("B", &["C"]), ("C", &[])]);
    assert_eq!(order(&folder.load().unwrap()), ["Shop", "A", "B", "C"]);
}

#[test]
fn extends_contradiction() {
    let folder = apps(&[("Shop", &["A", "B"]), ("A", &[]), ("B", &["A"])]);
    has(&refused(&folder), &["`acme.A` before `acme.B`", "swap"]);
}

#[test]
fn extends_circle() {
    let folder = apps(&[("Shop", &["A"]), ("A", &["B"]), ("B", &["A"])]);
    has(&refused(&folder), &["`acme.A@1.0.0` → `acme.B@1.0.0` → `acme.A@1.0.0`"]);
}

#[test]
fn extends_two_versions() {
    let folder = apps(&[
        ("Shop", &["A", "B"]),
        ("A", &["C@1.0.0"]),
        ("B", &["C@2.0.0"]),
        ("C@1.0.0", &[]),
        ("C@2.0.0", &[]),
    ]);
    let ways = ["`acme.A@1.0.0` → `acme.C@1.0.0`", "`acme.B@1.0.0` → `acme.C@2.0.0`"];
    has(&refused(&folder), &ways);
}

#[test]
fn extends_missing() {
    let folder = apps(&[("Shop", &["A@1.2.3"]), ("A", &[])]);
    assert_eq!(folder.load().unwrap_err().kind(), ErrorKind::NoApp);
    has(&refused(&folder), &["`acme.A@1.2.3`", "`1.0.0`", "`acme.Shop@1.0.0` extends it"]);
}

#[test]
fn extends_broken() {
    let folder = apps(&[("Shop", &["A"])]).around("acme/A/1_0_0/app.json", "{");
    has(&refused(&folder), &["`acme.A@1.0.0`", "A/1_0_0/app.json:1:", "`acme.Shop@1.0.0` extends"]);
}

#[test]
fn extends_twice() {
    let app = apps(&[("Shop", &["A", "B", "A"]), ("A", &[]), ("B", &[])]).load().unwrap();
    assert_eq!(order(&app), ["Shop", "A", "B"]);
    assert_eq!(codes(&app), ["JIT0002"]);
    has(&app.check()[0].to_string(), &["app.json:1:", "names `acme.A` twice"]);
}

#[test]
fn extends_itself() {
    for own in ["Shop", "Shop@2.0.0"] {
        has(&refused(&apps(&[("Shop", &[own])])), &["`acme.Shop` extends itself", "remove it"]);
    }
}

#[tokio::test]
async fn extends_override() {
    let folder = family(&[
        (BASE, &element(r#""type": "greeters.PoliteType", "sort": 5"#)),
        ("Base/greeters/X/X.json", &word("Base")),
        (SHOP, &polite()),
    ]);
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.X").await.unwrap(), "X Ann", "the file of the other was read");
    let element = app.get_element("greeters.X").await.unwrap();
    assert!(element.define().field("sort").is_none(), "a field of the other was taken");
    assert_eq!(element.app_id(), "acme.Shop");
}

#[tokio::test]
async fn extends_files() {
    let folder = family(&[
        (BASE, &polite()),
        ("Base/greeters/X/X.json", &word("Base")),
        ("Shop/greeters/X/X.json", &word("Shop")),
    ]);
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.X").await.unwrap(), "Base Ann");
    assert!(app.get_element("greeters.X").await.unwrap().dir().ends_with("Base/1_0_0/greeters/X"));
}

#[tokio::test]
async fn extends_running_app() {
    let app = family(&[(BASE, &of("greeters.PlaceType"))]);
    let app = app.load().unwrap();
    assert_eq!(greet(&app, "greeters.X").await.unwrap(), "acme.Shop in Shop, Ann");
    assert_eq!(app.get_element("greeters.X").await.unwrap().app_id(), "acme.Base");
}

#[test]
fn extends_public() {
    for define in [access("public"), polite()] {
        let app = family(&[(BASE, &define)]).load().unwrap();
        assert_eq!(elements(&app), ["greeters.X"]);
        let app = family(&[(BASE, &define), (SHOP, &of("greeters.StrictType"))]).load().unwrap();
        let define = app.get_element_define("greeters.X").unwrap();
        assert_eq!(define.type_name().unwrap().name(), "StrictType");
    }
}

#[test]
fn extends_protected() {
    for modifier in ["protected", "protect"] {
        let app = family(&[(BASE, &access(modifier))]).load().unwrap();
        assert_eq!(elements(&app), ["greeters.X"]);
        let folder = family(&[(BASE, &access(modifier)), (SHOP, &polite())]);
        let error = folder.load().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidDefine);
        has(&error.to_string(), &["`acme.Shop` redefines `greeters.X`", "`acme.Base`"]);
    }
}

#[tokio::test]
async fn extends_private() {
    let app = family(&[(BASE, &access("private"))]).load().unwrap();
    assert_eq!(elements(&app), Vec::<String>::new());
    let error = app.get_element("greeters.X").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let app = family(&[(BASE, &access("private")), (SHOP, &polite())]).load().unwrap();
    assert_eq!(app.get_element("greeters.X").await.unwrap().app_id(), "acme.Shop");
    let own = shop(&[("greeters/X/e.json", &access("private"))]).load().unwrap();
    assert_eq!(elements(&own), ["greeters.X"], "it is there for its own app");
}

#[tokio::test]
async fn extends_private_type() {
    let app = family(&[
        ("Base/greeters/Secret/e.json", &access("private")),
        (BASE, &of("greeters.Secret")),
        ("Shop/greeters/Y/e.json", &of("greeters.Secret")),
    ])
    .load()
    .unwrap();
    assert_eq!(greet(&app, "greeters.X").await.unwrap(), "X Ann");
    let error = greet(&app, "greeters.Y").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    has(&error.to_string(), &["`greeters.Secret` is private in `acme.Base`", "e.json:1:"]);
    assert_eq!(codes(&app), ["JIT0102"]);
}

#[test]
fn extends_access_value() {
    let app = shop(&[("greeters/X/e.json", &access("publik"))]).load().unwrap();
    assert_eq!(codes(&app), ["JIT0105"]);
    has(&crate::support::told(&app)[0], &["accessModifier", "did you mean `public`?"]);
}
