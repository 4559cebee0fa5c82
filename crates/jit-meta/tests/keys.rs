//! Keys of configurations with their values and sources, and `$schema` in configurations.

#![cfg(test)]

use std::collections::HashMap;
use std::sync::Arc;

use jit_meta::{
    BoundArgs, ConfigText, Error, Filling, Function, Instance, LoadContext, Meta, Need, Registered,
    SourceFile, Type, TypeEntry, TypeStack, Value, async_trait,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

struct Boxes;

impl Meta for Boxes {
    const FULL_NAME: &'static str = "boxes.Meta";
    type Interface = Empty;

    fn functions() -> &'static [Function] {
        &[]
    }

    fn into_instance(this: Arc<Empty>) -> Arc<dyn Instance> {
        this
    }
}

#[derive(Debug)]
struct Empty;

#[async_trait]
impl Instance for Empty {
    async fn call(&self, _: &str, _: BoundArgs) -> Result<Value, Error> {
        Ok(Value::Null)
    }
}

macro_rules! a_type {
    ($name:ident, $config:ty, $inherits:literal) => {
        struct $name;

        #[async_trait]
        impl Type for $name {
            type Meta = Boxes;
            type Config = $config;
            const INHERITS: bool = $inherits;

            async fn load(
                &self,
                _: $config,
                _: LoadContext<'_, Boxes>,
            ) -> Result<Arc<Empty>, Error> {
                Ok(Arc::new(Empty))
            }
        }
    };
}

a_type!(Outer, OuterConfig, true);
a_type!(Inner, InnerConfig, false);
a_type!(Open, HashMap<String, u8>, false);
a_type!(Unit, (), false);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct OuterConfig {
    /// Prefixed to
    /// all.
    #[serde(default = "prefix")]
    prefix: String,
    place: String,
}

fn prefix() -> String {
    "p-".to_owned()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct InnerConfig {
    place: String,
    #[schemars(extend("writeOnly" = true))]
    secret: String,
    url: Option<String>,
    size: Option<u32>,
    nested: Option<Nested>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Nested {
    name: String,
    #[schemars(extend("writeOnly" = true))]
    pass: Vec<String>,
}

const fn at(line: u32) -> Registered {
    Registered { package: "boxes", file: "boxes.rs", line }
}

fn stack() -> TypeStack {
    let inner = TypeEntry::new(None, "boxes.Inner", &Inner, at(2));
    TypeStack::new(TypeEntry::new(None, "boxes.Outer", &Outer, at(1)), [inner])
}

fn text(text: &str) -> ConfigText {
    let file = Arc::new(SourceFile::new("Box.json", text));
    ConfigText::expand(file, &|name| match name {
        "SECRET" => Some("hush-secret".to_owned()),
        "PLACE" => Some("here".to_owned()),
        "SIZE" => Some("7".to_owned()),
        _ => None,
    })
}

/// Name, value, whether it is the schema's, and who reads it.
fn rows(config: &str) -> Vec<(String, Option<Json>, bool, String)> {
    let keys = text(config).keys(&stack());
    assert!(!format!("{keys:?}").contains("hush"), "{keys:?}");
    let readers = |readers: &[TypeEntry]| {
        let names: Vec<_> = readers.iter().map(TypeEntry::full_name).collect();
        names.join(" ")
    };
    keys.iter()
        .map(|key| (key.name.clone(), key.value.clone(), key.is_default, readers(&key.readers)))
        .collect()
}

#[track_caller]
fn value_of(config: &str, key: &str, expected: Json) {
    let rows = rows(config);
    let row = rows.iter().find(|(name, ..)| name == key);
    assert_eq!(row.and_then(|(_, value, ..)| value.clone()), Some(expected), "{config}");
}

#[test]
fn keys_that_are_given_come_first_and_say_who_reads_them() {
    let (both, inner) = ("boxes.Outer boxes.Inner".to_owned(), "boxes.Inner".to_owned());
    assert_eq!(
        rows(r#"{"secret": "hush", "place": "here", "size": "${NO}", "odd": "hush"}"#),
        [
            ("secret".to_owned(), Some(json!("***")), false, inner.clone()),
            ("place".to_owned(), Some(json!("here")), false, both),
            ("size".to_owned(), None, false, inner.clone()),
            ("odd".to_owned(), Some(json!("***")), false, String::new()),
            ("prefix".to_owned(), Some(json!("p-")), true, "boxes.Outer".to_owned()),
            ("url".to_owned(), None, false, inner.clone()),
            ("nested".to_owned(), None, false, inner),
        ]
    );
}

#[test]
fn what_is_known_of_a_key_and_where_it_stands() {
    let config = r#"{ "place": "${PLACE}-${NO:-x}${NO}", "secret": "${SECRET}" }"#;
    let keys = text(config).keys(&stack());
    let [place, secret, prefix, ..] = keys.as_slice() else { panic!("{keys:?}") };
    assert_eq!(
        config.get(place.span.clone().unwrap()),
        Some(r#""place": "${PLACE}-${NO:-x}${NO}""#)
    );
    assert_eq!((&place.value, place.need.clone()), (&Some(json!("${PLACE}-x")), Need::Required));
    let filled: Vec<_> = place.placeholders.iter().map(|p| (p.name.as_str(), p.filled)).collect();
    assert_eq!(
        filled,
        [("PLACE", Filling::Variable), ("NO", Filling::Default), ("NO", Filling::Nothing)]
    );
    assert!(secret.secret && secret.placeholders.len() == 1);
    assert_eq!(
        (prefix.description.as_str(), prefix.need.clone()),
        ("Prefixed to all.", Need::Optional)
    );
}

#[test]
fn a_secret_is_three_stars_wherever_it_stands() {
    let hidden = || json!("***");
    value_of(r#"{"secret": "hush"}"#, "secret", hidden());
    value_of(r#"{"secret": true}"#, "secret", hidden());
    value_of(r#"{"secret": ["hush"]}"#, "secret", hidden());
    value_of(r#"{"secret": "${NO:-hush}"}"#, "secret", hidden());
    value_of(r#"{"secret": "${SECRET}"}"#, "secret", hidden());
    value_of(r#"{"unknown": {"hush": 1}}"#, "unknown", hidden());
    value_of(r#"{"nested": "hush"}"#, "nested", hidden());
    value_of(
        r#"{"nested": {"name": "n", "pass": ["hush", "hush"], "other": "hush"}}"#,
        "nested",
        json!({"name": "n", "pass": "***", "other": "***"}),
    );
    value_of(r#"{"url": "https://k:hush@a.b/c?x=hush"}"#, "url", json!("https://***@a.b/c?***"));
}

#[test]
fn no_value_of_a_variable_is_shown() {
    for (value, shown) in [
        (r#""a-${SECRET}""#, "a-${SECRET}"),
        (r#""{{SECRET}}${NO:-x}""#, "${SECRET}x"),
        ("${SIZE}", "${SIZE}"),
        ("1${SIZE}", "1${SIZE}"),
        ("${NO:-7}", "7"),
    ] {
        value_of(&format!(r#"{{"place": {value}}}"#), "place", {
            let number = shown.parse::<u64>().map(serde_json::Value::from);
            number.unwrap_or_else(|_| json!(shown))
        });
    }
    let nested = r#"{"nested": {"name": "${SECRET}", "pass": "${SECRET}"}}"#;
    value_of(nested, "nested", json!({"name": "${SECRET}", "pass": "***"}));
}

#[test]
fn a_text_that_is_no_object_gives_the_keys_of_the_types() {
    for config in ["", "[]", r#"{"secret": "hush""#, "hush"] {
        let keys: Vec<_> = rows(config).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(keys, ["prefix", "place", "secret", "url", "size", "nested"], "{config}");
    }
}

#[test]
fn a_schema_for_editors_is_no_key_of_the_configuration() {
    let good = r#"{"$schema": "../x.schema.json", "secret": "s", "place": "here"}"#;
    assert_eq!(stack().check(&text(good)), Ok(()));
    assert!(rows(good).iter().all(|(name, ..)| name != "$schema"));
    for (entry, config) in [
        (TypeEntry::new(None, "boxes.Open", &Open, at(3)), r#"{"$schema": "x", "a": 1}"#),
        (TypeEntry::new(None, "boxes.Unit", &Unit, at(4)), r#"{"$schema": "x"}"#),
    ] {
        assert_eq!(TypeStack::new(entry, []).check(&text(config)), Ok(()), "{config}");
    }
    let inside = r#"{"secret": "s", "place": "here", "$schem": "x"}"#;
    let found = stack().check(&text(inside)).unwrap_err();
    assert!(found[0].message.contains("unknown key `$schem`"), "{found:?}");
}

#[test]
fn an_example_that_does_not_fit_its_own_schema_is_found() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only read")]
    struct WrongConfig {
        #[schemars(length(max = 3), example = &"too long")]
        short: String,
        #[schemars(length(min = 20), extend("writeOnly" = true))]
        secret: String,
    }
    a_type!(Wrong, WrongConfig, false);

    assert_eq!(TypeEntry::new(None, "boxes.Outer", &Outer, at(1)).check_example(), Ok(()));
    let found = TypeEntry::new(None, "boxes.Wrong", &Wrong, at(1)).check_example().unwrap_err();
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found.to_string(), "boxes.Wrong.json:2:12: `short` must have at most 3 characters");
}
