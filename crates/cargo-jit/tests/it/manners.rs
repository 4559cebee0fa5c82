//! What is refused, and in which words.

use cargo_jit::{Kind, NewApp, Project};
use expect_test::{Expect, expect};

use crate::support::{Copy, instance, wrapping};

#[track_caller]
fn refused(name: &str, kind: Kind, expected: Expect) {
    let copy = Copy::inside();
    let before = copy.files();
    let error = copy.plan(name, kind).unwrap_err();
    // Where the line is goes with every edit there.
    let text = error.to_string();
    let (place, rest) = text.split_once(".rs:").unwrap_or((&text, ""));
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let line = if place == text { "" } else { ".rs:LINE" };
    expected.assert_eq(&format!("{place}{line}{rest}\n"));
    assert_eq!(error.exit_code(), 2);
    assert_eq!(copy.files(), before);
}

#[test]
fn names_that_are_none() {
    refused(
        "storages/Archive",
        instance("storages.OssType"),
        expect![[r#"
        `storages/Archive` is not an element name: each segment is letters, digits and `_`, and does not start with a digit
        help: did you mean `storages.Archive`?
    "#]],
    );
    refused(
        "Archive",
        instance("storages.OssType"),
        expect![[r#"
        `Archive` has no family: an element stands in the folder of one
        help: for a storage: `storages.Archive`
    "#]],
    );
    refused(
        "storages.My-Files",
        instance("storages.OssType"),
        expect![[r#"
        `storages.My-Files` is not an element name: each segment is letters, digits and `_`, and does not start with a digit
        help: a name is like `storages.Archive`: folders, joined by dots
    "#]],
    );
    refused(
        "imRobots.NormalType",
        Kind::Family,
        expect![[r#"
        `imRobots.NormalType` is no family: a family is called like `imRobots.Meta`
        help: did you mean `imRobots.Meta`?
    "#]],
    );
}

#[test]
fn names_without_a_family_are_completed_by_what_is_made() {
    for (kind, expected) in [
        (Kind::Family, "a family is called `robots.Meta`"),
        (Kind::Service, "for a service: `services.robots`"),
    ] {
        let error = cargo_jit::Request::new("robots", kind).unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
    }
    let copy = Copy::inside();
    let error = copy.plan("storages.Archive", instance("OssType")).unwrap_err();
    assert!(error.to_string().ends_with("did you mean `storages.OssType`?"), "{error}");
}

#[test]
fn names_that_are_taken() {
    refused(
        "storages.OssType",
        wrapping("storages.DiskType"),
        expect![[r#"
        `storages.OssType` is registered already, at crates/jit-storages/src/oss.rs:LINE
        help: choose another name; to put code of the app's own in its place: --override storages.OssType
    "#]],
    );
    refused(
        "storages.Meta",
        Kind::Family,
        expect![[r#"
        `storages.Meta` is registered already, at crates/jit-storages/src/functions.rs:LINE
        help: choose another name; docs/add-a-family.md says how a family gets more Types
    "#]],
    );
}

#[test]
fn types_that_are_not_there() {
    refused(
        "storages.Archive",
        instance("storages.OosType"),
        expect![[r#"
        no Type is called `storages.OosType`
        help: did you mean `storages.OssType`?
    "#]],
    );
    refused(
        "storages.Archive",
        instance("storages.Meta"),
        expect![[r#"
        `storages.Meta` is a family, not a Type
        help: name one of its Types: `storages.DiskType`, `storages.MemoryType`, `storages.OssType`
    "#]],
    );
    refused(
        "storages.SmallType",
        wrapping("pages.GridType"),
        expect![[r#"
            no Type is called `pages.GridType`
            help: this program links `services.NormalType`, `storages.DiskType`, `storages.MemoryType`, `storages.OssType`
        "#]],
    );
    refused(
        "pages.GridType",
        Kind::Override,
        expect![[r#"
            no Type is called `pages.GridType`
            help: this program links `services.NormalType`, `storages.DiskType`, `storages.MemoryType`, `storages.OssType`
        "#]],
    );
    refused(
        "storages.MyType",
        Kind::Alone { meta: "storages.OssType".to_owned() },
        expect![[r#"
            no family is called `storages.OssType`
            help: this program links `services.Meta`, `storages.Meta`
        "#]],
    );
}

#[test]
fn code_of_a_family_that_is_not_known_is_told_step_by_step() {
    let other = || "services.NormalType".to_owned();
    refused(
        "services.MyType",
        Kind::Alone { meta: "services.Meta".to_owned() },
        expect![[r#"
        code of `services.Meta` is written by hand: here it is for `storages.Meta` only
        help: what there has to be, of which docs/add-a-family.md has an example:
            1. src/my_type.rs, and `mod my_type;` in the crate's root
            2. there: `struct MyType;`, and `register_type!("services.MyType" => MyType);`
            3. a configuration: a struct with `Deserialize` and `JsonSchema`
            4. `impl Type for MyType`, whose `Meta` is `services.Meta`, which is registered at crates/jit-services/src/callable.rs:LINE
            5. the family's trait, for what its `load` gives
            6. an instance: new-element services.NAME --type services.MyType
    "#]],
    );
    refused(
        "services.MyType",
        wrapping(&other()),
        expect![[r#"
            code of `services.Meta` is written by hand: here it is for `storages.Meta` only
            help: what there has to be, of which docs/override-a-type.md has an example:
                1. src/my_type.rs, and `mod my_type;` in the crate's root
                2. there: `struct MyType;`, and `register_type!("services.MyType" => MyType);`
                3. a configuration: a struct with `Deserialize` and `JsonSchema`
                4. `impl Type for MyType`, whose `Meta` is `services.Meta`, which is registered at crates/jit-services/src/callable.rs:LINE
                   with `const INHERITS: bool = true`, and `cx.inherited().await?` for what it wraps
                5. the family's trait, for what its `load` gives
                6. services/MyType/e.json, which says what it wraps: { "title": "MyType", "type": "services.NormalType" }
                7. an instance: new-element services.NAME --type services.MyType
        "#]],
    );
    refused(
        &other(),
        Kind::Override,
        expect![[r#"
            code of `services.Meta` is written by hand: here it is for `storages.Meta` only
            help: what there has to be, of which docs/override-a-type.md has an example:
                1. src/shop_normal_type.rs, and `mod shop_normal_type;` in the crate's root
                2. there: `struct ShopNormalType;`, and `register_type!(app "acme.Shop", "services.NormalType" => ShopNormalType);`
                3. a configuration: a struct with `Deserialize` and `JsonSchema`
                4. `impl Type for ShopNormalType`, whose `Meta` is `services.Meta`, which is registered at crates/jit-services/src/callable.rs:LINE
                   with `const INHERITS: bool = true`, and `cx.inherited().await?` for what it wraps
                5. the family's trait, for what its `load` gives
        "#]],
    );
}

#[test]
fn places_of_another_family() {
    refused(
        "storages.Orders",
        Kind::Service,
        expect![[r#"
        `storages.Orders` would be of `services.Meta`, and stand among those of `storages.Meta`
        help: did you mean `services.Orders`?
    "#]],
    );
    refused(
        "services.Archive",
        instance("storages.OssType"),
        expect![[r#"
        `services.Archive` would be of `storages.Meta`, and stand among those of `services.Meta`
        help: did you mean `storages.Archive`?
    "#]],
    );
    refused(
        "services.SmallType",
        wrapping("storages.OssType"),
        expect![[r#"
        `services.SmallType` would be of `storages.Meta`, and stand among those of `services.Meta`
        help: did you mean `storages.SmallType`?
    "#]],
    );
    // Where nobody is at home anybody may be.
    for (name, kind) in
        [("backups.Archive", instance("storages.OssType")), ("shop.Orders", Kind::Service)]
    {
        assert!(Copy::inside().plan(name, kind).is_ok(), "{name}");
    }
}

#[test]
fn names_that_are_slips() {
    refused(
        "storage.Archive",
        instance("storages.OssType"),
        expect![[r#"
        no element is in `storage` so far, and those of `storages.Meta` are in `storages`
        help: did you mean `storages.Archive`? If not, make the folder `storage` first
    "#]],
    );
    let copy = Copy::inside().file("apps/shop/storage/Old/e.json", "{}");
    assert!(copy.plan("storage.Archive", instance("storages.OssType")).is_ok());
    let copy = Copy::inside().file("apps/shop/storages/Archive/e.json", "{}");
    for (name, expected) in [
        (
            "storages.archive",
            expect![[r#"
        `Archive` is there already, and differs from `archive` in nothing but case
        help: choose another name, or write it like that"#]],
        ),
        (
            "Storages.Other",
            expect![[r#"
        no element is in `Storages` so far, and those of `storages.Meta` are in `storages`
        help: did you mean `storages.Other`? If not, make the folder `Storages` first"#]],
        ),
    ] {
        let error = copy.plan(name, instance("storages.OssType")).unwrap_err();
        expected.assert_eq(&error.to_string());
    }
}

#[test]
fn values_that_no_file_may_hold() {
    let copy = Copy::inside();
    let plan = |key: &str, value: &str| {
        let mut request =
            cargo_jit::Request::new("storages.Archive", instance("storages.OssType")).unwrap();
        request.values.push((key.to_owned(), value.to_owned()));
        request.plan(&copy.project(), Some(&copy.catalog()))
    };
    let error = plan("accessKeySecret", "hush-secret").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`accessKeySecret` is a secret, and is not written into a file\nhelp: name the variable that will hold it: --set 'accessKeySecret=${NAME}'"
    );
    let error = plan("bucket", "x").unwrap_err();
    assert!(error.to_string().starts_with("no key is called `bucket`\nhelp: "), "{error}");
    for (key, value, expected) in [
        (
            "bucketName",
            "",
            expect![[r#"
            --set bucketName: `bucketName` is empty
            help: a value is required"#]],
        ),
        (
            "maxAttempts",
            "many",
            expect![[r#"
            --set maxAttempts: `maxAttempts` must be an integer
            help: write it without quotes; a placeholder too"#]],
        ),
        ("partSize", "-1", expect!["--set partSize: `partSize` must be from 102400 to 5368709120"]),
        (
            "addressing",
            "none",
            expect!["--set addressing: `addressing` must be one of `virtualHost`, `path`, `cname`"],
        ),
    ] {
        expected.assert_eq(&plan(key, value).unwrap_err().to_string());
    }
    let notes = |key: &str, value: &str| plan(key, value).unwrap().notes.join("\n");
    // What was given is no key that there might be, and its variable is one to set.
    assert!(!notes("region", "cn-hangzhou").contains("region,"));
    let told = notes("accessKeySecret", "${MY_SECRET}");
    assert!(told.contains("\n  export MY_SECRET=…  # The access key's secret."), "{told}");
    let told = notes("bucketName", "${BUCKET:-a}-b");
    assert!(told.contains("\n  export BUCKET=…  # The bucket, 3 to 63"), "{told}");
    let text = plan("accessKeySecret", "${MY_SECRET}").unwrap().contents();
    assert!(text.contains(r#""accessKeySecret": "${MY_SECRET}""#), "{text}");
    let text = plan("maxAttempts", "${ATTEMPTS}").unwrap().contents();
    assert!(text.contains(r#""maxAttempts": ${ATTEMPTS}"#), "{text}");
    let text = plan("maxAttempts", "5").unwrap().contents();
    assert!(text.contains(r#""maxAttempts": 5"#), "{text}");
}

#[test]
fn functions_that_cannot_be() {
    let copy = Copy::inside();
    for (functions, message) in [
        (
            &["place-order"][..],
            "`place-order` is no name of a function\nhelp: it is letters, digits and `_`, like `placeOrder`, and does not start with a digit",
        ),
        (
            &[""],
            "`` is no name of a function\nhelp: it is letters, digits and `_`, like `placeOrder`, and does not start with a digit",
        ),
        (
            &["_1"],
            "no code can be named after the function `_1`\nhelp: let its name begin with a letter",
        ),
        (
            &["place", "place"],
            "the function `place` is named twice\nhelp: give each a name of its own",
        ),
        (
            &["placeOrder", "place_order"],
            "the functions `placeOrder` and `place_order` are both `place_order` in Rust\nhelp: give each a name of its own",
        ),
    ] {
        let error = copy.service("services.Orders", functions).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.exit_code()), (message, 2));
    }
}

#[test]
fn folders_that_are_no_app() {
    let here = tempfile::tempdir().unwrap();
    let root = here.path().display().to_string();
    let message = |error: cargo_jit::Error| error.to_string().replace(&root, "HERE");
    assert_eq!(
        message(Project::find(None, here.path()).unwrap_err()),
        "no app in `HERE` or above it\nhelp: name its folder: --app DIR; or make one: new-app acme.Shop"
    );
    assert_eq!(
        message(Project::find(Some("x".as_ref()), here.path()).unwrap_err()),
        "`HERE/x` is no app: it has no `app.json`\nhelp: make one with `cargo jit new-app`"
    );
    let copy = Copy::outside();
    let below = copy.app().join("src");
    assert_eq!(Project::find(None, &below).unwrap().app_id(), "acme.Shop");
}

#[test]
fn ids_that_no_app_can_have() {
    let error = NewApp::new("shop").unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.exit_code()),
        (
            "`shop` is no id of an app\nhelp: it is `org.Name`, like `acme.Shop`: letters, digits and `_`, no digit at the beginning",
            2
        )
    );
}

#[test]
fn a_line_that_cannot_be_added_safely_is_told() {
    let root = "//! An app.\n#![expect(\n    missing_docs,\n    reason = \"an app\"\n)]\n";
    let copy = Copy::inside().file("apps/shop/src/lib.rs", root);
    let plan = copy.plan("imRobots.Meta", Kind::Family).unwrap();
    let by_hand: Vec<_> = plan.by_hand.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(by_hand, ["add `pub mod im_robots;`"]);
    assert!(!plan.tree().contains("lib.rs"), "{}", plan.tree());
}

#[test]
fn a_schema_that_is_there_is_named_in_the_configuration() {
    let schema = "apps/shop/.vscode/schemas/storages.DiskType.schema.json";
    let copy = Copy::inside().file(schema, "{}");
    let text = copy.plan("storages.Archive", instance("storages.DiskType")).unwrap().contents();
    let line = r#""$schema": "../../.vscode/schemas/storages.DiskType.schema.json","#;
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_checkout_that_is_near_is_named_from_the_app_and_one_that_is_far_from_the_root() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let checkout = root.join("jit-rs");
    for name in ["jit-app", "jit-storages"] {
        std::fs::create_dir_all(checkout.join("crates").join(name)).unwrap();
    }
    let manifest = |dir: &str| {
        let mut app = NewApp::new("acme.Web").unwrap();
        (app.dir, app.jit) = (Some(dir.into()), cargo_jit::Jit::Path(checkout.clone()));
        app.plan(&root).unwrap().contents()
    };
    for (dir, path) in [
        ("web", "../jit-rs/crates/jit-app".to_owned()),
        ("apps/web", "../../jit-rs/crates/jit-app".to_owned()),
        ("my/apps/web", checkout.join("crates/jit-app").display().to_string()),
    ] {
        let text = manifest(dir);
        assert!(text.contains(&format!("jit-app = {{ path = \"{path}\" }}")), "{text}");
    }
}

#[test]
fn names_that_no_package_can_have() {
    let copy = Copy::inside();
    let refused = |id: &str| NewApp::new(id).unwrap().plan(copy.root()).unwrap_err().to_string();
    for id in ["acme.Test", "acme.Tokio", "acme.JitApp", "acme.__", "acme._1"] {
        let error = refused(id);
        assert!(error.starts_with("no package can be called `"), "{error}");
        assert!(error.contains(&format!("after `{id}`\nhelp: choose another name")), "{error}");
    }
    let error = refused("other.Shop");
    assert!(error.contains("apps/shop` is a package `shop` already\nhelp: choose"), "{error}");
}

#[test]
fn code_is_named_so_that_it_stands_beside_what_it_uses() {
    let copy = Copy::inside();
    let text = |name: &str, kind: Kind| copy.plan(name, kind).unwrap().contents();
    for (name, kind, expected) in [
        ("services.Service", Kind::Service, "struct ServiceCode {"),
        ("services.Lib", Kind::Service, "mod lib_;"),
        ("storages.Storage", wrapping("storages.OssType"), "struct StorageCode;"),
        ("storages.Files", Kind::Alone { meta: "storages.Meta".to_owned() }, "struct FilesCode;"),
        ("values.Meta", Kind::Family, "trait ValueMember: "),
    ] {
        let text = text(name, kind);
        assert!(text.contains(expected), "{text}");
    }
    let error = copy.plan("services._1", Kind::Service).unwrap_err();
    assert!(error.to_string().starts_with("code cannot be named after this element"), "{error}");
}
