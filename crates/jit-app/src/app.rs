//! The app: read once, elements loaded on first use.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{
    Args, Code, Define, Diagnostic, Error, ErrorKind, FullName, LoadEnv, Meta, Registry, Severity,
    TypeEntry, Value,
};

use crate::environment::Environment;
use crate::hierarchy::{self, Layer};
use crate::manifest::Manifest;
use crate::resolve::{Level, Link, Resolved, Resolver};
use crate::slots::{Slot, Slots};
use crate::{Element, Variables, settings};

/// A loaded app, with all it extends. Cloning is cheap, and clones share everything.
///
/// Loading reads definitions only: nothing is instantiated and nothing goes to the network. An element
/// that is broken, or whose Type is not linked, does not stop the rest; asking for it is the error.
///
/// ```
/// use jit_app::{App, Variables};
/// use jit_storages::{SignOptions, Storages};
///
/// # use std::fs::{create_dir_all, write};
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path();
/// # create_dir_all(dir.join("storages/MyOss"))?;
/// write(dir.join("app.json"), r#"{ "appId": "acme.Shop" }"#)?;
/// write(
///     dir.join("storages/MyOss/e.json"),
///     r#"{ "title": "Files", "type": "storages.OssType" }"#,
/// )?;
/// write(
///     dir.join("storages/MyOss/MyOss.json"),
///     r#"{ "accessKeyId": "id", "accessKeySecret": "${SECRET}",
///          "endPoint": "oss-cn-hangzhou.aliyuncs.com", "bucketName": "my-bucket" }"#,
/// )?;
///
/// let variables = Variables::empty().with("SECRET", "a-secret");
/// let app = App::builder(dir).variables(variables).load()?;
/// assert!(app.check().is_empty());
/// let oss = app.get::<Storages>("storages.MyOss").await?;
/// let url = oss.get_sign_url("a.txt", "text/plain", SignOptions::default()).await?;
/// assert!(url.as_str().starts_with("https://my-bucket.oss-cn-hangzhou.aliyuncs.com/a.txt?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The app itself, then all it extends.
    layers: Vec<Layer>,
    variables: Variables,
    registry: Registry,
    slots: Slots,
    /// What is wrong with folders that are no element's.
    findings: Vec<Diagnostic>,
}

/// How an [`App`] is loaded.
#[derive(Debug)]
pub struct AppBuilder {
    dir: PathBuf,
    variables: Variables,
    registry: Option<Registry>,
    environment: Option<Environment>,
}

impl AppBuilder {
    /// Takes the variables of configurations from `variables` instead of the process.
    #[must_use]
    pub fn variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// Resolves Types in `registry` instead of what is linked into the program.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Finds the apps it extends in `environment` instead of [around](Environment::around) its folder.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Reads the app and all it extends. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoApp`] without a usable `app.json` or when the apps it extends are missing or have no
    /// order, [`ErrorKind::InvalidDefine`] when it redefines what is protected, [`ErrorKind::Duplicate`]
    /// when two registrations claim one name.
    pub fn load(self) -> Result<App, Error> {
        let layers = hierarchy::read(&self.dir, self.environment.as_ref())?;
        let registry = match self.registry {
            Some(registry) => registry,
            None => crate::linked()?,
        };
        let (slots, findings) = Slots::read(&layers)?;
        let declared = slots
            .variables()
            .into_iter()
            .filter_map(|(name, (_, variable))| Some((name.to_owned(), variable.value.clone()?)));
        let variables = self.variables.with_defaults(declared);
        Ok(App(Arc::new(Inner { layers, variables, registry, slots, findings })))
    }
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

/// Whether an element can be asked for, as far as can be told without loading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing is wrong with its definition and configuration.
    Ok,
    /// The code of its Type is not linked into this program.
    NotLinked,
    /// Its definition or configuration is wrong.
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
        AppBuilder {
            dir: dir.into(),
            variables: Variables::process(),
            registry: None,
            environment: None,
        }
    }

    /// The app's id, `org.Name`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.layers.first().map_or("", |app| &app.manifest.app_id)
    }

    /// The app's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.0.layers.first().map_or(Path::new(""), |app| &app.dir)
    }

    /// What the `app.json` of the app says, and then those of all it extends, in the order in which they
    /// are asked for elements.
    #[doc(alias = "app_hierarchy")]
    pub fn hierarchy(&self) -> impl Iterator<Item = &Manifest> {
        self.0.layers.iter().map(|app| &app.manifest)
    }

    /// The Types and families it resolves in.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The full name of the element that serves where none is named, like `defaultStorage`: the nearest
    /// app that sets one decides.
    #[must_use]
    pub fn default_element(&self, key: &str) -> Option<&str> {
        let mut settings = self.hierarchy().map(|manifest| &manifest.settings.default_element);
        settings.find_map(|defaults| defaults.get(key)).map(String::as_str)
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
        define_of(self.slot(full_name)?)
    }

    /// The definitions that a selector means, in the order of the hierarchy and of names. Loads nothing.
    ///
    /// A selector is a name, `.type` (instances of exactly that Type), `*name` (its Type, that one's Type,
    /// up to the Meta), `name*` (everything with it in its type chain) or `#attribute=value` (also `!=`, `>`,
    /// `<`); `a:b` keeps what matches both, `a,b` is either.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] with the place in the selector that is not understood.
    #[doc(alias = "findElementsDefine")]
    pub fn find_elements_define(&self, selector: &str) -> Result<Vec<&Define>, Error> {
        crate::find::find(&self.resolver(), &self.0.layers, selector)
    }

    /// Every element with its status, by name. Reads configurations; loads nothing.
    pub fn elements(&self) -> Vec<Summary> {
        let resolver = self.resolver();
        let summary = |slot: &Arc<Slot>| {
            let define = slot.define.as_ref().ok();
            let findings = self.check_element(&resolver, slot);
            let status = if findings.iter().any(|finding| finding.code == Code::NotLinked) {
                Status::NotLinked
            } else if settings::has_errors(&findings) {
                Status::Invalid
            } else {
                Status::Ok
            };
            Summary {
                full_name: slot.full_name.clone(),
                define: define.cloned(),
                level: define.map(|define| resolver.level(define, slot.layer)),
                status,
            }
        };
        self.0.slots.sorted().into_iter().map(summary).collect()
    }

    /// The type chain of an element: itself, its Types, its family.
    ///
    /// # Errors
    ///
    /// What is wrong with the element or its chain.
    pub fn type_chain(&self, full_name: &str) -> Result<Vec<Link>, Error> {
        Ok(self.resolve(self.slot(full_name)?)?.chain)
    }

    /// The code that loads an element: its Type, and below it those that it inherits from.
    ///
    /// # Errors
    ///
    /// What is wrong with the element or its chain.
    pub fn types_of(&self, full_name: &str) -> Result<Vec<TypeEntry>, Error> {
        Ok(self.resolve(self.slot(full_name)?)?.stack.entries().to_vec())
    }

    /// Validates every definition and configuration, without loading anything and without network.
    /// A Type that is not linked is a warning here.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let resolver = self.resolver();
        let mut findings = self.0.findings.clone();
        for slot in self.0.slots.sorted() {
            findings.extend(slot.warnings.iter().cloned());
            findings.extend(self.check_element(&resolver, slot));
        }
        findings.extend(self.check_variables());
        findings.extend(self.check_defaults());
        // A broken Type is told once, not with each of its instances.
        let mut told: Vec<Diagnostic> = Vec::with_capacity(findings.len());
        for finding in findings {
            if !told.contains(&finding) {
                told.push(finding);
            }
        }
        told
    }

    fn check_element(&self, resolver: &Resolver<'_>, slot: &Slot) -> Vec<Diagnostic> {
        let define = match &slot.define {
            Ok(define) if define.type_name().is_none() => return Vec::new(),
            Ok(define) => define,
            Err(findings) => return findings.clone(),
        };
        let resolved = match resolver.resolve(define, slot.layer) {
            Ok(resolved) => resolved,
            Err(mut findings) => {
                // A Type whose code is the one registered under its own name needs none of its `type`.
                let own = resolver.registry.find(&resolver.apps, define.full_name().as_str());
                findings.retain(|finding| finding.code != Code::NotLinked || own.is_none());
                for finding in findings.iter_mut().filter(|found| found.code == Code::NotLinked) {
                    finding.severity = Severity::Warning;
                }
                return findings;
            }
        };
        if resolver.level(define, slot.layer) != Level::Instance {
            return Vec::new();
        }
        match settings::read(define, &slot.dir, &resolved.stack, &self.0.variables) {
            Ok((config, mut findings)) => {
                findings.extend(resolved.stack.check(&config).err().unwrap_or_default());
                findings
            }
            Err(findings) => findings,
        }
    }

    /// Required variables that have no value.
    fn check_variables(&self) -> Vec<Diagnostic> {
        let declared = self.0.slots.variables().into_iter();
        let is_missing =
            |name: &str| self.0.variables.get(name).is_none_or(|value| value.is_empty());
        let missing =
            declared.filter(|(name, (_, variable))| variable.required && is_missing(name));
        let told = missing.map(|(name, (element, variable))| {
            let message =
                format!("the variable `{name}` is required by `{element}` and is not set");
            let finding = Diagnostic::error(Code::UnsetVariable, message)
                .help(format!("set `{name}` in the environment"));
            match variable.remark.as_str() {
                "" => finding,
                remark => finding.note(remark),
            }
        });
        told.collect()
    }

    /// Default elements that are not there.
    fn check_defaults(&self) -> Vec<Diagnostic> {
        let own = self.hierarchy().next().map(|manifest| &manifest.settings.default_element);
        let missing =
            own.into_iter().flatten().filter(|(_, name)| self.0.slots.find(name).is_none());
        let told = missing.map(|(key, name)| {
            let message =
                format!("`{key}` in `app.json` is `{name}`, and there is no such element");
            Diagnostic::warning(Code::NoElement, message).suggest(name, self.0.slots.names())
        });
        told.collect()
    }

    fn resolver(&self) -> Resolver<'_> {
        let apps = self.hierarchy().map(|manifest| manifest.app_id.as_str()).collect();
        Resolver { apps, registry: &self.0.registry, slots: &self.0.slots }
    }

    fn resolve(&self, slot: &Slot) -> Result<Resolved, Error> {
        let define = define_of(slot)?;
        self.resolver().resolve(define, slot.layer).map_err(|findings| {
            let not_linked = findings.iter().any(|finding| finding.code == Code::NotLinked);
            let kind = if not_linked { ErrorKind::NotLinked } else { ErrorKind::InvalidDefine };
            Error::from_diagnostics(kind, findings).with_element(&slot.full_name)
        })
    }

    fn slot(&self, full_name: &str) -> Result<&Arc<Slot>, Error> {
        self.0.slots.find(full_name).ok_or_else(|| self.not_found(full_name))
    }

    fn not_found(&self, full_name: &str) -> Error {
        let mut names: Vec<&str> = self.0.slots.names().collect();
        names.sort_unstable();
        let message = format!("app `{}` has no element `{full_name}`", self.id());
        let finding = Diagnostic::error(Code::NoElement, message);
        let same_end: Vec<_> = names
            .iter()
            .copied()
            .filter(|name| {
                name.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case(full_name))
            })
            .collect();
        let finding = match same_end.first() {
            Some(name) => finding.help(format!("did you mean `{name}`?")),
            None => finding.suggest(full_name, names.iter().copied()),
        };
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
        let define = define_of(slot)?;
        let resolved = self.resolve(slot)?;
        if self.resolver().level(define, slot.layer) == Level::Type {
            let message = format!("`{}` is a Type, not an instance", slot.full_name);
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_element(&slot.full_name)
                .with_help("ask for one of its instances"));
        }
        let type_name: FullName = resolved
            .code
            .full_name()
            .parse()
            .map_err(|error| Error::new(ErrorKind::InvalidDefine, format!("{error}")))?;
        let (config, _) = settings::read(define, &slot.dir, &resolved.stack, &self.0.variables)
            .map_err(|findings| {
                Error::from_diagnostics(ErrorKind::InvalidConfig, findings)
                    .with_element(&slot.full_name)
                    .with_type(&type_name)
            })?;
        let env = LoadEnv { define, app_id: self.id(), app_dir: self.dir() };
        let loaded = resolved.stack.load(&config, env).await?;
        let owner = self.0.layers.get(slot.layer).map_or("", |app| &app.manifest.app_id);
        Ok(Element::new(define.clone(), owner, type_name, loaded))
    }
}

fn define_of(slot: &Slot) -> Result<&Define, Error> {
    slot.define.as_ref().map_err(|findings| {
        Error::from_diagnostics(ErrorKind::InvalidDefine, findings.clone())
            .with_element(&slot.full_name)
    })
}
