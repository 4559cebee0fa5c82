//! Live instances.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::call::{Args, Function, Value};
use crate::diag::did_you_mean;
use crate::error::{Error, ErrorKind};
use crate::ty::{Instance, Meta};

/// A live instance with its family's type forgotten.
#[derive(Clone)]
pub struct Loaded {
    meta: &'static str,
    functions: &'static [Function],
    /// An `Arc<M::Interface>`.
    interface: Arc<dyn Any + Send + Sync>,
    instance: Arc<dyn Instance>,
}

impl Loaded {
    /// Wraps a live instance of family `M`.
    #[must_use]
    pub fn new<M: Meta>(interface: Arc<M::Interface>) -> Self {
        Self {
            meta: M::FULL_NAME,
            functions: M::functions(),
            interface: Arc::new(Arc::clone(&interface)),
            instance: M::into_instance(interface),
        }
    }

    /// The family it belongs to.
    #[must_use]
    pub fn meta(&self) -> &'static str {
        self.meta
    }

    /// Gives the typed interface back, when the instance is of family `M`.
    #[must_use]
    pub fn interface<M: Meta>(&self) -> Option<Arc<M::Interface>> {
        self.interface_ref::<M>().cloned()
    }

    /// The same, or the error of asking `element` for it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongFamily`] naming the family it is of.
    pub fn typed<M: Meta>(&self, element: &str) -> Result<Arc<M::Interface>, Error> {
        self.interface::<M>().ok_or_else(|| self.is_not(M::FULL_NAME, element))
    }

    /// The error of asking `element`, which this is the live instance of, for another family.
    #[must_use]
    pub fn is_not(&self, family: &str, element: &str) -> Error {
        let message = format!("`{element}` is of family `{}`, not of `{family}`", self.meta);
        let error = Error::new(ErrorKind::WrongFamily, message);
        match element.parse() {
            Ok(element) => error.with_element(&element),
            Err(_) => error,
        }
    }

    pub(crate) fn interface_ref<M: Meta>(&self) -> Option<&Arc<M::Interface>> {
        // Two families may share an interface, and are two families all the same.
        let same = self.meta == M::FULL_NAME;
        self.interface.downcast_ref::<Arc<M::Interface>>().filter(|_| same)
    }

    /// What may be called by name.
    #[must_use]
    pub fn functions(&self) -> &'static [Function] {
        self.functions
    }

    /// Calls a function by name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownFunction`], [`ErrorKind::BadArguments`], or what the element's own code
    /// reports.
    pub async fn call(&self, function: &str, args: Args) -> Result<Value, Error> {
        let known = || self.functions.iter().map(|function| function.name);
        let Some(function) = self.functions.iter().find(|known| known.name == function) else {
            let message = format!("{} has no function `{function}`", self.meta);
            let error = Error::new(ErrorKind::UnknownFunction, message);
            let error = match did_you_mean(&crate::nearest(function, known())) {
                Some(help) => error.with_help(help),
                None => error,
            };
            let names: Vec<_> = known().collect();
            return Err(error.with_help(format!("its functions are {}", names.join(", "))));
        };
        self.instance.call(function, args.bind(function)?).await
    }
}

impl fmt::Debug for Loaded {
    /// The family only: an instance may hold secrets, and show them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("meta", &self.meta).finish_non_exhaustive()
    }
}
