//! The workspace's members, and what each of them owes it.

use std::path::PathBuf;

use super::manifest::Manifest;
use crate::{Result, workspace};

const MOST_LINES: usize = 100;

/// A package of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) manifest: Manifest,
    pub(crate) folder: PathBuf,
}

/// All members: the folders that the root manifest's `members` stands for.
pub(crate) fn all() -> Result<Vec<Member>> {
    let root = workspace::root();
    let manifest = Manifest::read(&root.join("Cargo.toml"))?;
    let members = manifest.value("workspace", "members").ok_or("Cargo.toml has no members")?;
    let mut folders = Vec::new();
    for pattern in members.split('"').skip(1).step_by(2) {
        match pattern.strip_suffix("/*") {
            None => folders.push(root.join(pattern)),
            Some(parent) => {
                for entry in std::fs::read_dir(root.join(parent))? {
                    folders.push(entry?.path());
                }
            }
        }
    }
    folders.retain(|folder| folder.join("Cargo.toml").is_file());
    folders.sort();
    let read = |folder: PathBuf| {
        let manifest = Manifest::read(&folder.join("Cargo.toml"))?;
        let name = manifest.value("package", "name").unwrap_or_default();
        Ok(Member { name: name.trim_matches('"').to_owned(), manifest, folder })
    };
    folders.into_iter().map(read).collect()
}

/// `lib.rs` names the modules and what is public; code is elsewhere.
pub(crate) fn check_lib_files() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for member in all()? {
        let file = member.folder.join("src/lib.rs");
        if file.is_file() {
            let lines = std::fs::read_to_string(&file)?.lines().count();
            if lines >= MOST_LINES {
                let name = member.name;
                found.push(format!("{name}: lib.rs has {lines} lines; fewer than {MOST_LINES}"));
            }
        }
    }
    Ok(found)
}

/// Version, edition, licence and lints are said once.
pub(crate) fn check_inherited() -> Result<Vec<String>> {
    let keys = ["version", "edition", "rust-version", "license"];
    let keys = keys.map(|key| ("package", format!("{key}.workspace")));
    let keys = keys.into_iter().chain([("lints", "workspace".to_owned())]);
    let keys: Vec<_> = keys.collect();
    let mut found = Vec::new();
    for member in all()? {
        for (section, key) in &keys {
            if member.manifest.value(section, key) != Some("true") {
                let name = &member.name;
                found.push(format!("{name}: its manifest lacks `{key} = true` in [{section}]"));
            }
        }
        found.extend(unpublished(&member));
    }
    Ok(found)
}

/// What is in `crates/` is published and says so, with all that a reader of a registry looks for; the rest is
/// not.
fn unpublished(member: &Member) -> Option<String> {
    let name = &member.name;
    let says = |key: &str| member.manifest.value("package", key);
    if member.folder.parent().is_none_or(|parent| !parent.ends_with("crates")) {
        let is_kept = says("publish.workspace") == Some("true");
        return (!is_kept)
            .then(|| format!("{name}: its manifest lacks `publish.workspace = true`"));
    }
    let keys = ["description", "readme", "keywords", "categories", "publish"];
    let lacks = keys.into_iter().find(|key| says(key).is_none());
    lacks.map(|key| format!("{name} is published, and its manifest lacks `{key}`"))
}
