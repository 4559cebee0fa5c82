//! Which code stands behind which service.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use jit_meta::__private::inventory;
use jit_meta::{Error, Registered};

use crate::callable::{Callable, Live};
use crate::service::{Service, ServiceContext, error};

/// A service's registration. Made by [`register_service!`](crate::register_service).
#[derive(Clone, Copy)]
pub struct ServiceEntry {
    app: Option<&'static str>,
    full_name: &'static str,
    functions: fn() -> Vec<&'static str>,
    load: for<'a> fn(ServiceContext<'a>) -> Loading<'a>,
    registered: Registered,
}

type Loading<'a> = Pin<Box<dyn Future<Output = Result<Arc<dyn Callable>, Error>> + Send + 'a>>;

impl ServiceEntry {
    /// The entry of `S` for an element's full name, for one app or (`None`) for all.
    #[must_use]
    pub const fn new<S: Service>(
        app: Option<&'static str>,
        full_name: &'static str,
        registered: Registered,
    ) -> Self {
        Self { app, full_name, functions: functions::<S>, load: load::<S>, registered }
    }

    /// The app it belongs to; `None` for one that serves every app.
    #[must_use]
    pub fn app(&self) -> Option<&'static str> {
        self.app
    }

    /// The full name of the element it is the code of.
    #[must_use]
    pub fn full_name(&self) -> &'static str {
        self.full_name
    }

    /// The names of the functions that it implements.
    #[must_use]
    pub fn functions(&self) -> Vec<&'static str> {
        (self.functions)()
    }

    /// Where it is registered.
    #[must_use]
    pub fn registered(&self) -> Registered {
        self.registered
    }

    pub(crate) async fn load(&self, cx: ServiceContext<'_>) -> Result<Arc<dyn Callable>, Error> {
        (self.load)(cx).await
    }
}

fn functions<S: Service>() -> Vec<&'static str> {
    S::functions().names()
}

fn load<S: Service>(cx: ServiceContext<'_>) -> Loading<'_> {
    Box::pin(async move {
        let define = cx.define();
        let service = S::load(cx).await.map_err(error)?;
        Ok(Arc::new(Live::new(service, define)) as Arc<dyn Callable>)
    })
}

impl fmt::Debug for ServiceEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.full_name, self.registered)
    }
}

/// The services that a program knows, as a value: [`linked`](Self::linked) collects what it links,
/// [`empty`](Self::empty) and [`with`](Self::with) make any other.
#[derive(Clone, Debug, Default)]
pub struct ServiceRegistry(BTreeMap<&'static str, Vec<ServiceEntry>>);

impl ServiceRegistry {
    /// Knows nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Every service that is registered in the crates that are linked into this program.
    #[must_use]
    pub fn linked() -> Self {
        inventory::iter::<ServiceEntry>
            .into_iter()
            .fold(Self::empty(), |all, entry| all.with(*entry))
    }

    /// Adds one. Two of one app for one element are told where that element is checked or loaded.
    #[must_use]
    pub fn with(mut self, entry: ServiceEntry) -> Self {
        self.0.entry(entry.full_name).or_default().push(entry);
        self
    }

    /// The code behind an element for an app whose hierarchy is `apps` (itself, then those it extends): theirs in
    /// that order, then what is for every app. The first loads.
    #[must_use]
    pub fn candidates(&self, apps: &[&str], full_name: &str) -> Vec<ServiceEntry> {
        let entries = self.all_of(full_name);
        let owners = apps.iter().copied().map(Some).chain([None]);
        owners.flat_map(|owner| entries.iter().filter(move |it| it.app == owner)).copied().collect()
    }

    /// The code that is registered under a name, for whatever app.
    pub(crate) fn all_of(&self, full_name: &str) -> &[ServiceEntry] {
        self.0.get(full_name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The names that there is code for, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

inventory::collect!(ServiceEntry);

/// Registers the code of a service element with every program that links the crate: for all apps that have the
/// element, or for one.
///
/// `register_service!("services.Orders" => Orders);` is for all, `register_service!(app "acme.Shop",
/// "services.Orders" => Orders);` for the app of that id and those that extend it, where it comes before the former.
/// The documentation of the [crate](crate) has a whole service.
#[macro_export]
macro_rules! register_service {
    (app $app:expr, $full_name:expr => $service:ty $(,)?) => {
        $crate::register_service!(@ Some($app), $full_name, $service);
    };
    (@ $app:expr, $full_name:expr, $service:ty) => {
        $crate::__private::inventory::submit! {
            {
                const _: () = $crate::__private::assert_full_name($full_name);
                $crate::ServiceEntry::new::<$service>(
                    $app,
                    $full_name,
                    $crate::__private::here!(),
                )
            }
        }
    };
    ($full_name:expr => $service:ty $(,)?) => {
        $crate::register_service!(@ None, $full_name, $service);
    };
}
