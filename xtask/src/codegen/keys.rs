//! The keys of a Type's configuration as a table, and what each key has to say of itself.

use jit_meta::{Need, TypeEntry};
use serde_json::Value as Json;

use crate::Result;

/// What numbers count. The description of a number begins with one of them.
const UNITS: [&str; 5] = ["Attempts", "Bytes", "Milliseconds", "Parts", "Seconds"];

/// A key, as the schema tells it.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    name: String,
    kind: &'static str,
    is_secret: bool,
    need: Need,
    /// The values that are allowed, where not all are.
    values: String,
    /// What holds when it is left out: the words before "unless given".
    default: Option<String>,
    description: String,
}

/// About, keys and example of a Type, as Markdown.
pub(super) fn text(entry: &TypeEntry) -> Result<String> {
    let schema = entry.schema().to_value();
    let about = schema.get("description").and_then(Json::as_str).unwrap_or_default();
    let keys = keys(&schema);
    let mut out = format!("{}\n", one_line(about));
    if !keys.is_empty() {
        out += "\n| key | type | values | unless given | meaning |\n|---|---|---|---|---|\n";
        keys.iter().for_each(|key| out += &row(key));
    }
    let (family, own) = entry.full_name().rsplit_once('.').unwrap_or_default();
    let element = format!("{family}.My{}", own.strip_suffix("Type").unwrap_or(own));
    let example = entry.example(&element.parse()?);
    if !example.is_empty() {
        out += &format!("\n```json\n{}```\n", example.text());
    }
    Ok(out)
}

fn row(key: &Key) -> String {
    let Key { name, kind, values, is_secret, need, default, description } = key;
    let kind = if *is_secret { format!("{kind}, secret") } else { (*kind).to_owned() };
    let default = default.as_deref().unwrap_or_default();
    // It has a column of its own.
    let meaning = description.replacen(&format!("; {default} unless given"), "", 1);
    let unless_given = match need {
        Need::Optional => default.to_owned(),
        Need::Required => need.to_string(),
        Need::Unless(_) => format!("required {need}"),
    };
    let cells = [&format!("`{name}`"), kind.as_str(), values, &unless_given, &meaning];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// What the keys of a Type do not say of themselves.
pub(super) fn lacking(entry: &TypeEntry) -> Vec<String> {
    let schema = entry.schema().to_value();
    let told = |key: &Key| {
        let what = key.lacks()?;
        Some(format!("{}: `{}` {what} in its doc comment", entry.full_name(), key.name))
    };
    let mut found: Vec<_> = keys(&schema).iter().filter_map(told).collect();
    if schema.get("description").is_none() {
        found.push(format!("{}: its configuration has no doc comment", entry.full_name()));
    }
    found
}

impl Key {
    fn lacks(&self) -> Option<&'static str> {
        if self.description.is_empty() {
            return Some("has no description");
        }
        if !self.description.ends_with('.') {
            return Some("has no full stop");
        }
        if self.need == Need::Optional && self.default.is_none() {
            return Some("is optional and says no `… unless given`");
        }
        let is_number = self.kind.ends_with("number");
        let unit = self.description.split(' ').next().unwrap_or_default();
        if is_number && !UNITS.contains(&unit) {
            return Some("is a number and does not begin with its unit");
        }
        None
    }
}

fn keys(schema: &Json) -> Vec<Key> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let key = |(name, property): (&String, &Json)| {
        let shape = shape(schema, property);
        let description = property.get("description").and_then(Json::as_str).unwrap_or_default();
        let description = one_line(description);
        Key {
            name: name.clone(),
            kind: kind(shape),
            is_secret: property.get("writeOnly") == Some(&Json::Bool(true)),
            need: Need::of(schema, name),
            values: values(shape),
            default: default(&description),
            description,
        }
    };
    properties.into_iter().flatten().map(key).collect()
}

/// The schema of a value that is given: not `null`, and not a reference.
fn shape<'a>(root: &'a Json, property: &'a Json) -> &'a Json {
    let branches = property.get("anyOf").and_then(Json::as_array);
    let given = branches.and_then(|branches| {
        branches.iter().find(|branch| branch.get("type") != Some(&"null".into()))
    });
    let shape = given.unwrap_or(property);
    let path = shape.get("$ref").and_then(Json::as_str).and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| root.pointer(path)).unwrap_or(shape)
}

fn kind(shape: &Json) -> &'static str {
    let name = match shape.get("type") {
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).find(|n| *n != "null"),
        Some(name) => name.as_str(),
        None => None,
    };
    match name {
        Some("string") => "text",
        Some("integer") => "whole number",
        Some("number") => "number",
        Some("boolean") => "true or false",
        Some("array") => "list",
        Some("object") => "object",
        _ => "any",
    }
}

fn values(shape: &Json) -> String {
    let words = match (shape.get("enum"), shape.get("oneOf")) {
        (Some(Json::Array(words)), _) => words.iter().collect::<Vec<_>>(),
        (_, Some(Json::Array(branches))) => {
            branches.iter().filter_map(|branch| branch.get("const")).collect()
        }
        _ => Vec::new(),
    };
    if !words.is_empty() {
        let words = words.iter().map(|word| match word {
            Json::String(word) => format!("`{word}`"),
            other => format!("`{other}`"),
        });
        return words.collect::<Vec<_>>().join(", ");
    }
    match (shape.get("minimum"), shape.get("maximum")) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} and more"),
        (None, Some(most)) => format!("up to {most}"),
        (None, None) => String::new(),
    }
}

/// The words before "unless given", back to the beginning of the clause.
fn default(description: &str) -> Option<String> {
    let (before, _) = description.split_once(" unless given")?;
    let clause = before.rsplit_once("; ").map_or(before, |(_, clause)| clause);
    let clause = clause.rsplit_once(". ").map_or(clause, |(_, clause)| clause);
    Some(clause.to_owned())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema(property: &Json) -> Json {
        json!({ "properties": { "key": property } })
    }

    #[test]
    fn a_key_that_does_not_say_what_it_has_to_is_found() {
        let lacks = |property: Json| keys(&schema(&property))[0].lacks().unwrap_or_default();
        for (property, found) in [
            (json!({ "type": "string" }), "has no description"),
            (json!({ "type": "string", "description": "A word" }), "has no full stop"),
            (json!({ "type": "string", "description": "A word." }), "unless given"),
            (
                json!({ "type": ["integer", "null"], "description": "Some; 5 unless given." }),
                "unit",
            ),
            (json!({ "type": "integer", "description": "Seconds of it; 5 unless given." }), ""),
        ] {
            let lacks = lacks(property);
            assert!(lacks.contains(found) && lacks.is_empty() == found.is_empty(), "{lacks}");
        }
    }

    #[test]
    fn a_row_says_each_thing_once() {
        let property = json!({
            "type": ["integer", "null"], "minimum": 1, "maximum": 600, "writeOnly": true,
            "description": "Seconds | that\n it takes; 5 unless given. More.",
        });
        assert_eq!(
            row(&keys(&schema(&property))[0]),
            "| `key` | whole number, secret | 1 to 600 | 5 | Seconds \\| that it takes. More. |\n"
        );
    }

    #[test]
    fn an_enum_behind_a_reference_has_its_values() {
        let schema = json!({
            "properties": { "key": { "anyOf": [{ "$ref": "#/$defs/A" }, { "type": "null" }] } },
            "$defs": { "A": { "type": "string", "enum": ["a", "b"] } },
        });
        let key = &keys(&schema)[0];
        assert_eq!((key.kind, key.values.as_str()), ("text", "`a`, `b`"));
    }
}
