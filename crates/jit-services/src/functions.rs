//! The functions of a service, from Rust's to those that are called by name.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use jit_meta::{BoundArgs, Error, ErrorKind, Value, ValueError, from_value, to_value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::service::{Failure, error};

/// The functions of a service, by name.
pub struct Functions<S>(Vec<(&'static str, Box<Run<S>>)>);

type Run<S> = dyn Fn(Arc<S>, Value) -> Answer + Send + Sync;

/// What a function answers when it is done.
pub type Answer = Pin<Box<dyn Future<Output = Result<Value, Error>> + Send>>;

impl<S> Functions<S> {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a function under the name that the `e.json` declares it by: an
    /// `async fn place(self: Arc<Self>, args: Place) -> Result<Placed>`, as `Self::place`.
    ///
    /// `Place` is any [`Deserialize`](serde::Deserialize) struct with the arguments' names; an argument that nobody
    /// gave and that has no declared value is absent from it, so it is an `Option`. A function without arguments
    /// takes `self` alone. What it returns is anything that is [`Serialize`]. Bytes pass without a copy as
    /// [`Blob`](jit_meta::Blob) or [`Value`], in structs or alone; a [`Value`] in the place of the struct is the map
    /// of all arguments. An error is any `std::error::Error`.
    #[must_use]
    pub fn with<M>(mut self, name: &'static str, function: impl Handler<S, M>) -> Self {
        let run = move |service, args| function.answer(name, service, args);
        self.0.push((name, Box::new(run)));
        self
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Run<S>> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, run)| &**run)
    }
}

impl<S> Functions<S> {
    /// Runs a function with arguments that fit its declaration.
    pub(crate) async fn run(
        &self,
        name: &str,
        service: &Arc<S>,
        args: BoundArgs,
    ) -> Result<Value, Error> {
        match self.get(name) {
            Some(run) => run(Arc::clone(service), args.into_value()).await,
            None => {
                let message = format!("`{name}` is not implemented");
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }
}

impl<S> Default for Functions<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Functions<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Functions").field(&self.names()).finish()
    }
}

/// What can be given to [`Functions::with`]: async functions of a service. `M` tells those that take arguments from
/// those that take none.
#[diagnostic::on_unimplemented(
    message = "this is no function of the service `{S}`",
    note = "a function is `async fn name(self: Arc<Self>, args: Args) -> Result<Output>`, or takes `self` alone",
    note = "its arguments implement `serde::Deserialize`, its result `serde::Serialize`, and its future is `Send`"
)]
pub trait Handler<S, M>: Send + Sync + 'static {
    /// Runs it, under the name it is called by.
    fn answer(&self, name: &'static str, service: Arc<S>, args: Value) -> Answer;
}

impl<S, F, A, D, R, E> Handler<S, fn(A)> for F
where
    F: Fn(Arc<S>, A) -> D + Send + Sync + 'static,
    A: DeserializeOwned,
    D: Future<Output = Result<R, E>> + Send + 'static,
    R: Serialize,
    E: Into<Failure>,
{
    fn answer(&self, name: &'static str, service: Arc<S>, args: Value) -> Answer {
        match from_value(args) {
            Ok(args) => answer(name, self(service, args)),
            Err(misfit) => Box::pin(std::future::ready(Err(bad_arguments(name, &misfit)))),
        }
    }
}

impl<S, F, D, R, E> Handler<S, fn()> for F
where
    F: Fn(Arc<S>) -> D + Send + Sync + 'static,
    D: Future<Output = Result<R, E>> + Send + 'static,
    R: Serialize,
    E: Into<Failure>,
{
    fn answer(&self, name: &'static str, service: Arc<S>, _: Value) -> Answer {
        answer(name, self(service))
    }
}

fn answer<R: Serialize, E: Into<Failure>>(
    name: &'static str,
    done: impl Future<Output = Result<R, E>> + Send + 'static,
) -> Answer {
    Box::pin(async move {
        let result = done.await.map_err(|failure| error(failure.into()))?;
        let answer = to_value(&result);
        answer
            .map_err(|misfit| Error::failed(misfit).with_context(format!("the answer of `{name}`")))
    })
}

/// The declaration lets it pass, and the code does not.
fn bad_arguments(name: &str, misfit: &ValueError) -> Error {
    let message = format!("`{name}` cannot take its arguments: {misfit}");
    Error::new(ErrorKind::BadArguments, message).with_help(
        "they fit its declaration in `functionList`, and not the struct that its code takes",
    )
}
