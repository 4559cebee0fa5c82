//! `app.json`: what an app says of itself.

use std::path::Path;

use jit_meta::{Code, Diagnostic, Error, ErrorKind};
use serde::Deserialize;

use crate::files;

/// The known fields of an `app.json`. Unknown ones are allowed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Manifest {
    /// `org.Name`.
    pub app_id: String,
    /// The display name.
    #[serde(default)]
    pub title: String,
    /// `1.0.0`.
    #[serde(default = "unpublished")]
    pub version: String,
}

fn unpublished() -> String {
    "0.0.0".to_owned()
}

impl Manifest {
    /// Reads the `app.json` of a folder.
    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let fail = |finding| Error::from_diagnostics(ErrorKind::NoApp, vec![finding]);
        let missing = || {
            let shown = dir.display();
            let what = if dir.is_dir() { "has no `app.json`" } else { "is not a folder" };
            Diagnostic::error(Code::NoApp, format!("`{shown}` {what}"))
                .help("an app is a folder with an `app.json`: give the path of one")
        };
        let file =
            files::read(&dir.join("app.json"), "app.json").map_err(|finding| fail(*finding))?;
        let file = file.ok_or_else(|| fail(missing()))?;
        let manifest: Self = serde_json::from_str(file.text()).map_err(|error| {
            let line_start: usize = file
                .text()
                .split_inclusive('\n')
                .take(error.line().saturating_sub(1))
                .map(str::len)
                .sum();
            let at = (line_start + error.column().saturating_sub(1)).min(file.text().len());
            let at = (0..=at).rev().find(|&at| file.text().is_char_boundary(at)).unwrap_or(0);
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default().to_owned();
            fail(
                Diagnostic::error(Code::AppJson, "`app.json` is not understood")
                    .at(&file, at..at, why)
                    .help("it holds one JSON object with at least an `appId`, `org.Name`"),
            )
        })?;
        if let Some(("", _) | (_, "")) | None = manifest.app_id.split_once('.') {
            let at = file.text().find("\"appId\"").unwrap_or_default();
            let message = format!("`{}` is not an app id", manifest.app_id);
            return Err(fail(
                Diagnostic::error(Code::AppJson, message)
                    .at(&file, at..at + "\"appId\"".len(), "")
                    .help("an app id is the organisation, a dot and the app's name: `org.Name`"),
            ));
        }
        Ok(manifest)
    }
}
