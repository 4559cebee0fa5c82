//! The elements that a configuration names.

use jit_meta::{Code, ConfigText, Diagnostic, NamedElement, TypeStack, nearest};

use crate::element::Spec;
use crate::missing::how_to_get;
use crate::resolve::{Level, Resolver};
use crate::slot::Slot;

/// As many names are told.
const MOST: usize = 8;

/// Those that are not there, and those that are something else than the Type needs.
pub(crate) fn check(
    resolver: &Resolver<'_>,
    spec: &Spec,
    stack: &TypeStack,
    config: &ConfigText,
) -> Vec<Diagnostic> {
    let named = stack.named_elements(config).into_iter();
    named.filter_map(|named| finding(resolver, spec, &named)).collect()
}

fn finding(resolver: &Resolver<'_>, spec: &Spec, named: &NamedElement) -> Option<Diagnostic> {
    let NamedElement { key, family, name, shown, place, .. } = named;
    let error = |what: &str| {
        Diagnostic::error(Code::NamedElement, format!("`{key}` names `{shown}`, {what}")).at(
            &place.file,
            place.span.clone(),
            format!("an element of `{family}` belongs here"),
        )
    };
    let elements = || {
        let mut names = elements_of(resolver, family, spec.layer);
        names.retain(|other| other != spec.define.full_name().as_str());
        names
    };
    if name == spec.define.full_name().as_str() {
        return Some(offer(error("which is this element itself"), family, &elements()));
    }
    let other = match resolver.snapshot.get(name, spec.layer) {
        Some(Slot::Usable(handles)) => &handles.node().spec,
        // That is told once, of that element.
        Some(Slot::Broken(_)) => return None,
        None => {
            let elements = elements();
            let finding = error("and there is no such element");
            let near = nearest(name, elements.iter().map(String::as_str));
            return Some(match near.is_empty() {
                true => offer(finding, family, &elements),
                false => finding.suggest(name, near),
            });
        }
    };
    let level = resolver.level(&other.define, other.layer);
    if level != Level::Instance {
        let what = if level == Level::Meta { "a family" } else { "a Type" };
        let finding = error(&format!("which is {what} and no element"));
        return Some(match level {
            Level::Type => finding.help(how_to_get(resolver.snapshot, other.define.full_name())),
            _ => offer(finding, family, &elements()),
        });
    }
    // What has no code is told of that element.
    let found = resolver.resolve(&other.define, other.layer).ok()?.code.meta();
    let finding = || error(&format!("which is of family `{found}`, not of `{family}`"));
    (found != family).then(|| offer(finding(), family, &elements()))
}

fn offer(finding: Diagnostic, family: &str, elements: &[String]) -> Diagnostic {
    let shown: Vec<_> = elements.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = if elements.len() > MOST { ", …" } else { "" };
    finding.help(match shown.as_slice() {
        [] => format!("the app has no other element of `{family}`: make one"),
        [only] => format!("the app's element of `{family}` is {only}"),
        shown => format!("the app's elements of `{family}` are {}{more}", shown.join(", ")),
    })
}

/// The elements of a family that an app of the hierarchy sees, by name.
pub(crate) fn elements_of(resolver: &Resolver<'_>, family: &str, layer: usize) -> Vec<String> {
    let snapshot = resolver.snapshot;
    let is_seen = |slot: &&Slot| {
        let seen = snapshot.get(slot.full_name().as_str(), layer);
        seen.is_some_and(|seen| std::ptr::eq(seen, *slot))
    };
    let specs = snapshot.sorted().into_iter().filter(is_seen).filter_map(Slot::spec);
    let of_family = specs.filter(|spec| {
        let code = || resolver.resolve(&spec.define, spec.layer).ok().map(|it| it.code);
        resolver.level(&spec.define, spec.layer) == Level::Instance
            && code().is_some_and(|code| code.meta() == family)
    });
    of_family.map(|spec| spec.define.full_name().to_string()).collect()
}
