//! Which elements a selector means.

use jit_meta::{Define, Error, ErrorKind, FullName};
use serde_json::{Value as Json, json};

use crate::hierarchy::Layer;
use crate::resolve::{Level, Resolver};
use crate::selector::{Selector, Simple, compare};
use crate::slots::Slot;

/// The definitions that `selector` means, duplicates dropped.
pub(crate) fn find<'a>(
    resolver: &Resolver<'a>,
    layers: &[Layer],
    selector: &str,
) -> Result<Vec<&'a Define>, Error> {
    let Selector(chains) = Selector::parse(selector)
        .map_err(|finding| Error::from_diagnostics(ErrorKind::BadArguments, vec![*finding]))?;
    let search = Search { resolver, layers, all: ordered(resolver) };
    let mut found: Vec<&Define> = Vec::new();
    for chain in chains {
        let Some((first, filters)) = chain.split_first() else { continue };
        for (slot, define) in search.members(first) {
            let is_new = found.iter().all(|other| other.full_name() != define.full_name());
            if is_new && filters.iter().all(|filter| search.matches(slot, define, filter)) {
                found.push(define);
            }
        }
    }
    Ok(found)
}

type Member<'a> = (&'a Slot, &'a Define);

/// The order of the hierarchy, then of names.
fn ordered<'a>(resolver: &Resolver<'a>) -> Vec<Member<'a>> {
    let sorted = resolver.slots.sorted().into_iter();
    let mut members: Vec<Member<'a>> =
        sorted.filter_map(|slot| Some((&**slot, slot.define.as_ref().ok()?))).collect();
    members.sort_by_key(|(slot, _)| slot.layer);
    members
}

struct Search<'s, 'a> {
    resolver: &'s Resolver<'a>,
    layers: &'s [Layer],
    all: Vec<Member<'a>>,
}

impl<'a> Search<'_, 'a> {
    fn members(&self, simple: &Simple) -> Vec<Member<'a>> {
        match simple {
            // Nearest first, which is not the order of the hierarchy.
            Simple::Parents(name) => {
                let parents = self.chain_of(name);
                let named = |parent: &FullName| {
                    self.all.iter().find(|(slot, _)| slot.full_name == *parent).copied()
                };
                parents.iter().filter_map(named).collect()
            }
            simple => {
                let all = self.all.iter().copied();
                all.filter(|(slot, define)| self.matches(slot, define, simple)).collect()
            }
        }
    }

    fn matches(&self, slot: &Slot, define: &Define, simple: &Simple) -> bool {
        match simple {
            Simple::Name(name) => slot.full_name == *name,
            Simple::OfType(name) => define.type_name() == Some(name),
            Simple::Parents(name) => self.chain_of(name).contains(&slot.full_name),
            Simple::Children(name) => self.chain_of(&slot.full_name).contains(name),
            Simple::Attribute { path, op, value } => {
                compare(self.attribute(slot, define, path).as_ref(), *op, value)
            }
        }
    }

    /// The names above an element, nearest first, as far as the chain goes.
    fn chain_of(&self, name: &FullName) -> Vec<FullName> {
        let member = self.all.iter().find(|(slot, _)| slot.full_name == *name);
        let Some((slot, define)) = member else { return Vec::new() };
        match self.resolver.resolve(define, slot.layer) {
            Ok(resolved) => resolved.chain.into_iter().skip(1).map(|link| link.name).collect(),
            // The code may be missing; the definitions still tell.
            Err(_) => {
                let mut names: Vec<FullName> = Vec::new();
                let (mut at, mut layer) = (*define, slot.layer);
                while let Some(name) = at.type_name().filter(|name| !names.contains(name)) {
                    names.push(name.clone());
                    let next = self.resolver.slots.get(name, layer);
                    match next.and_then(|slot| Some((slot.layer, slot.define.as_ref().ok()?))) {
                        Some((owner, define)) => (at, layer) = (define, owner),
                        None => break,
                    }
                }
                names
            }
        }
    }

    fn attribute(&self, slot: &Slot, define: &Define, path: &[String]) -> Option<Json> {
        let (first, rest) = path.split_first()?;
        let root = match define.field(first) {
            Some(raw) => serde_json::from_str(raw.get()).ok()?,
            None => {
                let app = self.layers.get(slot.layer).map(|app| &app.manifest);
                match first.as_str() {
                    "fullName" => json!(define.full_name()),
                    "name" => json!(define.full_name().name()),
                    "title" => json!(define.title()),
                    "appId" => json!(app.map(|app| &app.app_id)),
                    "version" => json!(app.map(|app| app.version().to_string())),
                    "elementType" => json!(match self.resolver.level(define, slot.layer) {
                        Level::Meta => "Meta",
                        Level::Type => "Type",
                        Level::Instance => "Instance",
                    }),
                    _ => return None,
                }
            }
        };
        rest.iter().try_fold(root, |value, key| value.get(key).cloned())
    }
}
