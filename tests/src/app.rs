//! An app folder written in code.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jit_app::{App, Error, Variables};
use jit_meta::Registry;
use jit_oss_server::OssServer;
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// An app folder of its own, gone when dropped.
#[derive(Debug)]
pub struct TempApp {
    root: TempDir,
    dir: PathBuf,
    variables: Variables,
    registry: Option<Registry>,
}

impl TempApp {
    /// An app without elements and without variables.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn new() -> io::Result<Self> {
        Self::at("")?.file("app.json", r#"{ "appId": "acme.Shop" }"#)
    }

    /// The app `acme.Shop` of version 1.0.0 in an environment folder of its own, with the `extends` of its
    /// `app.json` as given.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn extending(extends: &str) -> io::Result<Self> {
        let text = format!(r#"{{ "appId": "acme.Shop", "extends": {extends} }}"#);
        Self::at("acme/Shop/1_0_0")?.file("app.json", &text)
    }

    /// A copy of an app's folder.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub fn copy_of(folder: &Path) -> io::Result<Self> {
        let app = Self::at("")?;
        copy(folder, &app.dir)?;
        Ok(app)
    }

    fn at(folder: &str) -> io::Result<Self> {
        let root = tempfile::tempdir()?;
        let dir = root.path().join(folder);
        Ok(Self { root, dir, variables: Variables::empty(), registry: None })
    }

    /// Writes a file, folders included.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn file(self, path: &str, text: &str) -> io::Result<Self> {
        write(&self.dir.join(path), text)?;
        Ok(self)
    }

    /// Writes a file of its environment folder, `acme/Base/1_0_0/app.json`.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn around(self, path: &str, text: &str) -> io::Result<Self> {
        write(&self.root.path().join(path), text)?;
        Ok(self)
    }

    /// Writes the element `storages.MyOss` with a configuration.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn my_oss(self, config: &str) -> io::Result<Self> {
        let define = "{\n  \"title\": \"My storage\",\n  \"type\": \"storages.OssType\"\n}\n";
        self.file("storages/MyOss/e.json", define)?.file("storages/MyOss/MyOss.json", config)
    }

    /// Writes the element `storages.MyOss` for the bucket `bucket` of a server.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn on(self, server: &OssServer, bucket: &str) -> io::Result<Self> {
        let config = format!(
            r#"{{
  "accessKeyId": "${{ID}}",
  "accessKeySecret": "${{SECRET}}",
  "endPoint": "{}",
  "bucketName": "{bucket}",
  "region": "{}"
}}"#,
            server.endpoint(),
            server.region(),
        );
        let keys = server.credentials();
        self.my_oss(&config)
            .map(|app| app.variable("ID", keys.access_key_id()))
            .map(|app| app.variable("SECRET", keys.access_key_secret().expose_secret()))
    }

    /// Sets a variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables = self.variables.with(name, value);
        self
    }

    /// Resolves Types in a registry instead of what is linked.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Loads it, with everything linked unless it has a registry.
    ///
    /// # Errors
    ///
    /// As [`App::load`].
    pub fn load(&self) -> Result<App, Error> {
        let app = App::builder(self.path()).variables(self.variables.clone());
        match &self.registry {
            Some(registry) => app.registry(registry.clone()).load(),
            None => app.load(),
        }
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Its environment folder, where it is in one; otherwise its own.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
