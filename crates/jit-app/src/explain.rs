//! `App::explain`: where everything about an element comes from.

use std::collections::BTreeSet;

use jit_meta::{
    Code, ConfigKey, ConfigText, Define, Diagnostic, Error, ErrorKind, FullName, MetaEntry,
    Placeholder, Registered, SourceFile, TypeEntry, TypeStack,
};
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::check::check_slot;
use crate::discover;
use crate::element::Spec;
use crate::resolve::{Level, Resolver};
use crate::snapshot::{Slot, Snapshot};
use crate::{App, Origin, render, settings};

/// Where everything about an element comes from. No secret is in it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Explanation {
    /// The element's full name.
    pub full_name: FullName,
    /// Its title; empty when its definition cannot be read or there is none.
    pub title: String,
    /// Which of the three it is, as far as that is known.
    pub level: Option<Level>,
    /// The apps that define the name, nearest first; none for code that needs no folder.
    pub definitions: Vec<Definition>,
    /// From the element up to its Meta, as far as the chain goes.
    pub chain: Vec<Step>,
    /// When it is loaded, how long it lives and who sees it; for a definition that can be read.
    pub loading: Option<Loading>,
    /// The file of its configuration, when there is one.
    pub config_file: Option<String>,
    /// The keys of its configuration: those that are given, in the order of the file, then the others.
    pub keys: Vec<Key>,
    /// The variables that it declares or that its configuration names, by name.
    pub variables: Vec<VariableUse>,
    /// What is wrong with it.
    #[serde(serialize_with = "as_json")]
    pub findings: Vec<Diagnostic>,
}

/// One app's definition of a name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Definition {
    /// The app's key, `acme.Shop@1.0.0`.
    pub app: String,
    /// The file, as seen from the running app's folder.
    pub file: String,
    /// What becomes of it.
    pub standing: Standing,
}

/// What becomes of one of several definitions of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It is the element.
    InUse,
    /// A nearer app defines the name, too.
    Overridden,
    /// Only elements of its own app see it.
    Private,
}

/// One step from an element up to its Meta.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Step {
    /// The full name of this step.
    pub name: FullName,
    /// The key of the app whose folder it is, when it is one.
    pub app: Option<String>,
    /// The file that defines it, when one does.
    pub file: Option<String>,
    /// The code that is registered under the name, that of the nearest app first, the framework's last.
    pub codes: Vec<CodeUse>,
}

/// One registration of code.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CodeUse {
    /// The id of the app it is registered for; `None` for the framework's.
    pub app: Option<&'static str>,
    /// `file:line`.
    pub registered: String,
    /// Its part.
    pub role: Role,
}

/// The part of a registration in loading an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// It loads the element.
    Loads,
    /// What loads the element wraps it.
    Inherited,
    /// Another registration of the name comes before it.
    Overridden,
    /// What stands before it in the chain inherits nothing.
    Unused,
    /// It is the family's contract.
    Contract,
}

/// When an element is loaded, how long it lives, and who sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Loading {
    /// `afterAppInit`, `beforeHandleRequest`, or `null`: on first use.
    pub load_time: Setting,
    /// 0: one instance for the app; 1: one for each request.
    pub cache_level: Setting,
    /// `private`, `protected` or `public`.
    pub access: Setting,
}

/// A value with the place that sets it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Setting {
    /// The value in effect.
    pub value: Json,
    /// `file:line:column` of what sets it; `None` for the default.
    pub at: Option<String>,
}

/// A key of a configuration.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Key {
    /// The key, as the file writes it.
    pub name: String,
    /// The value in effect; `"***"` for a secret or where no schema knows it, `null` when there is none.
    pub value: Option<Json>,
    /// Where the value comes from.
    pub source: Source,
    /// `file:line:column`, when the file gives the key.
    pub at: Option<String>,
    /// The placeholders in the file's value.
    pub placeholders: Vec<Filled>,
    /// The Types that read it; none when nobody knows it.
    pub readers: Vec<Reader>,
    /// Whether a Type cannot do without it.
    pub required: bool,
    /// Whether it is a secret, or has one inside.
    pub secret: bool,
    /// What the Type says of it.
    pub description: String,
}

/// Where the value of a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The configuration file.
    File,
    /// The default in the Type's schema.
    Schema,
    /// Nowhere: the Type decides.
    None,
}

/// A placeholder, and what filled it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Filled {
    /// The variable it names, and what filled it.
    #[serde(flatten)]
    pub placeholder: Placeholder,
    /// Where the variable's value comes from; `None` when the variable did not fill it.
    pub origin: Option<Origin>,
}

/// A Type that reads a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reader {
    /// Its full name.
    pub name: &'static str,
    /// The id of the app it is registered for; `None` for the framework's.
    pub app: Option<&'static str>,
}

/// A variable that an element declares or names.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VariableUse {
    /// Its name.
    pub name: String,
    /// Where its value comes from; `None` when it is not set.
    pub origin: Option<Origin>,
    /// The element whose declaration counts, when one declares it.
    pub declared_by: Option<FullName>,
}

impl App {
    /// Where everything about an element comes from: who defines it, which code loads it, and which file,
    /// variable or default each value of its configuration is from. Loads nothing; an element that is wrong is
    /// explained as far as it goes, and its findings say the rest. A registered Type or family is explained
    /// without a folder.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] offering the nearest names.
    pub fn explain(&self, full_name: &str) -> Result<Explanation, Error> {
        let snapshot = self.snapshot();
        let resolver = Resolver::new(&snapshot, self.registry());
        match snapshot.find(full_name) {
            Some(slot) => Ok(of_slot(&resolver, slot)),
            None => of_code(&resolver, full_name).ok_or_else(|| self.no_name(full_name)),
        }
    }

    /// The error for a name that neither an element nor registered code has.
    pub(crate) fn no_name(&self, full_name: &str) -> Error {
        let snapshot = self.snapshot();
        let hierarchy = self.hierarchy();
        let apps: Vec<_> = hierarchy.iter().map(|manifest| manifest.app_id.as_str()).collect();
        let mut known: Vec<&str> = snapshot.names().collect();
        self.registry().types(&apps).for_each(|code| known.push(code.full_name()));
        self.registry().metas().for_each(|meta| known.push(meta.full_name()));
        let near = jit_meta::nearest(full_name, known);
        if near.is_empty()
            && let Err(error) = self.get_element_define(full_name)
        {
            return error;
        }
        let message = format!("app `{}` has no element `{full_name}`", self.id());
        let finding = Diagnostic::error(Code::NoElement, message).suggest(full_name, near);
        Error::from_diagnostics(ErrorKind::NotFound, vec![finding])
    }
}

fn as_json<S: Serializer>(findings: &[Diagnostic], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(render::finding_json))
}

fn of_slot(resolver: &Resolver<'_>, slot: &Slot) -> Explanation {
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
        let name = config.path().rsplit('/').next().unwrap_or_default();
        let is_there = !name.is_empty() && spec.dir.join(name).is_file();
        found.config_file = is_there.then(|| config.path().to_owned());
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
fn of_code(resolver: &Resolver<'_>, full_name: &str) -> Option<Explanation> {
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
            file: define.map_or(format!("{prefix}{folder}/e.json"), |define| {
                define.file().path().to_owned()
            }),
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
        let file = Some(spec.define.file().path().to_owned());
        let app = Some(spec.owner.manifest.app_key());
        Step { name: name.clone(), app, file, codes: codes(name) }
    };
    let mut steps = vec![step(spec)];
    let mut at = spec;
    while let Some(name) = at.define.type_name() {
        if steps.iter().any(|step| step.name == *name) {
            return steps;
        }
        let slot = resolver.snapshot.get(name, at.layer);
        if let Some(next) = slot.and_then(Slot::spec) {
            steps.push(step(next));
            at = next;
            continue;
        }
        if let Some(meta) = resolver.registry.find_meta(name.as_str()) {
            steps.push(meta_step(name.clone(), Some(meta)));
            return steps;
        }
        steps.push(Step { name: name.clone(), app: None, file: None, codes: codes(name) });
        break;
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
    let (mut define, mut layer) = (&spec.define, spec.layer);
    let mut seen = vec![define.full_name()];
    let cache_level = loop {
        if let Some(raw) = define.field("cacheLevel") {
            let value = serde_json::from_str(raw.get()).unwrap_or_default();
            break Setting { value, at: here(define, "cacheLevel") };
        }
        let next = define.type_name().filter(|name| !seen.contains(name)).and_then(|name| {
            seen.push(name);
            snapshot.get(name, layer)?.spec()
        });
        match next {
            Some(spec) => (define, layer) = (&spec.define, spec.layer),
            None => break Setting { value: json!(0), at: None },
        }
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
        required: key.required,
        secret: key.secret,
        description: key.description,
    };
    config.keys(stack).into_iter().map(key).collect()
}

fn variables_used(snapshot: &Snapshot, names: BTreeSet<String>) -> Vec<VariableUse> {
    let declared = snapshot.declared();
    let of = |name: String| VariableUse {
        origin: snapshot.variables.origin(&name),
        declared_by: declared.get(name.as_str()).map(|(element, _)| (*element).clone()),
        name,
    };
    names.into_iter().map(of).collect()
}
