//! What is known of one version of an object, and of a bucket.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::blob::Blob;
use crate::digest::Etag;

/// How an object came to be, which is how OSS names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Normal,
    Multipart,
    Appendable,
    Symlink,
    /// Not an object: it says that there is none.
    DeleteMarker,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Multipart => "Multipart",
            Self::Appendable => "Appendable",
            Self::Symlink => "Symlink",
            Self::DeleteMarker => "DeleteMarker",
        }
    }
}

/// Tells the versions of an object apart; `null` is the one of a bucket without versioning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VersionId(Option<u128>);

impl VersionId {
    pub(crate) const NULL: Self = Self(None);

    /// A new one, greater than those of earlier seconds.
    pub(crate) fn new(now: i64) -> Self {
        Self(Some(time_ordered(now)))
    }
}

/// A random number whose upper half is the time.
fn time_ordered(now: i64) -> u128 {
    u128::from(now.unsigned_abs()) << 88 | fastrand::u128(..) >> 40
}

/// A new upload's id: 32 hex digits, greater than those of earlier seconds.
pub(crate) fn upload_id(now: i64) -> String {
    format!("{:032X}", time_ordered(now))
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(f, "{number:032X}"),
            None => f.write_str("null"),
        }
    }
}

impl FromStr for VersionId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "null" => Ok(Self::NULL),
            _ if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                u128::from_str_radix(text, 16).map(|n| Self(Some(n))).map_err(|_| "no version id")
            }
            _ => Err("no version id"),
        }
    }
}

impl Serialize for VersionId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VersionId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// An enum whose values OSS names.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name {
            $($(#[$attribute])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            pub(crate) fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$value),)+ _ => None }
            }
        }
    };
}

named! {
    /// How an object is stored.
    StorageClass {
        #[default]
        Standard = "Standard",
        InfrequentAccess = "IA",
        Archive = "Archive",
        ColdArchive = "ColdArchive",
        DeepColdArchive = "DeepColdArchive",
    }
}

impl StorageClass {
    /// Whether an object has to be restored before it is read.
    pub(crate) fn is_archived(self) -> bool {
        matches!(self, Self::Archive | Self::ColdArchive | Self::DeepColdArchive)
    }
}

named! {
    /// Who may do what without a signature.
    Acl {
        /// As the bucket says.
        #[default]
        Default = "default",
        Private = "private",
        PublicRead = "public-read",
        PublicReadWrite = "public-read-write",
    }
}

impl Acl {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::Default
    }
}

/// A copy of an archived object that can be read for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restored {
    /// In seconds since 1970, like all times here.
    pub(crate) ready: i64,
    pub(crate) until: i64,
}

/// What a writer says of an object beside its content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    /// Lower-case names: the content type and its kin, encryption, and user metadata.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) storage_class: StorageClass,
    #[serde(default, skip_serializing_if = "Acl::is_default")]
    pub(crate) acl: Acl,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<(String, String)>,
}

/// One version of an object, or a delete marker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    #[serde(default, skip_serializing_if = "is_null")]
    pub(crate) id: VersionId,
    pub(crate) kind: Kind,
    pub(crate) modified: i64,
    pub(crate) size: u64,
    pub(crate) etag: Etag,
    pub(crate) crc64: u64,
    pub(crate) attributes: Attributes,
    /// Where a link leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) restored: Option<Restored>,
    /// When an appendable object was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<i64>,
    /// The bytes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) content: Vec<Arc<Blob>>,
}

fn is_null(id: &VersionId) -> bool {
    *id == VersionId::NULL
}

impl Version {
    /// Gives back the room that lists have taken beyond what is in them: a version is kept for long.
    pub(crate) fn shrink(&mut self) {
        self.attributes.headers.shrink_to_fit();
        self.attributes.tags.shrink_to_fit();
        self.content.shrink_to_fit();
    }

    pub(crate) fn delete_marker(id: VersionId, now: i64) -> Self {
        Self {
            id,
            kind: Kind::DeleteMarker,
            modified: now,
            size: 0,
            etag: Etag::of_state(&[]),
            crc64: 0,
            attributes: Attributes::default(),
            target: None,
            restored: None,
            sealed: None,
            content: Vec::new(),
        }
    }

    pub(crate) fn is_marker(&self) -> bool {
        self.kind == Kind::DeleteMarker
    }
}

named! {
    /// Whether a bucket keeps what is overwritten.
    Versioning {
        /// It never has.
        #[default]
        Never = "",
        Enabled = "Enabled",
        Suspended = "Suspended",
    }
}

/// What is known of a bucket beside its objects.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Properties {
    pub(crate) created: i64,
    #[serde(default)]
    pub(crate) storage_class: StorageClass,
    /// `LRS` or `ZRS`.
    pub(crate) redundancy: String,
    #[serde(default)]
    pub(crate) acl: Acl,
    #[serde(default)]
    pub(crate) versioning: Versioning,
    /// Documents that are kept and returned as given, by the name of their sub-resource.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) documents: BTreeMap<String, String>,
}

/// A multipart upload that is not completed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) initiated: i64,
    pub(crate) attributes: Attributes,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parts: BTreeMap<u32, Part>,
}

/// A part of an upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) modified: i64,
    pub(crate) size: u64,
    pub(crate) etag: Etag,
    pub(crate) crc64: u64,
    pub(crate) content: Option<Arc<Blob>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_with_time_and_are_read_as_they_are_written() {
        let (early, late) = (upload_id(1_800_000_000), upload_id(1_800_000_001));
        assert!(early < late && early.len() == 32, "{early} {late}");
        for id in [VersionId::NULL, VersionId::new(1_800_000_000)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "NULL", "0", &"+".repeat(32), &"0".repeat(33)] {
            assert!(text.parse::<VersionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_version_is_read_as_it_is_written() {
        let mut version = Version::delete_marker(VersionId::NULL, 7);
        version.target = Some("x".into());
        version.attributes.tags = vec![("a".to_owned(), "b".to_owned())];
        let text = serde_json::to_string(&version).unwrap();
        let again: Version = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{again:?}"), format!("{version:?}"), "{text}");
    }
}
