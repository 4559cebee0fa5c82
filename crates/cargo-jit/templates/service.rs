//! The service `{{full_name}}`: what its `e.json` declares, in Rust.

use std::sync::Arc;

use jit_services::{Functions, Result, Service, ServiceContext, register_service};
use serde::Deserialize;

/// What the functions share: nothing, to begin with.
#[derive(Debug)]
pub(crate) struct {{Type}};

register_service!(app "{{app}}", "{{full_name}}" => {{Type}});

{{arguments}}

impl {{Type}} {
{{methods}}}

impl Service for {{Type}} {
    async fn load(_: ServiceContext<'_>) -> Result<Self> {
        // `cx.app().clone()`, kept in the struct, is the way to other elements.
        Ok(Self)
    }

    fn functions() -> Functions<Self> {
        Functions::new(){{registered}}
    }
}

#[cfg(test)]
mod tests {
    use jit_app::Args;
    use jit_testing::{LoadedApp, TestApp};

    const SERVICE: &str = "{{full_name}}";

    /// An app with this service as it is declared: nothing that the real one keeps is touched. An element that it
    /// asks for is added here: `.configured("storages.MyFiles", "storages.MemoryType", "{}")`.
    fn app() -> LoadedApp {
        let define = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/{{define}}"));
        TestApp::called("{{app}}").file("{{define}}", define).load().unwrap()
    }

{{tests}}}
