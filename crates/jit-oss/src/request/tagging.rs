//! `PutObjectTagging`, `GetObjectTagging` and `DeleteObjectTagging`: up to ten names with values.

use http::{HeaderMap, Method};

use super::headers::headers;
use super::{Unsigned, awaited};
use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::{Bucket, Receipt, Result, response, xml};

const MAX_TAGS: usize = 10;

/// A `PutObjectTagging` request; `.await` sends it. What tags there were are gone.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PutObjectTaggingRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// A `GetObjectTagging` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetObjectTaggingRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// A `DeleteObjectTagging` request; `.await` sends it. It succeeds where there are no tags.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct DeleteObjectTaggingRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// The tags of an object; empty in answers to changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectTagging {
    /// Names and values, in the order OSS gives them.
    pub tags: Vec<(String, String)>,
    /// The version that was asked about or changed, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(ObjectTagging);
awaited! {
    PutObjectTaggingRequest => ObjectTagging,
    GetObjectTaggingRequest => ObjectTagging,
    DeleteObjectTaggingRequest => ObjectTagging,
}
headers! {
    PutObjectTaggingRequest: version;
    GetObjectTaggingRequest: version;
    DeleteObjectTaggingRequest: version;
}

impl PutObjectTaggingRequest {
    pub(crate) fn new(bucket: Bucket, key: String, tags: &[(String, String)]) -> Self {
        let request = Unsigned::new("PutObjectTagging", Method::PUT, key);
        let mut request = request.sub_resource("tagging");
        if tags.len() > MAX_TAGS {
            request.refuse(format!("an object has at most {MAX_TAGS} tags, not {}", tags.len()));
        }
        request.document(xml::Writer::document("Tagging", |writer| {
            writer.element("TagSet", |writer| {
                for (name, value) in tags {
                    writer.element("Tag", |writer| {
                        writer.text("Key", name);
                        writer.text("Value", value);
                    });
                }
            });
        }));
        Self { bucket, request }
    }

    async fn send(self) -> Result<ObjectTagging> {
        self.bucket.place().run_document(self.request, changed).await
    }
}

impl GetObjectTaggingRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        let request = Unsigned::new("GetObjectTagging", Method::GET, key).sub_resource("tagging");
        Self { bucket, request }
    }

    async fn send(self) -> Result<ObjectTagging> {
        self.bucket.place().run_document(self.request, read).await
    }
}

impl DeleteObjectTaggingRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        let request = Unsigned::new("DeleteObjectTagging", Method::DELETE, key);
        Self { bucket, request: request.sub_resource("tagging") }
    }

    async fn send(self) -> Result<ObjectTagging> {
        self.bucket.place().run_document(self.request, changed).await
    }
}

fn changed(headers: &HeaderMap, _: &[u8]) -> std::result::Result<ObjectTagging, Failure> {
    let version_id = response::version_id(headers);
    Ok(ObjectTagging { version_id, ..ObjectTagging::default() })
}

fn read(headers: &HeaderMap, body: &[u8]) -> std::result::Result<ObjectTagging, Failure> {
    let root = xml::document(body, "Tagging")?;
    let mut tags = Vec::new();
    for tag in root.child("TagSet").into_iter().flat_map(|set| set.all("Tag")) {
        tags.push((tag.required("Key")?, tag.owned("Value").unwrap_or_default()));
    }
    Ok(ObjectTagging { tags, ..changed(headers, body)? })
}
