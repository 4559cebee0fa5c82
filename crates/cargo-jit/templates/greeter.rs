//! The service `{{full_name}}`: what its `e.json` declares, in Rust.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jit_services::{Functions, Result, Service, ServiceContext, register_service};
use serde::{Deserialize, Serialize};

/// What the functions share.
#[derive(Debug, Default)]
pub(crate) struct {{Type}} {
    greeted: AtomicU64,
}

register_service!(app "{{app}}", "{{full_name}}" => {{Type}});

/// The arguments of `greet`.
#[derive(Debug, Deserialize)]
struct Greet {
    whom: String,
}

/// What `greet` answers.
#[derive(Debug, Serialize)]
struct Greeted {
    text: String,
    number: u64,
}

impl {{Type}} {
    async fn greet(self: Arc<Self>, greet: Greet) -> Result<Greeted> {
        let whom = greet.whom.trim();
        if whom.is_empty() {
            return Err("there is nobody to greet".into());
        }
        let number = self.greeted.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Greeted { text: format!("Hello, {whom}!"), number })
    }

    async fn count(self: Arc<Self>) -> Result<u64> {
        Ok(self.greeted.load(Ordering::Relaxed))
    }
}

impl Service for {{Type}} {
    async fn load(_: ServiceContext<'_>) -> Result<Self> {
        // `cx.app().clone()`, kept in the struct, is the way to other elements.
        Ok(Self::default())
    }

    fn functions() -> Functions<Self> {
        Functions::new().with("greet", Self::greet).with("count", Self::count)
    }
}

#[cfg(test)]
mod tests {
    use jit_app::{Args, Value};
    use jit_testing::{LoadedApp, TestApp};

    const SERVICE: &str = "{{full_name}}";

    /// An app with this service as it is declared: nothing that the real one keeps is touched. An element that it
    /// asks for is added here: `.configured("storages.MyFiles", "storages.MemoryType", "{}")`.
    fn app() -> LoadedApp {
        let define = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/{{define}}"));
        TestApp::called("{{app}}").file("{{define}}", define).load().unwrap()
    }

    #[tokio::test]
    async fn it_greets_and_counts() {
        let app = app();
        let args = Args::new().with("whom", "Ann");
        let greeted = app.call(SERVICE, "greet", args).await.unwrap();
        assert_eq!(greeted.get("text").and_then(Value::as_str), Some("Hello, Ann!"));
        let count = app.call(SERVICE, "count", Args::new()).await.unwrap();
        assert_eq!(count.as_u64(), Some(1));
    }

    #[tokio::test]
    async fn nobody_is_not_greeted() {
        let app = app();
        let args = Args::new().with("whom", " ");
        let error = app.call(SERVICE, "greet", args).await.unwrap_err();
        assert!(error.to_string().contains("there is nobody to greet"), "{error}");
        assert!(app.call(SERVICE, "greet", Args::new()).await.is_err(), "an argument is missing");
    }
}
