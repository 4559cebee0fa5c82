//! An element's configuration file: where it is and what it says.

use std::path::Path;

use jit_meta::{Code, ConfigText, Define, Diagnostic, FullName, Severity, TypeStack};

use crate::{Variables, exposed, files};

/// Reads and expands the configuration of an element: `<Name>.json`, otherwise `config.json`, otherwise the
/// same in its `backend`, otherwise nothing where the Type requires nothing.
pub(crate) fn read(
    define: &Define,
    dir: &Path,
    stack: &TypeStack,
    variables: &Variables,
) -> Result<(ConfigText, Vec<Diagnostic>), Vec<Diagnostic>> {
    let folder = folder_of(define, dir);
    let own = format!("{}.json", define.full_name().name());
    let mut places = places(define.full_name(), dir).into_iter();
    while let Some(name) = places.next() {
        let shown = format!("{folder}/{name}");
        let Some(file) = files::read(&dir.join(&name), &shown).map_err(|finding| vec![*finding])?
        else {
            continue;
        };
        let mut warnings = Vec::new();
        if let Some(above) = name.strip_suffix("config.json") {
            let message = format!("the configuration of `{}` is `{name}`", define.full_name());
            warnings.push(
                Diagnostic::warning(Code::ConfigName, message)
                    .help(format!("rename `{shown}` to `{folder}/{above}{own}`")),
            );
        }
        for other in places.filter(|other| dir.join(other).is_file()) {
            let message = format!("`{folder}/{other}` is not read");
            warnings.push(
                Diagnostic::warning(Code::ConfigName, message)
                    .help("remove it, or move its keys to where they are read")
                    .note(format!("the configuration of `{}` is `{shown}`", define.full_name())),
            );
        }
        let config = ConfigText::expand(file, &|name| variables.get(name));
        let present = self::places(define.full_name(), dir).into_iter();
        let present: Vec<_> = present.filter(|place| dir.join(place).is_file()).collect();
        let exposed = exposed::finding(define, &present).filter(|_| stack.has_secrets());
        return match exposed {
            None => Ok((config, warnings)),
            // Everything that is wrong is told in one run.
            Some(finding) => {
                let others = stack.check(&config).err().unwrap_or_default();
                Err([vec![finding], warnings, others].concat())
            }
        };
    }
    let empty = ConfigText::expand(
        std::sync::Arc::new(jit_meta::SourceFile::new(format!("{folder}/{own}"), "{}")),
        &|_| None,
    );
    match stack.check(&empty) {
        Ok(()) => Ok((empty, Vec::new())),
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

/// Where the configuration of the element in a folder may be, the place that counts first.
fn places(full_name: &FullName, dir: &Path) -> Vec<String> {
    let own = format!("{}.json", full_name.name());
    let mut places = vec![own.clone(), "config.json".to_owned()];
    if dir.join("backend").is_dir() {
        places.extend([format!("backend/{own}"), "backend/config.json".to_owned()]);
    }
    places
}

/// The configuration file of the element in a folder, below it, when there is one.
pub(crate) fn file(full_name: &FullName, dir: &Path) -> Option<String> {
    places(full_name, dir).into_iter().find(|place| dir.join(place).is_file())
}

/// An element's folder as it is shown. Its `e.json` may be in the `backend` or `frontend` there.
fn folder_of(define: &Define, dir: &Path) -> String {
    let folder = define.path().strip_suffix("/e.json").unwrap_or_default();
    match folder.rsplit_once('/') {
        Some((above, last)) if !dir.ends_with(last) => above.to_owned(),
        _ => folder.to_owned(),
    }
}

/// Whether any finding stops the element from working.
pub(crate) fn has_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
