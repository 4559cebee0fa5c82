//! What a program links, and what an app makes of it.

use std::collections::BTreeMap;

use jit_meta::{Catalog, CatalogEntry, Code, MissingType, TypeEntry, TypeStack, UsableType};

use crate::App;
use crate::check::check_spec;
use crate::resolve::{Level, Resolver};
use crate::slot::Slot;

impl App {
    /// The families and Types that this program links, what an element of the app may have as its `type`,
    /// and the elements whose `type` has no code. Loads nothing.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        let snapshot = self.snapshot();
        let resolver = Resolver::new(&snapshot, self.registry());
        let types: Vec<&TypeEntry> = self.registry().entries().collect();
        let metas: Vec<CatalogEntry> = self.registry().metas().map(CatalogEntry::from).collect();
        let place = |entry: &TypeEntry| {
            let is_it =
                |it: &&TypeEntry| (it.app(), it.full_name()) == (entry.app(), entry.full_name());
            Some(metas.len() + types.iter().position(is_it)?)
        };
        let usable = resolver.stacks().into_iter().map(|(full_name, stack)| UsableType {
            full_name,
            stack: stack.entries().iter().filter_map(place).collect(),
        });
        let usable = usable.collect();
        let missing = snapshot.sorted().into_iter().filter_map(|slot| missing(&resolver, slot));
        Catalog {
            version: Catalog::VERSION,
            app_id: resolver.apps.first().map(|app| (*app).to_owned()).unwrap_or_default(),
            hierarchy: resolver.apps.iter().map(|app| (*app).to_owned()).collect(),
            entries: metas.iter().cloned().chain(types.iter().copied().map(Into::into)).collect(),
            usable,
            missing: missing.collect(),
        }
    }
}

/// An element whose `type` leads to no code, or that lacks code of its own.
fn missing(resolver: &Resolver<'_>, slot: &Slot) -> Option<MissingType> {
    let spec = slot.spec()?;
    let define = &spec.define;
    let type_name = define.type_name()?;
    let is_missing = |code| matches!(code, Code::NotLinked | Code::UnknownType);
    let findings = check_spec(resolver, spec);
    let finding = findings.iter().find(|finding| is_missing(finding.code))?;
    Some(MissingType {
        full_name: define.full_name().to_string(),
        type_name: type_name.to_string(),
        file: define.file().path().to_owned(),
        message: finding.to_string(),
    })
}

impl Resolver<'_> {
    /// The code behind every name that an element may have as its `type`: of registered Types, and of those in
    /// folders, which may put code of their own, or none, before that of their own Type.
    pub(crate) fn stacks(&self) -> BTreeMap<String, TypeStack> {
        let stack = |name: &str, above: Vec<TypeEntry>| {
            let own = self.registry.candidates(&self.apps, name);
            let mut codes = own.into_iter().copied().chain(above);
            Some((name.to_owned(), TypeStack::new(codes.next()?, codes)))
        };
        let registered = self.registry.types(&self.apps);
        let mut stacks: BTreeMap<String, TypeStack> =
            registered.filter_map(|entry| stack(entry.full_name(), Vec::new())).collect();
        for spec in self.snapshot.sorted().into_iter().filter_map(Slot::spec) {
            if self.level(&spec.define, spec.layer) == Level::Type {
                let above = self.resolve(&spec.define, spec.layer).map(|resolved| resolved.codes);
                stacks.extend(stack(spec.define.full_name().as_str(), above.unwrap_or_default()));
            }
        }
        stacks
    }
}
