//! `app.json`: what an app says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use jit_meta::{Code, Diagnostic, Error, ErrorKind};
use serde::Deserialize;

use crate::version::Version;
use crate::{files, pack};

/// What an `app.json` says. Unknown keys are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Manifest {
    /// `org.Name`.
    pub app_id: String,
    /// The organisation; the part of the id before its first dot.
    #[serde(default)]
    pub org_id: String,
    /// The internal name; the part of the id after its first dot.
    #[serde(default)]
    pub name: String,
    /// The display name; the internal name unless given.
    #[serde(default)]
    pub title: String,
    /// The version; that of the folder `1_0_0` unless given, otherwise `0.0.0`.
    #[serde(default)]
    pub version: Option<Version>,
    /// The apps it builds on, nearest first.
    #[serde(default)]
    pub extends: Vec<Parent>,
    /// What it sets for itself and for apps that extend it.
    #[serde(default)]
    pub settings: Settings,
    /// Every other key, in the file's order.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// An app that another extends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Parent {
    /// `org.Name`.
    pub app_id: String,
    /// The version; there is no choice between versions.
    pub version: Version,
}

/// The `settings` of an app.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Settings {
    /// Full names of elements that serve where none is named: `defaultStorage` is one.
    #[serde(default)]
    pub default_element: BTreeMap<String, String>,
    /// Every other key.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

const HELP: &str = "it holds one JSON object with at least an `appId`, `org.Name`";

impl Manifest {
    /// Reads the `app.json` of a folder.
    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let fail = |finding| Error::from_diagnostics(ErrorKind::NoApp, vec![finding]);
        let file = files::read(&dir.join("app.json"), "app.json").map_err(|found| fail(*found))?;
        let packed = || pack::manifest(dir).map_err(|found| fail(*found));
        let file = match file {
            None => packed()?,
            given => given,
        };
        let Some(file) = file else {
            let what = if dir.is_dir() { "has no `app.json`" } else { "is not a folder" };
            let finding = Diagnostic::error(Code::NoApp, format!("`{}` {what}", dir.display()))
                .help("an app is a folder with an `app.json`: give the path of one");
            return Err(fail(finding));
        };
        if !file.text().trim_start().starts_with('{') {
            let finding = Diagnostic::error(Code::AppJson, "`app.json` is not an object");
            return Err(fail(finding.at(&file, 0..0, "").help(HELP)));
        }
        let mut manifest: Self = serde_json::from_str(file.text()).map_err(|error| {
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default().to_owned();
            fail(
                Diagnostic::error(Code::AppJson, "`app.json` is not understood")
                    .at(&file, file.span_at(error.line(), error.column()), why)
                    .help(HELP),
            )
        })?;
        manifest.complete(dir).map_err(|(key, message, help)| {
            fail(
                Diagnostic::error(Code::AppJson, message)
                    .at(&file, file.key_span(key).unwrap_or(0..0), "")
                    .help(help),
            )
        })?;
        Ok(manifest)
    }

    /// Fills in what follows from the id and the folder, and refuses what contradicts them.
    fn complete(&mut self, dir: &Path) -> Result<(), (&'static str, String, &'static str)> {
        if self.app_id.contains(['{', '}']) {
            let message = format!("`{}` is a template, not an app", self.app_id);
            return Err(("appId", message, "fill in the placeholders: \"appId\": \"org.Name\""));
        }
        let (org, name) = match self.app_id.split_once('.') {
            Some((org, name)) if !org.is_empty() && !name.is_empty() => (org, name),
            _ => {
                let message = format!("`{}` is not an app id", self.app_id);
                let help = "an app id is the organisation, a dot and the app's name: `org.Name`";
                return Err(("appId", message, help));
            }
        };
        if self.org_id.is_empty() {
            self.org_id = org.to_owned();
        } else if self.org_id != org {
            let message =
                format!("`orgId` is `{}`, and `{}` says `{org}`", self.org_id, self.app_id);
            return Err(("orgId", message, "remove `orgId`: it follows from `appId`"));
        }
        if self.name.is_empty() {
            self.name = name.to_owned();
        }
        if self.title.is_empty() {
            self.title.clone_from(&self.name);
        }
        let folder = dir.file_name().and_then(|name| Version::from_folder(&name.to_string_lossy()));
        match (self.version, folder) {
            (Some(given), Some(folder)) if given != folder => {
                let message =
                    format!("`version` is `{given}`, and the folder is that of `{folder}`");
                Err(("version", message, "correct one of them"))
            }
            (given, folder) => {
                self.version = given.or(folder).or(Some(Version::default()));
                Ok(())
            }
        }
    }

    /// The version, wherever it comes from.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version.unwrap_or_default()
    }
}
