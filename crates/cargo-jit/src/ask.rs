//! Asking for what is missing, where somebody is there to answer.

use std::io::{BufRead, Write};

use jit_meta::{Catalog, CatalogLevel, Example, FullName};
use serde_json::Value as Json;

use crate::{Error, Result};

/// Questions and answers.
pub(crate) struct Asker<'a> {
    pub(crate) answers: &'a mut dyn BufRead,
    pub(crate) questions: &'a mut dyn Write,
}

impl Asker<'_> {
    /// One line. The end of the answers ends everything.
    pub(crate) fn line(&mut self, question: &str) -> Result<String> {
        let asked = write!(self.questions, "{question}: ").and_then(|()| self.questions.flush());
        asked.map_err(|error| Error::new(format!("cannot ask: {error}")))?;
        let mut answer = String::new();
        match self.answers.read_line(&mut answer) {
            Ok(0) => Err(Error::usage("there is no answer; nothing was changed")),
            Ok(_) => Ok(answer.trim().to_owned()),
            Err(error) => Err(Error::new(format!("cannot read the answer: {error}"))),
        }
    }

    /// A Type from the list of those that there are, by its number or its name.
    pub(crate) fn type_name(&mut self, catalog: &Catalog) -> Result<String> {
        let mut list = String::from("Which Type?\n");
        for (number, usable) in (1..).zip(&catalog.usable) {
            let doc = catalog.stack(usable).next().map(|entry| entry.doc.as_str());
            let doc = doc.unwrap_or_default().lines().next().unwrap_or_default();
            list += &format!("{number:>3}  {}  {doc}\n", usable.full_name);
        }
        loop {
            let answer = self.line(&format!("{list}Number or name"))?;
            let number: Option<usize> = answer.parse().ok();
            let by_number = number.and_then(|number| catalog.usable.get(number.checked_sub(1)?));
            let by_name = || catalog.usable.iter().find(|usable| usable.full_name == answer);
            if let Some(usable) = by_number.or_else(by_name) {
                return Ok(usable.full_name.clone());
            }
            list = format!("There is no `{answer}`.\n");
        }
    }

    /// Values for the keys that have to be given. Secrets are not asked for: no file is the place for one.
    pub(crate) fn values(
        &mut self,
        catalog: &Catalog,
        type_name: &str,
        name: &FullName,
        given: &[(String, String)],
    ) -> Result<Vec<(String, String)>> {
        let usable = catalog.usable.iter().find(|usable| usable.full_name == type_name);
        let stack = usable.into_iter().flat_map(|usable| catalog.stack(usable));
        let is_type = |level| level == CatalogLevel::Type;
        let schemas: Vec<&Json> =
            stack.filter(|it| is_type(it.level)).filter_map(|it| it.schema.as_ref()).collect();
        let example = Example::new(schemas, name);
        let mut values = Vec::new();
        for key in example.keys() {
            let is_given = given.iter().any(|(known, _)| *known == key.name);
            if key.secret || is_given {
                continue;
            }
            let answer = self.line(&format!(
                "{}\n  {}\n  (nothing: leave the example)",
                key.name, key.description
            ))?;
            if !answer.is_empty() {
                values.push((key.name.clone(), answer));
            }
        }
        Ok(values)
    }
}
