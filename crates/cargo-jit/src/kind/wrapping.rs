//! A storage that wraps another: as a Type of its own, or in the place of one that there is.

use super::{Module, Request};
use crate::edit::manifest::Need;
use crate::name::{pascal, snake};
use crate::template::{free, render};
use crate::{Plan, Project, Result};

const TEMPLATE: &str = include_str!("../../templates/wrapping.rs");

pub(super) const NEEDS: &[Need] = &[
    Need::of("bytes"),
    Need::of("jit-meta"),
    Need::of("jit-storages"),
    Need::of("schemars"),
    Need::of("serde"),
    Need::for_tests("jit-testing"),
    Need::for_tests("tokio").with(&["macros", "rt-multi-thread"]),
];

/// A Type of its own. Its folder says what it wraps.
pub(super) fn plan(request: &Request, of: &str, project: &Project, plan: &mut Plan) -> Result<()> {
    let name = request.name.as_str();
    let last = request.name.name();
    plan.create(request.folder(project).join("e.json"), request.define(of));
    let about = format!("`{name}`: a `{of}` that takes no file above a size.");
    code(&snake(last), &pascal(last), &about, &format!("\"{name}\""), "None", name, plan, project)
}

/// Code of the app's own behind the name of a Type.
pub(super) fn plan_override(request: &Request, project: &Project, plan: &mut Plan) -> Result<()> {
    let name = request.name.as_str();
    let app = project.app_id();
    let last = own_name(request, project);
    let about = format!("`{name}` as this app has it: it takes no file above a size.");
    let registered = format!("app \"{app}\", \"{name}\"");
    code(
        &snake(&last),
        &last,
        &about,
        &registered,
        &format!("Some(\"{app}\")"),
        name,
        plan,
        project,
    )
}

/// What the app's own code for a Type is called: `QuickstartOssType`.
pub(super) fn own_name(request: &Request, project: &Project) -> String {
    let app = project.app_id();
    let app = app.rsplit('.').next().unwrap_or(app);
    format!("{}{}", pascal(app), pascal(request.name.name()))
}

#[expect(clippy::too_many_arguments, reason = "each is a name of the template")]
fn code(
    module: &str,
    ty: &str,
    about: &str,
    registered: &str,
    owner: &str,
    name: &str,
    plan: &mut Plan,
    project: &Project,
) -> Result<()> {
    let ty = free(TEMPLATE, ty.to_owned(), "Code");
    let values = [
        ("about", about),
        ("Type", &*ty),
        ("registered", registered),
        ("owner", owner),
        ("full_name", name),
    ];
    let text = render(TEMPLATE, &values)?;
    Module { name: module.to_owned(), text, needs: NEEDS, is_public: false }.plan(project, plan)
}
