//! The three levels: a [`Meta`] is a family's contract, a [`Type`] implements it, an [`Instance`] is live.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::app::AppHandle;
use crate::call::{BoundArgs, Function};
use crate::lifecycle::Lifecycle;
use crate::stack::Step;
use crate::value::Value;
use crate::{
    ConfigProblem, ConfigText, Define, Diagnostic, Error, ErrorKind, FullName, FunctionDeclaration,
};

/// A family: names the interface that every instance in it offers, and the functions that can be called
/// on one by name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a family",
    note = "a family implements `jit_meta::Meta` and is registered with `register_meta!`"
)]
pub trait Meta: 'static {
    /// The family's full name, `storages.Meta`.
    const FULL_NAME: &'static str;
    /// What Rust callers hold: `dyn Storage`. Nothing in these crates prints one: whether its `Debug`, if it has
    /// any, hides secrets is its author's affair.
    type Interface: ?Sized + Send + Sync + 'static;
    /// What may be called by name on each of its elements.
    fn functions() -> &'static [Function];
    /// What may be called by name besides on the element of this definition: `define.function_list()` in a family
    /// whose elements have the functions that they declare. Nothing unless given.
    fn own_functions(define: &Define) -> &[FunctionDeclaration] {
        let _ = define;
        &[]
    }
    /// The door for calls by name.
    fn into_instance(this: Arc<Self::Interface>) -> Arc<dyn Instance>;
}

/// An implementation of a family. Authoring one is: a configuration struct, an implementation of the
/// family's interface, this, and [`register_type!`](crate::register_type).
///
/// # Examples
///
/// A family names its interface and what can be called by name; a Type is a configuration struct, an
/// implementation of that interface, and `load`. Both are registered where they are written, and every
/// program that links the crate knows them.
///
/// ```
/// use std::sync::Arc;
///
/// use jit_meta::{
///     Arg, BoundArgs, DataType, Error, Function, Instance, LoadContext, Meta, Registry, Type, Value,
///     async_trait, register_meta, register_type,
/// };
///
/// /// What every greeter offers to Rust callers.
/// trait Greeter: Send + Sync {
///     fn greet(&self, whom: &str) -> String;
/// }
///
/// /// The family `greeters.Meta`.
/// struct Greeters;
///
/// impl Meta for Greeters {
///     const FULL_NAME: &'static str = "greeters.Meta";
///     type Interface = dyn Greeter;
///
///     fn functions() -> &'static [Function] {
///         FUNCTIONS
///     }
///
///     fn into_instance(this: Arc<dyn Greeter>) -> Arc<dyn Instance> {
///         Arc::new(ByName(this))
///     }
/// }
///
/// const FUNCTIONS: &[Function] = &[Function {
///     name: "greet",
///     title: "Greet",
///     args: &[Arg::required("whom", "Whom", DataType::Stext)],
///     return_type: DataType::Stext,
///     desc: "Greets somebody.",
/// }];
///
/// register_meta!(Greeters);
///
/// /// Calls by name end here.
/// struct ByName(Arc<dyn Greeter>);
///
/// impl std::fmt::Debug for ByName {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str("ByName")
///     }
/// }
///
/// #[async_trait]
/// impl Instance for ByName {
///     async fn call(&self, _: &str, mut args: BoundArgs) -> Result<Value, Error> {
///         Ok(self.0.greet(&args.take_string("whom")).into())
///     }
/// }
///
/// /// The Type `greeters.PoliteType`, and its configuration.
/// struct PoliteType;
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct Polite {
///     /// The word to greet with.
///     word: String,
/// }
///
/// impl Greeter for Polite {
///     fn greet(&self, whom: &str) -> String {
///         format!("{}, {whom}!", self.word)
///     }
/// }
///
/// #[async_trait]
/// impl Type for PoliteType {
///     type Meta = Greeters;
///     type Config = Polite;
///
///     async fn load(
///         &self,
///         config: Polite,
///         _: LoadContext<'_, Greeters>,
///     ) -> Result<Arc<dyn Greeter>, Error> {
///         Ok(Arc::new(config))
///     }
/// }
///
/// register_type!("greeters.PoliteType" => PoliteType);
///
/// # fn main() -> Result<(), Error> {
/// let registry = Registry::linked()?;
/// let entry = registry.find(&["acme.Shop"], "greeters.PoliteType");
/// assert_eq!(entry.map(|entry| entry.meta()), Some("greeters.Meta"));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Type",
    note = "a Type implements `jit_meta::Type`; only those can be given to `register_type!`"
)]
#[async_trait]
pub trait Type: Send + Sync + 'static {
    /// The family it belongs to.
    type Meta: Meta;
    /// What its instances are configured with. The schema decides what is accepted: derive it, with
    /// `#[serde(deny_unknown_fields)]` to refuse misspelt keys.
    ///
    /// Mark secrets with `#[schemars(extend("writeOnly" = true))]`, so that no message ever quotes them. That does not
    /// reach a derived `Debug`: keep secrets in a type that hides them, like `secrecy::SecretString`.
    ///
    /// Mark a key that names another element with the family it has to be of,
    /// `#[schemars(extend("elementOf" = "storages.Meta"))]`, so that a check finds out whether there is such an element.
    type Config: DeserializeOwned + JsonSchema + Send;
    /// Whether [`load`](Self::load) wraps what the Type overrides or builds on, and gets it from
    /// [`LoadContext::inherited`]. Then the configuration holds the keys of both.
    const INHERITS: bool = false;

    /// Makes a live instance. It may prepare clients and open files; it does not reach for the network.
    async fn load(
        &self,
        config: Self::Config,
        cx: LoadContext<'_, Self::Meta>,
    ) -> Result<Arc<<Self::Meta as Meta>::Interface>, Error>;

    /// What the Type wants to be told of in the life of its instances; nothing unless given.
    fn lifecycle(&self) -> Lifecycle<Self::Meta> {
        Lifecycle::new()
    }

    /// What is wrong with a configuration that fits the schema and yet cannot work. Called before
    /// [`load`](Self::load), and alone when an app is only checked, so it does no I/O.
    fn validate(&self, config: &Self::Config) -> Vec<ConfigProblem> {
        let _ = config;
        Vec::new()
    }

    /// What is wrong with a definition, for a Type that asks more of it than what every element has to have. Called
    /// before [`load`](Self::load), which an error keeps from being called, and alone when an app is only checked, so
    /// it does no I/O.
    fn check_define(&self, element: CheckEnv<'_>) -> Vec<Diagnostic> {
        let _ = element;
        Vec::new()
    }
}

/// A live element, called by name.
#[async_trait]
pub trait Instance: fmt::Debug + Send + Sync + 'static {
    /// Calls a function with arguments that were checked against its declaration: one of the family's
    /// [`functions`](Meta::functions), or of the element's [own](Meta::own_functions).
    ///
    /// # Errors
    ///
    /// Whatever the element's own code reports, as [`Error::failed`].
    async fn call(&self, function: &str, args: BoundArgs) -> Result<Value, Error>;
}

/// What is known of an element without loading it.
#[derive(Clone, Copy, Debug)]
pub struct CheckEnv<'a> {
    /// The element's definition.
    pub define: &'a Define,
    /// The ids of the running app and of all it extends, nearest first.
    pub apps: &'a [&'a str],
}

/// What an instance is loaded for. Plain data: `jit-meta` opens no file.
#[derive(Clone, Copy, Debug)]
pub struct LoadEnv<'a> {
    /// The element's definition.
    pub define: &'a Define,
    /// The ids of the running app and of all it extends, nearest first.
    pub apps: &'a [&'a str],
    /// The running app, as this element sees it.
    pub app: &'a AppHandle,
    /// The app's folder; relative paths of a configuration start here.
    pub app_dir: &'a Path,
}

/// What a [`Type`] is told about the element it loads.
pub struct LoadContext<'a, M: Meta> {
    env: LoadEnv<'a>,
    step: Step<'a>,
    config: &'a ConfigText,
    type_name: &'a FullName,
    family: PhantomData<fn() -> M>,
}

impl<'a, M: Meta> LoadContext<'a, M> {
    pub(crate) fn new(
        env: LoadEnv<'a>,
        step: Step<'a>,
        config: &'a ConfigText,
        type_name: &'a FullName,
    ) -> Self {
        Self { env, step, config, type_name, family: PhantomData }
    }

    /// The instance that there would be without this Type: made by the Type it overrides or builds on,
    /// from the keys of the configuration that that one's schema names.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotLinked`] when there is no such Type, otherwise as it loads.
    pub async fn inherited(&self) -> Result<Arc<M::Interface>, Error> {
        self.inherit(self.step.below(), self.config).await
    }

    /// The same from another configuration: a JSON object, in which nothing is expanded. Its keys are those of
    /// what is inherited: others are errors, also those of this Type.
    ///
    /// # Errors
    ///
    /// As [`inherited`](Self::inherited).
    pub async fn inherited_with(
        &self,
        config: &serde_json::Value,
    ) -> Result<Arc<M::Interface>, Error> {
        let config = ConfigText::literal(self.config.path(), config);
        self.inherit(self.step.below().alone(), &config).await
    }

    async fn inherit(
        &self,
        step: Step<'_>,
        config: &ConfigText,
    ) -> Result<Arc<M::Interface>, Error> {
        let loaded = step.load(config, self.env).await?;
        loaded.interface::<M>().ok_or_else(|| {
            let (element, found) = (self.element(), loaded.meta());
            let message = format!(
                "`{}` is of family `{}` and inherits from one of `{found}`",
                self.type_name,
                M::FULL_NAME
            );
            Error::new(ErrorKind::WrongFamily, message).with_element(element)
        })
    }

    /// The element's full name, `storages.MyOss`.
    #[must_use]
    pub fn element(&self) -> &'a FullName {
        self.env.define.full_name()
    }

    /// The full name of the Type that loads it, `storages.OssType`.
    #[must_use]
    pub fn type_name(&self) -> &'a FullName {
        self.type_name
    }

    /// The element's definition.
    #[must_use]
    pub fn define(&self) -> &'a Define {
        self.env.define
    }

    /// The running app: how an instance reaches other elements. Keep a clone, and ask when a function is called.
    #[must_use]
    pub fn app(&self) -> &'a AppHandle {
        self.env.app
    }

    /// The ids of the running app and of all it extends, nearest first.
    #[must_use]
    pub fn apps(&self) -> &'a [&'a str] {
        self.env.apps
    }

    /// The running app's id.
    #[must_use]
    pub fn app_id(&self) -> &'a str {
        self.env.app.id()
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
