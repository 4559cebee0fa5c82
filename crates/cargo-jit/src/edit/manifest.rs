//! `Cargo.toml`: what is in it, dependencies that come and go.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use crate::{Error, Result};

/// A dependency of what is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) name: &'static str,
    pub(crate) features: &'static [&'static str],
    /// Whether only tests need it.
    pub(crate) for_tests: bool,
}

impl Need {
    pub(crate) const fn of(name: &'static str) -> Self {
        Self { name, features: &[], for_tests: false }
    }

    pub(crate) const fn for_tests(name: &'static str) -> Self {
        Self { name, features: &[], for_tests: true }
    }

    pub(crate) const fn with(self, features: &'static [&'static str]) -> Self {
        Self { features, ..self }
    }

    fn section(self) -> &'static str {
        if self.for_tests { "dev-dependencies" } else { "dependencies" }
    }
}

/// The versions that generated code is written for; crates of this project have this crate's own.
const VERSIONS: [(&str, &str); 4] =
    [("bytes", "1"), ("schemars", "1"), ("serde", "1"), ("tokio", "1")];

/// The crates of this project that generated code needs.
const OURS: [&str; 5] = ["jit-app", "jit-meta", "jit-services", "jit-storages", "jit-testing"];

/// A `Cargo.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    document: DocumentMut,
}

impl Manifest {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?;
        Self::parse(path, text)
    }

    pub(crate) fn parse(path: &Path, text: String) -> Result<Self> {
        let document = text.parse().map_err(|error: toml_edit::TomlError| {
            Error::new(format!("`{}` is no TOML: {}", path.display(), error.message()))
        })?;
        Ok(Self { path: path.to_owned(), text, document })
    }

    /// The package's name.
    pub(crate) fn package(&self) -> Option<&str> {
        self.document.get("package")?.get("name")?.as_str()
    }

    pub(crate) fn is_workspace(&self) -> bool {
        self.document.contains_key("workspace")
    }

    /// Whether its workspace gives a key of `[package]`.
    pub(crate) fn has_package_key(&self, key: &str) -> bool {
        let package = self.document.get("workspace").and_then(|it| it.get("package"));
        package.is_some_and(|package| package.get(key).is_some())
    }

    /// Whether its workspace gives the version of a dependency.
    pub(crate) fn has_dependency(&self, name: &str) -> bool {
        let table = self.document.get("workspace").and_then(|it| it.get("dependencies"));
        table.is_some_and(|table| table.get(name).is_some())
    }

    /// Whether its workspace has lints.
    pub(crate) fn has_lints(&self) -> bool {
        self.document.get("workspace").is_some_and(|it| it.get("lints").is_some())
    }

    /// A list of folders that its workspace has.
    fn folders(&self, list: &str) -> Vec<&str> {
        let list = self.document.get("workspace").and_then(|it| it.get(list));
        let list = list.and_then(Item::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(|it| it.trim_end_matches('/')).collect()
    }

    /// Whether a workspace of this manifest, in `root`, counts a folder among its members.
    pub(crate) fn has_member(&self, root: &Path, folder: &Path) -> bool {
        let Ok(below) = folder.strip_prefix(root) else { return false };
        let below = below.display().to_string().replace('\\', "/");
        let is = |pattern: &&str| match pattern.strip_suffix("/*") {
            Some(parent) => below
                .strip_prefix(parent)
                .is_some_and(|rest| rest.strip_prefix('/').is_some_and(|rest| !rest.contains('/'))),
            None => *pattern == below,
        };
        self.folders("members").iter().any(is) && !self.folders("exclude").iter().any(is)
    }

    /// The member of its workspace, in `root`, whose package has a name.
    pub(crate) fn member_called(&self, root: &Path, package: &str) -> Option<PathBuf> {
        let mut members = self.folders("members").into_iter().flat_map(|pattern| {
            match pattern.strip_suffix("/*").map(|parent| fs::read_dir(root.join(parent))) {
                Some(entries) => {
                    entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
                }
                None => vec![root.join(pattern)],
            }
        });
        let is = |folder: &PathBuf| {
            let manifest = Self::read(&folder.join("Cargo.toml"));
            self.has_member(root, folder)
                && manifest.is_ok_and(|manifest| manifest.package() == Some(package))
        };
        members.find(is)
    }

    /// With a folder among the members of its workspace.
    pub(crate) fn with_member(&self, folder: &str) -> Option<String> {
        let mut document = self.document.clone();
        let workspace = document.get_mut("workspace")?.as_table_mut()?;
        let members = workspace.entry("members").or_insert_with(|| value(Array::new()));
        members.as_array_mut()?.push(folder);
        Some(document.to_string())
    }

    /// The root that modules are declared in: of the library, as tests and other programs can link it; where there is
    /// none, of the program.
    pub(crate) fn crate_root(&self) -> PathBuf {
        self.library().unwrap_or_else(|| self.program())
    }

    /// Where the root of the package's library is, if it has one.
    pub(crate) fn library(&self) -> Option<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let named = self.document.get("lib").and_then(|lib| lib.get("path")?.as_str());
        Some(folder.join(named.unwrap_or("src/lib.rs"))).filter(|path| path.is_file())
    }

    /// Where the root of its program is.
    pub(crate) fn program(&self) -> PathBuf {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let bin = self.document.get("bin").and_then(|bins| bins.as_array_of_tables()?.get(0));
        let bin = bin.and_then(|bin| bin.get("path")?.as_str());
        folder.join(bin.unwrap_or("src/main.rs"))
    }

    /// What code calls its library.
    pub(crate) fn library_name(&self) -> Option<String> {
        let named = self.document.get("lib").and_then(|lib| lib.get("name")?.as_str());
        named.or(self.package()).map(|name| name.replace('-', "_"))
    }

    fn dependency(&self, section: &str, name: &str) -> Option<&Item> {
        self.document.get(section)?.get(name)
    }

    /// With what is needed and not there, in the way that `jit-app` is written.
    pub(crate) fn with(&self, needs: &[Need], workspace: Option<&Self>) -> String {
        let mut document = self.document.clone();
        for need in needs.iter().filter(|need| !self.has(**need)) {
            let entry = self.entry(*need, workspace);
            let after = document.get("dependencies").and_then(Item::as_table);
            let after = after.and_then(Table::position);
            let section = document.entry(need.section()).or_insert_with(|| {
                let mut table = Table::new();
                table.set_position(after);
                Item::Table(table)
            });
            let Some(section) = section.as_table_like_mut() else { continue };
            let was_sorted = section.iter().is_sorted_by_key(|(name, _)| name.to_owned());
            section.insert(need.name, entry);
            if was_sorted {
                section.sort_values();
            }
        }
        document.to_string()
    }

    /// Without what was added for something that is gone: what is written as it would be, and that nobody
    /// else uses.
    pub(crate) fn without(
        &self,
        needs: &[Need],
        workspace: Option<&Self>,
        is_used: &dyn Fn(&str) -> bool,
    ) -> String {
        let mut document = self.document.clone();
        for need in needs {
            let ours = self.entry(*need, workspace).to_string().trim().to_owned();
            let found = self.dependency(need.section(), need.name);
            let is_ours = found.is_some_and(|found| found.to_string().trim() == ours);
            // Beside a dependency of the crate's own it is there for its features.
            let is_second = need.for_tests && self.dependency("dependencies", need.name).is_some();
            let is_used = match is_second {
                true => need.features.iter().any(|feature| is_used(feature)),
                false => is_used(need.name),
            };
            if is_ours && !is_used {
                let section = document.get_mut(need.section()).and_then(Item::as_table_like_mut);
                section.map(|section| section.remove(need.name));
            }
        }
        if document.get("dev-dependencies").and_then(Item::as_table).is_some_and(Table::is_empty) {
            document.remove("dev-dependencies");
        }
        document.to_string()
    }

    /// Whether a dependency is there already, with its features as far as can be seen.
    fn has(&self, need: Need) -> bool {
        let has_features = |item: &Item| {
            let given = item.get("features").and_then(Item::as_array);
            let given: Vec<_> = given.into_iter().flatten().filter_map(Value::as_str).collect();
            need.features.iter().all(|feature| given.contains(feature))
        };
        let own = self.dependency(need.section(), need.name);
        let normal = self.dependency("dependencies", need.name);
        own.is_some_and(has_features)
            || normal.is_some_and(|item| has_features(item) || IMPLIED.contains(&need.name))
    }

    fn entry(&self, need: Need, workspace: Option<&Self>) -> Item {
        let mut entry = InlineTable::new();
        let inherits = workspace.is_some_and(|root| root.has_dependency(need.name));
        if inherits {
            if need.features.is_empty() {
                let mut dotted = Table::new();
                dotted.set_dotted(true);
                dotted.insert("workspace", value(true));
                return Item::Table(dotted);
            }
            entry.insert("workspace", true.into());
        } else if OURS.contains(&need.name) {
            self.beside_jit_app(need.name, &mut entry);
        } else {
            let known = VERSIONS.iter().find(|(name, _)| *name == need.name);
            entry.insert("version", known.map_or("*", |(_, version)| *version).into());
        }
        let features: &[&str] = match need.name {
            "serde" if !inherits => &["derive"],
            _ => need.features,
        };
        if !features.is_empty() {
            entry.insert("features", Value::Array(features.iter().copied().collect()));
        } else if entry.len() == 1
            && let Some(version) = entry.get("version").cloned()
        {
            return value(version);
        }
        value(entry)
    }

    /// A crate of this project: from where `jit-app` is from.
    fn beside_jit_app(&self, name: &str, entry: &mut InlineTable) {
        let app = self.dependency("dependencies", "jit-app");
        let text = |key: &str| app.and_then(|app| app.get(key)?.as_str());
        match (text("path"), text("git")) {
            (Some(path), _) => {
                let parent = path.trim_end_matches('/').rsplit_once('/').map(|(parent, _)| parent);
                let path = parent.map_or_else(|| name.to_owned(), |it| format!("{it}/{name}"));
                entry.insert("path", path.into());
            }
            (None, Some(git)) => {
                entry.insert("git", git.into());
                for key in ["branch", "rev", "tag"] {
                    if let Some(given) = text(key) {
                        entry.insert(key, given.into());
                    }
                }
            }
            (None, None) => {
                let version =
                    app.and_then(|app| app.as_str().or_else(|| app.get("version")?.as_str()));
                entry.insert("version", version.unwrap_or(env!("CARGO_PKG_VERSION")).into());
            }
        }
    }
}

/// Dependencies whose features in the table for tests need not be repeated when they are there at all.
const IMPLIED: [&str; 1] = ["tokio"];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const NEEDS: [Need; 4] = [
        Need::of("jit-meta"),
        Need::of("serde"),
        Need::for_tests("jit-storages").with(&["conformance"]),
        Need::for_tests("jit-testing"),
    ];

    #[track_caller]
    fn check(text: &str, workspace: Option<&str>, expected: Expect) {
        let parse = |text: &str| Manifest::parse(Path::new("Cargo.toml"), text.to_owned()).unwrap();
        let workspace = workspace.map(parse);
        let after = parse(text).with(&NEEDS, workspace.as_ref());
        expected.assert_eq(&after);
        assert_eq!(parse(&after).with(&NEEDS, workspace.as_ref()), after, "twice");
        let back = parse(&after).without(&NEEDS, workspace.as_ref(), &|name| name == "other");
        assert_eq!(back, text, "back");
    }

    #[test]
    fn dependencies_are_written_as_jit_app_is() {
        check(
            "[package]\nname = \"a\"\n\n[dependencies]\n# For apps.\njit-app = { path = \"../jit/crates/jit-app\" }\nother = \"1\"\n\n[lints]\nworkspace = true\n",
            None,
            expect![[r#"
                [package]
                name = "a"

                [dependencies]
                # For apps.
                jit-app = { path = "../jit/crates/jit-app" }
                jit-meta = { path = "../jit/crates/jit-meta" }
                other = "1"
                serde = { version = "1", features = ["derive"] }

                [dev-dependencies]
                jit-storages = { path = "../jit/crates/jit-storages", features = ["conformance"] }
                jit-testing = { path = "../jit/crates/jit-testing" }

                [lints]
                workspace = true
            "#]],
        );
        check(
            "[dependencies]\njit-app = \"0.1\"\nb = \"2\"\n",
            None,
            expect![[r#"
                [dependencies]
                jit-app = "0.1"
                b = "2"
                jit-meta = "0.1"
                serde = { version = "1", features = ["derive"] }

                [dev-dependencies]
                jit-storages = { version = "0.1", features = ["conformance"] }
                jit-testing = "0.1"
            "#]],
        );
    }

    #[test]
    fn in_a_workspace_versions_are_inherited() {
        check(
            "[dependencies]\njit-app.workspace = true\ntokio = { workspace = true, features = [\"macros\"] }\n\n[dev-dependencies]\nexpect-test.workspace = true\n\n[lints]\nworkspace = true\n",
            Some(
                "[workspace.dependencies]\njit-meta = \"1\"\njit-storages = \"1\"\nserde = \"1\"\njit-testing = \"3\"\n",
            ),
            expect![[r#"
                [dependencies]
                jit-app.workspace = true
                jit-meta.workspace = true
                serde.workspace = true
                tokio = { workspace = true, features = ["macros"] }

                [dev-dependencies]
                expect-test.workspace = true
                jit-storages = { workspace = true, features = ["conformance"] }
                jit-testing.workspace = true

                [lints]
                workspace = true
            "#]],
        );
    }

    #[test]
    fn the_members_of_a_workspace_are_told() {
        let root = Path::new("/w");
        let parse = |text: &str| Manifest::parse(Path::new("Cargo.toml"), text.to_owned()).unwrap();
        let globbed =
            parse("[workspace]\nmembers = [\"apps/*\", \"x\"]\nexclude = [\"apps/no\"]\n");
        for (folder, is) in [
            ("/w/apps/a", true),
            ("/w/apps/a/b", false),
            ("/w/x", true),
            ("/w/apps/no", false),
            ("/v", false),
        ] {
            assert_eq!(globbed.has_member(root, Path::new(folder)), is, "{folder}");
        }
        let with = globbed.with_member("y/z").unwrap();
        assert!(parse(&with).has_member(root, Path::new("/w/y/z")), "{with}");
    }

    #[test]
    fn versions_are_those_that_the_project_itself_uses() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let root = Manifest::read(&root).unwrap();
        for (name, version) in VERSIONS {
            let ours = &root.document["workspace"]["dependencies"][name];
            let ours = ours.as_str().or_else(|| ours["version"].as_str()).unwrap();
            assert_eq!(ours, version, "{name}");
        }
    }
}
