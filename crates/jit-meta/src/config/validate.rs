//! Checking a configuration against its Type's JSON Schema, with a place for every finding.
//!
//! Covers what `schemars` writes for configuration structs: types, `properties`, `required`,
//! `additionalProperties`, `unevaluatedProperties`, `items`, `prefixItems`, `enum`, `const`, limits, integer
//! formats, `anyOf`, `oneOf`, `allOf` and `$ref`. What else a schema says is left to `serde`.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::expand::{self, Expanded};
use super::finding::{
    Finding, beside, missing_keys, missing_ways, not_allowed, unknown_key, unset_variable,
    wrong_type,
};
use super::limits;
use super::schema::Node;
use super::ways::ways;
use crate::Span;
use crate::diag::Code;
use crate::json::{self, Member, kind_of};

/// How many values are looked at; alternatives within alternatives multiply.
const BUDGET: usize = 200_000;

/// Walks a value and its schema side by side.
pub(super) struct Validator<'a> {
    /// Schemas whose keys, at the root, belong to somebody else.
    pub(super) foreign: Vec<Node<'a>>,
    /// Whether to report keys, at the root, that nobody knows.
    pub(super) outermost: bool,
    pub(super) expanded: &'a Expanded,
    pub(super) findings: Vec<Finding>,
    /// Members to leave out because an unset variable left them empty, or because they are somebody else's.
    pub(super) absent: Vec<Span>,
    budget: usize,
}

/// A value, its place, and what to call it in a message.
struct Subject<'t> {
    name: String,
    value: &'t str,
    span: Span,
    is_root: bool,
}

/// What applies to a value: schemas that all do, and lists of which one each does.
#[derive(Clone)]
struct Shape<'a> {
    parts: Vec<Node<'a>>,
    alternatives: Vec<(Node<'a>, &'a [Json])>,
}

impl<'a> Shape<'a> {
    fn new(nodes: impl IntoIterator<Item = Node<'a>>) -> Self {
        let mut shape = Self { parts: Vec::new(), alternatives: Vec::new() };
        nodes.into_iter().for_each(|node| shape.add(node));
        shape
    }

    fn add(&mut self, node: Node<'a>) {
        for part in node.parts() {
            self.parts.push(part);
            self.alternatives.extend(part.branches().map(|branches| (part, branches)));
        }
    }

    /// The kinds of value that it allows; none when it does not say.
    fn kinds(&self) -> Vec<&'a str> {
        let kinds = self.parts.iter().filter_map(|part| part.json.get("type"));
        kinds
            .flat_map(|kinds| match kinds {
                Json::Array(kinds) => kinds.as_slice(),
                kind => std::slice::from_ref(kind),
            })
            .filter_map(Json::as_str)
            .collect()
    }

    fn allows_kind(&self, value: &str) -> bool {
        let kinds = self.kinds();
        kinds.is_empty() || kinds.iter().any(|kind| is_kind(value, kind))
    }

    /// What all of its values are one of.
    fn allowed(&self) -> Option<Vec<&'a Json>> {
        self.parts.iter().find_map(|part| match (part.json.get("enum"), part.json.get("const")) {
            (Some(Json::Array(values)), _) => Some(values.iter().collect()),
            (_, Some(value)) => Some(vec![value]),
            _ => None,
        })
    }

    /// The value that tells it from others of its kind: the first key that has just one.
    fn tag(&self) -> Option<(&'a str, &'a Json)> {
        let mut keys = self.parts.iter().flat_map(|part| part.properties());
        keys.find_map(|(key, node)| Some((key, node.json.get("const")?)))
    }

    /// What it says of a key.
    fn description(&self, key: &str) -> Option<&'a str> {
        let mut known = self.parts.iter().filter_map(|part| part.property(key));
        known.find_map(|node| node.json.get("description")?.as_str())
    }

    fn knows(&self, key: &str) -> bool {
        self.parts.iter().any(|part| part.property(key).is_some())
    }
}

impl<'a> Validator<'a> {
    pub(super) fn new(expanded: &'a Expanded, foreign: Vec<Node<'a>>, outermost: bool) -> Self {
        let (findings, absent) = (Vec::new(), Vec::new());
        Self { foreign, outermost, expanded, findings, absent, budget: BUDGET }
    }

    /// Checks a whole file, which is an object, as [`json::document`] understands it.
    pub(super) fn root(&mut self, text: &str, schema: Node<'a>) {
        let start = text.len() - text.trim_start().len();
        let value = text.trim();
        let span = start..start + value.len();
        let subject = Subject { name: "the configuration".to_owned(), value, span, is_root: true };
        self.check(&subject, Shape::new([schema]));
    }

    fn check(&mut self, subject: &Subject<'_>, mut shape: Shape<'a>) {
        let Some(budget) = self.budget.checked_sub(1) else { return };
        self.budget = budget;
        match shape.alternatives.pop() {
            Some((node, branches)) => self.alternatives(subject, &shape, node, branches),
            None => self.plain(subject, &shape),
        }
    }

    /// The value must fit one of several schemas. When it fits none, the one that is most likely meant tells
    /// why.
    fn alternatives(
        &mut self,
        subject: &Subject<'_>,
        shape: &Shape<'a>,
        node: Node<'a>,
        branches: &'a [Json],
    ) {
        if let Some(ways) = ways(branches).filter(|_| kind_of(subject.value) == "object") {
            return self.way(subject, shape, node, branches, &ways);
        }
        let branches: Vec<Shape<'a>> =
            branches.iter().map(|json| Shape::new([node.with(json)])).collect();
        let allowed: Option<Vec<_>> = branches.iter().map(Shape::allowed).collect();
        if let Some(allowed) = allowed {
            return self.one_of(subject, &allowed.concat());
        }
        let fitting: Vec<_> = branches.iter().filter(|b| b.allows_kind(subject.value)).collect();
        if fitting.is_empty() {
            let kinds: Vec<_> = branches.iter().flat_map(Shape::kinds).collect();
            let (kind, span) = (kind_of(subject.value), subject.span.clone());
            self.findings.push(wrong_type(&subject.name, kind, &kinds, span));
            return;
        }
        let is_object = kind_of(subject.value) == "object";
        let entries =
            if is_object { json::entries(subject.value, subject.span.start) } else { Ok(vec![]) };
        let entries = entries.unwrap_or_default();
        let fitting = match self.tagged(subject, &entries, fitting) {
            Ok(fitting) => fitting,
            Err(finding) => return self.findings.push(finding),
        };
        let mut best: Option<(usize, Vec<Finding>, Vec<Span>)> = None;
        let (had, had_absent) = (self.findings.len(), self.absent.len());
        for branch in fitting {
            let mut merged = shape.clone();
            merged.parts.extend(branch.parts.iter().copied());
            merged.alternatives.extend(branch.alternatives.iter().copied());
            self.check(subject, merged);
            let found = self.findings.split_off(had);
            if found.is_empty() {
                return;
            }
            let absent = self.absent.split_off(had_absent);
            let known = entries.iter().filter(|member| branch.knows(&member.key)).count();
            if best.as_ref().is_none_or(|(most, ..)| known > *most) {
                best = Some((known, found, absent));
            }
        }
        if let Some((_, found, absent)) = best {
            self.findings.extend(found);
            self.absent.extend(absent);
        }
    }

    /// One of several groups of keys has to be there: the one that is most likely meant is required. Where only one
    /// may be, keys of others are mistakes.
    fn way(
        &mut self,
        subject: &Subject<'_>,
        shape: &Shape<'a>,
        node: Node<'a>,
        branches: &'a [Json],
        ways: &[Vec<&'a str>],
    ) {
        let entries = json::entries(subject.value, subject.span.start).unwrap_or_default();
        let filled: Vec<_> = entries
            .iter()
            .filter(|member| self.unset(member.value, &member.value_span).is_empty())
            .collect();
        // What variables left empty is absent, unless there is nothing else.
        let begun = |key: &str| filled.iter().any(|member| member.key == key);
        let named = |key: &str| entries.iter().any(|member| member.key == key);
        let most = |is_given: &dyn Fn(&str) -> bool| {
            let count = |way: &[&str]| way.iter().filter(|key| is_given(key)).count();
            let rank = |way: &[&str]| (count(way) == way.len(), count(way));
            let all = ways.iter().zip(branches).rev();
            all.max_by_key(|(way, _)| rank(way)).filter(|(way, _)| count(way) > 0)
        };
        let Some((way, branch)) = most(&begun).or_else(|| most(&named)) else {
            let brace = subject.span.start..subject.span.start + 1;
            let told = |way: &Vec<&'a str>| -> Vec<_> {
                way.iter().map(|key| (*key, shape.description(key))).collect()
            };
            self.findings.push(missing_ways(&ways.iter().map(told).collect::<Vec<_>>(), brace));
            return self.check(subject, shape.clone());
        };
        if std::ptr::eq(node.list("oneOf"), branches) {
            let others = ways.iter().filter(|other| *other != way);
            for other in others {
                let mut extra = filled.iter().filter(|member| {
                    other.contains(&member.key.as_str()) && !way.contains(&member.key.as_str())
                });
                if let Some(member) = extra.next() {
                    let extra: Vec<_> = std::iter::once(member).chain(extra).collect();
                    let keys: Vec<_> = extra.iter().map(|member| member.key.as_str()).collect();
                    self.findings.push(beside(&keys, way, member.key_span.clone()));
                }
            }
        }
        let mut merged = shape.clone();
        merged.parts.insert(0, node.with(branch));
        self.check(subject, merged);
    }

    /// The branches that a tag leaves, where all that fit have the same one.
    fn tagged<'s>(
        &self,
        subject: &Subject<'_>,
        entries: &[Member<'_>],
        fitting: Vec<&'s Shape<'a>>,
    ) -> Result<Vec<&'s Shape<'a>>, Finding> {
        let tags: Option<Vec<_>> = fitting.iter().map(|branch| branch.tag()).collect();
        let Some(tags) = tags else { return Ok(fitting) };
        let Some((key, _)) =
            tags.first().copied().filter(|(key, _)| tags.iter().all(|(k, _)| k == key))
        else {
            return Ok(fitting);
        };
        let allowed: Vec<&Json> = tags.iter().map(|(_, value)| *value).collect();
        let Some(member) = entries.iter().find(|member| member.key == key) else {
            let brace = subject.span.start..subject.span.start + 1;
            let choice: Vec<_> =
                allowed.iter().map(|tag| format!("`{tag}`").replace('"', "")).collect();
            let choice = format!("one of {}", choice.join(", "));
            return Err(missing_keys(&[(key, Some(&choice))], brace));
        };
        let found: Option<Json> = serde_json::from_str(member.value).ok();
        let chosen: Vec<_> = fitting
            .into_iter()
            .zip(&allowed)
            .filter(|(_, tag)| Some(**tag) == found.as_ref())
            .map(|(branch, _)| branch)
            .collect();
        if chosen.is_empty() {
            let (name, span) = (format!("`{key}`"), member.value_span.clone());
            return Err(match self.unset(member.value, &span) {
                unset if unset.is_empty() => not_allowed(&name, member.value, &allowed, span),
                unset => unset_variable(&name, span, &unset),
            });
        }
        Ok(chosen)
    }

    fn one_of(&mut self, subject: &Subject<'_>, allowed: &[&Json]) {
        let found: Option<Json> = serde_json::from_str(subject.value).ok();
        if !allowed.iter().any(|allowed| Some(*allowed) == found.as_ref()) {
            let span = subject.span.clone();
            self.findings.push(not_allowed(&subject.name, subject.value, allowed, span));
        }
    }

    fn plain(&mut self, subject: &Subject<'_>, shape: &Shape<'a>) {
        let kind = kind_of(subject.value);
        let is_unit_root = subject.is_root && shape.kinds() == ["null"];
        let wrong =
            shape.parts.iter().map(|part| Shape { parts: vec![*part], alternatives: vec![] });
        let wrong =
            wrong.filter(|part| !part.allows_kind(subject.value)).map(|part| part.kinds()).next();
        if let Some(kinds) = wrong.filter(|_| !is_unit_root) {
            self.findings.push(wrong_type(&subject.name, kind, &kinds, subject.span.clone()));
            return;
        }
        if let Some(allowed) = shape.allowed() {
            return self.one_of(subject, &allowed);
        }
        match kind {
            "object" => self.object(subject, shape, is_unit_root),
            "array" => {
                for (index, (value, span)) in
                    json::items(subject.value, subject.span.start).into_iter().enumerate()
                {
                    let name = format!("{}[{index}]`", subject.name.trim_end_matches('`'));
                    let items = Shape::new(shape.parts.iter().filter_map(|part| part.item(index)));
                    match self.unset(value, &span) {
                        unset if unset.is_empty() => {
                            self.check(&Subject { name, value, span, is_root: false }, items);
                        }
                        unset => self.findings.push(unset_variable(&name, span, &unset)),
                    }
                }
            }
            _ => {}
        }
        if kind == "string" && self.expanded.is_verbatim(&subject.span) {
            let text: String = serde_json::from_str(subject.value).unwrap_or_default();
            if expand::is_malformed(&text) {
                let message = format!("{} is a malformed placeholder", subject.name);
                self.findings.push(
                    Finding::new(Code::MalformedPlaceholder, message, subject.span.clone())
                        .label("taken as it stands")
                        .help("write `${NAME}`, `${NAME:-default}` or `{{NAME}}`; a name is letters, digits and `_`"),
                );
                return;
            }
        }
        if let Some(problem) = limits::exceeded(kind, subject.value, &shape.parts) {
            let message = format!("{} {problem}", subject.name);
            let finding = Finding::new(Code::BadValue, message, subject.span.clone());
            let is_empty = subject.value == "\"\"";
            self.findings.push(if is_empty {
                finding.label("a value is required")
            } else {
                finding
            });
        }
    }

    fn object(&mut self, subject: &Subject<'_>, shape: &Shape<'a>, is_unit: bool) {
        let members = match json::members(subject.value, subject.span.start) {
            Ok(members) => members,
            Err(mut error) => {
                if let json::Fault::Duplicate(key) = &mut error.fault {
                    *key = self.key_name(key, &error.span);
                }
                let title = error.title(&subject.name);
                self.findings
                    .push(Finding::new(Code::ConfigSyntax, title, error.span).label(error.label));
                return;
            }
        };
        let is_false =
            |part: &Node<'_>, name: &str| part.json.get(name) == Some(&Json::Bool(false));
        let is_closed = is_unit
            || shape.parts.iter().any(|part| {
                is_false(part, "additionalProperties") || is_false(part, "unevaluatedProperties")
            });
        let required: Vec<&str> = shape
            .parts
            .iter()
            .filter_map(|part| part.json.get("required")?.as_array())
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let given: HashSet<&str> = members.iter().map(|member| member.key.as_str()).collect();

        for member in &members {
            let named: Vec<_> =
                shape.parts.iter().filter_map(|part| part.property(&member.key)).collect();
            let whole = member.key_span.start..member.value_span.end;
            // What tells an editor which schema the file has says nothing to the Type.
            if subject.is_root && member.key == "$schema" && named.is_empty() {
                self.absent.push(whole);
                continue;
            }
            let is_foreign = subject.is_root
                && self.foreign.iter().any(|other| other.property(&member.key).is_some());
            let nodes = match named.is_empty() && !is_foreign {
                true => shape.parts.iter().filter_map(|part| part.any_property()).collect(),
                false => named,
            };
            if nodes.is_empty() {
                if is_closed && !is_foreign && (self.outermost || !subject.is_root) {
                    self.unknown_key(member, shape, subject.is_root, &given);
                }
                if is_closed {
                    self.absent.push(whole);
                }
                continue;
            }
            let name = format!("`{}`", self.key_name(&member.key, &member.key_span));
            let (value, span) = (member.value, member.value_span.clone());
            let unset = self.unset(value, &span);
            if unset.is_empty() {
                self.check(&Subject { name, value, span, is_root: false }, Shape::new(nodes));
            } else if required.contains(&member.key.as_str()) {
                self.findings.push(unset_variable(&name, span, &unset));
            } else {
                self.absent.push(whole);
            }
        }

        let mut missing: Vec<(&str, Option<&str>)> = Vec::new();
        for name in required.into_iter().filter(|name| !given.contains(name)) {
            if missing.iter().all(|(known, _)| *known != name) {
                missing.push((name, shape.description(name)));
            }
        }
        if !missing.is_empty() {
            let brace = subject.span.start..subject.span.start + 1;
            self.findings.push(missing_keys(&missing, brace));
        }
    }

    fn unknown_key(
        &mut self,
        member: &Member<'_>,
        shape: &Shape<'a>,
        is_root: bool,
        given: &HashSet<&str>,
    ) {
        let foreign = self.foreign.iter().filter(|_| is_root);
        let mut known: Vec<&str> = Vec::new();
        for (name, _) in shape.parts.iter().chain(foreign).flat_map(|part| part.properties()) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let free: Vec<&str> = known.iter().copied().filter(|name| !given.contains(name)).collect();
        let name = self.key_name(&member.key, &member.key_span);
        self.findings.push(unknown_key(&name, member.key_span.clone(), &free, &known));
    }

    /// The names of the variables that left a value empty.
    fn unset(&self, value: &str, span: &Span) -> Vec<String> {
        if value == "\"\"" { self.expanded.empty_in(span) } else { Vec::new() }
    }

    /// A key as the file writes it: what a variable put there is not told.
    fn key_name(&self, key: &str, span: &Span) -> String {
        if self.expanded.is_verbatim(span) {
            return key.to_owned();
        }
        self.expanded.unexpanded(span).trim_matches('"').to_owned()
    }
}

/// Whether a JSON value is of a kind that a schema names.
fn is_kind(value: &str, wanted: &str) -> bool {
    let kind = kind_of(value);
    let is_integer = kind == "number" && !value.contains(['.', 'e', 'E']);
    wanted == kind || (wanted == "integer" && is_integer)
}
