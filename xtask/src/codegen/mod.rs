//! `cargo xtask codegen`: the parts of documents that are made from the code.
//!
//! A region of a document begins with `<!-- generated: NAME -->` and ends with `<!-- end of generated -->`.

mod codes;
mod keys;

use jit_meta::{Registry, TypeEntry};
// Its Types are registered where it is linked.
use jit_storages as _;

use crate::{Result, workspace};

/// The documents that have such regions.
const DOCUMENTS: [&str; 2] = ["crates/jit-storages/README.md", "docs/codes.md"];

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end of generated -->";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing, and fail when something is not as it would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Writes every region anew.
///
/// # Errors
///
/// When a region cannot be made, or with `--check` is not up to date.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let stale = stale()?;
    for (name, text) in &stale {
        if arguments.check {
            println!("not up to date: {name}");
        } else {
            std::fs::write(workspace::root().join(name), text)?;
            println!("written: {name}");
        }
    }
    match stale.is_empty() || !arguments.check {
        true => Ok(()),
        false => Err("documents are not up to date; run `cargo xtask codegen`".into()),
    }
}

/// The same as a rule of the house.
pub(crate) fn check() -> Result<Vec<String>> {
    let stale = stale()?;
    let told = |(name, _)| format!("{name} is not up to date; run `cargo xtask codegen`");
    let mut found: Vec<_> = stale.into_iter().map(told).collect();
    let documents: Vec<_> = DOCUMENTS.into_iter().map(read).collect::<Result<_>>()?;
    for entry in Registry::linked()?.entries() {
        let begin = begin(entry.full_name());
        if !documents.iter().any(|text| text.contains(&begin)) {
            found.push(format!("no document has the keys of {}: `{begin}`", entry.full_name()));
        }
    }
    Ok(found)
}

/// What the configuration of a Type does not say of its keys and has to.
pub(crate) fn check_keys() -> Result<Vec<String>> {
    Ok(Registry::linked()?.entries().flat_map(keys::lacking).collect())
}

/// The documents that are not up to date, and what they ought to be.
fn stale() -> Result<Vec<(&'static str, String)>> {
    let registry = Registry::linked()?;
    let mut stale = Vec::new();
    for name in DOCUMENTS {
        let old = read(name)?;
        let new = renewed(&old, |region| made(&registry, region))
            .map_err(|error| format!("{name}: {error}"))?;
        if old != new {
            stale.push((name, new));
        }
    }
    Ok(stale)
}

fn read(name: &str) -> Result<String> {
    let path = workspace::root().join(name);
    std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}").into())
}

fn begin(region: &str) -> String {
    format!("{BEGIN}{region} -->")
}

/// What belongs into a region.
fn made(registry: &Registry, region: &str) -> Result<String> {
    if region == "codes" {
        return codes::text();
    }
    let entry: Option<&TypeEntry> = registry.find(&[], region);
    keys::text(entry.ok_or_else(|| format!("there is nothing called `{region}` to generate"))?)
}

/// A document with every region made anew.
fn renewed(text: &str, made: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(BEGIN) {
        let (region, behind) = from.split_once(" -->\n").ok_or("a region begins without a name")?;
        let (_, after) = behind.split_once(END).ok_or_else(|| format!("`{region}` has no end"))?;
        out += &format!("{before}{}\n\n{}\n{END}", begin(region), made(region)?);
        rest = after;
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_made_anew_and_the_rest_stays() {
        let text = "a\n<!-- generated: x -->\nold\n<!-- end of generated -->\nb\n";
        let new = renewed(text, |name| Ok(format!("new {name}\n"))).unwrap();
        assert_eq!(new, "a\n<!-- generated: x -->\n\nnew x\n\n<!-- end of generated -->\nb\n");
        assert_eq!(renewed(&new, |name| Ok(format!("new {name}\n"))).unwrap(), new);
        for broken in ["<!-- generated: x", "<!-- generated: x -->\nold"] {
            renewed(broken, |_| Ok(String::new())).unwrap_err();
        }
        made(&Registry::linked().unwrap(), "storages.NoType").unwrap_err();
    }
}
