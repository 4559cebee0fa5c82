//! Finding one's way in a JSON Schema: which schemas apply to a value, and which of them call it a secret.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

/// A schema and the document that its references point into.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    root: &'a Json,
    pub(super) json: &'a Json,
}

impl<'a> Node<'a> {
    pub(super) fn root(root: &'a Json) -> Self {
        Self { root, json: root }
    }

    pub(super) fn with(self, json: &'a Json) -> Self {
        Self { json, ..self }
    }

    /// Everything that applies to the same value at once: the schema, what it refers to, `allOf`.
    pub(super) fn parts(self) -> Vec<Self> {
        let mut parts = Vec::new();
        self.spread(false, &mut parts);
        parts
    }

    /// Everything that may apply to the same value: [`parts`](Self::parts) and every branch.
    pub(super) fn all_parts(self) -> Vec<Self> {
        let mut parts = Vec::new();
        self.spread(true, &mut parts);
        parts
    }

    fn spread(self, with_branches: bool, into: &mut Vec<Self>) {
        if into.iter().any(|known| std::ptr::eq(known.json, self.json)) {
            return;
        }
        into.push(self);
        let reference = self.json.get("$ref").and_then(Json::as_str);
        let target = reference.and_then(|path| self.root.pointer(path.strip_prefix('#')?));
        let branches = self.branches().flatten().filter(|_| with_branches);
        for json in target.into_iter().chain(self.list("allOf")).chain(branches) {
            self.with(json).spread(with_branches, into);
        }
    }

    /// Its lists of alternatives.
    pub(super) fn branches(self) -> impl Iterator<Item = &'a [Json]> {
        ["anyOf", "oneOf"]
            .into_iter()
            .map(move |name| self.list(name))
            .filter(|list| !list.is_empty())
    }

    pub(super) fn list(self, name: &str) -> &'a [Json] {
        self.json.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The properties it names.
    pub(super) fn properties(self) -> impl Iterator<Item = (&'a str, Self)> {
        let properties = self.json.get("properties").and_then(Json::as_object);
        properties.into_iter().flatten().map(move |(name, json)| (name.as_str(), self.with(json)))
    }

    /// What it says of a key it names.
    pub(super) fn property(self, key: &str) -> Option<Self> {
        Some(self.with(self.json.get("properties")?.get(key)?))
    }

    /// What it says of keys that it does not name.
    pub(super) fn any_property(self) -> Option<Self> {
        self.json
            .get("additionalProperties")
            .filter(|json| json.is_object())
            .map(|json| self.with(json))
    }

    /// What it says of an array's item.
    pub(super) fn item(self, index: usize) -> Option<Self> {
        let item = self.list("prefixItems").get(index).or_else(|| self.json.get("items"))?;
        Some(self.with(item))
    }

    fn is_secret(self) -> bool {
        self.json.get("writeOnly") == Some(&Json::Bool(true))
    }

    /// What lies in its values.
    fn inner(self) -> impl Iterator<Item = Self> {
        let items = self.list("prefixItems").iter().chain(self.json.get("items"));
        self.properties()
            .map(|(_, node)| node)
            .chain(self.any_property())
            .chain(items.map(move |json| self.with(json)))
    }
}

/// Whether any of several schemas of one value calls it a secret.
pub(super) fn any_secret(nodes: &[Node<'_>]) -> bool {
    nodes.iter().any(|node| node.is_secret())
}

/// Whether any of several schemas of one value calls it, or something inside of it, a secret.
pub(super) fn any_secret_inside(nodes: &[Node<'_>]) -> bool {
    let mut seen = HashSet::new();
    let mut open = nodes.to_vec();
    while let Some(node) = open.pop() {
        if node.is_secret() {
            return true;
        }
        if seen.insert(std::ptr::from_ref(node.json)) {
            open.extend(node.inner().flat_map(Node::all_parts));
        }
    }
    false
}

/// The keys that a set of schemas knows, wherever they stand, and which of them are never a secret: what is
/// left to go by when a text has no structure.
pub(super) struct Names<'a>(HashMap<&'a str, bool>);

impl<'a> Names<'a> {
    pub(super) fn new(roots: &[Node<'a>]) -> Self {
        let mut names = HashMap::new();
        let mut has_free_secrets = false;
        let mut seen = HashSet::new();
        let mut open: Vec<(Node<'a>, bool)> = roots.iter().map(|root| (*root, false)).collect();
        while let Some((node, is_inherited)) = open.pop() {
            let parts = node.all_parts();
            let is_secret = is_inherited || any_secret(&parts);
            if !seen.insert((std::ptr::from_ref(node.json), is_secret)) {
                continue;
            }
            for part in parts {
                for (name, property) in part.properties() {
                    let hidden = is_secret || any_secret_inside(&property.all_parts());
                    *names.entry(name).or_insert(true) &= !hidden;
                }
                // A map of secrets may hold any key.
                has_free_secrets |= part
                    .any_property()
                    .is_some_and(|any| is_secret || any_secret_inside(&any.all_parts()));
                open.extend(part.inner().map(|inner| (inner, is_secret)));
            }
        }
        if has_free_secrets {
            names.values_mut().for_each(|visible| *visible = false);
        }
        Self(names)
    }

    /// Whether somebody knows the key.
    pub(super) fn is_known(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether the values of the key can be shown.
    pub(super) fn is_visible(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|visible| *visible)
    }
}

/// Whether a schema has a secret at all.
pub(crate) fn has_secrets(schema: &Json) -> bool {
    any_secret_inside(&Node::root(schema).all_parts())
}
