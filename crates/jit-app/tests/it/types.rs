//! What a program links, as data.

use expect_test::expect;
use jit_meta::CatalogLevel;
use serde_json::json;

use crate::support::{app, define};

#[test]
fn every_registration_is_listed_and_what_has_no_code_is_named() {
    let (_dir, app) = app(
        "acme.Shop",
        &[
            ("greeters/WarmType/e.json", &define("greeters.PoliteType")),
            ("greeters/Lost/e.json", &define("pages.GridType")),
            ("greeters/Broken/e.json", "{"),
        ],
    );
    let catalog = app.catalog();
    let rows: Vec<_> = catalog
        .entries
        .iter()
        .map(|it| {
            let at = format!("{} {}:{}", it.package, it.file, it.line);
            format!("{} {:?} {:?} {at} {}", it.full_name, it.level, it.app, it.functions.len())
        })
        .collect();
    expect![[r#"
        greeters.Meta Meta None greeters here.rs:1 1
        greeters.PoliteType Type None greeters here.rs:1 1
        greeters.PoliteType Type Some("acme.Loud") loud there.rs:2 1"#]]
    .assert_eq(&rows.join("\n"));
    let usable: Vec<_> =
        catalog.usable.iter().map(|it| (it.full_name.as_str(), it.stack.as_slice())).collect();
    // What is of another app's is no use here; the folder's code is that of its own Type.
    assert_eq!(usable, [("greeters.PoliteType", &[1][..])]);
    let missing: Vec<_> = catalog.missing.iter().map(|it| format!("{it:?}")).collect();
    expect![[r#"MissingType { full_name: "greeters.Lost", type_name: "pages.GridType", file: "greeters/Lost/e.json", message: "greeters/Lost/e.json:1:33: type `pages.GridType` is not linked into this program; link the crate that registers it: name it in Cargo.toml, and write `use that_crate as _;` in main.rs" }"#]].assert_eq(&missing.join("\n"));
}

#[test]
fn a_folder_that_is_named_as_a_type_is_usable_as_one() {
    let files = [
        ("greeters/WarmType/e.json", &*define("greeters.PoliteType")),
        ("greeters/Warm/e.json", &define("greeters.WarmType")),
    ];
    let (_dir, app) = app("acme.Shop", &files);
    let catalog = app.catalog();
    let warm = catalog.usable.iter().find(|it| it.full_name == "greeters.WarmType").unwrap();
    let loads: Vec<_> = catalog.stack(warm).map(|it| (it.level, it.full_name.as_str())).collect();
    assert_eq!(loads, [(CatalogLevel::Type, "greeters.PoliteType")]);
}

#[test]
fn it_is_read_as_it_was_written() {
    let (_dir, app) = app("acme.Loud", &[]);
    let written = serde_json::to_value(app.catalog()).unwrap();
    let read: jit_meta::Catalog = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), written);
    assert_eq!(written["usable"], json!([{ "fullName": "greeters.PoliteType", "stack": [2] }]));
    assert_eq!(written["version"], 1);
}
