//! What is in an app, and what is wrong with it, without loading anything.

use std::collections::HashSet;
use std::sync::Arc;

use jit_meta::{
    CheckEnv, Code, Define, Diagnostic, FullName, Severity, SourceFile, Span, Variable,
};

use crate::element::Spec;
use crate::resolve::{Level, Resolver};
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::{App, named, settings};

/// One line of [`App::elements`].
#[derive(Clone, Debug)]
pub struct Summary {
    /// The element's full name.
    pub full_name: FullName,
    /// Its definition, when it has a usable one.
    pub define: Option<Arc<Define>>,
    /// Which of the three it is.
    pub level: Option<Level>,
    /// Whether it can be asked for.
    pub status: Status,
}

/// Whether an element can be asked for, as far as can be told without loading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing is wrong with its definition and configuration.
    Ok,
    /// The code of its Type is not linked into this program.
    NotLinked,
    /// Its definition or configuration is wrong.
    Invalid,
}

impl App {
    /// Every element with its status, by name. Reads configurations; loads nothing.
    #[must_use]
    pub fn elements(&self) -> Vec<Summary> {
        let snapshot = self.snapshot();
        let resolver = Resolver::new(&snapshot, self.registry());
        let summary = |slot: &Slot| {
            let findings = check_slot(&resolver, slot);
            let status = if findings.iter().any(|finding| finding.code == Code::NotLinked) {
                Status::NotLinked
            } else if settings::has_errors(&findings) {
                Status::Invalid
            } else {
                Status::Ok
            };
            Summary {
                full_name: slot.full_name().clone(),
                define: slot.define().cloned(),
                level: slot.spec().map(|spec| resolver.level(&spec.define, spec.layer)),
                status,
            }
        };
        snapshot.sorted().into_iter().map(summary).collect()
    }

    /// Validates every definition and configuration, without loading anything and without network.
    /// A Type that is not linked is a warning here.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let snapshot = self.snapshot();
        let resolver = Resolver::new(&snapshot, self.registry());
        let manifests = snapshot.layers.iter().flat_map(|app| app.manifest.warnings());
        let mut findings: Vec<_> = manifests.chain(&*snapshot.findings).cloned().collect();
        for slot in snapshot.sorted() {
            let warnings = slot.spec().map(|spec| spec.warnings.as_slice());
            findings.extend(warnings.unwrap_or_default().iter().cloned());
            findings.extend(check_slot(&resolver, slot));
        }
        // An element that could not be reloaded is checked as it was before.
        let refused = snapshot.refused.values();
        findings.extend(refused.flat_map(|refused| refused.error.diagnostics()).cloned());
        findings.extend(check_variables(&snapshot));
        findings.extend(check_defaults(&snapshot));
        // A broken Type is told once, not with each of its instances.
        let mut told = HashSet::new();
        findings.retain(|finding| told.insert((finding.code, finding.to_string())));
        findings
    }
}

/// What is wrong with an element, its configuration included; its warnings left out.
pub(crate) fn check_slot(resolver: &Resolver<'_>, slot: &Slot) -> Vec<Diagnostic> {
    match slot {
        Slot::Usable(handles) if handles.node().spec.define.type_name().is_none() => Vec::new(),
        Slot::Usable(handles) => check_spec(resolver, &handles.node().spec),
        Slot::Broken(broken) => broken.findings.clone(),
    }
}

pub(crate) fn check_spec(resolver: &Resolver<'_>, spec: &Spec) -> Vec<Diagnostic> {
    let define = &spec.define;
    let resolved = match resolver.resolve(define, spec.layer) {
        Ok(resolved) => resolved,
        Err(mut findings) => {
            // A Type whose code is the one registered under its own name needs none of its `type`.
            let own = resolver.registry.find(&resolver.apps, define.full_name().as_str());
            findings.retain(|finding| finding.code != Code::NotLinked || own.is_none());
            for finding in findings.iter_mut().filter(|found| found.code == Code::NotLinked) {
                finding.severity = Severity::Warning;
            }
            return findings;
        }
    };
    if resolver.level(define, spec.layer) != Level::Instance {
        return Vec::new();
    }
    let mut all = resolved.stack.check_define(CheckEnv { define, apps: &resolver.apps });
    for finding in all.iter_mut().filter(|finding| finding.code == Code::NotLinked) {
        finding.severity = Severity::Warning;
    }
    match settings::read(define, &spec.dir, &resolved.stack, &resolver.snapshot.variables) {
        Ok((config, findings)) => {
            let stack = &resolved.stack;
            all.extend(findings);
            all.extend(stack.check(&config).err().unwrap_or_default());
            all.extend(named::check(resolver, spec, stack, &config));
            all.extend(stack.literal_secrets(&config, define.full_name()));
        }
        Err(findings) => all.extend(findings),
    }
    all
}

/// Required variables that have no value, and those that no placeholder can name.
fn check_variables(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let is_missing = |name: &str| snapshot.variables.get(name).is_none_or(|value| value.is_empty());
    let mut findings = Vec::new();
    for (name, (element, variable)) in snapshot.declared() {
        let at_declaration =
            |finding: Diagnostic, label: &str| match declaration(snapshot, element, variable) {
                Some((file, span)) => finding.at(&file, span, label),
                None => finding,
            };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let message = format!("no placeholder can name the variable `{name}`");
            let finding = Diagnostic::warning(Code::FieldValue, message)
                .help("rename it: letters, digits and `_`, like `OSS_BUCKET`");
            findings.push(at_declaration(finding, "declared here"));
        }
        if variable.required && is_missing(name) {
            let message =
                format!("the variable `{name}` is required by `{element}` and is not set");
            let finding = Diagnostic::error(Code::UnsetVariable, message)
                .help(format!("set `{name}` in the environment"));
            let finding = at_declaration(finding, "required here");
            findings.push(match variable.remark.as_str() {
                "" => finding,
                remark => finding.note(remark),
            });
        }
    }
    findings
}

/// Where an element declares a variable.
fn declaration(
    snapshot: &Snapshot,
    element: &FullName,
    variable: &Variable,
) -> Option<(Arc<SourceFile>, Span)> {
    let mut defines = snapshot.all_of(element.as_str()).filter_map(Slot::define);
    let at = |define: &Define| define.variables().iter().position(|it| std::ptr::eq(it, variable));
    let (define, at) = defines.find_map(|define| Some((define, at(define)?)))?;
    Some((Arc::clone(define.file()), define.variable_span(at)?))
}

/// Default elements that are not there.
fn check_defaults(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let Some(own) = snapshot.layers.first().map(|app| &app.manifest) else { return Vec::new() };
    let defaults = own.settings.default_element.iter();
    let missing = defaults.filter(|(_, name)| snapshot.find(name).is_none());
    let told = missing.map(|(key, name)| {
        let message = format!("`{key}` is `{name}`, and there is no such element");
        let finding = Diagnostic::warning(Code::NoElement, message);
        let finding = match own.settings.default_spans.get(key) {
            Some(span) => finding.at(own.file(), span.clone(), "the full name of an element"),
            None => finding,
        };
        let near = jit_meta::nearest(name, snapshot.names());
        match near.is_empty() {
            true => finding.help("name an element that there is, or remove the key"),
            false => finding.suggest(name, near),
        }
    });
    told.collect()
}
