//! An element's configuration file: where it is and what it says.

use std::path::{Component, Path};

use jit_meta::{Code, ConfigText, Define, Diagnostic, Severity, TypeStack};

use crate::{Variables, files};

/// Reads and expands the configuration of an element: `<Name>.json`, otherwise `config.json`, otherwise
/// nothing where the Type requires nothing.
pub(crate) fn read(
    define: &Define,
    dir: &Path,
    stack: &TypeStack,
    variables: &Variables,
) -> Result<(ConfigText, Vec<Diagnostic>), Vec<Diagnostic>> {
    let folder = define.file().path().strip_suffix("/e.json").unwrap_or_default().to_owned();
    let own = format!("{}.json", define.full_name().name());
    let mut warnings = Vec::new();
    for name in [own.as_str(), "config.json"] {
        let shown = format!("{folder}/{name}");
        let Some(file) = files::read(&dir.join(name), &shown).map_err(|finding| vec![*finding])?
        else {
            continue;
        };
        if name != own {
            let message = format!("the configuration of `{}` is `config.json`", define.full_name());
            warnings.push(
                Diagnostic::warning(Code::ConfigName, message)
                    .help(format!("rename `{shown}` to `{folder}/{own}`")),
            );
        }
        if let Some(finding) = exposed(define, stack, name) {
            return Err(vec![finding]);
        }
        return Ok((ConfigText::expand(file, &|name| variables.get(name)), warnings));
    }
    let empty = ConfigText::expand(
        std::sync::Arc::new(jit_meta::SourceFile::new(format!("{folder}/{own}"), "{}")),
        &|_| None,
    );
    match stack.check(&empty) {
        Ok(()) => Ok((empty, warnings)),
        Err(findings) => {
            let message = format!("`{folder}/{own}` is missing");
            let mut finding = Diagnostic::error(Code::NoConfig, message)
                .at(define.file(), define.type_span(), "this Type needs a configuration")
                .help(format!("create `{folder}/{own}` with the keys below"));
            finding.notes.extend(findings.into_iter().flat_map(|finding| finding.help));
            Err(vec![finding])
        }
    }
}

/// A configuration with secrets that the front end's bundle would carry into browsers.
fn exposed(define: &Define, stack: &TypeStack, config: &str) -> Option<Diagnostic> {
    let entry = define.text("frontBundleEntry")?;
    let parts = Path::new(&entry).components().filter(|part| *part != Component::CurDir);
    let is_config = parts.eq(Path::new(config).components());
    (is_config && stack.has_secrets()).then(|| {
        let span = define.field_span("frontBundleEntry").unwrap_or(0..0);
        let message =
            format!("`frontBundleEntry` would carry the secrets of `{config}` into browsers");
        Diagnostic::error(Code::ExposedSecret, message)
            .at(define.file(), span, "")
            .help("remove `frontBundleEntry`")
    })
}

/// Whether any finding stops the element from working.
pub(crate) fn has_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
