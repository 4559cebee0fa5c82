//! The files of one element, those of elements nested in it left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jit_meta::{Error, ErrorKind, FullName};
use walkdir::{DirEntry, WalkDir};

use crate::folder::{Folder, RelativePath, is_part};
use crate::{layout, pack};

/// Deeper than any file of an element lies.
const DEEPEST: usize = 32;

/// Reads a file of the element in `dir` by its path in that folder. Blocks.
///
/// # Errors
///
/// [`ErrorKind::InvalidPath`] for a path that leads out of the folder, [`ErrorKind::NotFound`] for one where no
/// file of this element is.
pub(crate) fn element_file(
    app: &Path,
    dir: &Path,
    element: &FullName,
    filename: &str,
) -> Result<Vec<u8>, Error> {
    read(app, dir, element, filename).map_err(|error| error.with_element(element))
}

/// Where there are elements, asked by paths in the folder `dir` of one: what its files say, or, as an app without
/// sources has none, its pack.
pub(crate) fn elements_in(app: &Path, dir: &Path) -> impl Fn(&Path) -> bool + use<> {
    let pack = dir.strip_prefix(app).ok().and_then(|own| Some((pack::alone(app)?, shown(own))));
    let dir = dir.to_owned();
    move |below| {
        let is_packed = pack.as_ref().is_some_and(|(pack, own)| {
            let below = shown(below);
            let parts = [own.as_str(), &below].into_iter().filter(|part| !part.is_empty());
            let path = parts.collect::<Vec<_>>().join("/");
            layout::is_element(&path, &|folder| pack.has_define(folder))
        });
        is_packed || layout::is_element_dir(&dir.join(below))
    }
}

fn shown(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn read(app: &Path, dir: &Path, element: &FullName, filename: &str) -> Result<Vec<u8>, Error> {
    let is_element = elements_in(app, dir);
    let folder = Folder::new(dir, "the element's folder");
    let path = RelativePath::parse(filename)?;
    folder.not_itself("read", &path)?;
    let shown = path.as_str();
    let root = folder.resolved()?;
    // A file that is not there has no other place than the one it is named by.
    let found = folder.find("read", &path);
    let at = match &found {
        Ok(file) => file.strip_prefix(&root).unwrap_or(file),
        Err(_) => Path::new(shown),
    };
    if let Some(nested) = nested_element(element, at, &is_element) {
        let message = format!("`{shown}` is no file of `{element}`: it belongs to `{nested}`");
        return Err(
            Error::new(ErrorKind::NotFound, message).with_help(format!("ask `{nested}` for it"))
        );
    }
    match found {
        Ok(file) => folder.read_at(&file, shown),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(missing(&root, element, shown, &is_element))
        }
        Err(error) => Err(error),
    }
}

/// The outermost element in the folder of another that a path in it lies in. `is_element` is what
/// [`elements_in`] gives.
pub(crate) fn nested_element(
    element: &FullName,
    path: &Path,
    is_element: &dyn Fn(&Path) -> bool,
) -> Option<String> {
    let (mut dir, mut name) = (PathBuf::new(), element.to_string());
    for (depth, part) in path.components().enumerate() {
        let part = part.as_os_str();
        dir.push(part);
        let segment = part.to_string_lossy();
        if depth == 0 && layout::SPLITS.contains(&&*segment) {
            continue;
        }
        name = format!("{name}.{segment}");
        if is_element(&dir) {
            return Some(name);
        }
    }
    None
}

fn missing(
    root: &Path,
    element: &FullName,
    shown: &str,
    is_element: &dyn Fn(&Path) -> bool,
) -> Error {
    let files: Vec<_> = element_files_below(root, is_element).map(|(path, _)| path).collect();
    let error =
        Error::new(ErrorKind::NotFound, format!("element `{element}` has no file `{shown}`"));
    match jit_meta::nearest(shown, files.iter().map(String::as_str)).as_slice() {
        [] if files.is_empty() => error.with_help("there is no file in its folder"),
        [] => {
            let few: Vec<_> = files.iter().take(8).map(|file| format!("`{file}`")).collect();
            let more = if files.len() > few.len() { ", …" } else { "" };
            error.with_help(format!("its files are {}{more}", few.join(", ")))
        }
        near => jit_meta::did_you_mean(near).into_iter().fold(error, Error::with_help),
    }
}

/// Reads every file of the element in `dir`, by its path there. Blocks.
pub(crate) fn element_files(app: &Path, dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let folder = Folder::new(dir, "the element's folder");
    let root = folder.resolved()?;
    element_files_below(&root, &elements_in(app, dir))
        .map(|(path, entry)| {
            let file = folder.find_at("read", entry.path(), &path)?;
            Ok((path.clone(), folder.read_at(&file, &path)?))
        })
        .collect()
}

/// The files below an element's folder, without those of elements nested in it.
fn element_files_below<'a>(
    root: &'a Path,
    is_element: &'a dyn Fn(&Path) -> bool,
) -> impl Iterator<Item = (String, DirEntry)> + 'a {
    files_below(root, move |folder| {
        let name = folder.file_name().to_string_lossy();
        let is_split = folder.depth() == 1 && layout::SPLITS.contains(&&*name);
        is_split || !folder.path().strip_prefix(root).is_ok_and(is_element)
    })
}

/// The files below a folder by their paths there, sorted, without those of tools and of tests, and only those in
/// folders that are `wanted`. What cannot be looked into or has a name that is no Unicode is left out.
pub(crate) fn files_below(
    root: &Path,
    wanted: impl Fn(&DirEntry) -> bool,
) -> impl Iterator<Item = (String, DirEntry)> {
    let is_wanted = move |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() {
            !layout::skips(&name, usize::MAX, || false) && !is_part(&name) && wanted(entry)
        } else {
            !is_part(&name)
        }
    };
    let walk = WalkDir::new(root).min_depth(1).max_depth(DEEPEST).sort_by_file_name();
    let root = root.to_owned();
    walk.into_iter().filter_entry(is_wanted).filter_map(Result::ok).filter_map(move |entry| {
        // Links to folders are not followed: what they lead to is somewhere else.
        if !entry.path().is_file() {
            return None;
        }
        let below = entry.path().strip_prefix(&root).ok()?;
        let parts: Option<Vec<_>> = below.iter().map(|part| part.to_str()).collect();
        Some((parts?.join("/"), entry))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The folder of an element with files, beside one that is none of its own.
    fn element(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join("A").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("of {file}")).unwrap();
        }
        fs::write(dir.path().join("outside"), "secret").unwrap();
        dir
    }

    const FILES: &[&str] = &[
        "e.json",
        "template.html",
        "backend/model.py",
        "backend/e.json",
        "data/rows.csv",
        "test/case.py",
        ".jit-part-1",
        "Editor/e.json",
        "Editor/editor.ts",
        "data/Inner/e.json",
    ];

    #[test]
    fn an_element_has_the_files_of_its_folder_only() {
        let dir = element(FILES);
        let name = "models.A".parse().unwrap();
        let get = |file: &str| element_file(dir.path(), &dir.path().join("A"), &name, file);
        for (asked, file) in [
            ("template.html", "template.html"),
            ("backend\\model.py", "backend/model.py"),
            ("./data/rows.csv", "data/rows.csv"),
            ("test/case.py", "test/case.py"),
        ] {
            assert_eq!(get(asked).unwrap(), format!("of {file}").into_bytes());
        }
        for (file, message) in [
            (
                "templat.html",
                "element `models.A` has no file `templat.html`; did you mean `template.html`?",
            ),
            (
                "nothing",
                "element `models.A` has no file `nothing`; its files are `backend/e.json`, `backend/model.py`, `data/rows.csv`, `e.json`, `template.html`",
            ),
            (
                "Editor/editor.ts",
                "`Editor/editor.ts` is no file of `models.A`: it belongs to `models.A.Editor`; ask `models.A.Editor` for it",
            ),
            (
                "data/Inner/x",
                "`data/Inner/x` is no file of `models.A`: it belongs to `models.A.data.Inner`; ask `models.A.data.Inner` for it",
            ),
            (".", "cannot read the element's folder itself; name something in it"),
            ("data", "cannot read `data`: it is a folder; name a file in it"),
            (
                "../outside",
                "\"../outside\" has `..` in it; give a path below the folder and relative to it, like `models/A/model.py`",
            ),
        ] {
            let error = get(file).unwrap_err();
            assert_eq!(error.to_string(), message, "{file}");
            assert_eq!(error.element(), Some(&name));
        }
        let empty = element(&[]);
        fs::create_dir(empty.path().join("A")).unwrap();
        assert_eq!(
            element_file(empty.path(), &empty.path().join("A"), &name, "x")
                .unwrap_err()
                .to_string(),
            "element `models.A` has no file `x`; there is no file in its folder"
        );
    }

    #[test]
    fn all_files_are_those_that_can_be_asked_for() {
        let dir = element(FILES);
        let files = element_files(dir.path(), &dir.path().join("A")).unwrap();
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let expected =
            ["backend/e.json", "backend/model.py", "data/rows.csv", "e.json", "template.html"];
        assert_eq!(names, expected);
        let name = "models.A".parse().unwrap();
        for (path, content) in &files {
            assert_eq!(
                &element_file(dir.path(), &dir.path().join("A"), &name, path).unwrap(),
                content
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_an_element() {
        let dir = element(FILES);
        let folder = dir.path().join("A");
        std::os::unix::fs::symlink("../outside", folder.join("link")).unwrap();
        let name = "models.A".parse().unwrap();
        let error = element_file(dir.path(), &folder, &name, "link").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPath);
        assert_eq!(element_files(dir.path(), &folder).unwrap_err().kind(), ErrorKind::InvalidPath);
        fs::remove_file(folder.join("link")).unwrap();
        std::os::unix::fs::symlink("Editor/editor.ts", folder.join("link")).unwrap();
        let error = element_file(dir.path(), &folder, &name, "link").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "a link reached a nested element: {error}");
    }
}
