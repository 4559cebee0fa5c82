//! `ListParts`: the parts that an upload has so far.

use http::{HeaderMap, Method};

use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::request::listing::{Listing, Page, listed};
use crate::xml::Node;
use crate::{Bucket, Timestamp, xml};

/// A `ListParts` request; [`parts`](Self::parts) sends it, as often as there are pages.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListPartsRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// A part of an upload that is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedPart {
    /// Its number.
    pub number: u32,
    /// Its size in bytes.
    pub size: u64,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its checksum, where OSS has one.
    pub crc64: Option<u64>,
    /// When it was written.
    pub last_modified: Option<Timestamp>,
}

listed! {
    ListPartsRequest: "max-parts";
}

impl ListPartsRequest {
    pub(crate) fn new(bucket: Bucket, key: String, upload_id: String) -> Self {
        let mut request = Unsigned::new("ListParts", Method::GET, key);
        request.upload_id(upload_id);
        request.query("encoding-type", "url");
        Self { bucket, request }
    }

    /// The parts, in order of their numbers.
    pub fn parts(self) -> Listing<ListedPart> {
        Listing::new(self.bucket.place().clone(), self.request, read)
    }
}

fn read(_: &HeaderMap, body: &[u8]) -> Result<Page<ListedPart>, Failure> {
    let root = xml::document(body, "ListPartsResult")?;
    let items = root.all("Part").map(part).collect::<Result<_, _>>()?;
    let marker = || root.required("NextPartNumberMarker");
    Page::read(&root, items, || Ok(vec![("part-number-marker", marker()?)]))
}

fn part(node: &Node) -> Result<ListedPart, Failure> {
    Ok(ListedPart {
        number: node.required_number("PartNumber")?,
        size: node.required_number("Size")?,
        etag: node.required_etag("ETag")?,
        crc64: node.number("HashCrc64ecma")?,
        last_modified: node.time("LastModified"),
    })
}
