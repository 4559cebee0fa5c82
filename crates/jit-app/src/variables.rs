//! The variables that placeholders in configurations take their values from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

/// An app's variables, filled by its host: the process environment, or fixed values, or both.
#[derive(Clone)]
pub struct Variables {
    fixed: BTreeMap<String, String>,
    process: bool,
    prefix: String,
    /// What a variable is when nothing else gives it a value.
    defaults: BTreeMap<String, String>,
}

impl Variables {
    /// No variables at all.
    #[must_use]
    pub fn empty() -> Self {
        let (fixed, defaults) = Default::default();
        Self { fixed, process: false, prefix: String::new(), defaults }
    }

    /// The variables of this process, read when they are needed.
    #[must_use]
    pub fn process() -> Self {
        Self { process: true, ..Self::empty() }
    }

    /// Looks variables up in the process environment under `prefix` and their name.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Gives a variable a fixed value, before the process environment's.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fixed.insert(name.into(), value.into());
        self
    }

    /// Gives several variables fixed values.
    #[must_use]
    pub fn with_all<N: Into<String>, V: Into<String>>(
        self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        values.into_iter().fold(self, |variables, (name, value)| variables.with(name, value))
    }

    /// Takes the fixed value of a variable back.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fixed.remove(name);
        self
    }

    pub(crate) fn with_defaults(
        mut self,
        defaults: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        self.defaults = defaults.into_iter().collect();
        self
    }

    /// The names of those that had another value in `before`; those of the process are taken not to change.
    pub(crate) fn changed_since<'a>(&'a self, before: &'a Self) -> BTreeSet<&'a str> {
        let maps = [&self.fixed, &self.defaults];
        let gone = [&before.fixed, &before.defaults];
        let names = maps.into_iter().chain(gone).flat_map(|map| map.keys()).map(String::as_str);
        names.filter(|name| self.get(name) != before.get(name)).collect()
    }

    /// The value of a variable: the fixed one, that of the process, or the one with which an element
    /// declares it. One that is empty or not valid Unicode counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.found(name).map(|(value, _)| value)
    }

    /// Where the value of a variable comes from; `None` when it is not set.
    pub(crate) fn origin(&self, name: &str) -> Option<Origin> {
        self.found(name).map(|(_, origin)| origin)
    }

    fn found(&self, name: &str) -> Option<(String, Origin)> {
        let process = || std::env::var(format!("{}{name}", self.prefix)).ok();
        let given = match self.fixed.get(name) {
            Some(value) => Some((value.clone(), Origin::Fixed)),
            None if self.process => process().map(|value| (value, Origin::Environment)),
            None => None,
        };
        let given = given.filter(|(value, _)| !value.is_empty());
        given.or_else(|| Some((self.defaults.get(name).cloned()?, Origin::Declared)))
    }
}

/// Where the value of a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The host gave it, with [`Variables::with`].
    Fixed,
    /// The environment of the process.
    Environment,
    /// The default with which an element declares the variable.
    Declared,
}

impl Default for Variables {
    fn default() -> Self {
        Self::process()
    }
}

impl fmt::Debug for Variables {
    /// Names only: values hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.fixed.keys().collect();
        f.debug_struct("Variables")
            .field("fixed", &names)
            .field("process", &self.process)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_says_where_it_comes_from() {
        // Cargo sets it for tests.
        const NAME: &str = "CARGO_MANIFEST_DIR";
        let defaults = || [(NAME.to_owned(), "d".to_owned())];
        let process = Variables::process().with_defaults(defaults());
        assert_eq!(process.origin(NAME), Some(Origin::Environment));
        assert_eq!(process.clone().with(NAME, "x").origin(NAME), Some(Origin::Fixed));
        // A fixed value that is empty hides that of the process.
        assert_eq!(process.with(NAME, "").origin(NAME), Some(Origin::Declared));
        assert_eq!(Variables::process().with(NAME, "").origin(NAME), None);
        let prefixed = Variables::process().with_prefix("CARGO_");
        assert_eq!(prefixed.origin("MANIFEST_DIR"), Some(Origin::Environment));
        assert_eq!(Variables::empty().origin(NAME), None);
    }
}
