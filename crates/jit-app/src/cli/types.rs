//! `types`: which families and Types this program links.

use std::process::ExitCode;

use jit_meta::{Catalog, CatalogEntry, CatalogLevel};

use super::output::{Output, table};
use crate::App;

pub(super) fn run(app: &App, out: &mut Output) -> ExitCode {
    let catalog = app.catalog();
    if out.json { out.print_json(&catalog) } else { out.print(text(&catalog).as_bytes()) }
}

fn text(catalog: &Catalog) -> String {
    let head = ["NAME", "LEVEL", "APP", "PACKAGE", "REGISTERED AT", "ABOUT"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(catalog.entries.iter().map(row));
    let mut text = table(&rows);
    if !catalog.missing.is_empty() {
        text.push_str("\nElements whose type has no code in this program\n");
        let rows: Vec<_> = catalog
            .missing
            .iter()
            .map(|it| vec![format!("  {}", it.full_name), it.type_name.clone(), it.file.clone()])
            .collect();
        text.push_str(&table(&rows));
        text.push_str("`check` says what to do.\n");
    }
    text
}

fn row(entry: &CatalogEntry) -> Vec<String> {
    let level = match entry.level {
        CatalogLevel::Meta => "family",
        CatalogLevel::Type if entry.inherits => "type, wraps",
        CatalogLevel::Type => "type",
    };
    vec![
        entry.full_name.clone(),
        level.to_owned(),
        entry.app.clone().unwrap_or_else(|| "all".to_owned()),
        entry.package.clone(),
        format!("{}:{}", entry.file, entry.line),
        entry.doc.split_whitespace().collect::<Vec<_>>().join(" "),
    ]
}
