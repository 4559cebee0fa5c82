//! Which elements a changed path concerns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use jit_meta::FullName;

use crate::discover::{self, discover_below};
use crate::snapshot::Snapshot;

/// What is known of the files of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touch {
    /// Definition or configuration may have changed: comparing tells.
    Checked,
    /// Another file did, and only the Type knows what that means.
    Changed,
}

/// Collects the elements that changed paths concern.
#[derive(Debug)]
pub(super) struct Touched<'a> {
    snapshot: &'a Snapshot,
    known: &'a BTreeSet<FullName>,
    names: BTreeMap<FullName, Touch>,
    /// Whether an `app.json` is among them: then everything may have changed.
    is_app: bool,
}

impl<'a> Touched<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, known: &'a BTreeSet<FullName>) -> Self {
        Self { snapshot, known, names: BTreeMap::new(), is_app: false }
    }

    /// The names; `None` when everything has to be read again.
    pub(super) fn into_names(self) -> Option<BTreeMap<FullName, Touch>> {
        (!self.is_app).then_some(self.names)
    }

    pub(super) fn add(&mut self, path: &Path) {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // The app whose folder is the innermost around it.
        let apps = self.snapshot.layers.iter().enumerate();
        let around = apps.filter_map(|(layer, app)| Some((layer, below(&app.dir, &absolute)?)));
        let Some((layer, relative)) = around.min_by_key(|(_, rest)| rest.components().count())
        else {
            return;
        };
        if relative.as_os_str().is_empty() || relative == Path::new("app.json") {
            self.is_app = true;
            return;
        }
        let Some(app) = self.snapshot.layers.get(layer) else { return };
        if !is_wanted(&app.dir, &relative) {
            return;
        }
        let had = self.names.len();
        self.add_below(&app.dir, &relative);
        // A file, or a folder that holds no element: it belongs to the innermost element around it.
        if self.names.len() == had || !app.dir.join(&relative).is_dir() {
            self.add_owner(&app.dir, &relative);
        }
    }

    /// The elements in a folder, those that were there before among them.
    fn add_below(&mut self, root: &Path, relative: &Path) {
        let folder = root.join(relative);
        if folder.is_dir() {
            for found in discover_below(root, &folder, "").0 {
                self.touch(found.full_name, Touch::Checked);
            }
        }
        let Some(name) = name_of(relative) else { return };
        for known in within(self.known, &name) {
            self.touch(known.clone(), Touch::Checked);
        }
    }

    /// The innermost element around a file.
    fn add_owner(&mut self, root: &Path, relative: &Path) {
        let file = relative.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = file.unwrap_or_default();
        if is_by_product(&file) {
            return;
        }
        for folder in relative.ancestors().skip(1) {
            let Some(name) = name_of(folder) else { continue };
            if self.known.contains(&name) || discover::element(root, "", &name).is_some() {
                let own = file.strip_suffix(".json").is_some_and(|stem| stem == name.name());
                let is_read = own || file == "e.json" || file == "config.json";
                self.touch(name, if is_read { Touch::Checked } else { Touch::Changed });
                return;
            }
        }
    }

    fn touch(&mut self, name: FullName, touch: Touch) {
        let entry = self.names.entry(name).or_insert(touch);
        *entry = touch.max(*entry);
    }
}

/// An element, if it is known, and all that are nested in it.
pub(super) fn within<'a>(
    known: &'a BTreeSet<FullName>,
    name: &FullName,
) -> impl Iterator<Item = &'a FullName> {
    let inside = format!("{name}.");
    // `.` sorts before all that names are made of, so that what lies in a folder follows it at once.
    known.range(name.clone()..).take_while(move |known| {
        known.as_str().starts_with(&inside) || inside.strip_suffix('.') == Some(known.as_str())
    })
}

/// Whether a path of an app can concern an element.
pub(crate) fn is_wanted(root: &Path, relative: &Path) -> bool {
    !discover::is_skipped(root, relative)
}

/// Files that editors leave beside the one they write.
fn is_by_product(file: &str) -> bool {
    let extension = Path::new(file).extension().map(|extension| extension.to_string_lossy());
    file.starts_with('.')
        || file.ends_with('~')
        || file.bytes().all(|b| b.is_ascii_digit())
        || extension.is_some_and(|e| ["swp", "swx", "tmp", "bak", "part"].contains(&&*e))
}

/// The rest of a path below a folder, whichever of its names the path uses.
fn below(folder: &Path, path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(folder).ok();
    let real = || folder.canonicalize().ok();
    let strip = |folder: PathBuf| path.strip_prefix(folder).ok().map(Path::to_owned);
    absolute.and_then(strip).or_else(|| real().and_then(strip))
}

/// The name of the element that a folder is, if it is one.
fn name_of(relative: &Path) -> Option<FullName> {
    let parts: Option<Vec<&str>> = relative
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    let mut parts = parts?;
    // A split of an element's code, not part of its name.
    if parts.len() > 1 && matches!(parts.last(), Some(&("frontend" | "backend"))) {
        parts.pop();
    }
    parts.join(".").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_name_of_its_element() {
        for (folder, name) in [
            ("a/B", Some("a.B")),
            ("a/B/backend", Some("a.B")),
            ("a/B/C", Some("a.B.C")),
            ("a/my-oss", None),
            ("", None),
        ] {
            let found = name_of(Path::new(folder));
            assert_eq!(found.as_ref().map(FullName::as_str), name, "{folder}");
        }
    }

    #[test]
    fn what_editors_leave_is_nobodys_change() {
        for file in [".x.swp", "x.json~", "4913", "x.tmp", ".jit-part-1"] {
            assert!(is_by_product(file), "{file}");
        }
        for file in ["e.json", "prompt.md", "x4.json", "data.csv"] {
            assert!(!is_by_product(file), "{file}");
        }
    }
}
