//! Placeholders in schemas: wherever a text is accepted, one may stand in it.

use serde_json::{Value as Json, json};

/// What a schema says of placeholders.
pub(super) const COMMENT: &str = "A text may hold placeholders, \"${NAME}\", \"${NAME:-default}\" or \
    \"{{NAME}}\". For a number, a boolean, a list or an object the placeholder is written without quotes, \
    which editors do not read as JSON; in quotes it is refused.";

/// A text with a placeholder in it.
const PATTERN: &str = r"\$\{[A-Za-z0-9_]+\}|\$\{[A-Za-z0-9_]+:-[^}\n]*\}|\{\{[A-Za-z0-9_]+\}\}";

/// A placeholder whose default holds the beginning of another, which the app refuses.
const NESTED: &str = r"\$\{[A-Za-z0-9_]+:-[^}\n]*(\$\{|\{\{)";

/// What limits texts.
const LIMITS: [&str; 6] = ["enum", "const", "minLength", "maxLength", "pattern", "format"];

/// Allows a text with a placeholder wherever a schema limits a text: what the limit is about comes later. Refuses,
/// as the app does, one in the default of another.
pub(super) fn allow(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            for (key, inner) in object.iter_mut() {
                match (key.as_str(), inner) {
                    // Any key may be the name of a property.
                    ("properties" | "patternProperties" | "$defs", Json::Object(named)) => {
                        named.values_mut().for_each(allow);
                    }
                    // Data and no schema; and what is refused anyway.
                    ("enum" | "const" | "default" | "examples" | "required" | "not", _) => {}
                    (_, inner) => allow(inner),
                }
            }
            // A tag that may be a placeholder does not tell one branch from another.
            // Branches that say which keys are required do.
            let names_keys =
                |branch: &Json| branch.as_object().is_some_and(|it| it.keys().eq(["required"]));
            let is_choice = |branches: &Vec<Json>| branches.iter().all(names_keys);
            let keep = object.get("oneOf").and_then(Json::as_array).is_some_and(is_choice);
            if !keep && let Some(branches) = object.remove("oneOf") {
                object.insert("anyOf".to_owned(), branches);
            }
        }
        Json::Array(items) => return items.iter_mut().for_each(allow),
        _ => return,
    }
    if !takes_text(schema) {
        return;
    }
    let Some(object) = schema.as_object_mut() else { return };
    if LIMITS.into_iter().any(|key| object.contains_key(key)) {
        loosen(object);
    }
    let nested = json!({ "type": "string", "pattern": NESTED });
    let refused = match object.remove("not") {
        Some(other) => json!({ "anyOf": [other, nested] }),
        None => nested,
    };
    object.insert("not".to_owned(), refused);
}

fn loosen(object: &mut serde_json::Map<String, Json>) {
    // What describes the value stays where editors look for it; what limits it becomes one of two choices.
    let mut given = serde_json::Map::new();
    for key in LIMITS.into_iter().chain(["type"]) {
        if let Some(value) = object.remove(key) {
            given.insert(key.to_owned(), value);
        }
    }
    let choice = json!([given, { "type": "string", "pattern": PATTERN }]);
    match object.remove("anyOf") {
        Some(other) => {
            object.insert("allOf".to_owned(), json!([{"anyOf": other}, {"anyOf": choice}]))
        }
        None => object.insert("anyOf".to_owned(), choice),
    };
}

fn takes_text(schema: &Json) -> bool {
    let is_string = |json: &Json| json.as_str() == Some("string");
    match (schema.get("type"), schema.get("enum"), schema.get("const")) {
        (Some(Json::Array(kinds)), ..) => kinds.iter().any(is_string),
        (Some(kind), ..) => is_string(kind),
        (None, Some(Json::Array(values)), _) => values.iter().any(Json::is_string),
        (None, None, Some(value)) => value.is_string(),
        _ => schema.get("pattern").is_some() || schema.get("minLength").is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_texts_and_nothing_else_give_way() {
        let text = json!({ "type": "string", "pattern": PATTERN });
        let nested = json!({ "type": "string", "pattern": NESTED });
        for (given, expected) in [
            (json!({"type": "string"}), json!({"type": "string", "not": nested})),
            (
                json!({"type": "string", "not": {"const": "a"}}),
                json!({"type": "string", "not": {"anyOf": [{"const": "a"}, nested]}}),
            ),
            (
                json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
                json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            ),
            (
                json!({"type": "integer", "format": "uint32"}),
                json!({"type": "integer", "format": "uint32"}),
            ),
            (
                json!({"description": "d", "type": "string", "enum": ["a"]}),
                json!({"description": "d", "anyOf": [{"enum": ["a"], "type": "string"}, text], "not": nested}),
            ),
            (
                json!({"properties": {"k": {"type": ["string", "null"], "minLength": 1}}}),
                json!({"properties": {"k": {"anyOf": [{"minLength": 1, "type": ["string", "null"]}, text], "not": nested}}}),
            ),
            (
                json!({"oneOf": [{"const": "a"}, {"type": "null"}]}),
                json!({"anyOf": [{"anyOf": [{"const": "a"}, text], "not": nested}, {"type": "null"}]}),
            ),
            (json!({"default": {"enum": ["a"]}}), json!({"default": {"enum": ["a"]}})),
            (json!({"enum": [1, 2]}), json!({"enum": [1, 2]})),
            (
                json!({"properties": {"enum": {"const": "a"}, "oneOf": {"type": "string"}}}),
                json!({"properties": {"enum": {"anyOf": [{"const": "a"}, text], "not": nested}, "oneOf": {"type": "string", "not": nested}}}),
            ),
        ] {
            let mut schema = given.clone();
            allow(&mut schema);
            assert_eq!(schema, expected, "{given}");
        }
    }
}
