//! `ListObjectVersions`: every version in a bucket, and the marks that deletions left.

use http::{HeaderMap, Method};

use super::Unsigned;
use super::list_objects::{ListedObject, Owner, object};
use super::listing::{Listing, Page, listed, names};
use crate::error::failure::Failure;
use crate::{Bucket, Timestamp, xml};

/// A `ListObjectVersions` request; [`entries`](Self::entries) sends it, as often as there are pages.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListObjectVersionsRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What a list of versions consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionEntry {
    /// A version of an object.
    Version {
        /// What is known of it.
        object: ListedObject,
        /// Its version id; `null` when it was written before the bucket had versioning.
        version_id: String,
        /// Whether it is what a read without a version gets.
        is_latest: bool,
    },
    /// What a deletion left in the place of a version.
    DeleteMarker {
        /// The object's name.
        key: String,
        /// The marker's version id.
        version_id: String,
        /// Whether a read without a version finds the object deleted.
        is_latest: bool,
        /// When the object was deleted.
        last_modified: Option<Timestamp>,
        /// Whose it is.
        owner: Option<Owner>,
    },
    /// All objects whose names begin so, up to the next delimiter.
    Prefix(String),
}

impl VersionEntry {
    /// The object's name, or the prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Version { object, .. } => &object.key,
            Self::DeleteMarker { key, .. } => key,
            Self::Prefix(prefix) => prefix,
        }
    }

    /// The version's id, or the marker's.
    #[must_use]
    pub fn version_id(&self) -> Option<&str> {
        match self {
            Self::Version { version_id, .. } | Self::DeleteMarker { version_id, .. } => {
                Some(version_id)
            }
            Self::Prefix(_) => None,
        }
    }
}

listed! {
    ListObjectVersionsRequest: "max-keys";
}

names! {
    ListObjectVersionsRequest;
}

impl ListObjectVersionsRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("ListObjectVersions", Method::GET);
        let mut request = request.sub_resource("versions");
        request.query("encoding-type", "url");
        request.query("max-keys", "1000");
        Self { bucket, request }
    }

    /// Begins after all versions of this name.
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.request.query("key-marker", key);
        self
    }

    /// The versions by name, and of each name the latest first.
    pub fn entries(self) -> Listing<VersionEntry> {
        Listing::new(self.bucket.place().clone(), self.request, read)
    }
}

fn read(_: &HeaderMap, body: &[u8]) -> Result<Page<VersionEntry>, Failure> {
    let root = xml::document(body, "ListVersionsResult")?;
    let names = root.names();
    let mut items = Vec::new();
    // Versions and markers are told in one order, so they are read in one.
    for node in &root.children {
        let version = || node.required("VersionId");
        match node.name.as_str() {
            "Version" => items.push(VersionEntry::Version {
                object: object(node, names)?,
                version_id: version()?,
                is_latest: node.is_true("IsLatest"),
            }),
            "DeleteMarker" => items.push(VersionEntry::DeleteMarker {
                key: names.required(node, "Key")?,
                version_id: version()?,
                is_latest: node.is_true("IsLatest"),
                last_modified: node.time("LastModified"),
                owner: Owner::read(node),
            }),
            _ => {}
        }
    }
    let items = super::listing::in_order(&root, items, VersionEntry::Prefix, VersionEntry::name)?;
    Page::read(&root, items, || {
        let mut next = vec![("key-marker", names.required(&root, "NextKeyMarker")?)];
        next.extend(root.owned("NextVersionIdMarker").map(|id| ("version-id-marker", id)));
        Ok(next)
    })
}
