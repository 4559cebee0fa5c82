//! The family, and what every service offers.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use jit_meta::{
    Args, BoundArgs, Define, Error, ErrorKind, FullName, Function, FunctionDeclaration, Instance,
    Meta, Value, async_trait, register_meta,
};

use crate::functions::Functions;
use crate::service::Service;

/// The family `services.Meta`: elements that have the functions which they declare.
#[derive(Debug)]
pub struct Services;

/// A live service.
#[async_trait]
pub trait Callable: Send + Sync + 'static {
    /// The element's full name.
    fn element(&self) -> &FullName;
    /// What it declares.
    fn functions(&self) -> &[FunctionDeclaration];
    /// Runs a function with arguments that fit its declaration.
    ///
    /// # Errors
    ///
    /// What the function fails with.
    async fn run(&self, function: &str, args: BoundArgs) -> Result<Value, Error>;
    /// The struct that implements [`Service`], and what it is called.
    fn code(&self) -> (Arc<dyn Any + Send + Sync>, &'static str);
}

impl dyn Callable {
    /// Calls a function that the service declares, after checking its arguments.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownFunction`], [`ErrorKind::BadArguments`], or what the function fails with.
    pub async fn call(&self, function: &str, args: Args) -> Result<Value, Error> {
        let declared = self.functions().iter().find(|declared| declared.name == function);
        let Some(declared) = declared else {
            let message = format!("`{}` has no function `{function}`", self.element());
            let names: Vec<_> = self.functions().iter().map(|known| known.name.as_str()).collect();
            let help = format!("its functions are {}", names.join(", "));
            return Err(Error::new(ErrorKind::UnknownFunction, message).with_help(help));
        };
        self.run(function, declared.check_args(args)?).await
    }

    /// The struct itself, for Rust code that knows it. Its methods check no declaration.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongFamily`] when it is another struct: an app may have overridden the one that is meant.
    pub fn downcast<S: Service>(&self) -> Result<Arc<S>, Error> {
        let (code, found) = self.code();
        code.downcast().map_err(|_| {
            let (element, wanted) = (self.element(), std::any::type_name::<S>());
            let message = format!("the code of `{element}` is `{found}`, not `{wanted}`");
            Error::new(ErrorKind::WrongFamily, message)
                .with_element(element)
                .with_help("call its functions by name, which works with any code")
        })
    }
}

impl fmt::Debug for dyn Callable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callable").field("element", self.element()).finish_non_exhaustive()
    }
}

impl Meta for Services {
    const FULL_NAME: &'static str = "services.Meta";
    type Interface = dyn Callable;

    fn functions() -> &'static [Function] {
        &[]
    }

    fn own_functions(define: &Define) -> &[FunctionDeclaration] {
        define.function_list()
    }

    fn into_instance(this: Arc<dyn Callable>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

register_meta!(Services);

/// A service behind the door for calls by name.
#[derive(Debug)]
struct ByName(Arc<dyn Callable>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, function: &str, args: BoundArgs) -> Result<Value, Error> {
        self.0.run(function, args).await
    }
}

/// A service made by its code.
pub(crate) struct Live<S> {
    service: Arc<S>,
    implemented: Functions<S>,
    element: FullName,
    declared: Vec<FunctionDeclaration>,
}

impl<S: Service> Live<S> {
    pub(crate) fn new(service: S, define: &Define) -> Self {
        Self {
            service: Arc::new(service),
            implemented: S::functions(),
            element: define.full_name().clone(),
            declared: define.function_list().to_vec(),
        }
    }
}

#[async_trait]
impl<S: Service> Callable for Live<S> {
    fn element(&self) -> &FullName {
        &self.element
    }

    fn functions(&self) -> &[FunctionDeclaration] {
        &self.declared
    }

    async fn run(&self, function: &str, args: BoundArgs) -> Result<Value, Error> {
        self.implemented.run(function, &self.service, args).await
    }

    fn code(&self) -> (Arc<dyn Any + Send + Sync>, &'static str) {
        (Arc::clone(&self.service) as _, std::any::type_name::<S>())
    }
}
