//! `initData.json`: the rows that an app brings along.

use std::collections::HashSet;
use std::sync::Arc;

use jit_meta::{
    Code, Diagnostic, Error, ErrorKind, FullName, SourceFile, Span, SpannedJson, SpannedMember,
};

/// A row: the values of a model's fields.
pub type InitRow = serde_json::Map<String, serde_json::Value>;

/// Rows by the full name of their model, in the file's order.
pub type InitData = Vec<(FullName, Vec<InitRow>)>;

const SHAPE: &str = "it is `{ \"models.MyModel\": [ { … }, … ] }`: rows by the name of their model";

/// A mistake that is not yet told: the file is masked only when there is one.
struct Mistake {
    span: Span,
    message: String,
    label: String,
}

/// Reads the file called `name`.
pub(super) fn read(name: &str, bytes: Vec<u8>) -> Result<InitData, Error> {
    let fail = |findings| Error::from_diagnostics(ErrorKind::InvalidConfig, findings);
    let text = String::from_utf8(bytes).map_err(|_| {
        let finding = Diagnostic::error(Code::InitData, format!("`{name}` is not UTF-8"));
        fail(vec![finding.help("store it as UTF-8")])
    })?;
    let file = SourceFile::new(name, text.strip_prefix('\u{feff}').unwrap_or(&text));
    // Rows may hold secrets: what is quoted shows keys only.
    let masked = || Arc::new(file.masked(&serde_json::json!({})));
    let unmasked = Arc::new(SourceFile::new(name, ""));
    let object = file.json_object(Code::InitData, &format!("`{name}`"), &unmasked);
    let object = object.map_err(|mut finding| {
        if let Some(place) = &mut finding.place {
            place.file = masked();
        }
        fail(vec![*finding])
    })?;
    let (mut data, mut mistakes) = (Vec::new(), Vec::new());
    for model in members(&object, &mut mistakes) {
        let full_name = model.key.parse().map_err(|error| Mistake {
            span: model.key_span.clone(),
            message: format!("{error}"),
            label: "not the name of a model".to_owned(),
        });
        let rows = rows(&model, &mut mistakes);
        match full_name {
            Ok(full_name) => data.push((full_name, rows)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() {
        return Ok(data);
    }
    mistakes.sort_by_key(|mistake| mistake.span.start);
    let file = masked();
    let told = mistakes.into_iter().map(|mistake| {
        let finding = Diagnostic::error(Code::InitData, mistake.message);
        finding.at(&file, mistake.span, mistake.label).help(SHAPE)
    });
    Err(fail(told.collect()))
}

fn rows(model: &SpannedMember<'_>, mistakes: &mut Vec<Mistake>) -> Vec<InitRow> {
    let wrong = |value: &SpannedJson<'_>, message: String| Mistake {
        span: value.span(),
        message,
        label: format!("this is {}", value.kind()),
    };
    let Some(items) = model.value.items() else {
        mistakes.push(wrong(&model.value, format!("`{}` must be an array of rows", model.key)));
        return Vec::new();
    };
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        members(&item, mistakes);
        match item.read() {
            Some(row) => rows.push(row),
            None => {
                mistakes.push(wrong(&item, format!("a row of `{}` must be an object", model.key)));
            }
        }
    }
    rows
}

/// The members of an object, each key once.
fn members<'a>(value: &SpannedJson<'a>, mistakes: &mut Vec<Mistake>) -> Vec<SpannedMember<'a>> {
    let mut members = value.members().unwrap_or_default();
    let mut seen = HashSet::new();
    members.retain(|member| {
        let first = seen.insert(member.key.clone());
        if !first {
            mistakes.push(Mistake {
                span: member.key_span.clone(),
                message: format!("the key `{}` is given twice", member.key),
                label: "given before".to_owned(),
            });
        }
        first
    });
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_order_and_numbers_keep_their_digits() {
        let text = r#"{"models.B": [{"id": 18446744073709551615, "a": null}], "models.A": []}"#;
        let data = read("initData.json", text.into()).unwrap();
        let names: Vec<_> = data.iter().map(|(name, rows)| (name.as_str(), rows.len())).collect();
        assert_eq!(names, [("models.B", 1), ("models.A", 0)]);
        let row = serde_json::to_string(&data[0].1[0]).unwrap();
        assert_eq!(row, r#"{"id":18446744073709551615,"a":null}"#);
        assert_eq!(read("initData.json", "\u{feff}{}".into()).unwrap(), vec![]);
    }

    #[test]
    fn every_mistake_is_told_and_no_value_quoted() {
        let text = r#"{"models/A": [1, {"a": 1, "a": "hush"}], "models.B": {"x": "hush"}}"#;
        let error = read("initData.json", text.into()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        let told: Vec<_> = error
            .diagnostics()
            .iter()
            .map(|finding| {
                let place = finding.place.as_ref().unwrap();
                assert!(!place.file.text().contains("hush"));
                assert_eq!(place.file.text().len(), text.len());
                (place.position(), finding.message.clone(), place.label.clone())
            })
            .collect();
        let expected = [
            (
                "initData.json:1:2",
                "`models/A` is not an element name: each segment is letters, digits and `_`, and does not start with a digit",
                "not the name of a model",
            ),
            ("initData.json:1:15", "a row of `models/A` must be an object", "this is a number"),
            ("initData.json:1:27", "the key `a` is given twice", "given before"),
            ("initData.json:1:54", "`models.B` must be an array of rows", "this is an object"),
        ];
        let expected =
            expected.map(|(at, message, label)| (at.into(), message.into(), label.into()));
        assert_eq!(told, expected);
        for text in ["{", "[{\"a\": \"hush\"}]", "{\"models.A\": [{\"p\": \"hush\"},]}"] {
            let error = read("initData.json", text.into()).unwrap_err();
            let place = error.place().unwrap();
            assert!(!place.file.text().contains("hush"), "{text}");
        }
        assert!(read("initData.json", vec![0xff]).is_err());
    }
}
