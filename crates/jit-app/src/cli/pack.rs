//! `pack`: all definitions in one file.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::output::Output;
use crate::pack;

pub(super) fn run(app: &Path, out: &mut Output) -> ExitCode {
    match pack::write(app) {
        Ok(packed) if out.json => out.print_json(&json!({
            "path": packed.path,
            "elements": packed.elements,
            "bytes": packed.bytes,
        })),
        Ok(packed) => {
            let elements = super::check::count(packed.elements, "element");
            let text =
                format!("packed {}: {elements}, {} bytes\n", packed.path.display(), packed.bytes);
            out.print(text.as_bytes())
        }
        Err(error) => out.error(&error),
    }
}
