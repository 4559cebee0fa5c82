//! What the tests that cross crates share: an app folder written in code, the embedded server's
//! variables, and texts made the same from run to run.

use std::fs;
use std::io;
use std::path::Path;

use jit_app::{App, Environment, Error};
use jit_oss_server::OssServer;
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// A secret that no message may ever show.
pub const SECRET: &str = "hush-0123456789-secret";

/// An app folder of its own, gone when dropped.
#[derive(Debug)]
pub struct TempApp {
    dir: TempDir,
    environment: Environment,
}

impl TempApp {
    /// An app without elements and without variables.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn new() -> io::Result<Self> {
        let app = Self { dir: tempfile::tempdir()?, environment: Environment::empty() };
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
        self.environment = self.environment.with(name, value);
        self
    }

    /// Loads it with everything linked.
    ///
    /// # Errors
    ///
    /// As [`App::load`].
    pub fn load(&self) -> Result<App, Error> {
        App::builder(self.path()).environment(self.environment.clone()).load()
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// `text` with what differs from run to run replaced by its name: request ids, ports, and the lines of
/// Rust files.
#[must_use]
pub fn steady(text: &str) -> String {
    let is_digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let is_id = |word: &str| {
        word.len() == 24 && word.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
    };
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let name = match bare {
            "" => "",
            _ if is_id(bare) => "REQUEST-ID",
            _ if is_digits(bare) && out.ends_with("127.0.0.1:") => "PORT",
            _ if is_digits(bare) && out.ends_with(".rs:") => "LINE",
            _ => bare,
        };
        out.push_str(name);
        out.push_str(word.strip_prefix(bare).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_named() {
        let text = "é/373658BB8CCC00A789A41125: http://127.0.0.1:35519/é a.rs:27, 35519 35519";
        assert_eq!(steady(text), "é/REQUEST-ID: http://127.0.0.1:PORT/é a.rs:LINE, 35519 35519");
    }
}
