//! A service: an element whose functions are Rust's.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::{Module, Request};
use crate::edit::manifest::Need;
use crate::name::{names_code, pascal, snake, words};
use crate::template::{formatted, free, render};
use crate::{Error, Plan, Project, Result};

/// A service with functions that somebody named.
const TEMPLATE: &str = include_str!("../../templates/service.rs");
/// And one to begin with where nobody did.
const GREETER: &str = include_str!("../../templates/greeter.rs");

const ARGUMENTS: &str = include_str!("../../templates/function/arguments.rs");
const METHOD: &str = include_str!("../../templates/function/method.rs");
const TEST: &str = include_str!("../../templates/function/test.rs");

/// The Type of services.
pub(crate) const TYPE: &str = "services.NormalType";

pub(super) const NEEDS: &[Need] = &[
    Need::of("jit-services"),
    Need::of("serde"),
    Need::for_tests("jit-testing"),
    Need::for_tests("tokio").with(&["macros", "rt-multi-thread"]),
];

pub(super) fn plan(request: &Request, project: &Project, plan: &mut Plan) -> Result<()> {
    let name = request.name.as_str();
    let code = Code::of(request)?;
    let define = json!({
        "title": request.title(),
        "type": TYPE,
        "backendBundleEntry": ".",
        "functionList": code.declarations(),
    });
    plan.create(define_path(request, project), format!("{define:#}\n"));
    let text = code.module(name, project.app_id())?;
    Module { name: snake(request.name.name()), text, needs: NEEDS, is_public: false }
        .plan(project, plan)?;
    plan.next.push(project.command(&format!("call {name} {}", code.call())));
    Ok(())
}

fn define_path(request: &Request, project: &Project) -> PathBuf {
    request.folder(project).join("e.json")
}

/// The names of functions, or why they cannot be.
pub(crate) fn check_functions(names: &[String]) -> Result<()> {
    for (at, name) in names.iter().enumerate() {
        if !jit_meta::is_name_segment(name) {
            let message = format!("`{name}` is no name of a function");
            let help =
                "it is letters, digits and `_`, like `placeOrder`, and does not start with a digit";
            return Err(Error::usage(message).with_help(help));
        }
        if !names_code(&snake(name)) {
            let message = format!("no code can be named after the function `{name}`");
            return Err(Error::usage(message).with_help("let its name begin with a letter"));
        }
        let others = names.iter().take(at);
        if let Some(other) = others.into_iter().find(|other| snake(other) == snake(name)) {
            let message = match other == name {
                true => format!("the function `{name}` is named twice"),
                false => format!(
                    "the functions `{other}` and `{name}` are both `{}` in Rust",
                    snake(name)
                ),
            };
            return Err(Error::usage(message).with_help("give each a name of its own"));
        }
    }
    Ok(())
}

/// The functions that a service was made with, as far as its `e.json` tells; none are those it has by itself.
pub(crate) fn made_with(define: &Json) -> Vec<String> {
    let names = declared(define);
    let is_greeter = define.get("functionList") == Some(&Code::Greeter.declarations().into());
    // What nobody could have named here was written by hand.
    if is_greeter || check_functions(&names).is_err() { Vec::new() } else { names }
}

/// The names of the functions that an `e.json` declares.
fn declared(define: &Json) -> Vec<String> {
    let list = define.get("functionList").and_then(Json::as_array).into_iter().flatten();
    let names = list.filter_map(|function| function.get("name")?.as_str());
    names.map(str::to_owned).collect()
}

/// Says what to write for more functions of a service that is there: its code is its author's by now.
///
/// # Errors
///
/// When something else is there, or it has all of these functions.
pub(super) fn more(request: &Request, project: &Project) -> Result<Option<Plan>> {
    let path = define_path(request, project);
    if request.functions.is_empty() || !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| Error::io("read", &path, &error))?;
    let define: Json = serde_json::from_str(&text).unwrap_or_default();
    let name = request.name.as_str();
    if define.get("type").and_then(Json::as_str) != Some(TYPE) {
        let message = format!("`{name}` is there already, and is no `{TYPE}`");
        return Err(Error::usage(message).with_help("choose another name"));
    }
    let mut plan = Plan { root: project.dir().to_owned(), ..Plan::default() };
    let declared = declared(&define);
    let (known, new): (Vec<_>, Vec<_>) =
        request.functions.iter().cloned().partition(|it| declared.contains(it));
    let known = known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let file = plan.shown(&path);
    if new.is_empty() {
        let message = format!("`{name}` declares {known} already, in {file}");
        return Err(Error::usage(message).with_help("choose another name for the function"));
    }
    if !known.is_empty() {
        plan.notes.push(format!("It declares {known} already: that stays as it is."));
    }
    let request = Request { functions: new, ..request.clone() };
    let code = Code::of(&request)?;
    let Code::Named(functions) = &code else { return Ok(None) };
    let declarations: Vec<_> =
        functions.iter().map(|it| format!("{:#}", it.declaration())).collect();
    let ty = pascal(request.name.name());
    let module = project
        .manifest()
        .crate_root()
        .with_file_name(format!("{}.rs", snake(request.name.name())));
    let methods =
        format!("{}\nimpl {ty} {{\n{}}}\n", code.rendered(ARGUMENTS)?, code.rendered(METHOD)?);
    plan.notes.push(format!(
        "It is there already, and its code is its author's to change. Add by hand to the `functionList` in {file}:\n\n{}\n\nto `functions` in {}:\n\n{}\n\nto the same file:\n\n{}\nand to its tests:\n\n{}",
        declarations.join(",\n"),
        plan.shown(&module),
        code.registered(),
        formatted(methods, project.dir()),
        code.rendered(TEST)?.trim_end(),
    ));
    plan.next.push(project.command("check"));
    Ok(Some(plan))
}

/// What is written for a service.
enum Code {
    Greeter,
    Named(Vec<Function>),
}

/// A function that was named, and what it is called in Rust.
struct Function {
    name: String,
    method: String,
    arguments: String,
    test: String,
}

impl Code {
    fn of(request: &Request) -> Result<Self> {
        check_functions(&request.functions)?;
        if request.functions.is_empty() {
            return Ok(Self::Greeter);
        }
        let ty = service_type(TEMPLATE, request.name.name());
        let function = |name: &String| Function {
            name: name.clone(),
            method: snake(name),
            arguments: free(&format!("{TEMPLATE} {ty}"), pascal(name) + "Args", "Given"),
            test: words(name).join("_"),
        };
        Ok(Self::Named(request.functions.iter().map(function).collect()))
    }

    fn declarations(&self) -> Vec<Json> {
        match self {
            Self::Greeter => vec![
                json!({
                    "name": "greet",
                    "title": "Greet",
                    "returnType": "JitDict",
                    "args": [{ "name": "whom", "title": "Whom", "dataType": "Stext", "required": 1 }],
                }),
                json!({ "name": "count", "title": "Count", "returnType": "Numeric", "args": [] }),
            ],
            Self::Named(functions) => functions.iter().map(Function::declaration).collect(),
        }
    }

    /// A call of it to try.
    fn call(&self) -> String {
        match self {
            Self::Named(functions) => {
                let name = functions.first().map_or("", |function| &function.name);
                format!("{name} text=hello")
            }
            Self::Greeter => "greet whom=Ann".to_owned(),
        }
    }

    fn module(&self, full_name: &str, app: &str) -> Result<String> {
        let last = full_name.rsplit('.').next().unwrap_or(full_name);
        let template = if matches!(self, Self::Greeter) { GREETER } else { TEMPLATE };
        let ty = service_type(template, last);
        let define = format!("{}/e.json", full_name.replace('.', "/"));
        let (arguments, methods) = (self.rendered(ARGUMENTS)?, self.rendered(METHOD)?);
        let values = [
            ("full_name", full_name),
            ("Type", &*ty),
            ("app", app),
            ("define", &*define),
            ("arguments", arguments.trim_end()),
            ("methods", &*methods),
            ("registered", &*self.registered()),
            ("tests", &*self.rendered(TEST)?),
        ];
        render(template, &values)
    }

    /// `.with(…)` for each function.
    fn registered(&self) -> String {
        let Self::Named(functions) = self else { return String::new() };
        let with = |it: &Function| format!(".with(\"{}\", Self::{})", it.name, it.method);
        functions.iter().map(with).collect()
    }

    /// A part of the code, for each function.
    fn rendered(&self, template: &str) -> Result<String> {
        let Self::Named(functions) = self else { return Ok(String::new()) };
        functions.iter().map(|function| function.rendered(template)).collect()
    }
}

impl Function {
    fn declaration(&self) -> Json {
        json!({
            "name": self.name,
            "title": self.title(),
            "returnType": "Ltext",
            "args": [{ "name": "text", "title": "Text", "dataType": "Ltext", "required": 1 }],
        })
    }

    /// `placeOrder` as people see it: `Place order`.
    fn title(&self) -> String {
        let text = words(&self.name).join(" ");
        let mut chars = text.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect()
    }

    fn rendered(&self, template: &str) -> Result<String> {
        let Self { name, method, arguments, test } = self;
        let values =
            [("function", &**name), ("method", method), ("Arguments", arguments), ("test", test)];
        render(template, &values)
    }
}

/// What the struct of a service is called.
fn service_type(template: &str, name: &str) -> String {
    free(template, pascal(name), "Code")
}
