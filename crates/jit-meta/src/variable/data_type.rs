//! The names of data types, and which is one of which.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diag::did_you_mean;
use crate::{Error, ErrorKind};

macro_rules! data_types {
    ($($(#[doc = $doc:literal])+ $name:ident $text:literal: [$($parent:ident)*];)*) => {
        /// What a value is declared to be: JitAi's data types.
        ///
        /// As text it is the name that JitAi writes; `Integer` and `DateTime` are read as well, and are `Numeric`
        /// and `Datetime`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum DataType {
            $($(#[doc = $doc])+ $name,)*
        }

        impl DataType {
            /// Every data type.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as JitAi writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The data types it inherits from directly.
            #[must_use]
            pub const fn parents(self) -> &'static [Self] {
                match self {
                    $(Self::$name => &[$(Self::$parent,)*],)*
                }
            }
        }
    };
}

data_types! {
    /// Text in one line.
    Stext "Stext": [];
    /// Text in several lines.
    Ltext "Ltext": [Stext];
    /// Text with markup.
    RichText "RichText": [Stext];
    /// A number.
    Numeric "Numeric": [];
    /// An amount of money.
    Money "Money": [Numeric];
    /// A fraction that is shown in percent.
    Percent "Percent": [Numeric];
    /// A whole number that the database counts up.
    AutoInt "AutoInt": [Numeric];
    /// A serial number: text with a prefix, a date and a count.
    Serial "Serial": [Stext];
    /// Yes or no: 1 or nothing.
    Checkbox "Checkbox": [];
    /// A day, `2026-01-31`.
    Date "Date": [];
    /// A moment, `2026-01-31 12:30:00`.
    Datetime "Datetime": [Date];
    /// A time of the day, `12:30:00`.
    Time "Time": [Datetime];
    /// A telephone number.
    Phone "Phone": [Stext];
    /// The number of an identity card.
    Identify "Identify": [Stext];
    /// The number of a car.
    LicensePlate "LicensePlate": [Stext];
    /// A link: its address, or a map with it.
    Link "Link": [JitDict];
    /// One choice of a few.
    Radio "Radio": [Stext];
    /// Several choices of a few.
    MultiRadio "MultiRadio": [Radio];
    /// One choice of a list.
    Dropdown "Dropdown": [Radio];
    /// Several choices of a list.
    MultiDropdown "MultiDropdown": [MultiRadio];
    /// A department, by its id.
    Dept "Dept": [Stext];
    /// Several departments.
    MultiDept "MultiDept": [Dept];
    /// A member of the organisation, by its id.
    Member "Member": [Stext];
    /// Several members.
    MultiMember "MultiMember": [Member];
    /// A postal address.
    Address "Address": [JitDict];
    /// A place on the map.
    Position "Position": [Address];
    /// Attachments.
    File "File": [JitList];
    /// Attached images.
    Image "Image": [JitList];
    /// A signature by hand.
    Signature "Signature": [];
    /// Rows of a model that belong to one row.
    SubTable "SubTable": [RowList];
    /// A row of another model.
    RelateData "RelateData": [RowData];
    /// Rows of another model.
    MultiRelateData "MultiRelateData": [RowList RelateData];
    /// Named values, each declared.
    JitDict "JitDict": [];
    /// Values in order, all of one data type.
    JitList "JitList": [];
    /// Named values, all of one data type.
    JitMap "JitMap": [];
    /// A row of a model.
    RowData "RowData": [];
    /// Rows of a model.
    RowList "RowList": [];
    /// A condition that chooses rows.
    QFilter "QFilter": [];
    /// Binary data; JitAi has no data type for it and writes `-`.
    Bytes "-": [];
    /// No value.
    None "None": [];
}

impl DataType {
    /// Whether it is `other` or inherits from it.
    #[must_use]
    pub fn is_a(self, other: Self) -> bool {
        self == other || self.parents().iter().any(|parent| parent.is_a(other))
    }
}

/// What other languages call them.
const ELSEWHERE: &[(&str, DataType)] = &[
    ("array", DataType::JitList),
    ("bool", DataType::Checkbox),
    ("boolean", DataType::Checkbox),
    ("dict", DataType::JitDict),
    ("double", DataType::Numeric),
    ("float", DataType::Numeric),
    ("int", DataType::Numeric),
    ("list", DataType::JitList),
    ("number", DataType::Numeric),
    ("object", DataType::JitDict),
    ("string", DataType::Stext),
    ("text", DataType::Stext),
];

impl FromStr for DataType {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] for a name that is none, with the nearest that is one.
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "Integer" => return Ok(Self::Numeric),
            "DateTime" => return Ok(Self::Datetime),
            _ => {}
        }
        if let Some(found) = Self::ALL.iter().find(|known| known.as_str() == name) {
            return Ok(*found);
        }
        let names = Self::ALL.iter().map(|known| known.as_str());
        let lower = name.to_lowercase();
        let near = match ELSEWHERE.iter().find(|(other, _)| *other == lower) {
            Some((_, meant)) => vec![meant.as_str()],
            None => crate::nearest(name, names.clone()),
        };
        let help = did_you_mean(&near).unwrap_or_else(|| {
            format!("the data types are {}", names.collect::<Vec<_>>().join(", "))
        });
        let message = format!("there is no data type `{name}`");
        Err(Error::new(ErrorKind::BadArguments, message).with_help(help))
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for DataType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DataType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for data_type in DataType::ALL {
            let json = serde_json::to_string(data_type).unwrap();
            assert_eq!(json, format!("\"{data_type}\""));
            assert_eq!(serde_json::from_str::<DataType>(&json).unwrap(), *data_type);
        }
        assert_eq!(DataType::ALL.len(), 40);
        for (alias, data_type) in [("Integer", DataType::Numeric), ("DateTime", DataType::Datetime)]
        {
            assert_eq!(alias.parse::<DataType>().unwrap(), data_type);
        }
        for (name, message) in [
            ("Stex", "there is no data type `Stex`; did you mean `Stext`?"),
            ("datetime", "there is no data type `datetime`; did you mean `Datetime`?"),
        ] {
            assert_eq!(name.parse::<DataType>().unwrap_err().to_string(), message);
        }
        let error = "Elephant".parse::<DataType>().unwrap_err().to_string();
        assert!(error.contains("the data types are Stext, Ltext, "), "{error}");
    }

    #[test]
    fn inheritance_is_transitive() {
        use DataType::{
            Date, File, JitDict, JitList, MultiDropdown, MultiRelateData, Numeric, Percent,
            Position, Radio, RowData, RowList, Stext, Time,
        };
        for (data_type, ancestor) in [
            (Stext, Stext),
            (Percent, Numeric),
            (MultiDropdown, Radio),
            (MultiDropdown, Stext),
            (Time, Date),
            (Position, JitDict),
            (File, JitList),
            (MultiRelateData, RowList),
            (MultiRelateData, RowData),
        ] {
            assert!(data_type.is_a(ancestor), "{data_type} is no {ancestor}");
            assert!(data_type == ancestor || !ancestor.is_a(data_type));
        }
        assert!(!Stext.is_a(Numeric) && !RowList.is_a(JitList));
    }

    #[test]
    fn what_others_call_it_is_offered() {
        for (name, help) in
            [("Number", "`Numeric`"), ("string", "`Stext`"), ("Boolean", "`Checkbox`")]
        {
            let error = name.parse::<DataType>().unwrap_err().to_string();
            assert!(error.ends_with(&format!("did you mean {help}?")), "{error}");
        }
    }
}
