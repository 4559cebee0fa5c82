use super::*;

/// A key and its secret, or where they are found.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["id", "secret"] }, { "required": ["from"] }]))]
struct Either {
    place: String,
    /// The key.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    id: Option<String>,
    #[serde(default)]
    #[schemars(with = "String")]
    secret: Option<String>,
    /// Where they are.
    #[serde(default)]
    #[schemars(with = "String")]
    from: Option<String>,
}

fn read_either(text: &str) -> Result<Either, Vec<String>> {
    let lookup = |name: &str| (name == "SET").then(|| "set".to_owned());
    let config = ConfigText::expand(Arc::new(SourceFile::new("X.json", text)), &lookup);
    let schema = schema_for!(Either).to_value();
    let schemas = Schemas { own: &schema, others: &[], outermost: true };
    let found = config.read::<Either>(&schemas, |_| Vec::new());
    found.map_err(|found| found.iter().map(ToString::to_string).collect())
}

#[test]
fn either_way_is_enough_and_what_a_variable_left_empty_is_no_way() {
    for (text, expected) in [
        (r#"{"place": "p", "id": "i", "secret": "s"}"#, [Some("i"), Some("s"), None]),
        (r#"{"place": "p", "from": "f"}"#, [None, None, Some("f")]),
        (
            r#"{"place": "p", "id": "${NO}", "secret": "${NO}", "from": "${SET}"}"#,
            [None, None, Some("set")],
        ),
        (
            r#"{"from": "${NO}", "place": "p", "id": "${SET}", "secret": "s"}"#,
            [Some("set"), Some("s"), None],
        ),
    ] {
        let Either { place, id, secret, from } = read_either(text).unwrap();
        assert_eq!([id.as_deref(), secret.as_deref(), from.as_deref()], expected, "{text}");
        assert_eq!(place, "p");
    }
}

#[test]
fn mistakes_name_the_way_that_is_meant_and_the_other() {
    const ADD: &str =
        "add `id`: The key.; add `secret`; or, in place of that, add `from`: Where they are.";
    let missing = format!("X.json:1:1: missing `id` and `secret`, or `from`; {ADD}");
    for (text, expected) in [
        (r#"{"place": "p"}"#, vec![missing.as_str()]),
        ("{}", vec![missing.as_str(), "X.json:1:1: missing key `place`; add `place`"]),
        (
            r#"{"place": "p", "secret": "s"}"#,
            vec!["X.json:1:1: missing key `id`; add `id`: The key."],
        ),
        (r#"{"place": "p", "id": "", "secret": "s"}"#, vec!["X.json:1:22: `id` is empty"]),
        (
            r#"{"place": "p", "id": "${NO}", "secret": "s"}"#,
            vec![
                "X.json:1:22: `id` is empty: the variable `NO` is not set; set `NO` in the environment",
            ],
        ),
        (
            r#"{"place": "p", "from": "${NO}"}"#,
            vec![
                "X.json:1:24: `from` is empty: the variable `NO` is not set; set `NO` in the environment",
            ],
        ),
        (
            r#"{"place": "p", "from": "f", "id": "i", "secret": "s"}"#,
            vec![
                "X.json:1:16: `from` cannot stand beside `id` and `secret`; remove `from`, or remove `id` and `secret`",
            ],
        ),
        (
            r#"{"place": "p", "id": "i", "from": "f"}"#,
            vec!["X.json:1:16: `id` cannot stand beside `from`; remove `id`, or remove `from`"],
        ),
        (r#"{"place": 1, "from": "f"}"#, vec!["X.json:1:11: `place` must be a string"]),
        (
            r#"{"place": "p", "form": "f"}"#,
            vec![missing.as_str(), "X.json:1:16: unknown key `form`; did you mean `from`?"],
        ),
    ] {
        assert_eq!(read_either(text).unwrap_err(), expected, "{text}");
    }
}
