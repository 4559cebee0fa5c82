//! A workspace with an app, and an app outside of one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_jit::{Applier, Error, Kind, Plan, Project, Request};
use jit_app::App;
use jit_meta::Catalog;
use tempfile::TempDir;

/// A folder with an app in it.
pub(crate) struct Copy {
    root: TempDir,
    app: PathBuf,
}

const MAIN: &str = "//! An app.\n\nuse std::process::ExitCode;\n\nuse shop as _;\n\nfn main() -> ExitCode {\n    ExitCode::SUCCESS\n}\n";

const ROOT: &str = r#"[workspace]
members = ["apps/*"]

[workspace.dependencies]
bytes = "1"
jit-app = { path = "crates/jit-app" }
jit-meta = { path = "crates/jit-meta" }
jit-services = { path = "crates/jit-services" }
jit-testing = { path = "crates/jit-testing" }
jit-storages = { path = "crates/jit-storages" }
schemars = "1"
serde = { version = "1", features = ["derive"] }
tokio = "1"
"#;

impl Copy {
    /// `apps/shop`, a member of a workspace.
    pub(crate) fn inside() -> Self {
        let manifest = "[package]\nname = \"shop\"\n\n[dependencies]\njit-app.workspace = true\n";
        Self::new("apps/shop", manifest).file("Cargo.toml", ROOT)
    }

    /// `shop`, which depends on a checkout by path.
    pub(crate) fn outside() -> Self {
        let manifest = "[package]\nname = \"shop\"\n\n[dependencies]\njit-app = { path = \"../jit/crates/jit-app\" }\n\n[workspace]\n";
        Self::new("shop", manifest)
    }

    fn new(app: &str, manifest: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        // As canonical paths have it.
        let app = root.path().canonicalize().unwrap().join(app);
        let copy = Self { root, app };
        let app = copy.app.clone();
        write(&app.join("app.json"), r#"{ "appId": "acme.Shop" }"#);
        write(&app.join("Cargo.toml"), manifest);
        write(&app.join("src/lib.rs"), "//! An app's code.\n");
        write(&app.join("src/main.rs"), MAIN);
        copy
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        write(&self.root.path().join(path), text);
        self
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn app(&self) -> &Path {
        &self.app
    }

    pub(crate) fn project(&self) -> Project {
        Project::find(Some(&self.app), self.root.path()).unwrap()
    }

    /// What a program with the framework's Types would say of it.
    pub(crate) fn catalog(&self) -> Catalog {
        App::load(&self.app).unwrap().catalog()
    }

    pub(crate) fn plan(&self, name: &str, kind: Kind) -> Result<Plan, Error> {
        Request::new(name, kind)?.plan(&self.project(), Some(&self.catalog()))
    }

    /// A service with functions of these names.
    pub(crate) fn service(&self, name: &str, functions: &[&str]) -> Result<Plan, Error> {
        let mut request = Request::new(name, Kind::Service)?;
        request.functions = functions.iter().map(|&name| name.to_owned()).collect();
        request.plan(&self.project(), Some(&self.catalog()))
    }

    pub(crate) fn make(&self, name: &str, kind: Kind) -> Plan {
        let plan = self.plan(name, kind).unwrap();
        Applier::default().apply(&plan).unwrap();
        plan
    }

    /// Every file, with its contents.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        collect(self.root.path(), &mut files);
        files
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    let entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    if entries.is_empty() {
        files.insert(folder.to_owned(), "an empty folder".to_owned());
    }
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            files.insert(path, text);
        }
    }
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn instance(type_name: &str) -> Kind {
    Kind::Instance { type_name: type_name.to_owned() }
}

pub(crate) fn wrapping(of: &str) -> Kind {
    Kind::Wrapping { of: of.to_owned() }
}

/// Every kind, with a name for it.
pub(crate) fn every_kind() -> Vec<(&'static str, Kind)> {
    vec![
        ("storages.Archive", instance("storages.OssType")),
        ("storages.Cache", instance("storages.MemoryType")),
        ("storages.SmallOssType", wrapping("storages.OssType")),
        ("storages.MyType", Kind::Alone { meta: "storages.Meta".to_owned() }),
        ("storages.OssType", Kind::Override),
        ("imRobots.Meta", Kind::Family),
        ("services.Orders", Kind::Service),
    ]
}
