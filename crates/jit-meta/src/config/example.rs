//! Example configurations: what a schema asks for, and nothing else.

use serde_json::{Map, Value as Json};

use super::schema::{Node, any_secret};
use super::ways::way;
use crate::FullName;

/// How deep values lie in one another; a schema may refer to itself.
const DEEPEST: usize = 16;

/// The smallest configuration that a schema allows: its required keys, in its order.
///
/// A secret is a placeholder for a variable that is named after the element. Another key has the first of its
/// schema's `examples`, its first allowed value, its default; a key that has none of them is a placeholder too.
/// Where one of several groups of keys is required, it has the first.
///
/// ```
/// use jit_meta::Example;
/// use serde_json::json;
///
/// let schema = json!({
///     "type": "object",
///     "properties": {
///         "accessKey": { "type": "string", "writeOnly": true },
///         "bucket": { "type": "string", "examples": ["my-bucket"] },
///         "region": { "type": "string" },
///     },
///     "required": ["accessKey", "bucket"],
/// });
/// let example = Example::new([&schema], &"storages.MyOss".parse()?);
/// assert_eq!(
///     example.text(),
///     "{\n  \"accessKey\": \"${MY_OSS_ACCESS_KEY}\",\n  \"bucket\": \"my-bucket\"\n}\n"
/// );
/// # Ok::<(), jit_meta::NameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Example {
    config: Map<String, Json>,
    keys: Vec<ExampleKey>,
    variables: Vec<ExampleVariable>,
}

/// A key of an [`Example`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExampleKey {
    /// The key.
    pub name: String,
    /// What the schema says of it, in one line.
    pub description: String,
    /// Whether it is a secret, which belongs into a variable.
    pub secret: bool,
    /// Whether its value is somebody else's: one of the schema's `examples`.
    pub is_sample: bool,
    /// Whether it is text, and not a number or anything else.
    pub is_text: bool,
}

/// A variable that an [`Example`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExampleVariable {
    /// Its name, `MY_OSS_ACCESS_KEY`.
    pub name: String,
    /// What the schema says of the key that it fills, in one line.
    pub description: String,
    /// Whether it holds a secret.
    pub secret: bool,
    /// A value to try the example with.
    pub sample: String,
    /// Whether the placeholder stands in quotes.
    is_text: bool,
}

impl Example {
    /// The example of a configuration that is read by all of several schemas, for an element.
    #[must_use]
    pub fn new<'a>(schemas: impl IntoIterator<Item = &'a Json>, element: &FullName) -> Self {
        Self::for_keys(schemas, element, &[])
    }

    /// The same for somebody who will give these keys: where one of several groups of keys is required, it has the
    /// one that they are of.
    #[must_use]
    pub fn for_keys<'a>(
        schemas: impl IntoIterator<Item = &'a Json>,
        element: &FullName,
        given: &[&str],
    ) -> Self {
        let mut example = Self { config: Map::new(), keys: Vec::new(), variables: Vec::new() };
        let prefix = upper_snake(element.name());
        for schema in schemas {
            let nodes = Node::root(schema).parts();
            for (key, nodes) in required(&nodes, given) {
                if example.config.contains_key(key) {
                    continue;
                }
                let value = example.value(&nodes, &format!("{prefix}_{}", upper_snake(key)), 0);
                example.keys.push(ExampleKey {
                    name: key.to_owned(),
                    description: description(&nodes),
                    secret: any_secret(&nodes),
                    is_sample: !any_secret(&nodes) && sample(&nodes).is_some(),
                    is_text: kind(&nodes) == "string",
                });
                example.config.insert(key.to_owned(), value);
            }
        }
        example
    }

    /// Whether nothing is required.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.config.is_empty()
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{:#}\n", Json::Object(self.config.clone()));
        for variable in self.variables.iter().filter(|variable| !variable.is_text) {
            let placeholder = format!("${{{}}}", variable.name);
            text = text.replace(&format!("\"{placeholder}\""), &placeholder);
        }
        text
    }

    /// Its keys, in order.
    #[must_use]
    pub fn keys(&self) -> &[ExampleKey] {
        &self.keys
    }

    /// The variables that its placeholders name, in order.
    #[must_use]
    pub fn variables(&self) -> &[ExampleVariable] {
        &self.variables
    }

    /// Gives a key a value of one's own.
    pub fn set(&mut self, key: &str, value: Json) {
        if let Some(old) = self.config.insert(key.to_owned(), value)
            && let Some(old) = old.as_str()
        {
            self.variables.retain(|variable| old != format!("${{{}}}", variable.name));
        }
        self.keys.iter_mut().filter(|it| it.name == key).for_each(|it| it.is_sample = false);
    }

    /// The sample value of a variable.
    #[must_use]
    pub fn sample(&self, variable: &str) -> Option<&str> {
        self.variables.iter().find(|it| it.name == variable).map(|it| it.sample.as_str())
    }

    fn value(&mut self, nodes: &[Node<'_>], variable: &str, depth: usize) -> Json {
        if any_secret(nodes) {
            return self.placeholder(nodes, variable);
        }
        if let Some(value) = given(nodes) {
            return value.clone();
        }
        if depth == DEEPEST {
            return Json::Null;
        }
        if let Some(branch) = branch(nodes, &[]).filter(|branch| way(branch.json).is_none()) {
            return self.value(&branch.parts(), variable, depth + 1);
        }
        match kind(nodes) {
            "object" => {
                let members = required(nodes, &[]).into_iter().map(|(key, nodes)| {
                    let variable = format!("{variable}_{}", upper_snake(key));
                    (key.to_owned(), self.value(&nodes, &variable, depth + 1))
                });
                Json::Object(members.collect())
            }
            "array" => {
                let least = nodes.iter().find_map(|node| node.json.get("minItems")?.as_u64());
                let items =
                    (0..usize::try_from(least.unwrap_or(0)).unwrap_or(0).min(DEEPEST)).map(|at| {
                        let item: Vec<_> = nodes.iter().filter_map(|node| node.item(at)).collect();
                        let item: Vec<_> = item.into_iter().flat_map(Node::parts).collect();
                        self.value(&item, &format!("{variable}_{}", at + 1), depth + 1)
                    });
                Json::Array(items.collect())
            }
            "boolean" => Json::Bool(false),
            "null" => Json::Null,
            _ => self.placeholder(nodes, variable),
        }
    }

    fn placeholder(&mut self, nodes: &[Node<'_>], variable: &str) -> Json {
        let is_text = !matches!(kind(nodes), "integer" | "number" | "boolean" | "array" | "object");
        self.variables.push(ExampleVariable {
            name: variable.to_owned(),
            description: description(nodes),
            secret: any_secret(nodes),
            sample: trial(nodes),
            is_text,
        });
        Json::String(format!("${{{variable}}}"))
    }
}

/// The keys that an object cannot do without, each with all that is said of it, in the order of the schemas.
fn required<'a>(nodes: &[Node<'a>], given: &[&str]) -> Vec<(&'a str, Vec<Node<'a>>)> {
    let chosen = branch(nodes, given).map(Node::parts).unwrap_or_default();
    let nodes: Vec<Node<'a>> = nodes.iter().copied().chain(chosen).collect();
    let names: Vec<&str> = nodes
        .iter()
        .filter_map(|node| node.json.get("required")?.as_array())
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let mut keys: Vec<(&str, Vec<Node<'a>>)> = Vec::new();
    for (name, node) in nodes.iter().flat_map(|node| node.properties()) {
        if names.contains(&name) && keys.iter().all(|(known, _)| *known != name) {
            keys.push((name, node.parts()));
        }
    }
    keys
}

/// The alternative that is a way with a given key, or the first that is more than nothing.
fn branch<'a>(nodes: &[Node<'a>], given: &[&str]) -> Option<Node<'a>> {
    let branches =
        || nodes.iter().flat_map(|node| node.branches().flatten().map(move |json| node.with(json)));
    let is_given = |node: &Node<'a>| {
        way(node.json).is_some_and(|keys| keys.iter().any(|key| given.contains(key)))
    };
    let chosen = branches().find(is_given);
    chosen.or_else(|| branches().find(|node| kind(&node.parts()) != "null"))
}

/// The value that the schema itself names, if any.
fn given<'a>(nodes: &[Node<'a>]) -> Option<&'a Json> {
    let first = |name| nodes.iter().find_map(|node| node.json.get(name)?.as_array()?.first());
    let one = |name| nodes.iter().find_map(|node| node.json.get(name));
    sample(nodes)
        .or_else(|| one("const"))
        .or_else(|| first("enum"))
        .or_else(|| one("default").filter(|value| !value.is_null()))
}

fn sample<'a>(nodes: &[Node<'a>]) -> Option<&'a Json> {
    nodes.iter().find_map(|node| node.json.get("examples")?.as_array()?.first())
}

/// The first kind of value that is allowed, `null` only if nothing else is.
fn kind<'a>(nodes: &[Node<'a>]) -> &'a str {
    let kinds =
        nodes.iter().filter_map(|node| node.json.get("type")).flat_map(|kinds| match kinds {
            Json::Array(kinds) => kinds.as_slice(),
            kind => std::slice::from_ref(kind),
        });
    let kinds: Vec<&str> = kinds.filter_map(Json::as_str).collect();
    let other = kinds.iter().find(|kind| **kind != "null").or_else(|| kinds.first());
    other.copied().unwrap_or_default()
}

fn description(nodes: &[Node<'_>]) -> String {
    let text = nodes.iter().find_map(|node| node.json.get("description")?.as_str());
    text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value to fill a placeholder with.
fn trial(nodes: &[Node<'_>]) -> String {
    let number = |name| nodes.iter().find_map(|node| node.json.get(name)?.as_u64());
    match given(nodes) {
        Some(Json::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => match kind(nodes) {
            "integer" | "number" => number("minimum").unwrap_or(1).to_string(),
            "boolean" => "false".to_owned(),
            "array" => "[]".to_owned(),
            "object" => "{}".to_owned(),
            _ => {
                let length = usize::try_from(number("minLength").unwrap_or(0)).unwrap_or(0);
                "example-".chars().cycle().take(length.clamp(7, 4096)).collect()
            }
        },
    }
}

/// `accessKeyId` as `ACCESS_KEY_ID`.
pub(super) fn upper_snake(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if starts_word && !out.ends_with('_') {
            out.push('_');
        }
        out.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(schemas: &[Json], expected: Expect) -> Example {
        let example = Example::new(schemas, &"storages.MyOSSFiles".parse().unwrap());
        expected.assert_eq(&example.text());
        example
    }

    #[test]
    fn required_keys_only_each_with_the_best_value_that_the_schema_knows() {
        let schema = json!({
            "properties": {
                "secret": { "type": "string", "writeOnly": true, "examples": ["hush"] },
                "optional": { "type": "string", "examples": ["x"] },
                "example": { "type": "string", "examples": ["first", "second"], "default": "no" },
                "choice": { "$ref": "#/$defs/Choice" },
                "default": { "type": "integer", "default": 7 },
                "text": { "type": ["null", "string"], "minLength": 9 },
                "number": { "type": "integer", "minimum": 3 },
                "flag": { "type": "boolean" },
                "list": { "type": "array", "items": { "type": "string" } },
                "pair": { "type": "array", "items": { "enum": ["a"] }, "minItems": 2 },
                "nested": { "$ref": "#/$defs/Nested" },
                "either": { "oneOf": [{ "type": "null" }, { "type": "string", "const": "one" }] }
            },
            "required": [
                "either", "nested", "pair", "list", "flag", "number", "text", "default", "choice", "example",
                "secret"
            ],
            "$defs": {
                "Choice": { "type": "string", "enum": ["v4", "v1"] },
                "Nested": {
                    "type": "object",
                    "properties": {
                        "keyId": { "type": "string", "writeOnly": true },
                        "self": { "$ref": "#/$defs/Nested" },
                        "other": { "type": "string" }
                    },
                    "required": ["keyId"]
                }
            }
        });
        let example = check(
            &[schema],
            expect![[r#"
                {
                  "secret": "${MY_OSS_FILES_SECRET}",
                  "example": "first",
                  "choice": "v4",
                  "default": 7,
                  "text": "${MY_OSS_FILES_TEXT}",
                  "number": ${MY_OSS_FILES_NUMBER},
                  "flag": false,
                  "list": [],
                  "pair": [
                    "a",
                    "a"
                  ],
                  "nested": {
                    "keyId": "${MY_OSS_FILES_NESTED_KEY_ID}"
                  },
                  "either": "one"
                }
            "#]],
        );
        let samples: Vec<_> = example.variables().iter().map(|it| it.sample.as_str()).collect();
        assert_eq!(samples, ["hush", "example-e", "3", "example"]);
        let samples = example.keys().iter().filter(|key| key.is_sample);
        assert_eq!(samples.map(|key| key.name.as_str()).collect::<Vec<_>>(), ["example"]);
    }

    #[test]
    fn of_several_ways_it_has_the_first_or_the_one_that_is_given() {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": { "type": "string" }, "place": { "type": "string" },
                "file": { "type": "string", "examples": ["f"] }, "secret": { "type": "string" }
            },
            "required": ["place"],
            "oneOf": [{ "required": ["id", "secret"] }, { "required": ["file"] }]
        });
        let keys = |given: &[&str]| {
            let example = Example::for_keys([&schema], &"a.B".parse().unwrap(), given);
            example.keys().iter().map(|key| key.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(keys(&[]), ["id", "place", "secret"]);
        assert_eq!(keys(&["file"]), ["place", "file"]);
        let inside = json!({ "properties": { "in": schema }, "required": ["in"] });
        let example = Example::new([&inside], &"a.B".parse().unwrap());
        assert!(example.text().contains("${B_IN_SECRET}"), "{}", example.text());
    }

    #[test]
    fn a_schema_that_needs_itself_ends() {
        let schema = json!({
            "properties": { "a": { "$ref": "#" } }, "required": ["a"], "type": "object"
        });
        let example = Example::new([&schema], &"a.B".parse().unwrap());
        assert!(example.text().len() < 2000);
    }

    #[test]
    fn a_key_of_two_schemas_stands_once_and_can_be_given() {
        let one = |key: &str| json!({ "properties": { key: { "type": "string" }, "b": { "type": "string" } }, "required": [key, "b"] });
        let mut example = Example::new([&one("a"), &one("c")], &"a.B".parse().unwrap());
        example.set("b", json!("mine"));
        let names: Vec<_> = example.variables().iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["B_A", "B_C"]);
        assert!(example.text().contains(r#""b": "mine""#), "{}", example.text());
        assert!(Example::new([&json!({ "type": "null" })], &"a.B".parse().unwrap()).is_empty());
    }
}
