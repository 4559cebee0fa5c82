//! `show`: one element, explained.

use std::process::ExitCode;

use jit_meta::{ArgDeclaration, Error, ErrorKind, FunctionDeclaration, MetaEntry, Need, TypeEntry};
use serde_json::{Value as Json, json};

use super::output::{Output, table};
use crate::{App, Link};

pub(super) fn run(app: &App, name: &str, out: &mut Output) -> ExitCode {
    match collect(app, name) {
        Ok((found, problem)) => {
            let written = if out.json {
                out.print_json(&found.json())
            } else {
                out.print(found.text().as_bytes())
            };
            // The definition is worth seeing even where the chain breaks.
            problem.map_or(written, |error| if out.json { written } else { out.error(&error) })
        }
        Err(error) => out.error(&error),
    }
}

struct Found {
    title: String,
    full_name: String,
    /// The file that defines it; none for a Type that is only registered.
    file: Option<String>,
    fields: Vec<(String, Json)>,
    chain: Vec<Link>,
    /// Of the Type that loads it, then of those that one inherits from.
    schemas: Vec<Json>,
    /// Those of a family, with where each is registered.
    types: Vec<(&'static str, String)>,
    functions: Vec<FunctionDeclaration>,
}

/// What there is to show, and what is wrong with the type chain.
fn collect(app: &App, name: &str) -> Result<(Found, Option<Error>), Error> {
    let hierarchy = app.hierarchy();
    let apps: Vec<_> = hierarchy.iter().map(|manifest| manifest.app_id.as_str()).collect();
    // A Type is shown with the code that is registered under its own name, and needs no folder.
    let own = app.registry().find(&apps, name).copied();
    let define = match app.get_element_define(name) {
        Ok(define) => define,
        Err(error) => {
            let found = own
                .map(|code| Found::registered(app, code))
                .or_else(|| Found::family(app, &apps, name));
            return match found {
                Some(found) => Ok((found, None)),
                None if error.kind() == ErrorKind::NotFound => Err(app.no_name(name)),
                None => Err(error),
            };
        }
    };
    let (mut chain, mut problem) = (Vec::new(), None);
    if define.type_name().is_some() {
        match app.type_chain(name) {
            Ok(links) => chain = links,
            Err(error) => problem = Some(error),
        }
    }
    let codes = own.map_or_else(|| app.types_of(name).unwrap_or_default(), |code| vec![code]);
    let is_secret = |field: &str| {
        let schemas = codes.iter().map(|code| code.schema().to_value());
        let mut properties = schemas.filter_map(|s| s.get("properties")?.get(field).cloned());
        properties.any(|property| property.get("writeOnly") == Some(&Json::Bool(true)))
    };
    let fields = define.shown_fields().map(|(field, value)| match is_secret(field) {
        true => (field.to_owned(), Json::from("***")),
        false => (field.to_owned(), value),
    });
    let found = Found {
        title: define.title().to_owned(),
        full_name: name.to_owned(),
        file: Some(define.file().path().to_owned()),
        fields: fields.collect(),
        chain,
        schemas: codes.iter().map(|code| code.schema().to_value()).collect(),
        types: Vec::new(),
        functions: codes
            .first()
            .map(|code| code.functions(own.is_none().then_some(&*define)))
            .unwrap_or_default(),
    };
    Ok((found, problem))
}

impl Found {
    fn registered(app: &App, code: TypeEntry) -> Self {
        let meta = app.registry().find_meta(code.meta()).map(MetaEntry::registered);
        let link = |name: &str, registered| {
            Some(Link { name: name.parse().ok()?, file: None, registered })
        };
        let chain = [
            link(code.full_name(), vec![code.registered()]),
            link(code.meta(), meta.into_iter().collect()),
        ];
        Self {
            title: "a registered Type".to_owned(),
            full_name: code.full_name().to_owned(),
            file: None,
            fields: Vec::new(),
            chain: chain.into_iter().flatten().collect(),
            schemas: vec![code.schema().to_value()],
            types: Vec::new(),
            functions: code.functions(None),
        }
    }

    fn family(app: &App, apps: &[&str], name: &str) -> Option<Self> {
        let meta = app.registry().find_meta(name)?;
        let name = meta.full_name().parse().ok()?;
        let types = app.registry().types(apps).filter(|code| code.meta() == meta.full_name());
        Some(Self {
            title: "a registered family".to_owned(),
            full_name: meta.full_name().to_owned(),
            file: None,
            fields: Vec::new(),
            chain: vec![Link { name, file: None, registered: vec![meta.registered()] }],
            schemas: Vec::new(),
            types: types.map(|code| (code.full_name(), code.registered().to_string())).collect(),
            functions: meta.functions(),
        })
    }

    fn json(&self) -> Json {
        let types: Vec<_> = self.types.iter().map(|(name, _)| name).collect();
        let chain: Vec<_> = self
            .chain
            .iter()
            .map(|link| {
                let registered: Vec<_> = link.registered.iter().map(ToString::to_string).collect();
                json!({ "name": link.name, "file": link.file, "registered": registered })
            })
            .collect();
        json!({
            "fullName": self.full_name,
            "title": self.title,
            "file": self.file,
            "define": self.fields.iter().cloned().collect::<serde_json::Map<_, _>>(),
            "typeChain": chain,
            "types": types,
            "configSchema": self.schemas.first(),
            "inheritedConfigSchemas": self.schemas.get(1..).unwrap_or_default(),
            "functions": self.functions,
        })
    }

    fn text(&self) -> String {
        let mut out = match &self.file {
            Some(file) => {
                format!("{} \"{}\"\n\nDefinition ({file})\n", self.full_name, self.title)
            }
            // It has no title: nobody has defined it in a folder.
            None => format!("{}, {}\n", self.full_name, self.title),
        };
        let about = self.schemas.first().filter(|_| self.file.is_none());
        if let Some(text) = about.and_then(|schema| schema.get("description")?.as_str()) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            out.push_str(&format!("  {text}\n"));
        }
        let rows: Vec<_> = self
            .fields
            .iter()
            .map(|(field, value)| vec![format!("  {field}"), value.to_string()])
            .collect();
        out.push_str(&table(&rows));
        if !self.chain.is_empty() {
            out.push_str("\nType chain\n");
            let rows: Vec<_> = self.chain.iter().map(chain_row).collect();
            out.push_str(&table(&rows));
        }
        let keys: Vec<_> = self.schemas.iter().flat_map(key_rows).collect();
        if !keys.is_empty() {
            out.push_str("\nConfiguration keys\n");
            out.push_str(&table(&keys));
        }
        if !self.types.is_empty() {
            out.push_str("\nTypes\n");
            let row = |(name, at): &(&str, String)| {
                vec![format!("  {name}"), format!("registered at {at}")]
            };
            let rows: Vec<_> = self.types.iter().map(row).collect();
            out.push_str(&table(&rows));
        }
        if !self.functions.is_empty() {
            out.push_str("\nFunctions\n");
            for function in &self.functions {
                out.push_str(&format!("  {}\n", signature(function)));
                let text = if function.desc.is_empty() { &function.title } else { &function.desc };
                if !text.is_empty() {
                    out.push_str(&format!("      {text}\n"));
                }
            }
        }
        out
    }
}

fn chain_row(link: &Link) -> Vec<String> {
    let mut places = Vec::new();
    places.extend(link.file.clone());
    let mut registered = link.registered.iter();
    places.extend(registered.next().map(|at| format!("registered at {at}")));
    places.extend(registered.map(|at| format!("overrides {at}")));
    vec![format!("  {}", link.name), places.join(", ")]
}

fn key_rows(schema: &Json) -> Vec<Vec<String>> {
    let properties = schema.get("properties").and_then(Json::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, property)| {
            let mut marks = vec![Need::of(schema, name).to_string()];
            if property.get("writeOnly") == Some(&Json::Bool(true)) {
                marks.push("secret".to_owned());
            }
            let family = property.get("elementOf").and_then(Json::as_str);
            marks.extend(family.map(|family| format!("an element of {family}")));
            let text = property.get("description").and_then(Json::as_str).unwrap_or_default();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            vec![format!("  {name}"), marks.join(", "), text]
        })
        .collect()
}

fn signature(function: &FunctionDeclaration) -> String {
    let args: Vec<_> = function.args.iter().map(argument).collect();
    let returns = function.return_type.as_deref().unwrap_or("None");
    format!("{}({}) -> {}", function.name, args.join(", "), type_name(returns))
}

fn argument(arg: &ArgDeclaration) -> String {
    let may_be_left_out = if arg.required || arg.value.is_some() { "" } else { "?" };
    let default = arg.value.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
    format!("{}{may_be_left_out}: {}{default}", arg.shown(), type_name(&arg.data_type))
}

/// The name of a data type as it is shown.
fn type_name(data_type: &str) -> &str {
    match data_type {
        "" => "anything",
        "-" => "bytes",
        other => other,
    }
}
