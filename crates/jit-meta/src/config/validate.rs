//! Checking a configuration against its Type's JSON Schema, with a place for every finding.
//!
//! Covers what `schemars` writes for configuration structs: types, `properties`, `required`,
//! `additionalProperties`, `items`, `enum`, `const`, `minLength`, `minimum`, `maximum`, `anyOf`, `oneOf` and
//! `$ref`.

use serde_json::{Map, Value as Json};

use crate::diag::{Code, did_you_mean};
use crate::json::{self, Member, kind_of};
use crate::{Span, nearest};

/// A finding at a place of the expanded text.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) label: String,
    pub(super) help: Vec<String>,
}

impl Finding {
    pub(super) fn new(code: Code, message: impl Into<String>, span: Span) -> Self {
        Self { code, message: message.into(), span, label: String::new(), help: Vec::new() }
    }

    fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// Walks a value and its schema side by side.
pub(super) struct Validator<'a> {
    /// The whole schema, for `$ref`.
    pub(super) root: &'a Json,
    /// Schemas whose keys, at the root, belong to somebody else.
    pub(super) foreign: &'a [Json],
    /// Whether to report keys, at the root, that nobody knows.
    pub(super) outermost: bool,
    /// The names of the unset variables that made the value at a span empty.
    pub(super) unset: &'a dyn Fn(&Span) -> Vec<String>,
    pub(super) findings: Vec<Finding>,
    /// Members to leave out because an unset variable left them empty.
    pub(super) absent: Vec<Span>,
}

impl<'a> Validator<'a> {
    fn resolve(&self, schema: &'a Json) -> &'a Json {
        let Some(reference) = schema.get("$ref").and_then(Json::as_str) else { return schema };
        reference.strip_prefix('#').and_then(|path| self.root.pointer(path)).unwrap_or(schema)
    }

    pub(super) fn root(&mut self, text: &str) {
        self.object(text, 0, self.root, true);
    }

    fn object(&mut self, text: &str, base: usize, schema: &'a Json, is_root: bool) {
        let members = match json::members(text, base) {
            Ok(members) => members,
            Err(error) => {
                let finding =
                    Finding::new(Code::ConfigSyntax, "this is not valid JSON", error.span);
                self.findings.push(finding.label(error.message).help(JSON_HELP));
                return;
            }
        };
        let properties = schema.get("properties").and_then(Json::as_object);
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Json::as_array)
            .map(|names| names.iter().filter_map(Json::as_str).collect())
            .unwrap_or_default();
        let is_given = |name: &str| members.iter().any(|member| member.key == name);

        for member in &members {
            let Some(property) = properties.and_then(|known| known.get(&member.key)) else {
                let is_closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
                let foreign: &[Json] = if is_root { self.foreign } else { &[] };
                let foreign =
                    foreign.iter().filter_map(|other| other.get("properties")?.as_object());
                let known: Vec<&str> = properties
                    .into_iter()
                    .chain(foreign.clone())
                    .flat_map(Map::keys)
                    .map(String::as_str)
                    .collect();
                let is_foreign = foreign.clone().any(|keys| keys.contains_key(&member.key));
                if is_closed && !is_foreign && (self.outermost || !is_root) {
                    let free = known.iter().copied().filter(|name| !is_given(name));
                    self.findings.push(unknown_key(member, free, &known));
                } else if is_closed {
                    self.absent.push(member.key_span.start..member.value_span.end);
                }
                continue;
            };
            let unset =
                if member.value == "\"\"" { (self.unset)(&member.value_span) } else { vec![] };
            let is_required = required.contains(&member.key.as_str());
            match (unset.is_empty(), is_required) {
                (true, _) => self.value(member, self.resolve(property)),
                (false, true) => self.findings.push(unset_variable(member, &unset)),
                (false, false) => {
                    self.absent.push(member.key_span.start..member.value_span.end);
                }
            }
        }

        let missing: Vec<_> = required.iter().filter(|name| !is_given(name)).collect();
        if !missing.is_empty() {
            let keys = if missing.len() == 1 { "key" } else { "keys" };
            let names: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
            let brace = base + text.find('{').unwrap_or_default();
            let message = format!("missing {keys} {}", names.join(", "));
            let mut finding = Finding::new(Code::MissingKey, message, brace..brace + 1)
                .label("required in this object");
            for name in missing {
                let property = properties.and_then(|known| known.get(*name));
                let text = property.and_then(|known| known.get("description")?.as_str());
                let text = text.map(|text| format!(": {}", one_line(text))).unwrap_or_default();
                finding = finding.help(format!("add `{name}`{text}"));
            }
            self.findings.push(finding);
        }
    }

    fn value(&mut self, member: &Member<'_>, schema: &'a Json) {
        for branches in ["anyOf", "oneOf"] {
            if let Some(branches) = schema.get(branches).and_then(Json::as_array) {
                return self.any_of(member, branches);
            }
        }
        let (key, value, span) = (&member.key, member.value, member.value_span.clone());
        if let Some(allowed) = allowed_values(schema) {
            let found: Option<Json> = serde_json::from_str(value).ok();
            if !allowed.iter().any(|allowed| Some(*allowed) == found.as_ref()) {
                self.findings.push(not_allowed(key, found.as_ref(), &allowed, span));
            }
            return;
        }
        let kind = kind_of(value);
        let is_integer = kind == "number" && !value.contains(['.', 'e', 'E']);
        let fits = |wanted: &str| wanted == kind || (wanted == "integer" && is_integer);
        let wanted: Vec<&str> = match schema.get("type") {
            Some(Json::String(wanted)) => vec![wanted],
            Some(Json::Array(wanted)) => wanted.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        if !wanted.is_empty() && !wanted.iter().any(|wanted| fits(wanted)) {
            let expected = wanted.iter().find(|wanted| **wanted != "null").unwrap_or(&"null");
            let (expected, found) = (with_article(expected), with_article(kind));
            let finding =
                Finding::new(Code::WrongType, format!("`{key}` must be {expected}"), span)
                    .label(format!("this is {found}"));
            self.findings.push(match (kind, value.contains("${") || value.contains("{{")) {
                ("string", _) if expected == "an integer" || expected == "a number" => {
                    finding.help("write it without quotes; a placeholder too")
                }
                _ => finding,
            });
            return;
        }
        match kind {
            "object" => self.object(value, span.start, schema, false),
            "string" => {
                let text: String = serde_json::from_str(value).unwrap_or_default();
                if text.is_empty() && schema.get("minLength").and_then(Json::as_u64) > Some(0) {
                    let message = format!("`{key}` is empty");
                    self.findings.push(
                        Finding::new(Code::BadValue, message, span).label("a value is required"),
                    );
                }
            }
            "number" => {
                let number: f64 = value.parse().unwrap_or_default();
                let limit = |name: &str| schema.get(name).and_then(Json::as_f64);
                let (least, most) = (limit("minimum"), limit("maximum"));
                if least.is_some_and(|least| number < least) || most.is_some_and(|m| number > m) {
                    let range = match (least, most) {
                        (Some(least), Some(most)) => format!("from {least} to {most}"),
                        (Some(least), None) => format!("{least} or more"),
                        (_, most) => format!("{} or less", most.unwrap_or_default()),
                    };
                    let message = format!("`{key}` must be {range}");
                    self.findings.push(Finding::new(Code::BadValue, message, span));
                }
            }
            _ => {}
        }
    }

    /// The value must fit one of several schemas: when none fits, the first that is not `null` tells why.
    fn any_of(&mut self, member: &Member<'_>, branches: &'a [Json]) {
        let constants: Option<Vec<&Json>> =
            branches.iter().map(|branch| self.resolve(branch).get("const")).collect();
        if let Some(allowed) = constants {
            let found: Option<Json> = serde_json::from_str(member.value).ok();
            if !allowed.iter().any(|allowed| Some(*allowed) == found.as_ref()) {
                let span = member.value_span.clone();
                self.findings.push(not_allowed(&member.key, found.as_ref(), &allowed, span));
            }
            return;
        }
        let is_null = |schema: &Json| schema.get("type").and_then(Json::as_str) == Some("null");
        let mut first: Option<Vec<Finding>> = None;
        for branch in branches {
            let branch = self.resolve(branch);
            let before = std::mem::take(&mut self.findings);
            self.value(member, branch);
            let found = std::mem::replace(&mut self.findings, before);
            if found.is_empty() {
                return;
            }
            if !is_null(branch) {
                first.get_or_insert(found);
            }
        }
        self.findings.extend(first.unwrap_or_default());
    }
}

const JSON_HELP: &str =
    "the file holds one JSON object: double quotes, no trailing comma, no comments";

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn allowed_values(schema: &Json) -> Option<Vec<&Json>> {
    match (schema.get("enum").and_then(Json::as_array), schema.get("const")) {
        (Some(values), _) => Some(values.iter().collect()),
        (None, Some(value)) => Some(vec![value]),
        (None, None) => None,
    }
}

fn not_allowed(key: &str, found: Option<&Json>, allowed: &[&Json], span: Span) -> Finding {
    let names: Vec<&str> = allowed.iter().filter_map(|value| value.as_str()).collect();
    let list: Vec<_> = allowed.iter().map(|value| format!("`{value}`").replace('"', "")).collect();
    let finding =
        Finding::new(Code::BadValue, format!("`{key}` must be one of {}", list.join(", ")), span);
    let near = nearest(found.and_then(Json::as_str).unwrap_or_default(), names);
    match did_you_mean(&near) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn unknown_key<'k>(
    member: &Member<'_>,
    free: impl Iterator<Item = &'k str>,
    known: &[&str],
) -> Finding {
    let message = format!("unknown key `{}`", member.key);
    let finding = Finding::new(Code::UnknownKey, message, member.key_span.clone())
        .label("this Type has no such key");
    match did_you_mean(&nearest(&member.key, free)) {
        Some(help) => finding.help(help),
        None if known.is_empty() => finding.help("it has no keys: remove this one"),
        None => {
            let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            finding.help(format!("its keys are {}", known.join(", ")))
        }
    }
}

fn unset_variable(member: &Member<'_>, unset: &[String]) -> Finding {
    let names: Vec<_> = unset.iter().map(|name| format!("`{name}`")).collect();
    let (noun, verb) = if names.len() == 1 { ("variable", "is") } else { ("variables", "are") };
    let names = names.join(", ");
    let message = format!("`{}` is empty: the {noun} {names} {verb} not set", member.key);
    Finding::new(Code::UnsetVariable, message, member.value_span.clone())
        .label("a value is required")
        .help(format!("set {names} in the environment"))
}

fn with_article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        "object" | "array" | "integer" => format!("an {kind}"),
        other => format!("a {other}"),
    }
}
