//! Live instances.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::call::{Args, Function};
use crate::diag::did_you_mean;
use crate::error::{Error, ErrorKind};
use crate::ty::{Instance, Meta};
use crate::value::Value;
use crate::{Define, FullName, FunctionDeclaration};

/// The functions that an element has besides those of its family.
struct Own {
    element: FullName,
    functions: Vec<FunctionDeclaration>,
}

/// An element's own functions, and those of its family.
pub(crate) fn functions(
    own: &[FunctionDeclaration],
    family: &[Function],
) -> Vec<FunctionDeclaration> {
    let is_own = |function: &&Function| own.iter().any(|known| known.name == function.name);
    let family = family.iter().filter(|function| !is_own(function));
    own.iter().cloned().chain(family.map(FunctionDeclaration::from)).collect()
}

/// A live instance with its family's type forgotten.
#[derive(Clone)]
pub struct Loaded {
    meta: &'static str,
    /// The family's.
    functions: &'static [Function],
    /// The element's own, where it has some.
    own: Option<Arc<Own>>,
    /// An `Arc<M::Interface>`.
    interface: Arc<dyn Any + Send + Sync>,
    instance: Arc<dyn Instance>,
}

impl Loaded {
    /// Wraps a live instance of family `M`, that of a definition.
    #[must_use]
    pub fn new<M: Meta>(interface: Arc<M::Interface>, define: &Define) -> Self {
        let functions = M::own_functions(define).to_vec();
        let element = define.full_name().clone();
        Self {
            meta: M::FULL_NAME,
            functions: M::functions(),
            own: (!functions.is_empty()).then(|| Arc::new(Own { element, functions })),
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

    /// What may be called by name: the element's own functions, then those of its family.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionDeclaration> {
        functions(self.own(), self.functions)
    }

    fn own(&self) -> &[FunctionDeclaration] {
        self.own.as_ref().map_or(&[], |own| &own.functions)
    }

    /// Calls a function by name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownFunction`], [`ErrorKind::BadArguments`], or what the element's own code
    /// reports.
    pub async fn call(&self, function: &str, args: Args) -> Result<Value, Error> {
        let args = if let Some(own) = self.own().iter().find(|known| known.name == function) {
            own.check_args(args)?
        } else if let Some(known) = self.functions.iter().find(|known| known.name == function) {
            args.bind(known)?
        } else {
            return Err(self.unknown(function));
        };
        self.instance.call(function, args).await
    }

    fn unknown(&self, function: &str) -> Error {
        let known = self.functions();
        let names: Vec<_> = known.iter().map(|known| known.name.as_str()).collect();
        let message = match &self.own {
            Some(own) => format!("`{}` has no function `{function}`", own.element),
            None => format!("{} has no function `{function}`", self.meta),
        };
        let error = Error::new(ErrorKind::UnknownFunction, message);
        let error = match did_you_mean(&crate::nearest(function, names.iter().copied())) {
            Some(help) => error.with_help(help),
            None => error,
        };
        match names.as_slice() {
            [] => error.with_help("declare it in the element's `functionList`"),
            names => error.with_help(format!("its functions are {}", names.join(", "))),
        }
    }
}

impl fmt::Debug for Loaded {
    /// The family only: an instance may hold secrets, and show them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("meta", &self.meta).finish_non_exhaustive()
    }
}
