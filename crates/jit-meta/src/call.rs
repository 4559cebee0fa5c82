//! Calls by name: arguments and the declarations they are checked against.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;

use crate::DataType;
use crate::diag::did_you_mean;
use crate::error::{Error, ErrorKind};
use crate::value::Value;

/// The value an argument has when the caller gives none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Default {
    /// Text.
    Text(&'static str),
    /// A number.
    Number(i64),
}

impl From<Default> for Value {
    fn from(value: Default) -> Self {
        match value {
            Default::Text(text) => text.into(),
            Default::Number(number) => number.into(),
        }
    }
}

/// An argument of a [`Function`].
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Arg {
    /// The name it is passed by.
    pub name: &'static str,
    /// Other names it may be passed by.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub aliases: &'static [&'static str],
    /// The display name.
    pub title: &'static str,
    /// What it must be.
    pub data_type: DataType,
    /// Whether the caller must give it.
    pub required: bool,
    /// Its value when the caller does not.
    #[serde(rename = "value", skip_serializing_if = "Option::is_none")]
    pub default: Option<Default>,
    /// Whether it names files of the machine that the function runs on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_path: bool,
    /// The member of the result whose value it takes to get what comes after that result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation: Option<&'static str>,
}

impl Arg {
    /// An argument that must be given.
    #[must_use]
    pub const fn required(name: &'static str, title: &'static str, data_type: DataType) -> Self {
        Self {
            name,
            aliases: &[],
            title,
            data_type,
            required: true,
            default: None,
            local_path: false,
            continuation: None,
        }
    }

    /// An argument that may be left out, and then is [`Value::Null`].
    #[must_use]
    pub const fn optional(name: &'static str, title: &'static str, data_type: DataType) -> Self {
        Self { required: false, ..Self::required(name, title, data_type) }
    }

    /// An argument with a default.
    #[must_use]
    pub const fn with_default(
        name: &'static str,
        title: &'static str,
        data_type: DataType,
        default: Default,
    ) -> Self {
        Self { default: Some(default), ..Self::optional(name, title, data_type) }
    }

    /// Lets callers pass it by other names as well.
    #[must_use]
    pub const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Says that it names files of the machine that the function runs on, which makes the function
    /// [local](Function::is_local).
    #[must_use]
    pub const fn local_path(mut self) -> Self {
        self.local_path = true;
        self
    }

    /// Says that the function answers in pages, each a map: this argument, given the value that `member` has in one,
    /// asks for the next. At the end that value is absent or null.
    #[must_use]
    pub const fn continuation(mut self, member: &'static str) -> Self {
        self.continuation = Some(member);
        self
    }

    /// Its names as messages show them: `name (or file)`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.aliases {
            [] => self.name.to_owned(),
            aliases => format!("{} (or {})", self.name, aliases.join(", ")),
        }
    }

    /// Whether it is passed by this name.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// A function that every element of a family has.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// The name it is called by, in JitAi's spelling.
    pub name: &'static str,
    /// The display name.
    pub title: &'static str,
    /// Its arguments, in order.
    pub args: &'static [Arg],
    /// What it returns.
    pub return_type: DataType,
    /// What it does, in a sentence.
    pub desc: &'static str,
}

impl Function {
    /// Whether it reads or writes files of the machine it runs on, at paths that the caller gives. Whoever may call
    /// it may read and write what the program may: calls from other machines must be refused.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.args.iter().any(|arg| arg.local_path)
    }
}

/// The arguments of a call: positional ones first, then named ones.
///
/// ```
/// use jit_meta::Args;
///
/// let args = Args::new().push("docs/a.txt").with("expires", 600_i64);
/// ```
#[derive(Clone, Debug, std::default::Default)]
pub struct Args {
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
}

impl Args {
    /// No arguments.
    #[must_use]
    pub fn new() -> Self {
        Self { positional: Vec::new(), named: Vec::new() }
    }

    /// Adds the next positional argument.
    #[must_use]
    pub fn push(mut self, value: impl Into<Value>) -> Self {
        self.positional.push(value.into());
        self
    }

    /// Adds a named argument.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.named.push((name.into(), value.into()));
        self
    }

    /// Checks the arguments against `function`: every one is named, has the declared type, and is there,
    /// with its default where the caller gave none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] naming every argument that is wrong.
    pub fn bind(self, function: &Function) -> Result<BoundArgs, Error> {
        let names: Vec<_> = function.args.iter().map(|arg| arg.name).collect();
        let (values, mut wrong) = self
            .place(&names, |at, name| function.args.get(at).is_some_and(|arg| arg.is_called(name)));
        let mut bound = Vec::with_capacity(values.len());
        for (arg, value) in function.args.iter().zip(values) {
            let value = match value {
                Some(value) => value,
                None if arg.required => {
                    wrong.needs(arg.name);
                    continue;
                }
                None => arg.default.map(Value::from).unwrap_or_default(),
            };
            if arg.data_type.accepts(&value) || (!arg.required && value == Value::Null) {
                bound.push((arg.name.into(), value));
            } else {
                wrong.wants(arg.data_type.expected(), arg.name, arg.data_type.found(&value));
            }
        }
        wrong
            .told_of(function.name, function.args.iter().map(Arg::shown))
            .map(|()| BoundArgs(bound))
    }

    /// Puts each argument into the place of its name, and says which have none.
    pub(crate) fn place(
        self,
        names: &[&str],
        is_called: impl Fn(usize, &str) -> bool,
    ) -> (Vec<Option<Value>>, WrongArgs) {
        let mut wrong = WrongArgs::default();
        if self.positional.len() > names.len() {
            let given = self.positional.len();
            wrong.problems.push(format!("takes {} arguments, {given} were given", names.len()));
        }
        let mut values: Vec<Option<Value>> = vec![None; names.len()];
        for (slot, value) in values.iter_mut().zip(self.positional) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            let at = (0..names.len()).find(|at| is_called(*at, &name));
            match at.and_then(|at| Some((names.get(at)?, values.get_mut(at)?))) {
                None => {
                    wrong.problems.push(format!("has no argument `{name}`"));
                    let near = crate::nearest(&name, names.iter().copied());
                    wrong.help.extend(did_you_mean(&near));
                }
                Some((name, Some(_))) => wrong.problems.push(format!("was given `{name}` twice")),
                Some((_, slot)) => *slot = Some(value),
            }
        }
        (values, wrong)
    }
}

/// What is wrong with the arguments of a call, so far.
#[derive(Debug, std::default::Default)]
pub(crate) struct WrongArgs {
    problems: Vec<String>,
    help: Vec<String>,
}

impl WrongArgs {
    pub(crate) fn needs(&mut self, name: &str) {
        self.problems.push(format!("needs `{name}`"));
    }

    pub(crate) fn wants(&mut self, expected: &str, name: &str, found: &str) {
        self.problems.push(format!("wants {expected} as `{name}`, not {found}"));
    }

    /// Everything that is wrong, in one error.
    pub(crate) fn told_of(
        mut self,
        function: &str,
        names: impl Iterator<Item = String>,
    ) -> Result<(), Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let message = format!("`{function}` {}", self.problems.join(", and "));
        let names: Vec<_> = names.collect();
        self.help.push(match names.as_slice() {
            [] => "it takes no arguments".to_owned(),
            names => format!("its arguments are {}", names.join(", ")),
        });
        let error = Error::new(ErrorKind::BadArguments, message);
        Err(self.help.into_iter().fold(error, Error::with_help))
    }
}

/// Arguments that were checked against a [`Function`] or a
/// [`FunctionDeclaration`](crate::FunctionDeclaration): each is here, by the name it is declared with.
#[derive(Clone, Debug)]
pub struct BoundArgs(pub(crate) Vec<(Cow<'static, str>, Value)>);

impl BoundArgs {
    /// All of them as one value, a map: what [`from_value`](crate::from_value) makes a struct of.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()
    }

    /// Takes an argument out; [`Value::Null`] for one that is not declared.
    pub fn take(&mut self, name: &str) -> Value {
        self.0
            .iter_mut()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| std::mem::take(value))
            .unwrap_or_default()
    }

    /// Takes text out; empty for an argument that is not declared as text.
    pub fn take_string(&mut self, name: &str) -> String {
        match self.take(name) {
            Value::String(text) => text,
            _ => String::new(),
        }
    }

    /// Takes a whole number from 0 out; `None` for one that was left out and has no default. No data type says as much:
    /// `Numeric` accepts `-1` and `1.5`, too.
    ///
    /// ```
    /// use jit_meta::{Arg, Args, DataType, Default, Function};
    ///
    /// const RECENT: Function = Function {
    ///     name: "recent",
    ///     title: "Recent",
    ///     args: &[Arg::with_default("limit", "How many", DataType::Numeric, Default::Number(10))],
    ///     return_type: DataType::JitList,
    ///     desc: "What was said of late.",
    /// };
    ///
    /// # fn main() -> Result<(), jit_meta::Error> {
    /// assert_eq!(Args::new().bind(&RECENT)?.take_u64("limit")?, Some(10));
    /// let error = Args::new().with("limit", -1_i64).bind(&RECENT)?.take_u64("limit").unwrap_err();
    /// assert_eq!(error.to_string(), "`limit` has to be a whole number from 0");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] naming the argument, for any other value.
    pub fn take_u64(&mut self, name: &str) -> Result<Option<u64>, Error> {
        match self.take(name) {
            Value::Null => Ok(None),
            value => value.as_u64().map(Some).ok_or_else(|| {
                let message = format!("`{name}` has to be a whole number from 0");
                Error::new(ErrorKind::BadArguments, message)
            }),
        }
    }

    /// Takes binary data out, without a copy; empty for an argument that is not declared as bytes.
    pub fn take_bytes(&mut self, name: &str) -> Bytes {
        match self.take(name) {
            Value::Bytes(bytes) => bytes,
            _ => Bytes::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPLOAD: Function = Function {
        name: "uploadByFile",
        title: "Upload",
        args: &[
            Arg::required("name", "Name", DataType::Stext),
            Arg::required("data", "Data", DataType::Bytes),
            Arg::with_default("contentType", "Type", DataType::Stext, Default::Text("a/b")),
        ],
        return_type: DataType::JitDict,
        desc: "Uploads.",
    };

    #[test]
    fn positional_and_named_arguments_are_the_same() {
        let data = Bytes::from_static(b"data");
        for args in [
            Args::new().push("n").push(data.clone()),
            Args::new().push("n").with("data", data.clone()),
            Args::new().with("data", data.clone()).with("name", "n"),
        ] {
            let mut bound = args.bind(&UPLOAD).unwrap();
            assert_eq!(bound.take_string("name"), "n");
            assert_eq!(bound.take_bytes("data").as_ptr(), data.as_ptr(), "copied");
            assert_eq!(bound.take_string("contentType"), "a/b");
        }
    }

    #[test]
    fn an_alias_is_the_same_argument() {
        const DOWNLOAD: Function = Function {
            name: "download",
            args: &[Arg::required("name", "Name", DataType::Stext).alias(&["file"])],
            ..UPLOAD
        };
        for args in
            [Args::new().push("n"), Args::new().with("name", "n"), Args::new().with("file", "n")]
        {
            assert_eq!(args.bind(&DOWNLOAD).unwrap().take_string("name"), "n");
        }
        for args in [
            Args::new().with("name", "n").with("file", "n"),
            Args::new().with("file", "n").with("file", "n"),
            Args::new().push("n").with("file", "n"),
        ] {
            assert_eq!(
                args.bind(&DOWNLOAD).unwrap_err().to_string(),
                "`download` was given `name` twice; its arguments are name (or file)"
            );
        }
        let json = serde_json::to_value(DOWNLOAD.args).unwrap();
        assert_eq!(json[0]["aliases"], serde_json::json!(["file"]));
        assert_eq!(serde_json::to_value(UPLOAD.args).unwrap()[0].get("aliases"), None);
    }

    #[test]
    fn a_function_that_takes_a_path_of_the_machine_is_local() {
        const LOCAL: Function = Function {
            args: &[
                Arg::required("path", "Path", DataType::Stext).local_path(),
                Arg::optional("note", "Note", DataType::Stext),
            ],
            ..UPLOAD
        };
        assert!(LOCAL.is_local() && !UPLOAD.is_local());
        let declared = crate::FunctionDeclaration::from;
        assert!(declared(&LOCAL).is_local() && !declared(&UPLOAD).is_local());
        let json = serde_json::to_value(LOCAL.args).unwrap();
        assert_eq!((json[0]["localPath"].as_bool(), json[1].get("localPath")), (Some(true), None));
        let mut bound = Args::new().push("p").bind(&LOCAL).unwrap();
        assert_eq!(bound.take("note"), Value::Null);
    }

    #[test]
    fn wrong_arguments_are_told_all_at_once() {
        let check = |args: Args, message: &str| {
            assert_eq!(args.bind(&UPLOAD).unwrap_err().to_string(), message);
        };
        check(
            Args::new().with("contenttype", "x").with("data", "text"),
            "`uploadByFile` has no argument `contenttype`, and needs `name`, and wants bytes as `data`, not text; did you mean `contentType`? its arguments are name, data, contentType",
        );
        check(
            Args::new().push("a").with("name", "b").with("data", vec![1]),
            "`uploadByFile` was given `name` twice; its arguments are name, data, contentType",
        );
        check(
            Args::new().push("a").push(vec![1]).push("c").push("d"),
            "`uploadByFile` takes 3 arguments, 4 were given; its arguments are name, data, contentType",
        );
    }
}
