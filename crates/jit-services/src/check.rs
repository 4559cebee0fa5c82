//! What is wrong between a service's definition and its code, without loading anything.

use jit_meta::{CheckEnv, Code, Define, Diagnostic, FunctionDeclaration, Span};

use crate::registry::{ServiceEntry, ServiceRegistry};

pub(crate) fn check(services: &ServiceRegistry, element: CheckEnv<'_>) -> Vec<Diagnostic> {
    let CheckEnv { define, apps } = element;
    let entries = services.candidates(apps, define.full_name().as_str());
    let Some(code) = entries.first() else { return vec![no_code(services, define)] };
    let mut findings: Vec<_> = entries.windows(2).filter_map(|two| twice(define, two)).collect();
    let implemented = code.functions();
    let declared = define.function_list();
    for (at, function) in declared.iter().enumerate() {
        let span = define.function_span(at).unwrap_or_default();
        if declared.iter().take(at).any(|other| other.name == function.name) {
            let message = format!("`functionList` declares `{}` twice", function.name);
            findings.push(
                Diagnostic::error(Code::FieldValue, message)
                    .at(define.file(), span, "the second of this name")
                    .help("remove one, or rename it"),
            );
        } else if !implemented.contains(&function.name.as_str()) {
            findings.push(not_implemented(define, function, span, code, &implemented));
        } else {
            findings.extend(function.problems().into_iter().map(|problem| {
                Diagnostic::warning(Code::FieldValue, format!("`{}`: {problem}", function.name))
                    .at(define.file(), span.clone(), "calls with this argument fail")
                    .help("correct its declaration")
            }));
        }
    }
    for (at, name) in implemented.iter().enumerate() {
        if implemented.iter().take(at).any(|other| other == name) {
            let message = format!("the code of `{}` has `{name}` twice", define.full_name());
            findings.push(
                Diagnostic::error(Code::RegisteredTwice, message)
                    .help("remove one `.with(…)` of its `functions`")
                    .note(format!("the code is registered at {}", code.registered())),
            );
        } else if !declared.iter().any(|function| function.name == *name) {
            findings.push(not_declared(define, name, code));
        }
    }
    findings
}

/// Nobody has registered code for the element, or not for this app.
fn no_code(services: &ServiceRegistry, define: &Define) -> Diagnostic {
    let name = define.full_name();
    let message = format!("no code is registered for the service `{name}`");
    let finding = Diagnostic::error(Code::NotLinked, message).at(
        define.file(),
        define.type_span(),
        "a service is made by the code of its own name",
    );
    let others = services.all_of(name.as_str());
    if !others.is_empty() {
        let of = |entry: &ServiceEntry| {
            format!("`{}`, at {}", entry.app().unwrap_or_default(), entry.registered())
        };
        let others: Vec<_> = others.iter().map(of).collect();
        return finding
            .help("register it for this app, or without an app: register_service!(\"…\" => …)")
            .note(format!("it is registered for other apps: {}", others.join("; ")));
    }
    let near = jit_meta::nearest(name.as_str(), services.names());
    let finding = match near.first() {
        Some(near) => finding.help(format!("did you mean `{near}`, for which there is code?")),
        None => finding.help(
            "link the crate that registers it: name it in Cargo.toml, and write `use that_crate as _;` in \
             main.rs",
        ),
    };
    let known: Vec<_> = services.names().take(8).map(|name| format!("`{name}`")).collect();
    finding.note(match known.as_slice() {
        [] => "no code is registered for any service".to_owned(),
        known => format!("there is code for {}", known.join(", ")),
    })
}

/// Two codes of one app for one element.
fn twice(define: &Define, two: &[ServiceEntry]) -> Option<Diagnostic> {
    let [one, other] = two else { return None };
    if one.app() != other.app() {
        return None;
    }
    // The order in which a program's registrations are seen is not defined; the message's is.
    let mut places = [one.registered().to_string(), other.registered().to_string()];
    places.sort();
    let [first, second] = places;
    let name = define.full_name();
    let message = format!("the code of `{name}` is registered twice: at {first} and at {second}");
    Some(
        Diagnostic::error(Code::RegisteredTwice, message).help(
            "remove one, or register it for another app: register_service!(app \"org.App\", …)",
        ),
    )
}

fn not_implemented(
    define: &Define,
    function: &FunctionDeclaration,
    span: Span,
    code: &ServiceEntry,
    implemented: &[&str],
) -> Diagnostic {
    let (name, element) = (&function.name, define.full_name());
    let message = format!("`{element}` declares `{name}`, and its code has no such function");
    let free = implemented.iter().copied();
    let free = free.filter(|name| !define.function_list().iter().any(|known| known.name == *name));
    let finding = Diagnostic::error(Code::NotImplemented, message)
        .at(define.file(), span, "not implemented")
        .note(format!("its code is registered at {}", code.registered()));
    match jit_meta::nearest(name, free).first() {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!(
            "add `.with(\"{name}\", …)` to the `functions` of its code, or remove the declaration"
        )),
    }
}

fn not_declared(define: &Define, name: &str, code: &ServiceEntry) -> Diagnostic {
    let message = format!(
        "the code of `{}` has `{name}`, which is not declared: nobody can call it by name",
        define.full_name()
    );
    let span = define.field_span("functionList").unwrap_or_else(|| define.type_span());
    Diagnostic::warning(Code::NotDeclared, message)
        .at(define.file(), span, format!("`{name}` is not declared"))
        .help(format!("add {{ \"name\": \"{name}\", \"title\": \"…\" }} to its `functionList`"))
        .note(format!("its code is registered at {}", code.registered()))
}
