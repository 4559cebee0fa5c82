//! Which folders of an app hold elements, and what the elements in them are called.

use std::borrow::Cow;
use std::path::{Component, Path};

use jit_meta::{FullName, is_name_segment};

/// The folder of what an app's elements share.
pub(crate) const COMMONS: &str = "commons";

/// Folders that never hold elements, wherever they are.
const SKIPPED: &[&str] = &["node_modules", "dist", "test", "__pycache__"];
/// Folders that hold no elements when they are at the app's root.
const SKIPPED_AT_ROOT: &[&str] = &["appData", COMMONS];
/// Folders of a crate, skipped at the root of an app that is also one.
const SKIPPED_IN_CRATE: &[&str] = &["target", "src", "tests", "benches", "examples"];
/// Folders directly below an element's that hold a part of its code and are no part of its name.
pub(crate) const SPLITS: [&str; 2] = ["backend", "frontend"];

/// The files that may define an element, by their paths in its folder, the one to use first.
pub(crate) const DEFINES: [&str; 3] = ["e.json", "backend/e.json", "frontend/e.json"];

/// Whether an app's root is also a crate's, whose own folders hold no elements.
pub(crate) fn is_crate(root: &Path) -> bool {
    root.join("Cargo.toml").is_file()
}

/// Whether a folder of this name holds no elements; `depth` is 1 directly below the app's root.
pub(crate) fn skips(name: &str, depth: usize, in_crate: impl FnOnce() -> bool) -> bool {
    SKIPPED.contains(&name)
        || name.starts_with('.')
        || (depth == 1 && SKIPPED_AT_ROOT.contains(&name))
        || (depth == 1 && SKIPPED_IN_CRATE.contains(&name) && in_crate())
}

/// Whether a path below an app's root lies in a folder that holds no elements, or is one.
pub(crate) fn is_skipped(root: &Path, path: &Path) -> bool {
    (1..).zip(names(path)).any(|(depth, name)| skips(&name, depth, || is_crate(root)))
}

fn names(path: &Path) -> impl Iterator<Item = Cow<'_, str>> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    })
}

/// Whether a folder below an app's root holds what an app is made of: elements, or the `commons` that they share. What
/// is built, what is written while the app runs, and what belongs to other tools is somewhere else.
///
/// ```
/// use std::path::Path;
///
/// use jit_app::is_source_folder;
///
/// let app = Path::new(env!("CARGO_MANIFEST_DIR"));
/// assert!(is_source_folder(app, Path::new("storages/MyOss")));
/// assert!(!is_source_folder(app, Path::new("appData")) && !is_source_folder(app, Path::new("target")));
/// ```
#[must_use]
pub fn is_source_folder(root: &Path, folder: &Path) -> bool {
    let shared = folder.strip_prefix(COMMONS);
    // Below `commons` nothing is at the root.
    let is_kept = |name: Cow<'_, str>| !skips(&name, usize::MAX, || false);
    shared.map_or_else(|_| !is_skipped(root, folder), |below| names(below).all(is_kept))
}

/// What the folder of an `e.json` says of the element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The full name, which need not be a valid one.
    pub(crate) name: String,
    /// How many of the path's segments are no part of the name.
    pub(crate) splits: usize,
    /// Whether the last one is: the element's own folder is then the one above.
    pub(crate) is_split: bool,
}

/// The name that a folder has as an element, from its path below the root with `/`; `has_define` says of a
/// folder whether it has an `e.json`.
pub(crate) fn name_of(folder: &str, has_define: &dyn Fn(&str) -> bool) -> Named {
    let mut named = Named { name: folder.replace('/', "."), splits: 0, is_split: false };
    if !SPLITS.iter().any(|split| folder.contains(split)) {
        return named;
    }
    named.name.clear();
    let mut parent = String::new();
    for segment in folder.split('/') {
        named.is_split = SPLITS.contains(&segment) && is_element(&parent, has_define);
        if named.is_split {
            named.splits += 1;
        } else {
            push(&mut named.name, '.', segment);
        }
        push(&mut parent, '/', segment);
    }
    named
}

/// Whether a folder is an element's: it has an `e.json`, or has one in its `backend` or `frontend`. At the
/// root there are namespaces, where an element may have such a name.
pub(crate) fn is_element(folder: &str, has_define: &dyn Fn(&str) -> bool) -> bool {
    let in_split = |split| folder.contains('/') && has_define(&format!("{folder}/{split}"));
    !folder.is_empty() && (has_define(folder) || SPLITS.into_iter().any(in_split))
}

/// Whether there is an element in a folder below an app's root.
pub(crate) fn is_element_dir(dir: &Path) -> bool {
    let has_define = |dir: &Path| dir.join("e.json").is_file();
    has_define(dir) || SPLITS.into_iter().any(|split| has_define(&dir.join(split)))
}

/// The deepest element that a path below an app's root, given as its segments, lies in or is. It need not
/// exist.
pub(crate) fn element_of(root: &Path, path: &[&str]) -> Option<FullName> {
    let has_define = |folder: &str| root.join(folder).join("e.json").is_file();
    let is_kept = |(depth, name): &(usize, &&str)| !skips(name, *depth, || is_crate(root));
    let mut folder = root.to_owned();
    // Where no folder is, there is no element either, however long the path goes on.
    let is_there = |(_, name): &(usize, &&str)| {
        folder.push(name);
        folder.is_dir()
    };
    let there = (1..).zip(path).take_while(is_kept).take_while(is_there).count();
    let folders = (1..=there).rev().filter_map(|end| path.get(..end));
    let mut names = folders.filter_map(|folder| {
        // A dot in a folder's name would make two folders share a name.
        let is_named = folder.iter().all(|segment| is_name_segment(segment));
        let folder = folder.join("/");
        let is_element = is_named && is_element(&folder, &has_define);
        is_element.then(|| name_of(&folder, &has_define).name.parse().ok())?
    });
    names.next()
}

fn push(text: &mut String, separator: char, segment: &str) {
    if !text.is_empty() {
        text.push(separator);
    }
    text.push_str(segment);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_no_part_of_the_name() {
        for (folder, defines, name, splits, is_split) in [
            ("x/y", &["x/y"][..], "x.y", 0, false),
            ("x/y/backend", &["x/y", "x/y/backend"], "x.y", 1, true),
            ("x/y/frontend", &["x/y/frontend"], "x.y", 1, true),
            ("x/y/backend/Editor", &["x/y", "x/y/backend/Editor"], "x.y.Editor", 1, false),
            ("x/y/backend/Editor", &["x/y/backend/Editor"], "x.y.backend.Editor", 0, false),
            ("x/y/backend/z/frontend", &["x/y", "x/y/backend/z"], "x.y.z", 2, true),
            ("x/y/backends", &["x/y"], "x.y.backends", 0, false),
            // Nothing is split at the root, and in a namespace at the root only what is an element.
            ("backend", &["backend"], "backend", 0, false),
            ("backend/x", &["backend/x"], "backend.x", 0, false),
            ("roles/frontend", &["roles/frontend"], "roles.frontend", 0, false),
            ("Solo/frontend", &["Solo", "Solo/frontend"], "Solo", 1, true),
        ] {
            let named = name_of(folder, &|folder| defines.contains(&folder));
            let expected = Named { name: name.to_owned(), splits, is_split };
            assert_eq!(named, expected, "{folder} {defines:?}");
        }
    }

    #[test]
    fn what_is_skipped_depends_on_the_depth_and_on_the_crate() {
        let dir = tempfile::tempdir().unwrap();
        let skipped = |path: &str| is_skipped(dir.path(), Path::new(path));
        for (path, expected) in [
            ("storages/MyOss/e.json", false),
            ("dist/app.jit", true),
            ("a/b/node_modules/c/e.json", true),
            (".git/index", true),
            ("a/.hidden/e.json", true),
            ("appData/x", true),
            ("a/appData/x", false),
            ("commons", true),
            ("src/main.rs", false),
            ("", false),
        ] {
            assert_eq!(skipped(path), expected, "{path}");
        }
        let is_source = |path: &str| is_source_folder(dir.path(), Path::new(path));
        assert!(is_source("commons/target/appData") && !is_source("commons/a/dist"));
        assert!(is_source("target") && !is_source("appData"));
        std::fs::write(dir.path().join("Cargo.toml"), "").unwrap();
        assert!(!is_source("target") && is_source(""));
        assert!(skipped("src/main.rs") && skipped("target") && !skipped("a/src/e.json"));
    }
}
