//! `services.NormalType`: services in Rust.

use std::sync::{Arc, OnceLock};

use jit_meta::{
    CheckEnv, Diagnostic, Error, ErrorKind, LoadContext, Type, async_trait, register_type,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::callable::{Callable, Services};
use crate::check;
use crate::registry::ServiceRegistry;
use crate::service::ServiceContext;

/// The Type `services.NormalType`: an element is made by the code that is registered under its own full name.
#[derive(Debug)]
pub struct NormalType(OnceLock<ServiceRegistry>);

/// Functions in Rust, declared in the `e.json`: there is nothing to configure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl NormalType {
    /// With the services that are linked into the program.
    #[must_use]
    pub const fn linked() -> Self {
        Self(OnceLock::new())
    }

    /// With some, for tests.
    #[must_use]
    pub fn of(services: ServiceRegistry) -> Self {
        Self(OnceLock::from(services))
    }

    fn services(&self) -> &ServiceRegistry {
        self.0.get_or_init(ServiceRegistry::linked)
    }
}

#[async_trait]
impl Type for NormalType {
    type Meta = Services;
    type Config = Nothing;

    async fn load(
        &self,
        _: Nothing,
        cx: LoadContext<'_, Services>,
    ) -> Result<Arc<dyn Callable>, Error> {
        let entries = self.services().candidates(cx.apps(), cx.element().as_str());
        match entries.split_first() {
            Some((first, below)) => first.load(ServiceContext::new(&cx, below)).await,
            // The check of the definition has told more.
            None => Err(Error::new(ErrorKind::NotLinked, "no code is registered for this service")),
        }
    }

    fn check_define(&self, element: CheckEnv<'_>) -> Vec<Diagnostic> {
        check::check(self.services(), element)
    }
}

register_type!("services.NormalType" => NormalType::linked());
