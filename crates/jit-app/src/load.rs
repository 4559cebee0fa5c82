//! From an element's definition to its live instance.

use std::sync::Arc;

use jit_meta::{Error, ErrorKind, FullName, Hooks, LoadEnv};
use tracing::{Instrument, Span, field};

use crate::app::Inner;
use crate::asker::{self, Asker};
use crate::element::{Live, Node, Spec};
use crate::missing::how_to_get;
use crate::resolve::{Level, Resolver};
use crate::settings;
use crate::snapshot::Snapshot;

/// The span in which an element comes to life. When nobody listens it is nothing, and costs as much.
fn loading(spec: &Spec) -> Span {
    tracing::info_span!(
        "element_load",
        element = %spec.define.full_name(),
        "type" = spec.define.type_name().map(field::display),
        file = %spec.dir.join("e.json").display(),
    )
}

impl Inner {
    /// The live instance of an element that somebody holds, loaded on first use while there is an element of its
    /// name.
    pub(crate) async fn load_held<'a>(&self, node: &'a Arc<Node>) -> Result<&'a Live, Error> {
        let snapshot = self.snapshot.load_full();
        let name = node.spec.define.full_name();
        if snapshot.get(name.as_str(), node.spec.layer).is_none() {
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
        let live = match node.live() {
            Some(live) => live,
            None => {
                // For as long as it takes, where another load asks for this one.
                let asker = asker::loading(&self.home);
                let waiting = asker.map(|asker| self.waits.begin(&asker, node)).transpose();
                let _waiting = waiting.map_err(|circle| self.load_cycle(snapshot, &circle))?;
                let load = || self.instantiate(snapshot, node).instrument(loading(&node.spec));
                node.load_with(load).await?
            }
        };
        if !live.hooks.has_on_called() && !snapshot.is_per_request(&node.spec) {
            snapshot.set_ready(node);
        }
        Ok(live)
    }

    async fn instantiate(&self, snapshot: &Snapshot, node: &Arc<Node>) -> Result<Live, Error> {
        let spec = &node.spec;
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
        let made_from = resolver.made_from(&resolved, &config);
        node.set_loaded_from(made_from);
        let hooks = Hooks::of(&resolved.codes);
        let loaded = Asker::load(self, snapshot, node, async |app| {
            let env = LoadEnv { define, apps: &resolver.apps, app, app_dir: &self.dir };
            let loaded = resolved.stack.load(&config, env).await?;
            hooks.on_load(name, &loaded).await.map_err(|error| error.with_type(&type_name))?;
            Ok::<_, Error>(loaded)
        });
        let loaded = loaded.await?;
        Ok(Live {
            loaded,
            type_name,
            hooks,
            variables: config.variables().map(str::to_owned).collect(),
            made_from,
        })
    }
    /// Elements that ask for each other while they are loaded. It is told in the same words whoever closes the
    /// circle.
    fn load_cycle(&self, snapshot: &Snapshot, circle: &[Arc<Node>]) -> Error {
        let resolver = Resolver::new(snapshot, &self.registry);
        let mut circle: Vec<_> = circle.iter().skip(1).map(|node| &node.spec).collect();
        let name = |spec: &Arc<Spec>| spec.define.full_name().clone();
        let first = (0..circle.len()).min_by_key(|at| circle.get(*at).map(|spec| name(spec)));
        circle.rotate_left(first.unwrap_or_default());
        let names = circle.iter().chain(circle.first());
        let names: Vec<_> = names.map(|spec| format!("`{}`", name(spec))).collect();
        let message = match circle.as_slice() {
            [only] => format!("`{}` asks for itself while it is loaded", name(only)),
            _ => format!("while they are loaded, elements ask in a circle: {}", names.join(" → ")),
        };
        let places = circle.iter().filter_map(|spec| {
            let code = resolver.resolve_spec(spec).ok()?.code;
            Some(format!("`{}` by the code at {}", name(spec), code.registered()))
        });
        let places: Vec<_> = places.collect();
        let error = Error::new(ErrorKind::LoadCycle, message);
        let error = match circle.first() {
            Some(spec) => error.with_element(spec.define.full_name()),
            None => error,
        };
        error.with_help(format!(
            "break it where one can do without the next until it is called: keep `LoadContext::app`, and ask in the \
             function instead of in `load`; loaded are {}",
            places.join(", ")
        ))
    }
}
