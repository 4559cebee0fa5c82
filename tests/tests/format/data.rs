//! Data types, and values that keep to theirs.

use std::collections::BTreeSet;

use jit_app::{ErrorKind, Value};
use jit_meta::{DataType, new_variable};
use serde_json::{Value as Json, json};

use crate::document::rows;
use crate::support::has;

/// What is wrong with a value.
fn refused(config: &Json, value: impl Into<Value>) -> String {
    let error = new_variable(config, value).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
    error.to_string()
}

fn fits(data_type: &str, value: impl Into<Value>) -> bool {
    new_variable(&json!({ "dataType": data_type }), value).is_ok()
}

#[test]
fn data_native() {
    let samples = [
        ("text", Value::from("x")),
        ("a number", 1.5.into()),
        ("a whole number", 7.into()),
        ("true, false, 1 or 0", true.into()),
        ("text that begins with a day, 2026-01-31", "2026-01-31".into()),
        ("text with a time of the day, 12:30:00", "12:30:00".into()),
        ("a list of texts, or text", json!(["a"]).into()),
        ("text, or named values", json!({ "a": 1 }).into()),
        ("named values", json!({ "a": 1 }).into()),
        ("values in order", json!([1]).into()),
        ("a list of named values", json!([{ "a": 1 }]).into()),
        (
            "attachments: with a name or a url, or text, or bytes; in a list or one alone",
            json!([{ "name": "a" }]).into(),
        ),
        ("text, a list, or named values", json!({ "a": 1 }).into()),
        ("bytes, for which JitAi has no data type", vec![1_u8].into()),
        ("nothing", Value::Null),
    ];
    let mut named = BTreeSet::new();
    for (kind, value) in samples {
        let row = rows("`").into_iter().find(|row| row[1] == kind).expect(kind);
        for name in row[0].split(' ') {
            assert!(fits(name, value.clone()), "{name}: {kind}");
            named.insert(name.to_owned());
        }
    }
    for (name, value) in [
        ("Stext", Value::from(5)),
        ("Numeric", "5".into()),
        ("AutoInt", 1.5.into()),
        ("Checkbox", 2.into()),
        ("Date", "2026-02-30".into()),
        ("JitDict", json!([]).into()),
        ("RowList", json!([1]).into()),
        ("None", "x".into()),
    ] {
        assert!(!fits(name, value), "{name}");
    }
    let all: BTreeSet<_> = DataType::ALL.iter().map(|one| one.as_str().to_owned()).collect();
    assert_eq!(named, all);
}

#[test]
fn data_inherits() {
    let is_a = |one: &str, other: &str| -> bool {
        one.parse::<DataType>().unwrap().is_a(other.parse().unwrap())
    };
    for (one, other) in [
        ("Money", "Numeric"),
        ("MultiRelateData", "RowList"),
        ("MultiRelateData", "RelateData"),
        ("MultiRelateData", "RowData"),
        ("Time", "Date"),
        ("MultiDropdown", "Stext"),
        ("Image", "JitList"),
        ("Position", "JitDict"),
    ] {
        assert!(is_a(one, other) && !is_a(other, one), "{one} {other}");
    }
}

#[test]
fn data_aliases() {
    for (alias, name) in [("Integer", "Numeric"), ("DateTime", "Datetime")] {
        assert_eq!(alias.parse::<DataType>().unwrap().as_str(), name);
    }
    let told = refused(&json!({ "dataType": "Nummeric" }), 1);
    has(&told, &["`Nummeric`", "did you mean `Numeric`?"]);
}

#[test]
fn data_config() {
    let told = refused(&json!({ "name": 1, "maxLen": "5" }), Value::Null);
    has(&told, &["`name`", "`dataType` of the config is missing"]);
    let title = |config: &Json| new_variable(config, Value::Null).unwrap().title().to_owned();
    assert_eq!(title(&json!({ "dataType": "Stext", "name": "n", "title": "N" })), "N");
    assert_eq!(title(&json!({ "dataType": "Stext", "name": "n" })), "n");
}

#[test]
fn data_limits() {
    for (limit, value, name) in [
        (json!({ "dataType": "Stext", "maxLen": 3 }), json!("four"), "maxLen"),
        (json!({ "dataType": "Stext", "minLen": 5 }), json!("four"), "minLen"),
        (json!({ "dataType": "Money", "decimal": 2 }), json!(1.234), "decimal"),
        (json!({ "dataType": "Numeric", "maxDigits": 2 }), json!(123), "maxDigits"),
        (json!({ "dataType": "MultiRadio", "maxCount": 1 }), json!(["a", "b"]), "maxCount"),
    ] {
        refused(&limit, value.clone());
        let mut without = limit.clone();
        without.as_object_mut().unwrap().remove(name).unwrap();
        new_variable(&without, value).unwrap();
    }
    let off = json!({ "dataType": "Stext", "maxLen": 3, "limit": false });
    new_variable(&off, "four").unwrap();
}

#[test]
fn data_containers() {
    let config = json!({
        "name": "order", "dataType": "JitDict", "variableList": [
            { "name": "sku", "dataType": "Stext", "required": 1 },
            { "name": "prices", "dataType": "JitMap", "valueConfig": { "dataType": "Money" } },
            { "name": "counts", "dataType": "JitList", "variableConfig": { "dataType": "AutoInt" } },
        ],
    });
    new_variable(&config, json!({ "sku": "a", "prices": { "EUR": 1 }, "counts": [1] })).unwrap();
    let told = refused(&config, json!({ "prices": { "EUR": "1" }, "counts": [1, 1.5] }));
    has(&told, &["`order.sku`", "`order.prices.EUR`", "`order.counts[1]`"]);
}

#[test]
fn data_initial() {
    let config = json!({ "dataType": "Numeric", "value": 3 });
    assert_eq!(*new_variable(&config, Value::Null).unwrap().value(), Value::from(3));
    assert_eq!(*new_variable(&config, 4).unwrap().value(), Value::from(4));
}

#[test]
fn data_refused() {
    let mut price = new_variable(&json!({ "dataType": "Money", "name": "price" }), 9).unwrap();
    let error = price.set_value("free").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
    has(&error.to_string(), &["`price`"]);
    assert_eq!(*price.value(), Value::from(9));
}
