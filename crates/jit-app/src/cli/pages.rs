//! Functions that answer in pages: how to go on, and everything at once.

use jit_meta::{ArgDeclaration, Args, Error, ErrorKind, FunctionDeclaration, Value};

use crate::Element;

/// How the next page of a function is asked for: which argument is given which member of the page before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Continuation<'a> {
    argument: &'a ArgDeclaration,
    member: &'a str,
}

impl<'a> Continuation<'a> {
    /// Of a function that answers in pages.
    pub(super) fn of(function: &'a FunctionDeclaration) -> Option<Self> {
        let mut found = function.args.iter().filter_map(|argument| {
            Some(Self { argument, member: argument.continuation.as_deref()? })
        });
        found.next()
    }

    /// What asks for the page after this one; nothing after the last.
    fn next(self, page: &Value) -> Option<&Value> {
        page.get(self.member).filter(|next| **next != Value::Null)
    }

    /// What to add to the command line to go on after a page.
    pub(super) fn hint(self, page: &Value) -> Option<String> {
        let (name, next) = (&self.argument.name, self.next(page)?);
        let given = next.as_str().map_or_else(|| format!("{name}=…"), |text| typed(name, text));
        Some(format!("there is more: add {given} for what comes next, or --all for everything"))
    }

    /// All pages as one: its lists are those of all pages, joined.
    pub(super) async fn all(
        self,
        element: &Element,
        function: &str,
        mut args: Vec<(String, Value)>,
    ) -> Result<Value, Error> {
        let mut all = element.call(function, named(&args)).await?;
        let mut next = self.next(&all).cloned();
        while let Some(value) = next {
            args.retain(|(name, _)| !self.argument.is_called(name));
            args.push((self.argument.name.clone(), value.clone()));
            let page = element.call(function, named(&args)).await?;
            next = self.next(&page).cloned();
            if next.as_ref() == Some(&value) {
                let message =
                    format!("`{function}` does not go on: `{}` stays the same", self.member);
                return Err(Error::new(ErrorKind::Failed, message));
            }
            join(&mut all, page);
        }
        Ok(all)
    }
}

/// Arguments by name.
pub(super) fn named(args: &[(String, Value)]) -> Args {
    args.iter().fold(Args::new(), |all, (name, value)| all.with(name, value.clone()))
}

/// Adds a page to those before it.
fn join(all: &mut Value, page: Value) {
    let (Value::Map(all), Value::Map(page)) = (all, page) else { return };
    for (name, value) in page {
        match (all.iter_mut().find(|(known, _)| *known == name), value) {
            (Some((_, Value::List(items))), Value::List(more)) => items.extend(more),
            (Some((_, known)), value) => *known = value,
            (None, value) => all.push((name, value)),
        }
    }
}

/// An argument as it is typed in a shell. One with characters that a terminal would take for orders is described.
fn typed(name: &str, value: &str) -> String {
    if value.chars().any(char::is_control) {
        return format!("{name}=…");
    }
    // A single `@` would name a file.
    let at = if value.starts_with('@') { "@" } else { "" };
    let argument = format!("{name}={at}{value}");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    match argument.chars().all(is_plain) {
        true => argument,
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_typed_as_a_shell_reads_them() {
        for (value, expected) in [
            ("a/b-c.txt", "x=a/b-c.txt"),
            ("my file", "'x=my file'"),
            ("it's", r"'x=it'\''s'"),
            ("@home", "x=@@home"),
            ("$(rm)", "'x=$(rm)'"),
            ("a\u{1b}[2J", "x=…"),
        ] {
            assert_eq!(typed("x", value), expected);
        }
    }

    #[test]
    fn pages_are_joined_list_by_list() {
        let page = |files: &[&str], next: Option<&str>| {
            let files: Vec<Value> = files.iter().map(|&file| file.into()).collect();
            let next = next.map(str::to_owned).into();
            Value::from_iter([("files", Value::List(files)), ("next", next)])
        };
        let mut all = page(&["a", "b"], Some("b"));
        join(&mut all, page(&["c"], None));
        assert_eq!(all, page(&["a", "b", "c"], None));
    }
}
