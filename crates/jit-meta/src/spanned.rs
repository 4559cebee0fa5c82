//! JSON with the place of every key and value, for those who tell people where a file is wrong.

use serde::Deserialize;

use crate::json::{self, Fault, kind_of};
use crate::{Code, Diagnostic, SourceFile, Span, config};

/// A JSON value and where it stands in its file.
#[derive(Clone, Debug)]
pub struct SpannedJson<'a> {
    text: &'a str,
    span: Span,
}

/// A member of a JSON object.
#[derive(Clone, Debug)]
pub struct SpannedMember<'a> {
    /// The key, unescaped.
    pub key: String,
    /// Where the key stands, quotes included.
    pub key_span: Span,
    /// The value.
    pub value: SpannedJson<'a>,
}

impl<'a> SpannedJson<'a> {
    /// Where it stands, quotes or brackets included.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Its text as it stands in the file.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// What it is, for messages: `a string`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match kind_of(self.text) {
            "string" => "a string",
            "object" => "an object",
            "array" => "an array",
            "boolean" => "a boolean",
            "null" => "null",
            _ => "a number",
        }
    }

    /// The members in the file's order, a key that is given twice twice; `None` when it is no object.
    #[must_use]
    pub fn members(&self) -> Option<Vec<SpannedMember<'a>>> {
        let members = json::entries(self.text, self.span.start).ok()?;
        let spanned = members.into_iter().map(|member| SpannedMember {
            key: member.key,
            key_span: member.key_span,
            value: SpannedJson { text: member.value, span: member.value_span },
        });
        Some(spanned.collect())
    }

    /// The items in order; `None` when it is no array.
    #[must_use]
    pub fn items(&self) -> Option<Vec<SpannedJson<'a>>> {
        let is_array = kind_of(self.text) == "array";
        let items = is_array.then(|| json::items(self.text, self.span.start))?;
        Some(items.into_iter().map(|(text, span)| SpannedJson { text, span }).collect())
    }

    /// The value as a `T`; `None` when it is none.
    #[must_use]
    pub fn read<T: Deserialize<'a>>(&self) -> Option<T> {
        serde_json::from_str(self.text).ok()
    }
}

impl SourceFile {
    /// Reads it as one JSON object. `subject` is how messages call it, `shown` the file that they quote.
    ///
    /// # Errors
    ///
    /// The place of what keeps it from being one.
    pub fn json_object(
        &self,
        code: Code,
        subject: &str,
        shown: &std::sync::Arc<Self>,
    ) -> Result<SpannedJson<'_>, Box<Diagnostic>> {
        match json::document(self.text()) {
            Err(error) if !matches!(error.fault, Fault::Duplicate(_)) => {
                let help = match error.fault {
                    Fault::Syntax => format!(
                        "{subject} holds one JSON object: double quotes, no trailing comma, no comments"
                    ),
                    Fault::TooDeep => format!("nothing in {subject} needs that"),
                    _ => format!("{subject} holds one JSON object"),
                };
                let finding = Diagnostic::error(code, error.title(subject));
                Err(Box::new(finding.at(shown, error.span, error.label).help(help)))
            }
            _ => {
                let text = self.text().trim();
                let start = self.text().len() - self.text().trim_start().len();
                Ok(SpannedJson { text, span: start..start + text.len() })
            }
        }
    }

    /// The same file with everything masked but keys at the top and what a JSON Schema knows and does not call secret
    /// (`writeOnly`): what may be quoted in a message. Every place in it is that of the file.
    #[must_use]
    pub fn masked(&self, schema: &serde_json::Value) -> Self {
        config::masked(self, schema)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let file = Arc::new(SourceFile::new("f", r#" {"a": [1, {"b": "x"}], "a": null} "#));
        let object = file.json_object(Code::AppJson, "`f`", &file).unwrap();
        let part = |span: Span| file.text().get(span).unwrap();
        assert_eq!(part(object.span()), object.text());
        let members = object.members().unwrap();
        assert_eq!(members.len(), 2, "a key that is given twice is there twice");
        assert_eq!(part(members[1].key_span.clone()), "\"a\"");
        assert_eq!(members[1].value.kind(), "null");
        let items = members[0].value.items().unwrap();
        assert_eq!((items[0].kind(), items[0].read::<u8>()), ("a number", Some(1)));
        assert_eq!(part(items[1].span()), r#"{"b": "x"}"#);
        assert!(items[0].members().is_none() && items[1].items().is_none());
    }

    #[test]
    fn what_is_no_object_says_where() {
        for (text, message) in [
            ("[1]", "f:1:1: `f` must be an object; `f` holds one JSON object"),
            (
                "{\"a\": 1,}",
                "f:1:9: this is not valid JSON; `f` holds one JSON object: double quotes, no trailing comma, no comments",
            ),
        ] {
            let file = Arc::new(SourceFile::new("f", text));
            let error = file.json_object(Code::AppJson, "`f`", &file).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn what_the_schema_does_not_know_is_masked() {
        let file = SourceFile::new("f", r#"{"a": "shown", "b": "hush", "c": {"d": 12}}"#);
        let schema = serde_json::json!({"properties": {"a": {}}});
        assert_eq!(file.masked(&schema).text(), r#"{"a": "shown", "b": "****", "c": {"*": **}}"#);
    }
}
