//! Reading the text of an `e.json`, with everything that is wrong with it.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::{Define, Quotable, fields};
use crate::diag::{Code, Diagnostic};
use crate::json::{self, Fault, Member, SyntaxError};
use crate::{FullName, SourceFile, Span};

impl Define {
    /// Reads the text of an `e.json`. Warnings leave a usable definition.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, when it cannot be used.
    pub fn parse(
        full_name: FullName,
        file: Arc<SourceFile>,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let source = Arc::clone(&file);
        let file = Quotable { source: file, masked: OnceLock::new() };
        let members = json::document(source.text()).map_err(|error| vec![syntax(&file, error)])?;
        let mut findings = Vec::new();
        let mut define = Self {
            title: full_name.name().to_owned(),
            full_name,
            file,
            type_name: None,
            variables: Vec::new(),
            function_list: Vec::new(),
            fields: Vec::new(),
        };
        let mut saw = (false, false);
        for member in &members {
            match member.key.as_str() {
                "title" => {
                    saw.0 = true;
                    read(&define.file, member, "a string", &mut define.title, &mut findings);
                }
                "type" => {
                    saw.1 = true;
                    define.read_type(member, &mut findings);
                }
                // An older table calls it an object; an empty one means none either way.
                "variables" if member.value != "{}" => {
                    let expected = "an array of variables, each with a `name`";
                    define.variables = read_list(&define.file, member, expected, &mut findings);
                }
                "functionList" => {
                    let expected = "an array of functions, each with a `name`";
                    define.function_list = read_list(&define.file, member, expected, &mut findings);
                }
                "frontBundleEntry" if member.value != "null" => {
                    let mut text = String::new();
                    read(&define.file, member, "a string", &mut text, &mut findings);
                }
                "accessModifier" => fields::check_access(&define.file, member, &mut findings),
                "cacheLevel" | "backendLoadTime" | "loadTime" => {
                    findings.extend(fields::check_timing(&define.file, member));
                }
                _ => {}
            }
        }
        let (has_title, has_type) = saw;
        let is_meta = define.full_name.name() == "Meta";
        let opening = opening_brace(source.text());
        if !has_type && !is_meta {
            let keys = members.iter().map(|member| member.key.as_str());
            let near = crate::nearest("type", keys);
            let mut finding = Diagnostic::error(Code::MissingType, "`type` is missing");
            finding = match members.iter().find(|member| near.contains(&member.key.as_str())) {
                Some(slip) => finding
                    .at(define.file(), slip.key_span.clone(), "")
                    .help(format!("did you mean `type` where it says `{}`?", slip.key)),
                None => finding
                    .at(define.file(), opening.clone(), "no `type` in this object")
                    .help("name the Type this is an instance of: \"type\": \"storages.OssType\""),
            };
            findings.push(finding);
        }
        let slips = fields::slips(&members);
        if !has_title {
            let finding = Diagnostic::warning(Code::FieldValue, "`title` is missing");
            findings.push(match slips.iter().find(|(_, meant)| *meant == "title") {
                Some((slip, _)) => finding
                    .at(define.file(), slip.key_span.clone(), "")
                    .help(format!("did you mean `title` where it says `{}`?", slip.key)),
                None => finding
                    .at(define.file(), opening, "no `title` in this object")
                    .help("give the element a display name: \"title\": \"…\""),
            });
        }
        for (slip, meant) in slips.iter().filter(|(_, meant)| *meant != "title") {
            findings.push(
                Diagnostic::warning(Code::FieldValue, format!("unknown field `{}`", slip.key))
                    .at(define.file(), slip.key_span.clone(), "")
                    .help(format!("did you mean `{meant}`?")),
            );
        }
        let fields =
            members.into_iter().map(|member| (member.key, member.key_span, member.value_span));
        define.fields = fields.collect();
        if findings.iter().any(|finding| finding.severity == crate::Severity::Error) {
            Err(findings)
        } else {
            Ok((define, findings))
        }
    }

    fn read_type(&mut self, member: &Member<'_>, findings: &mut Vec<Diagnostic>) {
        let mut text = String::new();
        let had = findings.len();
        read(&self.file, member, "a string", &mut text, findings);
        if findings.len() > had {
            return;
        }
        if text.is_empty() {
            if self.full_name.name() != "Meta" {
                let message = format!("`type` is empty: `{}` is taken as a Meta", self.full_name);
                findings.push(
                    Diagnostic::warning(Code::MissingType, message)
                        .at(self.file(), member.value_span.clone(), "names no Type")
                        .help("name the Type this is an instance of, or call the folder `Meta`"),
                );
            }
            return;
        }
        match text.parse() {
            Ok(name) => self.type_name = Some((name, member.value_span.clone())),
            Err(error) => findings.push(
                Diagnostic::error(Code::FieldValue, format!("{error}"))
                    .at(self.file(), member.value_span.clone(), "not the name of a Type")
                    .help("a Type is named like `storages.OssType`"),
            ),
        }
    }
}

fn opening_brace(text: &str) -> Span {
    let start = text.find('{').unwrap_or_default();
    start..start + 1
}

fn syntax(file: &Quotable, error: SyntaxError) -> Diagnostic {
    let help = match error.fault {
        Fault::Syntax => {
            "`e.json` holds one JSON object: double quotes, no trailing comma, no comments"
        }
        Fault::NotAnObject => "`e.json` holds one JSON object",
        Fault::Duplicate(_) => "remove one of them",
        Fault::TooDeep => "nothing in an `e.json` needs that",
    };
    Diagnostic::error(Code::ElementSyntax, error.title("`e.json`"))
        .at(file.masked(), error.span, error.label)
        .help(help)
}

/// Reads one field into `into`, or says what it should have been.
fn read<T: for<'de> Deserialize<'de>>(
    file: &Quotable,
    member: &Member<'_>,
    expected: &str,
    into: &mut T,
    findings: &mut Vec<Diagnostic>,
) {
    match serde_json::from_str(member.value) {
        Ok(value) => *into = value,
        Err(error) => {
            let at = (member.value, member.value_span.start);
            findings.push(wrong_kind(file, member, expected, at, &error));
        }
    }
}

/// Reads each item of a field by itself, so that all that are wrong are told.
fn read_list<T: for<'de> Deserialize<'de>>(
    file: &Quotable,
    member: &Member<'_>,
    expected: &str,
    findings: &mut Vec<Diagnostic>,
) -> Vec<T> {
    if json::kind_of(member.value) != "array" {
        let mut none = Vec::new();
        read(file, member, expected, &mut none, findings);
        return none;
    }
    let mut list = Vec::new();
    for (item, span) in json::items(member.value, member.value_span.start) {
        match serde_json::from_str(item) {
            Ok(value) => list.push(value),
            Err(error) => {
                findings.push(wrong_kind(file, member, expected, (item, span.start), &error));
            }
        }
    }
    list
}

/// What is wrong with a field, or with a part of its value that is `text` and stands at `start`.
fn wrong_kind(
    file: &Quotable,
    member: &Member<'_>,
    expected: &str,
    (text, start): (&str, usize),
    error: &serde_json::Error,
) -> Diagnostic {
    let message = format!("`{}` must be {expected}", member.key);
    let span = json::blamed(text, error);
    let place = start + span.start..start + span.end;
    let label = in_our_words(&json::reason(error));
    Diagnostic::error(Code::FieldValue, message).at(file.masked(), place, label)
}

/// The parser's reason in the words of JSON, not of Rust.
fn in_our_words(reason: &str) -> String {
    let told = match reason.strip_prefix("invalid ").and_then(|rest| rest.split_once(", expected "))
    {
        Some((found, expected)) => {
            let found = found.split_once(": ").map_or(found, |(_, found)| found);
            format!("expected {expected}, found {found}")
        }
        None => reason
            .replace("missing field", "missing key")
            .replace("duplicate field", "twice the key"),
    };
    [
        ("a sequence", "an array"),
        ("found sequence", "found an array"),
        ("found map", "found an object"),
        ("found integer", "found a number"),
        ("found floating point", "found a number"),
        ("found string", "found a string"),
        ("found boolean", "found a boolean"),
    ]
    .into_iter()
    .fold(told, |told, (theirs, ours)| told.replace(theirs, ours))
}
