//! Values that know their data type.
//!
//! A value fits its data type when it is the native value of it:
//!
//! | data type | value |
//! |---|---|
//! | `Stext` `Ltext` `RichText` `Serial` `Phone` `Identify` `LicensePlate` `Radio` `Dropdown` `Dept` `Member` | text |
//! | `Numeric` `Money` `Percent` | a number |
//! | `AutoInt` | a whole number |
//! | `Checkbox` | true, false, 1 or 0 |
//! | `Date` `Datetime` | text that begins with a day of the calendar; any text where the config gives a form of its own |
//! | `Time` | text with a time of the day, with or without a day before it; as above |
//! | `MultiRadio` `MultiDropdown` `MultiDept` `MultiMember` | a list of texts, or text |
//! | `Link` | text, or a map |
//! | `Address` `Position` `JitDict` `JitMap` `RowData` `RelateData` | a map |
//! | `JitList` | a list |
//! | `RowList` `SubTable` `MultiRelateData` | a list of maps |
//! | `File` `Image` `Signature` | attachments: maps with a `name` or a `url`, texts or bytes, in a list or one alone |
//! | `QFilter` | text, a list, or a map |
//!
//! No value fits every data type. The limits of a config (`maxLen`, `minLen`, `decimal`, `maxDigits`, `maxCount`)
//! bind where it states them, those of texts and of `MultiDropdown` only if it does not say `"limit": false`;
//! `"limit": true` alone stands for the default `maxLen`. Whether a choice is among the `options`, and whether a
//! number is one that can be called, is not checked.

mod args;
mod check;
mod data_type;
mod day;
mod digits;
mod shape;
mod typed_value;

pub(crate) use args::DeclaredShape;
pub use data_type::DataType;
pub use typed_value::{TypedValue, new_variable};
