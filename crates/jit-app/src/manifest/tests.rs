use expect_test::{Expect, expect};

use super::*;
use crate::render;

fn read(text: &str, folder: &str) -> Result<Manifest, Error> {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join(folder);
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("app.json"), text).unwrap();
    Manifest::read(&dir, "app.json")
}

#[track_caller]
fn fails(text: &str, expected: Expect) {
    let error = read(text, "app").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoApp);
    let rendered = render::error(&error, false);
    assert!(!rendered.contains("hush"), "a value of an unknown key is shown");
    expected.assert_eq(&rendered);
}

#[test]
fn what_is_not_given_follows_from_the_id_and_the_folder() {
    let manifest = read(r#"{"appId": "acme.tools.Shop", "title": null, "version": null}"#, "1_2_3");
    let manifest = manifest.unwrap();
    assert_eq!((manifest.org_id.as_str(), manifest.name.as_str()), ("acme", "tools.Shop"));
    assert_eq!(manifest.title, "tools.Shop");
    assert_eq!(manifest.version().to_string(), "1.2.3");
    assert!(manifest.warnings().is_empty());
    assert_eq!(read(r#"{"appId": "a.B"}"#, "app").unwrap().version().to_string(), "0.0.0");
}

#[test]
fn unknown_keys_are_kept_and_not_quoted() {
    let text = r#"{
  "appId": "acme.Shop", "zebra": {"b": 1, "a": 18446744073709551615}, "icon": 3,
  "extends": [{"appId": "acme.Base", "version": "1.0.0", "comment": "x"}],
  "settings": {
    "defaultElement": {"defaultStorage": "storages.A", "defaultTheme": "themes.T"},
    "elementSettings": {"defaultOpt": []}, "secret": "hush"
  }
}"#;
    let manifest = read(text, "app").unwrap();
    assert!(manifest.warnings().is_empty(), "{:?}", manifest.warnings());
    let other = serde_json::to_string(&manifest.other).unwrap();
    assert_eq!(other, r#"{"zebra":{"b":1,"a":18446744073709551615},"icon":3}"#);
    let [parent] = manifest.extends.as_slice() else { panic!("{:?}", manifest.extends) };
    assert_eq!(
        (parent.app_id.as_str(), parent.version.to_string().as_str()),
        ("acme.Base", "1.0.0")
    );
    assert!(text.get(parent.span.clone()).unwrap().starts_with("{\"appId\": \"acme.Base\""));
    let settings = &manifest.settings;
    let keys: Vec<_> = settings.default_element.keys().map(String::as_str).collect();
    assert_eq!(keys, ["defaultStorage", "defaultTheme"]);
    let keys: Vec<_> = settings.other.keys().map(String::as_str).collect();
    assert_eq!(keys, ["elementSettings", "secret"]);
    let quoted = manifest.file().text();
    assert_eq!(quoted.len(), text.len());
    assert!(quoted.contains("storages.A") && !quoted.contains("hush"), "{quoted}");
}

#[test]
fn every_mistake_is_told_in_one_run() {
    fails(
        r#"{
  "appid": "acme.Shop",
  "title": 5,
  "version": "1.0",
  "extend": "hush",
  "extends": [
    "acme.Base",
    { "appId": "Base", "verison": "1.0.0" },
    { "version": 1 }
  ],
  "settings": { "defaultElement": { "defaultStorge": 5 }, "defaultElements": {} },
  "title": "again"
}
"#,
        expect![[r#"
            error[JIT0002]: `appId` is missing
             --> app.json:2:3
              |
            2 |   "appid": "*********",
              |   ^^^^^^^
              |
              = help: did you mean `appId` where it says `appid`?

            error[JIT0002]: `title` must be a string
             --> app.json:3:12
              |
            3 |   "title": 5,
              |            ^ this is a number

            error[JIT0002]: `1.0` is not a version
             --> app.json:4:14
              |
            4 |   "version": "1.0",
              |              ^^^^^
              |
              = help: a version is three numbers: "version": "1.0.0"

            warning[JIT0002]: unknown key `extend`
             --> app.json:5:3
              |
            5 |   "extend": "****",
              |   ^^^^^^^^
              |
              = help: did you mean `extends`?

            error[JIT0002]: an app in `extends` must be an object
             --> app.json:7:5
              |
            7 |     "acme.Base",
              |     ^^^^^^^^^^^ this is a string
              |
              = help: write "extends": [{ "appId": "org.Name", "version": "1.0.0" }]

            error[JIT0002]: `Base` is not an app id
             --> app.json:8:16
              |
            8 |     { "appId": "Base", "verison": "*****" },
              |                ^^^^^^
              |
              = help: an app id is the organisation, a dot and the app's name: `org.Name`

            error[JIT0002]: `version` is missing
             --> app.json:8:24
              |
            8 |     { "appId": "Base", "verison": "*****" },
              |                        ^^^^^^^^^
              |
              = help: did you mean `version` where it says `verison`?

            error[JIT0002]: `appId` is missing
             --> app.json:9:5
              |
            9 |     { "version": 1 }
              |     ^ no `appId` in this object
              |
              = help: add "appId": "org.Name"

            error[JIT0002]: `version` must be a string
             --> app.json:9:18
              |
            9 |     { "version": 1 }
              |                  ^ this is a number

            warning[JIT0002]: unknown key `defaultStorge`
              --> app.json:11:37
               |
            11 |   "settings": { "defaultElement": { "defaultStorge": 5 }, "defaultElements": {} },
               |                                     ^^^^^^^^^^^^^^^
               |
               = help: did you mean `defaultStorage`?

            error[JIT0002]: `defaultStorge` must be the full name of an element
              --> app.json:11:54
               |
            11 |   "settings": { "defaultElement": { "defaultStorge": 5 }, "defaultElements": {} },
               |                                                      ^ this is a number

            warning[JIT0002]: unknown key `defaultElements`
              --> app.json:11:59
               |
            11 |   "settings": { "defaultElement": { "defaultStorge": 5 }, "defaultElements": {} },
               |                                                           ^^^^^^^^^^^^^^^^^
               |
               = help: did you mean `defaultElement`?

            error[JIT0002]: the key `title` is given twice
              --> app.json:12:3
               |
            12 |   "title": "again"
               |   ^^^^^^^ given before
               |
               = help: remove one of them
        "#]],
    );
}

#[test]
fn what_contradicts_the_id_or_the_folder_is_told_together() {
    let text = r#"{ "appId": "acme.Shop", "orgId": "other", "version": "1.0.0" }"#;
    expect![[r#"
        error[JIT0002]: `orgId` is `other`, and `acme.Shop` says `acme`
         --> app.json:1:34
          |
        1 | { "appId": "acme.Shop", "orgId": "other", "version": "1.0.0" }
          |                                  ^^^^^^^
          |
          = help: remove `orgId`: it follows from `appId`

        error[JIT0002]: `version` is `1.0.0`, and the folder is that of `2.0.0`
         --> app.json:1:54
          |
        1 | { "appId": "acme.Shop", "orgId": "other", "version": "1.0.0" }
          |                                                      ^^^^^^^
          |
          = help: correct one of them
    "#]]
    .assert_eq(&render::error(&read(text, "2_0_0").unwrap_err(), false));
}

#[test]
fn templates_and_things_that_are_no_object() {
    fails(
        r#"{ "appId": "{orgId}.{appName}", "settings": [], "extends": {} }"#,
        expect![[r#"
        error[JIT0002]: `{orgId}.{appName}` is a template, not an app
         --> app.json:1:12
          |
        1 | { "appId": "{orgId}.{appName}", "settings": [], "extends": {} }
          |            ^^^^^^^^^^^^^^^^^^^
          |
          = help: fill in the placeholders: "appId": "org.Name"

        error[JIT0002]: `settings` must be an object
         --> app.json:1:45
          |
        1 | { "appId": "{orgId}.{appName}", "settings": [], "extends": {} }
          |                                             ^^ this is an array

        error[JIT0002]: `extends` must be an array of apps
         --> app.json:1:60
          |
        1 | { "appId": "{orgId}.{appName}", "settings": [], "extends": {} }
          |                                                            ^^ this is an object
          |
          = help: write "extends": [{ "appId": "org.Name", "version": "1.0.0" }]
    "#]],
    );
    fails(
        "[\"hush\"]",
        expect![[r#"
        error[JIT0002]: `app.json` must be an object
         --> app.json:1:1
          |
        1 | ["****"]
          | ^ expected an object, found this array
          |
          = help: `app.json` holds one JSON object
    "#]],
    );
    fails(
        "{ \"appId\": \"a.B\", \"token\": \"hush\", }",
        expect![[r#"
        error[JIT0002]: this is not valid JSON
         --> app.json:1:36
          |
        1 | { "appId": "a.B", "*****": "****", }
          |                                    ^ trailing comma
          |
          = help: `app.json` holds one JSON object: double quotes, no trailing comma, no comments
    "#]],
    );
    fails(
        "",
        expect![[r#"
        error[JIT0002]: this is not valid JSON
         --> app.json:1:1
          |
        1 |
          | ^ EOF while parsing a value
          |
          = help: `app.json` holds one JSON object: double quotes, no trailing comma, no comments
    "#]],
    );
}

#[test]
fn a_slip_in_a_key_that_may_be_left_out_is_a_warning() {
    let text = r#"{
  "appId": "acme.Shop",
  "extend": [],
  "settings": { "defaultElement": { "defaultStorge": "storages.A" } }
}
"#;
    let manifest = read(text, "app").unwrap();
    assert_eq!(manifest.settings.default_element.len(), 1);
    expect![[r#"
        warning[JIT0002]: unknown key `extend`
         --> app.json:3:3
          |
        3 |   "extend": [],
          |   ^^^^^^^^
          |
          = help: did you mean `extends`?

        warning[JIT0002]: unknown key `defaultStorge`
         --> app.json:4:37
          |
        4 |   "settings": { "defaultElement": { "defaultStorge": "storages.A" } }
          |                                     ^^^^^^^^^^^^^^^
          |
          = help: did you mean `defaultStorage`?
    "#]]
    .assert_eq(&render::findings(manifest.warnings(), false));
}
