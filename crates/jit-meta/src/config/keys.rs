//! The keys of a configuration with their values and where each comes from, to be shown.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value as Json;

use super::marks::element_of;
use super::mask::blots;
use super::schema::{Node, any_secret, any_secret_inside};
use super::{ConfigText, Expanded, Fault, Need};
use crate::json::{self, Member, kind_of};
use crate::{SourceFile, Span, TypeEntry, TypeStack};

/// What is shown in the place of a secret, whatever its length and kind.
const HIDDEN: &str = "***";

/// A key of a configuration: one that the file gives, or one that a Type would read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfigKey {
    /// The key, as the file writes it.
    pub name: String,
    /// The Types of the stack that read it, the one that loads first; none when nobody knows it.
    pub readers: Vec<TypeEntry>,
    /// Whether one of them cannot do without it.
    pub need: Need,
    /// Whether it is a secret, or has one inside.
    pub secret: bool,
    /// The family whose elements it names, where it names one.
    pub element_of: Option<String>,
    /// What the Type says of it, in one line; empty when it says nothing.
    pub description: String,
    /// Where the file gives it, value included.
    pub span: Option<Span>,
    /// The value in effect: the file's or the schema's default. Where a variable's value stands it says
    /// `${NAME}`; secrets, and whatever no schema knows, are `"***"`. `None` when the Type gets none.
    pub value: Option<Json>,
    /// Whether the value is the schema's default.
    pub is_default: bool,
    /// The placeholders in the file's value, in order.
    pub placeholders: Vec<Placeholder>,
}

/// A placeholder of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Placeholder {
    /// The variable it names.
    pub name: String,
    /// What it was filled with.
    pub filled: Filling,
}

/// What a placeholder was filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Filling {
    /// The variable's value.
    Variable,
    /// The placeholder's own default, what follows its `:-`.
    Default,
    /// Nothing: the variable is not set, and the placeholder has no default.
    Nothing,
}

impl ConfigText {
    /// The keys that the file gives, in its order, then the others that the Types of `stack` would read, in
    /// theirs. A text that is no JSON object gives none.
    #[must_use]
    pub fn keys(&self, stack: &TypeStack) -> Vec<ConfigKey> {
        let text = self.expanded.rewrite.text();
        let members = match json::document(text) {
            Err(error) if !matches!(error.fault, Fault::Duplicate(_)) => Vec::new(),
            _ => json::entries(text, 0).unwrap_or_default(),
        };
        let schemas: Vec<(TypeEntry, Json)> =
            stack.entries().iter().map(|entry| (*entry, entry.schema().to_value())).collect();
        let roots: Vec<(TypeEntry, Node<'_>)> =
            schemas.iter().map(|(entry, schema)| (*entry, Node::root(schema))).collect();
        let is_comment = |member: &Member<'_>| {
            member.key == "$schema" && properties(&roots, &member.key).is_empty()
        };
        let given = members.iter().filter(|member| !is_comment(member));
        let mut keys: Vec<_> = given.map(|member| self.given(member, &roots)).collect();
        let mut seen: HashSet<&str> = members.iter().map(|member| member.key.as_str()).collect();
        for (_, root) in &roots {
            for (name, _) in root.all_parts().into_iter().flat_map(Node::properties) {
                if seen.insert(name) {
                    keys.push(absent(name, &roots));
                }
            }
        }
        keys
    }

    /// Where a part of the file stands: `path:line:column`.
    #[must_use]
    pub fn position(&self, span: &Span) -> String {
        let (line, column) = self.file.line_column(span.start);
        format!("{}:{line}:{column}", self.file.path())
    }

    fn given(&self, member: &Member<'_>, roots: &[(TypeEntry, Node<'_>)]) -> ConfigKey {
        let placeholders = self.expanded.placeholders_in(&member.value_span);
        let name = self.key_name(member);
        let whole = member.key_span.start..member.value_span.end;
        let is_unset = member.value == "\"\"" && !placeholders.is_empty();
        let key = absent(&member.key, roots);
        let value = match is_unset {
            true => key.value,
            false => Some(self.shown(member.value, &member.value_span, &nodes(roots, &member.key))),
        };
        let is_default = key.is_default && is_unset;
        let span = Some(self.expanded.rewrite.to_old(&whole));
        ConfigKey { name, span, value, is_default, placeholders, ..key }
    }

    /// A value with everything hidden that no schema knows or that one calls secret, and with the names of
    /// variables in the place of their values: what one holds may be a secret elsewhere.
    fn shown(&self, value: &str, span: &Span, nodes: &[Node<'_>]) -> Json {
        if nodes.is_empty() || any_secret(nodes) {
            return Json::from(HIDDEN);
        }
        let kind = kind_of(value);
        // A secret may stand where a struct with a secret belongs.
        if !matches!(kind, "object" | "array") && any_secret_inside(nodes) {
            return Json::from(HIDDEN);
        }
        if let Some(name) = self.expanded.variable_around(span) {
            return Json::from(format!("${{{name}}}"));
        }
        match kind {
            "object" => {
                let members = json::entries(value, span.start).unwrap_or_default();
                let members = members.into_iter().map(|member| {
                    let known = nodes.iter().filter_map(|node| {
                        node.property(&member.key).or_else(|| node.any_property())
                    });
                    let known: Vec<_> = known.flat_map(Node::all_parts).collect();
                    let shown = self.shown(member.value, &member.value_span, &known);
                    (self.key_name(&member), shown)
                });
                Json::Object(members.collect())
            }
            "array" => {
                let items = json::items(value, span.start).into_iter().enumerate();
                let items = items.map(|(index, (item, span))| {
                    let known = nodes.iter().filter_map(|node| node.item(index));
                    let known: Vec<_> = known.flat_map(Node::all_parts).collect();
                    self.shown(item, &span, &known)
                });
                Json::Array(items.collect())
            }
            _ => {
                let text = self.expanded.without_values(span);
                match serde_json::from_str(&text) {
                    Ok(Json::String(text)) => Json::from(without_blots(&text)),
                    Ok(other) => other,
                    // What is left when a variable holds a part of what is no text.
                    Err(_) => Json::from(without_blots(text.trim_matches('"'))),
                }
            }
        }
    }

    /// A key as the file writes it.
    pub(super) fn key_name(&self, member: &Member<'_>) -> String {
        match self.expanded.is_verbatim(&member.key_span) {
            true => member.key.clone(),
            false => self.expanded.unexpanded(&member.key_span).trim_matches('"').to_owned(),
        }
    }
}

/// A JSON value as it may be shown: what `schema` knows and does not call secret.
pub(crate) fn shown(value: &str, schema: &Json) -> Json {
    let mut expanded = Expanded::default();
    expanded.rewrite.keep(value);
    let text = ConfigText { file: SourceFile::new("", "").into(), expanded };
    text.shown(value, &(0..value.len()), &Node::root(schema).all_parts())
}

/// What the Types say of a key by name, with each that does.
fn properties<'a>(roots: &[(TypeEntry, Node<'a>)], key: &str) -> Vec<(TypeEntry, Node<'a>)> {
    let found = roots.iter().flat_map(|(entry, root)| {
        let parts = root.all_parts().into_iter();
        parts.filter_map(|part| Some((*entry, part.property(key)?)))
    });
    found.collect()
}

/// Everything that may apply to the value of a key.
fn nodes<'a>(roots: &[(TypeEntry, Node<'a>)], key: &str) -> Vec<Node<'a>> {
    let named: Vec<_> = properties(roots, key).into_iter().map(|(_, node)| node).collect();
    let named = match named.is_empty() {
        true => roots
            .iter()
            .flat_map(|(_, root)| root.all_parts())
            .filter_map(Node::any_property)
            .collect(),
        false => named,
    };
    named.into_iter().flat_map(Node::all_parts).collect()
}

/// A key as the Types know it.
fn absent(name: &str, roots: &[(TypeEntry, Node<'_>)]) -> ConfigKey {
    let mut readers: Vec<TypeEntry> = Vec::new();
    let (mut description, mut default) = (String::new(), None);
    for (entry, node) in properties(roots, name) {
        if readers.iter().all(|reader| reader.registered() != entry.registered()) {
            readers.push(entry);
        }
        let text = node.parts().iter().find_map(|part| part.json.get("description")?.as_str());
        if let Some(text) = text.filter(|_| description.is_empty()) {
            description = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        default = default.or_else(|| node.json.get("default").filter(|json| !json.is_null()));
    }
    let nodes = nodes(roots, name);
    let element_of = element_of(&nodes).map(str::to_owned);
    let parts: Vec<_> = roots.iter().flat_map(|(_, root)| root.parts()).collect();
    let need = Need::by(&parts, name);
    let secret = any_secret_inside(&nodes);
    let value = default.map(|json| match secret {
        true => Json::from(HIDDEN),
        false => json.clone(),
    });
    ConfigKey {
        name: name.to_owned(),
        readers,
        need,
        secret,
        element_of,
        description,
        span: None,
        is_default: value.is_some(),
        value,
        placeholders: Vec::new(),
    }
}

/// A text without what no URL may show: credentials and the query.
fn without_blots(text: &str) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for blot in blots(text) {
        out.push_str(text.get(at..blot.start).unwrap_or_default());
        out.push_str(HIDDEN);
        at = blot.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
