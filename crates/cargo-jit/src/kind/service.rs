//! A service: an element whose functions are Rust's.

use serde_json::json;

use super::{Module, Request};
use crate::edit::manifest::Need;
use crate::name::{pascal, snake};
use crate::template::{free, render};
use crate::{Plan, Project, Result};

const TEMPLATE: &str = include_str!("../../templates/service.rs");

/// The Type of services.
pub(crate) const TYPE: &str = "services.NormalType";

pub(super) const NEEDS: &[Need] = &[
    Need::of("jit-services"),
    Need::of("serde"),
    Need::for_tests("tokio").with(&["macros", "rt-multi-thread"]),
];

pub(super) fn plan(request: &Request, project: &Project, plan: &mut Plan) -> Result<()> {
    let (name, last) = (request.name.as_str(), request.name.name());
    let define = json!({
        "title": request.title(),
        "type": TYPE,
        "backendBundleEntry": ".",
        "functionList": [
            {
                "name": "greet",
                "title": "Greet",
                "returnType": "JitDict",
                "args": [{ "name": "whom", "title": "Whom", "dataType": "Stext", "required": 1 }],
            },
            { "name": "count", "title": "Count", "returnType": "Numeric", "args": [] },
        ],
    });
    plan.create(request.folder(project).join("e.json"), format!("{define:#}\n"));
    let ty = free(TEMPLATE, pascal(last), "Code");
    let values = [("full_name", name), ("Type", &*ty), ("app", project.app_id())];
    let text = render(TEMPLATE, &values)?;
    Module { name: snake(last), text, needs: NEEDS }.plan(project, plan)?;
    plan.next.push(project.command(&format!("call {name} greet whom=Ann")));
    Ok(())
}
