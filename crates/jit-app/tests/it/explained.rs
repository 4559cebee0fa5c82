//! What an app says of itself: explanations, graphs, schemas.

use std::sync::Arc;

use async_trait::async_trait;
use expect_test::expect;
use jit_app::explain::{Role, Source, Standing};
use jit_app::{App, Error, Level, Origin, Variables};
use jit_meta::{FullName, LoadContext, Registered, Registry, Type, TypeEntry};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::support::{Config, Greeter, Greeters, Polite, registry, write};

/// A Type with a secret, a default and limits.
#[derive(Debug)]
struct SealedType;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Sealed {
    /// What opens it.
    #[schemars(length(min = 4), extend("writeOnly" = true))]
    pass: String,
    /// How loud it is.
    #[serde(default = "three")]
    volume: u32,
    /// How it sounds.
    tone: Option<Tone>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Tone {
    High,
    Low,
}

fn three() -> u32 {
    3
}

macro_rules! a_type {
    ($name:ident, $config:ty, $inherits:literal) => {
        #[async_trait]
        impl Type for $name {
            type Meta = Greeters;
            type Config = $config;
            const INHERITS: bool = $inherits;

            async fn load(
                &self,
                _: $config,
                _: LoadContext<'_, Greeters>,
            ) -> Result<Arc<dyn Greeter>, Error> {
                Ok(Arc::new(Polite("psst".to_owned())))
            }
        }
    };
}

/// A Type of one app that wraps the one above.
#[derive(Debug)]
struct EchoType;

a_type!(SealedType, Sealed, false);
a_type!(EchoType, Config, true);

fn all() -> Registry {
    let mut registry = registry();
    let at = |line| Registered { package: "greeters", file: "sealed.rs", line };
    registry.add(TypeEntry::new(None, "greeters.SealedType", &SealedType, at(7))).unwrap();
    let echo = TypeEntry::new(Some("acme.Shop"), "greeters.SealedType", &EchoType, at(8));
    registry.add(echo).unwrap();
    registry
}

/// Two apps: `acme.Shop` extends `acme.Base`, and overrides its `greeters.Safe`.
fn apps(config: &str) -> (TempDir, App) {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "shop/app.json",
            r#"{ "appId": "acme.Shop", "extends": [{ "appId": "acme.Base", "version": "1.0.0" }] }"#,
        ),
        ("base/app.json", r#"{ "appId": "acme.Base", "version": "1.0.0" }"#),
        ("base/greeters/Safe/e.json", r#"{ "title": "Old", "type": "greeters.PoliteType" }"#),
        (
            "base/greeters/Quiet/e.json",
            r#"{ "title": "Quiet ones", "type": "greeters.SealedType", "cacheLevel": 1 }"#,
        ),
        (
            "shop/greeters/Safe/e.json",
            "{\n  \"title\": \"A safe\",\n  \"type\": \"greeters.Quiet\",\n  \
             \"backendLoadTime\": \"afterAppInit\",\n  \
             \"variables\": [{ \"name\": \"TONE\", \"value\": \"low\" }]\n}",
        ),
        ("shop/greeters/Safe/Safe.json", config),
        ("shop/pages/Home/e.json", r#"{ "title": "a\"]<b>\n\\`#x`", "type": "pages.GridType" }"#),
    ] {
        write(root.path(), path, text);
    }
    let variables = Variables::empty().with("PASS", "hush-hush").with("WORD", "Ahoy");
    let shop = root.path().join("shop");
    let app = App::builder(shop).variables(variables).registry(all()).load().unwrap();
    (root, app)
}

const GOOD: &str = r#"{
  "$schema": "../../safe.schema.json",
  "word": "${WORD}, ${NAME:-you}",
  "pass": "${PASS}",
  "tone": "${TONE}",
  "volume": ${VOLUME:-9}
}"#;

fn json_of(app: &App, name: &str) -> String {
    let json = serde_json::to_string(&app.explain(name).unwrap()).unwrap();
    assert!(!json.contains("hush"), "{json}");
    json
}

#[test]
fn every_value_says_where_it_comes_from() {
    let (_root, app) = apps(GOOD);
    json_of(&app, "greeters.Safe");
    let found = app.explain("greeters.Safe").unwrap();
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    assert_eq!((found.title.as_str(), found.level), ("A safe", Some(Level::Instance)));
    let keys: Vec<_> = found
        .keys
        .iter()
        .map(|key| {
            let origins: Vec<_> = key.placeholders.iter().map(|filled| filled.origin).collect();
            (key.name.as_str(), key.value.clone().unwrap_or_default(), key.source, origins)
        })
        .collect();
    assert_eq!(
        keys,
        [
            ("word", json!("${WORD}, you"), Source::File, vec![Some(Origin::Fixed), None]),
            ("pass", json!("***"), Source::File, vec![Some(Origin::Fixed)]),
            ("tone", json!("${TONE}"), Source::File, vec![Some(Origin::Declared)]),
            ("volume", json!(9), Source::File, vec![None]),
        ]
    );
    let readers: Vec<_> = found.keys.iter().map(|key| key.readers[0].app).collect();
    assert_eq!(readers, [Some("acme.Shop"), None, None, None]);
    assert_eq!(found.keys[0].at.as_deref(), Some("greeters/Safe/Safe.json:3:3"));
    let variables: Vec<_> = found
        .variables
        .iter()
        .map(|it| (it.name.as_str(), it.origin, it.declared_by.as_ref().map(FullName::as_str)))
        .collect();
    assert_eq!(
        variables,
        [
            ("NAME", None, None),
            ("PASS", Some(Origin::Fixed), None),
            ("TONE", Some(Origin::Declared), Some("greeters.Safe")),
            ("VOLUME", None, None),
            ("WORD", Some(Origin::Fixed), None),
        ]
    );
}

#[test]
fn overriding_is_told_of_definitions_and_of_code() {
    let (_root, app) = apps(GOOD);
    let found = app.explain("greeters.Safe").unwrap();
    let definitions: Vec<_> = found
        .definitions
        .iter()
        .map(|it| (it.app.as_str(), it.file.as_str(), it.standing))
        .collect();
    assert_eq!(
        definitions,
        [
            ("acme.Shop@0.0.0", "greeters/Safe/e.json", Standing::InUse),
            ("acme.Base@1.0.0", "../base/greeters/Safe/e.json", Standing::Overridden),
        ]
    );
    let codes: Vec<_> = found
        .chain
        .iter()
        .flat_map(|step| {
            step.codes.iter().map(|code| (step.name.as_str(), code.registered.as_str(), code.role))
        })
        .collect();
    assert_eq!(
        codes,
        [
            ("greeters.SealedType", "sealed.rs:8", Role::Loads),
            ("greeters.SealedType", "sealed.rs:7", Role::Inherited),
            ("greeters.Meta", "here.rs:1", Role::Contract),
        ]
    );
    let names: Vec<_> = found.chain.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["greeters.Safe", "greeters.Quiet", "greeters.SealedType", "greeters.Meta"]);
    let loading = found.loading.unwrap();
    assert_eq!(loading.load_time.at.as_deref(), Some("greeters/Safe/e.json:4:3"));
    assert_eq!(loading.cache_level.value, json!(1));
    let at = loading.cache_level.at.unwrap();
    assert!(at.starts_with("../base/greeters/Quiet/e.json:1:"), "{at}");
    assert_eq!((loading.access.value, loading.access.at), (json!("public"), None));
}

#[test]
fn what_is_wrong_is_explained_as_far_as_it_goes() {
    for (config, keys, finding) in [
        (r#"{"pass": "hush-hush", "wrod": "hush"}"#, "pass wrod word volume tone", "unknown key"),
        (r#"{"pass": "hush"#, "word pass volume tone", "not valid JSON"),
        (r#"{"pass": "${UNSET}"}"#, "pass word volume tone", "`UNSET` is not set"),
        (r#"{"volume": "loud", "pass": ["hush"]}"#, "volume pass word tone", "must be an integer"),
        (r#"{"tone": "${PASS}", "pass": "${PASS}"}"#, "tone pass word volume", "must be one of"),
    ] {
        let (_root, app) = apps(config);
        let shown = json_of(&app, "greeters.Safe");
        assert!(shown.contains(finding), "{shown}");
        let found = app.explain("greeters.Safe").unwrap();
        let names: Vec<_> = found.keys.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names.join(" "), keys, "{config}");
    }
}

#[test]
fn what_has_no_folder_or_no_code_is_explained_too() {
    let (_root, app) = apps(GOOD);
    let found = app.explain("greeters.SealedType").unwrap();
    assert_eq!((found.level, found.keys.len()), (Some(Level::Type), 4));
    let volume = found.keys.iter().find(|key| key.name == "volume").unwrap();
    assert_eq!((&volume.value, volume.source), (&Some(json!(3)), Source::Schema));
    assert_eq!(volume.description, "How loud it is.");
    assert_eq!(app.explain("greeters.Meta").unwrap().level, Some(Level::Meta));
    let home = app.explain("pages.Home").unwrap();
    assert_eq!(home.chain.len(), 2);
    assert!(home.findings[0].message.contains("not linked"), "{:?}", home.findings);
    let error = app.explain("greeters.SealdType").unwrap_err().to_string();
    assert!(error.contains("did you mean `greeters.SealedType`?"), "{error}");
    let error = app.explain("nothing.Like.it").unwrap_err().to_string();
    assert!(error.contains("its elements are"), "{error}");
}

#[test]
fn a_secret_is_not_shown_wherever_it_stands() {
    for config in [
        r#"{"pass": "hush"}"#,
        r#"{"pass": "${PASS}", "word": "${PASS}"}"#,
        r#"{"pass": "${UNSET:-hush}"}"#,
        r#"{"pass": "${DECLARED}", "word": "x${DECLARED}"}"#,
        r#"{"word": "${PASS}"}"#,
        r#"{"volume": ${PASS}, "word": "a${PASS}", "tone": ${QUOTED}, ${MEMBER}}"#,
        r#"{"pass": {"hush": "hush"}, "pas": "hush", "word": "http://a:hush@b/?hush"}"#,
        r#"{"pass": "hush", "pass": "hush"}"#,
    ] {
        let (root, app) = apps(config);
        json_of(&app, "greeters.Safe");
        let define = r#"{ "title": "Safe", "type": "greeters.Quiet", "passwrod": "hush",
            "variables": [{ "name": "DECLARED", "value": "hush", "required": 1 }] }"#;
        write(root.path(), "shop/greeters/Safe/e.json", define);
        let variables = Variables::empty()
            .with("PASS", "hush-hush")
            .with("QUOTED", "\"hush\"")
            .with("MEMBER", r#""labels": {"hush": "hush"}, "hush": ["hush"]"#);
        let shop = root.path().join("shop");
        let app = App::builder(shop).variables(variables).registry(all()).load().unwrap();
        json_of(&app, "greeters.Safe");
        let graph = app.graph();
        assert!(!format!("{}{}", graph.dot(), graph.mermaid()).contains("hush"));
        assert!(!format!("{:?}", app.schemas()).contains("hush"));
        let log = jit_app::sarif::log(&app.check()).to_string();
        assert!(!log.contains("hush"), "{log}");
    }
}

#[test]
fn an_element_whose_type_is_a_family_is_told_its_types() {
    let (_dir, app) = crate::support::app(
        "acme.Shop",
        &[("greeters/Odd/e.json", r#"{ "title": "Odd", "type": "greeters.Meta" }"#)],
    );
    let found = app.explain("greeters.Odd").unwrap().findings;
    assert_eq!(
        found[0].to_string(),
        "greeters/Odd/e.json:1:27: `greeters.Meta` is a family, not a Type; name one of its Types: `greeters.PoliteType`; or, if `greeters.Odd` shall be a Type, register code under its name"
    );
}

#[test]
fn a_graph_has_apps_overrides_and_what_is_not_linked() {
    let (_root, app) = apps(GOOD);
    expect![[r#"
        flowchart BT
          subgraph a0["acme.Shop@0.0.0"]
            n3["greeters.Safe<br/>A safe"]
            n5("greeters.SealedType")
            n8["pages.Home<br/>a#34;#93;#60;b#62; #92;#96;#35;x#96;"]
          end
          subgraph a1["acme.Base@1.0.0"]
            n2("greeters.Quiet<br/>Quiet ones")
            n4["greeters.Safe<br/>Old"]
          end
          n0{{"greeters.Meta"}}
          n1("greeters.PoliteType")
          n6("greeters.SealedType")
          n7["pages.GridType<br/>not linked"]:::unlinked
          n1 --> n0
          n2 --> n5
          n3 --> n2
          n3 -. overrides .-> n4
          n4 --> n1
          n5 --> n0
          n5 -. overrides .-> n6
          n6 --> n0
          n8 --> n7
          classDef unlinked stroke-dasharray: 4 4,color:#888
    "#]]
    .assert_eq(&app.graph().mermaid());
    expect![[r#"
        digraph app {
          rankdir=BT;
          node [shape=box];
          subgraph cluster_0 {
            label="acme.Shop@0.0.0";
            n3 [label="greeters.Safe\nA safe"];
            n5 [label="greeters.SealedType", style=rounded];
            n8 [label="pages.Home\na\"]<b> \\`#x`"];
          }
          subgraph cluster_1 {
            label="acme.Base@1.0.0";
            n2 [label="greeters.Quiet\nQuiet ones", style=rounded];
            n4 [label="greeters.Safe\nOld"];
          }
          n0 [label="greeters.Meta", shape=hexagon];
          n1 [label="greeters.PoliteType", style=rounded];
          n6 [label="greeters.SealedType", style=rounded];
          n7 [label="pages.GridType\nnot linked", style=dashed, fontcolor=gray40];
          n1 -> n0;
          n2 -> n5;
          n3 -> n2;
          n3 -> n4 [style=dashed, label="overrides"];
          n4 -> n1;
          n5 -> n0;
          n5 -> n6 [style=dashed, label="overrides"];
          n6 -> n0;
          n8 -> n7;
        }
    "#]]
    .assert_eq(&app.graph().dot());
}

#[test]
fn a_graph_around_a_name_goes_up_and_down_and_not_sideways() {
    let (_root, app) = apps(GOOD);
    let names = |around: &str| {
        let graph = app.graph().around(&[around.parse().unwrap()]);
        for edge in &graph.edges {
            assert!(edge.from.max(edge.to) < graph.nodes.len(), "{edge:?}");
        }
        let names: Vec<_> = graph.nodes.iter().map(|node| node.name.clone()).collect();
        names.join(" ")
    };
    assert_eq!(names("pages.Home"), "pages.GridType pages.Home");
    assert_eq!(
        names("greeters.Quiet"),
        "greeters.Meta greeters.Quiet greeters.Safe greeters.SealedType greeters.SealedType"
    );
    assert_eq!(names("no.Such"), "");
}

#[test]
fn schemas_accept_what_the_app_accepts() {
    let (_root, app) = apps(GOOD);
    let found = app.schemas();
    let names: Vec<_> = found.schemas.keys().map(String::as_str).collect();
    assert_eq!(names, ["app", "e", "greeters.PoliteType", "greeters.Quiet", "greeters.SealedType"]);
    assert_eq!(
        found.configs,
        [("greeters/Safe/Safe.json".to_owned(), "greeters.Quiet".to_owned())]
    );
    let offered = &found.schemas["e"]["properties"]["type"]["anyOf"][0]["enum"];
    assert_eq!(
        offered,
        &json!(["greeters.Meta", "greeters.PoliteType", "greeters.Quiet", "greeters.SealedType"])
    );
    // Both Types of the stack read the file; neither may refuse the other's keys.
    let sealed = &found.schemas["greeters.SealedType"];
    assert_eq!(sealed["allOf"], json!([{"$ref": "#/$defs/Type0"}, {"$ref": "#/$defs/Type1"}]));
    assert_eq!(sealed["unevaluatedProperties"], json!(false));
    assert_eq!(sealed["$defs"]["Type1"].get("additionalProperties"), None);
    let tone = &sealed["$defs"]["Type1"]["properties"]["tone"]["anyOf"][0]["$ref"];
    let target = tone.as_str().unwrap().strip_prefix('#').unwrap();
    assert!(sealed.pointer(target).is_some(), "{target}");
}

#[test]
fn every_reference_of_a_schema_has_its_target() {
    fn check(json: &Json, root: &Json) {
        match json {
            Json::Object(object) => {
                if let Some(target) = object.get("$ref").and_then(Json::as_str) {
                    assert!(root.pointer(target.strip_prefix('#').unwrap()).is_some(), "{target}");
                }
                object.values().for_each(|inner| check(inner, root));
            }
            Json::Array(items) => items.iter().for_each(|inner| check(inner, root)),
            _ => {}
        }
    }
    let (_root, app) = apps(GOOD);
    app.schemas().schemas.values().for_each(|schema| check(schema, schema));
}

#[test]
fn schemas_are_written_with_the_settings_that_use_them() {
    let (root, app) = apps(GOOD);
    let dir = root.path().join("shop/.vscode/schemas");
    let written = app.schemas().write(&dir, "./.vscode/schemas").unwrap();
    assert_eq!(written.len(), 6);
    let settings = std::fs::read_to_string(dir.join("vscode-settings.json")).unwrap();
    let settings: Json = serde_json::from_str(&settings).unwrap();
    assert_eq!(
        settings["json.schemas"][2],
        json!({
            "fileMatch": ["**/greeters/Safe/Safe.json"],
            "url": "./.vscode/schemas/greeters.Quiet.schema.json",
        })
    );
    for entry in settings["json.schemas"].as_array().unwrap() {
        let url = entry["url"].as_str().unwrap();
        assert!(root.path().join("shop").join(url).is_file(), "{url}");
    }
    let error = app.schemas().write(&root.path().join("shop/app.json"), ".").unwrap_err();
    assert!(error.to_string().starts_with("cannot write `"), "{error}");
}

#[test]
fn a_configuration_beside_the_code_is_found() {
    let (_dir, app) = crate::support::app(
        "acme.Shop",
        &[
            ("greeters/Hi/e.json", r#"{ "title": "Hi", "type": "greeters.PoliteType" }"#),
            ("greeters/Hi/backend/Hi.json", r#"{ "word": "Hi" }"#),
        ],
    );
    let found = app.explain("greeters.Hi").unwrap();
    assert_eq!(found.config_file.as_deref(), Some("greeters/Hi/backend/Hi.json"));
    assert_eq!(found.keys[0].at.as_deref(), Some("greeters/Hi/backend/Hi.json:1:3"));
    let configs = app.schemas().configs;
    assert_eq!(configs[1].0, "greeters/Hi/backend/Hi.json", "{configs:?}");
    assert_eq!(app.explain("greeters.Hello").unwrap().config_file, None);
}

#[test]
fn files_may_name_their_schema() {
    let (_dir, app) = crate::support::app(
        "acme.Shop",
        &[
            ("app.json", r#"{ "$schema": "./app.schema.json", "appId": "acme.Shop" }"#),
            (
                "greeters/Hi/e.json",
                r#"{ "$schema": "./e.schema.json", "title": "Hi", "type": "greeters.PoliteType" }"#,
            ),
            ("greeters/Hi/Hi.json", r#"{ "$schema": "./hi.schema.json", "word": "Hi" }"#),
        ],
    );
    assert_eq!(app.check(), []);
}
