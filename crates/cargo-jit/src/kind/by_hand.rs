//! Code that is not written here: of a family whose interface is not known, with the steps for its author.

use jit_meta::Catalog;

use super::{Kind, Request, STORAGES};
use crate::name::{pascal, snake};
use crate::{Error, Project};

/// Why no code is written for a Type of a family, and how its author does it.
pub(super) fn refused(
    request: &Request,
    family: &str,
    catalog: &Catalog,
    project: &Project,
) -> Error {
    let name = request.name.as_str();
    let last = request.name.name();
    let (module, ty) = match &request.kind {
        Kind::Override => {
            let own = super::wrapping::own_name(request, project);
            (snake(&own), own)
        }
        _ => (snake(last), pascal(last)),
    };
    let at = catalog.entries.iter().find(|entry| entry.full_name == family);
    let at = at.map(|it| format!(", which is registered at {}:{}", it.file, it.line));
    let registered = match &request.kind {
        Kind::Override => format!("app \"{}\", \"{name}\"", project.app_id()),
        _ => format!("\"{name}\""),
    };
    let (page, wraps) = match &request.kind {
        Kind::Alone { .. } => ("add-a-family", ""),
        _ => (
            "override-a-type",
            "\n       with `const INHERITS: bool = true`, and `cx.inherited().await?` for what it wraps",
        ),
    };
    let mut steps = vec![
        format!("src/{module}.rs, and `mod {module};` in the crate's root"),
        format!("there: `struct {ty};`, and `register_type!({registered} => {ty});`"),
        "a configuration: a struct with `Deserialize` and `JsonSchema`".to_owned(),
        format!(
            "`impl Type for {ty}`, whose `Meta` is `{family}`{}{wraps}",
            at.unwrap_or_default()
        ),
        "the family's trait, for what its `load` gives".to_owned(),
    ];
    if let Kind::Wrapping { of } = &request.kind {
        let folder = name.replace('.', "/");
        steps.push(format!("{folder}/e.json, which says what it wraps: {{ \"title\": \"{last}\", \"type\": \"{of}\" }}"));
    }
    if request.kind != Kind::Override {
        let family = request.name.family();
        steps.push(format!("an instance: new-element {family}.NAME --type {name}"));
    }
    let steps: String =
        (1..).zip(&steps).map(|(number, step)| format!("\n    {number}. {step}")).collect();
    let message =
        format!("code of `{family}` is written by hand: here it is for `{STORAGES}` only");
    Error::usage(message)
        .with_help(format!("what there has to be, of which docs/{page}.md has an example:{steps}"))
}
