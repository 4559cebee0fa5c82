//! Full names: what elements and Types are called.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// The dotted path of an element folder below the app's root: `storages/MyOss` is `storages.MyOss`.
///
/// Each segment starts with a letter or `_` and goes on with letters, digits and `_`. Names are
/// case-sensitive. Cloning is cheap.
///
/// ```
/// use jit_meta::FullName;
///
/// let name: FullName = "storages.services.StorageSvc".parse()?;
/// assert_eq!(name.name(), "StorageSvc");
/// assert_eq!(name.namespace(), Some("storages.services"));
/// assert_eq!(name.family(), "storages");
/// # Ok::<(), jit_meta::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullName(Arc<str>);

/// Why a text is no [`FullName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an element name: {problem}")]
pub struct NameError {
    name: String,
    problem: &'static str,
}

impl FullName {
    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment: the name of the element's own folder.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }

    /// Everything before the last segment.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.0.rsplit_once('.').map(|(namespace, _)| namespace)
    }

    /// The first segment: the family, where the name has more than one.
    #[must_use]
    pub fn family(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

/// Whether `text` can be one segment of a [`FullName`].
#[must_use]
pub fn is_name_segment(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Stops the compiler at a name that is no [`FullName`].
///
/// # Panics
///
/// At any other name.
#[expect(clippy::panic, reason = "it runs in the compiler: the macros call it in constants")]
pub const fn assert_full_name(name: &str) {
    let bytes = name.as_bytes();
    let (mut rest, mut starts) = (bytes, true);
    while let [byte, tail @ ..] = rest {
        let fits = match *byte {
            b'.' => !starts,
            b'0'..=b'9' => !starts,
            byte => byte == b'_' || byte.is_ascii_alphabetic(),
        };
        if !fits {
            panic!(
                "not a full name: it is like `storages.OssType`, letters, digits and `_` joined by dots"
            );
        }
        starts = *byte == b'.';
        rest = tail;
    }
    if starts {
        panic!("not a full name: it is empty, or ends with a dot");
    }
}

impl FromStr for FullName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let problem = if text.is_empty() {
            "it is empty"
        } else if text.split('.').any(str::is_empty) {
            "a segment is empty"
        } else if !text.split('.').all(is_name_segment) {
            "each segment is letters, digits and `_`, and does not start with a digit"
        } else {
            return Ok(Self(text.into()));
        };
        Err(NameError { name: text.to_owned(), problem })
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for FullName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for FullName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for FullName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The candidates closest to `name`, best first, only those that look like a slip of the pen:
/// an edit distance of at most two or a third of the length, case aside, or the beginning of a name.
///
/// ```
/// let known = ["storages.OssType", "storages.DiskType"];
/// assert_eq!(jit_meta::nearest("storages.OosType", known), ["storages.OssType"]);
/// assert!(jit_meta::nearest("pages.GridType", known).is_empty());
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // Names reach us from files and command lines: a long one is never a slip, and must cost nothing.
    if name.len() > 256 {
        return Vec::new();
    }
    // The last segment is where people slip: measured against the whole, everything in a family is near.
    let tail = |text: &str| text.rsplit('.').next().unwrap_or_default().chars().count();
    let limit = (tail(name) / 3).clamp(1, 2);
    let lower = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| {
            let known = candidate.to_lowercase();
            // The beginning of a name is what somebody types who does not remember the rest.
            let is_beginning = lower.len() >= 3 && known.starts_with(&lower);
            let distance = strsim::osa_distance(&lower, &known);
            (if is_beginning { distance.min(limit) } else { distance }, candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dotted_identifiers() {
        for text in ["a", "storages.MyOss", "a.b.c", "_a._1"] {
            assert_eq!(text.parse::<FullName>().unwrap().as_str(), text);
        }
        for (text, message) in [
            ("", "`` is not an element name: it is empty"),
            ("a..b", "`a..b` is not an element name: a segment is empty"),
            (
                "storages.1st",
                "`storages.1st` is not an element name: each segment is letters, digits and `_`, and does not start with a digit",
            ),
        ] {
            assert_eq!(text.parse::<FullName>().unwrap_err().to_string(), message);
        }
        for text in ["a b", "a/b", "ä", "a.", ".a", "a-b"] {
            assert!(text.parse::<FullName>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_close_names_are_offered() {
        let known = ["endPoint", "accessKeyId", "accessKeySecret", "region"];
        assert_eq!(nearest("endpoint", known), ["endPoint"]);
        assert_eq!(nearest("accesKeySecret", known), ["accessKeySecret"]);
        assert_eq!(nearest("regoin", known), ["region"]);
        assert_eq!(nearest("access", known), ["accessKeyId", "accessKeySecret"]);
        assert!(nearest("timeout", known).is_empty());
        assert!(nearest(&"x".repeat(100_000), known).is_empty());
    }
}
