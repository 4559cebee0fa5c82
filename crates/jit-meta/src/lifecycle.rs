//! The life of an element: what a Type wants to be told of, and when.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::FullName;
use crate::error::Error;
use crate::loaded::Loaded;
use crate::registry::TypeEntry;
use crate::ty::Meta;
use crate::value::Value;

/// What a hook returns: `Box::pin(async move { … })`.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// An instance that was loaded, or handed out.
#[non_exhaustive]
pub struct Called<'a, M: Meta> {
    /// The element.
    pub element: &'a FullName,
    /// Its live instance.
    pub instance: &'a Arc<M::Interface>,
}

/// An instance at the end of a request in which it was used.
#[non_exhaustive]
pub struct Exit<'a, M: Meta> {
    /// The element.
    pub element: &'a FullName,
    /// Its live instance.
    pub instance: &'a Arc<M::Interface>,
    /// How the request ended.
    pub outcome: Outcome<'a>,
}

// By hand: an instance may hold secrets, and show them.
impl<M: Meta> fmt::Debug for Called<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Called").field("element", self.element).finish_non_exhaustive()
    }
}

impl<M: Meta> fmt::Debug for Exit<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit").field("element", self.element).finish_non_exhaustive()
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome<'a> {
    /// What it failed with.
    pub error: Option<&'a Error>,
    /// What it answered.
    pub result: Option<&'a Value>,
}

/// An instance that was created, updated or deleted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Changed<'a> {
    /// The element.
    pub element: &'a FullName,
}

/// A call by name that failed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exception<'a> {
    /// The element.
    pub element: &'a FullName,
    /// Its display name.
    pub title: &'a str,
    /// What it failed with.
    pub error: &'a Error,
}

/// The hooks of a [`Type`](crate::Type): what it is told of, each only if it asks for it.
///
/// Where several Types stand behind an element, the nearest that has a hook is told, and no other.
///
/// ```
/// # use jit_meta::{Called, Lifecycle, Meta};
/// # fn hooks<Storages: Meta>() -> Lifecycle<Storages> {
/// Lifecycle::new()
///     .on_load(|called: Called<'_, Storages>| {
///         Box::pin(async move {
///             println!("{} is there", called.element);
///             Ok(())
///         })
///     })
/// # }
/// ```
pub struct Lifecycle<M: Meta> {
    on_load: Option<Arc<CalledHook<M>>>,
    on_called: Option<Arc<CalledHook<M>>>,
    on_app_exit: Option<Arc<ExitHook<M>>>,
    on_create: Option<Arc<ChangedHook>>,
    on_update: Option<Arc<ChangedHook>>,
    on_delete: Option<Arc<ChangedHook>>,
    on_exception: Option<Arc<ExceptionHook>>,
}

type CalledHook<M> = dyn for<'a> Fn(Called<'a, M>) -> HookFuture<'a> + Send + Sync;
type ExitHook<M> = dyn for<'a> Fn(Exit<'a, M>) -> HookFuture<'a> + Send + Sync;
type ChangedHook = dyn for<'a> Fn(Changed<'a>) -> HookFuture<'a> + Send + Sync;
type ExceptionHook = dyn for<'a> Fn(Exception<'a>) -> HookFuture<'a> + Send + Sync;

impl<M: Meta> Lifecycle<M> {
    /// Without hooks.
    #[must_use]
    pub fn new() -> Self {
        Self {
            on_load: None,
            on_called: None,
            on_app_exit: None,
            on_create: None,
            on_update: None,
            on_delete: None,
            on_exception: None,
        }
    }

    /// After an instance was loaded, before anybody gets it. If it fails, so does the load, and nothing is
    /// kept.
    #[doc(alias = "onLoad")]
    #[must_use]
    pub fn on_load(
        mut self,
        hook: impl for<'a> Fn(Called<'a, M>) -> HookFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.on_load = Some(Arc::new(hook));
        self
    }

    /// Each time an instance is asked for by name, whether it was loaded for that or before. If it fails, the
    /// caller gets the error instead.
    #[doc(alias = "onCalled")]
    #[must_use]
    pub fn on_called(
        mut self,
        hook: impl for<'a> Fn(Called<'a, M>) -> HookFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.on_called = Some(Arc::new(hook));
        self
    }

    /// At the end of a request in which the instance was used. What was used last is told first. Failures are
    /// reported, and change nothing about the request.
    #[doc(alias = "onAppExit")]
    #[must_use]
    pub fn on_app_exit(
        mut self,
        hook: impl for<'a> Fn(Exit<'a, M>) -> HookFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.on_app_exit = Some(Arc::new(hook));
        self
    }

    /// After an instance was added to a running app.
    #[doc(alias = "onCreate")]
    #[must_use]
    pub fn on_create(
        mut self,
        hook: impl for<'a> Fn(Changed<'a>) -> HookFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.on_create = Some(Arc::new(hook));
        self
    }

    /// After the definition or configuration of an instance of a running app was changed, and the old
    /// instance was dropped.
    #[doc(alias = "onUpdate")]
    #[must_use]
    pub fn on_update(
        mut self,
        hook: impl for<'a> Fn(Changed<'a>) -> HookFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.on_update = Some(Arc::new(hook));
        self
    }

    /// When an instance of a running app is deleted: before its files are removed where the app does that
    /// itself, after it where somebody else did.
    #[doc(alias = "onDelete")]
    #[must_use]
    pub fn on_delete(
        mut self,
        hook: impl for<'a> Fn(Changed<'a>) -> HookFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.on_delete = Some(Arc::new(hook));
        self
    }

    /// After a call by name has failed in an instance's own code, before the caller gets the error.
    #[doc(alias = "onException")]
    #[must_use]
    pub fn on_exception(
        mut self,
        hook: impl for<'a> Fn(Exception<'a>) -> HookFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.on_exception = Some(Arc::new(hook));
        self
    }
}

impl<M: Meta> Default for Lifecycle<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Meta> fmt::Debug for Lifecycle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hooks = [
            ("onLoad", self.on_load.is_some()),
            ("onCalled", self.on_called.is_some()),
            ("onAppExit", self.on_app_exit.is_some()),
            ("onCreate", self.on_create.is_some()),
            ("onUpdate", self.on_update.is_some()),
            ("onDelete", self.on_delete.is_some()),
            ("onException", self.on_exception.is_some()),
        ];
        f.debug_set().entries(hooks.iter().filter(|(_, has)| *has).map(|(name, _)| name)).finish()
    }
}

type LoadedHook =
    dyn for<'a> Fn(&'a FullName, &'a Loaded, Outcome<'a>) -> HookFuture<'a> + Send + Sync;

/// The hooks of an element, its family forgotten: for each, that of the nearest Type that has it.
#[derive(Clone, Default)]
pub struct Hooks {
    on_load: Option<Arc<LoadedHook>>,
    on_called: Option<Arc<LoadedHook>>,
    on_app_exit: Option<Arc<LoadedHook>>,
    on_create: Option<Arc<ChangedHook>>,
    on_update: Option<Arc<ChangedHook>>,
    on_delete: Option<Arc<ChangedHook>>,
    on_exception: Option<Arc<ExceptionHook>>,
}

impl Hooks {
    /// Those of the Types behind an element, nearest first.
    #[must_use]
    pub fn of(types: &[TypeEntry]) -> Self {
        types.iter().rev().fold(Self::default(), |below, entry| entry.hooks().over(below))
    }

    pub(crate) fn new<M: Meta>(lifecycle: Lifecycle<M>) -> Self {
        let called = |hook: Option<Arc<CalledHook<M>>>| {
            hook.map(|hook| -> Arc<LoadedHook> {
                Arc::new(move |element, loaded, _| match loaded.interface_ref::<M>() {
                    Some(instance) => hook(Called { element, instance }),
                    // It belongs to a Type of another family further up the chain.
                    None => Box::pin(async { Ok(()) }),
                })
            })
        };
        let exit = lifecycle.on_app_exit.map(|hook| -> Arc<LoadedHook> {
            Arc::new(move |element, loaded, outcome| match loaded.interface_ref::<M>() {
                Some(instance) => hook(Exit { element, instance, outcome }),
                None => Box::pin(async { Ok(()) }),
            })
        });
        Self {
            on_load: called(lifecycle.on_load),
            on_called: called(lifecycle.on_called),
            on_app_exit: exit,
            on_create: lifecycle.on_create,
            on_update: lifecycle.on_update,
            on_delete: lifecycle.on_delete,
            on_exception: lifecycle.on_exception,
        }
    }

    fn over(self, below: Self) -> Self {
        Self {
            on_load: self.on_load.or(below.on_load),
            on_called: self.on_called.or(below.on_called),
            on_app_exit: self.on_app_exit.or(below.on_app_exit),
            on_create: self.on_create.or(below.on_create),
            on_update: self.on_update.or(below.on_update),
            on_delete: self.on_delete.or(below.on_delete),
            on_exception: self.on_exception.or(below.on_exception),
        }
    }

    /// Whether there is something to do each time the instance is asked for.
    #[must_use]
    pub fn has_on_called(&self) -> bool {
        self.on_called.is_some()
    }

    /// Whether there is something to do at the end of a request.
    #[must_use]
    pub fn has_on_app_exit(&self) -> bool {
        self.on_app_exit.is_some()
    }

    /// Runs [`Lifecycle::on_load`].
    ///
    /// # Errors
    ///
    /// What the hook reports.
    pub async fn on_load(&self, element: &FullName, loaded: &Loaded) -> Result<(), Error> {
        run("onLoad", self.on_load.as_deref(), element, loaded, Outcome::default()).await
    }

    /// Runs [`Lifecycle::on_called`].
    ///
    /// # Errors
    ///
    /// What the hook reports.
    pub async fn on_called(&self, element: &FullName, loaded: &Loaded) -> Result<(), Error> {
        run("onCalled", self.on_called.as_deref(), element, loaded, Outcome::default()).await
    }

    /// Runs [`Lifecycle::on_app_exit`].
    ///
    /// # Errors
    ///
    /// What the hook reports.
    pub async fn on_app_exit(
        &self,
        element: &FullName,
        loaded: &Loaded,
        outcome: Outcome<'_>,
    ) -> Result<(), Error> {
        run("onAppExit", self.on_app_exit.as_deref(), element, loaded, outcome).await
    }

    /// Runs [`Lifecycle::on_create`].
    ///
    /// # Errors
    ///
    /// What the hook reports.
    pub async fn on_create(&self, element: &FullName) -> Result<(), Error> {
        changed("onCreate", self.on_create.as_deref(), element).await
    }

    /// Runs [`Lifecycle::on_update`].
    ///
    /// # Errors
    ///
    /// What the hook reports.
    pub async fn on_update(&self, element: &FullName) -> Result<(), Error> {
        changed("onUpdate", self.on_update.as_deref(), element).await
    }

    /// Runs [`Lifecycle::on_delete`].
    ///
    /// # Errors
    ///
    /// What the hook reports.
    pub async fn on_delete(&self, element: &FullName) -> Result<(), Error> {
        changed("onDelete", self.on_delete.as_deref(), element).await
    }

    /// Runs [`Lifecycle::on_exception`].
    ///
    /// # Errors
    ///
    /// What the hook reports.
    pub async fn on_exception(
        &self,
        element: &FullName,
        title: &str,
        error: &Error,
    ) -> Result<(), Error> {
        match &self.on_exception {
            Some(hook) => {
                let result = hook(Exception { element, title, error }).await;
                result.map_err(|error| failed("onException", element, error))
            }
            None => Ok(()),
        }
    }
}

async fn run(
    name: &str,
    hook: Option<&LoadedHook>,
    element: &FullName,
    loaded: &Loaded,
    outcome: Outcome<'_>,
) -> Result<(), Error> {
    match hook {
        Some(hook) => {
            hook(element, loaded, outcome).await.map_err(|error| failed(name, element, error))
        }
        None => Ok(()),
    }
}

async fn changed(name: &str, hook: Option<&ChangedHook>, element: &FullName) -> Result<(), Error> {
    match hook {
        Some(hook) => hook(Changed { element }).await.map_err(|error| failed(name, element, error)),
        None => Ok(()),
    }
}

/// A hook's own error seldom names the hook or the element.
fn failed(hook: &str, element: &FullName, error: Error) -> Error {
    error.with_element(element).with_context(format!("`{hook}` of `{element}` failed"))
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("on_called", &self.has_on_called())
            .field("on_app_exit", &self.has_on_app_exit())
            .finish_non_exhaustive()
    }
}
