//! An instance of a Type: its definition, and the configuration that the Type's schema asks for.

use jit_meta::{Catalog, Example, Need};
use serde_json::{Value as Json, json};

use super::{Request, unknown_type};
use crate::users::{Source, elements_of, sources};
use crate::{Error, Plan, Project, Result};

pub(super) fn plan(
    request: &Request,
    type_name: &str,
    project: &Project,
    catalog: Option<&Catalog>,
    plan: &mut Plan,
) -> Result<()> {
    let catalog = catalog.ok_or_else(|| Error::new("the Types of the app are not known"))?;
    let usable = catalog.usable.iter().find(|usable| usable.full_name == type_name);
    let usable = usable.ok_or_else(|| unknown_type(catalog, type_name))?;
    let schemas: Vec<&Json> = catalog.stack(usable).filter_map(|it| it.schema.as_ref()).collect();
    let given_keys: Vec<&str> = request.values.iter().map(|(key, _)| key.as_str()).collect();
    let mut example = Example::for_keys(schemas.iter().copied(), &request.name, &given_keys);
    for (key, value) in &request.values {
        example.set(key, given(&schemas, key, value)?);
    }
    let folder = request.folder(project);
    plan.create(folder.join("e.json"), request.define(type_name));
    let mut optional = optional_keys(&schemas);
    optional.retain(|key| {
        example.keys().iter().all(|given| given.name != *key) && !given_keys.contains(&&**key)
    });
    let schema = project.dir().join(format!(".vscode/schemas/{type_name}.schema.json"));
    if !example.is_empty() || !optional.is_empty() {
        let file = folder.join(format!("{}.json", request.name.name()));
        let text = unquoted(example.text(), &schemas, &request.values);
        let text = match schema.is_file() {
            true => with_schema(&text, &request.name, type_name),
            false => text,
        };
        let variables = named(&schemas, &request.values, &example);
        tell(&example, variables, &plan.shown(&file), &mut plan.notes);
        tell_shared(&example, type_name, project, plan);
        plan.create(file, text);
    }
    if !optional.is_empty() {
        let command = project.command(&format!("show {type_name}"));
        plan.notes.push(format!("It may have more keys: {}.\n  {command}", optional.join(", ")));
    }
    plan.next.push(project.command("check"));
    Ok(())
}

/// A key with a value from the command line, as the schemas want it.
fn given(schemas: &[&Json], key: &str, value: &str) -> Result<Json> {
    let properties = |schema: &&Json| schema.get("properties").and_then(Json::as_object).cloned();
    let properties: Vec<_> = schemas.iter().filter_map(properties).collect();
    let Some(property) = properties.iter().find_map(|properties| properties.get(key)) else {
        let keys: Vec<&str> =
            properties.iter().flat_map(|it| it.keys()).map(String::as_str).collect();
        let near = jit_meta::nearest(key, keys.iter().copied());
        let help = jit_meta::did_you_mean(&near)
            .unwrap_or_else(|| format!("its keys are {}", keys.join(", ")));
        return Err(Error::usage(format!("no key is called `{key}`")).with_help(help));
    };
    let is_secret = property.get("writeOnly") == Some(&Json::Bool(true));
    if is_secret && !is_placeholder(value) {
        let message = format!("`{key}` is a secret, and is not written into a file");
        return Err(Error::usage(message)
            .with_help(format!("name the variable that will hold it: --set '{key}=${{NAME}}'")));
    }
    let value = match serde_json::from_str::<Json>(value) {
        Ok(json) if !is_text(property) => json,
        _ => Json::from(value),
    };
    let texts = variables_in(&value);
    if texts.is_empty() {
        let schema = schemas.iter().find(|schema| {
            schema.get("properties").is_some_and(|properties| properties.get(key).is_some())
        });
        fits(schema, key, &value)?;
    }
    Ok(value)
}

/// Whether a key may hold text.
fn is_text(property: &Json) -> bool {
    match property.get("type") {
        Some(Json::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        Some(kind) => kind == "string",
        None => true,
    }
}

fn is_placeholder(value: &str) -> bool {
    value.starts_with("${") && value.ends_with('}')
}

/// The text with placeholders out of quotes where a number is wanted, as it is what they become that is read.
fn unquoted(text: String, schemas: &[&Json], values: &[(String, String)]) -> String {
    let property = |key: &str| schemas.iter().find_map(|it| it.get("properties")?.get(key));
    let is_number = |(key, value): &&(String, String)| {
        is_placeholder(value) && property(key).is_some_and(|property| !is_text(property))
    };
    values.iter().filter(is_number).fold(text, |text, (key, value)| {
        let quoted = format!("{}: {}", Json::from(key.as_str()), Json::from(value.as_str()));
        text.replace(&quoted, &format!("{}: {value}", Json::from(key.as_str())))
    })
}

/// Whether a value is one that the schema of its key allows.
fn fits(schema: Option<&&Json>, key: &str, value: &Json) -> Result<()> {
    let Some(schema) = schema else { return Ok(()) };
    let mut alone = Json::clone(schema);
    if let Some(properties) = alone.get_mut("properties").and_then(Json::as_object_mut) {
        properties.retain(|name, _| name == key);
    }
    if let Some(alone) = alone.as_object_mut() {
        // What else there has to be is none of its business.
        ["required", "oneOf", "anyOf", "allOf", "dependentRequired"].iter().for_each(|it| {
            alone.remove(*it);
        });
    }
    let file = jit_meta::SourceFile::new("--set", json!({ key: value }).to_string());
    let checked = jit_meta::ConfigText::expand(file.into(), &|_| None).check_schema(&alone);
    match checked.err().unwrap_or_default().into_iter().next() {
        None => Ok(()),
        Some(finding) => {
            let error = Error::usage(format!("--set {key}: {}", finding.message));
            let label = finding.place.map(|place| place.label).filter(|label| !label.is_empty());
            Err(match finding.help.first().cloned().or(label) {
                Some(help) => error.with_help(help),
                None => error,
            })
        }
    }
}

/// The variables that a value names: `${NAME}`, `${NAME:-default}`, `{{NAME}}`.
fn variables_in(value: &Json) -> Vec<String> {
    let file = jit_meta::SourceFile::new("--set", json!({ "value": value }).to_string());
    let text = jit_meta::ConfigText::expand(file.into(), &|_| None);
    text.variables().map(str::to_owned).collect()
}

/// The variables that values from the command line name, with what the schemas say of their keys.
fn named(
    schemas: &[&Json],
    values: &[(String, String)],
    example: &Example,
) -> Vec<(String, String)> {
    let is_known = |name: &str| example.variables().iter().any(|variable| variable.name == name);
    let description = |key: &str| {
        let property = schemas.iter().find_map(|schema| schema.get("properties")?.get(key));
        let text = property.and_then(|it| it.get("description")?.as_str()).unwrap_or(key);
        text.lines().next().unwrap_or_default().to_owned()
    };
    let mut named: Vec<(String, String)> = Vec::new();
    for (key, value) in values {
        for name in variables_in(&Json::from(value.as_str())) {
            if !is_known(&name) && named.iter().all(|(other, _)| *other != name) {
                named.push((name, description(key)));
            }
        }
    }
    named
}

/// The keys that nobody has to give.
fn optional_keys(schemas: &[&Json]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for schema in schemas {
        let properties = schema.get("properties").and_then(Json::as_object);
        let names = properties.into_iter().flat_map(|it| it.keys());
        keys.extend(names.filter(|key| Need::of(schema, key) == Need::Optional).cloned());
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What is left to do with the values, and the variables that were named besides.
fn tell(example: &Example, named: Vec<(String, String)>, file: &str, notes: &mut Vec<String>) {
    let own = example.variables().iter().map(|it| (it.name.clone(), it.description.clone()));
    let line = |(name, description)| format!("\n  export {name}=…  # {description}");
    let lines: String = own.chain(named).map(line).collect();
    if !lines.is_empty() {
        notes.push(format!("Set its variables:{lines}"));
    }
    let samples = example.keys().iter().filter(|key| key.is_sample);
    let line = |key: &jit_meta::ExampleKey| format!("\n  {}: {}", key.name, key.description);
    let lines: String = samples.map(line).collect();
    if !lines.is_empty() {
        notes.push(format!("Replace the examples in {file} by your own:{lines}"));
    }
}

/// Examples that another element of the Type has as well: two storages in one folder are rarely meant.
fn tell_shared(example: &Example, type_name: &str, project: &Project, plan: &mut Plan) {
    let sources = sources(project.dir(), &[]);
    let config: Json = serde_json::from_str(&example.text()).unwrap_or_default();
    for key in example.keys().iter().filter(|key| key.is_sample) {
        let Some(value) = config.get(&key.name).filter(|value| value.is_string()) else { continue };
        for define in elements_of(type_name, &sources) {
            let has_it = |(file, text): &&Source| {
                file.parent() == define.parent()
                    && file != define
                    && text.contains(&*value.to_string().replace('"', ""))
            };
            if let Some((file, _)) = sources.iter().find(has_it) {
                let file = plan.shown(file);
                plan.notes.push(format!(
                    "{file} has {value} as well: give each a `{}` of its own.",
                    key.name
                ));
            }
        }
    }
}

/// A configuration that names its schema, for editors; the app ignores the key.
fn with_schema(text: &str, name: &jit_meta::FullName, type_name: &str) -> String {
    let up = "../".repeat(name.as_str().split('.').count());
    let schema = format!("\"$schema\": \"{up}.vscode/schemas/{type_name}.schema.json\"");
    match text.strip_prefix("{\n") {
        Some(rest) => format!("{{\n  {schema},\n{rest}"),
        None => format!("{{\n  {schema}\n}}\n"),
    }
}
