//! Bytes in the structs of whoever is called.

use std::ops::Deref;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Error as _, Unexpected};
use serde::ser::{Serialize, Serializer};

use super::{Value, handover};

/// Binary data in a struct of arguments or results. It goes through [`from_value`](super::from_value) and
/// [`to_value`](super::to_value) as it is, without a copy; in JSON it is an array of numbers.
///
/// ```
/// use jit_meta::{Blob, Value, from_value};
///
/// #[derive(serde::Deserialize)]
/// struct Upload {
///     name: String,
///     data: Blob,
/// }
///
/// let data = bytes::Bytes::from(vec![0, 159, 146, 150]);
/// let args: Value =
///     [("name", Value::from("a.bin")), ("data", data.clone().into())].into_iter().collect();
/// let upload: Upload = from_value(args)?;
/// assert_eq!(upload.name, "a.bin");
/// assert_eq!(upload.data.as_ptr(), data.as_ptr());
/// # Ok::<(), jit_meta::ValueError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob(pub Bytes);

impl Deref for Blob {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.0
    }
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Blob> for Bytes {
    fn from(blob: Blob) -> Self {
        blob.0
    }
}

impl From<Blob> for Value {
    fn from(blob: Blob) -> Self {
        Self::Bytes(blob.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let byte = |item: &Value| item.as_u64().and_then(|number| u8::try_from(number).ok());
        match Value::deserialize(deserializer)? {
            Value::Bytes(bytes) => Ok(Self(bytes)),
            Value::List(items) => match items.iter().map(byte).collect::<Option<Vec<u8>>>() {
                Some(bytes) => Ok(Self(bytes.into())),
                None => Err(D::Error::invalid_type(Unexpected::Seq, &"bytes")),
            },
            other => Err(D::Error::invalid_type(Unexpected::Other(other.kind()), &"bytes")),
        }
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(handover::NAME, &Shared(&self.0))
    }
}

struct Shared<'a>(&'a Bytes);

impl Serialize for Shared<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if handover::is_wanted() {
            handover::leave(Value::Bytes(self.0.clone()));
            return serializer.serialize_unit();
        }
        serializer.serialize_bytes(self.0)
    }
}
