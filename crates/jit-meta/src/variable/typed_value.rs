//! A value that keeps to its data type.

use serde_json::Value as Json;

use super::DataType;
use super::check::check;
use super::shape::Shape;
use crate::{Error, ErrorKind, Value};

/// A value that keeps to what its config says: JitAi's variable.
///
/// (What JitAi's apps call a variable of the environment is [`Variable`](crate::Variable).)
#[derive(Clone, Debug)]
pub struct TypedValue {
    shape: Shape,
    value: Value,
}

/// A value of the data type that `config` names in `dataType`, checked against all that `config` says; the
/// `value` of `config` where the given one is [`Value::Null`].
///
/// ```
/// use jit_meta::{Value, new_variable};
///
/// let config = serde_json::json!({ "dataType": "Numeric", "name": "price", "decimal": 2 });
/// let mut price = new_variable(&config, 9.99)?;
/// assert_eq!(price.data_type().as_str(), "Numeric");
/// let error = price.set_value("free").unwrap_err();
/// assert_eq!(error.to_string(), "`price` must be a number, not text");
/// assert_eq!(*price.value(), Value::from(9.99));
/// # Ok::<(), jit_meta::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::BadArguments`] with everything that is wrong with the config or, if nothing is, with the value.
#[doc(alias = "newVariable")]
pub fn new_variable(config: &Json, value: impl Into<Value>) -> Result<TypedValue, Error> {
    let shape = Shape::read(config, "the config")
        .map_err(|problems| Error::new(ErrorKind::BadArguments, problems.join(", and ")))?;
    let given = value.into();
    let initial = match (given, config.get("value")) {
        (Value::Null, Some(initial)) => initial.clone().into(),
        (given, _) => given,
    };
    let mut variable = TypedValue { shape, value: Value::Null };
    variable.set_value(initial)?;
    Ok(variable)
}

impl TypedValue {
    /// Its data type.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.shape.data_type
    }

    /// Its name; empty when its config gives none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shape.name
    }

    /// Its display name; the name unless its config gives one.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.shape.title
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value, without a copy.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }

    /// Replaces the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] with everything about it that does not fit; the value is then as it was.
    pub fn set_value(&mut self, value: impl Into<Value>) -> Result<(), Error> {
        let value = value.into();
        let mut misfits = Vec::new();
        check(&self.shape, &value, &self.shape.name, &mut misfits);
        if misfits.is_empty() {
            self.value = value;
            return Ok(());
        }
        let told: Vec<_> = misfits
            .iter()
            .map(|misfit| {
                let at = match misfit.at.as_str() {
                    "" => "the value".to_owned(),
                    at => format!("`{at}`"),
                };
                format!("{at} must be {}, not {}", misfit.expected, misfit.found)
            })
            .collect();
        Err(Error::new(ErrorKind::BadArguments, told.join(", and ")))
    }
}

#[cfg(test)]
mod tests;
