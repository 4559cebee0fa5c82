//! Asking for what is missing, where somebody is there to answer.

use std::io::{BufRead, Write};

use jit_meta::{Catalog, CatalogLevel, Example, FullName};
use serde_json::Value as Json;

use crate::kind::check_functions;
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
            list = match answer.is_empty() {
                true => String::new(),
                false => {
                    let names = catalog.usable.iter().map(|usable| usable.full_name.as_str());
                    let near = jit_meta::did_you_mean(&jit_meta::nearest(&answer, names));
                    let near = near.map(|near| format!("; {near}")).unwrap_or_default();
                    format!("There is no `{answer}`{near}\n")
                }
            };
        }
    }

    /// The names of a service's functions; none for those that it has to begin with.
    pub(crate) fn functions(&mut self) -> Result<Vec<String>> {
        let mut question =
            "Its functions, like `open close` (empty: two that show how it is done)".to_owned();
        loop {
            let answer = self.line(&question)?;
            let split = |c: char| c == ',' || c.is_whitespace();
            let names: Vec<_> =
                answer.split(split).filter(|it| !it.is_empty()).map(str::to_owned).collect();
            match check_functions(&names) {
                Ok(()) => return Ok(names),
                Err(error) => question = format!("{error}\nIts functions"),
            }
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
                "{}\n  {}\n  Value (empty keeps the example)",
                key.name, key.description
            ))?;
            if !answer.is_empty() {
                values.push((key.name.clone(), answer));
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use jit_app::App;

    use super::*;

    /// What an app with the framework's Types would say of itself.
    fn catalog() -> Catalog {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("app.json"), r#"{ "appId": "acme.Shop" }"#).unwrap();
        App::load(folder.path()).unwrap().catalog()
    }

    /// What is asked, and what becomes of the answers; all of them have to be read.
    #[track_caller]
    fn check<T: std::fmt::Debug>(
        answers: &str,
        ask: impl FnOnce(&mut Asker<'_>) -> Result<T>,
        expected: Expect,
    ) {
        let (mut answers, mut questions) = (answers.as_bytes(), Vec::new());
        let mut asker = Asker { answers: &mut answers, questions: &mut questions };
        let outcome = match ask(&mut asker) {
            Ok(value) => format!("{value:?}"),
            Err(error) => format!("exit code {}: {error}", error.exit_code()),
        };
        let asked = String::from_utf8(questions).unwrap();
        expected.assert_eq(&format!("{}\n{outcome}\n", asked.trim_end()));
        assert_eq!(answers, b"", "not read");
    }

    #[test]
    fn a_type_is_picked_by_its_number() {
        let catalog = catalog();
        check(
            "2\n",
            |asker| asker.type_name(&catalog),
            expect![[r#"
                Which Type?
                  1  services.NormalType  Functions in Rust, declared in the `e.json`: there is nothing to configure.
                  2  storages.DiskType  A folder of this machine.
                  3  storages.MemoryType  Files in memory: there is nothing to configure.
                  4  storages.OssType  A bucket of Alibaba Cloud OSS and how to reach it.
                Number or name:
                "storages.DiskType"
            "#]],
        );
    }

    #[test]
    fn a_type_is_picked_by_its_name() {
        let catalog = catalog();
        let (last, name) = (catalog.usable.len(), "storages.MemoryType");
        let (mut answers, mut questions) = (name.as_bytes(), Vec::new());
        let mut asker = Asker { answers: &mut answers, questions: &mut questions };
        assert_eq!(asker.type_name(&catalog).unwrap(), name);
        let text = String::from_utf8(questions).unwrap();
        assert!(text.contains(&format!("\n{last:>3}  ")), "{text}");
    }

    #[test]
    fn what_is_no_type_is_asked_for_again() {
        let mut catalog = catalog();
        catalog.usable.truncate(2);
        let answers = "0\n3\n-1\n\nstorages.DiscType\n1\n";
        check(
            answers,
            |asker| asker.type_name(&catalog),
            expect![[r#"
                Which Type?
                  1  services.NormalType  Functions in Rust, declared in the `e.json`: there is nothing to configure.
                  2  storages.DiskType  A folder of this machine.
                Number or name: There is no `0`
                Number or name: There is no `3`
                Number or name: There is no `-1`
                Number or name: Number or name: There is no `storages.DiscType`; did you mean `storages.DiskType`?
                Number or name:
                "services.NormalType"
            "#]],
        );
    }

    #[test]
    fn keys_are_asked_for_with_what_they_are_and_secrets_are_not() {
        let (catalog, name) = (catalog(), "storages.Archive".parse().unwrap());
        let values = |given: &'static [(&str, &str)]| {
            let given: Vec<_> =
                given.iter().map(|&(key, value)| (key.into(), value.into())).collect();
            let (catalog, name) = (&catalog, &name);
            move |asker: &mut Asker<'_>| asker.values(catalog, "storages.OssType", name, &given)
        };
        check(
            "\n my-files \n",
            values(&[]),
            expect![[r#"
                endPoint
                  The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
                  Value (empty keeps the example): bucketName
                  The bucket, 3 to 63 lower-case letters, digits and hyphens.
                  Value (empty keeps the example):
                [("bucketName", "my-files")]
            "#]],
        );
        check(
            "\n",
            values(&[("endPoint", "oss-cn-beijing.aliyuncs.com")]),
            expect![[r#"
                bucketName
                  The bucket, 3 to 63 lower-case letters, digits and hyphens.
                  Value (empty keeps the example):
                []
            "#]],
        );
    }

    #[test]
    fn functions_are_asked_for_until_each_can_be_one() {
        check(
            "\n",
            |asker| asker.functions(),
            expect![[r#"
            Its functions, like `open close` (empty: two that show how it is done):
            []
        "#]],
        );
        check(
            "open-it\nopen, close\n",
            |asker| asker.functions(),
            expect![[r#"
            Its functions, like `open close` (empty: two that show how it is done): `open-it` is no name of a function
            help: it is letters, digits and `_`, like `placeOrder`, and does not start with a digit
            Its functions:
            ["open", "close"]
        "#]],
        );
    }

    #[test]
    fn the_end_of_the_answers_ends_everything() {
        let mut catalog = catalog();
        catalog.usable.truncate(1);
        let name = "storages.Archive".parse().unwrap();
        check(
            "",
            |asker| asker.line("The name"),
            expect![[r#"
                The name:
                exit code 2: there is no answer; nothing was changed
            "#]],
        );
        check(
            "9\n",
            |asker| asker.type_name(&catalog),
            expect![[r#"
                Which Type?
                  1  services.NormalType  Functions in Rust, declared in the `e.json`: there is nothing to configure.
                Number or name: There is no `9`
                Number or name:
                exit code 2: there is no answer; nothing was changed
            "#]],
        );
        let catalog = self::catalog();
        let values = |asker: &mut Asker<'_>| asker.values(&catalog, "storages.OssType", &name, &[]);
        check(
            "a.example.com\n",
            values,
            expect![[r#"
                endPoint
                  The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
                  Value (empty keeps the example): bucketName
                  The bucket, 3 to 63 lower-case letters, digits and hyphens.
                  Value (empty keeps the example):
                exit code 2: there is no answer; nothing was changed
            "#]],
        );
    }
}
