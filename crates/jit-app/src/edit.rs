//! Writing and deleting elements of a running app, as tools do.

use std::path::Path;

use jit_meta::{Error, ErrorKind, FullName};

use crate::element_files::{elements_in, nested_element};
use crate::folder::RelativePath;
use crate::layout::{self, DEFINES};
use crate::pack;
use crate::slot::Access;
use crate::{App, Reload};

impl App {
    /// Writes files of one of the app's own elements, each by its path in the element's folder, and brings the
    /// element to life: as a new one, as another version, or as one that overrides what the app inherits. Its
    /// Type's `onCreate` or `onUpdate` is called afterwards; what that fails with, and what is wrong with the
    /// files, is in [`Reload::failures`], and the files stay as written. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// Before anything is written, where no element can be or may be: [`ErrorKind::InvalidPath`] for what is no
    /// name, in folders that hold no elements, and for files of another element,
    /// [`ErrorKind::InvalidDefine`] without an `e.json`, [`ErrorKind::Unsupported`] over one that is protected, and
    /// for the `e.json` of an app without sources. Otherwise as of
    /// [`AppCode::write`](crate::AppCode::write), of the first file that cannot be written; the definition is
    /// written last, so that a new element is never seen without its configuration.
    #[doc(alias = "writeElement")]
    pub async fn write_element(
        &self,
        full_name: impl AsRef<str>,
        files: &[(&str, &[u8])],
    ) -> Result<Reload, Error> {
        let full_name = &parse(full_name.as_ref())?;
        let folder = self.folder_of(full_name);
        let mut files = self.may_write(full_name, &folder, files)?;
        files.sort_by_key(|(path, _)| DEFINES.contains(&path.as_str()));
        let mut written = Vec::with_capacity(files.len());
        for (path, content) in files {
            let path = format!("{folder}/{}", path.as_str());
            self.code().write(&path, content).map_err(|error| error.with_element(full_name))?;
            written.push(self.dir().join(path));
        }
        self.reload_paths(written).await
    }

    /// The folder of one of the app's own elements, or the one that a new one of this name will have.
    fn folder_of(&self, full_name: &FullName) -> String {
        let snapshot = self.snapshot();
        let own = snapshot.find(full_name.as_str()).filter(|slot| slot.layer() == 0);
        let below = own.and_then(|slot| slot.dir().strip_prefix(self.dir()).ok());
        let below = below.map(|dir| dir.to_string_lossy().replace('\\', "/"));
        below.unwrap_or_else(|| full_name.as_str().replace('.', "/"))
    }

    /// The files with their paths in the element's folder, if they may be written.
    fn may_write<'a>(
        &self,
        full_name: &FullName,
        folder: &str,
        files: &[(&str, &'a [u8])],
    ) -> Result<Vec<(RelativePath, &'a [u8])>, Error> {
        let refuse = |kind, message: String, help: &str| {
            Err(Error::new(kind, message).with_element(full_name).with_help(help))
        };
        if layout::is_skipped(self.dir(), Path::new(folder)) {
            let message = format!("no element can be in `{folder}`");
            return refuse(ErrorKind::InvalidPath, message, "give it another name");
        }
        let snapshot = self.snapshot();
        let other = snapshot.find(full_name.as_str()).filter(|slot| slot.layer() > 0);
        if other.is_some_and(|slot| slot.access() == Access::Protected) {
            let message = format!("`{full_name}` is protected in the app that defines it");
            return refuse(ErrorKind::Unsupported, message, "give the element another name");
        }
        let is_element = elements_in(self.dir(), &self.dir().join(folder));
        let mut parsed = Vec::with_capacity(files.len());
        for (path, content) in files {
            let path = RelativePath::parse(path).map_err(|error| error.with_element(full_name))?;
            if path.is_folder_itself() {
                let message = format!("a file of `{full_name}` has no name");
                return refuse(ErrorKind::InvalidPath, message, "give its path in the folder");
            }
            let is_define = path.as_str().ends_with("/e.json");
            let nested = (is_define && !DEFINES.contains(&path.as_str()))
                || nested_element(full_name, Path::new(path.as_str()), &is_element).is_some();
            if nested {
                let message = format!("`{}` is not a file of `{full_name}`", path.as_str());
                let help = "write the elements in its folder by their own names";
                return refuse(ErrorKind::InvalidPath, message, help);
            }
            parsed.push((path, *content));
        }
        let has_define = parsed.iter().any(|(path, _)| DEFINES.contains(&path.as_str()));
        if has_define && pack::alone(self.dir()).is_some() {
            return Err(without_sources(full_name));
        }
        if !has_define && !is_element(Path::new("")) {
            let message = format!("`{full_name}` would have no `e.json`");
            let help = "give it one: it says what the element is";
            return refuse(ErrorKind::InvalidDefine, message, help);
        }
        Ok(parsed)
    }

    /// Deletes one of the app's own elements with everything in its folder, nested elements included. Their
    /// Types' `onDelete` is called before that, the innermost first; if one fails, nothing is deleted. What it
    /// has overridden is back. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], [`ErrorKind::Unsupported`] for an element of an app that this one extends, or in
    /// an app without sources, what
    /// an `onDelete` fails with, or why the folder cannot be removed.
    pub async fn delete_element(&self, full_name: impl AsRef<str>) -> Result<Reload, Error> {
        let full_name = &parse(full_name.as_ref())?;
        let snapshot = self.snapshot();
        let Some(slot) = snapshot.find(full_name.as_str()) else {
            return Err(self.not_found(&snapshot, full_name.as_str()));
        };
        if let Some(owner) = snapshot.layers.get(slot.layer()).filter(|_| slot.layer() > 0) {
            let message = format!("`{full_name}` belongs to `{}`", owner.manifest.app_id);
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_element(full_name)
                .with_help("an app deletes its own elements only: define it here to override it"));
        }
        if pack::alone(self.dir()).is_some() {
            return Err(without_sources(full_name));
        }
        let (dir, folder) = (slot.dir().to_owned(), self.folder_of(full_name));
        let delete = || {
            let deleted = self.code().delete_dir(&folder);
            deleted.map_err(|error| error.with_element(full_name))
        };
        self.delete_with(full_name, &dir, delete).await
    }
}

/// Why definitions of an app that is a pack cannot be changed.
fn without_sources(full_name: &FullName) -> Error {
    let message = "the app has no sources: its definitions are those of `dist/app.jit`";
    Error::new(ErrorKind::Unsupported, message)
        .with_element(full_name)
        .with_help("change them where its sources are, and run its `pack` there")
}

fn parse(full_name: &str) -> Result<FullName, Error> {
    full_name.parse().map_err(|error| {
        Error::new(ErrorKind::InvalidPath, format!("{error}"))
            .with_help("an element is named like `storages.MyOss`")
    })
}
