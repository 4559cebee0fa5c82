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

/// Renders an error: its findings when it has some, otherwise its message and what to do, with the element,
/// its Type and the function that was called, where the message does not name them.
#[must_use]
pub fn error(error: &Error, color: bool) -> String {
    if !error.diagnostics().is_empty() {
        let context = error.context().map(|context| format!("error: {context}\n"));
        return context.unwrap_or_default() + &findings(error.diagnostics(), color);
    }
    let message = error.to_string();
    let mut text = format!("error: {message}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("\n  caused by: {cause}"));
        source = cause.source();
    }
    if let Some(element) = error.element().filter(|element| !message.contains(element.as_str())) {
        let of = error.type_name().map(|name| format!(" of Type `{name}`")).unwrap_or_default();
        text.push_str(&format!("\n  = note: this is the element `{element}`{of}"));
    }
    if let Some(function) = error.function().filter(|function| !message.contains(function)) {
        text.push_str(&format!("\n  = note: its function `{function}` was called"));
    }
    text.push('\n');
    text
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
        let (element, kind) = ("a.B".parse().unwrap(), "a.BType".parse().unwrap());
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
        ] {
            assert_eq!(error(&told, false), expected);
        }
    }
}
