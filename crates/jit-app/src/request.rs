//! Requests: how long an element with `"cacheLevel": 1` lives, and what is told when one ends.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jit_meta::{Args, Error, FullName, Meta, Outcome, Value};

use crate::element::Node;
use crate::snapshot::{LoadTime, Snapshot};
use crate::{App, Element};

/// A piece of work that an app does for somebody: an HTTP request, a job, a message.
///
/// Elements with `"cacheLevel": 1` live as long as it does and are shared within it; all others are the
/// app's. At its [`end`](Self::end) the `onAppExit` of every element it used is called, in the reverse order of
/// first use. One that is dropped without it is over as well, and no `onAppExit` is called.
#[must_use = "`end` it, or no `onAppExit` is called"]
pub struct Request {
    app: App,
    scope: Arc<Scope>,
}

impl App {
    /// Loads the elements that say `"backendLoadTime": "afterAppInit"`, in the order of their names. Done once;
    /// later calls do nothing, and the first [`request`](Self::request) does it where nobody has.
    ///
    /// # Errors
    ///
    /// What is wrong with the first of them that cannot be loaded. The next call tries again.
    pub async fn init(&self) -> Result<(), Error> {
        let load = || async {
            let snapshot = self.snapshot();
            for name in snapshot.eager(LoadTime::AfterAppInit) {
                let node = self.node(&snapshot, name.as_str())?;
                if is_instance(self, &snapshot, &node) && !snapshot.is_per_request(&node.spec) {
                    self.inner().load_in(&snapshot, &node).await?;
                }
            }
            Ok(())
        };
        self.inner().initialized.get_or_try_init(load).await.copied()
    }

    /// Begins a request: [initialises](Self::init) the app if nobody has, and loads the elements that say
    /// `"backendLoadTime": "beforeHandleRequest"`, in the order of their names.
    ///
    /// # Errors
    ///
    /// What is wrong with the first element that cannot be loaded.
    pub async fn request(&self) -> Result<Request, Error> {
        self.init().await?;
        let request = Request { app: self.clone(), scope: Arc::default() };
        let snapshot = self.snapshot();
        for name in snapshot.eager(LoadTime::BeforeHandleRequest) {
            let node = self.node(&snapshot, name.as_str())?;
            if is_instance(self, &snapshot, &node) {
                let node = request.scope.own(&snapshot, node);
                if let Err(error) = self.inner().load_in(&snapshot, &node).await {
                    // What has been loaded is told that this is the end.
                    let told = request.end(Outcome { error: Some(&error), result: None }).await;
                    let help = |told| format!("and an `onAppExit` failed: {told}");
                    return Err(told.into_iter().map(help).fold(error, Error::with_help));
                }
                request.scope.note(&node);
            }
        }
        Ok(request)
    }
}

/// Metas and Types have nothing to load.
fn is_instance(app: &App, snapshot: &Snapshot, node: &Node) -> bool {
    let resolver = crate::resolve::Resolver::new(snapshot, app.registry());
    resolver.level(&node.spec.define, node.spec.layer) == crate::Level::Instance
}

impl Request {
    /// The app.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// As [`App::get_element`], with the instances of this request.
    ///
    /// # Errors
    ///
    /// As [`App::get_element`].
    #[doc(alias = "getElement")]
    pub async fn get_element(&self, full_name: &str) -> Result<Element, Error> {
        let snapshot = self.app.snapshot();
        let node = self.scope.own(&snapshot, self.app.node(&snapshot, full_name)?);
        let element = self.app.hand_out(&snapshot, Arc::clone(&node)).await?;
        self.scope.note(&node);
        Ok(element)
    }

    /// As [`App::get`], with the instances of this request.
    ///
    /// # Errors
    ///
    /// As [`App::get`].
    pub async fn get<M: Meta>(&self, full_name: &str) -> Result<Arc<M::Interface>, Error> {
        let snapshot = self.app.snapshot();
        let node = self.scope.own(&snapshot, self.app.node(&snapshot, full_name)?);
        let interface = self.app.hand_out_as::<M>(&snapshot, Arc::clone(&node)).await?;
        self.scope.note(&node);
        Ok(interface)
    }

    /// As [`App::call`], with the instances of this request.
    ///
    /// # Errors
    ///
    /// As [`App::call`].
    pub async fn call(&self, full_name: &str, function: &str, args: Args) -> Result<Value, Error> {
        self.get_element(full_name).await?.call(function, args).await
    }

    /// Ends the request: tells every element that it used, the last one first. What their `onAppExit` fails with
    /// is returned, and does not keep the others from being told.
    pub async fn end(self, outcome: Outcome<'_>) -> Vec<Error> {
        let used = self.scope.take_used();
        let mut failures = Vec::new();
        for node in used.iter().rev() {
            let Some(live) = node.live() else { continue };
            let name = node.spec.define.full_name();
            if let Err(error) = live.hooks.on_app_exit(name, &live.loaded, outcome).await {
                failures.push(error.with_type(&live.type_name));
            }
        }
        failures
    }
}

/// What a request has of its own. Its elements know of it, and do not keep it.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// By name, and by the app that defines it: each sees private elements of its own.
    own: Mutex<HashMap<(FullName, usize), Arc<Node>>>,
    used: Mutex<Vec<Arc<Node>>>,
}

impl Scope {
    /// The node that stands for `node` in this request.
    pub(crate) fn own(self: &Arc<Self>, snapshot: &Snapshot, node: Arc<Node>) -> Arc<Node> {
        if !snapshot.is_per_request(&node.spec) {
            return node;
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (node.spec.define.full_name().clone(), node.spec.layer);
        // One that has never come to life does not keep a definition that has been mended meanwhile.
        let is_kept = |kept: &&Arc<Node>| {
            kept.live().is_some() || kept.is_loading() || Arc::ptr_eq(&kept.spec, &node.spec)
        };
        if let Some(kept) = own.get(&key).filter(is_kept) {
            return Arc::clone(kept);
        }
        let fresh = node.anew_in(Arc::downgrade(self));
        own.insert(key, Arc::clone(&fresh));
        fresh
    }

    fn take_used(&self) -> Vec<Arc<Node>> {
        std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that `node` was used, if it wants to be told of the end.
    pub(crate) fn note(&self, node: &Arc<Node>) {
        if node.live().is_some_and(|live| live.hooks.has_on_app_exit()) {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            if !used.iter().any(|other| Arc::ptr_eq(other, node)) {
                used.push(Arc::clone(node));
            }
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("app", &self.app.id()).finish_non_exhaustive()
    }
}
