//! Configurations: placeholders, the check against a schema, masking.

use std::sync::Arc;

use jit_meta::{ConfigText, SourceFile, TypeEntry, TypeStack};

use crate::choices::Choices;
use crate::define::shape;
use crate::findings::{check_hidden, check_refusal, readable};
use crate::hidden::is_all_secret;
use crate::probe::{self, PROBE, SECRET_KEYS, WRAP};
use crate::{SECRET, VARIABLE_SECRET};

/// What variables hold that mean no good. `NO` is not set.
const VARIABLES: [(&str, &str); 10] = [
    ("A", "1"),
    ("EMPTY", ""),
    ("SECRET", VARIABLE_SECRET),
    ("QUOTE", "say \"hi\", \\ and \u{1b}"),
    ("LINES", "one\ntwo\r\n"),
    ("BRACES", "}} }, {{ ${ ]"),
    ("TWICE", "${SECRET}{{A}}"),
    ("JSON", "{\"a\": [1, {}]}"),
    ("MEMBER", "\"region\": \"odd\", \"x\": \"é"),
    ("WIDE", "é漢🞶"),
];

fn variable(name: &str) -> Option<String> {
    VARIABLES.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// A configuration is a value for its Type or a list of mistakes in their places; secrets are shown in
/// neither, and no variable is expanded in another's value.
pub fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check_text(&TypeStack::new(PROBE, []), &text);
    check_text(&TypeStack::new(WRAP, [PROBE]), &text);
    let mut choices = Choices::new(data);
    let built = built(&mut choices);
    check_text(&TypeStack::new(WRAP, [PROBE]), &damaged(built, &mut choices));
}

/// The same for the configuration of any Type.
pub fn config_of(entry: &TypeEntry, data: &[u8]) {
    check_text(&TypeStack::new(*entry, []), &String::from_utf8_lossy(data));
}

fn check_text(stack: &TypeStack, text: &str) {
    let file = Arc::new(SourceFile::new("storages/MyOss/MyOss.json", text));
    let check = || stack.check(&ConfigText::expand(Arc::clone(&file), &variable));
    let outcome = check();
    assert_eq!(check(), outcome, "the same file, another outcome");
    let Err(findings) = outcome else { return };
    check_refusal(&findings);
    for place in findings.iter().filter_map(|finding| finding.place.as_ref()) {
        assert_eq!(shape(place.file.text()), shape(text), "masking moves places");
    }
    // What a map holds is shown, whatever its keys are called.
    let is_secret = |key: &str| SECRET_KEYS.contains(&key) && !text.contains("labels");
    let readable = readable(&findings);
    for (needle, secret) in [(SECRET, SECRET), ("SECRET", VARIABLE_SECRET)] {
        // `TWICE` must not bring it in either.
        let is_there = text.contains(needle);
        if !is_there || is_all_secret(text, needle, is_secret) {
            assert!(!readable.contains(secret), "`{secret}` is told:\n{readable}");
        }
    }
    if !text.contains(SECRET) && !text.contains("SECRET") {
        check_hidden(&readable);
    }
}

/// A value as the file writes it, and what it is when it is expanded.
#[derive(Default)]
struct Value {
    written: String,
    expanded: String,
}

/// Parts that no combination turns into a placeholder.
const LITERALS: [&str; 16] =
    ["", " ", "$", "{", "}", "{{", "${", "}}", ":-", "\"", "\\", "\n", "\u{0}", "é", "漢🞶", "a b"];
const DEFAULTS: [&str; 5] = ["", "d", "é:-", " {", "$"];

impl Value {
    fn new(start: &str, choices: &mut Choices<'_>) -> Self {
        let mut value = Self::default();
        value.literal(start);
        for _ in 0..choices.up_to(4) {
            match choices.up_to(2) {
                0 => value.literal(choices.one_of(&LITERALS)),
                form => value.placeholder(form, choices),
            }
        }
        value
    }

    fn literal(&mut self, text: &str) {
        let quoted = serde_json::Value::from(text).to_string();
        self.written.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
        self.expanded.push_str(text);
    }

    fn placeholder(&mut self, form: usize, choices: &mut Choices<'_>) {
        let index = choices.up_to(VARIABLES.len());
        let name = VARIABLES.get(index).map_or("NO", |(name, _)| name);
        let value = variable(name).unwrap_or_default();
        match form {
            1 => self.written.push_str(&format!("{{{{{name}}}}}")),
            _ if choices.rarely(2) => {
                let default = choices.one_of(&DEFAULTS);
                self.written.push_str(&format!("${{{name}:-{default}}}"));
                if value.is_empty() {
                    self.expanded.push_str(default);
                }
            }
            _ => self.written.push_str(&format!("${{{name}}}")),
        }
        self.expanded.push_str(&value);
    }
}

/// A configuration without a mistake, whose Type must get exactly what was meant.
fn built(choices: &mut Choices<'_>) -> String {
    let id = Value::new(SECRET, choices);
    let secret = Value::new(&format!("{SECRET} "), choices);
    let end_point = Value::new("e ", choices);
    let bucket = Value::new("b ", choices);
    let text = format!(
        "{{\n  \"accessKeyId\": \"{}\", \"accessKeySecret\": \"{}\",\n  \"endPoint\": \"{}\",\n  \"bucketName\": \"{}\",\n  \
         \"region\": \"${{NO}}\"\n}}\n",
        id.written, secret.written, end_point.written, bucket.written
    );
    let file = Arc::new(SourceFile::new("storages/MyOss/MyOss.json", text.as_str()));
    let config = ConfigText::expand(file, &variable);
    check_hidden(&format!("{config:?}"));
    drop(probe::take_last());
    let outcome = TypeStack::new(PROBE, []).check(&config);
    let read = probe::take_last();
    let found = read.as_ref().map(|config| {
        let bucket = config.bucket_name.as_deref();
        (&*config.access_key_id, &*config.access_key_secret, &*config.end_point, bucket)
    });
    let expected =
        (&*id.expanded, &*secret.expanded, &*end_point.expanded, Some(&*bucket.expanded));
    assert_eq!(found, Some(expected), "of {text}");
    // An endpoint that a variable made odd is refused by its Type.
    assert_eq!(outcome.is_ok(), !end_point.expanded.contains("odd"), "{outcome:?} of {text}");
    text
}

/// The text with a few of its characters changed, as by a slip.
fn damaged(text: String, choices: &mut Choices<'_>) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=choices.up_to(3) {
        let at = choices.up_to(chars.len().saturating_sub(1));
        let with = choices.one_of(&['"', ',', ':', '{', '}', '[', ']', '\n', '\\', ' ', 'é']);
        match choices.up_to(2) {
            _ if chars.is_empty() => {}
            0 => drop(chars.remove(at)),
            1 => chars.insert(at, with),
            _ => {
                chars.splice(at..=at, [with]);
            }
        }
    }
    chars.into_iter().collect()
}
