//! `schema`: JSON Schemas for editors.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::output::Output;
use crate::App;

pub(super) fn run(app: &App, dir: Option<&Path>, out: &mut Output) -> ExitCode {
    let schemas = app.schemas();
    let Some(dir) = dir else { return out.print_json(&schemas.schemas) };
    let folder = seen_from(app.dir(), dir);
    let written = match schemas.write(dir, &folder) {
        Ok(written) => written,
        Err(error) => return out.error(&error),
    };
    if out.json {
        return out
            .print_json(&json!({ "out": dir, "files": written, "configs": schemas.configs }));
    }
    let shown = dir.display();
    let mut text = format!("wrote {} files to {shown}:\n", written.len());
    written.iter().for_each(|name| text.push_str(&format!("  {name}\n")));
    text.push_str(&format!(
        "To complete and check an app's files in Visual Studio Code, open the app's folder and put what\n\
         {shown}/vscode-settings.json says into its .vscode/settings.json.\n\
         In any editor, a file may name its schema itself, as seen from where the file is; the app ignores\n\
         that key: \"$schema\": \"…/e.schema.json\"\n"
    ));
    out.print(text.as_bytes())
}

/// A folder as the editor that has opened the app's folder sees it.
fn seen_from(app: &Path, dir: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (app, dir): (PathBuf, PathBuf) = (absolute(app), absolute(dir));
    let path = match dir.strip_prefix(&app) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => format!("./{}", below.display()),
        Err(_) => dir.display().to_string(),
    };
    path.replace('\\', "/")
}
