//! The conformance suite of storages as a test in their author's crate.

mod faults;

use std::fmt::Display;

use jit_meta::{Registered, Type, TypeEntry};
use jit_storages::conformance::{self, table};
use jit_storages::{Capability, Storages};
use serde_json::Value as Json;

use crate::{LoadedApp, TestApp, config};

/// Makes tests of everything that a Type of the `storages` family has to do: one for each case, in a module
/// called `conformance`.
///
/// The Type is a unit struct that is in scope. It is loaded through the registry, with a configuration:
/// anything that prints as JSON. Every test has an app folder of its own.
///
/// ```
/// use jit_storages::disk::DiskType;
///
/// // cargo test conformance
/// jit_testing::storage_conformance!(DiskType, r#"{ "directory": "appData/files" }"#);
/// ```
///
/// `on OssServer` starts the embedded server, adds `accessKeyId`, `accessKeySecret`, `endPoint`, `bucketName`
/// and `region` to the configuration, and makes more tests, in which that server refuses, fails, is slow and
/// cuts its answers.
/// `as "storages.OssType"` registers the Type under this name: it then is what overrides the framework's
/// Type of that name, and may wrap it with [`inherited`](jit_meta::LoadContext::inherited).
///
/// ```
/// # use std::sync::Arc;
/// # use jit_meta::{LoadContext, Type, async_trait};
/// # use jit_storages::{Storage, Storages};
/// # struct AuditedOss;
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # #[serde(deny_unknown_fields)]
/// # struct AuditedConfig { /** Text. */ audit: String }
/// # #[async_trait]
/// # impl Type for AuditedOss {
/// #     type Meta = Storages;
/// #     type Config = AuditedConfig;
/// #     const INHERITS: bool = true;
/// #     async fn load(
/// #         &self,
/// #         config: AuditedConfig,
/// #         cx: LoadContext<'_, Storages>,
/// #     ) -> Result<Arc<dyn Storage>, jit_meta::Error> {
/// #         drop(config.audit);
/// #         cx.inherited().await
/// #     }
/// # }
/// jit_testing::storage_conformance!(
///     AuditedOss as "storages.OssType" on OssServer, r#"{ "audit": "all" }"#
/// );
/// ```
///
/// `cargo test conformance::capability -- --nocapture` prints a table of what the storage declares. What is
/// not declared has to answer [`Unsupported`](jit_storages::ErrorKind::Unsupported).
#[macro_export]
macro_rules! storage_conformance {
    (@ $ty:ident, $name:expr, [$($server:ident)?], $config:expr) => {
        /// What every storage has to do.
        #[cfg(test)]
        mod conformance {
            use super::*;

            fn __subject() -> $crate::__private::Subject {
                let at = $crate::__private::here!();
                let subject = $crate::__private::Subject::new(&$ty, $name, at, &$config);
                $(let subject = $crate::__private::$server(subject);)?
                subject
            }

            #[test]
            fn capability() {
                __subject().check_capability();
            }

            $crate::__private::conformance_cases!($crate::__conformance_tests, { run_case });
            $(
                $crate::__private::$server!($crate::__conformance_tests, { run_fault });
            )?
        }
    };
    ($ty:ident $(as $name:literal)? $(on $server:ident)?) => {
        $crate::storage_conformance!($ty $(as $name)? $(on $server)?, "{}");
    };
    ($ty:ident $(on $server:ident)?, $config:expr $(,)?) => {
        $crate::storage_conformance!(
            @ $ty, concat!("storages.", stringify!($ty)), [$($server)?], $config
        );
    };
    ($ty:ident as $name:literal $(on $server:ident)?, $config:expr $(,)?) => {
        $crate::storage_conformance!(@ $ty, $name, [$($server)?], $config);
    };
}

/// A test for each case.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ({ $run:ident } $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                __subject().$run(stringify!($case));
            }
        )*
    };
}

/// A Type, and how the tests of [`storage_conformance!`] load it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Subject {
    entry: TypeEntry,
    config: String,
    on_server: bool,
}

/// What `on OssServer` makes of a subject.
#[doc(hidden)]
#[expect(non_snake_case, reason = "the macro's word is the server's name")]
#[must_use]
pub fn OssServer(subject: Subject) -> Subject {
    Subject { on_server: true, ..subject }
}

/// The element that is tested.
const ELEMENT: &str = "storages.Tested";

#[doc(hidden)]
#[expect(clippy::panic, reason = "that is how a test fails")]
impl Subject {
    #[must_use]
    pub fn new<T: Type>(
        code: &'static T,
        name: &'static str,
        at: Registered,
        config: &dyn Display,
    ) -> Self {
        let entry = TypeEntry::new(Some(APP), name, code, at);
        Self { entry, config: config.to_string(), on_server: false }
    }

    /// Runs a case of the suite.
    #[track_caller]
    pub fn run_case(&self, name: &'static str) {
        self.run(|app| async move {
            let storage = app.get::<Storages>(ELEMENT).await.map_err(|e| e.to_string())?;
            let case = conformance::run_case(&*storage, name).await;
            case.failure().map_or(Ok(storage.capability()), |failure| {
                Err(format!("{failure}\n\nIt declares:\n{}", table(storage.capability())))
            })
        });
    }

    /// Runs a case in which the server misbehaves.
    #[track_caller]
    pub fn run_fault(&self, name: &'static str) {
        self.run(|app| async move {
            let storage = app.get::<Storages>(ELEMENT).await.map_err(|e| e.to_string())?;
            faults::run(name, &*storage, app.faults()).await.map(|()| storage.capability())
        });
    }

    /// Prints what the storage declares. It says so without asking anybody, and always the same.
    #[track_caller]
    pub fn check_capability(&self) {
        let capability = || {
            self.run(|app| async move {
                let storage = app.get::<Storages>(ELEMENT).await.map_err(|e| e.to_string())?;
                let (first, second) = (storage.capability(), storage.capability());
                if first != second {
                    return Err("it declares something else when it is asked again".to_owned());
                }
                let asked = self.on_server && !app.server().requests().is_empty();
                if asked {
                    Err("it asked the server before it was used".to_owned())
                } else {
                    Ok(first)
                }
            })
        };
        let (first, second) = (capability(), capability());
        assert_eq!(first, second, "two instances declare different things");
        print(&format!("{} declares:\n{}", self.entry.full_name(), table(first)));
    }

    #[track_caller]
    fn run<F>(&self, test: impl FnOnce(LoadedApp) -> F) -> Capability
    where
        F: Future<Output = Result<Capability, String>>,
    {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let outcome = runtime.block_on(async {
            let app = self.app()?.start().await.map_err(|error| error.to_string())?;
            test(app).await
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", self.entry.full_name()))
    }

    fn app(&self) -> Result<TestApp, String> {
        let app = TestApp::called(APP);
        let app = if self.on_server { app.oss(ELEMENT) } else { app };
        let config = if self.on_server { self.with_server()? } else { self.config.clone() };
        Ok(app.configured(ELEMENT, self.entry.full_name(), config).register(self.entry))
    }

    /// The configuration, with the keys for the server before it.
    fn with_server(&self) -> Result<String, String> {
        let read = |text: &str| match serde_json::from_str(text) {
            Ok(Json::Object(keys)) => Ok(keys),
            Ok(other) => Err(format!("a configuration is an object, not {other}")),
            Err(error) => Err(format!("the configuration is no JSON: {error}")),
        };
        let mut keys = read(&config::oss("my-bucket"))?;
        keys.extend(read(&self.config)?);
        Ok(Json::Object(keys).to_string())
    }
}

/// The app of these tests: nobody else registers a Type for it.
const APP: &str = "jit.Conformance";

#[expect(clippy::print_stdout, reason = "a test prints what it has found out")]
fn print(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests;
