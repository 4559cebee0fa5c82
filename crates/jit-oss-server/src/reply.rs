//! An answer before the connection adds what every answer has.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::body::Body;
use crate::handlers::attributes;
use crate::store::version::{Attributes, Version};
use crate::xml::Xml;

const MOST_HEADERS: usize = 24;

/// Status, headers and body of an answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// `Content-Length`; that of a `HEAD` is the length of the body a `GET` would have.
    pub(crate) length: u64,
}

impl Reply {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        // As many as most answers have, so that the map does not grow while it is filled.
        let headers = HeaderMap::with_capacity(MOST_HEADERS);
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

    /// Sets a header to what is always the same.
    pub(crate) fn fixed(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Sets a header. A value that no header can have is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            self.headers.insert(name, value);
        }
        self
    }
}
