//! Findings as a compiler shows them.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use jit_meta::{Diagnostic, Error, Severity};
use serde_json::json;

/// Renders findings one below the other, each with its place in the file underlined.
#[must_use]
pub fn findings(findings: &[Diagnostic], color: bool) -> String {
    let rendered: Vec<_> = findings.iter().map(|found| finding(found, color)).collect();
    rendered.join("\n")
}

fn finding(finding: &Diagnostic, color: bool) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let Some(place) = &finding.place else { return without_place(finding) };
    let title = level.primary_title(&finding.message).id(finding.code.as_str());
    let mut mark = AnnotationKind::Primary.span(place.span.clone());
    if !place.label.is_empty() {
        mark = mark.label(&place.label);
    }
    let text = without_commands(place.file.text());
    let snippet = Snippet::source(text).path(place.file.path()).annotation(mark);
    let mut elements: Vec<Element<'_>> = vec![snippet.into()];
    elements.extend(finding.help.iter().map(|help| Level::HELP.message(help).into()));
    elements.extend(finding.notes.iter().map(|note| Level::NOTE.message(note).into()));
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = renderer.render(&[title.elements(elements)]);
    text.push('\n');
    text
}

/// A file's text without the control characters that the renderer leaves as they are, for others as long:
/// some terminals take them for commands.
fn without_commands(text: &str) -> Cow<'_, str> {
    let is_command = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    if text.contains(is_command) { text.replace(is_command, "\u{b7}").into() } else { text.into() }
}

/// A finding as JSON: code, severity, message, place, help and notes.
#[must_use]
pub fn finding_json(finding: &Diagnostic) -> serde_json::Value {
    let place = finding.place.as_ref().map(|place| {
        let (line, column) = place.file.line_column(place.span.start);
        json!({ "file": place.file.path(), "line": line, "column": column, "label": place.label })
    });
    json!({
        "code": finding.code.as_str(),
        "severity": match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": finding.message,
        "place": place,
        "help": finding.help,
        "notes": finding.notes,
    })
}

/// The same form without a file to quote.
fn without_place(finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut text = format!("{level}[{}]: {}\n", finding.code, finding.message);
    let help = finding.help.iter().map(|help| ("help", help));
    for (kind, line) in help.chain(finding.notes.iter().map(|note| ("note", note))) {
        text.push_str(&format!("  = {kind}: {line}\n"));
    }
    text
}

/// Renders an error: its findings when it has some, otherwise its message, with the element, its Type and the function
/// that was called, where the message does not name them; what to do; and who has asked for it.
#[must_use]
pub fn error(error: &Error, color: bool) -> String {
    if !error.diagnostics().is_empty() {
        // In a file or by name, the findings say which element it is.
        let found = findings(error.diagnostics(), color);
        let help: String =
            error.own_help().iter().map(|help| format!("  = help: {help}\n")).collect();
        return match error.context() {
            Some(context) => {
                format!("error: {context}\n{help}{}{found}", asked_by(error, context))
            }
            None => format!("{found}{help}{}", asked_by(error, "")),
        };
    }
    let message = error.to_string();
    let mut text = format!("error: {message}\n");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("  caused by: {cause}\n"));
        source = cause.source();
    }
    if let Some(element) = error.element().filter(|element| !names(&message, element.as_str())) {
        let of = error.type_name().map(|name| format!(" of Type `{name}`")).unwrap_or_default();
        text.push_str(&format!("  = note: this is the element `{element}`{of}\n"));
    }
    if let Some(function) = error.function().filter(|function| !names(&message, function)) {
        // It may be that of one who asked.
        let whose = if error.asked_by().is_empty() { "its" } else { "the" };
        text.push_str(&format!("  = note: {whose} function `{function}` was called\n"));
    }
    text + &asked_by(error, &message)
}

/// Who asked for what failed, where `told` does not name them.
fn asked_by(error: &Error, told: &str) -> String {
    let askers = error.asked_by().iter().filter(|element| !names(told, element.as_str()));
    askers.map(|element| format!("  = note: `{element}` asked for it\n")).collect()
}

/// Whether a text has a name in it, as a whole.
fn names(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(|c| is_part(c) || c == '.') && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jit_meta::{Code, ErrorKind, SourceFile};

    use super::*;

    #[test]
    fn a_file_commands_no_terminal() {
        let file = Arc::new(SourceFile::new("f\u{1b}", "a\u{9b}31m\u{1b}[31m\tb"));
        let found = Diagnostic::error(Code::Selector, "\u{1b}").at(&file, 0..3, "\u{1b}");
        let text = findings(&[found.help("\u{1b}").note("\u{1b}")], false);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("a·31m"), "{text}");
    }

    #[test]
    fn an_error_that_does_not_name_its_element_gets_a_line_for_that() {
        let name = |name: &str| name.parse().unwrap();
        let (element, kind, asker) = (name("a.B"), name("a.BType"), name("a.Asker"));
        let failed = |message: &str| Error::failed(message.to_owned()).with_element(&element);
        let found = || vec![Diagnostic::error(Code::ConfigSyntax, "broken")];
        for (told, expected) in [
            (
                failed("refused").with_type(&kind),
                "error: refused\n  = note: this is the element `a.B` of Type `a.BType`\n",
            ),
            (failed("refused"), "error: refused\n  = note: this is the element `a.B`\n"),
            (
                failed("refused").with_function("greet"),
                "error: refused\n  = note: this is the element `a.B`\n  = note: its function `greet` was called\n",
            ),
            (
                failed("`greet` of `a.B` failed").with_function("greet"),
                "error: `greet` of `a.B` failed\n",
            ),
            (failed("`a.B` has gone").with_type(&kind), "error: `a.B` has gone\n"),
            (
                Error::from_diagnostics(ErrorKind::Failed, found()).with_context("`onLoad` failed"),
                "error: `onLoad` failed\nerror[JIT0202]: broken\n",
            ),
            (
                Error::from_diagnostics(ErrorKind::Failed, found())
                    .with_help("look at `storage`")
                    .with_element(&element)
                    .with_element(&asker)
                    .with_context("`onLoad` of `a.B` failed"),
                "error: `onLoad` of `a.B` failed\n  = help: look at `storage`\n  = note: `a.Asker` asked for it\n\
                 error[JIT0202]: broken\n",
            ),
            (
                Error::from_diagnostics(ErrorKind::Failed, found())
                    .with_help("look")
                    .with_element(&element),
                "error[JIT0202]: broken\n  = help: look\n",
            ),
            (
                failed("refused").with_function("greet").with_element(&asker),
                "error: refused\n  = note: this is the element `a.B`\n  = note: the function `greet` was called\n\
                 \x20 = note: `a.Asker` asked for it\n",
            ),
        ] {
            assert_eq!(error(&told, false), expected);
        }
    }
}
