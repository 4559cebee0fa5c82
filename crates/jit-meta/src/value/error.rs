//! What keeps a value from becoming a struct, or a struct from becoming a value.

use std::fmt;

use serde::de::{Expected, Unexpected};

/// Why a value is not what was expected, and where. It says of what kind a value is, and never which: it may be a
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    at: String,
    message: String,
}

impl ValueError {
    pub(super) fn new(message: impl fmt::Display) -> Self {
        Self { at: String::new(), message: message.to_string() }
    }

    /// The way to the part of the value that is concerned, `items[2].name`; empty for all of it.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The same error, seen from the map that has the value under `name`.
    pub(super) fn below(mut self, name: &str) -> Self {
        let dot = if self.at.is_empty() || self.at.starts_with('[') { "" } else { "." };
        self.at = format!("{name}{dot}{}", self.at);
        self
    }

    /// The same error, seen from the list that has the value.
    pub(super) fn inside(self, index: usize) -> Self {
        self.below(&format!("[{index}]"))
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "`{}`: ", self.at)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ValueError {}

impl serde::ser::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl serde::de::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let words = in_words(expected);
        // What no whole number is large enough for comes as one with decimals.
        let found = match found {
            Unexpected::Float(number)
                if words.contains("whole") && number.abs() > u64::MAX as f64 =>
            {
                "one that is too large"
            }
            other => kind(other),
        };
        Self::new(format!("expected {words}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Str(_) | Unexpected::Char(_) => "another text",
            Unexpected::Signed(_) | Unexpected::Unsigned(_) => "another number",
            other => kind(other),
        };
        Self::new(format!("expected {}, found {found}", in_words(expected)))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let expected: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
        Self::new(format!("expected {}, found another text", expected.join(" or ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("`{field}` is missing"))
    }
}

/// What is expected, for those who call and know no Rust.
fn in_words(expected: &dyn Expected) -> String {
    let name = expected.to_string();
    match name.as_str() {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        _ => return name,
    }
    .to_owned()
}

fn kind(found: Unexpected<'_>) -> &str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number",
        Unexpected::Float(_) => "a number with decimals",
        Unexpected::Char(_) | Unexpected::Str(_) => "text",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit | Unexpected::Option => "nothing",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        Unexpected::Other(kind) => kind,
        _ => "something else",
    }
}
