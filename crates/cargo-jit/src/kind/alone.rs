//! A storage that stands alone.

use super::{Module, Request};
use crate::edit::manifest::Need;
use crate::name::{pascal, snake};
use crate::template::{free, render};
use crate::{Plan, Project, Result};

const TEMPLATE: &str = include_str!("../../templates/alone.rs");

pub(super) const NEEDS: &[Need] = &[
    Need::of("bytes"),
    Need::of("jit-meta"),
    Need::of("jit-storages"),
    Need::of("schemars"),
    Need::of("serde"),
    Need::for_tests("jit-testing"),
    Need::for_tests("tokio").with(&["macros", "rt-multi-thread"]),
];

pub(super) fn plan(
    request: &Request,
    meta: &str,
    project: &Project,
    plan: &mut Plan,
) -> Result<()> {
    let (name, last) = (request.name.as_str(), request.name.name());
    plan.create(request.folder(project).join("e.json"), request.define(meta));
    let ty = free(TEMPLATE, pascal(last), "Code");
    let text = render(TEMPLATE, &[("full_name", name), ("Type", &ty)])?;
    Module { name: snake(last), text, needs: NEEDS, is_public: false }.plan(project, plan)
}
