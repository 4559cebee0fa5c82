//! An app folder written in code.

use std::fs;
use std::io;
use std::path::Path;

use jit_app::{App, Error, Variables};
use jit_oss_server::OssServer;
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// An app folder of its own, gone when dropped.
#[derive(Debug)]
pub struct TempApp {
    dir: TempDir,
    variables: Variables,
}

impl TempApp {
    /// An app without elements and without variables.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn new() -> io::Result<Self> {
        let app = Self { dir: tempfile::tempdir()?, variables: Variables::empty() };
        app.file("app.json", r#"{ "appId": "acme.Shop" }"#)
    }

    /// Writes a file, folders included.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn file(self, path: &str, text: &str) -> io::Result<Self> {
        let path = self.dir.path().join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
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

    /// Loads it with everything linked.
    ///
    /// # Errors
    ///
    /// As [`App::load`].
    pub fn load(&self) -> Result<App, Error> {
        App::builder(self.path()).variables(self.variables.clone()).load()
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}
