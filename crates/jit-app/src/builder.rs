//! Loading an app, with choices.

use std::path::PathBuf;
use std::sync::Arc;

use jit_meta::{Error, Registry};

use crate::app::{App, Inner};
use crate::element::Home;
use crate::environment::Environment;
use crate::snapshot::Snapshot;
use crate::{Variables, hierarchy};

/// How an [`App`] is loaded.
#[derive(Debug)]
pub struct AppBuilder {
    dir: PathBuf,
    variables: Variables,
    registry: Option<Registry>,
    environment: Option<Environment>,
}

impl AppBuilder {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, variables: Variables::process(), registry: None, environment: None }
    }

    /// Takes the variables of configurations from `variables` instead of the process.
    #[must_use]
    pub fn variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// Resolves Types in `registry` instead of what is linked into the program.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Finds the apps it extends in `environment` instead of [around](Environment::around) its folder.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Reads the app and all it extends. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`NoApp`](jit_meta::ErrorKind::NoApp) without a usable `app.json` or when the apps it extends are missing or have no
    /// order, [`InvalidDefine`](jit_meta::ErrorKind::InvalidDefine) when it redefines what is protected, [`Duplicate`](jit_meta::ErrorKind::Duplicate)
    /// when two registrations claim one name.
    pub fn load(self) -> Result<App, Error> {
        let opening = tracing::info_span!("app_open", app = tracing::field::Empty).entered();
        let registry = match self.registry {
            Some(registry) => registry,
            None => crate::linked()?,
        };
        let layers = hierarchy::read(&self.dir, self.environment.as_ref())?;
        let home = Home::default();
        let snapshot = Snapshot::read(layers, self.variables, &home)?;
        let app = Arc::new(Inner::new(self.dir, self.environment, registry, snapshot, home));
        opening.record("app", &*app.app_id);
        app.home.settle(&app);
        Ok(App::new(app))
    }
}
