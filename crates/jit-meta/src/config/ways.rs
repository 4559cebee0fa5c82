//! Keys that may stand in each other's place: a schema's alternatives that say nothing but which keys are required.

use std::fmt;

use serde_json::Value as Json;

use super::schema::Node;

/// The keys of each way, where the branches are ways: objects with `required` and nothing else.
pub(super) fn ways(branches: &[Json]) -> Option<Vec<Vec<&str>>> {
    branches.iter().map(way).collect()
}

/// The keys of a branch that is a way.
pub(super) fn way(branch: &Json) -> Option<Vec<&str>> {
    let object = branch.as_object().filter(|object| object.len() == 1)?;
    object.get("required")?.as_array()?.iter().map(Json::as_str).collect()
}

/// Whether a configuration has to have a key.
///
/// ```
/// use jit_meta::Need;
/// use serde_json::json;
///
/// let schema = json!({
///     "properties": { "key": {}, "file": {}, "place": {}, "size": {} },
///     "required": ["place"],
///     "oneOf": [{ "required": ["key"] }, { "required": ["file"] }],
/// });
/// let need = |key| Need::of(&schema, key).to_string();
/// assert_eq!(need("place"), "required");
/// assert_eq!(need("key"), "unless `file`");
/// assert_eq!(need("size"), "optional");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// It has to be there.
    Required,
    /// It has to be there unless all keys of one of these groups are, which it must not stand beside.
    Unless(Vec<Vec<String>>),
    /// It may be left out.
    Optional,
}

impl Need {
    /// What a configuration's schema says of a key.
    #[must_use]
    pub fn of(schema: &Json, key: &str) -> Self {
        Self::by(&Node::root(schema).parts(), key)
    }

    /// What schemas that all apply say of a key.
    pub(super) fn by(parts: &[Node<'_>], key: &str) -> Self {
        let requires = |part: &&Node<'_>| {
            let names = part.json.get("required").and_then(Json::as_array);
            names.is_some_and(|names| names.iter().any(|name| name == key))
        };
        if parts.iter().any(|part| requires(&part)) {
            return Self::Required;
        }
        let mut choices = parts.iter().flat_map(|part| part.branches()).filter_map(ways);
        let others = choices.find_map(|ways| {
            let is_its = |way: &Vec<&str>| way.contains(&key);
            ways.iter().any(is_its).then(|| {
                let others = ways.iter().filter(|way| !is_its(way));
                others.map(|way| way.iter().map(|key| (*key).to_owned()).collect()).collect()
            })
        });
        others.map_or(Self::Optional, Self::Unless)
    }
}

impl fmt::Display for Need {
    /// In a word or two: `required`, `optional`, or ``unless `file` `` with the first key of each other group.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("required"),
            Self::Optional => f.write_str("optional"),
            Self::Unless(ways) => {
                let first: Vec<_> = ways.iter().filter_map(|way| way.first()).collect();
                let first: Vec<_> = first.iter().map(|key| format!("`{key}`")).collect();
                write!(f, "unless {}", first.join(" or "))
            }
        }
    }
}

/// Groups of keys in words: `` `a` and `b`, or `c` ``.
pub(super) fn either<K: AsRef<str>>(ways: &[Vec<K>]) -> String {
    let group = |keys: &Vec<K>| {
        let keys: Vec<_> = keys.iter().map(|key| format!("`{}`", key.as_ref())).collect();
        keys.join(" and ")
    };
    ways.iter().map(group).collect::<Vec<_>>().join(", or ")
}
