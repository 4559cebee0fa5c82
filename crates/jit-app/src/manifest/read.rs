//! Reading an `app.json`, every mistake in its place.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, Severity, SourceFile, Span, SpannedJson, SpannedMember};
use serde_json::Map;

use super::{Manifest, Parent, Settings, keys};
use crate::version::Version;

/// Reads the file of an app whose folder may name a version.
pub(super) fn manifest(
    file: &SourceFile,
    folder: Option<Version>,
) -> Result<Manifest, Vec<Diagnostic>> {
    let shown = Arc::new(file.masked(&keys::schema()));
    let object =
        file.json_object(Code::AppJson, "`app.json`", &shown).map_err(|found| vec![*found])?;
    let mut reader = Reader { file: shown, findings: Vec::new() };
    reader.duplicates(&object);
    let manifest = reader.manifest(&object, folder);
    let Reader { mut findings, .. } = reader;
    findings.sort_by_key(|finding| finding.place.as_ref().map(|place| place.span.start));
    match manifest {
        Some(manifest) if findings.iter().all(|found| found.severity == Severity::Warning) => {
            Ok(Manifest { warnings: findings, ..manifest })
        }
        _ => Err(findings),
    }
}

struct Reader {
    /// What messages quote.
    file: Arc<SourceFile>,
    findings: Vec<Diagnostic>,
}

impl Reader {
    fn error(&mut self, span: Span, message: String, label: impl Into<String>, help: &str) {
        let finding = Diagnostic::error(Code::AppJson, message).at(&self.file, span, label);
        self.findings.push(if help.is_empty() { finding } else { finding.help(help) });
    }

    /// Every key that any object gives twice.
    fn duplicates(&mut self, value: &SpannedJson<'_>) {
        for item in value.items().unwrap_or_default() {
            self.duplicates(&item);
        }
        let mut seen = HashSet::new();
        for member in value.members().unwrap_or_default() {
            self.duplicates(&member.value);
            if !seen.insert(member.key.clone()) {
                let message = format!("the key `{}` is given twice", member.key);
                self.error(member.key_span, message, "given before", "remove one of them");
            }
        }
    }

    fn manifest(&mut self, object: &SpannedJson<'_>, folder: Option<Version>) -> Option<Manifest> {
        let members = members(object);
        let app_id = self.required(&members, object, "appId", "\"appId\": \"org.Name\"");
        let app_id = app_id.and_then(|value| self.app_id(value));
        let org_id = self.text(&members, "orgId");
        let name = self.text(&members, "name");
        let title = self.text(&members, "title");
        let version = self.version(&members, folder);
        let extends = self.extends(&members);
        let settings = self.settings(&members);
        self.slips(&members, keys::TOP);
        let read = ["appId", "orgId", "name", "title", "version", "extends", "settings"];
        let app_id = app_id?;
        let (org, tail) = app_id.split_once('.').unwrap_or((&app_id, ""));
        if let (Some(given), Some(member)) = (&org_id, find(&members, "orgId"))
            && given != org
        {
            let message = format!("`orgId` is `{given}`, and `{app_id}` says `{org}`");
            self.error(member.span(), message, "", "remove `orgId`: it follows from `appId`");
        }
        let name = name.unwrap_or_else(|| tail.to_owned());
        Some(Manifest {
            org_id: org_id.unwrap_or_else(|| org.to_owned()),
            title: title.unwrap_or_else(|| name.clone()),
            app_id,
            name,
            version: version.or(folder).or(Some(Version::default())),
            extends,
            settings,
            other: others(&members, &read),
            file: Arc::clone(&self.file),
            warnings: Vec::new(),
        })
    }

    /// The value of a key that has to be there.
    fn required<'a, 'j>(
        &mut self,
        members: &'a [SpannedMember<'j>],
        object: &SpannedJson<'_>,
        key: &'static str,
        example: &str,
    ) -> Option<&'a SpannedJson<'j>> {
        let found = members.iter().find(|member| member.key == key);
        if let Some(member) = found {
            return Some(&member.value);
        }
        let message = format!("`{key}` is missing");
        match members.iter().find(|member| keys::one_slip_from(&member.key, &[key]).is_some()) {
            Some(slip) => {
                let help = format!("did you mean `{key}` where it says `{}`?", slip.key);
                self.error(slip.key_span.clone(), message, "", &help);
            }
            None => {
                let start = object.span().start;
                let label = format!("no `{key}` in this object");
                self.error(start..start + 1, message, label, &format!("add {example}"));
            }
        }
        None
    }

    fn app_id(&mut self, value: &SpannedJson<'_>) -> Option<String> {
        let id: String = self.read(value, "appId", "a string")?;
        if id.contains(['{', '}']) {
            let help = "fill in the placeholders: \"appId\": \"org.Name\"";
            self.error(value.span(), format!("`{id}` is a template, not an app"), "", help);
            return None;
        }
        match id.split_once('.') {
            Some((org, name)) if !org.is_empty() && !name.is_empty() => Some(id),
            _ => {
                let help = "an app id is the organisation, a dot and the app's name: `org.Name`";
                self.error(value.span(), format!("`{id}` is not an app id"), "", help);
                None
            }
        }
    }

    fn version(
        &mut self,
        members: &[SpannedMember<'_>],
        folder: Option<Version>,
    ) -> Option<Version> {
        let value = find(members, "version")?;
        let given = self.version_of(value)?;
        if let Some(folder) = folder.filter(|folder| *folder != given) {
            let message = format!("`version` is `{given}`, and the folder is that of `{folder}`");
            self.error(value.span(), message, "", "correct one of them");
        }
        Some(given)
    }

    fn version_of(&mut self, value: &SpannedJson<'_>) -> Option<Version> {
        let text: String = self.read(value, "version", "a string")?;
        match text.parse() {
            Ok(version) => Some(version),
            Err(_) => {
                let help = "a version is three numbers: \"version\": \"1.0.0\"";
                self.error(value.span(), format!("`{text}` is not a version"), "", help);
                None
            }
        }
    }

    fn extends(&mut self, members: &[SpannedMember<'_>]) -> Vec<Parent> {
        const EXAMPLE: &str = "\"extends\": [{ \"appId\": \"org.Name\", \"version\": \"1.0.0\" }]";
        let Some(value) = find(members, "extends") else { return Vec::new() };
        let Some(items) = value.items() else {
            let message = "`extends` must be an array of apps".to_owned();
            let label = format!("this is {}", value.kind());
            self.error(value.span(), message, label, &format!("write {EXAMPLE}"));
            return Vec::new();
        };
        let mut parents: Vec<Parent> = Vec::new();
        for item in items {
            if item.members().is_none() {
                let message = "an app in `extends` must be an object".to_owned();
                let label = format!("this is {}", item.kind());
                self.error(item.span(), message, label, &format!("write {EXAMPLE}"));
                continue;
            }
            let members = self::members(&item);
            let app_id = self.required(&members, &item, "appId", "\"appId\": \"org.Name\"");
            let app_id = app_id.and_then(|value| self.app_id(value));
            let version = self.required(&members, &item, "version", "\"version\": \"1.0.0\"");
            let version = version.and_then(|value| self.version_of(value));
            self.slips(&members, keys::PARENT);
            let (Some(app_id), Some(version)) = (app_id, version) else { continue };
            if parents.iter().any(|parent| (&parent.app_id, parent.version) == (&app_id, version)) {
                let message = format!("`extends` names `{app_id}` twice");
                let finding = Diagnostic::warning(Code::AppJson, message);
                let finding = finding.at(&self.file, item.span(), "").help("remove one of them");
                self.findings.push(finding);
            } else {
                parents.push(Parent { app_id, version, span: item.span() });
            }
        }
        parents
    }

    fn settings(&mut self, top: &[SpannedMember<'_>]) -> Settings {
        let Some(value) = find(top, "settings") else { return Settings::default() };
        let Some(settings) = self.object(value, "settings") else { return Settings::default() };
        self.slips(&settings, keys::SETTINGS);
        let (mut default_element, mut default_spans) = (BTreeMap::new(), BTreeMap::new());
        if let Some(value) = find(&settings, "defaultElement")
            && let Some(elements) = self.object(value, "defaultElement")
        {
            self.slips(&elements, keys::DEFAULT_ELEMENT);
            for member in &elements {
                let text = self.read(&member.value, &member.key, "the full name of an element");
                default_element.extend(text.map(|text| (member.key.clone(), text)));
                default_spans.insert(member.key.clone(), member.value.span());
            }
        }
        let other = others(&settings, &["defaultElement"]);
        Settings { default_element, other, default_spans }
    }

    fn object<'j>(&mut self, value: &SpannedJson<'j>, key: &str) -> Option<Vec<SpannedMember<'j>>> {
        if value.members().is_some() {
            return Some(members(value));
        }
        let label = format!("this is {}", value.kind());
        self.error(value.span(), format!("`{key}` must be an object"), label, "");
        None
    }

    /// A text that may be left out; an empty one is.
    fn text(&mut self, members: &[SpannedMember<'_>], key: &str) -> Option<String> {
        let value = find(members, key)?;
        self.read(value, key, "a string").filter(|text| !text.is_empty())
    }

    fn read(&mut self, value: &SpannedJson<'_>, key: &str, expected: &str) -> Option<String> {
        let text = value.read();
        if text.is_none() {
            let label = format!("this is {}", value.kind());
            self.error(value.span(), format!("`{key}` must be {expected}"), label, "");
        }
        text
    }

    /// Warns of unknown keys that are one slip away from a known one. The others are kept, as somebody may
    /// know them.
    fn slips(&mut self, members: &[SpannedMember<'_>], known: &[&'static str]) {
        for member in members.iter().filter(|member| !known.contains(&member.key.as_str())) {
            let told = |found: &Diagnostic| {
                found.place.as_ref().is_some_and(|place| place.span == member.key_span)
            };
            if let Some(near) = keys::one_slip_from(&member.key, known)
                && !self.findings.iter().any(told)
            {
                let message = format!("unknown key `{}`", member.key);
                let finding = Diagnostic::warning(Code::AppJson, message);
                self.findings.push(
                    finding
                        .at(&self.file, member.key_span.clone(), "")
                        .help(format!("did you mean `{near}`?")),
                );
            }
        }
    }
}

/// The members of an object, the first of each key.
fn members<'j>(value: &SpannedJson<'j>) -> Vec<SpannedMember<'j>> {
    let mut members = value.members().unwrap_or_default();
    let mut seen = HashSet::new();
    members.retain(|member| seen.insert(member.key.clone()));
    members
}

/// The value of a key; one that is null is none.
fn find<'a, 'j>(members: &'a [SpannedMember<'j>], key: &str) -> Option<&'a SpannedJson<'j>> {
    let found = members.iter().find(|member| member.key == key).map(|member| &member.value);
    found.filter(|value| value.text() != "null")
}

/// The members with other keys than those.
fn others(members: &[SpannedMember<'_>], read: &[&str]) -> Map<String, serde_json::Value> {
    let others = members.iter().filter(|member| !read.contains(&member.key.as_str()));
    others.filter_map(|member| Some((member.key.clone(), member.value.read()?))).collect()
}
