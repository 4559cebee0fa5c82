//! Taking away what was made: the plan that made it is made again, and turned round.
//!
//! Nothing is recorded when something is made. What stands in the app tells which kind it was; and what the
//! plan would create, and is there byte by byte, is what it did create.

use std::fs;
use std::path::Path;

use jit_meta::Catalog;
use serde_json::Value as Json;

use crate::edit::{manifest::Need, modules};
use crate::kind::{made_with, module_of};
use crate::name::full_name;
use crate::{ByHand, Change, Error, Kind, Plan, Project, Request, Result};

/// The plan that takes away what was made under a name. `force` takes files along that were edited since.
///
/// # Errors
///
/// When nothing of that name was made, or some of it was edited since and nobody said `force`.
pub fn removal(
    project: &Project,
    name: &str,
    force: bool,
    catalog: impl FnOnce() -> Result<Catalog>,
) -> Result<Plan> {
    let request = made(project, name)?;
    let catalog = match request.kind {
        Kind::Instance { .. } => Some(catalog()?),
        _ => None,
    };
    // As it was made: what is registered by now is what is going to go.
    let made = request.plan_unchecked(project, catalog.as_ref())?;
    let mut plan = Plan { root: made.root.clone(), ..Plan::default() };
    let (mut edited, mut gone) = (Vec::new(), Vec::new());
    for change in &made.changes {
        let Change::Create { path, text } = change else { continue };
        match fs::read_to_string(path) {
            Ok(found) => {
                if found != *text {
                    edited.push(made.shown(path));
                }
                gone.push(path.clone());
                plan.changes.push(Change::Delete { path: path.clone(), text: found });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("read", path, &error)),
        }
    }
    if !edited.is_empty() && !force {
        let list: String = edited.iter().map(|file| format!("\n  {file}")).collect();
        let message = format!("edited since `{name}` was made; nothing was removed:{list}");
        return Err(Error::new(message).with_help("--force removes them as well"));
    }
    if let Some((module, needs)) = module_of(&request, project) {
        unlink(project, &module, needs, &gone, &mut plan)?;
    }
    plan.next.push(project.command("check"));
    Ok(plan)
}

/// What was made under a name, as far as what is there tells.
fn made(project: &Project, name: &str) -> Result<Request> {
    let full_name = full_name(name)?;
    let folder = full_name.as_str().split('.').fold(project.dir().to_owned(), |at, it| at.join(it));
    let define = fs::read_to_string(folder.join("e.json")).ok();
    let define: Option<Json> = define.and_then(|text| serde_json::from_str(&text).ok());
    let functions = define.as_ref().map(made_with).unwrap_or_default();
    let type_name = define.and_then(|json| {
        let title = json.get("title").and_then(Json::as_str).map(str::to_owned);
        Some((json.get("type")?.as_str()?.to_owned(), title))
    });
    let kinds = match type_name {
        Some((type_name, title)) => vec![
            (Kind::Wrapping { of: type_name.clone() }, title.clone()),
            (Kind::Alone { meta: type_name.clone() }, title.clone()),
            (Kind::Service, title.clone()),
            (Kind::Instance { type_name }, title),
        ],
        None => vec![(Kind::Override, None), (Kind::Family, None)],
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
    let message =
        format!("`{name}` is nothing that was made here: no `e.json` and no code of that name");
    Err(Error::new(message).with_help("it has to be in the app itself: --app DIR"))
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

fn module_path(project: &Project, module: &str) -> std::path::PathBuf {
    let root = project.manifest().crate_root();
    root.parent().unwrap_or(project.dir()).join(format!("{module}.rs"))
}

/// Takes away what ties a module to its crate.
fn unlink(
    project: &Project,
    module: &str,
    needs: &[Need],
    gone: &[std::path::PathBuf],
    plan: &mut Plan,
) -> Result<()> {
    let root = project.manifest().crate_root();
    let before = fs::read_to_string(&root).map_err(|error| Error::io("read", &root, &error))?;
    let after = modules::undeclare(&before, module);
    if after.contains(&format!("{module}::")) {
        plan.by_hand.push(ByHand {
            file: root.clone(),
            what: format!("remove what uses `{module}::`"),
            why: "it was written by somebody".to_owned(),
        });
    }
    plan.edit(root, before, after);
    let manifest = project.manifest();
    let others = sources(project.dir(), gone);
    let is_used = |name: &str| {
        let ident = name.replace('-', "_");
        others.iter().any(|text| mentions(text, &ident))
    };
    let without = manifest.without(needs, project.workspace(), &is_used);
    plan.edit(manifest.path.clone(), manifest.text.clone(), without);
    Ok(())
}

/// The Rust files of a crate but for those that go.
fn sources(folder: &Path, gone: &[std::path::PathBuf]) -> Vec<String> {
    let mut texts = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return texts };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && !path.is_symlink() {
            texts.extend(sources(&path, gone));
        } else if path.extension().is_some_and(|it| it == "rs") && !gone.contains(&path) {
            texts.extend(fs::read_to_string(&path).ok());
        }
    }
    texts
}

/// Whether code refers to a crate: `bytes::Bytes`, `use bytes`.
fn mentions(code: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, rest) = code.split_at(at);
        let rest = rest.strip_prefix(name).unwrap_or_default();
        let is_whole = !before.ends_with(is_word) && !rest.starts_with(is_word);
        is_whole && (rest.starts_with("::") || before.ends_with("use "))
    })
}
