use serde_json::json;

use super::*;

fn problem(config: Json, value: Value) -> Option<String> {
    new_variable(&config, value).err().map(|error| {
        assert_eq!(error.kind(), ErrorKind::BadArguments);
        error.to_string()
    })
}

#[test]
fn every_data_type_takes_its_native_values_and_no_others() {
    let samples: &[(&str, Value)] = &[
        ("text", "x".into()),
        ("day", "2026-01-31".into()),
        ("moment", "2026-01-31 12:30:00".into()),
        ("time", "12:30".into()),
        ("number", 1.5.into()),
        ("whole", 7.into()),
        ("one", 1.into()),
        ("flag", true.into()),
        ("bytes", vec![1_u8].into()),
        ("list", json!([1]).into()),
        ("texts", json!(["a"]).into()),
        ("rows", json!([{ "a": 1 }]).into()),
        ("files", json!([{ "name": "a", "url": "b" }]).into()),
        ("map", json!({ "a": 1 }).into()),
        ("file", json!({ "name": "a" }).into()),
    ];
    const TEXTS: &str = "text day moment time";
    const LISTS: &str = "list texts rows files";
    const MAPS: &str = "map file";
    for (types, fitting) in [
        ("Stext Ltext RichText Serial Phone Identify LicensePlate", vec![TEXTS]),
        ("Radio Dropdown Dept Member", vec![TEXTS]),
        ("Numeric Money Percent", vec!["number whole one"]),
        ("AutoInt", vec!["whole one"]),
        ("Checkbox", vec!["one flag"]),
        ("Date Datetime", vec!["day moment"]),
        ("Time", vec!["day moment time"]),
        ("MultiRadio MultiDropdown MultiDept MultiMember", vec![TEXTS, "texts"]),
        ("Link", vec![TEXTS, MAPS]),
        ("Address Position JitDict JitMap RowData RelateData", vec![MAPS]),
        ("JitList", vec![LISTS]),
        ("RowList SubTable MultiRelateData", vec!["rows files"]),
        ("File Image Signature", vec![TEXTS, "bytes texts files file"]),
        ("QFilter", vec![TEXTS, LISTS, MAPS]),
        ("-", vec!["bytes"]),
        ("None", vec![]),
    ] {
        let fitting = fitting.join(" ");
        for data_type in types.split(' ') {
            for (name, value) in samples {
                let fits = problem(json!({ "dataType": data_type }), value.clone()).is_none();
                let should = fitting.split(' ').any(|fitting| fitting == *name);
                assert_eq!(fits, should, "{data_type}: {name}");
            }
            assert_eq!(problem(json!({ "dataType": data_type }), Value::Null), None, "{data_type}");
        }
    }
}

#[test]
fn limits_bind_where_they_are_stated() {
    let long = "é".repeat(2000);
    for (config, value, message) in [
        (json!({ "dataType": "Stext" }), json!(long), None),
        (
            json!({ "dataType": "Stext", "limit": true }),
            json!(long),
            Some("the value must be text of at most 255 characters, not of 2000"),
        ),
        (json!({ "dataType": "Stext", "limit": true }), json!("é".repeat(255)), None),
        (
            json!({ "dataType": "Ltext", "limit": 1 }),
            json!(long),
            Some("the value must be text of at most 1024 characters, not of 2000"),
        ),
        (json!({ "dataType": "Stext", "limit": false, "maxLen": 3 }), json!(long), None),
        (
            json!({ "dataType": "Phone", "maxLen": 3, "minLen": 2 }),
            json!("1234"),
            Some("the value must be text of at most 3 characters, not of 4"),
        ),
        (
            json!({ "dataType": "Stext", "minLen": 2 }),
            json!("é"),
            Some("the value must be text of at least 2 characters, not of 1"),
        ),
        (json!({ "dataType": "Numeric" }), json!(1.2345), None),
        (json!({ "dataType": "Numeric", "decimal": 2, "maxDigits": null }), json!(1.23), None),
        (
            json!({ "dataType": "Money", "decimal": 2 }),
            json!(1.234),
            Some("the value must be a number of at most 2 decimals, not of 3"),
        ),
        (json!({ "dataType": "Percent", "decimal": 2 }), json!(0.1234), None),
        (json!({ "dataType": "Numeric", "maxDigits": 20 }), json!(u64::MAX), None),
        (
            json!({ "dataType": "Numeric", "maxDigits": 18 }),
            json!(u64::MAX),
            Some("the value must be a number of at most 18 digits, not of 20"),
        ),
        (
            json!({ "dataType": "MultiRadio", "maxCount": 1 }),
            json!(["a", "b"]),
            Some("the value must be a list of at most 1, not of 2"),
        ),
        (
            json!({ "dataType": "MultiDropdown", "maxCount": 1, "limit": false }),
            json!(["a", "b"]),
            None,
        ),
        (json!({ "dataType": "Date", "dateTimeType": "YEAR" }), json!("2026"), None),
        (
            json!({ "dataType": "RowList" }),
            json!([1]),
            Some("the value must be a list of maps, not this list"),
        ),
        (json!({ "dataType": "Stext" }), json!([1]), Some("the value must be text, not a list")),
        (
            json!({ "dataType": "Date" }),
            json!("2026-02-30"),
            Some("the value must be a day like `2026-01-31`, not this text"),
        ),
    ] {
        assert_eq!(problem(config.clone(), value.into()).as_deref(), message, "{config}");
    }
}

#[test]
fn containers_are_checked_all_the_way_down() {
    let config = json!({
        "dataType": "JitDict", "name": "order",
        "variableList": [
            { "name": "items", "dataType": "JitList", "variableConfig": {
                "dataType": "JitDict", "variableList": [
                    { "name": "sku", "dataType": "Stext", "required": 1 },
                    { "name": "count", "dataType": "AutoInt" },
                ],
            } },
            { "name": "prices", "dataType": "JitMap", "valueConfig": { "dataType": "Money" } },
            { "name": "free", "dataType": "JitList", "variableConfig": {} },
        ],
    });
    let fits = json!({
        "items": [{ "sku": "a", "count": 1, "other": [] }, { "sku": "b" }],
        "prices": { "EUR": 9.99, "USD": null },
        "free": [1, "x"],
        "unknown": true,
    });
    let mut variable = new_variable(&config, fits.clone()).unwrap();
    assert_eq!((variable.name(), variable.title()), ("order", "order"));
    let wrong = json!({
        "items": [{ "sku": "a", "count": 1.5 }, {}, 3],
        "prices": { "EUR": "9.99" },
    });
    assert_eq!(
        variable.set_value(wrong).unwrap_err().to_string(),
        "`order.items[0].count` must be a whole number, not this number, and `order.items[1].sku` must be text, not nothing, and `order.items[2]` must be a map, not a number, and `order.prices.EUR` must be a number, not text"
    );
    assert_eq!(variable.into_value(), fits.into(), "a refused value was kept");
}

#[test]
fn what_is_wrong_with_a_config_is_told_at_once() {
    for (config, message) in [
        (json!(3), "the config must be an object with a `dataType`"),
        (
            json!({ "name": 1 }),
            "`name` of the config must be text, and `dataType` of the config is missing",
        ),
        (json!({ "dataType": 1 }), "`dataType` of the config must be text"),
        (
            json!({ "dataType": "Nummeric" }),
            "`dataType` of the config: there is no data type `Nummeric`; did you mean `Numeric`?",
        ),
        (
            json!({ "dataType": "Stext", "maxLen": "5", "generic": 1 }),
            "`generic` of the config must be text, and `maxLen` of the config must be a whole number",
        ),
        (
            json!({ "dataType": "JitDict", "variableList": [{}, { "name": "a", "dataType": "Date" }, { "name": "a", "dataType": "Date" }] }),
            "`dataType` of `variableList[0]` of the config is missing, and `variableList[2]` of the config is the second `a`",
        ),
        (
            json!({ "dataType": "JitMap", "valueConfig": [] }),
            "`valueConfig` of the config must be an object with a `dataType`",
        ),
    ] {
        assert_eq!(problem(config, Value::Null).as_deref(), Some(message));
    }
}

#[test]
fn a_config_gives_the_value_that_is_not_given() {
    let config = json!({ "dataType": "Integer", "title": "Count", "value": 3 });
    let variable = new_variable(&config, Value::Null).unwrap();
    assert_eq!((variable.data_type(), variable.title()), (DataType::Numeric, "Count"));
    assert_eq!(*variable.value(), Value::from(3));
    assert_eq!(*new_variable(&config, 4).unwrap().value(), Value::from(4));
    let wrong = json!({ "dataType": "Numeric", "value": "3" });
    assert!(new_variable(&wrong, Value::Null).is_err());
}
