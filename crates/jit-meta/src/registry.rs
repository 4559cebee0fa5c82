//! The registry: which Rust code stands behind which full name.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use schemars::{Schema, schema_for};

use crate::call::Function;
use crate::config::{Schemas, has_secrets};
use crate::error::{Error, ErrorKind};
use crate::lifecycle::Hooks;
use crate::loaded::{Loaded, functions};
use crate::stack::Step;
use crate::ty::{CheckEnv, LoadContext, LoadEnv, Meta, Type};
use crate::{
    ConfigText, Define, Diagnostic, Example, FullName, FunctionDeclaration, SourceFile, TypeStack,
};

/// Where a registration stands in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The package it stands in: `env!("CARGO_PKG_NAME")`.
    pub package: &'static str,
    /// `file!()`.
    pub file: &'static str,
    /// `line!()`.
    pub line: u32,
}

impl fmt::Display for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A family's registration. Made by [`register_meta!`](crate::register_meta).
#[derive(Clone, Copy)]
pub struct MetaEntry {
    full_name: &'static str,
    functions: fn() -> &'static [Function],
    registered: Registered,
}

impl MetaEntry {
    /// The entry of `M`.
    #[must_use]
    pub const fn new<M: Meta>(registered: Registered) -> Self {
        Self { full_name: M::FULL_NAME, functions: M::functions, registered }
    }

    /// The family's full name.
    #[must_use]
    pub fn full_name(&self) -> &'static str {
        self.full_name
    }

    /// What may be called by name on each of its elements.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionDeclaration> {
        functions(&[], (self.functions)())
    }

    /// Where it is registered.
    #[must_use]
    pub fn registered(&self) -> Registered {
        self.registered
    }
}

/// A Type's registration. Made by [`register_type!`](crate::register_type).
#[derive(Clone, Copy)]
pub struct TypeEntry {
    app: Option<&'static str>,
    full_name: &'static str,
    code: Source,
    registered: Registered,
}

#[derive(Clone, Copy)]
enum Source {
    Given(&'static dyn ErasedType),
    Held(fn() -> &'static Code),
}

/// A Type in the hands of [`register_type!`](crate::register_type), which cannot name what it is given.
#[doc(hidden)]
pub struct Code(Box<dyn ErasedType>);

impl Code {
    #[must_use]
    pub fn new<T: Type>(code: T) -> Self {
        Self(Box::new(code))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a Type of {}", self.0.meta())
    }
}

impl TypeEntry {
    /// The entry of a Type under a full name, for one app or (`None`) for the framework.
    #[must_use]
    pub const fn new<T: Type>(
        app: Option<&'static str>,
        full_name: &'static str,
        code: &'static T,
        registered: Registered,
    ) -> Self {
        Self { app, full_name, code: Source::Given(code), registered }
    }

    /// What [`register_type!`](crate::register_type) makes.
    #[doc(hidden)]
    #[must_use]
    pub const fn held(
        app: Option<&'static str>,
        full_name: &'static str,
        code: fn() -> &'static Code,
        registered: Registered,
    ) -> Self {
        Self { app, full_name, code: Source::Held(code), registered }
    }

    fn code(&self) -> &'static dyn ErasedType {
        match self.code {
            Source::Given(code) => code,
            Source::Held(code) => &*code().0,
        }
    }

    /// The app it belongs to; `None` for the framework's own.
    #[must_use]
    pub fn app(&self) -> Option<&'static str> {
        self.app
    }

    /// The Type's full name.
    #[must_use]
    pub fn full_name(&self) -> &'static str {
        self.full_name
    }

    /// The family it implements.
    #[must_use]
    pub fn meta(&self) -> &'static str {
        self.code().meta()
    }

    /// What may be called by name on its instances, and besides on that of a definition: the
    /// [own](Meta::own_functions) functions of that come first.
    #[must_use]
    pub fn functions(&self, define: Option<&Define>) -> Vec<FunctionDeclaration> {
        self.code().functions(define)
    }

    /// Where it is registered.
    #[must_use]
    pub fn registered(&self) -> Registered {
        self.registered
    }

    /// The JSON Schema of its configuration.
    #[must_use]
    pub fn schema(&self) -> Schema {
        self.code().schema()
    }

    /// The smallest configuration of an element of this Type, as its schema tells it.
    #[must_use]
    pub fn example(&self, element: &FullName) -> Example {
        Example::new([self.schema().as_value()], element)
    }

    /// Checks its own [`example`](Self::example), with the samples of its schema as variables.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check_example(&self) -> Result<(), Vec<Diagnostic>> {
        let Ok(name) = self.full_name.parse() else { return Ok(()) };
        let example = self.example(&name);
        let file = SourceFile::new(format!("{name}.json"), example.text());
        let lookup = |variable: &str| example.sample(variable).map(str::to_owned);
        // What it inherits from reads keys of its own, and has an example of its own.
        TypeStack::new(*self, []).check(&ConfigText::expand(file.into(), &lookup))
    }

    /// Whether its configuration holds secrets.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        has_secrets(self.schema().as_value())
    }

    /// Whether it wraps what it overrides or builds on.
    #[must_use]
    pub fn inherits(&self) -> bool {
        self.code().inherits()
    }

    pub(crate) fn hooks(&self) -> Hooks {
        self.code().hooks()
    }

    pub(crate) fn check(
        &self,
        config: &ConfigText,
        step: &Step<'_>,
    ) -> Result<(), Vec<Diagnostic>> {
        self.code().check(config, step)
    }

    pub(crate) fn check_define(&self, element: CheckEnv<'_>) -> Vec<Diagnostic> {
        self.code().check_define(element)
    }

    pub(crate) async fn load(
        &self,
        config: &ConfigText,
        step: Step<'_>,
        env: LoadEnv<'_>,
        type_name: &FullName,
    ) -> Result<Loaded, Error> {
        self.code().load(config, step, env, type_name).await
    }
}

macro_rules! debug_entry {
    ($entry:ty) => {
        impl fmt::Debug for $entry {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} ({})", self.full_name, self.registered)
            }
        }
    };
}

debug_entry!(MetaEntry);
debug_entry!(TypeEntry);

/// A [`Type`] with its family and configuration forgotten.
#[async_trait]
trait ErasedType: Send + Sync {
    fn meta(&self) -> &'static str;
    fn functions(&self, define: Option<&Define>) -> Vec<FunctionDeclaration>;
    fn inherits(&self) -> bool;
    fn schema(&self) -> Schema;
    fn hooks(&self) -> Hooks;
    fn check(&self, config: &ConfigText, step: &Step<'_>) -> Result<(), Vec<Diagnostic>>;
    fn check_define(&self, element: CheckEnv<'_>) -> Vec<Diagnostic>;
    async fn load(
        &self,
        config: &ConfigText,
        step: Step<'_>,
        env: LoadEnv<'_>,
        type_name: &FullName,
    ) -> Result<Loaded, Error>;
}

fn read<T: Type>(
    ty: &T,
    config: &ConfigText,
    step: &Step<'_>,
) -> Result<T::Config, Vec<Diagnostic>> {
    let schema = schema_for!(T::Config).to_value();
    let others = step.other_schemas();
    let schemas = Schemas { own: &schema, others: &others, outermost: step.is_outermost() };
    config.read(&schemas, |config| ty.validate(config))
}

#[async_trait]
impl<T: Type> ErasedType for T {
    fn meta(&self) -> &'static str {
        T::Meta::FULL_NAME
    }

    fn functions(&self, define: Option<&Define>) -> Vec<FunctionDeclaration> {
        let own = define.map(T::Meta::own_functions).unwrap_or_default();
        functions(own, T::Meta::functions())
    }

    fn inherits(&self) -> bool {
        T::INHERITS
    }

    fn schema(&self) -> Schema {
        schema_for!(T::Config)
    }

    fn hooks(&self) -> Hooks {
        Hooks::new(self.lifecycle())
    }

    fn check(&self, config: &ConfigText, step: &Step<'_>) -> Result<(), Vec<Diagnostic>> {
        read(self, config, step).map(drop)
    }

    fn check_define(&self, element: CheckEnv<'_>) -> Vec<Diagnostic> {
        Type::check_define(self, element)
    }

    async fn load(
        &self,
        config: &ConfigText,
        step: Step<'_>,
        env: LoadEnv<'_>,
        type_name: &FullName,
    ) -> Result<Loaded, Error> {
        let typed = read(self, config, &step)
            .map_err(|found| Error::from_diagnostics(ErrorKind::InvalidConfig, found))?;
        let cx = LoadContext::new(env, step, config, type_name);
        Ok(Loaded::new::<T::Meta>(Type::load(self, typed, cx).await?, env.define))
    }
}

/// The families and Types known to a program, as a value: [`linked`](Self::linked) collects what the
/// program links, [`empty`](Self::empty) and [`add`](Self::add) build any other.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    metas: BTreeMap<&'static str, MetaEntry>,
    /// By full name; under each, at most one for every app and one for the framework.
    types: BTreeMap<&'static str, Vec<TypeEntry>>,
}

impl Registry {
    /// Knows nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Everything registered in the crates that are linked into this program.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Duplicate`] naming both places, when two registrations claim one name.
    pub fn linked() -> Result<Self, Error> {
        let mut registry = Self::empty();
        for entry in inventory::iter::<MetaEntry> {
            registry.add_meta(*entry)?;
        }
        for entry in inventory::iter::<TypeEntry> {
            registry.add(*entry)?;
        }
        Ok(registry)
    }

    /// Adds a Type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Duplicate`] when the app already has one of this name, [`ErrorKind::InvalidDefine`] when
    /// nothing can have it.
    pub fn add(&mut self, entry: TypeEntry) -> Result<(), Error> {
        if let Err(error) = entry.full_name.parse::<FullName>() {
            let message = format!("{error}, and is registered at {}", entry.registered);
            return Err(Error::new(ErrorKind::InvalidDefine, message)
                .with_help("a Type is named like `storages.OssType`"));
        }
        let entries = self.types.entry(entry.full_name).or_default();
        if let Some(other) = entries.iter().find(|other| other.app == entry.app) {
            return Err(clash(entry.full_name, other.registered, entry.registered));
        }
        entries.push(entry);
        Ok(())
    }

    /// Adds a family.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Duplicate`] when there is one of this name.
    pub fn add_meta(&mut self, entry: MetaEntry) -> Result<(), Error> {
        match self.metas.insert(entry.full_name, entry) {
            None => Ok(()),
            Some(other) => Err(clash(entry.full_name, other.registered, entry.registered)),
        }
    }

    /// The code behind a Type's name for an app: the first of [`candidates`](Self::candidates).
    #[must_use]
    pub fn find(&self, apps: &[&str], full_name: &str) -> Option<&TypeEntry> {
        self.candidates(apps, full_name).first().copied()
    }

    /// Every code behind a Type's name for an app whose hierarchy is `apps` (itself, then those it
    /// extends): theirs in that order, then the framework's.
    #[must_use]
    pub fn candidates(&self, apps: &[&str], full_name: &str) -> Vec<&TypeEntry> {
        let entries = self.types.get(full_name).map(Vec::as_slice).unwrap_or_default();
        let owners = apps.iter().copied().map(Some).chain([None]);
        owners.flat_map(|owner| entries.iter().filter(move |entry| entry.app == owner)).collect()
    }

    /// A family by name.
    #[must_use]
    pub fn find_meta(&self, full_name: &str) -> Option<&MetaEntry> {
        self.metas.get(full_name)
    }

    /// Every family, by name.
    pub fn metas(&self) -> impl Iterator<Item = &MetaEntry> {
        self.metas.values()
    }

    /// Every registration of a Type, by name: those of any app, and those that others override.
    pub fn entries(&self) -> impl Iterator<Item = &TypeEntry> {
        self.types.values().flat_map(|entries| {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|entry| entry.app);
            entries
        })
    }

    /// The Types an app can use, by name.
    pub fn types<'a>(&'a self, apps: &'a [&'a str]) -> impl Iterator<Item = &'a TypeEntry> {
        self.types.keys().filter_map(move |name| self.find(apps, name))
    }
}

fn clash(full_name: &str, one: Registered, other: Registered) -> Error {
    // The order in which a program's registrations are seen is not defined; the message's is.
    let mut places = [one.to_string(), other.to_string()];
    places.sort();
    let [first, second] = places;
    let message = format!("`{full_name}` is registered twice: at {first} and at {second}");
    Error::new(ErrorKind::Duplicate, message)
        .with_help("remove one, or register it for an app: register_type!(app \"org.App\", …)")
}

inventory::collect!(MetaEntry);
inventory::collect!(TypeEntry);
