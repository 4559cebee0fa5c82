//! The names OSS gives to things, checked before any request.

use std::fmt;

/// The longest object name, in bytes of UTF-8.
pub const MAX_KEY_LEN: usize = 1023;

/// Why a text is no bucket or object name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The object name is empty.
    #[error("the object name is empty")]
    EmptyKey,
    /// The object name is longer than [`MAX_KEY_LEN`].
    #[error("the object name has {0} bytes, more than {MAX_KEY_LEN}")]
    LongKey(usize),
    /// The object name starts with `/` or `\`.
    #[error("the object name starts with `{0}`; OSS names have no leading slash")]
    LeadingSlash(char),
    /// Not 3 to 63 characters of `a-z`, `0-9` and `-`, or `-` at an end.
    #[error(
        "`{0}` is not a bucket name: 3 to 63 lower-case letters, digits and hyphens, no hyphen at either end"
    )]
    Bucket(String),
}

/// Checks an object name: 1 to 1023 bytes, no leading `/` or `\`. Nothing else is forbidden, and
/// nothing is ever normalised.
///
/// # Errors
///
/// [`NameError`] says which rule is broken.
pub fn check_key(key: &str) -> Result<(), NameError> {
    match key.chars().next() {
        None => Err(NameError::EmptyKey),
        Some(first @ ('/' | '\\')) => Err(NameError::LeadingSlash(first)),
        Some(_) if key.len() > MAX_KEY_LEN => Err(NameError::LongKey(key.len())),
        Some(_) => Ok(()),
    }
}

/// Checks a bucket's name by the rule of [`BucketName`].
///
/// # Errors
///
/// [`NameError::Bucket`] when it breaks that rule.
pub fn check_bucket(name: &str) -> Result<(), NameError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = (3..=63).contains(&name.len()) && name.bytes().all(allowed);
    if fits && !name.starts_with('-') && !name.ends_with('-') {
        Ok(())
    } else {
        Err(NameError::Bucket(name.to_owned()))
    }
}

/// A bucket's name: 3 to 63 characters of `a-z`, `0-9` and `-`, no `-` at either end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);

impl BucketName {
    /// Checks and takes a name.
    ///
    /// # Errors
    ///
    /// [`NameError::Bucket`] when it breaks the rule above.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check_bucket(&name).map(|()| Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_names_are_opaque_within_three_rules() {
        for key in
            ["a", "a/../b", "a//b", ".", "..", "%2F", "+", "😀", "a/", "?", &"k".repeat(1023)]
        {
            assert_eq!(check_key(key), Ok(()), "{key}");
        }
        assert_eq!(check_key(""), Err(NameError::EmptyKey));
        assert_eq!(check_key("/a"), Err(NameError::LeadingSlash('/')));
        assert_eq!(check_key("\\a"), Err(NameError::LeadingSlash('\\')));
        assert_eq!(check_key(&"é".repeat(512)), Err(NameError::LongKey(1024)));
    }

    #[test]
    fn bucket_names_follow_the_rule() {
        for name in ["abc", "a-1", &"a".repeat(63)] {
            assert!(BucketName::new(name).is_ok(), "{name}");
        }
        for name in ["", "ab", "-abc", "abc-", "Abc", "a_b", "a.b", "桶桶桶", &"a".repeat(64)] {
            assert!(BucketName::new(name).is_err(), "{name}");
        }
    }
}
