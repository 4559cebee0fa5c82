//! `elements`: what is in the app.

use std::collections::HashSet;
use std::process::ExitCode;

use serde_json::json;

use super::output::{Output, level, table};
use crate::{App, Status, Summary};

pub(super) fn run(app: &App, selector: Option<&str>, out: &mut Output) -> ExitCode {
    let mut elements = app.elements();
    if let Some(selector) = selector {
        let found = match app.find_elements_define(selector) {
            Ok(found) => found,
            Err(error) => return out.error(&error),
        };
        let names: HashSet<_> = found.iter().map(|define| define.full_name()).collect();
        elements.retain(|element| names.contains(&element.full_name));
    }
    if out.json {
        let elements: Vec<_> = elements
            .iter()
            .map(|element| {
                json!({
                    "fullName": element.full_name,
                    "type": type_of(element),
                    "level": element.level,
                    "title": element.define.as_ref().map(|define| define.title()),
                    "status": element.status,
                })
            })
            .collect();
        return out.print_json(&elements);
    }
    let mut rows = vec![["NAME", "TYPE", "LEVEL", "TITLE", "STATUS"].map(str::to_owned).to_vec()];
    rows.extend(elements.iter().map(|element| {
        vec![
            element.full_name.to_string(),
            type_of(element).unwrap_or("-").to_owned(),
            element.level.map_or("-", level).to_owned(),
            element.define.as_ref().map_or("-", |define| define.title()).to_owned(),
            status(element.status).to_owned(),
        ]
    }));
    out.print(table(&rows).as_bytes())
}

fn type_of(element: &Summary) -> Option<&str> {
    Some(element.define.as_ref()?.type_name()?.as_str())
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::NotLinked => "not linked",
        Status::Invalid => "invalid",
    }
}
