//! Findings as SARIF 2.1.0, which editors, code hosts and CI systems show at their places.

use jit_meta::{Code, Diagnostic, Error, Place, Severity};
use serde_json::{Value as Json, json};

/// A SARIF log with one run that found `findings`. Paths are relative to the app's folder.
#[must_use]
pub fn log(findings: &[Diagnostic]) -> Json {
    run(findings, None)
}

/// The SARIF log of an app that cannot be loaded: its findings, or that checking it failed.
#[must_use]
pub fn failure(error: &Error) -> Json {
    let failed = error.diagnostics().is_empty().then(|| error.to_string());
    run(error.diagnostics(), failed)
}

fn run(findings: &[Diagnostic], failed: Option<String>) -> Json {
    let rules: Vec<_> = Code::all().iter().map(|code| rule(*code)).collect();
    let results: Vec<_> = findings.iter().map(result).collect();
    let mut invocation = json!({ "executionSuccessful": failed.is_none() });
    if let Some(message) = failed {
        invocation["toolExecutionNotifications"] =
            json!([{ "level": "error", "message": { "text": message } }]);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "jit-rs check",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "invocations": [invocation],
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Json {
    json!({
        "id": code.as_str(),
        "name": format!("{code:?}"),
        "shortDescription": { "text": code.explanation() },
        "help": { "text": code.help() },
    })
}

fn result(finding: &Diagnostic) -> Json {
    let mut text = finding.message.clone();
    if let Some(place) = finding.place.as_ref().filter(|place| !place.label.is_empty()) {
        text.push_str(&format!(": {}", place.label));
    }
    finding.help.iter().for_each(|help| text.push_str(&format!("\nhelp: {help}")));
    finding.notes.iter().for_each(|note| text.push_str(&format!("\nnote: {note}")));
    let locations: Vec<_> = finding.place.iter().map(location).collect();
    json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": Code::all().iter().position(|code| *code == finding.code),
        "level": match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": text },
        "locations": locations,
    })
}

fn location(place: &Place) -> Json {
    let (start_line, start_column) = position(place.file.text(), place.span.start);
    let (end_line, end_column) = position(place.file.text(), place.span.end);
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(place.file.path()) },
            "region": {
                "startLine": start_line,
                "startColumn": start_column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        },
    })
}

/// Line and column of a byte offset, both counted from 1, columns in UTF-16 code units.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count() + 1;
    (line, column)
}

/// A relative path as a URI reference: a colon, too, is escaped, so that nothing in it looks like a scheme.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::expect;
    use jit_meta::{ErrorKind, SourceFile};

    use super::*;

    fn findings() -> Vec<Diagnostic> {
        let file = Arc::new(SourceFile::new("a b/é/e.json", "{\n \"😀é\": 1 }"));
        vec![
            Diagnostic::error(Code::FieldValue, "`x` must be a string")
                .at(&file, 11..12, "this is a number")
                .help("write it in quotes")
                .note("the value comes from `X`"),
            Diagnostic::warning(Code::ConfigName, "no place"),
        ]
    }

    #[test]
    fn a_log_has_what_the_standard_requires() {
        let log = log(&findings());
        assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&json!("2.1.0"), 1));
        let run = &log["runs"][0];
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string());
        let rules = driver["rules"].as_array().unwrap();
        assert_eq!(rules.len(), Code::all().len());
        for rule in rules {
            assert!(rule["id"].as_str().unwrap().starts_with("JIT"), "{rule}");
            for text in ["shortDescription", "help"] {
                assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{rule}");
            }
        }
        for result in run["results"].as_array().unwrap() {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[at]["id"], result["ruleId"]);
            assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            for location in result["locations"].as_array().unwrap() {
                let region = &location["physicalLocation"]["region"];
                for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
                    assert!(region[edge].as_u64().unwrap() > 0, "{location}");
                }
            }
        }
    }

    #[test]
    fn places_are_in_utf_16_and_paths_are_uris() {
        let mut log = log(&findings());
        // The rules have a test of their own.
        log["runs"][0]["tool"]["driver"]["rules"] = json!([]);
        log["runs"][0]["tool"]["driver"]["version"] = json!("VERSION");
        expect![[r#"
            {
              "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
              "version": "2.1.0",
              "runs": [
                {
                  "tool": {
                    "driver": {
                      "name": "jit-rs check",
                      "version": "VERSION",
                      "rules": []
                    }
                  },
                  "invocations": [
                    {
                      "executionSuccessful": true
                    }
                  ],
                  "columnKind": "utf16CodeUnits",
                  "results": [
                    {
                      "ruleId": "JIT0105",
                      "ruleIndex": 10,
                      "level": "error",
                      "message": {
                        "text": "`x` must be a string: this is a number\nhelp: write it in quotes\nnote: the value comes from `X`"
                      },
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "a%20b/%C3%A9/e.json"
                            },
                            "region": {
                              "startLine": 2,
                              "startColumn": 7,
                              "endLine": 2,
                              "endColumn": 8
                            }
                          }
                        }
                      ]
                    },
                    {
                      "ruleId": "JIT0209",
                      "ruleIndex": 28,
                      "level": "warning",
                      "message": {
                        "text": "no place"
                      },
                      "locations": []
                    }
                  ]
                }
              ]
            }"#]].assert_eq(&serde_json::to_string_pretty(&log).unwrap());
    }

    #[test]
    fn an_app_that_cannot_be_loaded_is_a_failed_run() {
        let log = failure(&Error::new(ErrorKind::NoApp, "no such app"));
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], json!(false));
        let told = &invocation["toolExecutionNotifications"][0]["message"]["text"];
        assert_eq!(told, &json!("no such app"));
        let found = failure(&Error::from_diagnostics(ErrorKind::NoApp, findings()));
        assert_eq!(found["runs"][0]["results"].as_array().unwrap().len(), 2);
    }
}
