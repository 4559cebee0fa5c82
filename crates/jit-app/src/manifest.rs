//! `app.json`: what an app says of itself.

mod keys;
mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, Error, ErrorKind, SourceFile, Span};

use crate::version::Version;
use crate::{files, pack};

/// What an `app.json` says. Unknown keys are kept.
#[derive(Clone)]
#[non_exhaustive]
pub struct Manifest {
    /// `org.Name`.
    pub app_id: String,
    /// The organisation; the part of the id before its first dot.
    pub org_id: String,
    /// The internal name; the part of the id after its first dot.
    pub name: String,
    /// The display name; the internal name unless given.
    pub title: String,
    /// The version; that of the folder `1_0_0` unless given, otherwise `0.0.0`.
    pub version: Option<Version>,
    /// The apps it builds on, nearest first.
    pub extends: Vec<Parent>,
    /// What it sets for itself and for apps that extend it.
    pub settings: Settings,
    /// Every other key, in the file's order.
    pub other: serde_json::Map<String, serde_json::Value>,
    file: Arc<SourceFile>,
    warnings: Vec<Diagnostic>,
}

/// An app that another extends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parent {
    /// `org.Name`.
    pub app_id: String,
    /// The version; there is no choice between versions.
    pub version: Version,
    /// Where the [`file`](Manifest::file) names it.
    pub span: Span,
}

/// The `settings` of an app.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// Full names of elements that serve where none is named: `defaultStorage` is one.
    pub default_element: BTreeMap<String, String>,
    /// Every other key.
    pub other: serde_json::Map<String, serde_json::Value>,
    /// Where the manifest's file gives each default element.
    pub(crate) default_spans: BTreeMap<String, Span>,
}

impl fmt::Debug for Manifest {
    /// Without what the file says beside: people put secrets where they do not belong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manifest")
            .field("app_id", &self.app_id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Settings {
    /// Without unknown keys, like [`Manifest`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("default_element", &self.default_element)
            .finish_non_exhaustive()
    }
}

impl Manifest {
    /// Reads the `app.json` of a folder, which is shown as `shown`, or tells everything that is wrong with it.
    pub(crate) fn read(dir: &Path, shown: &str) -> Result<Self, Error> {
        let fail = |findings| Error::from_diagnostics(ErrorKind::NoApp, findings);
        let file = match files::read(&dir.join("app.json"), shown) {
            Ok(None) => pack::manifest(dir),
            read => read,
        };
        let Some(file) = file.map_err(|finding| fail(vec![*finding]))? else {
            let what = if dir.is_dir() { "has no `app.json`" } else { "is not a folder" };
            let finding = Diagnostic::error(Code::NoApp, format!("`{}` {what}", dir.display()))
                .help("an app is a folder with an `app.json`: give the path of one");
            return Err(fail(vec![finding]));
        };
        let folder = dir.file_name().and_then(|name| Version::from_folder(&name.to_string_lossy()));
        read::manifest(&file, folder).map_err(fail)
    }

    /// Id and version, `org.Name@1.0.0`.
    #[doc(alias = "appKey")]
    #[must_use]
    pub fn app_key(&self) -> String {
        format!("{}@{}", self.app_id, self.version())
    }

    /// The version, wherever it comes from.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version.unwrap_or_default()
    }

    /// The `app.json`, with the values of unknown keys masked: what may be quoted in a message.
    #[must_use]
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// What is probably not meant as it is written.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

#[cfg(test)]
mod tests;
