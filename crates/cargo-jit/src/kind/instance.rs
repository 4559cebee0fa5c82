//! An instance of a Type: its definition, and the configuration that the Type's schema asks for.

use jit_meta::{Catalog, Example, Need};
use serde_json::Value as Json;

use super::{Request, unknown_type};
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
    optional.retain(|key| example.keys().iter().all(|given| given.name != *key));
    let schema = project.dir().join(format!(".vscode/schemas/{type_name}.schema.json"));
    if !example.is_empty() || !optional.is_empty() {
        let file = folder.join(format!("{}.json", request.name.name()));
        let text = match schema.is_file() {
            true => with_schema(&example.text(), &request.name, type_name),
            false => example.text(),
        };
        tell(&example, &plan.shown(&file), &mut plan.notes);
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
    let is_placeholder = value.starts_with("${") && value.ends_with('}');
    if property.get("writeOnly") == Some(&Json::Bool(true)) && !is_placeholder {
        let message = format!("`{key}` is a secret, and is not written into a file");
        return Err(Error::usage(message)
            .with_help(format!("name the variable that will hold it: --set '{key}=${{NAME}}'")));
    }
    let allows = |wanted: &str| match property.get("type") {
        Some(Json::Array(kinds)) => kinds.iter().any(|kind| kind == wanted),
        Some(kind) => kind == wanted,
        None => wanted == "string",
    };
    Ok(match serde_json::from_str::<Json>(value) {
        Ok(json) if !allows("string") => json,
        _ => Json::from(value),
    })
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

/// What is left to do with the values.
fn tell(example: &Example, file: &str, notes: &mut Vec<String>) {
    let variables = example.variables();
    if !variables.is_empty() {
        let line = |variable: &jit_meta::ExampleVariable| {
            format!("\n  export {}=…  # {}", variable.name, variable.description)
        };
        let lines: String = variables.iter().map(line).collect();
        notes.push(format!("Set its variables:{lines}"));
    }
    let samples = example.keys().iter().filter(|key| key.is_sample);
    let line = |key: &jit_meta::ExampleKey| format!("\n  {}: {}", key.name, key.description);
    let lines: String = samples.map(line).collect();
    if !lines.is_empty() {
        notes.push(format!("Replace the examples in {file} by your own:{lines}"));
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
