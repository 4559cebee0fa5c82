//! `cargo xtask types`: nothing that an app of this workspace needs is silently missing.
//!
//! Each app's program is built and asked what it links. What is registered is read from the sources, so that a
//! crate which the linker has dropped is told from one that nobody wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cargo_jit::Project;
use jit_meta::{Catalog, CatalogEntry, CatalogLevel, Example};
use serde_json::Value as Json;

use crate::tidy::manifest::Kind;
use crate::tidy::members;
use crate::{Result, workspace};

/// An app's program.
struct Program {
    package: String,
    /// The packages that it names in its manifest.
    dependencies: Vec<String>,
    catalog: Catalog,
}

/// A crate whose sources register something: names as they are written there.
struct Registers {
    package: String,
    names: Vec<String>,
}

/// Asks every app of the workspace, and checks every registration.
///
/// # Errors
///
/// Everything that is missing, or an app that cannot be asked.
pub(crate) fn run() -> Result<()> {
    let (mut programs, mut crates, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for member in members::all()? {
        let mut names = Vec::new();
        registered_below(&member.folder.join("src"), &mut names)?;
        if !names.is_empty() {
            crates.push(Registers { package: member.name.clone(), names });
        }
        if member.folder.join("app.json").is_file() {
            let dependencies = member.manifest.dependencies(Kind::Normal);
            let dependencies = dependencies.into_iter().map(str::to_owned).collect();
            match Project::find(Some(&member.folder), workspace::root())
                .and_then(|project| project.catalog())
            {
                Ok(catalog) => {
                    programs.push(Program { package: member.name, dependencies, catalog });
                }
                // Two registrations that clash are told by the program itself.
                Err(error) => found.push(format!("{}: {error}", member.name)),
            }
        }
    }
    found.extend(wrong(&programs, &crates));
    for program in &programs {
        let catalog = &program.catalog;
        println!("{}: {} registrations", program.package, catalog.entries.len());
    }
    match found.as_slice() {
        [] => Ok(()),
        found => Err(format!("what is missing or wrong:\n  {}", found.join("\n  ")).into()),
    }
}

/// Everything that is wrong.
fn wrong(programs: &[Program], crates: &[Registers]) -> Vec<String> {
    let mut found = Vec::new();
    for program in programs {
        found.extend(without_code(program, crates));
        found.extend(not_linked(program, crates));
    }
    let entries = || programs.iter().flat_map(|program| &program.catalog.entries);
    let mut known: BTreeMap<(Option<&str>, &str), &CatalogEntry> = BTreeMap::new();
    for entry in entries() {
        let other = known.entry((entry.app.as_deref(), &entry.full_name)).or_insert(entry);
        if (&other.file, other.line) != (&entry.file, entry.line) {
            found.push(format!(
                "`{}` is registered twice: at {}:{} and at {}:{}",
                entry.full_name, other.file, other.line, entry.file, entry.line
            ));
        }
    }
    found.extend(known.into_values().flat_map(lacking));
    found.dedup();
    found
}

/// Elements whose `type` has no code, and who has it.
fn without_code(program: &Program, crates: &[Registers]) -> Vec<String> {
    let line = |missing: &jit_meta::MissingType| {
        let name = &missing.type_name;
        let owner = crates.iter().find(|it| it.names.contains(name));
        let owner = owner.map(|it| format!("; `{}` registers it", it.package));
        format!(
            "{}: `{}` is of type `{name}`, which has no code in its program ({}){}",
            program.package,
            missing.full_name,
            missing.file,
            owner.unwrap_or_default()
        )
    };
    program.catalog.missing.iter().map(line).collect()
}

/// Crates that the manifest names, that register something, and of which nothing is in the program.
fn not_linked(program: &Program, crates: &[Registers]) -> Vec<String> {
    let linked = |package: &str| program.catalog.entries.iter().any(|it| it.package == package);
    let named = crates.iter().filter(|it| program.dependencies.contains(&it.package));
    let line = |dropped: &Registers| {
        format!(
            "{}: `{}` is in Cargo.toml, and what it registers ({}) is not in the program: write `use {} as _;` in main.rs",
            program.package,
            dropped.package,
            dropped.names.join(", "),
            dropped.package.replace('-', "_")
        )
    };
    named.filter(|it| !linked(&it.package)).map(line).collect()
}

/// What a Type does not say of itself.
fn lacking(entry: &CatalogEntry) -> Vec<String> {
    let at = format!("`{}` ({}:{})", entry.full_name, entry.file, entry.line);
    let (CatalogLevel::Type, Some(schema)) = (entry.level, &entry.schema) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if entry.doc.is_empty() {
        found.push(format!("{at} says nothing of itself: document its configuration struct"));
    }
    for key in undocumented(schema) {
        found.push(format!("{at} says nothing of its key `{key}`"));
    }
    if let Ok(name) = entry.full_name.parse() {
        let example = Example::new([schema], &name);
        for variable in example.variables().iter().filter(|variable| !variable.secret) {
            let name = &variable.name;
            found.push(format!("{at} has no example for the key that `{name}` stands for"));
        }
    }
    for finding in &entry.example_findings {
        found.push(format!("{at} has an example that does not work: {finding}"));
    }
    found
}

/// The keys without a description, in the schema itself and in what it refers to.
fn undocumented(schema: &Json) -> Vec<&str> {
    let defined = schema.get("$defs").and_then(Json::as_object);
    let schemas = std::iter::once(schema).chain(defined.into_iter().flat_map(|it| it.values()));
    let properties = schemas.filter_map(|schema| schema.get("properties")?.as_object()).flatten();
    let is_silent = |property: &Json| {
        let text = property.get("description").and_then(Json::as_str);
        text.is_none_or(|text| text.trim().is_empty())
    };
    properties.filter(|(_, it)| is_silent(it)).map(|(key, _)| key.as_str()).collect()
}

/// What the Rust files below a folder register.
fn registered_below(folder: &Path, names: &mut Vec<String>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            registered_below(&path, names)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            names.extend(registered(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// What code registers: a name, or whatever stands in the place of one. A comment registers nothing.
fn registered(code: &str) -> Vec<String> {
    let calls = code.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("jit_meta::").unwrap_or(line);
        let (name, rest) = line.strip_prefix("register_")?.split_once("!(")?;
        matches!(name, "type" | "meta" | "service" | "functions").then_some(rest)
    });
    calls
        .map(|rest| {
            let texts: Vec<_> = rest.split('"').skip(1).step_by(2).collect();
            let is_app = rest.starts_with("app ");
            let name = texts.get(usize::from(is_app)).copied();
            let end = |c: char| c == ')' || c == ',';
            name.unwrap_or_else(|| rest.split(end).next().unwrap_or(rest)).to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn entry(name: &str, package: &str, line: u32) -> Json {
        json!({
            "fullName": name, "level": "type", "family": "a.Meta", "app": null, "package": package,
            "file": "a.rs", "line": line, "inherits": false, "doc": "A thing.", "example": "{}",
            "schema": { "properties": { "key": { "description": "A key.", "examples": ["x"], "type": "string" } }, "required": ["key"] },
            "exampleFindings": [], "functions": []
        })
    }

    fn program(entries: Vec<Json>, missing: Json) -> Program {
        let catalog = json!({
            "version": 1, "appId": "acme.Shop", "hierarchy": ["acme.Shop"], "entries": entries,
            "usable": [], "missing": missing
        });
        Program {
            package: "shop".to_owned(),
            dependencies: vec!["things".to_owned(), "more-things".to_owned()],
            catalog: serde_json::from_value(catalog).unwrap(),
        }
    }

    fn crates() -> Vec<Registers> {
        let registers = |package: &str, name: &str| Registers {
            package: package.to_owned(),
            names: vec![name.to_owned()],
        };
        vec![registers("things", "a.Thing"), registers("more-things", "a.More")]
    }

    #[test]
    fn a_program_that_links_what_it_names_is_in_order() {
        let both = vec![entry("a.Thing", "things", 1), entry("a.More", "more-things", 2)];
        assert_eq!(wrong(&[program(both, json!([]))], &crates()), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_told_with_who_has_it() {
        let missing = json!([{ "fullName": "a.Mine", "type": "a.More", "file": "a/Mine/e.json", "message": "" }]);
        let program = program(vec![entry("a.Thing", "things", 1)], missing);
        expect![[r#"
            shop: `a.Mine` is of type `a.More`, which has no code in its program (a/Mine/e.json); `more-things` registers it
            shop: `more-things` is in Cargo.toml, and what it registers (a.More) is not in the program: write `use more_things as _;` in main.rs"#]]
        .assert_eq(&wrong(&[program], &crates()).join("\n"));
    }

    #[test]
    fn one_name_in_two_places_is_a_clash_even_in_two_programs() {
        let one = program(vec![entry("a.Thing", "things", 1)], json!([]));
        let other = program(vec![entry("a.Thing", "more-things", 2)], json!([]));
        let found = wrong(&[one, other], &[]);
        assert_eq!(found, ["`a.Thing` is registered twice: at a.rs:1 and at a.rs:2"]);
    }

    #[test]
    fn a_type_that_says_too_little_of_itself_is_found() {
        let mut silent = entry("a.Thing", "things", 1);
        silent["doc"] = json!("");
        silent["schema"] = json!({
            "properties": { "key": { "type": "string" }, "nested": { "$ref": "#/$defs/N", "description": "N." } },
            "required": ["key"], "$defs": { "N": { "properties": { "inner": {} } } }
        });
        silent["exampleFindings"] = json!(["`key` is too short"]);
        expect![[r#"
            `a.Thing` (a.rs:1) says nothing of itself: document its configuration struct
            `a.Thing` (a.rs:1) says nothing of its key `key`
            `a.Thing` (a.rs:1) says nothing of its key `inner`
            `a.Thing` (a.rs:1) has no example for the key that `THING_KEY` stands for
            `a.Thing` (a.rs:1) has an example that does not work: `key` is too short"#]]
        .assert_eq(&wrong(&[program(vec![silent], json!([]))], &[]).join("\n"));
    }

    #[test]
    fn registrations_are_read_from_code_and_not_from_comments() {
        let code = "register_type!(\"a.B\" => B);\n/// register_type!(\"a.C\" => C);\n    jit_meta::register_meta!(D);\nregister_type!(app \"x.Y\", \"a.E\" => E);\n";
        assert_eq!(registered(code), ["a.B", "D", "a.E"]);
    }
}
