//! Finding the elements of an app and reading what they say of themselves.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jit_meta::{Code, Define, Diagnostic, FullName};
use walkdir::{DirEntry, WalkDir};

use crate::files::{self, reason};

/// Folders that never hold elements, wherever they are.
const SKIPPED: &[&str] = &["node_modules", "dist", "test", "__pycache__"];
/// Folders that hold no elements when they are at the app's root.
const SKIPPED_AT_ROOT: &[&str] = &["appData", "commons"];
/// Folders of a crate, skipped at the root of an app that is also one.
const SKIPPED_IN_CRATE: &[&str] = &["target", "src", "tests", "benches", "examples"];
/// Deeper than any element lies.
const DEEPEST: usize = 32;

/// A folder with an `e.json`.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) full_name: FullName,
    pub(crate) dir: PathBuf,
    /// What its `e.json` says, or what is wrong with it.
    pub(crate) define: Result<Define, Vec<Diagnostic>>,
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Found {
    /// Reads the `e.json` of a folder, which is shown as `shown`.
    fn read(full_name: FullName, dir: PathBuf, shown: &str) -> Self {
        let missing = || Diagnostic::error(Code::Unreadable, format!("`{shown}/e.json` has gone"));
        let file = match files::read(&dir.join("e.json"), &format!("{shown}/e.json")) {
            Ok(file) => file.ok_or_else(|| vec![missing()]),
            Err(finding) => Err(vec![*finding]),
        };
        match file.and_then(|file| Define::parse(full_name.clone(), file)) {
            Ok((define, warnings)) => Self { full_name, dir, define: Ok(define), warnings },
            Err(findings) => Self { full_name, dir, define: Err(findings), warnings: Vec::new() },
        }
    }
}

/// Reads the elements of the app in `root`, which is shown as `prefix`, in the order of their names. What
/// cannot be read is reported and does not stop the rest.
pub(crate) fn discover(root: &Path, prefix: &str) -> (Vec<Found>, Vec<Diagnostic>) {
    discover_below(root, root, prefix)
}

/// The same for the elements in `folder`, which is `root` or lies below it.
pub(crate) fn discover_below(
    root: &Path,
    folder: &Path,
    prefix: &str,
) -> (Vec<Found>, Vec<Diagnostic>) {
    let in_crate = root.join("Cargo.toml").is_file();
    let is_wanted = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let skipped = SKIPPED.contains(&&*name)
            || name.starts_with('.')
            || (entry.depth() == 1 && SKIPPED_AT_ROOT.contains(&&*name))
            || (entry.depth() == 1 && in_crate && SKIPPED_IN_CRATE.contains(&&*name));
        entry.depth() == 0 || !(entry.file_type().is_dir() && skipped)
    };
    let (mut found, mut findings) = (Vec::new(), Vec::new());
    let mut links = Links::new(root);
    let walk = WalkDir::new(folder).follow_links(true).max_depth(DEEPEST).sort_by_file_name();
    let wanted = walk.into_iter().filter_entry(|entry| is_wanted(entry) && links.may_follow(entry));
    let entries: Vec<_> = wanted.collect();
    for link in links.refused {
        let shown = relative(root, &link);
        let message =
            format!("`{shown}` is a link to a folder that is read anyway; it was not followed");
        findings.push(Diagnostic::warning(Code::Unreadable, message));
    }
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_name() == "e.json" => {
                let dir = entry.path().parent().unwrap_or(root);
                match name_of(root, dir) {
                    Ok((full_name, shown)) => {
                        let shown = format!("{prefix}{shown}");
                        found.push(Found::read(full_name, dir.to_owned(), &shown));
                    }
                    Err(finding) => findings.push(*finding),
                }
            }
            Ok(_) => {}
            Err(error) => findings.push(unreadable(root, &error)),
        }
    }
    found.sort_by(|a, b| a.full_name.cmp(&b.full_name));
    (found, findings)
}

/// The element of a name in the app in `root`.
pub(crate) fn element(root: &Path, prefix: &str, name: &FullName) -> Option<Found> {
    let relative = name.as_str().replace('.', "/");
    let dir = root.join(&relative);
    let is_there = dir.join("e.json").symlink_metadata().is_ok();
    is_there.then(|| Found::read(name.clone(), dir, &format!("{prefix}{relative}")))
}

/// Whether a path of an app lies where no elements are.
pub(crate) fn is_skipped(root: &Path, relative: &Path) -> bool {
    let in_crate = root.join("Cargo.toml").is_file();
    relative.components().enumerate().any(|(depth, part)| {
        let name = part.as_os_str().to_string_lossy();
        SKIPPED.contains(&&*name)
            || name.starts_with('.')
            || (depth == 0 && SKIPPED_AT_ROOT.contains(&&*name))
            || (depth == 0 && in_crate && SKIPPED_IN_CRATE.contains(&&*name))
    })
}

/// Which links to folders are followed: each folder outside the app once, none inside it, as those are
/// found by themselves and a few links among them would multiply without end.
struct Links {
    root: Option<PathBuf>,
    seen: HashSet<PathBuf>,
    refused: Vec<PathBuf>,
}

impl Links {
    fn new(root: &Path) -> Self {
        Self { root: root.canonicalize().ok(), seen: HashSet::new(), refused: Vec::new() }
    }

    fn may_follow(&mut self, entry: &DirEntry) -> bool {
        if entry.depth() == 0 || !entry.path_is_symlink() || !entry.file_type().is_dir() {
            return true;
        }
        let Ok(target) = entry.path().canonicalize() else { return true };
        let inside = self.root.as_ref().is_some_and(|root| target.starts_with(root));
        let above = self.root.as_ref().is_some_and(|root| root.starts_with(&target));
        let follow = !inside && !above && self.seen.insert(target);
        if !follow {
            self.refused.push(entry.path().to_owned());
        }
        follow
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn name_of(root: &Path, dir: &Path) -> Result<(FullName, String), Box<Diagnostic>> {
    let shown = relative(root, dir);
    if shown.is_empty() {
        let message = "`e.json` at the app's root belongs to no element";
        let finding = Diagnostic::error(Code::ElementName, message)
            .help("move it into a folder of its own, like `storages/MyOss/e.json`");
        return Err(Box::new(finding));
    }
    let name = shown.replace('/', ".");
    // A dot inside a folder's name would make two folders share a name.
    let why = if shown.contains('.') {
        format!("`{shown}` has a dot in it")
    } else {
        match name.parse::<FullName>() {
            Ok(full_name) => return Ok((full_name, shown)),
            Err(error) => error.to_string(),
        }
    };
    let message = format!("the folder `{shown}` cannot be an element: {why}");
    let finding = Diagnostic::error(Code::ElementName, message)
        .help("rename the folder: letters, digits and `_`, not starting with a digit");
    Err(Box::new(finding))
}

fn unreadable(root: &Path, error: &walkdir::Error) -> Diagnostic {
    let shown = error.path().map(|path| relative(root, path)).unwrap_or_default();
    if error.loop_ancestor().is_some() {
        let message = format!("`{shown}` is a link to a folder above it; it was not followed");
        return Diagnostic::warning(Code::Unreadable, message);
    }
    let is_missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    if error.io_error().is_some_and(is_missing) {
        let message = format!("`{shown}` is a link that leads nowhere");
        return Diagnostic::warning(Code::Unreadable, message).help("remove it, or mend it");
    }
    let why = error.io_error().map_or_else(|| error.to_string(), reason);
    let message = format!("cannot read `{shown}`: {why}");
    Diagnostic::error(Code::Unreadable, message).help("check its permissions")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn app(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        dir
    }

    fn names(dir: &Path) -> (Vec<String>, Vec<String>) {
        let (found, findings) = discover(dir, "");
        (
            found.iter().map(|found| found.full_name.to_string()).collect(),
            findings.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn elements_are_found_in_order_and_nested_ones_too() {
        let dir = app(&[
            "storages/MyOss/e.json",
            "storages/MyOss/Editor/e.json",
            "a/b/c/e.json",
            "storages/Zoo/scheme.json",
            "src/x/e.json",
            "commons/x/e.json",
            "appData/x/e.json",
            "x/node_modules/y/e.json",
            ".git/x/e.json",
        ]);
        let expected = ["a.b.c", "src.x", "storages.MyOss", "storages.MyOss.Editor"];
        assert_eq!(names(dir.path()), (expected.map(str::to_owned).to_vec(), vec![]));
        fs::write(dir.path().join("Cargo.toml"), "").unwrap();
        assert!(!names(dir.path()).0.contains(&"src.x".to_owned()), "src of a crate was scanned");
    }

    #[test]
    fn odd_folders_are_reported_and_do_not_stop_the_rest() {
        let dir = app(&["e.json", "a/my-oss/e.json", "a/b.c/e.json", "z/Ok/e.json"]);
        let (found, findings) = names(dir.path());
        assert_eq!(found, ["z.Ok"]);
        assert_eq!(
            findings,
            [
                "the folder `a/b.c` cannot be an element: `a/b.c` has a dot in it; rename the folder: letters, digits and `_`, not starting with a digit",
                "the folder `a/my-oss` cannot be an element: `a.my-oss` is not an element name: each segment is letters, digits and `_`, and does not start with a digit; rename the folder: letters, digits and `_`, not starting with a digit",
                "`e.json` at the app's root belongs to no element; move it into a folder of its own, like `storages/MyOss/e.json`",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_is_reported_once() {
        let dir = app(&["a/One/e.json"]);
        std::os::unix::fs::symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        let (found, findings) = names(dir.path());
        assert_eq!(found, ["a.One"]);
        assert_eq!(findings, ["`a/loop` is a link to a folder above it; it was not followed"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_among_folders_do_not_multiply_and_lead_out_once() {
        let dir = app(&["n0/One/e.json"]);
        let outside = app(&["Two/e.json"]);
        let link = |to: &Path, at: &Path| std::os::unix::fs::symlink(to, at);
        for level in 0..20 {
            let next = dir.path().join(format!("n{}", level + 1));
            fs::create_dir_all(&next).unwrap();
            for name in ["a", "b"] {
                link(&next, &dir.path().join(format!("n{level}/{name}"))).unwrap();
            }
        }
        link(outside.path(), &dir.path().join("x")).unwrap();
        link(outside.path(), &dir.path().join("y")).unwrap();
        link(Path::new("/no/such/place"), &dir.path().join("z")).unwrap();
        let (found, findings) = names(dir.path());
        assert_eq!(found, ["n0.One", "x.Two"]);
        assert_eq!(findings.len(), 2 * 20 + 1 + 1, "{findings:?}");
    }
}
