//! `ListMultipartUploads`: the uploads that were begun and neither completed nor aborted.

use http::{HeaderMap, Method};

use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::request::listing::{Listing, Page, in_order, listed, names};
use crate::{Bucket, Timestamp, xml};

/// A `ListMultipartUploads` request; [`uploads`](Self::uploads) sends it, as often as there are pages.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListMultipartUploadsRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// An upload that is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedUpload {
    /// The object's name.
    pub key: String,
    /// What parts, completion and abortion name the upload by.
    pub upload_id: String,
    /// When it was begun.
    pub initiated: Option<Timestamp>,
    /// The storage class that the object will have.
    pub storage_class: Option<String>,
}

/// What a list of uploads consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadEntry {
    /// An upload.
    Upload(ListedUpload),
    /// All uploads whose names begin so, up to the next delimiter.
    Prefix(String),
}

listed! {
    ListMultipartUploadsRequest: "max-uploads";
}

names! {
    ListMultipartUploadsRequest;
}

impl ListMultipartUploadsRequest {
    pub(crate) fn new(bucket: Bucket) -> Self {
        let request = Unsigned::without_key("ListMultipartUploads", Method::GET);
        let mut request = request.sub_resource("uploads");
        request.query("encoding-type", "url");
        Self { bucket, request }
    }

    /// Begins after this name.
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.request.query("key-marker", key);
        self
    }

    /// The uploads, by name and then by age.
    pub fn uploads(self) -> Listing<UploadEntry> {
        Listing::new(self.bucket.place().clone(), self.request, read)
    }
}

fn read(_: &HeaderMap, body: &[u8]) -> Result<Page<UploadEntry>, Failure> {
    let root = xml::document(body, "ListMultipartUploadsResult")?;
    let names = root.names();
    let mut uploads = Vec::new();
    for node in root.all("Upload") {
        uploads.push(UploadEntry::Upload(ListedUpload {
            key: names.required(node, "Key")?,
            upload_id: node.required("UploadId")?,
            initiated: node.time("Initiated"),
            storage_class: node.owned("StorageClass"),
        }));
    }
    let items = in_order(&root, uploads, UploadEntry::Prefix, |entry| match entry {
        UploadEntry::Upload(upload) => upload.key.as_str(),
        UploadEntry::Prefix(prefix) => prefix,
    })?;
    Page::read(&root, items, || {
        let mut next = vec![("key-marker", names.required(&root, "NextKeyMarker")?)];
        next.extend(root.owned("NextUploadIdMarker").map(|id| ("upload-id-marker", id)));
        Ok(next)
    })
}
