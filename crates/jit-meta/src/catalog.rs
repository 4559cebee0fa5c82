//! What a program links, as data: every app's `types --json` writes it, and `cargo jit`, which links none of
//! an app's Types, reads it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{FunctionDeclaration, MetaEntry, TypeEntry};

/// The families and Types that a program links, and what an app makes of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// The form of this: [`VERSION`](Self::VERSION). It changes when a reader of the one before would err.
    pub version: u32,
    /// The app's id, `org.Name`.
    pub app_id: String,
    /// The app, and those it extends, nearest first.
    pub hierarchy: Vec<String>,
    /// Every registration: families, then Types, by name.
    pub entries: Vec<CatalogEntry>,
    /// What an element of the app may have as its `type`, by name.
    pub usable: Vec<UsableType>,
    /// The app's elements whose `type` has no code in this program, by name.
    pub missing: Vec<MissingType>,
}

impl Catalog {
    /// The form that this version of the crate writes and reads.
    pub const VERSION: u32 = 1;

    /// The registrations that load elements of a Type, the one that loads first.
    pub fn stack(&self, usable: &UsableType) -> impl Iterator<Item = &CatalogEntry> {
        usable.stack.iter().filter_map(|at| self.entries.get(*at))
    }
}

/// A registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogEntry {
    /// The full name, `storages.OssType`.
    pub full_name: String,
    /// Whether it is a family or a Type.
    pub level: CatalogLevel,
    /// The family's full name, `storages.Meta`.
    pub family: String,
    /// The app it is registered for; `None` for all.
    pub app: Option<String>,
    /// The package it is registered in.
    pub package: String,
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Whether it wraps what it overrides or builds on.
    pub inherits: bool,
    /// What its author says of it.
    pub doc: String,
    /// The JSON Schema of its configuration; `None` for a family.
    pub schema: Option<Json>,
    /// An example of its configuration.
    pub example: Option<String>,
    /// What is wrong with that example, when its variables are set.
    pub example_findings: Vec<String>,
    /// What can be called by name, as `functionList` declares it.
    pub functions: Vec<Json>,
}

/// Which of the two a registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CatalogLevel {
    /// A family's contract.
    Meta,
    /// An implementation of one.
    Type,
}

/// What an element may have as its `type`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsableType {
    /// The full name.
    pub full_name: String,
    /// The registrations that load its elements, the one that loads first, by their places in
    /// [`Catalog::entries`].
    pub stack: Vec<usize>,
}

/// An element whose `type` has no code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingType {
    /// The element.
    pub full_name: String,
    /// What it names.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The file that names it.
    pub file: String,
    /// What the app says of that.
    pub message: String,
}

impl From<&MetaEntry> for CatalogEntry {
    fn from(entry: &MetaEntry) -> Self {
        let at = entry.registered();
        Self {
            full_name: entry.full_name().to_owned(),
            level: CatalogLevel::Meta,
            family: entry.full_name().to_owned(),
            app: None,
            package: at.package.to_owned(),
            file: at.file.to_owned(),
            line: at.line,
            inherits: false,
            doc: String::new(),
            schema: None,
            example: None,
            example_findings: Vec::new(),
            functions: functions(&entry.functions()),
        }
    }
}

impl From<&TypeEntry> for CatalogEntry {
    fn from(entry: &TypeEntry) -> Self {
        let at = entry.registered();
        let schema = entry.schema().to_value();
        let doc = schema.get("description").and_then(Json::as_str).unwrap_or_default();
        Self {
            full_name: entry.full_name().to_owned(),
            level: CatalogLevel::Type,
            family: entry.meta().to_owned(),
            app: entry.app().map(str::to_owned),
            package: at.package.to_owned(),
            file: at.file.to_owned(),
            line: at.line,
            inherits: entry.inherits(),
            doc: doc.to_owned(),
            example: entry.full_name().parse().ok().map(|name| entry.example(&name).text()),
            example_findings: entry
                .check_example()
                .err()
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            functions: functions(&entry.functions(None)),
            schema: Some(schema),
        }
    }
}

fn functions(declared: &[FunctionDeclaration]) -> Vec<Json> {
    declared.iter().filter_map(|function| serde_json::to_value(function).ok()).collect()
}
