//! A dependency costs every newcomer time: each is used, and ARCHITECTURE.md says what for.

use super::manifest::{Kind, Manifest};
use super::{members, text};
use crate::{Result, workspace};

pub(crate) fn check() -> Result<Vec<String>> {
    let root = Manifest::read(&workspace::root().join("Cargo.toml"))?;
    let members = members::all()?;
    let explained = text("ARCHITECTURE.md")?;
    let mut found = Vec::new();
    for name in root.dependencies(Kind::Workspace) {
        let uses =
            |kind| members.iter().any(|member| member.manifest.dependencies(kind).contains(&name));
        if ![Kind::Normal, Kind::Dev, Kind::Build].into_iter().any(uses) {
            found.push(format!("{name} is in [workspace.dependencies] and no member uses it"));
        }
        let section = Kind::Workspace.section();
        let ours = root.value(section, name).is_some_and(|value| value.contains("path = "));
        if !ours && !explained.contains(&format!("`{name}`")) {
            found.push(format!(
                "{name} is not in ARCHITECTURE.md: what is it for, what does it replace?"
            ));
        }
    }
    Ok(found)
}
