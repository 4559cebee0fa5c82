//! Whether a value fits.

use super::DataType;
use super::day::{begins_with_day, is_time};
use super::digits::{digits, is_whole};
use super::shape::Shape;
use crate::Value;

/// A value that does not fit.
#[derive(Debug)]
pub(super) struct Misfit {
    /// The way to it: `items[2].name`.
    pub(super) at: String,
    pub(super) expected: String,
    pub(super) found: String,
}

impl DataType {
    /// Whether a value is one of this data type, whatever a config may say besides.
    pub(crate) fn accepts(self, value: &Value) -> bool {
        self.accepts_in(value, false)
    }

    fn accepts_in(self, value: &Value, own_form: bool) -> bool {
        let all = |fits: fn(&Value) -> bool| match value {
            Value::List(items) => items.iter().all(fits),
            _ => false,
        };
        let is_map = |value: &Value| matches!(value, Value::Map(_));
        let text = value.as_str();
        match self {
            Self::Stext
            | Self::Ltext
            | Self::RichText
            | Self::Serial
            | Self::Phone
            | Self::Identify
            | Self::LicensePlate
            | Self::Radio
            | Self::Dropdown
            | Self::Dept
            | Self::Member => text.is_some(),
            Self::Numeric | Self::Money | Self::Percent => matches!(value, Value::Number(_)),
            Self::AutoInt => matches!(value, Value::Number(number) if is_whole(number)),
            Self::Checkbox => {
                matches!(value, Value::Bool(_)) || value.as_u64().is_some_and(|flag| flag < 2)
            }
            Self::Date | Self::Datetime => {
                text.is_some_and(|text| own_form || begins_with_day(text))
            }
            Self::Time => {
                text.is_some_and(|text| own_form || is_time(text) || begins_with_day(text))
            }
            Self::MultiRadio | Self::MultiDropdown | Self::MultiDept | Self::MultiMember => {
                text.is_some() || all(|item| item.as_str().is_some())
            }
            Self::Link => text.is_some() || is_map(value),
            Self::Address
            | Self::Position
            | Self::JitDict
            | Self::JitMap
            | Self::RowData
            | Self::RelateData => is_map(value),
            Self::JitList => matches!(value, Value::List(_)),
            Self::RowList | Self::SubTable | Self::MultiRelateData => {
                all(|item| matches!(item, Value::Map(_)))
            }
            Self::File | Self::Image | Self::Signature => {
                is_attachment(value) || all(is_attachment)
            }
            Self::QFilter => matches!(value, Value::String(_) | Value::List(_) | Value::Map(_)),
            Self::Bytes => value.as_bytes().is_some(),
            Self::None => *value == Value::Null,
        }
    }

    /// What it accepts, for messages.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Numeric | Self::Money | Self::Percent => "a number",
            Self::AutoInt => "a whole number",
            Self::Checkbox => "true, false, 1 or 0",
            Self::Date => "a day like `2026-01-31`",
            Self::Datetime => "a moment like `2026-01-31 12:30:00`",
            Self::Time => "a time like `12:30:00`",
            Self::MultiRadio | Self::MultiDropdown | Self::MultiDept | Self::MultiMember => {
                "a list of texts, or text"
            }
            Self::Link => "text, or a map",
            Self::Address
            | Self::Position
            | Self::JitDict
            | Self::JitMap
            | Self::RowData
            | Self::RelateData => "a map",
            Self::JitList => "a list",
            Self::RowList | Self::SubTable | Self::MultiRelateData => "a list of maps",
            Self::File | Self::Image | Self::Signature => {
                "attachments, each a map with a `name` or a `url`, text, or bytes"
            }
            Self::QFilter => "text, a list, or a map",
            Self::Bytes => "bytes",
            Self::None => "nothing",
            _ => "text",
        }
    }

    /// What a value is that it does not accept, for messages. The value itself may be a secret.
    pub(crate) fn found(self, value: &Value) -> &'static str {
        let is_attachments = matches!(self, Self::File | Self::Image | Self::Signature);
        let is_list_of_some = is_attachments
            || self.is_a(Self::RowList)
            || self.is_a(Self::MultiRadio)
            || matches!(self, Self::MultiDept | Self::MultiMember);
        match value {
            // Of the right kind, and yet not one that it accepts.
            Value::String(_) if self.is_a(Self::Date) => "this text",
            Value::Number(_) if matches!(self, Self::AutoInt | Self::Checkbox) => "this number",
            Value::List(_) if is_list_of_some => "this list",
            Value::Map(_) if is_attachments => "this map",
            _ => value.kind(),
        }
    }
}

fn is_attachment(value: &Value) -> bool {
    let has = |name| value.get(name).and_then(Value::as_str).is_some();
    match value {
        Value::String(_) | Value::Bytes(_) => true,
        _ => has("name") || has("url"),
    }
}

/// Checks a value that is found by the way `at`, which is empty for one without a name.
pub(super) fn check(shape: &Shape, value: &Value, at: &str, misfits: &mut Vec<Misfit>) {
    let data_type = shape.data_type;
    if *value == Value::Null {
        if shape.required {
            let (expected, found) = (data_type.expected().to_owned(), value.kind().to_owned());
            misfits.push(Misfit { at: at.to_owned(), expected, found });
        }
        return;
    }
    if !data_type.accepts_in(value, shape.own_form) {
        if !shape.accepted.iter().any(|accepted| accepted.accepts_in(value, shape.own_form)) {
            let others =
                shape.accepted.iter().map(|accepted| format!(", or {}", accepted.expected()));
            let expected = data_type.expected().to_owned() + &others.collect::<String>();
            let found = data_type.found(value).to_owned();
            misfits.push(Misfit { at: at.to_owned(), expected, found });
        }
        return;
    }
    check_limits(shape, value, at, misfits);
    match (data_type, value) {
        (DataType::JitDict, Value::Map(_)) => {
            for member in &shape.members {
                let inner = value.get(&member.name).unwrap_or(&Value::Null);
                check(member, inner, &below(at, &member.name), misfits);
            }
        }
        (DataType::JitMap, Value::Map(members)) => {
            if let Some(shape) = &shape.inner {
                for (name, inner) in members {
                    check(shape, inner, &below(at, name), misfits);
                }
            }
        }
        (DataType::JitList, Value::List(items)) => {
            if let Some(shape) = &shape.inner {
                for (index, item) in items.iter().enumerate() {
                    check(shape, item, &format!("{at}[{index}]"), misfits);
                }
            }
        }
        _ => {}
    }
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn check_limits(shape: &Shape, value: &Value, at: &str, misfits: &mut Vec<Misfit>) {
    let limits = &shape.limits;
    let mut misfit = |expected: String, found: u64| {
        let at = at.to_owned();
        misfits.push(Misfit { at, expected, found: format!("of {found}") });
    };
    match value {
        Value::String(text) if shape.data_type.is_a(DataType::Stext) => {
            let length = text.chars().count() as u64;
            if let Some(max) = limits.max_len.filter(|max| length > *max) {
                misfit(format!("text of at most {max} characters"), length);
            }
            if let Some(min) = limits.min_len.filter(|min| length < *min) {
                misfit(format!("text of at least {min} characters"), length);
            }
        }
        Value::Number(number) => {
            let (before, behind) = digits(number);
            if let Some(max) = limits.decimal.filter(|max| behind > *max) {
                misfit(format!("a number of at most {max} decimals"), behind);
            }
            let all = before.saturating_add(behind);
            if let Some(max) = limits.max_digits.filter(|max| all > *max) {
                misfit(format!("a number of at most {max} digits"), all);
            }
        }
        Value::List(items) => {
            let count = items.len() as u64;
            if let Some(max) = limits.max_count.filter(|max| count > *max) {
                misfit(format!("a list of at most {max}"), count);
            }
        }
        _ => {}
    }
}
