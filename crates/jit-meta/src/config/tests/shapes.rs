use std::collections::HashMap;

use super::*;

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
#[serde(deny_unknown_fields)]
struct Shapes {
    #[serde(default)]
    next: Option<Box<Shapes>>,
    #[serde(default)]
    list: Vec<u8>,
    #[serde(default)]
    map: HashMap<String, u32>,
    #[serde(default)]
    pair: Option<(u8, String)>,
    #[serde(default)]
    auth: Option<Auth>,
    #[serde(default)]
    #[schemars(length(min = 2, max = 3))]
    code: Option<String>,
    #[serde(default)]
    inner: Option<Inner>,
    #[serde(default)]
    names: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Auth {
    Key { id: String },
    Token { token: u32, region: Option<String> },
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Inner {
    need: String,
}

#[test]
fn values_inside_of_values_are_checked_where_they_are() {
    for (text, expected) in [
        (
            r#"{"list": [1, "x"]}"#,
            "1:14: `list[1]` must be an integer; write it without quotes; a placeholder too",
        ),
        (r#"{"list": [1, 300]}"#, "1:14: `list[1]` must be from 0 to 255"),
        (r#"{"map": {"a": 1, "b": -1}}"#, "1:23: `b` must be from 0 to 4294967295"),
        (r#"{"map": {"a": 4294967296}}"#, "1:15: `a` must be from 0 to 4294967295"),
        (r#"{"pair": [1]}"#, "1:10: `pair` must have 2 items"),
        (r#"{"pair": [1, 2]}"#, "1:14: `pair[1]` must be a string"),
        (r#"{"code": "x"}"#, "1:10: `code` must have 2 to 3 characters"),
        (r#"{"code": "éééé"}"#, "1:10: `code` must have 2 to 3 characters"),
        (
            r#"{"auth": {"kind": "token", "token": "x"}}"#,
            "1:37: `token` must be an integer; write it without quotes; a placeholder too",
        ),
        (
            r#"{"auth": {"kind": "tokn", "token": 1}}"#,
            "1:19: `kind` must be one of `key`, `token`; did you mean `token`?",
        ),
        (
            r#"{"auth": {"token": 1}}"#,
            "1:10: missing key `kind`; add `kind`: one of `key`, `token`",
        ),
        (r#"{"auth": {"kind": "key"}}"#, "1:10: missing key `id`; add `id`"),
        (
            r#"{"inner": {"need": "${NO}"}}"#,
            "1:20: `need` is empty: the variable `NO` is not set; set `NO` in the environment",
        ),
        (
            r#"{"names": ["${NO}"]}"#,
            "1:12: `names[0]` is empty: the variable `NO` is not set; set `NO` in the environment",
        ),
        (r#"{"next": {"next": {"code": 1}}}"#, "1:28: `code` must be a string"),
        (
            r#"{"${KEY}": "1"}"#,
            "1:2: unknown key `${KEY}`; its keys are `next`, `list`, `map`, `pair`, `auth`, `code`, `inner`, `names`",
        ),
        (r#"{"map": {"${KEY}": 1, "${KEY}": 2}}"#, "1:23: the key `${KEY}` is given twice"),
        (r#"{"list": [], "list": []}"#, "1:14: the key `list` is given twice"),
        (r#""hush""#, "1:1: the configuration must be an object"),
        (" null", "1:2: the configuration must be an object"),
    ] {
        says::<Shapes>(text, &[&format!("MyOss.json:{expected}")]);
    }
}

#[test]
fn an_unset_optional_key_is_absent_in_every_branch() {
    let text = r#"{"auth": {"kind": "token", "token": 1, "region": "${NO}"}, "next": {"code": "${NO}", "list": [1]}}"#;
    let read = found::<Shapes>(text, |_| vec![]).unwrap();
    assert!(matches!(read.auth, Some(Auth::Token { region: None, .. })));
    assert!(read.next.unwrap().code.is_none());
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Flat {
    #[serde(flatten)]
    auth: Auth,
    #[serde(flatten)]
    place: Place,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Place {
    zone: Option<String>,
}

#[test]
fn flattened_structs_and_root_enums_are_checked() {
    let text = r#"{"kind": "token", "token": 1, "region": "${NO}", "zone": "${NO}"}"#;
    let read = found::<Flat>(text, |_| vec![]).unwrap();
    assert!(matches!(read.auth, Auth::Token { region: None, .. }) && read.place.zone.is_none());
    let expected =
        "MyOss.json:1:29: `token` must be an integer; write it without quotes; a placeholder too";
    says::<Flat>(r#"{"kind": "token",  "token": "x"}"#, &[expected]);
    says::<Auth>(r#"{"kind": "token",  "token": "x"}"#, &[expected]);
}

#[test]
fn depth_is_bounded() {
    let text = format!("{}{}", r#"{"next": "#.repeat(100_000), "}".repeat(100_000));
    says::<Shapes>(&text, &["MyOss.json:1:1144: the configuration is nested too deeply"]);
    let depth = json::MAX_DEPTH - 1;
    let text = format!("{}{{}}{}", r#"{"next": "#.repeat(depth), "}".repeat(depth));
    assert!(found::<Shapes>(&text, |_| vec![]).is_ok());
}

#[test]
fn many_keys_are_read_and_few_findings_shown() {
    let members: Vec<_> = (0..60_000).map(|n| format!("\"k{n}\": \"${{NO}}\"")).collect();
    let text = format!("{{{}}}", members.join(",\n"));
    let (findings, _) = found::<Shapes>(&text, |_| vec![]).unwrap_err();
    assert_eq!(findings.len(), 100);
    assert_eq!(findings[99].notes, ["59900 more findings are left out"]);
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Unit;

#[test]
fn a_type_without_a_configuration_loads_from_nothing() {
    found::<()>("{}", |()| vec![]).unwrap();
    found::<Unit>(" { } ", |_| vec![]).unwrap();
    says::<Unit>(
        r#"{"a": 1}"#,
        &["MyOss.json:1:2: unknown key `a`; it has no keys: remove this one"],
    );
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Odd {
    #[schemars(with = "String")]
    number: std::num::NonZeroU8,
}

#[test]
fn what_the_schema_cannot_say_has_its_place_too() {
    says::<Odd>(
        r#"{"x": [1], "number": "hush"}"#,
        &["MyOss.json:1:22: the value here does not fit the Type's configuration"],
    );
}
