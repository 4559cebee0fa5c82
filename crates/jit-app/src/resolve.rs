//! From an element's `type` string to the code behind it.

use std::collections::HashMap;
use std::sync::Arc;

use jit_meta::{Code, Define, Diagnostic, FullName, MetaEntry, Registry, TypeEntry};
use serde::Serialize;

use crate::app::Slot;

/// Which of the three an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A family's contract.
    Meta,
    /// An implementation of a family, or a template for instances.
    Type,
    /// A configured element.
    Instance,
}

/// One step from an element up to its Meta.
#[derive(Clone, Debug)]
pub struct Link {
    /// The full name of this step.
    pub name: FullName,
    /// The file that defines it, when it is a folder of the app.
    pub file: Option<String>,
    /// Where its code is registered, when it has code.
    pub registered: Option<String>,
}

/// An element's type chain, up to its family, and the code that loads it.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) chain: Vec<Link>,
    pub(crate) code: TypeEntry,
    pub(crate) type_name: FullName,
}

/// What resolving looks at.
#[derive(Clone, Copy)]
pub(crate) struct Resolver<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) registry: &'a Registry,
    pub(crate) slots: &'a HashMap<FullName, Arc<Slot>>,
}

impl Resolver<'_> {
    /// Follows `type` upwards until it meets code. A Type in the app's folder without code of its own is
    /// a template: the code is its own Type's.
    pub(crate) fn resolve(&self, define: &Define) -> Result<Resolved, Vec<Diagnostic>> {
        let file = |define: &Define| Some(define.file().path().to_owned());
        let first = Link { name: define.full_name().clone(), file: file(define), registered: None };
        let mut chain = vec![first];
        let mut at = define;
        while let Some(name) = at.type_name() {
            if chain.iter().any(|link| link.name == *name) {
                return Err(vec![cycle(define, &chain, name)]);
            }
            let slot = self.slots.get(name);
            let own = slot.map(|slot| slot.define.as_ref());
            let link = Link {
                name: name.clone(),
                file: own.and_then(Result::ok).and_then(file),
                registered: None,
            };
            if let Some(code) = self.registry.find(self.app_id, name.as_str()) {
                chain.push(Link { registered: Some(code.registered().to_string()), ..link });
                chain.extend(self.meta_link(code));
                return Ok(Resolved { chain, code: *code, type_name: name.clone() });
            }
            chain.push(link);
            at = match own {
                Some(Ok(next)) => next,
                Some(Err(findings)) => return Err(findings.clone()),
                None => return Err(vec![self.unresolved(at, name)]),
            };
        }
        Err(vec![self.no_code(define)])
    }

    fn meta_link(&self, code: &TypeEntry) -> Option<Link> {
        let registered = self.registry.find_meta(code.meta()).map(MetaEntry::registered);
        let name = code.meta().parse().ok()?;
        Some(Link { name, file: None, registered: registered.map(|at| at.to_string()) })
    }

    /// Nobody has heard of `name`: a slip, or a Type whose crate is not linked.
    fn unresolved(&self, define: &Define, name: &FullName) -> Diagnostic {
        let registered: Vec<&str> =
            self.registry.types(self.app_id).map(TypeEntry::full_name).collect();
        let known = registered.iter().copied().chain(self.slots.keys().map(FullName::as_str));
        let near = jit_meta::nearest(name.as_str(), known);
        if near.is_empty() {
            return self.not_linked(define, name);
        }
        let in_family: Vec<&str> = registered
            .iter()
            .filter_map(|known| known.strip_prefix(name.family())?.strip_prefix('.'))
            .collect();
        let finding = Diagnostic::error(Code::UnknownType, format!("unknown type `{name}`"))
            .at(define.file(), define.type_span(), "no Type with this name is registered")
            .suggest(name.as_str(), near.iter().copied());
        if in_family.is_empty() {
            finding
        } else {
            finding.note(format!("registered under `{}`: {}", name.family(), in_family.join(", ")))
        }
    }

    fn not_linked(&self, define: &Define, name: &FullName) -> Diagnostic {
        let message = format!("type `{name}` is not linked into this program");
        let registered: Vec<&str> =
            self.registry.types(self.app_id).map(TypeEntry::full_name).collect();
        let registered =
            if registered.is_empty() { "nothing".to_owned() } else { registered.join(", ") };
        Diagnostic::error(Code::NotLinked, message)
            .at(define.file(), define.type_span(), "no code is registered for this Type")
            .help(
                "link the crate that registers it: name it in Cargo.toml, and write \
                 `use that_crate as _;` in main.rs",
            )
            .note(format!("registered: {registered}"))
    }

    /// The chain ends at a Meta without meeting any code.
    fn no_code(&self, define: &Define) -> Diagnostic {
        match define.type_name() {
            Some(name) => self.not_linked(define, name),
            None => {
                let message = format!("`{}` is a Meta: it has no instance", define.full_name());
                Diagnostic::error(Code::NotLinked, message)
                    .help("ask for an element whose Type belongs to this family")
            }
        }
    }

    /// Which of the three an element is: its `type` is empty; it has code, or its `type` is a Meta, or it
    /// is the `type` of another; or neither.
    pub(crate) fn level(&self, define: &Define) -> Level {
        let name = define.full_name();
        let Some(type_name) = define.type_name() else { return Level::Meta };
        let is_meta = |name: &FullName| {
            let own = self.slots.get(name).and_then(|slot| slot.define.as_ref().ok());
            self.registry.find_meta(name.as_str()).is_some()
                || own.is_some_and(|define| define.type_name().is_none())
        };
        let is_named = || {
            let defines = self.slots.values().filter_map(|slot| slot.define.as_ref().ok());
            defines.filter_map(Define::type_name).any(|type_name| type_name == name)
        };
        let has_code = self.registry.find(self.app_id, name.as_str()).is_some();
        if has_code || is_meta(type_name) || is_named() { Level::Type } else { Level::Instance }
    }
}

fn cycle(define: &Define, chain: &[Link], name: &FullName) -> Diagnostic {
    let mut names: Vec<_> = chain.iter().map(|link| format!("`{}`", link.name)).collect();
    names.push(format!("`{name}`"));
    Diagnostic::error(Code::TypeCycle, format!("the types form a cycle: {}", names.join(" → ")))
        .at(define.file(), define.type_span(), "the chain starts here")
        .help("end it in a Type that is registered")
}
