use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    customer: String,
    amount: i64,
    rate: f64,
    #[serde(default)]
    note: Option<String>,
    items: Vec<Item>,
    files: BTreeMap<String, Blob>,
    state: State,
    pair: (bool, char),
    anything: Value,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    sku: String,
    how: How,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Closed,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum How {
    ByPost { to: String },
    ByHand(u32),
    Both(u8, u8),
    Not,
}

fn order(data: &Bytes) -> Order {
    let item = |sku: &str, how| Item { sku: sku.to_owned(), how };
    Order {
        customer: "Ann".to_owned(),
        amount: -3,
        rate: 0.5,
        note: None,
        items: vec![
            item("a", How::ByPost { to: "x".to_owned() }),
            item("b", How::ByHand(7)),
            item("c", How::Both(1, 2)),
            item("d", How::Not),
        ],
        files: [("a.bin".to_owned(), Blob(data.clone()))].into(),
        state: State::Closed,
        pair: (true, 'é'),
        anything: Value::List(vec![data.clone().into(), Value::Null, 1.5.into()]),
    }
}

#[test]
fn what_goes_in_comes_out_and_bytes_are_the_same() {
    let data = Bytes::from(vec![0, 159, 146, 150]);
    let value = to_value(&order(&data)).unwrap();
    let file = value.get("files").and_then(|files| files.get("a.bin")).unwrap();
    assert_eq!(file.as_bytes().unwrap().as_ptr(), data.as_ptr(), "copied");
    let Some(Value::List(items)) = value.get("anything") else { panic!("{value:?}") };
    assert_eq!(items[0].as_bytes().unwrap().as_ptr(), data.as_ptr(), "copied");

    let back: Order = from_value(value).unwrap();
    assert_eq!(back, order(&data));
    assert_eq!(back.files["a.bin"].as_ptr(), data.as_ptr(), "copied");
    let Value::List(items) = &back.anything else { panic!("{back:?}") };
    assert_eq!(items[0].as_bytes().unwrap().as_ptr(), data.as_ptr(), "copied");
}

#[test]
fn json_is_written_and_read_as_ever() {
    let data = Bytes::from(vec![1, 2]);
    let json = serde_json::to_value(order(&data)).unwrap();
    assert_eq!(json["files"]["a.bin"], serde_json::json!([1, 2]));
    assert_eq!(json["anything"], serde_json::json!([[1, 2], null, 1.5]));
    let back: Order = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(back.files, order(&data).files);
    assert_eq!(serde_json::to_value(back).unwrap(), json);
    let value = to_value(&json).unwrap();
    assert_eq!(value, Value::from(json.clone()));
    assert_eq!(serde_json::from_str::<Value>(&json.to_string()).unwrap(), value);
}

#[test]
fn bytes_are_also_what_other_structs_have() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Plain {
        data: Vec<u8>,
        #[serde(flatten)]
        rest: BTreeMap<String, Blob>,
    }
    let value = |name: &str| (name.to_owned(), Value::Bytes(Bytes::from(vec![1, 2])));
    let plain: Plain = from_value(Value::Map(vec![value("data"), value("more")])).unwrap();
    assert_eq!((plain.data, &*plain.rest["more"].0), (vec![1, 2], &[1, 2][..]));
    // A handover that is not asked for leaves nothing behind.
    assert_eq!(from_value::<Option<Value>>(Value::Null).unwrap(), None);
    assert_eq!(from_value::<Value>(Value::Null).unwrap(), Value::Null);
    assert_eq!(from_value::<Vec<()>>(Value::List(vec![Value::Null])).unwrap(), [()]);
    from_value::<()>(Value::Map(vec![])).unwrap();
}

#[test]
fn what_does_not_fit_is_told_with_the_way_to_it_and_without_its_value() {
    #[track_caller]
    fn check<T: serde::de::DeserializeOwned + std::fmt::Debug>(
        json: serde_json::Value,
        told: &str,
    ) {
        assert_eq!(from_value::<T>(json.into()).unwrap_err().to_string(), told);
    }
    use serde_json::json;
    check::<i64>(json!("hush"), "expected a whole number, found text");
    check::<i64>(json!(1.5), "expected a whole number, found a number with decimals");
    check::<u64>(json!(1e30), "expected a whole number from 0, found one that is too large");
    check::<u8>(json!(1.0), "expected a whole number from 0 to 255, found a number with decimals");
    check::<String>(json!(1e30), "expected a string, found a number with decimals");
    check::<u8>(json!(300), "expected a whole number from 0 to 255, found another number");
    check::<char>(json!("hush"), "expected a character, found another text");
    check::<State>(json!("hush"), "expected `open` or `closed`, found another text");
    check::<State>(json!(1), "expected text or a map, found a number");
    check::<Blob>(json!("hush"), "expected bytes, found text");
    check::<Item>(json!({ "sku": "a" }), "`how` is missing");
    check::<Vec<Item>>(
        json!([{ "sku": "a", "how": { "ByPost": { "to": 1 } } }]),
        "`[0].how.to`: expected a string, found a number",
    );
    check::<BTreeMap<String, Vec<Blob>>>(
        json!({ "a": [[256]] }),
        "`a[0]`: expected bytes, found a list",
    );
    let error = to_value(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert_eq!(error.to_string(), "the name of a member must be text, not a list");
}
