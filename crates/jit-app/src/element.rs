//! A live element.

use std::sync::Arc;

use jit_meta::{Args, Define, Error, ErrorKind, FullName, Function, Loaded, Meta, Value};

/// A live element. Cloning is cheap, and clones are the same instance.
#[derive(Clone, Debug)]
pub struct Element(Arc<Live>);

#[derive(Debug)]
struct Live {
    define: Define,
    app_id: String,
    type_name: FullName,
    loaded: Loaded,
}

impl Element {
    pub(crate) fn new(define: Define, app_id: &str, type_name: FullName, loaded: Loaded) -> Self {
        Self(Arc::new(Live { define, app_id: app_id.to_owned(), type_name, loaded }))
    }

    /// Its full name.
    #[must_use]
    pub fn full_name(&self) -> &FullName {
        self.0.define.full_name()
    }

    /// Its definition.
    #[must_use]
    pub fn define(&self) -> &Define {
        &self.0.define
    }

    /// The id of the app that owns its definition: the running one, or one that it extends.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.0.app_id
    }

    /// The full name of the Type that loaded it.
    #[must_use]
    pub fn type_name(&self) -> &FullName {
        &self.0.type_name
    }

    /// What may be called on it by name.
    #[must_use]
    pub fn functions(&self) -> &'static [Function] {
        self.0.loaded.functions()
    }

    /// Its typed interface.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongFamily`] when it is not of family `M`.
    pub fn interface<M: Meta>(&self) -> Result<Arc<M::Interface>, Error> {
        self.0.loaded.interface::<M>().ok_or_else(|| {
            let (name, family) = (self.full_name(), self.0.loaded.meta());
            let message = format!("`{name}` is of family `{family}`, not of `{}`", M::FULL_NAME);
            Error::new(ErrorKind::WrongFamily, message).with_element(name)
        })
    }

    /// Calls a function by name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownFunction`] and [`ErrorKind::BadArguments`] before anything runs, otherwise what
    /// the element's own code reports.
    pub async fn call(&self, function: &str, args: Args) -> Result<Value, Error> {
        let result = self.0.loaded.call(function, args).await;
        result.map_err(|e| e.with_element(self.full_name()).with_type(&self.0.type_name))
    }
}
