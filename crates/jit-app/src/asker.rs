//! The way from an element's code to other elements: what an [`AppHandle`] stands for.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jit_meta::{AppHandle, AppHost, Args, Error, ErrorKind, Loaded, Value, async_trait};
use tokio::task_local;

use crate::app::{App, Inner};
use crate::element::{Element, Home, Node, Spec};
use crate::request::Scope;
use crate::snapshot::Snapshot;
use crate::stripe::Stripe;

task_local! {
    /// The load that this task is a part of.
    static LOADING: Arc<Asker>;
}

/// An element that asks for others: first while it is loaded, then for as long as it lives.
pub(crate) struct Asker {
    home: Home,
    app_id: Arc<str>,
    spec: Arc<Spec>,
    /// The request that it lives for, where it does for one.
    scope: Option<Weak<Scope>>,
    is_loading: AtomicBool,
    load: Mutex<Option<Load>>,
}

/// What is loaded, and what it sees until it is live: a reload loads beside the present snapshot.
#[derive(Clone)]
struct Load {
    node: Arc<Node>,
    snapshot: Arc<Snapshot>,
}

impl Asker {
    /// Runs the load of an element with the handle that it gets.
    pub(crate) async fn load<T>(
        app: &Inner,
        snapshot: &Snapshot,
        node: &Arc<Node>,
        load: impl AsyncFnOnce(&AppHandle) -> T,
    ) -> T {
        let during = Load { node: Arc::clone(node), snapshot: Arc::new(snapshot.clone()) };
        let asker = Arc::new(Self {
            home: app.home.clone(),
            app_id: Arc::clone(&app.app_id),
            spec: Arc::clone(&node.spec),
            scope: node.scope.clone(),
            is_loading: AtomicBool::new(true),
            load: Mutex::new(Some(during)),
        });
        // Also where nobody waits for it any more.
        let _end = End(&asker);
        let handle = AppHandle::new(Handle(Arc::clone(&asker)));
        LOADING.scope(Arc::clone(&asker), load(&handle)).await
    }

    /// What is being loaded, until it is.
    fn during(&self) -> Option<Load> {
        if !self.is_loading.load(Ordering::Acquire) {
            return None;
        }
        self.load.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The element of an app whose load this task is a part of.
pub(crate) fn loading(home: &Home) -> Option<Arc<Node>> {
    let here = |asker: &Arc<Asker>| asker.home.is(home).then(|| asker.during()).flatten();
    Some(LOADING.try_with(here).ok()??.node)
}

struct End<'a>(&'a Asker);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.is_loading.store(false, Ordering::Release);
        *self.0.load.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

struct Handle(Arc<Asker>);

impl Handle {
    fn app(&self) -> Result<Arc<Inner>, Error> {
        self.0.home.app().ok_or_else(|| {
            let name = self.0.spec.define.full_name();
            let message = format!("the app `{}` is gone, and `{name}` asks it", self.0.app_id);
            Error::new(ErrorKind::AppGone, message)
                .with_element(name)
                .with_help("keep the `App` for as long as its elements are used")
        })
    }

    /// The place in a hierarchy of the app that defines this element; that of no app, where it is no longer
    /// extended.
    fn layer(&self, snapshot: &Snapshot) -> usize {
        let own = &self.0.spec.owner.manifest.app_id;
        let at = snapshot.layers.iter().position(|app| app.manifest.app_id == *own);
        at.unwrap_or(usize::MAX)
    }

    /// Does what asks for elements, as a part of the load if there still is one.
    async fn asking<T>(
        &self,
        ask: impl AsyncFnOnce(App, Arc<Snapshot>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let app = App::new(self.app()?);
        match self.0.during() {
            Some(load) => LOADING.scope(Arc::clone(&self.0), ask(app, load.snapshot)).await,
            None => {
                let snapshot = app.snapshot();
                ask(app, snapshot).await.map_err(|error| match error.kind() {
                    // The circle does not show it: it is live, and was called by somebody who is not.
                    ErrorKind::LoadCycle => {
                        let name = self.0.spec.define.full_name();
                        error.with_help(format!("`{name}` has asked, in a call"))
                    }
                    _ => error,
                })
            }
        }
    }

    /// The element of a name, as this one sees it, with its instance.
    async fn element(
        &self,
        app: &App,
        snapshot: &Snapshot,
        full_name: &str,
        family: Option<&str>,
    ) -> Result<Arc<Node>, Error> {
        let node = app.node_from(snapshot, full_name, self.layer(snapshot))?;
        let scope = self.0.scope.as_ref().and_then(Weak::upgrade);
        let node = match &scope {
            Some(scope) => scope.own(snapshot, node),
            None => snapshot.outside_of_requests(&node),
        };
        let live = app.inner().load_in(snapshot, &node).await?;
        if let Some(family) = family.filter(|family| live.loaded.meta() != *family) {
            return Err(live.loaded.is_not(family, full_name));
        }
        app.hand_out(snapshot, Arc::clone(&node)).await?;
        if let Some(scope) = scope {
            scope.note(&node);
        }
        Ok(node)
    }
}

#[async_trait]
impl AppHost for Handle {
    fn id(&self) -> &str {
        &self.0.app_id
    }

    fn hierarchy(&self) -> Result<Vec<String>, Error> {
        let snapshot = match self.0.during() {
            Some(load) => load.snapshot,
            None => App::new(self.app()?).snapshot(),
        };
        Ok(snapshot.layers.iter().map(|app| app.manifest.app_id.clone()).collect())
    }

    fn default_element(&self, key: &str) -> Result<Option<String>, Error> {
        Ok(App::new(self.app()?).default_element(key))
    }

    fn live(&self, full_name: &str) -> Option<Loaded> {
        // What a request uses is noted, and what is being loaded has a snapshot of its own.
        if self.0.scope.is_some() || self.0.is_loading.load(Ordering::Acquire) {
            return None;
        }
        let app = self.0.home.app()?;
        let snapshot = app.snapshot.load();
        let slot = snapshot.get(full_name, self.layer(&snapshot))?;
        let handle = slot.handle(Stripe::of_this_thread()).filter(|handle| handle.is_ready())?;
        Some(handle.live()?.loaded.clone())
    }

    async fn get(&self, full_name: &str, family: &'static str) -> Result<Loaded, Error> {
        self.asking(async |app, snapshot| {
            let node = self.element(&app, &snapshot, full_name, Some(family)).await?;
            let live = app.inner().load_in(&snapshot, &node).await?;
            Ok(live.loaded.clone())
        })
        .await
    }

    async fn call(&self, full_name: &str, function: &str, args: Args) -> Result<Value, Error> {
        self.asking(async |app, snapshot| {
            let node = self.element(&app, &snapshot, full_name, None).await?;
            Element::of(node).call(function, args).await
        })
        .await
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker")
            .field("element", self.spec.define.full_name())
            .finish_non_exhaustive()
    }
}
