//! `CopyObject`: makes an object of another one, without its content passing here.

use http::{HeaderMap, HeaderName, Method};

use super::copy_source::CopySource;
use super::headers::headers;
use super::{Unsigned, awaited};
use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::{Bucket, Receipt, Result, Timestamp, response, xml};

const METADATA_DIRECTIVE: HeaderName = HeaderName::from_static("x-oss-metadata-directive");
const TAGGING_DIRECTIVE: HeaderName = HeaderName::from_static("x-oss-tagging-directive");

/// A `CopyObject` request; `.await` sends it. The copy has the source's metadata and tags unless told
/// otherwise, and never its ACL.
///
/// OSS copies at most 5 GB so, and 1 GB when the storage class or the encryption changes.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct CopyObjectRequest {
    bucket: Bucket,
    request: Unsigned,
    source: CopySource,
}

/// What `CopyObject` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyObject {
    /// The copy's entity tag, without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Option<Timestamp>,
    /// The checksum of the copy as OSS computed it.
    pub crc64: Option<u64>,
    /// The version that was written, in a bucket with versioning.
    pub version_id: Option<String>,
    /// The version that was copied.
    pub source_version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(CopyObject);
awaited!(CopyObjectRequest => CopyObject);
headers! {
    CopyObjectRequest: source, content, storage, acl, tags, forbid_overwrite;
}

impl CopyObjectRequest {
    pub(crate) fn new(bucket: Bucket, source: String, key: String) -> Self {
        let request = Unsigned::new("CopyObject", Method::PUT, key);
        Self { bucket, request, source: CopySource::new(source) }
    }

    /// Gives the copy the metadata that is set here (content type, user metadata and the like), and
    /// nothing of the source's. Without it, what is set here is ignored by OSS.
    pub fn replace_metadata(mut self) -> Self {
        self.request.set_static(METADATA_DIRECTIVE, "REPLACE");
        self
    }

    /// Gives the copy the tags that are set here, and none of the source's.
    pub fn replace_tags(mut self) -> Self {
        self.request.set_static(TAGGING_DIRECTIVE, "Replace");
        self
    }

    async fn send(mut self) -> Result<CopyObject> {
        self.source.write(&mut self.request, self.bucket.name());
        self.bucket.place().run_document(self.request, read).await
    }
}

fn read(headers: &HeaderMap, body: &[u8]) -> std::result::Result<CopyObject, Failure> {
    let root = xml::document(body, "CopyObjectResult")?;
    Ok(CopyObject {
        etag: root.required_etag("ETag")?,
        last_modified: root.time("LastModified"),
        crc64: response::crc64(headers)?,
        version_id: response::version_id(headers),
        source_version_id: response::text(headers, "x-oss-copy-source-version-id"),
        receipt: Receipt::default(),
    })
}
