//! The values of calls by name, and the way between them and the structs of whoever is called.

mod blob;
mod de;
mod error;
mod handover;
mod ser;

use bytes::Bytes;

pub use self::blob::Blob;
pub use self::de::from_value;
pub use self::error::ValueError;
pub use self::ser::to_value;

/// What goes into a call by name and comes out of it. Bytes travel as they are: no copy, no base64.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text.
    String(String),
    /// Binary data.
    Bytes(Bytes),
    /// Values in order.
    List(Vec<Value>),
    /// Named values in order.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The text, when it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The data, when it is binary.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The number, when it is one that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The value under a name, when it is a map that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members.iter().find(|(n, _)| n == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// What it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

macro_rules! value_from {
    ($($from:ty => |$value:ident| $make:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $make
            }
        }
    )*};
}

value_from! {
    bool => |value| Self::Bool(value);
    i32 => |value| Self::Number(value.into());
    u32 => |value| Self::Number(value.into());
    i64 => |value| Self::Number(value.into());
    f64 => |value| serde_json::Number::from_f64(value).map_or(Self::Null, Self::Number);
    u64 => |value| Self::Number(value.into());
    &str => |value| Self::String(value.to_owned());
    String => |value| Self::String(value);
    Bytes => |value| Self::Bytes(value);
    Vec<u8> => |value| Self::Bytes(value.into());
    Vec<Value> => |value| Self::List(value);
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Self::Map(members.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(value) => Self::Number(value),
            serde_json::Value::String(value) => Self::String(value),
            serde_json::Value::Array(items) => {
                Self::List(items.into_iter().map(Into::into).collect())
            }
            serde_json::Value::Object(members) => members.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
