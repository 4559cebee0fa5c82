//! What can be made, and the plan for each.

mod alone;
mod app;
mod by_hand;
mod family;
mod instance;
mod service;
mod wrapping;

use jit_meta::{Catalog, CatalogEntry, CatalogLevel, FullName};

pub(crate) use app::made_with_app;
pub use app::{Jit, NewApp};
pub(crate) use service::{TYPE as SERVICE_TYPE, check_functions, made_with};

use crate::edit::manifest::Need;
use crate::edit::modules;
use crate::name::{self, snake};
use crate::plan::ByHand;
use crate::template::formatted;
use crate::users::mentions;
use crate::{Error, Plan, Project, Result};

/// An element to make.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Its full name.
    pub name: FullName,
    /// What it is.
    pub kind: Kind,
    /// What people see; made of its name unless given.
    pub title: Option<String>,
    /// Keys of its configuration with values of one's own.
    pub values: Vec<(String, String)>,
    /// The functions of a service; some to begin with where none are named.
    pub functions: Vec<String>,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A folder of configuration for a Type, `storages.OssType`.
    Instance {
        /// The Type.
        type_name: String,
    },
    /// A Type that wraps another.
    Wrapping {
        /// The other.
        of: String,
    },
    /// A Type that stands alone.
    Alone {
        /// Its family, `storages.Meta`.
        meta: String,
    },
    /// Code of the app's own behind the name of a Type that there is.
    Override,
    /// A family: interface, function list, one Type, one instance.
    Family,
    /// A service: functions in Rust, declared in its `e.json`.
    Service,
}

/// The one family whose interface is known here.
const STORAGES: &str = "storages.Meta";

impl Request {
    /// A request for an element of a kind.
    ///
    /// # Errors
    ///
    /// When nothing can have the name.
    pub fn new(name: &str, kind: Kind) -> Result<Self> {
        if jit_meta::is_name_segment(name) {
            let message = format!("`{name}` has no family: an element stands in the folder of one");
            let whole = match kind {
                Kind::Family => format!("a family is called `{name}.Meta`"),
                Kind::Service => format!("for a service: `services.{name}`"),
                _ => format!("for a storage: `storages.{name}`"),
            };
            return Err(Error::usage(message).with_help(whole));
        }
        let name = name::full_name(name)?;
        Ok(Self { name, kind, title: None, values: Vec::new(), functions: Vec::new() })
    }

    /// What has to happen. Without a catalog, names of Types are taken as they are; only instances need one.
    ///
    /// # Errors
    ///
    /// When what it builds on is not there, or is of another kind.
    pub fn plan(&self, project: &Project, catalog: Option<&Catalog>) -> Result<Plan> {
        if let Some(catalog) = catalog {
            self.check(catalog, project)?;
        }
        self.check_case(project)?;
        if self.kind == Kind::Service
            && let Some(plan) = service::more(self, project)?
        {
            return Ok(plan);
        }
        self.plan_unchecked(project, catalog)
    }

    /// The same for what may be there already.
    pub(crate) fn plan_unchecked(
        &self,
        project: &Project,
        catalog: Option<&Catalog>,
    ) -> Result<Plan> {
        let mut plan = Plan { root: project.dir().to_owned(), ..Plan::default() };
        plan.taken =
            Some(format!("choose another name; what was made goes by --remove {}", self.name));
        match &self.kind {
            Kind::Instance { type_name } => {
                instance::plan(self, type_name, project, catalog, &mut plan)?;
            }
            Kind::Wrapping { of } => wrapping::plan(self, of, project, &mut plan)?,
            Kind::Alone { meta } => alone::plan(self, meta, project, &mut plan)?,
            Kind::Override => wrapping::plan_override(self, project, &mut plan)?,
            Kind::Family => family::plan(self, project, &mut plan)?,
            Kind::Service => service::plan(self, project, &mut plan)?,
        }
        Ok(plan)
    }

    /// Whether what it names is there, and what it makes is not.
    fn check(&self, catalog: &Catalog, project: &Project) -> Result<()> {
        let name = self.name.as_str();
        let known = catalog.entries.iter().find(|entry| entry.full_name == name);
        if let Some(known) = known
            && self.kind != Kind::Override
        {
            let message =
                format!("`{name}` is registered already, at {}:{}", known.file, known.line);
            let help = match known.level {
                CatalogLevel::Meta => {
                    "choose another name; docs/add-a-family.md says how a family gets more Types"
                        .to_owned()
                }
                CatalogLevel::Type => format!(
                    "choose another name; to put code of the app's own in its place: --override {name}"
                ),
            };
            return Err(Error::usage(message).with_help(help));
        }
        let family = match &self.kind {
            Kind::Wrapping { of } => family_of(catalog, of)?,
            Kind::Override => family_of(catalog, name)?,
            Kind::Alone { meta } => {
                let is_meta = |entry: &&CatalogEntry| entry.level == CatalogLevel::Meta;
                let metas = catalog.entries.iter().filter(is_meta);
                let names: Vec<_> = metas.map(|entry| entry.full_name.as_str()).collect();
                let is_it = |name: &&str| name == meta;
                names.iter().copied().find(is_it).ok_or_else(|| unknown("family", meta, &names))?
            }
            Kind::Service => family_of(catalog, SERVICE_TYPE)?,
            Kind::Instance { type_name } => family_of(catalog, type_name)?,
            Kind::Family => return Ok(()),
        };
        self.check_place(catalog, family, project)?;
        match &self.kind {
            Kind::Wrapping { .. } | Kind::Override | Kind::Alone { .. } if family != STORAGES => {
                Err(by_hand::refused(self, family, catalog, project))
            }
            _ => Ok(()),
        }
    }

    /// Whether it does not stand among the elements of another family, or beside its own by a slip.
    fn check_place(&self, catalog: &Catalog, family: &str, project: &Project) -> Result<()> {
        let folder = self.name.family();
        let place = format!("{folder}.Meta");
        if self.kind == Kind::Override || place == family {
            return Ok(());
        }
        let own = family.strip_suffix(".Meta").unwrap_or(family);
        let (_, rest) = self.name.as_str().split_at(folder.len());
        let name = &self.name;
        if catalog.entries.iter().any(|entry| entry.full_name == place) {
            let message =
                format!("`{name}` would be of `{family}`, and stand among those of `{place}`");
            return Err(Error::usage(message).with_help(format!("did you mean `{own}{rest}`?")));
        }
        let is_slip = !jit_meta::nearest(folder, [own]).is_empty();
        if is_slip && !project.dir().join(folder).is_dir() {
            let message = format!(
                "no element is in `{folder}` so far, and those of `{family}` are in `{own}`"
            );
            return Err(Error::usage(message).with_help(format!(
                "did you mean `{own}{rest}`? If not, make the folder `{folder}` first"
            )));
        }
        Ok(())
    }

    /// Whether no folder differs from its own in nothing but case.
    fn check_case(&self, project: &Project) -> Result<()> {
        let mut at = project.dir().to_owned();
        for part in self.name.as_str().split('.') {
            let entries = std::fs::read_dir(&at).into_iter().flatten().flatten();
            let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
            let is_other = |name: &String| name.eq_ignore_ascii_case(part) && name != part;
            if let Some(other) = names.into_iter().find(is_other) {
                let message = format!(
                    "`{other}` is there already, and differs from `{part}` in nothing but case"
                );
                return Err(
                    Error::usage(message).with_help("choose another name, or write it like that")
                );
            }
            at.push(part);
        }
        Ok(())
    }

    fn title(&self) -> String {
        self.title.clone().unwrap_or_else(|| self.name.name().to_owned())
    }

    /// The element's folder, in the app.
    pub(crate) fn folder(&self, project: &Project) -> std::path::PathBuf {
        self.name.as_str().split('.').fold(project.dir().to_owned(), |path, part| path.join(part))
    }

    /// The `e.json` of an element.
    pub(crate) fn define(&self, type_name: &str) -> String {
        let json = serde_json::json!({
            "title": self.title(), "type": type_name, "backendBundleEntry": "."
        });
        format!("{json:#}\n")
    }
}

/// The family of a Type that elements may have.
fn family_of<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a str> {
    let usable = catalog.usable.iter().find(|usable| usable.full_name == name);
    let found = usable.and_then(|usable| catalog.stack(usable).next());
    found.map(|entry| entry.family.as_str()).ok_or_else(|| unknown_type(catalog, name))
}

/// Nobody has heard of a Type, or it is something else.
fn unknown_type(catalog: &Catalog, name: &str) -> Error {
    let types: Vec<_> = catalog.usable.iter().map(|usable| usable.full_name.as_str()).collect();
    let family = catalog
        .entries
        .iter()
        .find(|entry| entry.level == CatalogLevel::Meta && entry.full_name == name);
    if family.is_some() {
        let its = catalog.usable.iter().filter(|usable| {
            catalog.stack(usable).next().is_some_and(|entry| entry.family == name)
        });
        let its: Vec<_> = its.map(|usable| format!("`{}`", usable.full_name)).collect();
        let help = format!("name one of its Types: {}", its.join(", "));
        return Error::usage(format!("`{name}` is a family, not a Type")).with_help(help);
    }
    unknown("Type", name, &types)
}

fn unknown(what: &str, name: &str, known: &[&str]) -> Error {
    // The last part alone, or a slip.
    let is_whole = |it: &&str| it.rsplit_once('.').is_some_and(|(_, last)| last == name);
    let mut near: Vec<&str> = known.iter().copied().filter(is_whole).collect();
    if near.is_empty() {
        near = jit_meta::nearest(name, known.iter().copied());
    }
    let help = jit_meta::did_you_mean(&near).unwrap_or_else(|| match known {
        [] => "this program links none: name its crate in Cargo.toml, and write `use that_crate as _;` in main.rs".to_owned(),
        _ => format!("this program links {}", known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")),
    });
    Error::usage(format!("no {what} is called `{name}`")).with_help(help)
}

/// The module that a request makes, and what it depends on; `None` for a kind without code.
pub(crate) fn module_of(request: &Request, project: &Project) -> Option<(String, &'static [Need])> {
    let last = request.name.name();
    match &request.kind {
        Kind::Instance { .. } => None,
        Kind::Wrapping { .. } => Some((snake(last), wrapping::NEEDS)),
        Kind::Alone { .. } => Some((snake(last), alone::NEEDS)),
        Kind::Override => Some((snake(&wrapping::own_name(request, project)), wrapping::NEEDS)),
        Kind::Family => Some((snake(request.name.family()), family::NEEDS)),
        Kind::Service => Some((snake(last), service::NEEDS)),
    }
}

/// A module of the app's crate.
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) needs: &'static [Need],
    /// Whether those who link the app's library have to name what is in it.
    pub(crate) is_public: bool,
}

impl Module {
    /// Plans the module: its file, its declaration, and what it depends on.
    fn plan(self, project: &Project, plan: &mut Plan) -> Result<()> {
        if !name::names_code(&self.name) {
            let message = "code cannot be named after this element: its name begins with no letter";
            return Err(Error::usage(message).with_help("choose another name"));
        }
        let root = project.manifest().crate_root();
        let folder = root.parent().unwrap_or(project.dir());
        let text = formatted(self.text, folder);
        plan.create(folder.join(format!("{}.rs", self.name)), text);

        let manifest = project.manifest();
        let with = manifest.with(self.needs, project.workspace());
        plan.edit(manifest.path.clone(), manifest.text.clone(), with);

        let before =
            std::fs::read_to_string(&root).map_err(|error| Error::io("read", &root, &error))?;
        let is_public = self.is_public && manifest.library().is_some();
        match modules::declare(&before, &self.name, is_public) {
            Some(after) => plan.edit(root, before, after),
            None => plan.by_hand.push(ByHand {
                file: root,
                what: format!("add `{}mod {};`", if is_public { "pub " } else { "" }, self.name),
                why: "an attribute there goes over several lines".to_owned(),
            }),
        }
        link(project, plan);
        plan.next.push(project.typed("test", &self.name));
        Ok(())
    }
}

/// What is left to do so that the code of a module is in every program that should have it.
fn link(project: &Project, plan: &mut Plan) {
    let manifest = project.manifest();
    let (program, library) = (manifest.program(), manifest.library());
    let Some(name) = library.and_then(|_| manifest.library_name()) else {
        plan.notes.push(
            "Only this app's own program has it: what is in `tests/`, and the programs of apps that extend this one, \
             have what is in its library, `src/lib.rs`, once they say `use … as _;`."
                .to_owned(),
        );
        return;
    };
    let text = std::fs::read_to_string(&program).unwrap_or_default();
    if !text.is_empty() && !mentions(&text, &name) {
        plan.by_hand.push(ByHand {
            file: program,
            what: format!("add `use {name} as _;`"),
            why: "the linker drops a library that nothing refers to".to_owned(),
        });
    }
}
