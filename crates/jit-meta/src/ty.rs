//! The three levels: a [`Meta`] is a family's contract, a [`Type`] implements it, an [`Instance`] is live.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::call::{BoundArgs, Function, Value};
use crate::{ConfigProblem, Define, Error, FullName};

/// A family: names the interface that every instance in it offers, and the functions that can be called
/// on one by name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a family",
    note = "a family implements `jit_meta::Meta` and is registered with `register_meta!`"
)]
pub trait Meta: 'static {
    /// The family's full name, `storages.Meta`.
    const FULL_NAME: &'static str;
    /// What Rust callers hold: `dyn Storage`.
    type Interface: ?Sized + Send + Sync + 'static;
    /// What may be called by name.
    fn functions() -> &'static [Function];
    /// The door for calls by name.
    fn into_instance(this: Arc<Self::Interface>) -> Arc<dyn Instance>;
}

/// An implementation of a family. Authoring one is: a configuration struct, an implementation of the
/// family's interface, this, and [`register_type!`](crate::register_type).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Type",
    note = "a Type implements `jit_meta::Type`; only those can be given to `register_type!`"
)]
#[async_trait]
pub trait Type: Send + Sync + 'static {
    /// The family it belongs to.
    type Meta: Meta;
    /// What its instances are configured with. The schema decides what is accepted: derive it, with
    /// `#[serde(deny_unknown_fields)]` to refuse misspelt keys, and mark secrets with
    /// `#[schemars(extend("writeOnly" = true))]`, so that no message ever quotes them.
    type Config: DeserializeOwned + JsonSchema + Send;

    /// Makes a live instance. It may prepare clients and open files; it does not reach for the network.
    async fn load(
        &self,
        config: Self::Config,
        cx: LoadContext<'_, Self::Meta>,
    ) -> Result<Arc<<Self::Meta as Meta>::Interface>, Error>;

    /// What is wrong with a configuration that fits the schema and yet cannot work. Called before
    /// [`load`](Self::load), and alone when an app is only checked, so it does no I/O.
    fn validate(&self, config: &Self::Config) -> Vec<ConfigProblem> {
        let _ = config;
        Vec::new()
    }
}

/// A live element, called by name.
#[async_trait]
pub trait Instance: fmt::Debug + Send + Sync + 'static {
    /// Calls one of the family's [`functions`](Meta::functions) with arguments that were checked against
    /// its declaration.
    ///
    /// # Errors
    ///
    /// Whatever the element's own code reports, as [`Error::failed`].
    async fn call(&self, function: &'static Function, args: BoundArgs) -> Result<Value, Error>;
}

/// What an instance is loaded for. Plain data: `jit-meta` opens no file.
#[derive(Clone, Copy, Debug)]
pub struct LoadEnv<'a> {
    /// The element's definition.
    pub define: &'a Define,
    /// The Type that is loading it.
    pub type_name: &'a FullName,
    /// The app's id, `org.Name`.
    pub app_id: &'a str,
    /// The app's folder; relative paths of a configuration start here.
    pub app_dir: &'a Path,
}

/// What a [`Type`] is told about the element it loads.
pub struct LoadContext<'a, M: Meta> {
    env: LoadEnv<'a>,
    family: PhantomData<fn() -> M>,
}

impl<'a, M: Meta> LoadContext<'a, M> {
    /// The context of one element.
    #[must_use]
    pub fn new(env: LoadEnv<'a>) -> Self {
        Self { env, family: PhantomData }
    }

    /// The element's full name, `storages.MyOss`.
    #[must_use]
    pub fn element(&self) -> &'a FullName {
        self.env.define.full_name()
    }

    /// The full name of the Type that loads it, `storages.OssType`.
    #[must_use]
    pub fn type_name(&self) -> &'a FullName {
        self.env.type_name
    }

    /// The element's definition.
    #[must_use]
    pub fn define(&self) -> &'a Define {
        self.env.define
    }

    /// The app's id.
    #[must_use]
    pub fn app_id(&self) -> &'a str {
        self.env.app_id
    }

    /// The app's folder; relative paths of a configuration start here.
    #[must_use]
    pub fn app_dir(&self) -> &'a Path {
        self.env.app_dir
    }
}

impl<M: Meta> fmt::Debug for LoadContext<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadContext")
            .field("element", self.element())
            .field("type", self.type_name())
            .field("family", &M::FULL_NAME)
            .finish_non_exhaustive()
    }
}
