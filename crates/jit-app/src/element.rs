//! Elements: a definition, and the live instance once it was loaded.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::SystemTime;

use jit_meta::Hooks;
use jit_meta::{
    Args, Define, Diagnostic, Error, ErrorKind, FullName, FunctionDeclaration, Loaded, Meta, Value,
};
use tokio::sync::OnceCell;

use crate::app::{App, Inner};
use crate::element_files::element_file;
use crate::hierarchy::Layer;
use crate::layout::DEFINES;
use crate::request::Scope;
use crate::stripe::{Handle, Spares};
use crate::version::Version;

/// What an element is before it is loaded.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) define: Arc<Define>,
    /// The app that defines it, and its place in the hierarchy.
    pub(crate) owner: Arc<Layer>,
    pub(crate) layer: usize,
    pub(crate) dir: PathBuf,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// What an element is once it is loaded.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) loaded: Loaded,
    /// The Type that loaded it.
    pub(crate) type_name: FullName,
    pub(crate) hooks: Hooks,
    /// The variables its configuration names.
    pub(crate) variables: Vec<String>,
    pub(crate) made_from: MadeFrom,
}

/// Numbers that differ, in all likelihood, when an instance would be made from something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MadeFrom {
    pub(crate) config: u64,
    /// The definitions and the code of its type chain.
    pub(crate) chain: u64,
}

impl MadeFrom {
    /// Both as one, and not 0.
    fn number(self) -> u64 {
        (self.config ^ self.chain.rotate_left(32)) | 1
    }
}

/// One version of an element. A reload puts another node in its place; who holds this one keeps it.
#[derive(Debug)]
pub(crate) struct Node {
    /// How many are loading it, or wait for that.
    loading: AtomicUsize,
    /// What it was last loaded from, once that was read; 0 before.
    loaded_from: AtomicU64,
    live: OnceCell<Box<Live>>,
    pub(crate) spec: Arc<Spec>,
    /// The request that it lives for; nothing for what lives as long as the app. Where there is no request, it lives
    /// for one call, and this leads nowhere.
    pub(crate) scope: Option<Weak<Scope>>,
    pub(crate) home: Home,
}

/// The way from an element back to its app, which may be gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Home(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    app: OnceLock<Weak<Inner>>,
    spares: Spares,
}

impl Home {
    pub(crate) fn settle(&self, app: &Arc<Inner>) {
        self.0.app.get_or_init(|| Arc::downgrade(app));
    }

    pub(crate) fn app(&self) -> Option<Arc<Inner>> {
        self.0.app.get()?.upgrade()
    }

    /// The handles that its elements get.
    pub(crate) fn spares(&self) -> &Spares {
        &self.0.spares
    }

    /// Whether it is the way to the same app.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Node {
    pub(crate) fn new(spec: Arc<Spec>, home: Home) -> Self {
        let (loading, loaded_from) = Default::default();
        Self { loading, loaded_from, live: OnceCell::new(), spec, scope: None, home }
    }

    /// The same element, to be loaded anew.
    pub(crate) fn anew(&self) -> Arc<Self> {
        Arc::new(Self::new(Arc::clone(&self.spec), self.home.clone()))
    }

    /// The same element, to be loaded for a request, or for one call where `scope` leads nowhere.
    pub(crate) fn anew_in(&self, scope: Weak<Scope>) -> Arc<Self> {
        let fresh = Self::new(Arc::clone(&self.spec), self.home.clone());
        Arc::new(Self { scope: Some(scope), ..fresh })
    }

    /// What makes it the same as another where loads wait for each other. Instances for one call are made as often
    /// as they are asked for: those of one element are the same.
    pub(crate) fn identity(&self) -> usize {
        match &self.scope {
            Some(scope) if scope.strong_count() == 0 => Arc::as_ptr(&self.spec).addr(),
            _ => std::ptr::from_ref(self).addr(),
        }
    }

    pub(crate) fn live(&self) -> Option<&Live> {
        self.live.get().map(Box::as_ref)
    }

    /// Whether it is not live, and somebody is loading it.
    pub(crate) fn is_loading(&self) -> bool {
        self.loading.load(Ordering::SeqCst) > 0 && self.live().is_none()
    }

    /// Takes note of what it is being loaded from.
    pub(crate) fn set_loaded_from(&self, made_from: MadeFrom) {
        self.loaded_from.store(made_from.number(), Ordering::SeqCst);
    }

    /// Whether it is loaded from this, or was, as far as that has been read.
    pub(crate) fn is_loaded_from(&self, made_from: MadeFrom) -> bool {
        self.loaded_from.load(Ordering::SeqCst) == made_from.number()
    }

    /// Loads it if it is not, with `load`; concurrent first calls wait for one. A failure is not kept.
    pub(crate) async fn load_with<F>(&self, load: impl FnOnce() -> F) -> Result<&Live, Error>
    where
        F: Future<Output = Result<Live, Error>>,
    {
        let _counted = Counted::new(&self.loading);
        let live = self.live.get_or_try_init(|| async {
            self.loaded_from.store(0, Ordering::SeqCst);
            load().await.map(Box::new)
        });
        let live = live.await;
        live.map(Box::as_ref)
    }
}

/// One more of something, until it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// An element: one version of its definition, and the live instance that was made from it.
///
/// Cloning is cheap, and clones are the same instance. What is asked of the definition loads nothing; what
/// needs the instance loads it on first use. Who holds an element keeps it as it is when the app reloads.
#[derive(Clone)]
pub struct Element(Arc<Handle>);

impl Element {
    #[inline]
    pub(crate) fn new(handle: Arc<Handle>) -> Self {
        Self(handle)
    }

    /// An element that is not handed out again.
    pub(crate) fn of(node: Arc<Node>) -> Self {
        Self(Arc::new(Handle::new(node)))
    }

    /// Its full name.
    #[must_use]
    pub fn full_name(&self) -> &FullName {
        self.0.spec.define.full_name()
    }

    /// Its definition.
    #[must_use]
    pub fn define(&self) -> &Define {
        &self.0.spec.define
    }

    /// The id of the app that owns its definition: the running one, or one that it extends.
    #[doc(alias = "appId")]
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.0.spec.owner.manifest.app_id
    }

    /// The version of the app that owns its definition.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.spec.owner.manifest.version()
    }

    /// The app it belongs to: the running one; `None` once that is gone.
    #[must_use]
    pub fn app(&self) -> Option<App> {
        self.0.home.app().map(App::new)
    }

    /// When its `e.json` was written last; `None` where it has gone, or the system does not say.
    #[doc(alias = "buildTime")]
    #[must_use]
    pub fn build_time(&self) -> Option<SystemTime> {
        let files = DEFINES.iter().map(|file| self.dir().join(file));
        let mut written = files.filter_map(|file| file.metadata().ok()?.modified().ok());
        written.next()
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0.spec.dir
    }

    /// The folder of the app that owns its definition.
    pub(crate) fn app_dir(&self) -> &Path {
        &self.0.spec.owner.dir
    }

    /// Reads a file of its folder whole. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPath`] for a path that leads out of the folder; [`ErrorKind::NotFound`] for one where
    /// nothing is, or what belongs to an element nested in this one.
    #[doc(alias = "getFile")]
    pub fn get_file(&self, filename: &str) -> Result<Vec<u8>, Error> {
        element_file(self.app_dir(), self.dir(), self.full_name(), filename)
    }

    /// Whether its instance is there.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.0.live().is_some()
    }

    /// The full name of the Type that loads it.
    ///
    /// # Errors
    ///
    /// What is wrong with the element.
    pub async fn type_name(&self) -> Result<&FullName, Error> {
        Ok(&self.live().await?.type_name)
    }

    /// What may be called on it by name: what it has itself, then what its family has.
    ///
    /// # Errors
    ///
    /// What is wrong with the element.
    pub async fn functions(&self) -> Result<Vec<FunctionDeclaration>, Error> {
        Ok(self.live().await?.loaded.functions())
    }

    /// Its typed interface.
    ///
    /// # Errors
    ///
    /// What is wrong with the element, or [`ErrorKind::WrongFamily`] when it is not of family `M`.
    pub async fn interface<M: Meta>(&self) -> Result<Arc<M::Interface>, Error> {
        let live = self.live().await?;
        live.loaded.typed::<M>(self.full_name().as_str())
    }

    /// Calls a function by name.
    ///
    /// # Errors
    ///
    /// What is wrong with the element; [`ErrorKind::UnknownFunction`] and [`ErrorKind::BadArguments`] before
    /// anything runs; otherwise what the element's own code reports, after its Type's `onException` was told.
    pub async fn call(&self, function: &str, args: Args) -> Result<Value, Error> {
        let live = self.live().await?;
        let error = match live.loaded.call(function, args).await {
            Ok(value) => return Ok(value),
            Err(error) => {
                let error = error.with_element(self.full_name()).with_type(&live.type_name);
                error.with_function(function)
            }
        };
        if matches!(error.kind(), ErrorKind::UnknownFunction | ErrorKind::BadArguments) {
            return Err(error);
        }
        let told = live.hooks.on_exception(self.full_name(), self.define().title(), &error).await;
        Err(match told {
            Ok(()) => error,
            Err(other) => error.with_help(format!("and {other}")),
        })
    }

    async fn live(&self) -> Result<&Live, Error> {
        if let Some(live) = self.0.live() {
            return Ok(live);
        }
        let Some(app) = self.0.home.app() else {
            let message = format!("`{}` was not loaded before its app went", self.full_name());
            return Err(Error::new(ErrorKind::AppGone, message)
                .with_element(self.full_name())
                .with_help("keep the app for as long as its elements are used"));
        };
        app.load_held(&self.0).await
    }
}

impl fmt::Debug for Element {
    /// Without the instance: it may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("full_name", self.full_name())
            .field("app_id", &self.app_id())
            .field("family", &self.0.live().map(|live| live.loaded.meta()))
            .finish_non_exhaustive()
    }
}
