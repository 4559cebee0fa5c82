//! From a struct to a value.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::blob::Blob;
use super::error::ValueError;
use super::{Value, handover};

/// Makes a value of what a serde implementation says. What is a [`Blob`] or a [`Value`] in it goes into the value
/// without a copy of its bytes.
///
/// # Errors
///
/// What the serde implementation reports; a map whose names are no texts, numbers or flags.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, ValueError> {
    value.serialize(Writer)
}

impl Serialize for Value {
    /// As JSON would have it; bytes as an array of numbers, in formats that have no bytes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
            Self::String(value) => serializer.serialize_str(value),
            Self::Bytes(value) => Blob(value.clone()).serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

struct Writer;

impl Serializer for Writer {
    type Ok = Value;
    type Error = ValueError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Map;

    fn serialize_bool(self, value: bool) -> Result<Value, ValueError> {
        Ok(value.into())
    }

    fn serialize_i8(self, value: i8) -> Result<Value, ValueError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Value, ValueError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Value, ValueError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Value, ValueError> {
        Ok(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<Value, ValueError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Value, ValueError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Value, ValueError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Value, ValueError> {
        Ok(value.into())
    }

    fn serialize_f32(self, value: f32) -> Result<Value, ValueError> {
        self.serialize_f64(value.into())
    }

    /// What is no number in JSON is nothing.
    fn serialize_f64(self, value: f64) -> Result<Value, ValueError> {
        Ok(value.into())
    }

    fn serialize_char(self, value: char) -> Result<Value, ValueError> {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> Result<Value, ValueError> {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, ValueError> {
        Ok(value.to_vec().into())
    }

    fn serialize_none(self) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, ValueError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, ValueError> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        if name == handover::NAME {
            return handover::receive(|| value.serialize(self)).or_else(|written| written);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        Ok([(variant, value.serialize(self)?)].into_iter().collect())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, ValueError> {
        Ok(List::default())
    }

    fn serialize_tuple(self, _: usize) -> Result<List, ValueError> {
        Ok(List::default())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List, ValueError> {
        Ok(List::default())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List, ValueError> {
        Ok(List { variant: Some(variant), items: Vec::new() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map, ValueError> {
        Ok(Map::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Map, ValueError> {
        Ok(Map::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Map, ValueError> {
        Ok(Map { variant: Some(variant), ..Map::default() })
    }
}

/// A value, under the name of its variant where it has one.
fn under(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => [(variant, value)].into_iter().collect(),
        None => value,
    }
}

#[derive(Default)]
struct List {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), ValueError> {
        let index = self.items.len();
        self.items.push(to_value(item).map_err(|error| error.inside(index))?);
        Ok(())
    }

    fn finish(self) -> Result<Value, ValueError> {
        Ok(under(self.variant, Value::List(self.items)))
    }
}

#[derive(Default)]
struct Map {
    variant: Option<&'static str>,
    members: Vec<(String, Value)>,
    /// The name of the member that comes next.
    next: String,
}

impl Map {
    fn push<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), ValueError> {
        let value = to_value(value).map_err(|error| error.below(name))?;
        self.members.push((name.to_owned(), value));
        Ok(())
    }

    fn finish(self) -> Result<Value, ValueError> {
        Ok(under(self.variant, Value::Map(self.members)))
    }
}

macro_rules! list {
    ($($trait:ident $push:ident;)*) => {$(
        impl $trait for List {
            type Ok = Value;
            type Error = ValueError;

            fn $push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), ValueError> {
                self.push(item)
            }

            fn end(self) -> Result<Value, ValueError> {
                self.finish()
            }
        }
    )*};
}

list! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! map {
    ($($trait:ident)*) => {$(
        impl $trait for Map {
            type Ok = Value;
            type Error = ValueError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), ValueError> {
                self.push(name, value)
            }

            fn end(self) -> Result<Value, ValueError> {
                self.finish()
            }
        }
    )*};
}

map! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Map {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        self.next = match to_value(key)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            other => {
                let message = format!("the name of a member must be text, not {}", other.kind());
                return Err(ValueError::new(message));
            }
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let name = std::mem::take(&mut self.next);
        self.push(&name, value)
    }

    fn end(self) -> Result<Value, ValueError> {
        self.finish()
    }
}
