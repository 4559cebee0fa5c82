//! `ListObjectsV2`: the names in a bucket, in byte order.

use http::{HeaderMap, Method};

use super::Unsigned;
use super::listing::{Listing, Page, in_order, listed, names};
use crate::error::failure::Failure;
use crate::xml::{Names, Node};
use crate::{Bucket, Timestamp, xml};

/// A `ListObjectsV2` request; [`entries`](Self::entries) sends it, as often as there are pages.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListObjectsRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What a list of objects consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEntry {
    /// An object.
    Object(ListedObject),
    /// All objects whose names begin so, up to the next delimiter: a folder, if you will.
    Prefix(String),
}

/// What a list says of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedObject {
    /// Its name.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its entity tag, without quotes.
    pub etag: Option<String>,
    /// When it was written.
    pub last_modified: Option<Timestamp>,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: Option<String>,
    /// `Standard`, `IA`, `Archive`, ...
    pub storage_class: Option<String>,
    /// Whether it is being restored, as `x-oss-restore` says it.
    pub restore: Option<String>,
    /// Whose it is, where it was asked for.
    pub owner: Option<Owner>,
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// Its id.
    pub id: String,
    /// Its name, which OSS says to be the id.
    pub display_name: Option<String>,
}

impl Owner {
    pub(super) fn read(node: &Node) -> Option<Self> {
        let owner = node.child("Owner")?;
        Some(Self { id: owner.owned("ID")?, display_name: owner.owned("DisplayName") })
    }
}

impl ListEntry {
    /// The object's name, or the prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

listed! {
    ListObjectsRequest: "max-keys";
}

names! {
    ListObjectsRequest;
}

impl ListObjectsRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let mut request = Unsigned::without_key("ListObjectsV2", Method::GET);
        request.query("list-type", "2");
        // Names with control characters have no other way into XML.
        request.query("encoding-type", "url");
        request.query("max-keys", "1000");
        Self { bucket, request }
    }

    /// Begins after this name, which need not exist.
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.request.query("start-after", key);
        self
    }

    /// Asks for each object's owner, too.
    pub fn fetch_owner(mut self) -> Self {
        self.request.query("fetch-owner", "true");
        self
    }

    /// The objects and prefixes, in byte order of their names. Nothing is asked for before it is read.
    pub fn entries(self) -> Listing<ListEntry> {
        Listing::new(self.bucket.place().clone(), self.request, read)
    }
}

fn read(_: &HeaderMap, body: &[u8]) -> Result<Page<ListEntry>, Failure> {
    let root = xml::document(body, "ListBucketResult")?;
    let names = root.names();
    let mut objects = Vec::new();
    for node in root.all("Contents") {
        objects.push(ListEntry::Object(object(node, names)?));
    }
    let items = in_order(&root, objects, ListEntry::Prefix, ListEntry::name)?;
    Page::read(&root, items, || {
        // Whether tokens are escaped with the names is told differently; escaping changes none of them.
        Ok(vec![("continuation-token", names.required(&root, "NextContinuationToken")?)])
    })
}

pub(super) fn object(node: &Node, names: Names) -> Result<ListedObject, Failure> {
    Ok(ListedObject {
        key: names.required(node, "Key")?,
        size: node.required_number("Size")?,
        etag: node.etag("ETag"),
        last_modified: node.time("LastModified"),
        object_type: node.owned("Type"),
        storage_class: node.owned("StorageClass"),
        restore: node.owned("RestoreInfo"),
        owner: Owner::read(node),
    })
}
