//! Taking away what was made: the plan that made it is made again, and turned round.
//!
//! Nothing is recorded when something is made. What stands in the app tells which kind it was; and what the
//! plan would create, and is there byte by byte, is what it did create.
//!
//! What was edited since stays, and so does what is used by others, unless somebody insists; then the users are
//! listed as what is left to do.

use std::fs;
use std::path::{Path, PathBuf};

use jit_meta::Catalog;
use serde_json::Value as Json;

use crate::edit::{manifest::Need, modules};
use crate::kind::{made_with, made_with_app, module_of};
use crate::name::full_name;
use crate::users::{
    Code, Source, User, elements, elements_of, mentions, registration, sources, users,
};
use crate::{ByHand, Change, Error, Kind, Plan, Project, Request, Result};

/// The plan that takes away what was made under a name. `force` takes it along where it was edited since, cannot be
/// compared with what was made, or is used.
///
/// # Errors
///
/// When nothing of that name was made, or one of these holds and nobody said `force`.
pub fn removal(
    project: &Project,
    name: &str,
    force: bool,
    catalog: impl FnOnce() -> Result<Catalog>,
) -> Result<Plan> {
    let request = made(project, name)?;
    let mut plan = Plan { root: project.dir().to_owned(), ..Plan::default() };
    let found = found(&request, project, force, catalog)?;
    let gone: Vec<PathBuf> = found.files.iter().map(|(path, _)| path.clone()).collect();
    for (path, text) in &found.files {
        plan.changes.push(Change::Delete { path: path.clone(), text: text.clone() });
    }
    let mut left = sources(project.dir(), &gone);
    let module = module_of(&request, project);
    let library = project.manifest().library_name();
    let code = module.as_ref().map(|(module, _)| Code { module, library: library.as_deref() });
    if !force {
        refuse(&request, &found, &users(&request, code, &left), &plan)?;
    }
    if let Some((module, needs)) = &module {
        unlink(project, module, needs, &mut left, &mut plan)?;
    }
    for user in users(&request, code, &left) {
        let (file, what) = (user.file().to_owned(), user.step());
        plan.by_hand.push(ByHand { file, what, why: format!("`{name}` is gone") });
    }
    if request.kind == Kind::Override {
        let elements = elements_of(name, &left);
        let list: String = elements.iter().map(|it| format!("\n  {}", plan.shown(it))).collect();
        if !list.is_empty() {
            plan.notes.push(format!(
                "From now on these are loaded without it; their configurations may have keys of it:{list}"
            ));
        }
    }
    plan.next.push(project.command("check"));
    Ok(plan)
}

/// What is there of what was made.
#[derive(Default)]
struct Found {
    files: Vec<Source>,
    edited: Vec<PathBuf>,
    /// Files of which nobody knows whether they were edited, and why.
    unknown: Vec<PathBuf>,
    why: String,
}

fn found(
    request: &Request,
    project: &Project,
    force: bool,
    catalog: impl FnOnce() -> Result<Catalog>,
) -> Result<Found> {
    let mut found = Found::default();
    let Kind::Instance { type_name } = &request.kind else {
        for change in request.plan_unchecked(project, None)?.changes {
            if let Change::Create { path, text } = change
                && let Some(there) = read(&path)?
            {
                if there != text {
                    found.edited.push(path.clone());
                }
                found.files.push((path, there));
            }
        }
        return Ok(found);
    };
    // Its configuration is as its Type asks for it; what it consists of is known without that.
    let define = request.folder(project).join("e.json");
    let config = request.folder(project).join(format!("{}.json", request.name.name()));
    if let Some(there) = read(&define)? {
        if there != request.define(type_name) {
            found.edited.push(define.clone());
        }
        found.files.push((define, there));
    }
    let Some(there) = read(&config)? else { return Ok(found) };
    if !force && made_with_app(request.name.as_str()) != Some(&there) {
        let planned = match type_name.as_str() {
            "" => Err(Error::new("its `e.json` names no Type")),
            _ => catalog().and_then(|it| request.plan_unchecked(project, Some(&it))),
        };
        match planned {
            Ok(planned) => {
                let is_it = |change: &&Change| change.path() == config;
                let made = planned.changes.iter().find(is_it);
                if !matches!(made, Some(Change::Create { text, .. }) if *text == there) {
                    found.edited.push(config.clone());
                }
            }
            Err(error) => {
                found.why = error.message().lines().next().unwrap_or_default().to_owned();
                found.unknown.push(config.clone());
            }
        }
    }
    found.files.push((config, there));
    Ok(found)
}

/// The text of a file, if it is there.
fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, &error)),
    }
}

/// Tells everything that speaks against it.
fn refuse(request: &Request, found: &Found, users: &[User], plan: &Plan) -> Result<()> {
    let mut message = String::new();
    let mut tell = |why: String, files: Vec<String>| {
        if !files.is_empty() {
            let list: String = files.iter().map(|file| format!("\n  {file}")).collect();
            message += &format!("\n{why}:{list}");
        }
    };
    let shown = |files: &[PathBuf]| files.iter().map(|file| plan.shown(file)).collect();
    tell("edited since it was made".to_owned(), shown(&found.edited));
    let why = format!("nobody knows whether this was edited, as {}", found.why);
    tell(why, shown(&found.unknown));
    let told = |user: &User| user.told(&plan.shown(user.file()));
    tell("used by".to_owned(), users.iter().map(told).collect());
    if message.is_empty() {
        return Ok(());
    }
    let help = match users {
        [] => "--force removes it all the same",
        _ => {
            "change what uses it first; --force removes it all the same, and lists that as left to do"
        }
    };
    let name = &request.name;
    Err(Error::new(format!("`{name}` is not removed{message}")).with_help(help))
}

/// What was made under a name, as far as what is there tells.
fn made(project: &Project, name: &str) -> Result<Request> {
    let full_name = full_name(name)?;
    let folder = full_name.as_str().split('.').fold(project.dir().to_owned(), |at, it| at.join(it));
    let define = read(&folder.join("e.json"))?;
    // One that is broken is an element all the same.
    let define: Option<Json> = define.map(|text| serde_json::from_str(&text).unwrap_or_default());
    let functions = define.as_ref().map(made_with).unwrap_or_default();
    let define = define.map(|json| {
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        (text("type").unwrap_or_default(), text("title"))
    });
    let kinds = match define {
        _ if full_name.name() == "Meta" => vec![(Kind::Family, None)],
        Some((type_name, title)) => vec![
            (Kind::Wrapping { of: type_name.clone() }, title.clone()),
            (Kind::Alone { meta: type_name.clone() }, title.clone()),
            (Kind::Service, title.clone()),
            (Kind::Instance { type_name }, title),
        ],
        None => vec![(Kind::Override, None)],
    };
    for (kind, title) in kinds {
        let (name, functions) = (full_name.clone(), functions.clone());
        let request = Request { name, kind, title, values: Vec::new(), functions };
        match module_of(&request, project) {
            None if matches!(request.kind, Kind::Instance { .. }) => return Ok(request),
            Some((module, _)) if is_ours(project, &module, &request.kind) => return Ok(request),
            _ => {}
        }
    }
    Err(nothing(project, name))
}

/// Nothing was made under a name: it is code that somebody wrote or that came with something else, or not there.
fn nothing(project: &Project, name: &str) -> Error {
    let sources = sources(project.dir(), &[]);
    let Some((file, line)) = registration(name, &sources) else {
        let message =
            format!("`{name}` is nothing that was made here: no `e.json` and no code of that name");
        let mut known = elements(&sources, project.dir());
        known.sort();
        let near = jit_meta::nearest(name, known.iter().map(String::as_str));
        let help = jit_meta::did_you_mean(&near)
            .unwrap_or_else(|| "it has to be in the app itself: --app DIR".to_owned());
        return Error::new(message).with_help(help);
    };
    let shown = Plan { root: project.dir().to_owned(), ..Plan::default() }.shown(file);
    let message = format!("`{name}` was not made by itself: its code is at {shown}:{line}");
    Error::new(message).with_help(
        "take it out there by hand; before that, the elements that have it as their `type`: `--remove` takes them",
    )
}

/// Whether a module is there that a kind makes.
fn is_ours(project: &Project, module: &str, kind: &Kind) -> bool {
    let text = fs::read_to_string(module_path(project, module)).unwrap_or_default();
    let wraps = text.contains("const INHERITS: bool = true;");
    match kind {
        Kind::Wrapping { of } => wraps && !of.ends_with(".Meta"),
        Kind::Alone { meta } => !wraps && !text.is_empty() && meta.ends_with(".Meta"),
        Kind::Override | Kind::Family => !text.is_empty(),
        Kind::Service => text.contains("register_service!"),
        Kind::Instance { .. } => false,
    }
}

fn module_path(project: &Project, module: &str) -> PathBuf {
    let root = project.manifest().crate_root();
    root.parent().unwrap_or(project.dir()).join(format!("{module}.rs"))
}

/// Takes away what ties a module to its crate, also out of the sources that are left.
fn unlink(
    project: &Project,
    module: &str,
    needs: &[Need],
    left: &mut [Source],
    plan: &mut Plan,
) -> Result<()> {
    let manifest = project.manifest();
    for root in manifest.library().into_iter().chain([manifest.program()]) {
        let Some(before) = read(&root)? else { continue };
        let after = modules::undeclare(&before, module);
        if let Some((_, text)) = left.iter_mut().find(|(file, _)| *file == root) {
            text.clone_from(&after);
        }
        plan.edit(root, before, after);
    }
    let is_used = |name: &str| {
        let ident = name.replace('-', "_");
        let is_code = |file: &Path| file.extension().is_some_and(|it| it == "rs");
        left.iter().any(|(file, text)| is_code(file) && mentions(text, &ident))
    };
    let without = manifest.without(needs, project.workspace(), &is_used);
    plan.edit(manifest.path.clone(), manifest.text.clone(), without);
    Ok(())
}
