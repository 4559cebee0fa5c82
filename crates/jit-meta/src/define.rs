//! Definitions: what an `e.json` says.

mod fields;
mod parse;

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::config;
use crate::json;
use crate::variable::DeclaredShape;
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
    #[serde(skip)]
    pub(crate) shape: DeclaredShape,
    /// Whether the caller must give it.
    #[serde(default, deserialize_with = "flag")]
    pub required: bool,
    /// Whether it names files of the machine that the function runs on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local_path: bool,
    /// The member of the result whose value it takes to get what comes after that result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation: Option<String>,
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

#[cfg(test)]
mod tests;
