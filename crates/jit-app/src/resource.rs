//! `app.resource`: reading the files of an app and of those it extends.

mod init_data;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jit_meta::{Error, ErrorKind};

use crate::Element;

pub use self::init_data::{InitData, InitRow};
use crate::element_files::{element_files, files_below};
use crate::folder::{Folder, RelativePath};
use crate::layout;

/// Reads the files of an app and of those it extends, the nearest app first: JitAi's `app.resource`.
///
/// Paths are relative to the app's folder, with `/` or `\`, and lead out of no app. Every method does blocking
/// I/O; its errors are those of [`AppCode`](crate::AppCode).
//
// There is no cache: the file system has one, and what is not kept cannot be stale.
#[derive(Clone, Debug)]
pub struct AppResource {
    /// The nearest app first.
    apps: Vec<Folder>,
}

impl AppResource {
    pub(crate) fn new(dirs: Vec<PathBuf>) -> Self {
        let apps = dirs.into_iter().map(|dir| Folder::new(dir, "the app's folder"));
        Self { apps: apps.collect() }
    }

    /// Whether any app has this file.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        let Ok(path) = RelativePath::parse(path) else { return false };
        self.apps.iter().any(|app| app.find("read", &path).is_ok_and(|file| file.is_file()))
    }

    /// Reads a file from the nearest app that has it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when no app has it. A nearer file that cannot be read is an error; the next one is
    /// not taken in its place.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let path = RelativePath::parse(path)?;
        self.read_nearest(&path)?.ok_or_else(|| {
            let message =
                format!("no file `{}` in this app, nor in those it extends", path.as_str());
            Error::new(ErrorKind::NotFound, message)
                .with_help("check the path: it is taken exactly as given, case included")
        })
    }

    fn read_nearest(&self, path: &RelativePath) -> Result<Option<Vec<u8>>, Error> {
        for app in &self.apps {
            match app.find("read", path) {
                // A folder of this name hides no file of an app that is extended.
                Ok(file) if file.is_dir() => {}
                Ok(file) => return app.read_at(&file, path.as_str()).map(Some),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The files of an element by their paths in its folder: what it is made of, without the files
    /// of elements nested in it, tests, hidden folders, and what tools made.
    ///
    /// # Errors
    ///
    /// Those of reading them.
    #[doc(alias = "readElementResource")]
    pub fn read_element_resource(
        &self,
        element: &Element,
    ) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        element_files(element.app_dir(), element.dir())
            .map_err(|error| error.with_element(element.full_name()))
    }

    /// The files below `commons` by their paths in the app, `commons/util.py`. Where several apps have one of a
    /// name, it is the nearest app's.
    ///
    /// # Errors
    ///
    /// Those of reading them.
    #[doc(alias = "readCommonsResource")]
    pub fn read_commons_resource(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let commons = RelativePath::parse(layout::COMMONS)?;
        let mut files = BTreeMap::new();
        for app in &self.apps {
            let folder = match app.find("read", &commons) {
                Ok(folder) => folder,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for (path, entry) in files_below(&folder, |_| true) {
                let path = format!("{}/{path}", layout::COMMONS);
                if !files.contains_key(&path) {
                    let file = app.find_at("read", entry.path(), &path)?;
                    files.insert(path.clone(), app.read_at(&file, &path)?);
                }
            }
        }
        Ok(files)
    }

    /// The rows of the nearest `initData.json`, which are loaded when the app is deployed; `None` when no app
    /// has one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] with the place of every mistake.
    #[doc(alias = "getInitData")]
    pub fn get_init_data(&self) -> Result<Option<InitData>, Error> {
        const NAME: &str = "initData.json";
        let found = self.read_nearest(&RelativePath::parse(NAME)?)?;
        found.map(|bytes| init_data::read(NAME, bytes)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Two apps, the first of which extends the second.
    fn apps(near: &[(&str, &str)], far: &[(&str, &str)]) -> (tempfile::TempDir, AppResource) {
        let dir = tempfile::tempdir().unwrap();
        let roots = [("near", near), ("far", far)].map(|(name, files)| {
            let root = dir.path().join(name);
            fs::create_dir(&root).unwrap();
            for (file, text) in files {
                let path = root.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            root
        });
        (dir, AppResource::new(roots.into()))
    }

    #[test]
    fn the_nearest_app_that_has_a_file_gives_it() {
        let (_dir, resource) = apps(
            &[("a", "near"), ("folder/x", "near")],
            &[("a", "far"), ("b/c", "far"), ("folder", "far")],
        );
        for (path, text) in [("a", "near"), ("b\\c", "far"), ("folder", "far")] {
            assert_eq!(resource.read(path).unwrap(), text.as_bytes(), "{path}");
            assert!(resource.exists(path));
        }
        for path in ["c", "b", "../near/a"] {
            assert!(!resource.exists(path), "{path}");
        }
        let error = resource.read("c").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(
            error.to_string(),
            "no file `c` in this app, nor in those it extends; check the path: it is taken exactly as given, case included"
        );
        assert_eq!(resource.read("../far/a").unwrap_err().kind(), ErrorKind::InvalidPath);
    }

    #[test]
    fn what_apps_share_is_merged_file_by_file() {
        let (_dir, resource) = apps(
            &[("commons/util.py", "near")],
            &[
                ("commons/util.py", "far"),
                ("commons/deep/x.py", "far"),
                ("commons/e.json", "far"),
                ("commons/deep/__pycache__/x", ""),
            ],
        );
        let files = resource.read_commons_resource().unwrap();
        let files: Vec<_> = files.iter().map(|(k, v)| (k.as_str(), v.as_slice())).collect();
        let expected: [(&str, &[u8]); 3] = [
            ("commons/deep/x.py", b"far"),
            ("commons/e.json", b"far"),
            ("commons/util.py", b"near"),
        ];
        assert_eq!(files, expected);
        assert_eq!(apps(&[], &[]).1.read_commons_resource().unwrap().len(), 0);
    }

    #[test]
    fn rows_are_those_of_the_nearest_app_that_brings_some() {
        let get = |near: &[_], far: &[_]| apps(near, far).1.get_init_data();
        let rows = |text| [("initData.json", text)];
        assert_eq!(get(&[], &[]).unwrap(), None);
        let data = get(&[], &rows(r#"{"models.A": [{"a": 1}]}"#)).unwrap().unwrap();
        assert_eq!((data[0].0.as_str(), data[0].1.len()), ("models.A", 1));
        assert_eq!(get(&rows("{}"), &rows("{")).unwrap(), Some(vec![]));
        let error = get(&rows("{"), &[]).unwrap_err();
        assert_eq!(error.place().unwrap().position(), "initData.json:1:2");
    }
}
