//! Definitions: what an `e.json` says.

mod fields;

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::config;
use crate::diag::{Code, Diagnostic};
use crate::json::{self, Fault, Member, SyntaxError};
use crate::{FullName, SourceFile, Span};

/// An element's definition: the known fields of its `e.json` typed, every field kept in order.
///
/// Reading a definition loads nothing and touches no network.
#[derive(Clone)]
pub struct Define {
    full_name: FullName,
    file: Quotable,
    title: String,
    type_name: Option<(FullName, Span)>,
    variables: Vec<Variable>,
    function_list: Vec<FunctionDeclaration>,
    /// Name, place of the name, place of the value.
    fields: Vec<(String, Span, Span)>,
}

/// A file, and the same as it may be quoted. Most files never are, and masking costs more than parsing.
#[derive(Clone)]
struct Quotable {
    source: Arc<SourceFile>,
    masked: OnceLock<Arc<SourceFile>>,
}

impl Quotable {
    /// Shows no field that is not known: people put secrets where they do not belong.
    fn masked(&self) -> &Arc<SourceFile> {
        self.masked.get_or_init(|| Arc::new(config::masked(&self.source, &fields::KNOWN)))
    }
}

impl fmt::Debug for Define {
    /// Without what the file says: it may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Define")
            .field("full_name", &self.full_name)
            .field("type_name", &self.type_name())
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// A variable that an element declares; its value lives in the app's environment.
#[derive(Clone, Deserialize, Serialize)]
#[serde(expecting = "an object with a `name`")]
#[non_exhaustive]
pub struct Variable {
    /// The name used in placeholders.
    pub name: String,
    /// The display name.
    #[serde(default)]
    pub title: String,
    /// The value used when the environment has none.
    #[serde(default)]
    pub value: Option<String>,
    /// Whether the app cannot work without a value.
    #[serde(default, deserialize_with = "flag")]
    pub required: bool,
    /// What the variable is for.
    #[serde(default, alias = "desc", alias = "description")]
    pub remark: String,
}

impl fmt::Debug for Variable {
    /// Without the value: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable")
            .field("name", &self.name)
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}

/// A function that an element declares to the outside in its `functionList`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[serde(expecting = "an object with a `name`")]
#[non_exhaustive]
pub struct FunctionDeclaration {
    /// The name it is called by.
    pub name: String,
    /// The display name.
    #[serde(default)]
    pub title: String,
    /// Its arguments, in order.
    #[serde(default)]
    pub args: Vec<ArgDeclaration>,
    /// The data type of its result.
    #[serde(default)]
    pub return_type: Option<String>,
    /// Whether it runs in the background.
    #[serde(default, rename = "async", deserialize_with = "flag")]
    pub is_async: bool,
    /// Whether callers must be logged in.
    #[serde(default = "yes", deserialize_with = "flag")]
    pub login_required: bool,
    /// Whether the request's signature is not checked.
    #[serde(default, deserialize_with = "flag")]
    pub ignore_sign: bool,
    /// What it does.
    #[serde(default, alias = "description")]
    pub desc: String,
}

/// An argument of a [`FunctionDeclaration`].
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[serde(expecting = "an object with a `name`")]
#[non_exhaustive]
pub struct ArgDeclaration {
    /// The name it is passed by.
    pub name: String,
    /// Other names it may be passed by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The display name.
    #[serde(default)]
    pub title: String,
    /// The data type, `Stext`.
    #[serde(default, alias = "datatype")]
    pub data_type: String,
    /// Other data types whose values it takes as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept_data_types: Vec<String>,
    /// The default value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// Whether the caller must give it.
    #[serde(default, deserialize_with = "flag")]
    pub required: bool,
    /// The model whose rows a `RowData` or `RowList` holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generic: Option<String>,
    /// What the members of a `JitDict` are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable_list: Option<serde_json::Value>,
    /// What each item of a `JitList` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable_config: Option<serde_json::Value>,
    /// What each value of a `JitMap` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_config: Option<serde_json::Value>,
    /// Every other key, `maxLen` among them.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

fn yes() -> bool {
    true
}

/// Reads a flag, which real files write as `true`/`false` and as `1`/`0`.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Flag;
    impl serde::de::Visitor<'_> for Flag {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true, false, 1 or 0")
        }

        fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<bool, E> {
            match value {
                0 => Ok(false),
                1 => Ok(true),
                other => Err(E::invalid_value(serde::de::Unexpected::Unsigned(other), &self)),
            }
        }
    }
    deserializer.deserialize_any(Flag)
}

impl Define {
    /// Reads the text of an `e.json`. Warnings leave a usable definition.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, when it cannot be used.
    pub fn parse(
        full_name: FullName,
        file: Arc<SourceFile>,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let source = Arc::clone(&file);
        let file = Quotable { source: file, masked: OnceLock::new() };
        let members = json::document(source.text()).map_err(|error| vec![syntax(&file, error)])?;
        let mut findings = Vec::new();
        let mut define = Self {
            title: full_name.name().to_owned(),
            full_name,
            file,
            type_name: None,
            variables: Vec::new(),
            function_list: Vec::new(),
            fields: Vec::new(),
        };
        let mut saw = (false, false);
        for member in &members {
            match member.key.as_str() {
                "title" => {
                    saw.0 = true;
                    read(&define.file, member, "a string", &mut define.title, &mut findings);
                }
                "type" => {
                    saw.1 = true;
                    define.read_type(member, &mut findings);
                }
                // An older table calls it an object; an empty one means none either way.
                "variables" if member.value != "{}" => {
                    let expected = "an array of variables, each with a `name`";
                    define.variables = read_list(&define.file, member, expected, &mut findings);
                }
                "functionList" => {
                    let expected = "an array of functions, each with a `name`";
                    define.function_list = read_list(&define.file, member, expected, &mut findings);
                }
                "frontBundleEntry" if member.value != "null" => {
                    let mut text = String::new();
                    read(&define.file, member, "a string", &mut text, &mut findings);
                }
                "accessModifier" => fields::check_access(&define.file, member, &mut findings),
                "cacheLevel" | "backendLoadTime" | "loadTime" => {
                    findings.extend(fields::check_timing(&define.file, member));
                }
                _ => {}
            }
        }
        let (has_title, has_type) = saw;
        let is_meta = define.full_name.name() == "Meta";
        let opening = opening_brace(source.text());
        if !has_type && !is_meta {
            let keys = members.iter().map(|member| member.key.as_str());
            let near = crate::nearest("type", keys);
            let mut finding = Diagnostic::error(Code::MissingType, "`type` is missing");
            finding = match members.iter().find(|member| near.contains(&member.key.as_str())) {
                Some(slip) => finding
                    .at(define.file(), slip.key_span.clone(), "")
                    .help(format!("did you mean `type` where it says `{}`?", slip.key)),
                None => finding
                    .at(define.file(), opening.clone(), "no `type` in this object")
                    .help("name the Type this is an instance of: \"type\": \"storages.OssType\""),
            };
            findings.push(finding);
        }
        let slips = fields::slips(&members);
        if !has_title {
            let finding = Diagnostic::warning(Code::FieldValue, "`title` is missing");
            findings.push(match slips.iter().find(|(_, meant)| *meant == "title") {
                Some((slip, _)) => finding
                    .at(define.file(), slip.key_span.clone(), "")
                    .help(format!("did you mean `title` where it says `{}`?", slip.key)),
                None => finding
                    .at(define.file(), opening, "no `title` in this object")
                    .help("give the element a display name: \"title\": \"…\""),
            });
        }
        for (slip, meant) in slips.iter().filter(|(_, meant)| *meant != "title") {
            findings.push(
                Diagnostic::warning(Code::FieldValue, format!("unknown field `{}`", slip.key))
                    .at(define.file(), slip.key_span.clone(), "")
                    .help(format!("did you mean `{meant}`?")),
            );
        }
        let fields =
            members.into_iter().map(|member| (member.key, member.key_span, member.value_span));
        define.fields = fields.collect();
        if findings.iter().any(|finding| finding.severity == crate::Severity::Error) {
            Err(findings)
        } else {
            Ok((define, findings))
        }
    }

    fn read_type(&mut self, member: &Member<'_>, findings: &mut Vec<Diagnostic>) {
        let mut text = String::new();
        let had = findings.len();
        read(&self.file, member, "a string", &mut text, findings);
        if findings.len() > had {
            return;
        }
        if text.is_empty() {
            if self.full_name.name() != "Meta" {
                let message = format!("`type` is empty: `{}` is taken as a Meta", self.full_name);
                findings.push(
                    Diagnostic::warning(Code::MissingType, message)
                        .at(self.file(), member.value_span.clone(), "names no Type")
                        .help("name the Type this is an instance of, or call the folder `Meta`"),
                );
            }
            return;
        }
        match text.parse() {
            Ok(name) => self.type_name = Some((name, member.value_span.clone())),
            Err(error) => findings.push(
                Diagnostic::error(Code::FieldValue, format!("{error}"))
                    .at(self.file(), member.value_span.clone(), "not the name of a Type")
                    .help("a Type is named like `storages.OssType`"),
            ),
        }
    }

    /// The element's full name.
    #[must_use]
    pub fn full_name(&self) -> &FullName {
        &self.full_name
    }

    /// The display name; the folder's name when the file gives none.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The name of the Type (or Meta) this is one of; `None` for a Meta.
    #[must_use]
    pub fn type_name(&self) -> Option<&FullName> {
        self.type_name.as_ref().map(|(name, _)| name)
    }

    /// Where the file names the Type.
    #[must_use]
    pub fn type_span(&self) -> Span {
        self.type_name.as_ref().map_or(0..0, |(_, span)| span.clone())
    }

    /// The variables it declares.
    #[must_use]
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Where the file declares one of the [`variables`](Self::variables), by its place among them.
    #[must_use]
    pub fn variable_span(&self, at: usize) -> Option<Span> {
        let (_, _, list) = self.fields.iter().find(|(name, _, _)| name == "variables")?;
        let text = self.file.source.text().get(list.clone())?;
        json::items(text, list.start).into_iter().nth(at).map(|(_, span)| span)
    }

    /// Where the file names one of the functions of its [`function_list`](Self::function_list), by its place
    /// there.
    #[must_use]
    pub fn function_span(&self, at: usize) -> Option<Span> {
        let (_, _, list) = self.fields.iter().find(|(name, _, _)| name == "functionList")?;
        let text = self.file.source.text().get(list.clone())?;
        let (item, span) = json::items(text, list.start).into_iter().nth(at)?;
        let members = json::members(item, span.start).ok()?;
        let name = members.into_iter().find(|member| member.key == "name")?;
        Some(name.value_span)
    }

    /// The functions it declares itself; a family's own are in [`Meta::functions`](crate::Meta::functions).
    #[must_use]
    pub fn function_list(&self) -> &[FunctionDeclaration] {
        &self.function_list
    }

    /// Every field in the file's order, known or not, as raw JSON.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.fields.iter().filter_map(|(name, _, value)| Some((name.as_str(), self.raw(value)?)))
    }

    /// Every field in the file's order, as it may be shown: what JitAi's documents do not know, and the values
    /// that variables have by default, are `"***"`.
    pub fn shown_fields(&self) -> impl Iterator<Item = (&str, serde_json::Value)> {
        let known = fields::SHOWN.get("properties");
        self.fields().map(move |(name, value)| {
            let schema = known.and_then(|known| known.get(name));
            let shown = schema.map(|schema| config::shown(value.get(), schema));
            (name, shown.unwrap_or_else(|| "***".into()))
        })
    }

    /// One field as raw JSON.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&RawValue> {
        let (.., value) = self.fields.iter().find(|(field, ..)| field == name)?;
        self.raw(value)
    }

    fn raw(&self, value: &Span) -> Option<&RawValue> {
        serde_json::from_str(self.file.source.text().get(value.clone())?).ok()
    }

    /// Where the name of a field stands in the [`file`](Self::file).
    #[must_use]
    pub fn field_span(&self, name: &str) -> Option<Span> {
        self.fields.iter().find(|(field, ..)| field == name).map(|(_, span, _)| span.clone())
    }

    /// One field as text; `None` when it is absent or no string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.field(name)?.get()).ok()
    }

    /// One field as a flag: `true`, `false`, `1` or `0`; `None` when it is absent or anything else.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        flag(&mut serde_json::Deserializer::from_str(self.field(name)?.get())).ok()
    }

    /// The path of the file it was read from, as it is shown.
    #[must_use]
    pub fn path(&self) -> &str {
        self.file.source.path()
    }

    /// The file it was read from, with the values of unknown fields masked.
    #[must_use]
    pub fn file(&self) -> &Arc<SourceFile> {
        self.file.masked()
    }
}

fn opening_brace(text: &str) -> Span {
    let start = text.find('{').unwrap_or_default();
    start..start + 1
}

fn syntax(file: &Quotable, error: SyntaxError) -> Diagnostic {
    let help = match error.fault {
        Fault::Syntax => {
            "`e.json` holds one JSON object: double quotes, no trailing comma, no comments"
        }
        Fault::NotAnObject => "`e.json` holds one JSON object",
        Fault::Duplicate(_) => "remove one of them",
        Fault::TooDeep => "nothing in an `e.json` needs that",
    };
    Diagnostic::error(Code::ElementSyntax, error.title("`e.json`"))
        .at(file.masked(), error.span, error.label)
        .help(help)
}

/// Reads one field into `into`, or says what it should have been.
fn read<T: for<'de> Deserialize<'de>>(
    file: &Quotable,
    member: &Member<'_>,
    expected: &str,
    into: &mut T,
    findings: &mut Vec<Diagnostic>,
) {
    match serde_json::from_str(member.value) {
        Ok(value) => *into = value,
        Err(error) => {
            let at = (member.value, member.value_span.start);
            findings.push(wrong_kind(file, member, expected, at, &error));
        }
    }
}

/// Reads each item of a field by itself, so that all that are wrong are told.
fn read_list<T: for<'de> Deserialize<'de>>(
    file: &Quotable,
    member: &Member<'_>,
    expected: &str,
    findings: &mut Vec<Diagnostic>,
) -> Vec<T> {
    if json::kind_of(member.value) != "array" {
        let mut none = Vec::new();
        read(file, member, expected, &mut none, findings);
        return none;
    }
    let mut list = Vec::new();
    for (item, span) in json::items(member.value, member.value_span.start) {
        match serde_json::from_str(item) {
            Ok(value) => list.push(value),
            Err(error) => {
                findings.push(wrong_kind(file, member, expected, (item, span.start), &error));
            }
        }
    }
    list
}

/// What is wrong with a field, or with a part of its value that is `text` and stands at `start`.
fn wrong_kind(
    file: &Quotable,
    member: &Member<'_>,
    expected: &str,
    (text, start): (&str, usize),
    error: &serde_json::Error,
) -> Diagnostic {
    let message = format!("`{}` must be {expected}", member.key);
    let span = json::blamed(text, error);
    let place = start + span.start..start + span.end;
    let label = in_our_words(&json::reason(error));
    Diagnostic::error(Code::FieldValue, message).at(file.masked(), place, label)
}

/// The parser's reason in the words of JSON, not of Rust.
fn in_our_words(reason: &str) -> String {
    let told = match reason.strip_prefix("invalid ").and_then(|rest| rest.split_once(", expected "))
    {
        Some((found, expected)) => {
            let found = found.split_once(": ").map_or(found, |(_, found)| found);
            format!("expected {expected}, found {found}")
        }
        None => reason
            .replace("missing field", "missing key")
            .replace("duplicate field", "twice the key"),
    };
    [
        ("a sequence", "an array"),
        ("found sequence", "found an array"),
        ("found map", "found an object"),
        ("found integer", "found a number"),
        ("found floating point", "found a number"),
        ("found string", "found a string"),
        ("found boolean", "found a boolean"),
    ]
    .into_iter()
    .fold(told, |told, (theirs, ours)| told.replace(theirs, ours))
}

#[cfg(test)]
mod tests;
