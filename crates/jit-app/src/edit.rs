//! Writing and deleting elements of a running app, as tools do.

use jit_meta::{Error, ErrorKind, FullName};

use crate::{App, Reload};

impl App {
    /// Writes files of one of the app's own elements, each by its path in the element's folder, and brings the
    /// element to life: as a new one, as another version, or as one that overrides what the app inherits. Its
    /// Type's `onCreate` or `onUpdate` is called afterwards; what that fails with is in [`Reload::failures`], and
    /// the files stay as written. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// As of [`AppCode::write`](crate::AppCode::write), of the first file that cannot be written. The definition
    /// is written last, so that a new element is never seen without its configuration.
    #[doc(alias = "writeElement")]
    pub async fn write_element(
        &self,
        full_name: &FullName,
        files: &[(&str, &[u8])],
    ) -> Result<Reload, Error> {
        let folder = folder_of(full_name);
        let is_define = |(path, _): &&(&str, &[u8])| *path == "e.json";
        let (code, e_json) = (self.code(), format!("{folder}/e.json"));
        if !files.iter().any(|file| is_define(&file)) && !code.is_file(&e_json) {
            let message = format!("`{full_name}` would have no `e.json`");
            return Err(Error::new(ErrorKind::InvalidDefine, message)
                .with_element(full_name)
                .with_help("give it one: it says what the element is"));
        }
        let defines = files.iter().filter(is_define);
        for (path, content) in files.iter().filter(|file| !is_define(file)).chain(defines) {
            code.write(&format!("{folder}/{path}"), content)
                .map_err(|error| error.with_element(full_name))?;
        }
        self.reload_paths([self.dir().join(&folder)]).await
    }

    /// Deletes one of the app's own elements with everything in its folder, nested elements included. Their
    /// Types' `onDelete` is called before that, the innermost first; if one fails, nothing is deleted. What it
    /// has overridden is back. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], [`ErrorKind::Unsupported`] for an element of an app that this one extends, what
    /// an `onDelete` fails with, or why the folder cannot be removed.
    pub async fn delete_element(&self, full_name: &FullName) -> Result<Reload, Error> {
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
        let delete = || {
            let deleted = self.code().delete_dir(&folder_of(full_name));
            deleted.map_err(|error| error.with_element(full_name))
        };
        self.delete_with(full_name, delete).await
    }
}

fn folder_of(full_name: &FullName) -> String {
    full_name.as_str().replace('.', "/")
}
