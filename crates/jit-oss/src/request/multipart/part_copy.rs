//! `UploadPartCopy`: fills one part from an object that OSS has already.

use std::ops::RangeInclusive;

use http::{HeaderMap, HeaderName, Method};

use super::CompletedPart;
use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::request::copy_source::CopySource;
use crate::request::headers::headers;
use crate::request::{Unsigned, awaited};
use crate::{Bucket, Receipt, Result, response, xml};

const COPY_SOURCE_RANGE: HeaderName = HeaderName::from_static("x-oss-copy-source-range");

/// An `UploadPartCopy` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct UploadPartCopyRequest {
    bucket: Bucket,
    request: Unsigned,
    source: CopySource,
    number: u32,
}

/// What `UploadPartCopy` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadPartCopy {
    /// The part's number.
    pub number: u32,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its checksum as OSS computed it, where OSS says it.
    pub crc64: Option<u64>,
    /// The version that was copied.
    pub source_version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

impl UploadPartCopy {
    /// What completion wants to know of the part.
    #[must_use]
    pub fn completed(&self) -> CompletedPart {
        CompletedPart::new(self.number, self.etag.as_str())
    }
}

receipted!(UploadPartCopy);
awaited!(UploadPartCopyRequest => UploadPartCopy);
headers! {
    UploadPartCopyRequest: source, traffic_limit;
}

impl UploadPartCopyRequest {
    pub(crate) fn new(
        bucket: Bucket,
        source: String,
        key: String,
        upload_id: String,
        number: u32,
    ) -> Self {
        let mut request = Unsigned::new("UploadPartCopy", Method::PUT, key);
        request.part_number(number);
        request.upload_id(upload_id);
        Self { bucket, request, source: CopySource::new(source), number }
    }

    /// Copies these bytes only, first and last included, counted from 0.
    pub fn source_range(mut self, range: RangeInclusive<u64>) -> Self {
        if range.is_empty() {
            self.request.refuse("the source's range is empty".to_owned());
        }
        let value = format!("bytes={}-{}", range.start(), range.end());
        self.request.set(COPY_SOURCE_RANGE, &value);
        self
    }

    async fn send(mut self) -> Result<UploadPartCopy> {
        self.source.write(&mut self.request, self.bucket.name());
        let number = self.number;
        let read = |headers: &HeaderMap, body: &[u8]| read(headers, body, number);
        self.bucket.place().run_document(self.request, read).await
    }
}

fn read(
    headers: &HeaderMap,
    body: &[u8],
    number: u32,
) -> std::result::Result<UploadPartCopy, Failure> {
    let root = xml::document(body, "CopyPartResult")?;
    Ok(UploadPartCopy {
        number,
        etag: root.required_etag("ETag")?,
        crc64: response::crc64(headers)?,
        source_version_id: response::text(headers, "x-oss-copy-source-version-id"),
        receipt: Receipt::default(),
    })
}
