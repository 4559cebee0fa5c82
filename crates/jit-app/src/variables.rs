//! The variables that placeholders in configurations take their values from.

use std::collections::BTreeMap;
use std::fmt;

/// An app's variables, filled by its host: the process environment, or fixed values, or both.
#[derive(Clone)]
pub struct Variables {
    fixed: BTreeMap<String, String>,
    process: bool,
    prefix: String,
}

impl Variables {
    /// No variables at all.
    #[must_use]
    pub fn empty() -> Self {
        Self { fixed: BTreeMap::new(), process: false, prefix: String::new() }
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

    /// The value of a variable. One that is not valid Unicode counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        if let Some(value) = self.fixed.get(name) {
            return Some(value.clone());
        }
        if self.process { std::env::var(format!("{}{name}", self.prefix)).ok() } else { None }
    }
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
