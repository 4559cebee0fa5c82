//! Collecting what there is to explain.

use std::collections::BTreeSet;

use jit_meta::{
    ConfigKey, ConfigText, Define, FullName, MetaEntry, Need, Placeholder, Registered, SourceFile,
    TypeEntry, TypeStack,
};
use serde_json::{Value as Json, json};

use super::{
    CodeUse, Definition, Explanation, Filled, Key, Loading, Reader, Role, Setting, Source,
    Standing, Step, VariableUse,
};
use crate::check::check_slot;
use crate::element::Spec;
use crate::resolve::{Level, Resolver};
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::{discover, settings};

pub(super) fn of_slot(resolver: &Resolver<'_>, slot: &Slot) -> Explanation {
    let mut findings = slot.spec().map(|spec| spec.warnings.clone()).unwrap_or_default();
    findings.extend(check_slot(resolver, slot));
    let mut found = Explanation {
        definitions: definitions(resolver.snapshot, slot),
        findings,
        ..Explanation::new(slot.full_name().clone())
    };
    let Some(spec) = slot.spec() else { return found };
    let level = resolver.level(&spec.define, spec.layer);
    let resolved = resolver.resolve(&spec.define, spec.layer).ok();
    let own = resolver.registry.candidates(&resolver.apps, spec.define.full_name().as_str());
    let above = resolved.iter().flat_map(|resolved| resolved.codes.iter().copied());
    // A Type's own code is the one that loads its instances.
    let codes: Vec<TypeEntry> = match level {
        Level::Type => own.into_iter().copied().chain(above).collect(),
        _ => above.collect(),
    };
    let stack = codes.split_first().map(|(first, below)| TypeStack::new(*first, below.to_vec()));
    found.title = spec.define.title().to_owned();
    found.level = Some(level);
    found.chain = chain(resolver, spec, stack.as_ref());
    found.loading = Some(loading(resolver.snapshot, spec));
    let declared = spec.define.variables().iter().map(|variable| variable.name.clone());
    let mut variables: BTreeSet<String> = declared.collect();
    if let Some(stack) = stack {
        let read = match level {
            Level::Instance => {
                let variables = &resolver.snapshot.variables;
                settings::read(&spec.define, &spec.dir, &stack, variables).ok()
            }
            _ => None,
        };
        let config = read.map_or_else(no_config, |(config, _)| config);
        let file = settings::file(spec.define.full_name(), &spec.dir);
        let is_read = |file: &String| config.path().ends_with(file.as_str());
        found.config_file = file.filter(is_read).map(|_| config.path().to_owned());
        found.keys = keys(resolver.snapshot, &config, &stack);
        variables.extend(config.variables().map(str::to_owned));
    }
    found.variables = variables_used(resolver.snapshot, variables);
    found
}

/// A configuration that gives nothing.
fn no_config() -> ConfigText {
    ConfigText::expand(SourceFile::new("", "{}").into(), &|_| None)
}

/// A Type or a family that is registered and has no folder.
pub(super) fn of_code(resolver: &Resolver<'_>, full_name: &str) -> Option<Explanation> {
    let name: FullName = full_name.parse().ok()?;
    let mut found = Explanation::new(name.clone());
    let codes = resolver.registry.candidates(&resolver.apps, full_name);
    let Some((first, below)) = codes.split_first() else {
        let meta = resolver.registry.find_meta(full_name)?;
        found.level = Some(Level::Meta);
        found.chain = vec![meta_step(name, Some(meta))];
        return Some(found);
    };
    let stack = TypeStack::new(**first, below.iter().map(|code| **code));
    found.level = Some(Level::Type);
    found.chain = vec![Step { name, app: None, file: None, codes: roles(&codes, Some(&stack)) }];
    if let Ok(name) = first.meta().parse() {
        found.chain.push(meta_step(name, resolver.registry.find_meta(first.meta())));
    }
    found.keys = keys(resolver.snapshot, &no_config(), &stack);
    Some(found)
}

impl Explanation {
    fn new(full_name: FullName) -> Self {
        Self {
            full_name,
            title: String::new(),
            level: None,
            definitions: Vec::new(),
            chain: Vec::new(),
            loading: None,
            config_file: None,
            keys: Vec::new(),
            variables: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// Every app's definition of the name, as it is on disk.
fn definitions(snapshot: &Snapshot, slot: &Slot) -> Vec<Definition> {
    let mut found = Vec::new();
    for (layer, app) in snapshot.layers.iter().enumerate() {
        let prefix = snapshot.prefix(layer);
        let Some(element) = discover::element(&app.dir, &prefix, slot.full_name()) else {
            continue;
        };
        let define = element.define.as_ref().ok();
        let access = define.and_then(|define| define.text("accessModifier"));
        let folder = slot.full_name().as_str().replace('.', "/");
        found.push(Definition {
            app: app.manifest.app_key(),
            file: define
                .map_or(format!("{prefix}{folder}/e.json"), |define| define.path().to_owned()),
            standing: match layer {
                layer if layer == slot.layer() => Standing::InUse,
                1.. if access.as_deref() == Some("private") => Standing::Private,
                _ => Standing::Overridden,
            },
        });
    }
    found.sort_by_key(|definition| definition.standing != Standing::InUse);
    found
}

/// From the element up to its Meta, with all registrations on the way.
fn chain(resolver: &Resolver<'_>, spec: &Spec, stack: Option<&TypeStack>) -> Vec<Step> {
    let codes = |name: &FullName| {
        roles(&resolver.registry.candidates(&resolver.apps, name.as_str()), stack)
    };
    let step = |spec: &Spec| {
        let name = spec.define.full_name();
        let file = Some(spec.define.path().to_owned());
        let app = Some(spec.owner.manifest.app_key());
        Step { name: name.clone(), app, file, codes: codes(name) }
    };
    let specs: Vec<&Spec> = resolver.snapshot.type_chain(spec).collect();
    let mut steps: Vec<Step> = specs.iter().map(|spec| step(spec)).collect();
    // Above the last definition there may be code alone. A circle ends where it began.
    let above = specs.last().and_then(|last| last.define.type_name());
    if let Some(name) = above.filter(|name| steps.iter().all(|step| step.name != **name)) {
        if let Some(meta) = resolver.registry.find_meta(name.as_str()) {
            steps.push(meta_step(name.clone(), Some(meta)));
            return steps;
        }
        steps.push(Step { name: name.clone(), app: None, file: None, codes: codes(name) });
    } else if above.is_some() {
        return steps;
    }
    // Registered code knows its family without a folder that says so.
    let meta = stack.and_then(|stack| stack.entries().first()).map(TypeEntry::meta);
    if let Some(meta) = meta.and_then(|meta| meta.parse::<FullName>().ok())
        && steps.iter().all(|step| step.name != meta)
    {
        let entry = resolver.registry.find_meta(meta.as_str());
        steps.push(meta_step(meta, entry));
    }
    steps
}

fn meta_step(name: FullName, meta: Option<&MetaEntry>) -> Step {
    let code = |registered: Registered| CodeUse {
        app: None,
        registered: registered.to_string(),
        role: Role::Contract,
    };
    let codes = meta.map(|meta| code(meta.registered())).into_iter().collect();
    Step { name, app: None, file: None, codes }
}

fn roles(codes: &[&TypeEntry], stack: Option<&TypeStack>) -> Vec<CodeUse> {
    let entries = stack.map(TypeStack::entries).unwrap_or_default();
    let role = |(at, code): (usize, &&TypeEntry)| {
        let place = entries.iter().position(|entry| entry.registered() == code.registered());
        let role = match place {
            Some(0) => Role::Loads,
            Some(_) => Role::Inherited,
            None if at > 0 => Role::Overridden,
            None => Role::Unused,
        };
        CodeUse { app: code.app(), registered: code.registered().to_string(), role }
    };
    codes.iter().enumerate().map(role).collect()
}

fn loading(snapshot: &Snapshot, spec: &Spec) -> Loading {
    let here = |define: &Define, field: &str| {
        let (line, column) = define.file().line_column(define.field_span(field)?.start);
        Some(format!("{}:{line}:{column}", define.file().path()))
    };
    let own = |field: &str, default: Json| match spec.define.text(field) {
        // An older spelling has no final `ed`.
        Some(value) if value == "protect" => {
            Setting { value: json!("protected"), at: here(&spec.define, field) }
        }
        Some(value) => Setting { value: json!(value), at: here(&spec.define, field) },
        None => Setting { value: default, at: None },
    };
    let cache_level = match snapshot.cache_level(spec) {
        Some((level, define)) => Setting { value: json!(level), at: here(define, "cacheLevel") },
        None => Setting { value: json!(0), at: None },
    };
    Loading {
        load_time: own("backendLoadTime", Json::Null),
        cache_level,
        access: own("accessModifier", json!("public")),
    }
}

fn keys(snapshot: &Snapshot, config: &ConfigText, stack: &TypeStack) -> Vec<Key> {
    let filled = |placeholder: Placeholder| {
        let origin = (placeholder.filled == jit_meta::Filling::Variable)
            .then(|| snapshot.variables.origin(&placeholder.name));
        Filled { placeholder, origin: origin.flatten() }
    };
    let key = |key: ConfigKey| Key {
        source: match (&key.value, key.is_default) {
            (None, _) => Source::None,
            (Some(_), true) => Source::Schema,
            (Some(_), false) => Source::File,
        },
        at: key.span.as_ref().map(|span| config.position(span)),
        placeholders: key.placeholders.into_iter().map(filled).collect(),
        readers: key
            .readers
            .iter()
            .map(|entry| Reader { name: entry.full_name(), app: entry.app() })
            .collect(),
        name: key.name,
        value: key.value,
        required: key.need == Need::Required,
        unless: match key.need {
            Need::Unless(ways) => ways,
            _ => Vec::new(),
        },
        secret: key.secret,
        element_of: key.element_of,
        description: key.description,
    };
    config.keys(stack).into_iter().map(key).collect()
}

fn variables_used(snapshot: &Snapshot, names: BTreeSet<String>) -> Vec<VariableUse> {
    let declared = snapshot.declared();
    let of = |name: String| VariableUse {
        origin: snapshot.variables.origin(&name),
        declared_by: declared.get(name.as_str()).map(|(element, _)| (*element).clone()),
        required: declared.get(name.as_str()).is_some_and(|(_, variable)| variable.required),
        name,
    };
    names.into_iter().map(of).collect()
}
