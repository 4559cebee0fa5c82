//! Reading manifests, as far as the rules need it: sections, and what stands before each `=`.

use std::path::Path;

use crate::Result;

/// A `Cargo.toml`, line by line.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// Section, key, value.
    lines: Vec<(String, String, String)>,
}

impl Manifest {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self::parse(&text))
    }

    /// Values that span lines are taken as their first line; no rule asks for those.
    pub(crate) fn parse(text: &str) -> Self {
        let mut section = String::new();
        let mut lines = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = header.trim_matches(['[', ']', ' ']).to_owned();
                // `[dependencies.name]` says the same as `name = {` under `[dependencies]`.
                if let Some((kind, name)) = section.rsplit_once('.')
                    && kind.ends_with("dependencies")
                {
                    lines.push((kind.to_owned(), unquoted(name), String::new()));
                }
            } else if let Some((key, value)) = line.split_once('=') {
                lines.push((section.clone(), unquoted(key), value.trim().to_owned()));
            }
        }
        Self { lines }
    }

    /// The value of a key, as it is written.
    pub(crate) fn value(&self, section: &str, key: &str) -> Option<&str> {
        let found = self.lines.iter().find(|(in_, name, _)| in_ == section && name == key);
        found.map(|(_, _, value)| value.as_str())
    }

    /// The names in a section's tables of dependencies, those for some targets only included.
    pub(crate) fn dependencies(&self, kind: Kind) -> Vec<&str> {
        let wanted = kind.section();
        let is = |section: &str| {
            section == wanted
                || section.strip_prefix("target.").is_some_and(|rest| {
                    rest.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('.'))
                })
        };
        let lines = self.lines.iter().filter(|(section, _, _)| is(section));
        // `name.workspace = true`
        lines.map(|(_, key, _)| key.split('.').next().unwrap_or(key)).collect()
    }
}

#[cfg(test)]
impl Manifest {
    pub(crate) fn append(&mut self, text: &str) {
        self.lines.extend(Self::parse(text).lines);
    }
}

/// Which dependencies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Normal,
    Dev,
    Build,
    /// The root manifest's table of versions.
    Workspace,
}

impl Kind {
    /// The section they are in.
    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Dev => "dev-dependencies",
            Self::Build => "build-dependencies",
            Self::Workspace => "workspace.dependencies",
        }
    }
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_dependency_is_seen() {
        let manifest = Manifest::parse(
            "[package]\nname = \"a\"\nversion.workspace = true\n\n[dependencies]\n# no = 1\nb.workspace = true\n\
             c = { workspace = true, features = [\"d\"] }\n\"e\" = \"1\"\n[dependencies.f]\nversion = \"1\"\n\
             [target.'cfg(unix)'.dependencies]\ng = \"1\"\n[dev-dependencies]\nh = \"1\"\n",
        );
        assert_eq!(manifest.dependencies(Kind::Normal), ["b", "c", "e", "f", "g"]);
        assert_eq!(manifest.dependencies(Kind::Dev), ["h"]);
        assert!(manifest.dependencies(Kind::Build).is_empty());
        assert_eq!(manifest.value("package", "version.workspace"), Some("true"));
        assert_eq!(manifest.value("lints", "workspace"), None);
    }
}
