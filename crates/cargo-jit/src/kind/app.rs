//! A new app: folder, crate, README, tests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::edit::manifest::Manifest;
use crate::name::{kebab, names_code};
use crate::project::workspace_above;
use crate::template::{formatted, render};
use crate::{Error, Plan, Project, Result};

/// An app to make.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewApp {
    /// Its id, `org.Name`.
    pub app_id: String,
    /// Its folder; named after the id, below the folder one is in, unless given.
    pub dir: Option<PathBuf>,
    /// What people see; made of the id unless given.
    pub title: Option<String>,
    /// The apps that it extends, each with its version, nearest first.
    pub extends: Vec<(String, Option<String>)>,
    /// Where the framework comes from.
    pub jit: Jit,
    /// The checkout of the framework that this program was built in, if it is there.
    pub built_in: Option<PathBuf>,
}

/// Where the framework's crates come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Jit {
    /// From the workspace around the app, or else from the checkout that this program was built in, or else from the
    /// registry in this crate's own version.
    #[default]
    Found,
    /// From a checkout.
    Path(PathBuf),
}

impl NewApp {
    /// An app of an id.
    ///
    /// # Errors
    ///
    /// When nothing can have the id.
    pub fn new(app_id: &str) -> Result<Self> {
        let is_id =
            app_id.split('.').count() == 2 && app_id.split('.').all(jit_meta::is_name_segment);
        if !is_id {
            let message = format!("`{app_id}` is no id of an app");
            return Err(Error::usage(message).with_help(
                "it is `org.Name`, like `acme.Shop`: letters, digits and `_`, no digit at the beginning",
            ));
        }
        let app_id = app_id.to_owned();
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let built_in = built_in.filter(|it| it.join("crates/jit-app/Cargo.toml").is_file());
        let built_in = built_in.map(Path::to_owned);
        Ok(Self { app_id, dir: None, title: None, extends: Vec::new(), jit: Jit::Found, built_in })
    }

    /// What has to happen.
    ///
    /// # Errors
    ///
    /// When what is there does not allow it.
    pub fn plan(&self, here: &Path) -> Result<Plan> {
        let name = self.app_id.rsplit('.').next().unwrap_or_default();
        let package = kebab(name);
        if !names_code(&package) || RESERVED.contains(&&*package) {
            let message = format!("no package can be called `{package}`, after `{}`", self.app_id);
            return Err(Error::usage(message).with_help("choose another name for the app"));
        }
        let dir = here.join(self.dir.clone().unwrap_or_else(|| PathBuf::from(&package)));
        let dir = std::path::absolute(&dir).map_err(|error| Error::io("find", &dir, &error))?;
        let folder = dir.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(here);
        // One spelling for each folder, so that what is below another is seen to be.
        let real = folder.canonicalize().map_err(|error| Error::io("read", folder, &error))?;
        let dir = real.join(dir.strip_prefix(folder).unwrap_or(&dir));
        let workspace = workspace_above(&real)?;
        let at = workspace.as_ref().and_then(|it| it.path.parent()).unwrap_or(&real);
        let same = workspace.as_ref().and_then(|it| it.member_called(at, &package));
        if let Some(same) = same.filter(|same| *same != dir) {
            let message = format!("`{}` is a package `{package}` already", same.display());
            return Err(Error::usage(message).with_help("choose another name for the app"));
        }
        let mut plan = Plan { root: at.to_owned(), ..Plan::default() };
        plan.taken =
            Some("choose another folder: --dir DIR; or take away what is there".to_owned());
        let is_inherited = workspace.as_ref().is_some_and(|root| root.has_dependency("jit-app"));
        let jit = match (&self.jit, &self.built_in) {
            (Jit::Found, Some(checkout)) if !is_inherited => Jit::Path(checkout.clone()),
            (jit, _) => jit.clone(),
        };

        let title = self.title.clone().unwrap_or_else(|| name.to_owned());
        let run = match &workspace {
            Some(_) => format!("cargo run -p {package}"),
            None => "cargo run".to_owned(),
        };
        let bases: Vec<Base> =
            self.extends.iter().filter_map(|(id, _)| Base::find(id, &dir)).collect();
        let linked: String = match bases.is_empty() {
            true => String::new(),
            false => {
                bases.iter().map(|base| format!("\nuse {} as _;", base.library)).collect::<String>()
                    + "\n"
            }
        };
        let ident = package.replace('-', "_");
        let values = [
            ("title", &*title),
            ("package", &*package),
            ("run", &*run),
            ("crate", &*ident),
            ("linked", &*linked),
        ];
        let code = |template: &str| Ok(formatted(render(template, &values)?, &real));
        plan.create(
            dir.join("Cargo.toml"),
            self.manifest(&package, &dir, workspace.as_ref(), &bases, &jit)?,
        );
        plan.create(
            dir.join("README.md"),
            render(include_str!("../../templates/app/README.md"), &values)?,
        );
        plan.create(dir.join("app.json"), self.definition(&title));
        plan.create(dir.join("src/lib.rs"), code(include_str!("../../templates/app/lib.rs"))?);
        plan.create(dir.join("src/main.rs"), code(include_str!("../../templates/app/main.rs"))?);
        let define =
            json!({ "title": "My files", "type": "storages.DiskType", "backendBundleEntry": "." });
        plan.create(dir.join("storages/MyFiles/MyFiles.json"), FILES.to_owned());
        plan.create(dir.join("storages/MyFiles/e.json"), format!("{define:#}\n"));
        plan.create(
            dir.join("tests/program.rs"),
            code(include_str!("../../templates/app/program.rs"))?,
        );
        if let Some(workspace) = &workspace {
            plan.create(dir.join(".gitignore"), "/appData\n/dist\n".to_owned());
            if !workspace.has_member(at, &dir) {
                let member = plan.shown(&dir);
                let after = workspace.with_member(&member).ok_or_else(|| {
                    Error::new(format!("`{}` has no list of members", workspace.path.display()))
                })?;
                plan.edit(workspace.path.clone(), workspace.text.clone(), after);
            }
        } else {
            plan.create(dir.join(".gitignore"), "/target\n/appData\n/dist\n".to_owned());
        }
        if !self.extends.is_empty() {
            let names: Vec<_> = self.extends.iter().map(|(id, _)| format!("`{id}`")).collect();
            plan.notes.push(format!(
                "It extends {}: their folders have to stand beside its own.",
                names.join(", ")
            ));
        }
        let is_linked = |id: &str| bases.iter().any(|base| base.app_id == id);
        let others: Vec<_> =
            self.extends.iter().map(|(id, _)| id).filter(|id| !is_linked(id)).collect();
        for id in others {
            plan.notes.push(format!(
                "The code of `{id}`, if it has any, is not linked: no crate with a library and this `appId` stands beside it.\n  \
                 Name its crate in Cargo.toml, and write `use that_crate as _;` in src/lib.rs: until then nothing that it overrides is overridden here."
            ));
        }
        match (&jit, &self.jit) {
            (Jit::Path(checkout), Jit::Found) => plan.notes.push(format!(
                "The framework comes from the checkout that this program was built in, {}; from another: --jit DIR.",
                checkout.display()
            )),
            (Jit::Found, _) if !is_inherited => plan.notes.push(format!(
                "The framework has to come from the registry, in version {}; where it is not published, take the folder away and begin again from a checkout of it: --jit DIR.",
                env!("CARGO_PKG_VERSION")
            )),
            _ => {}
        }
        plan.next.push(format!("cd {}", dir.strip_prefix(here).unwrap_or(&dir).display()));
        plan.next.push("cargo test".to_owned());
        Ok(plan)
    }

    fn definition(&self, title: &str) -> String {
        let mut json = json!({ "appId": self.app_id, "title": title, "version": "0.1.0" });
        if !self.extends.is_empty() {
            let extends = self.extends.iter().map(|(id, version)| match version {
                Some(version) => json!({ "appId": id, "version": version }),
                None => json!({ "appId": id }),
            });
            json["extends"] = Json::Array(extends.collect());
        }
        json["settings"] = json!({ "defaultElement": { "defaultStorage": "storages.MyFiles" } });
        format!("{json:#}\n")
    }

    fn manifest(
        &self,
        package: &str,
        dir: &Path,
        workspace: Option<&Manifest>,
        bases: &[Base],
        jit: &Jit,
    ) -> Result<String> {
        let title = self.title.as_deref().unwrap_or(package);
        let mut text =
            format!("[package]\nname = \"{package}\"\ndescription = {}\n", Json::from(title));
        let inherited = |key: &str| workspace.is_some_and(|root| root.has_package_key(key));
        for (key, own) in [("version", "\"0.1.0\""), ("edition", "\"2024\"")] {
            text += &match inherited(key) {
                true => format!("{key}.workspace = true\n"),
                false => format!("{key} = {own}\n"),
            };
        }
        for key in ["rust-version", "license"] {
            if inherited(key) {
                text += &format!("{key}.workspace = true\n");
            }
        }
        text +=
            if inherited("publish") { "publish.workspace = true\n" } else { "publish = false\n" };
        text += "\n[dependencies]\n";
        for name in ["jit-app", "jit-storages"] {
            text += &match (jit, workspace.is_some_and(|root| root.has_dependency(name))) {
                (Jit::Found, true) => format!("{name}.workspace = true\n"),
                (Jit::Found, false) => format!("{name} = \"{}\"\n", env!("CARGO_PKG_VERSION")),
                (Jit::Path(checkout), _) => {
                    let path = way(&checkout.join("crates").join(name), dir)?;
                    format!("{name} = {{ path = {} }}\n", Json::from(path))
                }
            };
        }
        let features = "features = [\"macros\", \"rt-multi-thread\"]";
        text += &match workspace.is_some_and(|root| root.has_dependency("tokio")) {
            true => format!("tokio = {{ workspace = true, {features} }}\n"),
            false => format!("tokio = {{ version = \"1\", {features} }}\n"),
        };
        for base in bases {
            let path = way(&base.folder, dir)?;
            text += &format!("{} = {{ path = {} }}\n", base.package, Json::from(path));
        }
        if workspace.is_some_and(Manifest::has_lints) {
            text += "\n[lints]\nworkspace = true\n";
        }
        if workspace.is_none() {
            // So that no workspace further up counts it among its members.
            text += "\n[workspace]\n";
        }
        Ok(text)
    }
}

/// An app that is extended, and whose code can be linked.
struct Base {
    app_id: String,
    folder: PathBuf,
    package: String,
    library: String,
}

impl Base {
    /// The app of an id that stands beside a folder, if it has a library.
    fn find(app_id: &str, dir: &Path) -> Option<Self> {
        let beside = fs::read_dir(dir.parent()?).ok()?;
        let mut folders: Vec<PathBuf> = beside.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        folders.into_iter().filter(|folder| folder != dir).find_map(|folder| {
            let project = Project::find(Some(&folder), &folder).ok()?;
            let manifest = project.manifest();
            (project.app_id() == app_id && manifest.library().is_some()).then_some(())?;
            let (package, library) = (project.package().to_owned(), manifest.library_name()?);
            Some(Self { app_id: app_id.to_owned(), folder, package, library })
        })
    }
}

/// The configuration of the storage that an app begins with: its tests keep files elsewhere.
const FILES: &str = "{\n  \"directory\": \"${MY_FILES:-appData/files}\"\n}\n";

/// The configuration that a new app has for an element.
pub(crate) fn made_with_app(name: &str) -> Option<&'static str> {
    (name == "storages.MyFiles").then_some(FILES)
}

/// What Cargo keeps for itself, the compiler's own crates, and what an app depends on.
const RESERVED: [&str; 13] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "jit-app",
    "jit-storages",
    "proc-macro",
    "self",
    "std",
    "test",
    "tokio",
];

/// The way from a folder to a crate, which has to be there: relative to what is near, which may move together
/// with it; what is further up is named from the root.
fn way(to: &Path, from: &Path) -> Result<String> {
    let to = to.canonicalize().map_err(|error| {
        Error::usage(Error::io("find", to, &error).to_string())
            .with_help("--jit names a checkout of the framework's repository")
    })?;
    let shared = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared);
    if up.clone().count() > FAR {
        return Ok(to.display().to_string());
    }
    let up = up.map(|_| "..".to_owned());
    let down =
        to.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// The most folders that a path goes up.
const FAR: usize = 2;
