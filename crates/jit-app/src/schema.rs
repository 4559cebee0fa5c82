//! `App::schemas`: JSON Schemas of an app's files, for editors.

mod files;
mod placeholders;

use std::collections::BTreeMap;

use jit_meta::{Error, TypeStack};
use serde_json::{Value as Json, json};

use crate::resolve::{Level, Resolver};
use crate::{App, named, settings};

/// JSON Schemas of an app's files, and which file each is for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Schemas {
    /// By name: `e`, `app`, and the full name of every Type, for the configurations of its instances.
    pub schemas: BTreeMap<String, Json>,
    /// The configuration files of the app's own instances, below its folder, with the name of the schema.
    pub configs: Vec<(String, String)>,
}

impl App {
    /// JSON Schemas (draft 2020-12) of `e.json`, of `app.json`, and of what every Type is configured with. They
    /// accept what [`check`](Self::check) accepts in valid JSON: a placeholder wherever a text stands.
    #[must_use]
    pub fn schemas(&self) -> Schemas {
        let snapshot = self.snapshot();
        let resolver = Resolver::new(&snapshot, self.registry());
        let stacks = resolver.stacks();
        let mut types: Vec<String> = stacks.keys().cloned().collect();
        types.extend(self.registry().metas().map(|meta| meta.full_name().to_owned()));
        let mut configs = Vec::new();
        for slot in snapshot.sorted() {
            let Some(spec) = slot.spec() else { continue };
            let name = spec.define.full_name();
            let resolves = || resolver.resolve(&spec.define, spec.layer).is_ok();
            match resolver.level(&spec.define, spec.layer) {
                Level::Meta | Level::Type => types.push(name.to_string()),
                Level::Instance if slot.layer() == 0 => {
                    let schema = spec.define.type_name().filter(|_| resolves());
                    let own = || format!("{}.json", name.name());
                    let file = settings::file(name, &spec.dir).unwrap_or_else(own);
                    let folder = name.as_str().replace('.', "/");
                    configs.extend(
                        schema.map(|schema| (format!("{folder}/{file}"), schema.to_string())),
                    );
                }
                Level::Instance => {}
            }
        }
        types.sort_unstable();
        types.dedup();
        let mut schemas: BTreeMap<String, Json> =
            stacks.iter().map(|(name, stack)| (name.clone(), of_stack(name, stack))).collect();
        schemas.values_mut().for_each(|schema| offer(schema, &resolver));
        schemas.insert("app".to_owned(), files::app());
        schemas.insert("e".to_owned(), files::element(&types));
        // An instance's Type may be one that only an app it extends can see.
        configs.retain(|(_, schema)| schemas.contains_key(schema));
        Schemas { schemas, configs }
    }
}

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a configuration that the Types of a stack share: each key is for those that name it.
fn of_stack(name: &str, stack: &TypeStack) -> Json {
    let mut parts: Vec<Json> =
        stack.entries().iter().map(|entry| entry.schema().to_value()).collect();
    // `()` and unit structs take no configuration, or an empty one.
    let is_unit = |part: &Json| part.get("type").and_then(Json::as_str) == Some("null");
    for part in &mut parts {
        if is_unit(part) {
            *part = json!({ "type": ["object", "null"], "additionalProperties": false });
        }
        placeholders::allow(part);
    }
    let mut schema = match parts.as_mut_slice() {
        [only] => only.take(),
        _ => shared(parts),
    };
    let Some(object) = schema.as_object_mut() else { return schema };
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties.entry("$schema").or_insert_with(files::schema_key);
    }
    object.insert("$schema".to_owned(), json!(DRAFT));
    object.insert("title".to_owned(), json!(format!("Configuration of {name}")));
    object.insert("$comment".to_owned(), json!(placeholders::COMMENT));
    schema
}

/// Lets editors offer the elements that a key may name.
fn offer(schema: &mut Json, resolver: &Resolver<'_>) {
    match schema {
        Json::Object(object) => {
            object.values_mut().for_each(|inner| offer(inner, resolver));
            if let Some(Json::String(family)) = object.get("elementOf") {
                let names = named::elements_of(resolver, family, 0);
                object.insert("examples".to_owned(), json!(names));
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| offer(item, resolver)),
        _ => {}
    }
}

/// Several schemas of one object. The first decides whether other keys are allowed.
fn shared(mut parts: Vec<Json>) -> Json {
    let is_closed = |part: &Json| {
        ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .any(|key| part.get(key) == Some(&Json::Bool(false)))
    };
    let closed = parts.first().is_some_and(is_closed);
    let (mut defs, mut all) = (serde_json::Map::new(), Vec::new());
    for (at, part) in parts.iter_mut().enumerate() {
        let name = format!("Type{at}");
        if let Some(object) = part.as_object_mut() {
            object.remove("$schema");
            for key in ["additionalProperties", "unevaluatedProperties"] {
                if object.get(key) == Some(&Json::Bool(false)) {
                    object.remove(key);
                }
            }
        }
        point_into(part, &name);
        defs.insert(name.clone(), part.take());
        all.push(json!({ "$ref": format!("#/$defs/{name}") }));
    }
    let mut schema = json!({ "type": "object", "allOf": all, "$defs": defs });
    if closed {
        schema["unevaluatedProperties"] = json!(false);
    }
    schema
}

/// Makes the references of a schema right for its new place in `$defs`.
fn point_into(json: &mut Json, name: &str) {
    match json {
        Json::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Json::String(target) if key == "$ref" => {
                        if let Some(rest) = target.strip_prefix('#') {
                            *target = format!("#/$defs/{name}{rest}");
                        }
                    }
                    value => point_into(value, name),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| point_into(item, name)),
        _ => {}
    }
}

impl Schemas {
    /// The settings with which Visual Studio Code uses the schemas: `folder` is where they are, as seen from
    /// the folder that is opened (`./schemas`), or an absolute path.
    #[must_use]
    pub fn vscode_settings(&self, folder: &str) -> Json {
        let entry = |files: &[String], name: &str| json!({ "fileMatch": files, "url": format!("{folder}/{}", Self::file_name(name)) });
        let mut entries =
            vec![entry(&["**/e.json".to_owned()], "e"), entry(&["**/app.json".to_owned()], "app")];
        let mut by_schema: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (file, schema) in &self.configs {
            by_schema.entry(schema).or_default().push(format!("**/{file}"));
        }
        entries.extend(by_schema.iter().map(|(schema, files)| entry(files, schema)));
        json!({ "json.schemas": entries })
    }

    /// The file that a schema is written to, `storages.OssType.schema.json`.
    #[must_use]
    pub fn file_name(schema: &str) -> String {
        format!("{schema}.schema.json")
    }

    /// Writes every schema into a folder, which is made if it is not there, and the
    /// [settings](Self::vscode_settings) for it as `vscode-settings.json`. Returns the names of the files.
    ///
    /// # Errors
    ///
    /// [`Io`](jit_meta::ErrorKind::Io) naming the file that cannot be written.
    pub fn write(&self, dir: &std::path::Path, folder: &str) -> Result<Vec<String>, Error> {
        let settings = ("vscode-settings.json".to_owned(), self.vscode_settings(folder));
        let files = self.schemas.iter().map(|(name, json)| (Self::file_name(name), json.clone()));
        let mut written = Vec::new();
        std::fs::create_dir_all(dir).map_err(|error| unwritable(dir, &error))?;
        for (name, json) in files.chain([settings]) {
            let path = dir.join(&name);
            std::fs::write(&path, format!("{json:#}\n"))
                .map_err(|error| unwritable(&path, &error))?;
            written.push(name);
        }
        Ok(written)
    }
}

fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Error {
    let why = crate::files::reason(error);
    let message = format!("cannot write `{}`: {why}", path.display());
    Error::new(jit_meta::ErrorKind::Io, message)
}
