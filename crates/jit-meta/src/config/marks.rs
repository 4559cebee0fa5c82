//! What a configuration gives to the keys that a schema marks: `elementOf`, the names of other elements, and
//! `writeOnly`, secrets.

use std::sync::Arc;

use serde_json::Value as Json;

use super::ConfigText;
use super::example::upper_snake;
use super::mask::mask;
use super::schema::{Node, any_secret};
use crate::json::{self, Fault, kind_of};
use crate::{Code, Diagnostic, FullName, Place, SourceFile, Span, TypeStack};

/// The mark of a key that names an element: `#[schemars(extend("elementOf" = "storages.Meta"))]`.
const ELEMENT_OF: &str = "elementOf";

/// A key of a configuration that names an element, and the name it gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedElement {
    /// The key, `storage`, or the way to it, `backups[0].storage`.
    pub key: String,
    /// The family that the element has to be of, `storages.Meta`.
    pub family: String,
    /// The full name that is given; it need not be one.
    pub name: String,
    /// How to show it: `${NAME}` where a variable has it.
    pub shown: String,
    /// Where it stands.
    pub place: Place,
}

/// The family whose elements the values of a schema name.
pub(super) fn element_of<'a>(nodes: &[Node<'a>]) -> Option<&'a str> {
    nodes.iter().find_map(|node| node.json.get(ELEMENT_OF)?.as_str())
}

impl TypeStack {
    /// The elements that a configuration names, in the order of the file. What is left empty names none.
    #[must_use]
    pub fn named_elements(&self, config: &ConfigText) -> Vec<NamedElement> {
        let mut found = Vec::new();
        config.marked(self, &mut |value| {
            let Some(family) = value.element_of.filter(|_| kind_of(value.text) == "string") else {
                return;
            };
            let name: String = serde_json::from_str(value.text).unwrap_or_default();
            if !name.is_empty() {
                let shown =
                    config.expanded.without_values(&value.span).trim_matches('"').to_owned();
                let (key, family) = (value.key.clone(), family.to_owned());
                found.push((key, family, name, shown, value.span.clone()));
            }
        });
        let file = (!found.is_empty()).then(|| config.masked(self));
        let found = found.into_iter().filter_map(|(key, family, name, shown, span)| {
            let place = Place {
                file: file.clone()?,
                span: config.expanded.rewrite.to_old(&span),
                label: String::new(),
            };
            Some(NamedElement { key, family, name, shown, place })
        });
        found.collect()
    }

    /// A warning for each secret that stands in the file itself, and not in a variable.
    #[must_use]
    pub fn literal_secrets(&self, config: &ConfigText, element: &FullName) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        config.marked(self, &mut |value| {
            let is_empty = value.text == "\"\"";
            let is_value = matches!(kind_of(value.text), "string" | "number");
            if value.is_secret && is_value && !is_empty && config.expanded.is_verbatim(&value.span)
            {
                found.push((value.key.clone(), value.span.clone()));
            }
        });
        let file = (!found.is_empty()).then(|| config.masked(self));
        let found = found.into_iter().filter_map(|(key, span)| {
            let span = config.expanded.rewrite.to_old(&span);
            let name = format!("{}_{}", upper_snake(element.name()), upper_snake(&key));
            let message = format!("the secret `{key}` stands in the file");
            let finding = Diagnostic::warning(Code::LiteralSecret, message);
            let finding = finding.at(file.as_ref()?, span, "whoever reads the file knows it");
            Some(finding.help(format!("write `${{{name}}}` in its place, and set that variable")))
        });
        found.collect()
    }
}

/// A value that is no object and no array.
struct Value<'v> {
    /// The key it is given to, or the way to it.
    key: String,
    text: &'v str,
    /// In the expanded text.
    span: Span,
    element_of: Option<&'v str>,
    is_secret: bool,
}

impl ConfigText {
    /// Tells `found` of every value, with what the schemas of `stack` say of it. A text that is no JSON object has
    /// none.
    fn marked(&self, stack: &TypeStack, found: &mut dyn FnMut(&Value<'_>)) {
        let text = self.expanded.rewrite.text();
        if json::document(text).is_err_and(|error| !matches!(error.fault, Fault::Duplicate(_))) {
            return;
        }
        let schemas = schemas(stack);
        let nodes: Vec<_> =
            schemas.iter().flat_map(|schema| Node::root(schema).all_parts()).collect();
        let start = text.len() - text.trim_start().len();
        self.walk("", (text.trim(), start), &nodes, false, found);
    }

    fn walk(
        &self,
        key: &str,
        (value, base): (&str, usize),
        nodes: &[Node<'_>],
        is_secret: bool,
        found: &mut dyn FnMut(&Value<'_>),
    ) {
        let is_secret = is_secret || any_secret(nodes);
        // What is inside of a secret is a part of it, names of keys as well.
        let inner = |name: &str| if is_secret { key.to_owned() } else { format!("{key}{name}") };
        match kind_of(value) {
            "object" => {
                for member in json::entries(value, base).unwrap_or_default() {
                    let known = nodes.iter().filter_map(|node| {
                        node.property(&member.key).or_else(|| node.any_property())
                    });
                    let known: Vec<_> = known.flat_map(Node::all_parts).collect();
                    let dot = if key.is_empty() { "" } else { "." };
                    let key = inner(&format!("{dot}{}", self.key_name(&member)));
                    let value = (member.value, member.value_span.start);
                    self.walk(&key, value, &known, is_secret, found);
                }
            }
            "array" => {
                for (index, (item, span)) in json::items(value, base).into_iter().enumerate() {
                    let known = nodes.iter().filter_map(|node| node.item(index));
                    let known: Vec<_> = known.flat_map(Node::all_parts).collect();
                    let key = inner(&format!("[{index}]"));
                    self.walk(&key, (item, span.start), &known, is_secret, found);
                }
            }
            _ => {
                let text = value.trim_end();
                let span = base..base + text.len();
                let element_of = element_of(nodes);
                found(&Value { key: key.to_owned(), text, span, element_of, is_secret });
            }
        }
    }

    /// The file as it may be quoted.
    fn masked(&self, stack: &TypeStack) -> Arc<SourceFile> {
        let schemas = schemas(stack);
        let roots: Vec<_> = schemas.iter().map(Node::root).collect();
        let text = mask(self.file.text(), &self.expanded, &roots).text;
        Arc::new(SourceFile::new(self.file.path(), text))
    }
}

fn schemas(stack: &TypeStack) -> Vec<Json> {
    stack.entries().iter().map(|entry| entry.schema().to_value()).collect()
}
