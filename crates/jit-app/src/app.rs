//! The app: read once, elements loaded on first use.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{
    Args, Code, Define, Diagnostic, Error, ErrorKind, FullName, LoadEnv, Loaded, Meta, Registry,
    Severity, Value,
};
use tokio::sync::OnceCell;

use crate::discover::{Found, discover};
use crate::manifest::Manifest;
use crate::resolve::{Level, Link, Resolved, Resolver};
use crate::{Environment, files, settings};

/// A loaded app. Cloning is cheap, and clones share everything.
///
/// Loading reads definitions only: nothing is instantiated and nothing goes to the network. An element
/// that is broken, or whose Type is not linked, does not stop the rest; asking for it is the error.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    manifest: Manifest,
    environment: Environment,
    registry: Registry,
    slots: HashMap<FullName, Arc<Slot>>,
    /// What is wrong with folders that are no element's.
    findings: Vec<Diagnostic>,
}

/// An element of the app: its definition, or what is wrong with it, and its instance once it has one.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) dir: PathBuf,
    pub(crate) define: Result<Define, Vec<Diagnostic>>,
    pub(crate) warnings: Vec<Diagnostic>,
    live: OnceCell<Element>,
}

/// How an [`App`] is loaded.
#[derive(Debug)]
pub struct AppBuilder {
    dir: PathBuf,
    environment: Environment,
    registry: Option<Registry>,
}

impl AppBuilder {
    /// Takes the variables of configurations from `environment` instead of the process.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Resolves Types in `registry` instead of what is linked into the program.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Reads the app. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoApp`] without a usable `app.json`, [`ErrorKind::Duplicate`] when two registrations
    /// claim one name.
    pub fn load(self) -> Result<App, Error> {
        let manifest = Manifest::read(&self.dir)?;
        let registry = match self.registry {
            Some(registry) => registry,
            None => crate::linked()?,
        };
        let (found, findings) = discover(&self.dir);
        let slots =
            found.into_iter().map(|found| (found.full_name.clone(), parse(found))).collect();
        Ok(App(Arc::new(Inner {
            dir: self.dir,
            manifest,
            environment: self.environment,
            registry,
            slots,
            findings,
        })))
    }
}

fn parse(found: Found) -> Arc<Slot> {
    let Found { full_name, dir, shown } = found;
    let missing = || Diagnostic::error(Code::Unreadable, format!("`{shown}/e.json` has gone"));
    let file = match files::read(&dir.join("e.json"), &format!("{shown}/e.json")) {
        Ok(file) => file.ok_or_else(|| vec![missing()]),
        Err(finding) => Err(vec![*finding]),
    };
    let (define, warnings) = match file.and_then(|file| Define::parse(full_name, file)) {
        Ok((define, warnings)) => (Ok(define), warnings),
        Err(findings) => (Err(findings), Vec::new()),
    };
    Arc::new(Slot { dir, define, warnings, live: OnceCell::new() })
}

/// One line of [`App::elements`].
#[derive(Clone, Debug)]
pub struct Summary {
    /// The element's full name.
    pub full_name: FullName,
    /// Its definition, when it has a usable one.
    pub define: Option<Define>,
    /// Which of the three it is.
    pub level: Option<Level>,
    /// Whether it can be asked for.
    pub status: Status,
}

/// Whether an element can be asked for, as far as its definition tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its definition is fine and, for an instance, the code of its Type is linked.
    Ok,
    /// The code of its Type is not linked into this program.
    NotLinked,
    /// Its definition is wrong.
    Invalid,
}

impl App {
    /// Reads the app in a folder, with the process environment and everything linked into the program.
    ///
    /// # Errors
    ///
    /// As [`AppBuilder::load`].
    pub fn load(dir: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::builder(dir).load()
    }

    /// Loads with choices.
    pub fn builder(dir: impl Into<PathBuf>) -> AppBuilder {
        AppBuilder { dir: dir.into(), environment: Environment::process(), registry: None }
    }

    /// The app's id, `org.Name`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.manifest.app_id
    }

    /// What `app.json` says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The app's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The Types and families it resolves in.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The live element of a name, loaded on first use; concurrent first calls load once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] offering the nearest names, or what is wrong with the element.
    #[doc(alias = "getElement")]
    pub async fn get_element(&self, full_name: &str) -> Result<Element, Error> {
        let slot = self.slot(full_name)?;
        if let Some(element) = slot.live.get() {
            return Ok(element.clone());
        }
        slot.live.get_or_try_init(|| self.instantiate(slot)).await.cloned()
    }

    /// The typed interface of a live element.
    ///
    /// # Errors
    ///
    /// As [`get_element`](Self::get_element), and [`ErrorKind::WrongFamily`] when it is of another family.
    pub async fn get<M: Meta>(&self, full_name: &str) -> Result<Arc<M::Interface>, Error> {
        self.get_element(full_name).await?.interface::<M>()
    }

    /// Calls a function of an element by name.
    ///
    /// # Errors
    ///
    /// As [`get_element`](Self::get_element), and as [`Element::call`].
    pub async fn call(&self, full_name: &str, function: &str, args: Args) -> Result<Value, Error> {
        self.get_element(full_name).await?.call(function, args).await
    }

    /// An element's definition. Loads nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], or [`ErrorKind::InvalidDefine`] with everything that is wrong with it.
    #[doc(alias = "getElementDefine")]
    pub fn get_element_define(&self, full_name: &str) -> Result<&Define, Error> {
        define_of(self.slot(full_name)?, full_name)
    }

    /// Every element, by name. Loads nothing.
    pub fn elements(&self) -> impl Iterator<Item = Summary> {
        let sorted: BTreeMap<_, _> = self.0.slots.iter().collect();
        sorted.into_iter().map(|(full_name, slot)| {
            let define = slot.define.as_ref().ok();
            let level = define.map(|define| self.resolver().level(define));
            let status = match (define, level) {
                (None, _) => Status::Invalid,
                (Some(define), Some(Level::Instance)) => match self.resolver().resolve(define) {
                    Ok(_) => Status::Ok,
                    Err(findings) if is_not_linked(&findings) => Status::NotLinked,
                    Err(_) => Status::Invalid,
                },
                _ => Status::Ok,
            };
            Summary { full_name: full_name.clone(), define: define.cloned(), level, status }
        })
    }

    /// The type chain of an element: itself, its Types, its family.
    ///
    /// # Errors
    ///
    /// What is wrong with the element or its chain.
    pub fn type_chain(&self, full_name: &str) -> Result<Vec<Link>, Error> {
        let slot = self.slot(full_name)?;
        let define = define_of(slot, full_name)?;
        Ok(self.resolve(define)?.chain)
    }

    /// The Type behind an element.
    ///
    /// # Errors
    ///
    /// What is wrong with the element or its chain.
    pub fn type_of(&self, full_name: &str) -> Result<jit_meta::TypeEntry, Error> {
        let slot = self.slot(full_name)?;
        let define = define_of(slot, full_name)?;
        Ok(self.resolve(define)?.code)
    }

    /// Validates every definition and configuration, without loading anything and without network.
    /// A Type that is not linked is a warning here.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut findings = self.0.findings.clone();
        let sorted: BTreeMap<_, _> = self.0.slots.iter().collect();
        for slot in sorted.into_values() {
            findings.extend(slot.warnings.iter().cloned());
            match &slot.define {
                Ok(define) => findings.extend(self.check_element(slot, define)),
                Err(found) => findings.extend(found.iter().cloned()),
            }
        }
        // A broken Type is told once, not with each of its instances.
        let mut told: Vec<Diagnostic> = Vec::with_capacity(findings.len());
        for finding in findings {
            if !told.contains(&finding) {
                told.push(finding);
            }
        }
        told
    }

    fn check_element(&self, slot: &Slot, define: &Define) -> Vec<Diagnostic> {
        let resolver = self.resolver();
        if resolver.level(define) != Level::Instance {
            return Vec::new();
        }
        let code = match resolver.resolve(define) {
            Ok(resolved) => resolved.code,
            Err(mut findings) => {
                for finding in &mut findings {
                    if finding.code == Code::NotLinked {
                        finding.severity = Severity::Warning;
                    }
                }
                return findings;
            }
        };
        match settings::read(define, &slot.dir, &code, &self.0.environment) {
            Ok((config, mut findings)) => {
                findings.extend(code.check(&config).err().unwrap_or_default());
                findings
            }
            Err(findings) => findings,
        }
    }

    fn resolver(&self) -> Resolver<'_> {
        Resolver { app_id: self.id(), registry: &self.0.registry, slots: &self.0.slots }
    }

    fn resolve(&self, define: &Define) -> Result<Resolved, Error> {
        self.resolver().resolve(define).map_err(|findings| {
            let kind = if is_not_linked(&findings) {
                ErrorKind::NotLinked
            } else {
                ErrorKind::InvalidDefine
            };
            Error::from_diagnostics(kind, findings).with_element(define.full_name())
        })
    }

    fn slot(&self, full_name: &str) -> Result<&Arc<Slot>, Error> {
        self.0.slots.get(full_name).ok_or_else(|| self.not_found(full_name))
    }

    fn not_found(&self, full_name: &str) -> Error {
        let mut names: Vec<&str> = self.0.slots.keys().map(FullName::as_str).collect();
        names.sort_unstable();
        let message = format!("app `{}` has no element `{full_name}`", self.id());
        let finding =
            Diagnostic::error(Code::NoElement, message).suggest(full_name, names.iter().copied());
        let finding = if !finding.help.is_empty() {
            finding
        } else if names.is_empty() {
            finding.help("it has no elements: an element is a folder with an `e.json`")
        } else {
            let shown = names.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>();
            let more = names.len().saturating_sub(8);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            finding.help(format!("its elements are {}{more}", shown.join(", ")))
        };
        Error::from_diagnostics(ErrorKind::NotFound, vec![finding])
    }

    async fn instantiate(&self, slot: &Slot) -> Result<Element, Error> {
        let define = match &slot.define {
            Ok(define) => define,
            Err(findings) => {
                return Err(Error::from_diagnostics(ErrorKind::InvalidDefine, findings.clone()));
            }
        };
        if self.resolver().level(define) == Level::Type {
            let message = format!("`{}` is a Type, not an instance", define.full_name());
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_element(define.full_name())
                .with_help("ask for one of its instances"));
        }
        let resolved = self.resolve(define)?;
        let invalid = |findings| {
            Error::from_diagnostics(ErrorKind::InvalidConfig, findings)
                .with_element(define.full_name())
                .with_type(&resolved.type_name)
        };
        let (config, _) = settings::read(define, &slot.dir, &resolved.code, &self.0.environment)
            .map_err(invalid)?;
        let env = LoadEnv {
            define,
            type_name: &resolved.type_name,
            app_id: self.id(),
            app_dir: &self.0.dir,
        };
        let loaded = resolved.code.load(&config, env).await?;
        Ok(Element(Arc::new(Live {
            define: define.clone(),
            type_name: resolved.type_name.clone(),
            loaded,
        })))
    }
}

fn define_of<'a>(slot: &'a Slot, full_name: &str) -> Result<&'a Define, Error> {
    slot.define.as_ref().map_err(|findings| {
        let error = Error::from_diagnostics(ErrorKind::InvalidDefine, findings.clone());
        match full_name.parse() {
            Ok(name) => error.with_element(&name),
            Err(_) => error,
        }
    })
}

fn is_not_linked(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.code == Code::NotLinked)
}

/// A live element. Cloning is cheap, and clones are the same instance.
#[derive(Clone, Debug)]
pub struct Element(Arc<Live>);

#[derive(Debug)]
struct Live {
    define: Define,
    type_name: FullName,
    loaded: Loaded,
}

impl Element {
    /// Its full name.
    #[must_use]
    pub fn full_name(&self) -> &FullName {
        self.0.define.full_name()
    }

    /// Its definition.
    #[must_use]
    pub fn define(&self) -> &Define {
        &self.0.define
    }

    /// The full name of the Type that loaded it.
    #[must_use]
    pub fn type_name(&self) -> &FullName {
        &self.0.type_name
    }

    /// What may be called on it by name.
    #[must_use]
    pub fn functions(&self) -> &'static [jit_meta::Function] {
        self.0.loaded.functions()
    }

    /// Its typed interface.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongFamily`] when it is not of family `M`.
    pub fn interface<M: Meta>(&self) -> Result<Arc<M::Interface>, Error> {
        self.0.loaded.interface::<M>().ok_or_else(|| {
            let (name, family) = (self.full_name(), self.0.loaded.meta());
            let message = format!("`{name}` is of family `{family}`, not of `{}`", M::FULL_NAME);
            Error::new(ErrorKind::WrongFamily, message).with_element(name)
        })
    }

    /// Calls a function by name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownFunction`] and [`ErrorKind::BadArguments`] before anything runs, otherwise what
    /// the element's own code reports.
    pub async fn call(&self, function: &str, args: Args) -> Result<Value, Error> {
        let result = self.0.loaded.call(function, args).await;
        result.map_err(|e| e.with_element(self.full_name()).with_type(&self.0.type_name))
    }
}
