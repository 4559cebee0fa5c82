//! Findings as a compiler shows them.

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use jit_meta::{Diagnostic, Error, Severity};

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
    let title = level.primary_title(&finding.message).id(finding.code.as_str());
    let mut elements: Vec<Element<'_>> = Vec::new();
    if let Some(place) = &finding.place {
        let mut mark = AnnotationKind::Primary.span(place.span.clone());
        if !place.label.is_empty() {
            mark = mark.label(&place.label);
        }
        let snippet = Snippet::source(place.file.text()).path(place.file.path()).annotation(mark);
        elements.push(snippet.into());
    }
    elements.extend(finding.help.iter().map(|help| Level::HELP.message(help).into()));
    elements.extend(finding.notes.iter().map(|note| Level::NOTE.message(note).into()));
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let group = if elements.is_empty() {
        annotate_snippets::Group::with_title(title)
    } else {
        title.elements(elements)
    };
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// Renders an error: its findings when it has some, otherwise its message and what to do.
#[must_use]
pub fn error(error: &Error, color: bool) -> String {
    if error.diagnostics().is_empty() {
        let mut text = format!("error: {error}");
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text.push_str(&format!("\n  caused by: {cause}"));
            source = cause.source();
        }
        text.push('\n');
        text
    } else {
        findings(error.diagnostics(), color)
    }
}
