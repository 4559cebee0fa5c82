//! From an element's definition to its live instance.

use std::sync::Arc;

use jit_meta::{Error, ErrorKind, FullName, Hooks, LoadEnv};

use crate::app::Inner;
use crate::element::{Live, Node, Spec};
use crate::missing::how_to_get;
use crate::resolve::{Level, Resolver};
use crate::settings;
use crate::snapshot::Snapshot;

impl Inner {
    /// The live instance of an element that somebody holds, loaded on first use while there is an element of its
    /// name.
    pub(crate) async fn load_held<'a>(&self, node: &'a Arc<Node>) -> Result<&'a Live, Error> {
        let snapshot = self.snapshot.load_full();
        let name = node.spec.define.full_name();
        if snapshot.get(name, node.spec.layer).is_none() {
            let message = format!("`{name}` was deleted before it was loaded");
            return Err(Error::new(ErrorKind::NotFound, message).with_element(name));
        }
        self.load_in(&snapshot, node).await
    }

    /// The live instance of an element, loaded on first use, in a snapshot that need not be the present one.
    pub(crate) async fn load_in<'a>(
        &self,
        snapshot: &Snapshot,
        node: &'a Arc<Node>,
    ) -> Result<&'a Live, Error> {
        let live = node.load_with(|| self.instantiate(snapshot, &node.spec)).await?;
        if !live.hooks.has_on_called() && !snapshot.is_per_request(&node.spec) {
            snapshot.set_ready(node);
        }
        Ok(live)
    }

    async fn instantiate(&self, snapshot: &Snapshot, spec: &Arc<Spec>) -> Result<Live, Error> {
        let resolver = Resolver::new(snapshot, &self.registry);
        let (define, name) = (&spec.define, spec.define.full_name());
        let resolved = resolver.resolve_spec(spec)?;
        if resolver.level(define, spec.layer) == Level::Type {
            let message = format!("`{name}` is a Type, not an instance");
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_element(name)
                .with_help(how_to_get(snapshot, name)));
        }
        let type_name: FullName = resolved
            .code
            .full_name()
            .parse()
            .map_err(|error| Error::new(ErrorKind::InvalidDefine, format!("{error}")))?;
        let (config, _) = settings::read(define, &spec.dir, &resolved.stack, &snapshot.variables)
            .map_err(|findings| {
            Error::from_diagnostics(ErrorKind::InvalidConfig, findings)
                .with_element(name)
                .with_type(&type_name)
        })?;
        let app_id = snapshot.layers.first().map_or("", |app| &app.manifest.app_id);
        let env = LoadEnv { define, app_id, app_dir: &self.dir };
        let loaded = resolved.stack.load(&config, env).await?;
        let hooks = Hooks::of(&resolved.codes);
        hooks.on_load(name, &loaded).await.map_err(|error| error.with_type(&type_name))?;
        Ok(Live {
            loaded,
            type_name,
            hooks,
            variables: config.variables().map(str::to_owned).collect(),
            made_from: resolver.made_from(&resolved, &config),
        })
    }
}
