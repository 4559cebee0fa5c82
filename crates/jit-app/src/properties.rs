//! What an app says of itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jit_meta::{Error, FullName, Registry, TypedValue, Value, Variable};

use crate::manifest::Manifest;
use crate::version::Version;
use crate::{App, AppCode, AppResource};

impl App {
    /// The app's id, `org.Name`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner().app_id
    }

    /// Id and version, `org.Name@1.0.0`.
    #[doc(alias = "appKey")]
    #[must_use]
    pub fn app_key(&self) -> String {
        self.manifest().map(|manifest| manifest.app_key()).unwrap_or_default()
    }

    /// The display name.
    #[must_use]
    pub fn title(&self) -> String {
        self.manifest().map(|manifest| manifest.title.clone()).unwrap_or_default()
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.manifest().map(|manifest| manifest.version()).unwrap_or_default()
    }

    /// The name of the environment folder it stands in, as `<environment>/<org>/<app>/<version>`.
    #[doc(alias = "envId")]
    #[must_use]
    pub fn env_id(&self) -> Option<String> {
        let dir = self.dir().canonicalize().ok()?;
        Version::from_folder(&dir.file_name()?.to_string_lossy())?;
        Some(dir.ancestors().nth(3)?.file_name()?.to_string_lossy().into_owned())
    }

    /// The first segments of its elements' names, each once.
    #[must_use]
    pub fn namespaces(&self) -> BTreeSet<String> {
        self.snapshot()
            .names()
            .filter_map(|name| Some(name.split_once('.')?.0.to_owned()))
            .collect()
    }

    /// The app's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner().dir
    }

    /// The folders of the app and of all it extends.
    pub(crate) fn dirs(&self) -> Vec<PathBuf> {
        self.snapshot().layers.iter().map(|app| app.dir.clone()).collect()
    }

    /// What the `app.json` of the app says.
    #[must_use]
    pub fn manifest(&self) -> Option<Arc<Manifest>> {
        self.hierarchy().into_iter().next()
    }

    /// What the `app.json` of the app says, and then those of all it extends, in the order in which they
    /// are asked for elements.
    #[doc(alias = "app_hierarchy")]
    #[must_use]
    pub fn hierarchy(&self) -> Vec<Arc<Manifest>> {
        self.snapshot().layers.iter().map(|app| Arc::clone(&app.manifest)).collect()
    }

    /// The apps it extends, itself left out, by app key (`acme.Base@1.0.0`), nearest first.
    #[doc(alias = "getParentsMetadata")]
    #[must_use]
    pub fn get_parents_metadata(&self) -> Vec<(String, Arc<Manifest>)> {
        let parents = self.hierarchy().into_iter().skip(1);
        parents.map(|manifest| (manifest.app_key(), manifest)).collect()
    }

    /// The files of its folder, for tools that write apps.
    #[must_use]
    pub fn code(&self) -> AppCode {
        AppCode::new(self.dir())
    }

    /// Its files and those of all it extends, for reading.
    #[must_use]
    pub fn resource(&self) -> AppResource {
        AppResource::new(self.dirs())
    }

    /// A variable of one of JitAi's data types, for calling declared functions: `config` names the `dataType`.
    ///
    /// # Errors
    ///
    /// As [`jit_meta::new_variable`].
    #[doc(alias = "newVariable")]
    pub fn new_variable(
        &self,
        config: &serde_json::Value,
        value: impl Into<Value>,
    ) -> Result<TypedValue, Error> {
        jit_meta::new_variable(config, value)
    }

    /// The Types and families it resolves in.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner().registry
    }

    /// The full name of the element that serves where none is named, like `defaultStorage`: the nearest
    /// app that sets one decides.
    #[must_use]
    pub fn default_element(&self, key: &str) -> Option<String> {
        let snapshot = self.snapshot();
        let mut settings = snapshot.layers.iter().map(|app| &app.manifest.settings.default_element);
        settings.find_map(|defaults| defaults.get(key)).cloned()
    }

    /// The variables that its elements declare, those it inherits included, by name. Where one is declared
    /// twice, the nearest app's declaration counts, then that of the first element by name.
    #[doc(alias = "getEnvVarsDefine")]
    #[must_use]
    pub fn get_env_vars_define(&self) -> Vec<DeclaredVariable> {
        let snapshot = self.snapshot();
        let declared = snapshot.declared().into_values();
        let of = |(element, variable): (&FullName, &Variable)| DeclaredVariable {
            element: element.clone(),
            is_set: snapshot.variables.get(&variable.name).is_some_and(|value| !value.is_empty()),
            variable: variable.clone(),
        };
        declared.map(of).collect()
    }
}

/// A variable that an element declares.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeclaredVariable {
    /// The element that declares it.
    pub element: FullName,
    /// Its declaration.
    pub variable: Variable,
    /// Whether it has a value, be it only its default.
    pub is_set: bool,
}
