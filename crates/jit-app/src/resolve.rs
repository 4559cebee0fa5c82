//! From an element's `type` string to the code behind it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use jit_meta::{
    Code, ConfigText, Define, Diagnostic, Error, ErrorKind, FullName, MetaEntry, Registered,
    Registry, TypeEntry, TypeStack,
};
use serde::Serialize;

use crate::element::{MadeFrom, Spec};
use crate::slot::{Access, Slot};
use crate::snapshot::Snapshot;

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
    /// The file that defines it, when it is a folder of the app or of one it extends.
    pub file: Option<String>,
    /// Where its code is registered, the one in use first, then those it overrides.
    pub registered: Vec<Registered>,
}

/// An element's type chain, up to its family, and the code that loads it.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) chain: Vec<Link>,
    pub(crate) stack: TypeStack,
    /// The Type that loads it.
    pub(crate) code: TypeEntry,
    /// It, and all code further up the chain, whether it has a part in loading or not.
    pub(crate) codes: Vec<TypeEntry>,
}

/// What resolving looks at.
#[derive(Clone, Debug)]
pub(crate) struct Resolver<'a> {
    /// The hierarchy's app ids, the running one first.
    pub(crate) apps: Vec<&'a str>,
    pub(crate) registry: &'a Registry,
    pub(crate) snapshot: &'a Snapshot,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, registry: &'a Registry) -> Self {
        let apps = snapshot.layers.iter().map(|app| app.manifest.app_id.as_str()).collect();
        Self { apps, registry, snapshot }
    }

    /// What [`resolve`](Self::resolve) finds for an element, or the error of asking for it.
    pub(crate) fn resolve_spec(&self, spec: &Spec) -> Result<Resolved, Error> {
        self.resolve(&spec.define, spec.layer).map_err(|findings| {
            let not_linked = findings.iter().any(|finding| finding.code == Code::NotLinked);
            let kind = if not_linked { ErrorKind::NotLinked } else { ErrorKind::InvalidDefine };
            Error::from_diagnostics(kind, findings).with_element(spec.define.full_name())
        })
    }

    /// Follows `type` upwards to the Meta and collects the code on the way, nearest first. A Type in a
    /// folder without code of its own is a template: the code is its own Type's.
    pub(crate) fn resolve(
        &self,
        define: &Define,
        layer: usize,
    ) -> Result<Resolved, Vec<Diagnostic>> {
        let link = |define: &Define| Link {
            name: define.full_name().clone(),
            file: Some(define.file().path().to_owned()),
            registered: Vec::new(),
        };
        let (mut chain, mut defines) = (vec![link(define)], vec![define]);
        let mut codes: Vec<TypeEntry> = Vec::new();
        let (own_layer, mut at, mut layer) = (layer, define, layer);
        let mut seen = HashSet::from([define.full_name()]);
        while let Some(name) = at.type_name() {
            if !seen.insert(name) {
                return Err(vec![cycle(&defines, name)]);
            }
            let candidates = self.registry.candidates(&self.apps, name.as_str());
            let registered = candidates.iter().map(|code| code.registered()).collect();
            codes.extend(candidates);
            let slot = self.snapshot.get(name.as_str(), layer);
            match slot {
                Some(Slot::Usable(handles)) => {
                    let spec = &handles.node().spec;
                    chain.push(Link { registered, ..link(&spec.define) });
                    (at, layer) = (&spec.define, spec.layer);
                    defines.push(at);
                }
                Some(Slot::Broken(broken)) if codes.is_empty() => {
                    return Err(broken.findings.clone());
                }
                _ => {
                    let meta = self.registry.find_meta(name.as_str());
                    if codes.is_empty() && meta.is_none() {
                        return Err(vec![self.unresolved(at, name)]);
                    }
                    let registered = meta.map_or(registered, |meta| vec![meta.registered()]);
                    chain.push(Link { name: name.clone(), file: None, registered });
                    break;
                }
            }
        }
        let Some((first, below)) = codes.split_first() else {
            return Err(vec![self.no_code(define, own_layer)]);
        };
        chain.extend(self.meta_link(first, &chain));
        let stack = TypeStack::new(*first, below.iter().copied());
        if let Some(last) = stack.entries().last().filter(|last| last.inherits()) {
            return Err(vec![alone(define, last)]);
        }
        Ok(Resolved { chain, stack, code: *first, codes })
    }

    /// What an instance is made from.
    pub(crate) fn made_from(&self, resolved: &Resolved, config: &ConfigText) -> MadeFrom {
        let mut hasher = DefaultHasher::new();
        for link in resolved.chain.iter().skip(1) {
            (&link.name, &link.file).hash(&mut hasher);
            link.registered.iter().for_each(|at| (at.file, at.line).hash(&mut hasher));
            let define = self.snapshot.all_of(link.name.as_str()).find_map(|slot| {
                slot.define().filter(|define| Some(define.path()) == link.file.as_deref())
            });
            for (field, value) in define.into_iter().flat_map(|define| define.fields()) {
                (field, value.get()).hash(&mut hasher);
            }
        }
        MadeFrom { config: config.fingerprint(), chain: hasher.finish() }
    }

    /// The family of the code, unless the chain has reached it by itself.
    fn meta_link(&self, code: &TypeEntry, chain: &[Link]) -> Option<Link> {
        let name: FullName = code.meta().parse().ok()?;
        let registered = self.registry.find_meta(code.meta()).map(MetaEntry::registered);
        let is_new = chain.iter().all(|link| link.name != name);
        is_new.then(|| Link { name, file: None, registered: registered.into_iter().collect() })
    }

    fn registered(&self) -> Vec<&'static str> {
        self.registry.types(&self.apps).map(TypeEntry::full_name).collect()
    }

    /// Nobody has heard of `name`: a slip, or a Type whose crate is not linked.
    fn unresolved(&self, define: &Define, name: &FullName) -> Diagnostic {
        let hidden = self.snapshot.all_of(name.as_str()).find(|it| it.access() == Access::Private);
        if let Some(owner) = hidden.and_then(|slot| self.apps.get(slot.layer())) {
            let message = format!("type `{name}` is private in `{owner}`");
            let label = "only elements of that app may name it";
            return Diagnostic::error(Code::UnknownType, message)
                .at(define.file(), define.type_span(), label)
                .help("give it another Type, or make that one `public`");
        }
        let registered = self.registered();
        let known = registered.iter().copied().chain(self.snapshot.names());
        // An element is not offered as its own Type.
        let known = known.filter(|known| *known != define.full_name().as_str());
        let near = jit_meta::nearest(name.as_str(), known);
        if near.is_empty() {
            return self.not_linked(define, name);
        }
        let finding = Diagnostic::error(Code::UnknownType, format!("unknown type `{name}`"))
            .at(define.file(), define.type_span(), "no Type with this name is registered")
            .suggest(name.as_str(), near.iter().copied());
        match self.registered_beside(name) {
            Some(names) => finding.note(names),
            None => finding,
        }
    }

    /// The Types of the same namespace as `name`.
    fn registered_beside(&self, name: &FullName) -> Option<String> {
        let names = self.registered();
        let ends = names.iter().filter_map(|known| known.strip_prefix(name.family()));
        let ends: Vec<_> = ends.filter_map(|end| end.strip_prefix('.')).collect();
        (!ends.is_empty())
            .then(|| format!("registered under `{}`: {}", name.family(), ends.join(", ")))
    }

    fn not_linked(&self, define: &Define, name: &FullName) -> Diagnostic {
        let beside = self.registered_beside(name);
        let nothing = || format!("nothing is registered under `{}`", name.family());
        Diagnostic::error(Code::NotLinked, format!("type `{name}` is not linked into this program"))
            .at(define.file(), define.type_span(), "no code is registered for this Type")
            .help(
                "link the crate that registers it: name it in Cargo.toml, and write \
             `use that_crate as _;` in main.rs",
            )
            .note(beside.unwrap_or_else(nothing))
    }

    /// Its `type` is a family, which has Types and no code that loads.
    fn is_family(&self, define: &Define, name: &FullName) -> Diagnostic {
        let types = self.registry.types(&self.apps).filter(|code| code.meta() == name.as_str());
        let types: Vec<_> = types.map(|code| format!("`{}`", code.full_name())).collect();
        let element = define.full_name();
        let finding = Diagnostic::error(
            Code::NotLinked,
            format!("`{name}` is a family, not a Type"),
        )
        .at(define.file(), define.type_span(), "a family has no code that loads elements");
        let finding = if types.is_empty() {
            finding.note("no code is registered for any of its Types")
        } else {
            finding.help(format!("name one of its Types: {}", types.join(", ")))
        };
        finding.help(format!("or, if `{element}` shall be a Type, register code under its name"))
    }

    /// The chain ends at a Meta without meeting any code.
    fn no_code(&self, define: &Define, layer: usize) -> Diagnostic {
        match define.type_name() {
            Some(name) if self.is_meta(name, layer) => self.is_family(define, name),
            Some(name) => self.not_linked(define, name),
            None => {
                let message = format!("`{}` is a Meta: it has no instance", define.full_name());
                Diagnostic::error(Code::NotLinked, message)
                    .help("ask for an element whose Type belongs to this family")
            }
        }
    }

    /// Whether `name` is a family, by code or by a folder.
    fn is_meta(&self, name: &FullName, layer: usize) -> bool {
        let define = || self.snapshot.get(name.as_str(), layer).and_then(Slot::define);
        self.registry.find_meta(name.as_str()).is_some()
            || define().is_some_and(|define| define.type_name().is_none())
    }

    /// Which of the three an element is: its `type` is empty; it has code, or its `type` is a Meta, or it
    /// is the `type` of another; or neither.
    pub(crate) fn level(&self, define: &Define, layer: usize) -> Level {
        let name = define.full_name();
        let Some(type_name) = define.type_name() else { return Level::Meta };
        let is_meta = self.is_meta(type_name, layer);
        let is_named = || self.snapshot.instances(name.as_str()).next().is_some();
        let has_code = self.registry.find(&self.apps, name.as_str()).is_some();
        if has_code || is_meta || is_named() { Level::Type } else { Level::Instance }
    }
}

/// A Type wants to wrap another, and there is none.
fn alone(define: &Define, code: &TypeEntry) -> Diagnostic {
    let name = code.full_name();
    Diagnostic::error(Code::NotLinked, format!("`{name}` has nothing to inherit from"))
        .at(define.file(), define.type_span(), "its Type builds on another, and there is none")
        .help(format!(
            "link the crate that registers the `{name}` it overrides, or the Type its `type` names"
        ))
        .note(format!("it is registered at {}", code.registered()))
}

/// The last of a chain leads back to `name`. It is told in the same words whichever element is asked for.
fn cycle(chain: &[&Define], name: &FullName) -> Diagnostic {
    let start = chain.iter().position(|define| define.full_name() == name).unwrap_or_default();
    let mut circle = chain.get(start..).unwrap_or_default().to_vec();
    let first = (0..circle.len()).min_by_key(|at| circle.get(*at).map(|it| it.full_name()));
    circle.rotate_left(first.unwrap_or_default());
    let names = circle.iter().chain(circle.first());
    let names: Vec<_> = names.map(|define| format!("`{}`", define.full_name())).collect();
    let message = format!("the types form a cycle: {}", names.join(" → "));
    let finding =
        Diagnostic::error(Code::TypeCycle, message).help("end it in a Type that is registered");
    match circle.first() {
        Some(define) => finding.at(define.file(), define.type_span(), "it may be broken here"),
        None => finding,
    }
}
