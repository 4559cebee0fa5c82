//! What the author of a service writes.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jit_meta::{AppHandle, Define, Error, ErrorKind, FullName, LoadContext};

use crate::callable::{Callable, Services};
use crate::functions::Functions;
use crate::registry::ServiceEntry;

/// Any error: `?` makes one of every `std::error::Error`, and of a text. A [`jit_meta::Error`] keeps its kind.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the functions of a service return, unless they have an error type of their own.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The code of a service element: how it comes to life, and the functions it has.
///
/// Registered with [`register_service!`](crate::register_service). The documentation of the [crate](crate) has a
/// whole one.
pub trait Service: Sized + Send + Sync + 'static {
    /// Makes the live service: once, when its element is used first, and anew when it is reloaded. It may keep
    /// [`cx.app()`](ServiceContext::app); asking others when a function is called, and not here, follows their
    /// reloads and cannot run in a circle. Write it as `async fn load(cx: ServiceContext<'_>) -> Result<Self>`.
    fn load(cx: ServiceContext<'_>) -> impl Future<Output = Result<Self>> + Send;

    /// Its functions, by the names under which the `e.json` declares them. Those that it does not declare cannot be
    /// called by name.
    fn functions() -> Functions<Self>;
}

/// What a [`Service`] is told about the element it is loaded for.
pub struct ServiceContext<'a> {
    cx: &'a LoadContext<'a, Services>,
    /// The code that stands behind the one that is loaded.
    below: &'a [ServiceEntry],
}

impl<'a> ServiceContext<'a> {
    pub(crate) fn new(cx: &'a LoadContext<'a, Services>, below: &'a [ServiceEntry]) -> Self {
        Self { cx, below }
    }

    /// The running app: how the service reaches other elements. Keep a clone.
    #[must_use]
    pub fn app(&self) -> &'a AppHandle {
        self.cx.app()
    }

    /// The element's full name, `services.Orders`.
    #[must_use]
    pub fn element(&self) -> &'a FullName {
        self.cx.element()
    }

    /// The element's definition. Fields that nobody knows are kept in it, for the service's own settings.
    #[must_use]
    pub fn define(&self) -> &'a Define {
        self.cx.define()
    }

    /// The running app's folder.
    #[must_use]
    pub fn app_dir(&self) -> &'a Path {
        self.cx.app_dir()
    }

    /// The service that there would be without this code: that of an app which this one extends, or the
    /// framework's. It has the same definition.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotLinked`] when there is none, otherwise as it loads.
    pub async fn inherited(&self) -> Result<Arc<dyn Callable>, Error> {
        let Some((next, below)) = self.below.split_first() else {
            let message = format!("the code of `{}` overrides none", self.element());
            return Err(Error::new(ErrorKind::NotLinked, message)
                .with_element(self.element())
                .with_help("link the crate that registers the one to inherit from"));
        };
        next.load(ServiceContext::new(self.cx, below)).await
    }
}

impl fmt::Debug for ServiceContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceContext").field("element", self.element()).finish_non_exhaustive()
    }
}

/// The error that a failure is, or the error of code that failed with it.
pub(crate) fn error(failure: Failure) -> Error {
    match failure.downcast::<Error>() {
        Ok(error) => *error,
        Err(failure) => Error::failed(failure),
    }
}
