//! An app folder written in code.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io, mem};

use jit_app::{App, Error, ErrorKind, Variables};
use jit_meta::{MetaEntry, Registry, TypeEntry, here};
use jit_oss_server::OssServer;
use jit_storages::Storages;
use tempfile::TempDir;

use crate::config;
use crate::double::{self, StorageDouble};
use crate::loaded::LoadedApp;

/// An app folder of its own, written in code and gone when the last of it is dropped.
///
/// What goes wrong while it is built is kept, and told by [`load`](Self::load) and [`start`](Self::start).
/// It sees no variables of the process, only those it is given.
///
/// ```
/// use jit_testing::TestApp;
///
/// let app = TestApp::new()
///     .configured("storages.Files", "storages.DiskType", r#"{ "directory": "${FILES}" }"#)
///     .variable("FILES", "appData/files")
///     .load()?;
/// assert!(app.check().is_empty());
/// # Ok::<(), jit_app::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is an app once it is loaded, by `load` or `start`"]
pub struct TestApp {
    folder: Option<Arc<TempDir>>,
    place: Place,
    variables: Variables,
    registry: Option<Registry>,
    /// Registered besides.
    types: Vec<TypeEntry>,
    doubles: Vec<StorageDouble>,
    /// The buckets that the server inside has to have.
    buckets: Vec<String>,
    server: Option<Arc<OssServer>>,
    problems: Vec<(ErrorKind, String)>,
}

/// The app that is being written, or one it extends.
#[derive(Clone, Debug)]
struct Place {
    id: String,
    dir: PathBuf,
    extends: Vec<(String, String)>,
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

impl TestApp {
    /// The app `acme.Shop`, with no elements.
    pub fn new() -> Self {
        Self::called("acme.Shop")
    }

    /// An app of this id, with no elements. What is registered for one app, `register_type!(app "acme.Notes", …)`, is
    /// there in that app only.
    pub fn called(id: &str) -> Self {
        Self::empty(id).with_manifest()
    }

    /// A copy of an app's folder, like `env!("CARGO_MANIFEST_DIR")` in the tests of an app: what the app is made of.
    /// What it has written (`appData`), what is built (`dist`, `target`) and what is no part of it stays where it is.
    pub fn copy_of(folder: impl AsRef<Path>) -> Self {
        let mut app = Self::empty("acme.Shop");
        let copied = config::copy(folder.as_ref(), &app.place.dir);
        app.note(folder.as_ref(), copied);
        app
    }

    fn empty(id: &str) -> Self {
        let folder = tempfile::tempdir();
        let mut app = Self {
            place: Place { id: id.to_owned(), dir: PathBuf::new(), extends: Vec::new() },
            folder: None,
            variables: Variables::empty(),
            registry: None,
            types: Vec::new(),
            doubles: Vec::new(),
            buckets: Vec::new(),
            server: None,
            problems: Vec::new(),
        };
        match folder {
            Ok(folder) => {
                app.place.dir = folder.path().join("app");
                app.folder = Some(Arc::new(folder));
            }
            Err(error) => app.note(&std::env::temp_dir(), Err(error)),
        }
        app
    }

    /// Puts it where an environment has the version `1.0.0` of it: `acme/Shop/1_0_0`.
    pub fn published(mut self) -> Self {
        let dir = self.version_dir(&self.place.id, "1.0.0");
        let from = mem::replace(&mut self.place.dir, dir);
        let to = self.place.dir.clone();
        let moved = to.parent().map_or(Ok(()), fs::create_dir_all);
        self.note(&to, moved.and_then(|()| fs::rename(&from, &to)));
        self
    }

    /// Extends an app, `acme.Base` or `acme.Base@1.2.0`, which is written by `base`; and puts both into an
    /// environment.
    ///
    /// ```
    /// use jit_testing::TestApp;
    ///
    /// let app = TestApp::new()
    ///     .extends("acme.Base", |base| base.element("storages.Files", "storages.MemoryType"))
    ///     .load()?;
    /// assert_eq!(app.elements()[0].full_name.as_str(), "storages.Files");
    /// # Ok::<(), jit_app::Error>(())
    /// ```
    pub fn extends(mut self, app: &str, base: impl FnOnce(Self) -> Self) -> Self {
        if self.place.dir.ends_with("app") {
            self = self.published();
        }
        let (id, version) = app.split_once('@').unwrap_or((app, "1.0.0"));
        self.place.extends.push((id.to_owned(), version.to_owned()));
        let mut app = self.with_manifest();
        let place =
            Place { id: id.to_owned(), dir: app.version_dir(id, version), extends: Vec::new() };
        let outer = mem::replace(&mut app.place, place);
        let mut app = base(app.with_manifest());
        app.place = outer;
        app
    }

    fn version_dir(&self, id: &str, version: &str) -> PathBuf {
        self.root().join(id.replace('.', "/")).join(version.replace('.', "_"))
    }

    fn with_manifest(self) -> Self {
        let text = config::manifest(&self.place.id, &self.place.extends);
        self.file("app.json", text)
    }

    /// Writes a file of the app, folders included.
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.place.dir.join(path);
        self.write(&path, contents.as_ref())
    }

    /// Writes a file of the environment folder around the app, like `acme/Base/1_0_0/app.json`.
    pub fn around(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.root().join(path);
        self.write(&path, contents.as_ref())
    }

    /// Writes the `e.json` of an element.
    pub fn element(self, name: &str, type_name: &str) -> Self {
        let define = config::define(name, type_name);
        self.file(&format!("{}/e.json", name.replace('.', "/")), define)
    }

    /// Writes an element and its configuration: JSON as text, or a `serde_json::Value`.
    pub fn configured(self, name: &str, type_name: &str, config: impl Display) -> Self {
        self.element(name, type_name).config(name, config)
    }

    /// Writes the configuration of an element.
    pub fn config(self, name: &str, config: impl Display) -> Self {
        let (folder, own) = (name.replace('.', "/"), name.rsplit('.').next().unwrap_or(name));
        self.file(&format!("{folder}/{own}.json"), config.to_string())
    }

    /// Writes an element of `storages.OssType` with a bucket of its own, in a server that
    /// [`start`](Self::start) starts inside the test: one for all of them.
    pub fn oss(mut self, name: &str) -> Self {
        let bucket = match self.buckets.len() {
            0 => "my-bucket".to_owned(),
            others => format!("my-bucket-{}", others + 1),
        };
        self.buckets.push(bucket.clone());
        self.configured(name, "storages.OssType", config::oss(&bucket))
    }

    /// The same with a bucket of a server that the test has made itself, to its own taste.
    pub fn oss_on(self, name: &str, server: &OssServer, bucket: &str) -> Self {
        self.configured(name, "storages.OssType", config::oss(bucket)).variables_of(server)
    }

    /// What was set by the test stays.
    fn variables_of(mut self, server: &OssServer) -> Self {
        for (name, value) in server.variables("") {
            if self.variables.get(name).is_none() {
                self.variables = self.variables.with(name, value);
            }
        }
        self
    }

    /// Puts a double in the place of the element it is called like, or adds it.
    pub fn double(mut self, double: &StorageDouble) -> Self {
        let name = double.element().clone();
        self.doubles.push(double.clone());
        self.configured(name.as_str(), double::TYPE_NAME, double.config())
    }

    /// Sets a variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables = self.variables.with(name, value);
        self
    }

    /// Resolves Types in a registry instead of what is linked.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Registers a Type besides, for this app only: what
    /// [`register_type!(app …)`](jit_meta::register_type) does for a program.
    pub fn register(mut self, entry: TypeEntry) -> Self {
        self.types.push(entry);
        self
    }

    /// Loads it, with everything that is linked unless it has a registry. It may be loaded as often as one
    /// likes.
    ///
    /// # Errors
    ///
    /// What went wrong while it was built; otherwise as [`App::load`].
    pub fn load(&self) -> Result<LoadedApp, Error> {
        if let Some((kind, _)) = self.problems.first() {
            let problems: Vec<_> = self.problems.iter().map(|(_, problem)| &**problem).collect();
            let message = format!("the test's app cannot be built: {}", problems.join("; "));
            return Err(Error::new(*kind, message));
        }
        if self.server.is_none() && !self.buckets.is_empty() {
            let message = "the test's app has storages on an OSS server that is not started";
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_help("load it with `start().await`, which starts the server"));
        }
        let app = App::builder(self.path()).variables(self.variables.clone());
        let app = match self.whole_registry()? {
            Some(registry) => app.registry(registry).load(),
            None => app.load(),
        };
        Ok(LoadedApp::new(app?, self.clone()))
    }

    /// Starts the OSS server inside, where one is asked for, and loads it.
    ///
    /// # Errors
    ///
    /// That the server does not start; otherwise as [`load`](Self::load).
    pub async fn start(mut self) -> Result<LoadedApp, Error> {
        if self.server.is_none() && !self.buckets.is_empty() {
            let buckets = self.buckets.iter();
            let server = buckets.fold(OssServer::builder(), |server, name| server.bucket(name));
            let server = server.start().await.map_err(Error::failed)?;
            self = self.variables_of(&server);
            self.server = Some(Arc::new(server));
        }
        self.load()
    }

    /// The registry with what is registered besides; `None` for what is linked.
    fn whole_registry(&self) -> Result<Option<Registry>, Error> {
        if self.doubles.is_empty() && self.types.is_empty() {
            return Ok(self.registry.clone());
        }
        let mut registry = match &self.registry {
            Some(registry) => registry.clone(),
            None => Registry::linked()?,
        };
        for entry in &self.types {
            registry.add(*entry)?;
        }
        if !self.doubles.is_empty() {
            if registry.find_meta(double::FAMILY).is_none() {
                registry.add_meta(MetaEntry::new::<Storages>(here!()))?;
            }
            registry.add(TypeEntry::new(None, double::TYPE_NAME, &double::DoubleType, here!()))?;
        }
        Ok(Some(registry))
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.dir
    }

    /// The folder around it: its environment, where it is in one.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new(""), |folder| folder.path())
    }

    pub(crate) fn server(&self) -> Option<&OssServer> {
        self.server.as_deref()
    }

    fn write(mut self, path: &Path, contents: &[u8]) -> Self {
        if self.folder.is_some() {
            let written = config::write(path, contents);
            self.note(path, written);
        }
        self
    }

    fn note(&mut self, path: &Path, done: io::Result<()>) {
        if let Err(error) = done {
            self.problems.push((ErrorKind::Io, format!("{}: {error}", path.display())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_while_it_was_built_is_told_when_it_is_loaded() {
        let app = TestApp::new().file("a", "").file("a/b", "").file("a/c", "");
        let error = app.variable("A", "b").load().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        let text = error.to_string();
        assert!(text.starts_with("the test's app cannot be built: "), "{text}");
        assert_eq!(text.matches("; ").count(), 1, "{text}");
        let text = TestApp::copy_of("not/there").load().unwrap_err().to_string();
        assert!(text.contains("not/there"), "{text}");
    }

    #[test]
    fn the_folder_is_there_as_long_as_anything_of_it() {
        let app = TestApp::new().load().unwrap();
        let folder = app.path().to_owned();
        let again = app.restart().unwrap();
        drop(app);
        assert!(folder.join("app.json").is_file());
        drop(again);
        assert!(!folder.exists());
    }

    #[test]
    fn a_copy_has_what_the_app_is_made_of_and_nothing_else() {
        let kept = ["storages/A/e.json", "commons/a.txt", "storages/appData/e.json", "README.md"];
        let left = [
            "appData/files/a.txt",
            "dist/app.jit",
            "target/debug/a",
            "src/main.rs",
            ".git/HEAD",
            "storages/A/node_modules/a.js",
        ];
        let files = kept.iter().chain(&left).chain(&["Cargo.toml"]);
        let app = files.fold(TestApp::new(), |app, file| app.file(file, "{}"));
        let copy = TestApp::copy_of(app.path());
        assert!(copy.path().join("app.json").is_file());
        for (files, is_there) in [(&kept[..], true), (&left[..], false)] {
            for file in files {
                assert_eq!(copy.path().join(file).exists(), is_there, "{file}");
            }
        }
    }

    #[test]
    fn a_server_has_to_be_started() {
        let error = TestApp::new().oss("storages.MyOss").load().unwrap_err();
        assert!(error.to_string().contains("start().await"), "{error}");
    }

    #[test]
    fn apps_extend_apps_that_extend_apps() {
        let app = TestApp::called("acme.A")
            .extends("acme.B@1.2.0", |b| b.extends("acme.C", |c| c).element("s.B", "t.T"))
            .file("mine.txt", "")
            .load()
            .unwrap();
        let ids: Vec<_> = app.hierarchy().iter().map(|manifest| manifest.app_id.clone()).collect();
        assert_eq!(ids, ["acme.A", "acme.B", "acme.C"]);
        assert!(app.path().ends_with("acme/A/1_0_0") && app.path().join("mine.txt").is_file());
        assert!(app.path().join("../../B/1_2_0/s/B/e.json").is_file());
    }
}
