//! Which elements a selector means.

use std::collections::HashSet;
use std::sync::Arc;

use jit_meta::{Error, ErrorKind, FullName};
use serde_json::{Value as Json, json};

use crate::element::{Node, Spec};
use crate::resolve::{Level, Resolver};
use crate::selector::{Selector, Simple, compare};
use crate::slot::Slot;

/// The elements that `selector` means, duplicates dropped.
pub(crate) fn find<'a>(
    resolver: &Resolver<'a>,
    selector: &str,
) -> Result<Vec<&'a Arc<Node>>, Error> {
    let Selector(chains) = Selector::parse(selector)
        .map_err(|finding| Error::from_diagnostics(ErrorKind::BadArguments, vec![*finding]))?;
    let search = Search { resolver };
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for chain in chains {
        let Some((first, filters)) = chain.split_first() else { continue };
        for node in search.members(first) {
            let matches = || filters.iter().all(|filter| search.matches(node, filter));
            if !seen.contains(node.spec.define.full_name()) && matches() {
                seen.insert(node.spec.define.full_name());
                found.push(node);
            }
        }
    }
    Ok(found)
}

/// The values of `elementType`; in a selector in any case.
const LEVELS: [&str; 3] = ["Meta", "Type", "Instance"];

struct Search<'s, 'a> {
    resolver: &'s Resolver<'a>,
}

impl<'a> Search<'_, 'a> {
    fn members(&self, simple: &Simple) -> Vec<&'a Arc<Node>> {
        match simple {
            Simple::Name(name) => self.node(name).into_iter().collect(),
            // Nearest first, which is not the order of the hierarchy.
            Simple::Parents(name) => {
                self.chain_of(name).iter().filter_map(|parent| self.node(parent)).collect()
            }
            Simple::OfType(name) => {
                let named = self.resolver.snapshot.instances(name.as_str());
                let found = named.filter_map(|instance| self.node(instance));
                // The one that names this Type may be another app's private one.
                in_order(found.filter(|node| self.matches(node, simple)).collect())
            }
            simple => {
                let usable = self.resolver.snapshot.slots().filter_map(Slot::node);
                let visible = usable.filter(|node| {
                    self.node(node.spec.define.full_name()).is_some_and(|it| Arc::ptr_eq(it, node))
                });
                in_order(visible.filter(|node| self.matches(node, simple)).collect())
            }
        }
    }

    fn node(&self, name: &FullName) -> Option<&'a Arc<Node>> {
        self.resolver.snapshot.find(name.as_str()).and_then(Slot::node)
    }

    fn matches(&self, node: &Node, simple: &Simple) -> bool {
        let define = &node.spec.define;
        match simple {
            Simple::Name(name) => define.full_name() == name,
            Simple::OfType(name) => define.type_name() == Some(name),
            Simple::Parents(name) => self.chain_of(name).contains(define.full_name()),
            Simple::Children(name) => self.chain_of(define.full_name()).contains(name),
            Simple::Attribute { path, op, value } => {
                let is_level = path == &["elementType"] && define.field("elementType").is_none();
                let level = LEVELS.iter().find(|name| is_level && name.eq_ignore_ascii_case(value));
                let wanted = level.map_or(value.as_str(), |name| name);
                compare(self.attribute(&node.spec, path).as_ref(), *op, wanted)
            }
        }
    }

    /// The names above an element, nearest first, as far as the chain goes.
    fn chain_of(&self, name: &FullName) -> Vec<FullName> {
        let Some(node) = self.node(name) else { return Vec::new() };
        let spec = &node.spec;
        match self.resolver.resolve(&spec.define, spec.layer) {
            Ok(resolved) => resolved.chain.into_iter().skip(1).map(|link| link.name).collect(),
            // The code may be missing; the definitions still tell.
            Err(_) => {
                let chain = self.resolver.snapshot.type_chain(spec);
                chain.filter_map(|spec| spec.define.type_name().cloned()).collect()
            }
        }
    }

    fn attribute(&self, spec: &Spec, path: &[String]) -> Option<Json> {
        let (first, rest) = path.split_first()?;
        let (define, app) = (&spec.define, &spec.owner.manifest);
        let root = match define.field(first) {
            Some(raw) => serde_json::from_str(raw.get()).ok()?,
            None => match first.as_str() {
                "fullName" => json!(define.full_name()),
                "name" => json!(define.full_name().name()),
                "title" => json!(define.title()),
                "appId" => json!(app.app_id),
                "version" => json!(app.version()),
                "elementType" => json!(match self.resolver.level(define, spec.layer) {
                    Level::Meta => LEVELS[0],
                    Level::Type => LEVELS[1],
                    Level::Instance => LEVELS[2],
                }),
                _ => return None,
            },
        };
        rest.iter().try_fold(root, |value, key| value.get(key).cloned())
    }
}

/// The order of the hierarchy, then of names.
fn in_order(mut nodes: Vec<&Arc<Node>>) -> Vec<&Arc<Node>> {
    nodes.sort_unstable_by_key(|node| (node.spec.layer, node.spec.define.full_name()));
    nodes
}
