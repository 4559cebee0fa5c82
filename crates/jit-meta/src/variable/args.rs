//! Arguments, checked against what an element declares in its `functionList`.

use std::sync::OnceLock;

use super::check::check;
use super::shape::Shape;
use crate::define::{ArgDeclaration, FunctionDeclaration};
use crate::{Arg, Args, BoundArgs, Error, ErrorKind, Function, Value};

/// What a declaration says of values, or everything that is wrong with it.
type ReadShape = Result<Option<Shape>, Vec<String>>;

/// It, once it was read: calls by name do not read it again.
#[derive(Debug, Default)]
pub(crate) struct DeclaredShape(OnceLock<ReadShape>);

impl Clone for DeclaredShape {
    /// Not read yet: a clone may be changed.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl FunctionDeclaration {
    /// Checks the arguments of a call: every one is declared and fits its data type, and those that are required
    /// are there. One that is not given has its declared `value`, as it is; one without is left out.
    ///
    /// An argument that declares no data type takes everything. What a declaration says is read when it is first
    /// checked against; change a clone of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] (JitAi's `API_PARAMS_ERROR`) naming every argument that is wrong;
    /// [`ErrorKind::InvalidDefine`] when the declaration itself is wrong.
    pub fn check_args(&self, args: Args) -> Result<BoundArgs, Error> {
        let names: Vec<_> = self.args.iter().map(|arg| arg.name.as_str()).collect();
        let (values, mut wrong) =
            args.place(&names, |at, name| self.args.get(at).is_some_and(|arg| arg.is_called(name)));
        let mut bound = Vec::with_capacity(values.len());
        for (arg, value) in self.args.iter().zip(values) {
            let is_given = value.as_ref().is_some_and(|value| *value != Value::Null);
            let value = match value {
                None => arg.value.clone().map(Value::from).filter(|value| *value != Value::Null),
                given => given,
            };
            if arg.required && value.as_ref().is_none_or(|value| *value == Value::Null) {
                wrong.needs(&arg.name);
                continue;
            }
            let Some(value) = value else { continue };
            if is_given && let Some(shape) = self.shape(arg)? {
                let mut misfits = Vec::new();
                check(shape, &value, &arg.name, &mut misfits);
                for misfit in &misfits {
                    wrong.wants(&misfit.expected, &misfit.at, &misfit.found);
                }
            }
            bound.push((arg.name.clone().into(), value));
        }
        wrong
            .told_of(&self.name, self.args.iter().map(ArgDeclaration::shown))
            .map(|()| BoundArgs(bound))
    }

    /// What is wrong with the declaration of its arguments: calls that give one of these fail.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let problems = self.args.iter().filter_map(|arg| arg.shape().as_ref().err());
        problems.flatten().cloned().collect()
    }

    /// Whether it reads or writes files of the machine it runs on, at paths that the caller gives: see
    /// [`Function::is_local`].
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.args.iter().any(|arg| arg.local_path)
    }

    fn shape<'a>(&self, arg: &'a ArgDeclaration) -> Result<Option<&'a Shape>, Error> {
        arg.shape().as_ref().map(Option::as_ref).map_err(|problems| {
            let message =
                format!("`{}` is declared wrongly: {}", self.name, problems.join(", and "));
            Error::new(ErrorKind::InvalidDefine, message)
        })
    }
}

impl ArgDeclaration {
    /// What values it takes; nothing where everything is taken.
    fn shape(&self) -> &ReadShape {
        self.shape.0.get_or_init(|| {
            if self.data_type.is_empty() {
                return Ok(None);
            }
            let config = serde_json::to_value(self).map_err(|error| vec![error.to_string()])?;
            Shape::read(&config, &format!("`{}`", self.name)).map(Some)
        })
    }

    /// Its names as messages show them: `name (or file)`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.aliases.as_slice() {
            [] => self.name.clone(),
            aliases => format!("{} (or {})", self.name, aliases.join(", ")),
        }
    }

    /// Whether it is passed by this name.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

impl From<&Arg> for ArgDeclaration {
    fn from(arg: &Arg) -> Self {
        let value = arg.default.and_then(|default| serde_json::to_value(default).ok());
        Self {
            name: arg.name.to_owned(),
            aliases: arg.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            title: arg.title.to_owned(),
            data_type: arg.data_type.to_string(),
            required: arg.required,
            value,
            local_path: arg.local_path,
            continuation: arg.continuation.map(str::to_owned),
            ..Self::default()
        }
    }
}

impl From<&Function> for FunctionDeclaration {
    /// A family's function as an element would declare it.
    fn from(function: &Function) -> Self {
        Self {
            name: function.name.to_owned(),
            title: function.title.to_owned(),
            args: function.args.iter().map(ArgDeclaration::from).collect(),
            return_type: Some(function.return_type.to_string()),
            is_async: false,
            login_required: true,
            ignore_sign: false,
            desc: function.desc.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(args: serde_json::Value) -> FunctionDeclaration {
        serde_json::from_value(serde_json::json!({ "name": "order", "args": args })).unwrap()
    }

    fn order() -> FunctionDeclaration {
        function(serde_json::json!([
            { "name": "item", "title": "Item", "dataType": "Stext", "required": 1, "maxLen": 5 },
            { "name": "count", "datatype": "Integer", "value": 1 },
            { "name": "note", "dataType": "Ltext", "acceptDataTypes": ["JitList"] },
            { "name": "address", "dataType": "JitDict", "variableList": [
                { "name": "city", "dataType": "Stext", "required": true },
            ] },
            { "name": "anything" },
        ]))
    }

    #[test]
    fn what_is_declared_is_bound_by_name() {
        let address: Value = [("city", "x")].into_iter().collect();
        let args = Args::new().push("pen").with("address", address.clone());
        let mut bound = order().check_args(args).unwrap();
        assert_eq!(bound.take_string("item"), "pen");
        assert_eq!(bound.take("count"), Value::from(1));
        assert_eq!(bound.take("address"), address);
        assert_eq!(bound.take("note"), Value::Null);
        let list = Value::List(vec!["a".into()]);
        for note in [Value::from("text"), list, Value::Null] {
            let args = Args::new().push("pen").with("note", note.clone()).with("anything", true);
            assert_eq!(order().check_args(args).unwrap().take("note"), note);
        }
    }

    #[test]
    fn wrong_arguments_are_told_all_at_once() {
        const ITS: &str = "its arguments are item, count, note, address, anything";
        for (args, message) in [
            (Args::new(), "`order` needs `item`"),
            (Args::new().push(Value::Null), "`order` needs `item`"),
            (
                Args::new().with("itm", "x").with("count", "two"),
                "`order` has no argument `itm`, and needs `item`, and wants a number as `count`, not text; did you mean `item`?",
            ),
            (
                Args::new().push("pencil").with("note", 1),
                "`order` wants text of at most 5 characters as `item`, not of 6, and wants text, or a list as `note`, not a number",
            ),
            (
                Args::new().push("pen").with("address", Value::Map(vec![])),
                "`order` wants text as `address.city`, not nothing",
            ),
            (Args::new().push("pen").with("item", "pen"), "`order` was given `item` twice"),
        ] {
            let error = order().check_args(args).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadArguments);
            let told = error.to_string();
            let rest = told.strip_prefix(message).unwrap_or(&told);
            assert!([format!("; {ITS}"), format!(" {ITS}")].contains(&rest.to_owned()), "{told}");
        }
        let error = function(serde_json::json!([])).check_args(Args::new().push(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`order` takes 0 arguments, 1 were given; it takes no arguments"
        );
    }

    #[test]
    fn a_wrong_declaration_is_not_the_callers_fault() {
        let order = function(serde_json::json!([{ "name": "x", "dataType": "Stex" }]));
        assert!(order.check_args(Args::new()).is_ok(), "nothing was to be checked");
        let error = order.check_args(Args::new().push("x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidDefine);
        assert_eq!(
            error.to_string(),
            "`order` is declared wrongly: `dataType` of `x`: there is no data type `Stex`; did you mean `Stext`?"
        );
    }

    #[test]
    fn a_declaration_is_read_once_and_a_clone_by_what_it_says_then() {
        let order = order();
        let item = &order.args[0];
        assert!(std::ptr::eq(item.shape(), item.shape()));
        order.check_args(Args::new().push(7)).unwrap_err();
        let mut other = order.clone();
        other.args[0].data_type = "Integer".to_owned();
        assert_eq!(other.check_args(Args::new().push(7)).unwrap().take("item"), Value::from(7));
        order.check_args(Args::new().push(7)).unwrap_err();
    }

    #[test]
    fn a_declaration_is_written_as_it_was_read() {
        let json = serde_json::json!({
            "name": "x", "title": "", "dataType": "JitMap", "acceptDataTypes": ["Stext"],
            "required": true, "generic": "models.A",
            "valueConfig": { "dataType": "Stext" }, "maxLen": 5,
        });
        let arg: ArgDeclaration = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&arg).unwrap(), json);
    }
}
