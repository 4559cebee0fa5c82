//! A family: interface, function list, one Type, one instance.

use super::{Module, Request};
use crate::edit::manifest::Need;
use crate::name::{pascal, snake};
use crate::template::{free, render};
use crate::{Error, Plan, Project, Result};

const TEMPLATE: &str = include_str!("../../templates/family.rs");

pub(super) const NEEDS: &[Need] = &[
    Need::of("jit-meta"),
    Need::of("schemars"),
    Need::of("serde"),
    Need::for_tests("jit-testing"),
    Need::for_tests("tokio").with(&["macros", "rt-multi-thread"]),
];

pub(super) fn plan(request: &Request, project: &Project, plan: &mut Plan) -> Result<()> {
    let name = &request.name;
    let family = name.namespace().unwrap_or_default();
    if name.name() != "Meta" || family.contains('.') {
        let message = format!("`{name}` is no family: a family is called like `imRobots.Meta`");
        return Err(
            Error::usage(message).with_help(format!("did you mean `{}.Meta`?", name.family()))
        );
    }
    let families = pascal(family);
    // `ImRobots` has members that are each an `ImRobot`.
    let (members, member) = match families.strip_suffix('s').filter(|one| !one.is_empty()) {
        Some(one) => (families.clone(), one.to_owned()),
        None => (format!("{families}Family"), families.clone()),
    };
    let instance = format!("{family}.My{member}");
    let (members, member) = (free(TEMPLATE, members, "Family"), free(TEMPLATE, member, "Member"));
    let is_library = project.manifest().library().is_some();
    let values = [
        ("pub", if is_library { "pub" } else { "pub(crate)" }),
        ("family", family),
        ("Family", &*members),
        ("Member", &*member),
        ("member", &*member.to_lowercase()),
    ];
    let define = |title: &str, type_name: &str| {
        let json =
            serde_json::json!({ "title": title, "type": type_name, "backendBundleEntry": "." });
        format!("{json:#}\n")
    };
    let folder = project.dir().join(family);
    let mine = folder.join(format!("My{member}"));
    plan.create(
        mine.join("e.json"),
        define(&format!("My {member}"), &format!("{family}.NormalType")),
    );
    plan.create(
        mine.join(format!("My{member}.json")),
        "{\n  \"greeting\": \"Hello\"\n}\n".to_owned(),
    );
    let text = render(TEMPLATE, &values)?;
    Module { name: snake(family), text, needs: NEEDS, is_public: true }.plan(project, plan)?;
    plan.next.push(project.command(&format!("call {instance} answer question=Anybody?")));
    Ok(())
}
