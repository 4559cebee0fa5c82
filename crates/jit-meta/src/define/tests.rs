use super::*;
use crate::Diagnostic;

fn parse(text: &str) -> Result<(Define, Vec<Diagnostic>), Vec<Diagnostic>> {
    let file = Arc::new(SourceFile::new("storages/MyOss/e.json", text));
    Define::parse("storages.MyOss".parse().unwrap(), file)
}

#[test]
fn known_fields_are_typed_and_unknown_ones_kept_in_order() {
    let text = r#"{
        "title": "My Storage", "zebra": {"b": 1, "a": 2}, "type": "storages.OssType",
        "default": 1, "refSpace": false, "backendBundleEntry": ".",
        "variables": [{"name": "A", "required": 1, "desc": "why"}],
        "functionList": [{"name": "f", "async": 1, "loginRequired": 0,
                          "args": [{"name": "x", "datatype": "Stext"}]}]
    }"#;
    let (define, findings) = parse(text).unwrap();
    assert_eq!(findings, []);
    assert_eq!(define.title(), "My Storage");
    assert_eq!(define.type_name().unwrap().as_str(), "storages.OssType");
    assert_eq!(text.get(define.type_span()), Some("\"storages.OssType\""));
    assert_eq!((define.flag("default"), define.flag("refSpace")), (Some(true), Some(false)));
    assert_eq!(define.text("backendBundleEntry").as_deref(), Some("."));
    assert!(define.variables()[0].required);
    assert_eq!(define.variables()[0].remark, "why");
    let function = &define.function_list()[0];
    assert!(function.is_async && !function.login_required);
    assert_eq!(function.args[0].data_type, "Stext");
    let order: Vec<_> = define.fields().map(|(name, _)| name).collect();
    assert_eq!(order[..3], ["title", "zebra", "type"]);
    assert_eq!(define.field("zebra").unwrap().get(), r#"{"b": 1, "a": 2}"#);
}

#[test]
fn mistakes_are_told_all_at_once() {
    let shown = |text| -> Vec<String> {
        parse(text).unwrap_err().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        shown(r#"{"title": 5, "tpye": "storages.OssType", "variables": 3}"#),
        [
            "storages/MyOss/e.json:1:11: `title` must be a string",
            "storages/MyOss/e.json:1:55: `variables` must be an array of variables, each with a `name`",
            "storages/MyOss/e.json:1:14: `type` is missing; did you mean `type` where it says `tpye`?",
        ]
    );
    assert_eq!(
        shown(r#"{"title": "x", "type": "storages/OssType"}"#),
        [
            "storages/MyOss/e.json:1:24: `storages/OssType` is not an element name: each segment is letters, digits and `_`, and does not start with a digit; a Type is named like `storages.OssType`"
        ]
    );
}

#[test]
fn mistakes_are_told_in_words_of_json() {
    let wide = format!(
        r#"{{"title": "x", "type": "a.B", "deep": {}1{}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    for (text, at, message, label) in [
        (
            r#"{"variables": [3]}"#,
            "1:16",
            "must be an array of variables",
            "expected an object with a `name`, found a number",
        ),
        (
            r#"{"variables": "x"}"#,
            "1:15",
            "must be an array of variables",
            "expected an array, found a string",
        ),
        (
            r#"{"variables": {"a": 1}}"#,
            "1:15",
            "must be an array of variables",
            "expected an array, found an object",
        ),
        (
            r#"{"functionList": [{}]}"#,
            "1:19",
            "must be an array of functions",
            "missing key `name`",
        ),
        (
            r#"{"functionList": [{"name": "f", "args": [1]}]}"#,
            "1:42",
            "must be an array of functions",
            "expected an object with a `name`, found a number",
        ),
        (r#"{"a": 1, "a": 2}"#, "1:10", "the key `a` is given twice", "given before"),
        ("null", "1:1", "`e.json` must be an object", "expected an object, found null"),
        (&wide, "1:165", "`e.json` is nested too deeply", "more than 127 levels"),
    ] {
        let finding = parse(text).unwrap_err().swap_remove(0);
        let place = finding.place.unwrap();
        assert_eq!(place.position(), format!("storages/MyOss/e.json:{at}"), "{text}");
        assert!(finding.message.contains(message), "{}", finding.message);
        assert_eq!(place.label, label);
    }
}

#[test]
fn a_meta_has_an_empty_type_and_a_missing_title_is_only_a_warning() {
    let (define, findings) = parse(r#"{"type": ""}"#).unwrap();
    assert_eq!((define.type_name(), define.title()), (None, "MyOss"));
    let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "storages/MyOss/e.json:1:10: `type` is empty: `storages.MyOss` is taken as a Meta; name the Type this is an instance of, or call the folder `Meta`",
            "storages/MyOss/e.json:1:1: `title` is missing; give the element a display name: \"title\": \"…\"",
        ]
    );
    for text in [r#"{"title": "x", "type": ""}"#, r#"{"title": "x"}"#] {
        let file = Arc::new(SourceFile::new("storages/Meta/e.json", text));
        let (define, findings) = Define::parse("storages.Meta".parse().unwrap(), file).unwrap();
        assert_eq!((define.type_name(), findings), (None, vec![]), "{text}");
    }
}

#[test]
fn flags_and_access_have_several_spellings() {
    for (value, expected) in
        [("true", Some(true)), ("false", Some(false)), ("1", Some(true)), ("0", Some(false))]
    {
        let text = format!(r#"{{"title": "x", "type": "a.B", "default": {value}}}"#);
        assert_eq!(parse(&text).unwrap().0.flag("default"), expected, "{value}");
    }
    for value in ["2", "-1", "\"true\"", "null", "1.0"] {
        let text = format!(r#"{{"title": "x", "type": "a.B", "default": {value}}}"#);
        assert_eq!(parse(&text).unwrap().0.flag("default"), None, "{value}");
    }
    for value in ["private", "protected", "protect", "public"] {
        let text = format!(r#"{{"title": "x", "type": "a.B", "accessModifier": "{value}"}}"#);
        assert_eq!(parse(&text).unwrap().1, [], "{value}");
    }
    assert!(parse(r#"{"title": "x", "type": "a.B", "accessModifier": 1}"#).is_err());
}

#[test]
fn nothing_quotes_what_the_file_says_in_unknown_fields() {
    let text = r#"{"title": "x", "type": "a.B", "accessKeySecret": "hush-hush"}"#;
    let (define, _) = parse(text).unwrap();
    assert!(!format!("{define:?}").contains("hush"), "{define:?}");
    assert!(!define.file().text().contains("hush"));
    assert_eq!(define.file().text().len(), text.len());
    assert_eq!(define.clone().file().text(), define.file().text());
    assert_eq!(define.text("accessKeySecret").as_deref(), Some("hush-hush"));
}
