//! What to say of a name that is no element's.

use jit_meta::{Code, Diagnostic, Error, ErrorKind, FullName};

use crate::App;
use crate::snapshot::Snapshot;

impl App {
    pub(crate) fn not_found(&self, snapshot: &Snapshot, full_name: &str) -> Error {
        let mut names: Vec<&str> = snapshot.names().collect();
        names.sort_unstable();
        if let Some(error) = self.only_code(snapshot, full_name) {
            return error;
        }
        let message = format!("app `{}` has no element `{full_name}`", self.id());
        let finding = Diagnostic::error(Code::NoElement, message);
        let same_end: Vec<_> = names
            .iter()
            .copied()
            .filter(|name| {
                name.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case(full_name))
            })
            .collect();
        let finding = match same_end.first() {
            Some(name) => finding.help(format!("did you mean `{name}`?")),
            None => finding.suggest(full_name, names.iter().copied()),
        };
        let finding = if !finding.help.is_empty() {
            finding
        } else if names.is_empty() {
            finding.help("it has no elements: an element is a folder with an `e.json`")
        } else {
            let shown = names.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>();
            let more = names.len().saturating_sub(8);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            finding.help(format!("its elements are {}{more}", shown.join(", ")))
        };
        let error = Error::from_diagnostics(ErrorKind::NotFound, vec![finding]);
        match full_name.parse() {
            Ok(name) => error.with_element(&name),
            Err(_) => error,
        }
    }

    /// The name is that of a registered Type or family, and of no folder.
    fn only_code(&self, snapshot: &Snapshot, full_name: &str) -> Option<Error> {
        let apps: Vec<_> = snapshot.layers.iter().map(|app| app.manifest.app_id.as_str()).collect();
        let (registry, name) = (self.registry(), full_name.parse().ok()?);
        let finding = if registry.find(&apps, full_name).is_some() {
            let message = format!("`{full_name}` is a Type, not an instance");
            Diagnostic::error(Code::NoElement, message).help(how_to_get(snapshot, &name))
        } else {
            registry.find_meta(full_name)?;
            let types = registry.types(&apps).filter(|code| code.meta() == full_name);
            let types: Vec<_> = types.map(|code| format!("`{}`", code.full_name())).collect();
            let message = format!("`{full_name}` is a family, not an instance");
            let help = match types.is_empty() {
                true => "none of its Types is linked into this program".to_owned(),
                false => format!("ask for an instance of one of its Types: {}", types.join(", ")),
            };
            Diagnostic::error(Code::NoElement, message).help(help)
        };
        Some(Error::from_diagnostics(ErrorKind::NotFound, vec![finding]))
    }
}

/// How somebody who has asked for a Type gets an instance.
pub(crate) fn how_to_get(snapshot: &Snapshot, type_name: &FullName) -> String {
    let is_visible = |name: &&FullName| snapshot.find(name.as_str()).is_some();
    let mut known: Vec<_> = snapshot.instances(type_name.as_str()).filter(is_visible).collect();
    known.sort_unstable();
    let known: Vec<_> = known.iter().take(8).map(|name| format!("`{name}`")).collect();
    if !known.is_empty() {
        return format!("ask for one of its instances: {}", known.join(", "));
    }
    let folder = type_name.family();
    format!(
        "make an instance: a folder `{folder}/<Name>` whose `e.json` has \"type\": \"{type_name}\""
    )
}
