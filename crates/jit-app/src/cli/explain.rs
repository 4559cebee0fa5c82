//! `explain`: where everything about an element comes from.

use std::process::ExitCode;

use jit_meta::Filling;

use super::output::{Output, level, table};
use crate::{
    App, CodeUse, Explanation, Filled, Key, Level, Origin, Role, Setting, Source, Standing, Step,
    VariableUse, render, settings,
};

pub(super) fn run(app: &App, name: &str, out: &mut Output) -> ExitCode {
    let found = match app.explain(name) {
        Ok(found) => found,
        Err(error) => return out.error(&error),
    };
    let written = if out.json {
        out.print_json(&found)
    } else {
        let mut text = text(&found);
        if !found.findings.is_empty() {
            text.push_str("\nFindings\n");
            text.push_str(&render::findings(&found.findings, out.color()));
        }
        out.print(text.as_bytes())
    };
    if settings::has_errors(&found.findings) { ExitCode::FAILURE } else { written }
}

fn text(found: &Explanation) -> String {
    let title = format!(" \"{}\"", found.title);
    let title = if found.title.is_empty() { "" } else { &title };
    let what = found.level.map_or("unreadable", level);
    let mut out = table(&[vec![format!("{}{title}: {what}", found.full_name)]]);
    let definitions = found.definitions.iter().map(|definition| {
        let standing = match definition.standing {
            Standing::InUse => "in use",
            Standing::Overridden => "overridden",
            Standing::Private => "private: only its own app sees it",
        };
        vec![format!("  {}", definition.app), definition.file.clone(), standing.to_owned()]
    });
    section(&mut out, "Definition", definitions.collect());
    section(&mut out, "Type chain", found.chain.iter().flat_map(step_rows).collect());
    if let Some(loading) = &found.loading {
        let row = |name: &str, setting: &Setting, meaning: &str| {
            let at = setting.at.as_deref().unwrap_or("by default");
            vec![format!("  {name}"), meaning.to_owned(), at.to_owned()]
        };
        let time = match loading.load_time.value.as_str() {
            Some(time) => time,
            None => "on first use",
        };
        let level = match loading.cache_level.value.as_i64() {
            Some(1) => "1, an instance for each request".to_owned(),
            Some(0) => "0, one instance for the app".to_owned(),
            _ => loading.cache_level.value.to_string(),
        };
        let access = match loading.access.value.as_str().unwrap_or_default() {
            "private" => "private, for its own app",
            "protected" => "protected, not to be overridden",
            "public" => "public, open to overriding",
            other => other,
        };
        let rows = vec![
            row("loaded", &loading.load_time, time),
            row("cacheLevel", &loading.cache_level, &level),
            row("accessModifier", &loading.access, access),
        ];
        section(&mut out, "Loading", rows);
    }
    let is_shared = found.keys.iter().any(|key| key.readers != first_readers(found));
    let (given, free): (Vec<_>, Vec<_>) = found.keys.iter().partition(|key| key.at.is_some());
    let file = found.config_file.as_deref().map(|file| format!("Configuration ({file})"));
    let heading = file.unwrap_or_else(|| "Configuration".to_owned());
    section(&mut out, &heading, given.iter().map(|key| given_row(key, is_shared)).collect());
    let heading = if found.level == Some(Level::Type) {
        "Configuration keys of its instances"
    } else {
        "Configuration keys that are not given"
    };
    section(&mut out, heading, free.iter().map(|key| free_row(key, is_shared)).collect());
    section(&mut out, "Variables", found.variables.iter().map(variable_row).collect());
    out
}

fn first_readers(found: &Explanation) -> &[crate::Reader] {
    found.keys.first().map(|key| key.readers.as_slice()).unwrap_or_default()
}

fn section(out: &mut String, heading: &str, rows: Vec<Vec<String>>) {
    if !rows.is_empty() {
        out.push_str(&format!("\n{heading}\n{}", table(&rows)));
    }
}

/// A step, and below it its registrations.
fn step_rows(step: &Step) -> Vec<Vec<String>> {
    let mut places = Vec::new();
    if let Some(file) = &step.file {
        places.push(vec![file.clone(), step.app.clone().unwrap_or_default()]);
    }
    places.extend(step.codes.iter().map(code_row));
    if places.is_empty() {
        places.push(vec!["no code is registered for it".to_owned()]);
    }
    let names = std::iter::once(format!("  {}", step.name)).chain(std::iter::repeat(String::new()));
    names.zip(places).map(|(name, place)| [vec![name], place].concat()).collect()
}

fn code_row(code: &CodeUse) -> Vec<String> {
    let role = match code.role {
        Role::Loads => "loads it",
        Role::Inherited => "inherited by what loads it",
        Role::Overridden => "overridden",
        Role::Unused => "has no part: what stands before it inherits nothing",
        Role::Contract => "the family's contract",
    };
    vec![format!("registered at {}", code.registered), format!("{}: {role}", owner(code.app))]
}

fn owner(app: Option<&str>) -> String {
    app.map_or("for all apps".to_owned(), |app| format!("for {app}"))
}

fn given_row(key: &Key, is_shared: bool) -> Vec<String> {
    let value = key.value.as_ref().map_or("none".to_owned(), ToString::to_string);
    let mut from = vec![key.at.clone().unwrap_or_default()];
    from.extend(key.placeholders.iter().map(filled));
    if key.source == Source::Schema {
        from.push("the schema's default".to_owned());
    }
    if key.readers.is_empty() {
        from.push("no Type knows this key".to_owned());
    }
    from.extend(readers(key, is_shared));
    vec![format!("  {}", key.name), value, from.join(", ")]
}

/// What a placeholder was filled with; what is written in the file is not repeated, a default may be long.
fn filled(filled: &Filled) -> String {
    let from = match (filled.placeholder.filled, filled.origin) {
        (Filling::Default, _) => "is not set: its `:-` default",
        (Filling::Nothing, _) => "is not set",
        (Filling::Variable, Some(origin)) => origin_text(origin),
        (Filling::Variable, None) => "was set",
    };
    format!("${{{}}} {from}", filled.placeholder.name)
}

fn origin_text(origin: Origin) -> &'static str {
    match origin {
        Origin::Fixed => "fixed by the program",
        Origin::Environment => "from the environment",
        Origin::Declared => "the default of its declaration",
    }
}

fn free_row(key: &Key, is_shared: bool) -> Vec<String> {
    let mut marks = vec![if key.required { "required" } else { "optional" }.to_owned()];
    if key.secret {
        marks.push("secret".to_owned());
    }
    if let Some(value) = &key.value {
        marks.push(format!("{value} by the schema"));
    }
    marks.extend(readers(key, is_shared));
    vec![format!("  {}", key.name), marks.join(", "), key.description.clone()]
}

/// Who reads a key, where not all keys have the same readers.
fn readers(key: &Key, is_shared: bool) -> Option<String> {
    let names = key.readers.iter().map(|reader| format!("{} {}", reader.name, owner(reader.app)));
    let names: Vec<_> = names.collect();
    (is_shared && !names.is_empty()).then(|| format!("read by {}", names.join(" and ")))
}

fn variable_row(variable: &VariableUse) -> Vec<String> {
    let origin = match variable.origin {
        Some(origin) => origin_text(origin).to_owned(),
        None => "not set".to_owned(),
    };
    let declared = variable.declared_by.as_ref();
    let declared = declared.map(|element| format!("declared by {element}")).unwrap_or_default();
    vec![format!("  {}", variable.name), origin, declared]
}
