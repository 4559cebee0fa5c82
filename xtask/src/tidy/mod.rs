//! `cargo xtask tidy`: the rules of the house that no other tool checks. They run as tests, too.

mod arrows;
mod dependencies;
mod documents;
mod licences;
pub(crate) mod manifest;
pub(crate) mod members;
mod small;
mod tracked;

use crate::{Result, codegen, workspace};

/// A rule: its name, and what it finds.
type Rule = (&'static str, fn() -> Result<Vec<String>>);

const RULES: [Rule; 11] = [
    ("our crates depend on each other one way only", arrows::check),
    ("every lib.rs is a table of contents", members::check_lib_files),
    ("every member inherits what the workspace says", members::check_inherited),
    ("no tracked file names a developer's machine", tracked::check),
    ("the documents' commands are the ones that CI runs", documents::check),
    ("every dependency is used and explained", dependencies::check),
    ("every dependency has a licence that is allowed", licences::check),
    ("nothing is built in two versions without a reason", licences::check_versions),
    ("jit-meta depends on little", small::check),
    ("every key of a Type says what it has to", codegen::check_keys),
    ("generated documents are up to date", codegen::check),
];

/// Checks every rule and lists all that breaks one.
///
/// # Errors
///
/// When a rule is broken or could not be checked.
pub(crate) fn run() -> Result<()> {
    let mut broken = 0u32;
    for (name, rule) in RULES {
        let found = rule().map_err(|error| format!("{name}: {error}"))?;
        println!("{}  {name}", if found.is_empty() { "ok    " } else { "BROKEN" });
        for problem in found {
            println!("        {problem}");
            broken = broken.saturating_add(1);
        }
    }
    match broken {
        0 => Ok(()),
        1 => Err("1 thing is untidy".into()),
        count => Err(format!("{count} things are untidy").into()),
    }
}

/// A file of the repository, as text.
fn text(path: &str) -> Result<String> {
    let file = workspace::root().join(path);
    std::fs::read_to_string(file).map_err(|error| format!("{path}: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(rule: fn() -> Result<Vec<String>>) {
        let found = rule().unwrap();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }

    #[test]
    fn our_crates_depend_on_each_other_one_way_only() {
        holds(arrows::check);
    }

    #[test]
    fn every_lib_file_is_a_table_of_contents() {
        holds(members::check_lib_files);
    }

    #[test]
    fn every_member_inherits_what_the_workspace_says() {
        holds(members::check_inherited);
    }

    #[test]
    fn no_tracked_file_names_a_developers_machine() {
        holds(tracked::check);
    }

    #[test]
    fn the_documents_commands_are_the_ones_that_ci_runs() {
        holds(documents::check);
    }

    #[test]
    fn every_dependency_is_used_and_explained() {
        holds(dependencies::check);
    }

    #[test]
    fn every_key_of_a_type_says_what_it_has_to() {
        holds(codegen::check_keys);
    }

    #[test]
    fn generated_documents_are_up_to_date() {
        holds(codegen::check);
    }

    #[test]
    fn every_dependency_has_a_licence_that_is_allowed() {
        holds(licences::check);
    }

    #[test]
    fn nothing_is_built_in_two_versions_without_a_reason() {
        holds(licences::check_versions);
    }

    #[test]
    fn jit_meta_depends_on_little() {
        holds(small::check);
    }
}
