//! `App::explain`: where everything about an element comes from.

mod gather;

use jit_meta::{Code, Diagnostic, Error, ErrorKind, FullName, Need, Placeholder};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::resolve::{Level, Resolver};
use crate::{App, Origin, render};

/// Where everything about an element comes from. No secret is in it,
/// and no value of a variable.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Explanation {
    /// The element's full name.
    pub full_name: FullName,
    /// Its title; empty when its definition cannot be read or there is none.
    pub title: String,
    /// Which of the three it is, as far as that is known.
    pub level: Option<Level>,
    /// The apps that define the name, nearest first; none for code that needs no folder.
    pub definitions: Vec<Definition>,
    /// From the element up to its Meta, as far as the chain goes.
    pub chain: Vec<Step>,
    /// When it is loaded, how long it lives and who sees it; for a definition that can be read.
    pub loading: Option<Loading>,
    /// The file of its configuration, when there is one.
    pub config_file: Option<String>,
    /// The keys of its configuration: those that are given, in the order of the file, then the others.
    pub keys: Vec<Key>,
    /// The variables that it declares or that its configuration names, by name.
    pub variables: Vec<VariableUse>,
    /// What is wrong with it.
    #[serde(serialize_with = "as_json")]
    pub findings: Vec<Diagnostic>,
}

/// One app's definition of a name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Definition {
    /// The app's key, `acme.Shop@1.0.0`.
    pub app: String,
    /// The file, as seen from the running app's folder.
    pub file: String,
    /// What becomes of it.
    pub standing: Standing,
}

/// What becomes of one of several definitions of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It is the element.
    InUse,
    /// A nearer app defines the name, too.
    Overridden,
    /// Only elements of its own app see it.
    Private,
}

/// One step from an element up to its Meta.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Step {
    /// The full name of this step.
    pub name: FullName,
    /// The key of the app whose folder it is, when it is one.
    pub app: Option<String>,
    /// The file that defines it, when one does.
    pub file: Option<String>,
    /// The code that is registered under the name, that of the nearest app first, the framework's last.
    pub codes: Vec<CodeUse>,
}

/// One registration of code.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CodeUse {
    /// The id of the app it is registered for; `None` for the framework's.
    pub app: Option<&'static str>,
    /// `file:line`.
    pub registered: String,
    /// Its part.
    pub role: Role,
}

/// The part of a registration in loading an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// It loads the element.
    Loads,
    /// What loads the element wraps it.
    Inherited,
    /// Another registration of the name comes before it.
    Overridden,
    /// What stands before it in the chain inherits nothing.
    Unused,
    /// It is the family's contract.
    Contract,
}

/// When an element is loaded, how long it lives, and who sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Loading {
    /// `afterAppInit`, `beforeHandleRequest`, or `null`: on first use.
    pub load_time: Setting,
    /// 0: one instance for the app; 1: one for each request.
    pub cache_level: Setting,
    /// `private`, `protected` or `public`.
    pub access: Setting,
}

/// A value with the place that sets it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Setting {
    /// The value in effect.
    pub value: Json,
    /// `file:line:column` of what sets it; `None` for the default.
    pub at: Option<String>,
}

/// A key of a configuration.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Key {
    /// The key, as the file writes it.
    pub name: String,
    /// The value in effect, with `${NAME}` where a variable's value stands; `"***"` for a secret or where no
    /// schema knows it, `null` when there is none.
    pub value: Option<Json>,
    /// Where the value comes from.
    pub source: Source,
    /// `file:line:column`, when the file gives the key.
    pub at: Option<String>,
    /// The placeholders in the file's value.
    pub placeholders: Vec<Filled>,
    /// The Types that read it; none when nobody knows it.
    pub readers: Vec<Reader>,
    /// Whether a Type cannot do without it.
    pub required: bool,
    /// The groups of keys of which one may be there in its place; empty for a key that is required or optional by
    /// itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<Vec<String>>,
    /// Whether it is a secret, or has one inside.
    pub secret: bool,
    /// The family whose elements it names, where it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_of: Option<String>,
    /// What the Type says of it.
    pub description: String,
}

impl Key {
    /// Whether a Type has to have it, in one value.
    #[must_use]
    pub fn need(&self) -> Need {
        match self.required {
            true => Need::Required,
            false if self.unless.is_empty() => Need::Optional,
            false => Need::Unless(self.unless.clone()),
        }
    }
}

/// Where the value of a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The configuration file.
    File,
    /// The default in the Type's schema.
    Schema,
    /// Nowhere: the Type decides.
    None,
}

/// A placeholder, and what filled it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Filled {
    /// The variable it names, and what filled it.
    #[serde(flatten)]
    pub placeholder: Placeholder,
    /// Where the variable's value comes from; `None` when the variable did not fill it.
    pub origin: Option<Origin>,
}

/// A Type that reads a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reader {
    /// Its full name.
    pub name: &'static str,
    /// The id of the app it is registered for; `None` for the framework's.
    pub app: Option<&'static str>,
}

/// A variable that an element declares or names.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VariableUse {
    /// Its name.
    pub name: String,
    /// Where its value comes from; `None` when it is not set.
    pub origin: Option<Origin>,
    /// The element whose declaration counts, when one declares it.
    pub declared_by: Option<FullName>,
    /// Whether that says that the app cannot work without a value.
    pub required: bool,
}

impl App {
    /// Where everything about an element comes from: who defines it, which code loads it, and which file,
    /// variable or default each value of its configuration is from. Loads nothing; an element that is wrong is
    /// explained as far as it goes, and its findings say the rest. A registered Type or family is explained
    /// without a folder.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] offering the nearest names.
    pub fn explain(&self, full_name: &str) -> Result<Explanation, Error> {
        let snapshot = self.snapshot();
        let resolver = Resolver::new(&snapshot, self.registry());
        match snapshot.find(full_name) {
            Some(slot) => Ok(gather::of_slot(&resolver, slot)),
            None => gather::of_code(&resolver, full_name).ok_or_else(|| self.no_name(full_name)),
        }
    }

    /// The error for a name that neither an element nor registered code has.
    pub(crate) fn no_name(&self, full_name: &str) -> Error {
        let snapshot = self.snapshot();
        let hierarchy = self.hierarchy();
        let apps: Vec<_> = hierarchy.iter().map(|manifest| manifest.app_id.as_str()).collect();
        let mut known: Vec<&str> = snapshot.names().collect();
        self.registry().types(&apps).for_each(|code| known.push(code.full_name()));
        self.registry().metas().for_each(|meta| known.push(meta.full_name()));
        let near = jit_meta::nearest(full_name, known);
        if near.is_empty()
            && let Err(error) = self.get_element_define(full_name)
        {
            return error;
        }
        let message = format!("app `{}` has no element `{full_name}`", self.id());
        let finding = Diagnostic::error(Code::NoElement, message).suggest(full_name, near);
        Error::from_diagnostics(ErrorKind::NotFound, vec![finding])
    }
}

fn as_json<S: Serializer>(findings: &[Diagnostic], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(render::finding_json))
}
