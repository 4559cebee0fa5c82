//! Versions of apps: three numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A version, `1.0.0`; its folder is `1_0_0`. Unpublished apps are `0.0.0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u32, u32, u32);

/// A text that is no [`Version`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError(String);

impl Version {
    /// The name of the folder that holds this version, `1_0_0`.
    #[must_use]
    pub fn folder(self) -> String {
        self.to_string().replace('.', "_")
    }

    /// Reads the name of a version folder.
    #[must_use]
    pub fn from_folder(name: &str) -> Option<Self> {
        if name.contains('.') { None } else { name.replace('_', ".").parse().ok() }
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let mut parts = text.split('.').map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|_| is_number)
        });
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(a)), Some(Some(b)), Some(Some(c)), None) => Ok(Self(a, b, c)),
            _ => Err(VersionError(text.to_owned())),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a version: three numbers joined by dots, `1.0.0`", self.0)
    }
}

impl std::error::Error for VersionError {}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_numbers_and_nothing_else() {
        let version: Version = "1.20.3".parse().unwrap();
        assert_eq!((version.to_string(), version.folder()), ("1.20.3".into(), "1_20_3".into()));
        assert_eq!(Version::from_folder("1_20_3"), Some(version));
        for text in
            ["", "1", "1.0", "1.0.0.0", "1.0.x", "1.-1.0", "+1.0.0", "1..0", "99999999999.0.0"]
        {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        assert_eq!(Version::from_folder("1.0.0"), None);
    }
}
