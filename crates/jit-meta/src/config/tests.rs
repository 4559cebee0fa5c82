use schemars::{JsonSchema, schema_for};
use serde::Deserialize;

use super::*;

mod masking;
mod shapes;
mod ways;

/// The shape of a storage's configuration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    #[schemars(length(min = 1), extend("writeOnly" = true))]
    access_key_secret: String,
    /// Where
    /// it is
    #[schemars(length(min = 1))]
    end_point: String,
    bucket_name: String,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    signature_version: Option<Version>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 60))]
    timeout: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Version {
    V1,
    V4,
}

fn read(text: &str) -> Result<Config, Vec<String>> {
    let lookup = |name: &str| match name {
        "SECRET" => Some("hush-\"quoted\"".to_owned()),
        "SECONDS" => Some("30".to_owned()),
        _ => None,
    };
    let file = Arc::new(SourceFile::new("MyOss.json", text));
    let schema = schema_for!(Config).to_value();
    let config = ConfigText::expand(file, &lookup);
    config
        .read::<Config>(&Schemas { own: &schema, others: &[], outermost: true }, |config| {
            let is_bad = config.end_point.contains('/');
            is_bad.then(|| ConfigProblem::new("endPoint", "has a path")).into_iter().collect()
        })
        .map_err(|found| {
            for finding in &found {
                let place = finding.place.as_ref().unwrap();
                assert!(place.file.text().get(place.span.clone()).is_some(), "{finding}");
                assert!(
                    !format!("{finding:?} {}", place.file.text()).contains("hush"),
                    "{finding}"
                );
            }
            found.iter().map(ToString::to_string).collect()
        })
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(read(text).unwrap_err(), expected, "{text}");
}

const GOOD: &str = r#""accessKeySecret": "hush", "endPoint": "a.b", "bucketName": "b""#;

#[test]
fn placeholders_fill_strings_and_numbers() {
    let config = read(
        r#"{"accessKeySecret": "${SECRET}", "endPoint": "${NO:-a.b}", "bucketName": "b",
            "region": "${NO}", "signatureVersion": "v1", "timeout": ${SECONDS}}"#,
    )
    .unwrap();
    assert_eq!(config.access_key_secret, "hush-\"quoted\"");
    assert_eq!((config.end_point.as_str(), config.bucket_name.as_str()), ("a.b", "b"));
    assert_eq!((config.region, config.timeout), (None, Some(30)));
    assert_eq!(config.signature_version, Some(Version::V1));
}

#[test]
fn an_optional_key_left_empty_by_an_unset_variable_is_absent_wherever_it_stands() {
    for text in [
        format!(r#"{{"region": "${{NO}}", {GOOD}}}"#),
        format!(r#"{{{GOOD}, "region": "${{NO}}"}}"#),
        format!(r#"{{{GOOD} , "region": "${{NO}}" , "signatureVersion": "{{{{NO}}}}" }}"#),
    ] {
        let config = read(&text).unwrap();
        assert_eq!((config.region, config.signature_version), (None, None), "{text}");
    }
}

#[test]
fn all_mistakes_are_told_in_one_run_in_the_order_of_the_file() {
    check(
        r#"{"endpoint": "x", "accessKeySecret": 12345, "signatureVersion": "v5", "timeout": 99}"#,
        &[
            "MyOss.json:1:1: missing keys `endPoint`, `bucketName`; add `endPoint`: Where it is; add `bucketName`",
            "MyOss.json:1:2: unknown key `endpoint`; did you mean `endPoint`?",
            "MyOss.json:1:38: `accessKeySecret` must be a string",
            "MyOss.json:1:65: `signatureVersion` must be one of `v1`, `v4`; did you mean `v1` or `v4`?",
            "MyOss.json:1:82: `timeout` must be from 1 to 60",
        ],
    );
}

#[test]
fn empty_and_unset_required_keys_say_which() {
    check(
        r#"{"accessKeySecret": "${KEY_SECRET}", "endPoint": "", "bucketName": "${A}${B}"}"#,
        &[
            "MyOss.json:1:21: `accessKeySecret` is empty: the variable `KEY_SECRET` is not set; set `KEY_SECRET` in the environment",
            "MyOss.json:1:50: `endPoint` is empty",
            "MyOss.json:1:68: `bucketName` is empty: the variables `A`, `B` are not set; set `A`, `B` in the environment",
        ],
    );
}

#[test]
fn what_the_type_itself_finds_has_the_place_of_its_key() {
    check(
        r#"{"accessKeySecret": "hush", "endPoint": "a.b/c", "bucketName": "b"}"#,
        &["MyOss.json:1:41: has a path"],
    );
}

#[test]
fn a_secret_is_never_quoted_however_broken_the_file() {
    for text in [
        r#"{"accessKeySecret": "hush}"#,
        r#"{"accessKeySecret": "hush", }"#,
        r#"{"accessKeySecret" "hush"}"#,
        r#"{"accesKeySecret": "hush"}"#,
        "{\"accessKeySecret\": \"hush\n\", \"endPoint\": 1}",
        r#"{"accessKeySecret": ["hush"]}"#,
        r#"{"accessKeySecret": {"a": "hush"}}"#,
        r#""hush""#,
        "hush",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

/// What is said of `text`, and the file as it is shown. Every place must be that of the original.
fn found<C: DeserializeOwned + JsonSchema>(
    text: &str,
    problems: fn(&C) -> Vec<ConfigProblem>,
) -> Result<C, (Vec<Diagnostic>, String)> {
    let lookup = |name: &str| match name {
        "SECRET" | "KEY" => Some("hush-value".to_owned()),
        "BUCKET" => Some("My_Bucket".to_owned()),
        _ => None,
    };
    let file = Arc::new(SourceFile::new("MyOss.json", text));
    let schema = schema_for!(C).to_value();
    let config = ConfigText::expand(Arc::clone(&file), &lookup);
    let schemas = Schemas { own: &schema, others: &[], outermost: true };
    config.read::<C>(&schemas, problems).map_err(|found| {
        let shown = found[0].place.as_ref().unwrap().file.text().to_owned();
        for finding in &found {
            let place = finding.place.as_ref().unwrap();
            let (line, column) = file.line_column(place.span.start);
            assert_eq!(place.position(), format!("MyOss.json:{line}:{column}"));
            assert!(shown.get(place.span.clone()).is_some());
            assert!(file.text().get(place.span.clone()).is_some());
        }
        (found, shown)
    })
}

#[track_caller]
fn says<C: DeserializeOwned + JsonSchema>(text: &str, expected: &[&str]) -> String {
    let (findings, shown) = found::<C>(text, |_| vec![]).map(drop).unwrap_err();
    let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(told, expected, "{text}");
    shown
}

#[test]
fn values_of_variables_are_told_by_their_names() {
    let text = r#"{"accessKeySecret": "hush-hush", "endPoint": "x", "bucketName": "${BUCKET}"}"#;
    let (found, _) = found::<Config>(text, |config| {
        let message =
            format!("`{}` is bad, as is {}", config.bucket_name, config.access_key_secret);
        vec![
            ConfigProblem::new("bucketName", message)
                .with_help("not `my_bucket`; my_bucket is a word of advice"),
        ]
    })
    .unwrap_err();
    assert_eq!(found[0].message, "`${BUCKET}` is bad, as is ***");
    assert_eq!(found[0].help, ["not `${BUCKET}`; my_bucket is a word of advice"]);
    assert_eq!(found[0].notes, ["the value comes from `BUCKET`"]);
}

#[test]
fn an_unset_variable_is_named_by_a_syntax_error_only_beside_it() {
    let notes = |text: &str| found::<Config>(text, |_| vec![]).unwrap_err().0[0].notes.clone();
    let unset = ["the variable `NO` is not set"];
    assert_eq!(notes(r#"{"timeout": ${NO} }"#), unset);
    assert_eq!(notes(r#"{"timeout": ${NO}"#), unset);
    assert_eq!(notes(r#"{"region": "${NO}", "timeout": x}"#), [""; 0]);
}

#[test]
fn malformed_placeholders_are_told_where_they_are_the_whole_value() {
    for value in ["${OSS_KEY", "$OSS_KEY", "${OSS KEY}", "{{OSS KEY}}", "{{ A }}"] {
        let text =
            format!(r#"{{"accessKeySecret": "{value}", "endPoint": "a", "bucketName": "b"}}"#);
        let (found, _) = found::<Config>(&text, |_| vec![]).unwrap_err();
        assert_eq!((found.len(), found[0].code), (1, Code::MalformedPlaceholder), "{value}");
        assert!(!format!("{found:?}").contains(value));
    }
    for value in ["$ecret", "pre${OSS_KEY", "a{{ A }}"] {
        let text =
            format!(r#"{{"accessKeySecret": "{value}", "endPoint": "a", "bucketName": "b"}}"#);
        assert!(found::<Config>(&text, |_| vec![]).is_ok(), "{value}");
    }
}

#[test]
fn a_member_listed_twice_takes_one_comma() {
    assert_eq!(without(r#"{"a":1,"b":2,"c":3}"#, vec![7..12, 7..12]), r#"{"a":1,      "c":3}"#);
}
