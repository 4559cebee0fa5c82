//! An answer before the connection adds what every answer has.

use http::{HeaderName, HeaderValue, StatusCode, header};
use jit_oss::Timestamp;

use crate::body::Body;
use crate::digest::Etag;
use crate::handlers::attributes;
use crate::store::version::{Attributes, Version};
use crate::xml::Xml;

/// As many as most answers have, so that the list does not grow while it is filled.
const MOST_HEADERS: usize = 14;

/// Status, headers and body of an answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Of a name that is there twice, the last one counts.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    /// `Content-Length`; that of a `HEAD` is the length of the body a `GET` would have.
    pub(crate) length: u64,
}

impl Reply {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        let headers = Vec::with_capacity(MOST_HEADERS);
        Self { status, headers, body: Body::empty(), length: 0 }
    }

    /// 200 with an XML document whose root is `name`.
    pub(crate) fn xml(name: &str, content: impl FnOnce(&mut Xml)) -> Self {
        let mut xml = Xml::document();
        xml.element(name, content);
        Self::document(StatusCode::OK, xml.finish())
    }

    /// A finished XML document.
    pub(crate) fn document(status: StatusCode, document: String) -> Self {
        let mut reply = Self::empty(status).fixed(header::CONTENT_TYPE, "application/xml");
        reply.length = document.len() as u64;
        reply.body = document.into();
        reply
    }

    /// Says which version it is about, in a bucket that has versions.
    pub(crate) fn version(self, version: &Version, is_versioned: bool) -> Self {
        if !is_versioned {
            return self;
        }
        self.with(HeaderName::from_static("x-oss-version-id"), &version.id.to_string())
    }

    /// Says how it is encrypted.
    pub(crate) fn encryption(mut self, attributes: &Attributes) -> Self {
        for (name, value) in &attributes.headers {
            if attributes::is_encryption(name)
                && let Ok(name) = HeaderName::from_bytes(name.as_bytes())
            {
                self = self.with(name, value);
            }
        }
        self
    }

    /// Says what the content is.
    pub(crate) fn etag(self, etag: &Etag) -> Self {
        self.owned(header::ETAG, etag.quoted())
    }

    /// Sets a header to what is always the same.
    pub(crate) fn fixed(self, name: HeaderName, value: &'static str) -> Self {
        self.value(name, HeaderValue::from_static(value))
    }

    /// Sets a header to what is known to be able to stand in one.
    pub(crate) fn value(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sets a header to a number.
    pub(crate) fn number(self, name: HeaderName, value: u64) -> Self {
        self.owned(name, value.to_string())
    }

    /// Sets a header to a moment.
    pub(crate) fn date(self, name: HeaderName, value: Timestamp) -> Self {
        self.owned(name, value.http_date())
    }

    /// Sets a header. A value that no header can have is left out.
    pub(crate) fn with(self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_bytes(value.as_bytes()) {
            Ok(value) => self.value(name, value),
            Err(_) => self,
        }
    }

    /// The same, for a text that is not needed any more.
    pub(crate) fn owned(self, name: HeaderName, value: String) -> Self {
        match HeaderValue::try_from(value) {
            Ok(value) => self.value(name, value),
            Err(_) => self,
        }
    }
}
