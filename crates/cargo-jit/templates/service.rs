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
    use jit_app::{App, Args};

    /// The element that this app has.
    const SERVICE: &str = "{{full_name}}";

    fn app() -> App {
        App::load(env!("CARGO_MANIFEST_DIR")).unwrap()
    }

{{tests}}}
