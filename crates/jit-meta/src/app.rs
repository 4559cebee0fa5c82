//! The running app, as the code of an element sees it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::call::Args;
use crate::error::Error;
use crate::loaded::Loaded;
use crate::ty::Meta;
use crate::value::Value;

/// The running app in the hands of an element: how its code reaches other elements.
///
/// A Type gets it from [`LoadContext::app`](crate::LoadContext::app), and its instance may keep a clone. It does
/// not keep the app alive.
///
/// Names mean what they mean in the element's own app: an element that this keeps `private` is there, and one that
/// an app nearer to the running one overrides is the overriding one. What an element with `"cacheLevel": 1` asks
/// for belongs to its request.
///
/// Ask when a function is called, not once in `load`: for an element that is live that is a lookup, and it finds
/// what the last reload has put there. An interface that is kept pins the instance it is of.
///
/// What is asked before `load` has returned, also by a task that it has spawned, is a part of loading. If it leads
/// back to an element that waits for it, it fails as [`LoadCycle`](crate::ErrorKind::LoadCycle), instead of waiting
/// for ever.
///
/// ```
/// use jit_meta::{AppHandle, Args, Error, Value};
///
/// /// A live element that forwards what it is told.
/// struct Desk {
///     app: AppHandle,
/// }
///
/// impl Desk {
///     async fn tell(&self, text: &str) -> Result<Value, Error> {
///         self.app.call("robots.Clerk", "write", Args::new().push(text)).await
///     }
/// }
/// ```
#[derive(Clone)]
pub struct AppHandle(Arc<dyn AppHost>);

/// What stands behind an [`AppHandle`]: an app, and who asks it. `jit-app` implements it.
#[async_trait]
pub trait AppHost: Send + Sync + 'static {
    /// The app's id.
    fn id(&self) -> &str;
    /// The ids of the app and of all it extends, nearest first.
    ///
    /// # Errors
    ///
    /// [`AppGone`](crate::ErrorKind::AppGone).
    fn hierarchy(&self) -> Result<Vec<String>, Error>;
    /// The full name of the element that serves where none is named.
    ///
    /// # Errors
    ///
    /// [`AppGone`](crate::ErrorKind::AppGone).
    fn default_element(&self, key: &str) -> Result<Option<String>, Error>;
    /// An element, if it is live and nothing has to be done to hand it out.
    fn live(&self, full_name: &str) -> Option<Loaded>;
    /// An element, which has to be of `family`.
    ///
    /// # Errors
    ///
    /// As [`AppHandle::get`].
    async fn get(&self, full_name: &str, family: &'static str) -> Result<Loaded, Error>;
    /// Calls a function of an element.
    ///
    /// # Errors
    ///
    /// As [`AppHandle::call`].
    async fn call(&self, full_name: &str, function: &str, args: Args) -> Result<Value, Error>;
}

impl AppHandle {
    /// A handle to `host`.
    pub fn new(host: impl AppHost) -> Self {
        Self(Arc::new(host))
    }

    /// The app's id, `org.Name`: that of the running app, also for an element that it inherits.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The ids of the app and of all it extends, in the order in which they are asked for elements.
    ///
    /// # Errors
    ///
    /// [`AppGone`](crate::ErrorKind::AppGone).
    pub fn hierarchy(&self) -> Result<Vec<String>, Error> {
        self.0.hierarchy()
    }

    /// The full name of the element that serves where none is named, like `defaultStorage`.
    ///
    /// # Errors
    ///
    /// [`AppGone`](crate::ErrorKind::AppGone).
    pub fn default_element(&self, key: &str) -> Result<Option<String>, Error> {
        self.0.default_element(key)
    }

    /// The typed interface of an element, loaded on first use.
    ///
    /// # Errors
    ///
    /// [`AppGone`](crate::ErrorKind::AppGone); [`LoadCycle`](crate::ErrorKind::LoadCycle) naming the whole circle;
    /// [`WrongFamily`](crate::ErrorKind::WrongFamily); [`NotFound`](crate::ErrorKind::NotFound), or what is wrong
    /// with the element.
    pub async fn get<M: Meta>(&self, full_name: &str) -> Result<Arc<M::Interface>, Error> {
        let loaded = match self.0.live(full_name) {
            Some(loaded) => loaded,
            None => self.0.get(full_name, M::FULL_NAME).await?,
        };
        loaded.typed::<M>(full_name)
    }

    /// Calls a function of an element by name.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get); [`UnknownFunction`](crate::ErrorKind::UnknownFunction) and
    /// [`BadArguments`](crate::ErrorKind::BadArguments) before anything runs; otherwise what the element's own code
    /// reports.
    pub async fn call(&self, full_name: &str, function: &str, args: Args) -> Result<Value, Error> {
        self.0.call(full_name, function, args).await
    }
}

impl fmt::Debug for AppHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppHandle").field("id", &self.id()).finish_non_exhaustive()
    }
}
