//! What a config says of the values of a variable.

use serde_json::{Map, Value as Json};

use super::DataType;

/// A config, read.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) data_type: DataType,
    /// Other data types whose values fit.
    pub(super) accepted: Vec<DataType>,
    pub(super) name: String,
    pub(super) title: String,
    /// Whether there has to be a value.
    pub(super) required: bool,
    /// What the members of a `JitDict` are.
    pub(super) members: Vec<Shape>,
    /// What each item of a `JitList`, or each value of a `JitMap`, is.
    pub(super) inner: Option<Box<Shape>>,
    /// Whether days and times have a form of their own.
    pub(super) own_form: bool,
    pub(super) limits: Limits,
}

/// The limits that a config states.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    /// In characters.
    pub(super) min_len: Option<u64>,
    /// In characters.
    pub(super) max_len: Option<u64>,
    /// Behind the point.
    pub(super) decimal: Option<u64>,
    /// On both sides of the point.
    pub(super) max_digits: Option<u64>,
    pub(super) max_count: Option<u64>,
}

impl Shape {
    /// Reads a config, or says everything that is wrong with it. `at` is how messages call it.
    pub(super) fn read(config: &Json, at: &str) -> Result<Self, Vec<String>> {
        let mut reader = Reader { problems: Vec::new() };
        let shape = reader.shape(config, at);
        match shape {
            Some(shape) if reader.problems.is_empty() => Ok(shape),
            _ => Err(reader.problems),
        }
    }
}

struct Reader {
    problems: Vec<String>,
}

impl Reader {
    fn wrong<T>(&mut self, at: &str, key: &str, expected: &str) -> Option<T> {
        self.problems.push(format!("`{key}` of {at} must be {expected}"));
        None
    }

    fn shape(&mut self, config: &Json, at: &str) -> Option<Shape> {
        let Some(config) = config.as_object() else {
            self.problems.push(format!("{at} must be an object with a `dataType`"));
            return None;
        };
        let name = self.text(config, "name", at);
        let data_type = match config.get("dataType").or_else(|| config.get("datatype")) {
            None | Some(Json::Null) => {
                self.problems.push(format!("`dataType` of {at} is missing"));
                None
            }
            Some(Json::String(name)) => self.data_type(name, at),
            Some(_) => self.wrong(at, "dataType", "text"),
        };
        let accepted = match present(config, "acceptDataTypes") {
            None => Vec::new(),
            Some(Json::Array(names)) if names.iter().all(Json::is_string) => {
                let names = names.iter().filter_map(Json::as_str);
                names.filter_map(|name| self.data_type(name, at)).collect()
            }
            Some(_) => {
                self.wrong::<()>(at, "acceptDataTypes", "a list of data types");
                Vec::new()
            }
        };
        self.text(config, "generic", at);
        let members = match present(config, "variableList") {
            None => Vec::new(),
            Some(Json::Array(items)) => self.members(items, at),
            Some(_) => {
                self.wrong::<()>(at, "variableList", "a list of configs");
                Vec::new()
            }
        };
        let inner_key =
            if data_type == Some(DataType::JitMap) { "valueConfig" } else { "variableConfig" };
        // An empty one is what editors write for none.
        let inner = present(config, inner_key).filter(|inner| **inner != Json::Object(Map::new()));
        let inner = inner.and_then(|inner| self.shape(inner, &format!("`{inner_key}` of {at}")));
        let data_type = data_type?;
        let limits = self.limits(config, data_type, at);
        let form = ["dateTimeType", "dateTimeFormat"].map(|key| self.text(config, key, at));
        let title = self.text(config, "title", at);
        Some(Shape {
            title: if title.is_empty() { name.clone() } else { title },
            name,
            data_type,
            accepted,
            required: self.flag(config, "required", at).unwrap_or_default(),
            members,
            inner: inner.map(Box::new),
            own_form: form.iter().any(|form| !form.is_empty()),
            limits,
        })
    }

    fn members(&mut self, items: &[Json], at: &str) -> Vec<Shape> {
        let mut members: Vec<Shape> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = format!("`variableList[{index}]` of {at}");
            let Some(member) = self.shape(item, &at) else { continue };
            if member.name.is_empty() {
                self.problems.push(format!("`name` of {at} is missing"));
            } else if members.iter().any(|known| known.name == member.name) {
                self.problems.push(format!("{at} is the second `{}`", member.name));
            }
            members.push(member);
        }
        members
    }

    fn limits(&mut self, config: &Map<String, Json>, data_type: DataType, at: &str) -> Limits {
        let mut count = |key: &str| match present(config, key) {
            None => None,
            Some(value) => value.as_u64().or_else(|| self.wrong(at, key, "a whole number")),
        };
        let mut limits = Limits {
            min_len: count("minLen"),
            max_len: count("maxLen"),
            decimal: count("decimal"),
            max_digits: count("maxDigits"),
            max_count: count("maxCount"),
        };
        if data_type == DataType::Percent {
            // 12.34 % is the number 0.1234.
            limits.decimal = limits.decimal.map(|decimal| decimal.saturating_add(2));
        }
        match self.flag(config, "limit", at) {
            Some(true) => limits.max_len = limits.max_len.or(default_length(data_type)),
            Some(false) => {
                (limits.min_len, limits.max_len) = (None, None);
                if data_type == DataType::MultiDropdown {
                    limits.max_count = None;
                }
            }
            None => {}
        }
        limits
    }

    fn data_type(&mut self, name: &str, at: &str) -> Option<DataType> {
        match name.parse() {
            Ok(data_type) => Some(data_type),
            Err(error) => {
                self.problems.push(format!("`dataType` of {at}: {error}"));
                None
            }
        }
    }

    fn text(&mut self, config: &Map<String, Json>, key: &str, at: &str) -> String {
        match present(config, key) {
            None => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(_) => self.wrong(at, key, "text").unwrap_or_default(),
        }
    }

    fn flag(&mut self, config: &Map<String, Json>, key: &str, at: &str) -> Option<bool> {
        match present(config, key)? {
            Json::Bool(flag) => Some(*flag),
            Json::Number(number) if number.as_u64().is_some_and(|n| n < 2) => {
                Some(number.as_u64() == Some(1))
            }
            _ => self.wrong(at, key, "true, false, 1 or 0"),
        }
    }
}

/// The value of a key; one that is null is none.
fn present<'a>(config: &'a Map<String, Json>, key: &str) -> Option<&'a Json> {
    config.get(key).filter(|value| !value.is_null())
}

/// The longest text, where a config says that there is a limit and not which.
fn default_length(data_type: DataType) -> Option<u64> {
    match data_type {
        DataType::Ltext => Some(1024),
        DataType::LicensePlate => Some(12),
        // Text with markup has none.
        DataType::RichText => None,
        other => other.is_a(DataType::Stext).then_some(255),
    }
}
