//! `UploadPart`: writes one part.

use http::{HeaderName, Method, Response};

use super::CompletedPart;
use crate::error::failure::Failure;
use crate::payload::Sent;
use crate::receipt::receipted;
use crate::request::headers::headers;
use crate::request::{Unsigned, awaited};
use crate::{Body, Bucket, Payload, Receipt, Result, response};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// An `UploadPart` request; `.await` sends it. A part has at least 100 KB, unless it is the last, and at
/// most 5 GB; the same number again replaces it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct UploadPartRequest {
    bucket: Bucket,
    request: Unsigned,
    number: u32,
}

/// What `UploadPart` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadPart {
    /// The part's number.
    pub number: u32,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its checksum as OSS computed it.
    pub crc64: Option<u64>,
    /// How it came about.
    pub receipt: Receipt,
}

impl UploadPart {
    /// What completion wants to know of the part.
    #[must_use]
    pub fn completed(&self) -> CompletedPart {
        CompletedPart::new(self.number, self.etag.as_str())
    }
}

receipted!(UploadPart);
awaited!(UploadPartRequest => UploadPart);
headers! {
    UploadPartRequest: traffic_limit;
}

impl UploadPartRequest {
    pub(crate) fn new(
        bucket: Bucket,
        key: String,
        upload_id: String,
        number: u32,
        body: Payload,
    ) -> Self {
        let mut request = Unsigned::new("UploadPart", Method::PUT, key).storing(body);
        request.part_number(number);
        request.upload_id(upload_id);
        Self { bucket, request, number }
    }

    /// What it will send, for those who make several requests of one.
    pub(crate) fn request_mut(&mut self) -> &mut Unsigned {
        &mut self.request
    }

    /// Sets the base64 of the part's MD5, for OSS to check.
    pub fn content_md5(mut self, value: impl AsRef<str>) -> Self {
        self.request.set(CONTENT_MD5, value.as_ref());
        self
    }

    async fn send(self) -> Result<UploadPart> {
        let number = self.number;
        let read = |answer, sent| std::future::ready(read(&answer, &sent, number));
        self.bucket.place().run(&self.request, read).await
    }
}

fn read(
    answer: &Response<Body>,
    sent: &Sent,
    number: u32,
) -> std::result::Result<UploadPart, Failure> {
    let headers = answer.headers();
    let crc64 = response::crc64(headers)?;
    let mut receipt = Receipt::default();
    sent.verify(crc64, &mut receipt)?;
    Ok(UploadPart { number, etag: response::required_etag(headers)?, crc64, receipt })
}
