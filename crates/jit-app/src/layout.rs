//! Which folder of an app belongs to which element.

use std::path::Path;

use jit_meta::{FullName, is_name_segment};

/// The folder of what an app's elements share.
pub(crate) const COMMONS: &str = "commons";

/// Folders that never hold elements, wherever they are, and never travel with an app.
const SKIPPED: &[&str] = &["node_modules", "dist", "test", "__pycache__"];
/// Folders that hold no elements when they are at the app's root.
const SKIPPED_AT_ROOT: &[&str] = &["appData", COMMONS];
/// Folders of a crate, skipped at the root of an app that is also one.
const SKIPPED_IN_CRATE: &[&str] = &["target", "src", "tests", "benches", "examples"];

/// Whether a folder is none of the app's own wherever it is: what tools made, tests, hidden folders.
pub(crate) fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name) || name.starts_with('.')
}

/// Whether a folder at the root of an app, which may also be a crate, holds no elements.
pub(crate) fn is_skipped_at_root(name: &str, in_crate: bool) -> bool {
    is_skipped(name)
        || SKIPPED_AT_ROOT.contains(&name)
        || (in_crate && SKIPPED_IN_CRATE.contains(&name))
}

/// Whether a folder directly under an element's holds the part of it that runs on one side.
pub(crate) fn is_code_split(name: &str) -> bool {
    matches!(name, "backend" | "frontend")
}

/// Whether a folder says that it is an element.
pub(crate) fn is_element(dir: &Path) -> bool {
    dir.join("e.json").is_file()
}

/// The deepest element that the path of `segments` below an app's root lies in or is. It need not exist.
pub(crate) fn element_of<'a>(
    root: &Path,
    segments: impl IntoIterator<Item = &'a str>,
) -> Option<FullName> {
    let in_crate = root.join("Cargo.toml").is_file();
    let (mut dir, mut name, mut found) = (root.to_owned(), Vec::new(), None);
    let mut above_is_element = false;
    for segment in segments {
        let at_root = name.is_empty();
        if (at_root && is_skipped_at_root(segment, in_crate)) || is_skipped(segment) {
            break;
        }
        dir.push(segment);
        if !(above_is_element && is_code_split(segment)) {
            name.push(segment);
        }
        above_is_element = is_element(&dir);
        // A dot in a folder's name would make two folders share a name.
        if above_is_element && name.iter().all(|segment| is_name_segment(segment)) {
            found = name.join(".").parse().ok();
        }
    }
    found
}
