use super::*;

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("writeOnly" = true))]
struct Secret(#[expect(dead_code, reason = "only its schema matters")] String);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema matters")]
struct Nested {
    token: Option<Secret>,
    name: Option<String>,
    #[schemars(extend("writeOnly" = true))]
    creds: Option<Creds>,
    plain: Option<Creds>,
    map: Option<std::collections::HashMap<String, Secret>>,
    list: Option<Vec<Secret>>,
    always: u8,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema matters")]
struct Creds {
    name: String,
    pass: Secret,
}

#[test]
fn write_only_hides_whatever_is_below_it_and_a_name_reveals_nothing_elsewhere() {
    for (text, expected) in [
        (r#"{"token": "hush", "name": "x"}"#, r#"{"token": "****", "name": "x"}"#),
        (r#"{"creds": {"name": "hush"}}"#, r#"{"creds": {"****": "****"}}"#),
        (
            r#"{"plain": {"name": "x", "pass": "hush"}}"#,
            r#"{"plain": {"name": "x", "pass": "****"}}"#,
        ),
        (r#"{"plain": "hush"}"#, r#"{"plain": "****"}"#),
        (r#"{"map": {"name": "hush"}}"#, r#"{"map": {"name": "****"}}"#),
        (r#"{"list": ["hush", 1]}"#, r#"{"list": ["****", *]}"#),
        (r#"{"other": {"name": "hush"}}"#, r#"{"other": {"****": "****"}}"#),
        (
            r#"{"token": "${SECRET}", "t": "${K:-hush}"}"#,
            r#"{"token": "${SECRET}", "t": "**********"}"#,
        ),
        (r#"{"${K:-hush}": 1}"#, r#"{"${K:-****}": *}"#),
        // Broken: a name that is a secret's anywhere hides its value.
        (r#"{"name": "hush""#, r#"{"name": "****""#),
    ] {
        let (_, shown) = found::<Nested>(text, |_| vec![]).map(drop).unwrap_err();
        assert_eq!(shown, expected, "{text}");
    }
}

#[test]
fn broken_json_shows_no_more_than_it_must() {
    for (text, expected) in [
        (
            "{\"accessKeySecret\": \"hush,\n\"endPoint\": \"x\"}",
            "{\"accessKeySecret\": \"*****\n\"endPoint\": \"x\"}",
        ),
        (r#"{"accessKeySecret": hush}"#, r#"{"accessKeySecret": ****}"#),
        (r#"{"accessKeySecret": 'hush'}"#, r#"{"accessKeySecret": ******}"#),
        (r#"{"endPoint": "x" "hush"}"#, r#"{"endPoint": "*" "****"}"#),
        (r#"{"accessKeySecret": "hush": 1}"#, r#"{"accessKeySecret": "****": *}"#),
        (
            r#"{"accessKeySecret":"hushendPoint":"${R}"}"#,
            r#"{"accessKeySecret":"************":"${R}"}"#,
        ),
        (r#"{"hushb\endPoint":"x",}"#, r#"{"**************":"*",}"#),
        (r#"{"endPoint": "x", "hush" "endPoint"}"#, r#"{"endPoint": "x", "****" "********"}"#),
    ] {
        let (_, shown) = found::<Config>(text, |_| vec![]).map(drop).unwrap_err();
        assert_eq!(shown, expected, "{text}");
    }
}

#[test]
fn credentials_and_queries_of_urls_are_never_shown() {
    for (value, expected) in [
        ("https://key:hush@oss.com/a", "https://********@oss.com/a"),
        ("key:hush@oss.com", "********@oss.com"),
        ("https://oss.com/a?Signature=hush", "https://oss.com/a?**************"),
        ("https://key:hush", "https://key:****"),
        ("https:\\/\\/key:hush@oss.com", "**************************"),
        ("http://oss.com:9000/a", "http://oss.com:9000/a"),
    ] {
        let text =
            format!(r#"{{"accessKeySecret": "k", "bucketName": "b", "endPoint": "{value}"}}"#);
        let quote =
            |c: &Config| vec![ConfigProblem::new("endPoint", format!("bad: {}", c.end_point))];
        let (found, shown) = found::<Config>(&text, quote).unwrap_err();
        assert!(shown.contains(&format!("\"{expected}\"")), "{shown}");
        assert!(!format!("{found:?}").contains("hush"), "{found:?}");
    }
}

#[test]
fn columns_after_a_masked_value_are_those_of_the_file() {
    let shown = says::<Config>(
        r#"{"accessKeySecret": "é漢😀", "bucketName": "b", "endPoint": 1}"#,
        &["MyOss.json:1:59: `endPoint` must be a string"],
    );
    assert_eq!(
        shown,
        r#"{"accessKeySecret": "×∗🞶", "bucketName": "b", "endPoint": *}"#.replace(": *}", ": 1}")
    );
}

/// Every single slip of a finger in configurations with secrets.
#[test]
fn no_slip_reveals_a_secret() {
    const SECRET: &str = "HUSHHUSH";
    let slips = ["", "\"", "\\", ",", ":", "{", "}", "[", "]", "\n", "a", "$", "/", "'", "é"];
    for text in [
        r#"{"accessKeySecret":"HUSHHUSH","endPoint":"a.b","bucketName":"b","region":"${R}"}"#,
        r#"{"endPoint":"a.b","other":{"endPoint":"HUSHHUSH"},"accessKeySecret":"HUSHHUSH","timeout":1}"#,
        "{\n  \"bucketName\": \"b\",\n  \"accessKeySecret\": \"HUSHHUSH\",\n  \"endPoint\": \"x\"\n}\n",
        r#"{"region": null, "accessKeySecret": ["HUSHHUSH", "HUSHHUSH"], "endPoint": "a.b"}"#,
        r#"{"endPoint":"https://k:HUSHHUSH@a.b","accessKeySecret":"${NO:-HUSHHUSH}"}"#,
    ] {
        for (at, c) in text.char_indices() {
            for slip in slips {
                let (before, after) = text.split_at(at);
                let rest = after.get(c.len_utf8()..).unwrap();
                for edited in [format!("{before}{slip}{rest}"), format!("{before}{slip}{after}")] {
                    let Err((findings, shown)) = found::<Config>(&edited, |_| vec![]) else {
                        continue;
                    };
                    for told in findings.iter().map(|f| format!("{f} {f:?}")).chain([shown]) {
                        assert!(!told.contains("HUSH"), "{edited}\n{told}");
                    }
                }
            }
        }
        assert!(text.contains(SECRET));
    }
}
