//! Which elements a changed path concerns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use jit_meta::{Diagnostic, FullName};

use crate::discover::{self, discover_below};
use crate::layout::{self, SPLITS};
use crate::snapshot::Snapshot;

/// What is known of the files of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touch {
    /// The value of a variable that its configuration names changed.
    Variable,
    /// Definition or configuration may have changed: comparing tells, as far as it was read before.
    Checked,
    /// The configuration was named as changed: where it was not read before, that has to be believed.
    Configured,
    /// Another file did, and only the Type knows what that means.
    Changed,
}

/// Collects the elements that changed paths concern.
#[derive(Debug)]
pub(super) struct Touched<'a> {
    snapshot: &'a Snapshot,
    known: &'a BTreeSet<FullName>,
    names: BTreeMap<FullName, Touch>,
    /// What is wrong with folders that are no element's, as far as it is news.
    findings: Vec<Diagnostic>,
    /// Whether everything has to be read again: for an `app.json`, or where something was wrong with folders that
    /// may be right now.
    is_all: bool,
}

impl<'a> Touched<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, known: &'a BTreeSet<FullName>) -> Self {
        Self { snapshot, known, names: BTreeMap::new(), findings: Vec::new(), is_all: false }
    }

    /// The names, and what is wrong besides; `None` when everything has to be read again.
    pub(super) fn into_names(self) -> Option<(BTreeMap<FullName, Touch>, Vec<Diagnostic>)> {
        (!self.is_all).then_some((self.names, self.findings))
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
            self.is_all = true;
            return;
        }
        let Some(app) = self.snapshot.layers.get(layer) else { return };
        if !is_wanted(&app.dir, &relative) {
            return;
        }
        let had = self.names.len();
        let is_define = relative.file_name().is_some_and(|name| name == "e.json");
        // With an `e.json`, what lies below it may get other names.
        let folder = if is_define { relative.parent().unwrap_or(&relative) } else { &relative };
        if !self.snapshot.findings.is_empty() && (is_define || app.dir.join(folder).is_dir()) {
            self.is_all = true;
            return;
        }
        self.add_below(&app.dir, folder);
        // A file, or a folder that holds no element: it belongs to the innermost element around it.
        if self.names.len() == had || !app.dir.join(&relative).is_dir() {
            self.add_owner(&app.dir, &relative);
        }
    }

    /// The elements in a folder, those that were there before among them.
    fn add_below(&mut self, root: &Path, relative: &Path) {
        let folder = root.join(relative);
        if folder.is_dir() {
            let (found, findings) = discover_below(root, &folder, "");
            for found in found {
                self.touch(found.full_name, Touch::Checked);
            }
            for finding in findings {
                if !self.findings.contains(&finding) {
                    self.findings.push(finding);
                }
            }
        }
        for name in names_of(root, relative) {
            for known in within(self.known, &name) {
                self.touch(known.clone(), Touch::Checked);
            }
        }
    }

    /// The innermost element around a file.
    fn add_owner(&mut self, root: &Path, relative: &Path) {
        let file = relative.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = file.unwrap_or_default();
        if is_by_product(&file) {
            return;
        }
        for name in relative.ancestors().skip(1).flat_map(|folder| names_of(root, folder)) {
            if self.known.contains(&name) || discover::element(root, "", &name).is_some() {
                let own = file.strip_suffix(".json").is_some_and(|stem| stem == name.name());
                let touch = match file.as_str() {
                    "e.json" => Touch::Checked,
                    "config.json" => Touch::Configured,
                    _ if own => Touch::Configured,
                    _ => Touch::Changed,
                };
                self.touch(name, touch);
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

/// The names that a folder may have as an element: by what lies in the folders above it now, and, as that may
/// have gone, by itself.
fn names_of(root: &Path, folder: &Path) -> BTreeSet<FullName> {
    let segments: Option<Vec<&str>> = folder
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    let Some(mut segments) = segments else { return BTreeSet::new() };
    let has_define = |folder: &str| root.join(folder).join("e.json").is_file();
    let named = layout::name_of(&segments.join("/"), &has_define).name;
    if segments.len() > 1 && segments.last().is_some_and(|last| SPLITS.contains(last)) {
        segments.pop();
    }
    [named, segments.join(".")].iter().filter_map(|name| name.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_names_that_its_element_may_have() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/B/backend/C")).unwrap();
        std::fs::write(dir.path().join("a/B/e.json"), "{}").unwrap();
        for (folder, names) in [
            ("a/B", &["a.B"][..]),
            ("a/B/backend", &["a.B"]),
            ("a/B/backend/C", &["a.B.C", "a.B.backend.C"]),
            ("a/Gone/backend", &["a.Gone", "a.Gone.backend"]),
            ("a/my-oss", &[]),
            ("", &[]),
        ] {
            let found = names_of(dir.path(), Path::new(folder));
            let found: Vec<_> = found.iter().map(FullName::as_str).collect();
            assert_eq!(found, names, "{folder}");
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
