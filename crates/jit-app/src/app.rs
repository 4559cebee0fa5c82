//! The app: read once, elements loaded on first use.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arc_swap::ArcSwap;
use jit_meta::{Args, Define, Error, ErrorKind, FullName, Meta, Registry, TypeEntry, Value};
use tokio::sync::{Mutex, OnceCell};

use crate::Element;
use crate::builder::AppBuilder;
use crate::element::{Home, Node, Spec};
use crate::environment::Environment;
use crate::reload::Known;
use crate::resolve::{Link, Resolver};
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::waits::Waits;

/// A loaded app, with all it extends. Cloning is cheap, and clones share everything.
///
/// Loading reads definitions only: nothing is instantiated and nothing goes to the network. An element
/// that is broken, or whose Type is not linked, does not stop the rest; asking for it is the error.
///
/// ```
/// use jit_app::{App, Variables};
/// use jit_storages::{SignOptions, Storages};
///
/// # use std::fs::{create_dir_all, write};
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path();
/// # create_dir_all(dir.join("storages/MyOss"))?;
/// write(dir.join("app.json"), r#"{ "appId": "acme.Shop" }"#)?;
/// write(
///     dir.join("storages/MyOss/e.json"),
///     r#"{ "title": "Files", "type": "storages.OssType" }"#,
/// )?;
/// write(
///     dir.join("storages/MyOss/MyOss.json"),
///     r#"{ "accessKeyId": "${KEY_ID}", "accessKeySecret": "${SECRET}",
///          "endPoint": "oss-cn-hangzhou.aliyuncs.com", "bucketName": "my-bucket" }"#,
/// )?;
///
/// let variables = Variables::empty().with("KEY_ID", "an-id").with("SECRET", "a-secret");
/// let app = App::builder(dir).variables(variables).load()?;
/// assert!(app.check().is_empty());
/// let oss = app.get::<Storages>("storages.MyOss").await?;
/// let url = oss.get_sign_url("a.txt", "text/plain", SignOptions::default()).await?;
/// assert!(url.as_str().starts_with("https://my-bucket.oss-cn-hangzhou.aliyuncs.com/a.txt?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl fmt::Debug for App {
    /// Without its files and elements, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("id", &self.0.app_id).finish_non_exhaustive()
    }
}

/// The future of [`App::get_element`]. It is no `async fn`'s, whose state would cost more than the lookup.
#[must_use = "nothing is looked up before it is awaited"]
pub struct GetElement<'a> {
    app: &'a App,
    full_name: &'a str,
    /// What is polled once it turned out that there is more to do than a lookup.
    slowly: Option<Slowly<'a>>,
}

type Slowly<'a> = Pin<Box<dyn Future<Output = Result<Element, Error>> + Send + 'a>>;

impl GetElement<'_> {
    #[cold]
    #[inline(never)]
    fn poll_slowly(&mut self, context: &mut Context<'_>) -> Poll<Result<Element, Error>> {
        let Self { app, full_name, slowly } = self;
        slowly.get_or_insert_with(|| Box::pin(app.get_slowly(full_name))).as_mut().poll(context)
    }
}

impl Future for GetElement<'_> {
    type Output = Result<Element, Error>;

    // As a call of its own it costs a third more: the result would go through memory.
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Nothing but a lookup and the clone of an `Arc` for an element that is live and has no `onCalled`.
        if self.slowly.is_none()
            && let Some(element) = self.app.ready(self.full_name)
        {
            return Poll::Ready(Ok(element));
        }
        self.poll_slowly(context)
    }
}

impl fmt::Debug for GetElement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetElement").field("full_name", &self.full_name).finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) dir: PathBuf,
    /// Where the apps it extends are found; around its folder when none is given.
    pub(crate) environment: Option<Environment>,
    pub(crate) registry: Registry,
    /// What is there now. A reload swaps it; whoever has taken it keeps what it has.
    pub(crate) snapshot: ArcSwap<Snapshot>,
    pub(crate) home: Home,
    /// One reload at a time, and what reloads keep in mind.
    pub(crate) reloading: Mutex<Known>,
    pub(crate) initialized: OnceCell<()>,
    pub(crate) app_id: Arc<str>,
    /// The loads that wait for others.
    pub(crate) waits: Waits,
}

impl Inner {
    pub(crate) fn new(
        dir: PathBuf,
        environment: Option<Environment>,
        registry: Registry,
        snapshot: Snapshot,
        home: Home,
    ) -> Self {
        let app_id = snapshot.layers.first().map(|app| app.manifest.app_id.clone());
        Self {
            dir,
            environment,
            registry,
            snapshot: ArcSwap::from_pointee(snapshot),
            home,
            reloading: Mutex::default(),
            initialized: OnceCell::new(),
            app_id: app_id.unwrap_or_default().into(),
            waits: Waits::default(),
        }
    }
}

impl App {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot.load_full()
    }

    /// Reads the app in a folder, with the process environment and everything linked into the program.
    ///
    /// # Errors
    ///
    /// As [`AppBuilder::load`].
    pub fn load(dir: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::builder(dir).load()
    }

    /// Loads with choices.
    pub fn builder(dir: impl Into<PathBuf>) -> AppBuilder {
        AppBuilder::new(dir.into())
    }

    /// The live element of a name, loaded on first use; concurrent first calls load once.
    ///
    /// An element with `"cacheLevel": 1` lives for one [`Request`](crate::Request); outside of one, each call
    /// gets an instance of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] offering the nearest names, or what is wrong with the element.
    #[doc(alias = "getElement")]
    #[inline]
    pub fn get_element<'a>(&'a self, full_name: &'a str) -> GetElement<'a> {
        GetElement { app: self, full_name, slowly: None }
    }

    /// An element that is live, if nothing is to be done when it is asked for.
    fn ready(&self, full_name: &str) -> Option<Element> {
        self.0.snapshot.load().ready(full_name).map(|handle| Element::new(Arc::clone(handle)))
    }

    async fn get_slowly(&self, full_name: &str) -> Result<Element, Error> {
        let snapshot = self.snapshot();
        let node = self.fresh_node(&snapshot, full_name)?;
        self.hand_out(&snapshot, node).await
    }

    /// The node to use outside of a request.
    fn fresh_node(&self, snapshot: &Snapshot, full_name: &str) -> Result<Arc<Node>, Error> {
        Ok(snapshot.outside_of_requests(&self.node(snapshot, full_name)?))
    }

    /// Loads a node if it is not live, and tells it that it is called.
    pub(crate) async fn hand_out(
        &self,
        snapshot: &Snapshot,
        node: Arc<Node>,
    ) -> Result<Element, Error> {
        let live = self.0.load_in(snapshot, &node).await?;
        let called = live.hooks.on_called(node.spec.define.full_name(), &live.loaded).await;
        called.map_err(|error| error.with_type(&live.type_name))?;
        Ok(Element::of(node))
    }

    /// The same, of an element that has to be of family `M`: one of another is loaded, and not told.
    pub(crate) async fn hand_out_as<M: Meta>(
        &self,
        snapshot: &Snapshot,
        node: Arc<Node>,
    ) -> Result<Arc<M::Interface>, Error> {
        self.0.load_in(snapshot, &node).await?;
        let interface = Element::of(Arc::clone(&node)).interface::<M>().await?;
        self.hand_out(snapshot, node).await?;
        Ok(interface)
    }

    /// The typed interface of a live element.
    ///
    /// # Errors
    ///
    /// As [`get_element`](Self::get_element), and [`ErrorKind::WrongFamily`] when it is of another family.
    pub async fn get<M: Meta>(&self, full_name: &str) -> Result<Arc<M::Interface>, Error> {
        if let Some(element) = self.ready(full_name) {
            return element.interface::<M>().await;
        }
        let snapshot = self.snapshot();
        let node = self.fresh_node(&snapshot, full_name)?;
        self.hand_out_as::<M>(&snapshot, node).await
    }

    /// Calls a function of an element by name.
    ///
    /// # Errors
    ///
    /// As [`get_element`](Self::get_element), and as [`Element::call`].
    pub async fn call(&self, full_name: &str, function: &str, args: Args) -> Result<Value, Error> {
        self.get_element(full_name).await?.call(function, args).await
    }

    /// The elements that a selector means, in the order of the hierarchy and of names. None is loaded before
    /// it is used; [`find_elements_define`](Self::find_elements_define) says what a selector is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] with the place in the selector that is not understood.
    #[doc(alias = "findElements")]
    pub fn find_elements(&self, selector: &str) -> Result<Vec<Element>, Error> {
        let snapshot = self.snapshot();
        let found = crate::find::find(&Resolver::new(&snapshot, self.registry()), selector)?;
        let element = |node| Element::of(snapshot.outside_of_requests(node));
        Ok(found.into_iter().map(element).collect())
    }

    /// An element's definition. Loads nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], or [`ErrorKind::InvalidDefine`] with everything that is wrong with it.
    #[doc(alias = "getElementDefine")]
    pub fn get_element_define(&self, full_name: &str) -> Result<Arc<Define>, Error> {
        let spec = self.spec(&self.snapshot(), full_name)?;
        Ok(Arc::clone(&spec.define))
    }

    /// The definitions that a selector means, in the order of the hierarchy and of names. Loads nothing.
    ///
    /// A selector is a name, `.type` (instances of exactly that Type), `*name` (its Type, that one's Type,
    /// up to the Meta), `name*` (everything with it in its type chain) or `#attribute=value` (also `!=`, `>`,
    /// `<`); `a:b` keeps what matches both, `a,b` is either.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] with the place in the selector that is not understood.
    #[doc(alias = "findElementsDefine")]
    pub fn find_elements_define(&self, selector: &str) -> Result<Vec<Arc<Define>>, Error> {
        let snapshot = self.snapshot();
        let found = crate::find::find(&Resolver::new(&snapshot, self.registry()), selector)?;
        Ok(found.into_iter().map(|node| Arc::clone(&node.spec.define)).collect())
    }

    /// Every usable definition, by name: after overriding, without what other apps keep private. Loads
    /// nothing.
    #[doc(alias = "getAllElementsDefine")]
    #[must_use]
    pub fn get_all_elements_define(&self) -> Vec<(FullName, Arc<Define>)> {
        let snapshot = self.snapshot();
        let defines = snapshot.sorted().into_iter().filter_map(Slot::define);
        defines.map(|define| (define.full_name().clone(), Arc::clone(define))).collect()
    }

    /// The type chain of an element: itself, its Types, its family.
    ///
    /// # Errors
    ///
    /// What is wrong with the element or its chain.
    pub fn type_chain(&self, full_name: &str) -> Result<Vec<Link>, Error> {
        let snapshot = self.snapshot();
        let spec = self.spec(&snapshot, full_name)?;
        Ok(Resolver::new(&snapshot, self.registry()).resolve_spec(&spec)?.chain)
    }

    /// The code that loads an element: its Type, and below it those that it inherits from.
    ///
    /// # Errors
    ///
    /// What is wrong with the element or its chain.
    pub fn types_of(&self, full_name: &str) -> Result<Vec<TypeEntry>, Error> {
        let snapshot = self.snapshot();
        let spec = self.spec(&snapshot, full_name)?;
        let resolved = Resolver::new(&snapshot, self.registry()).resolve_spec(&spec)?;
        Ok(resolved.stack.entries().to_vec())
    }

    /// A usable element, or what is wrong with it.
    pub(crate) fn node(&self, snapshot: &Snapshot, full_name: &str) -> Result<Arc<Node>, Error> {
        self.node_from(snapshot, full_name, 0)
    }

    /// The same as the app at place `from` of the hierarchy sees it.
    pub(crate) fn node_from(
        &self,
        snapshot: &Snapshot,
        full_name: &str,
        from: usize,
    ) -> Result<Arc<Node>, Error> {
        match snapshot.get(full_name, from) {
            Some(Slot::Usable(handles)) => Ok(Arc::clone(handles.node())),
            Some(Slot::Broken(broken)) => {
                let findings = broken.findings.clone();
                Err(Error::from_diagnostics(ErrorKind::InvalidDefine, findings)
                    .with_element(&broken.full_name))
            }
            None => Err(self.not_found(snapshot, full_name)),
        }
    }

    fn spec(&self, snapshot: &Snapshot, full_name: &str) -> Result<Arc<Spec>, Error> {
        self.node(snapshot, full_name).map(|node| Arc::clone(&node.spec))
    }
}
