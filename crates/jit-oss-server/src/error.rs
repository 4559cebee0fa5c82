//! What OSS answers when it refuses: status, code, message, EC and the elements beside them.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderName, StatusCode};

use crate::xml::Xml;

/// A refusal, as the XML error document carries it.
#[derive(Debug)]
pub(crate) struct OssError {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    message: Cow<'static, str>,
    pub(crate) ec: Option<&'static str>,
    extra: Vec<(&'static str, String)>,
    /// Boxed, as a result is as large as the largest error.
    pub(crate) aside: Box<Aside>,
}

/// What goes along with the document.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    pub(crate) headers: Vec<(HeaderName, String)>,
    /// What the log says and the client does not hear.
    pub(crate) diagnosis: Option<String>,
}

impl fmt::Display for OssError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<std::io::Error> for OssError {
    fn from(error: std::io::Error) -> Self {
        Self::internal(&error)
    }
}

impl OssError {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { status, code, message, ec: None, extra: Vec::new(), aside: Box::default() }
    }

    /// Says more to whoever runs the server.
    pub(crate) fn diagnosis(mut self, text: String) -> Self {
        self.aside.diagnosis = Some(text);
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.aside.headers.push((HeaderName::from_static(name), value.into()));
        self
    }

    /// Adds the EC, which says more precisely than the code what happened.
    pub(crate) fn ec(mut self, ec: &'static str) -> Self {
        self.ec = Some(ec);
        self
    }

    /// Adds an element to the document.
    pub(crate) fn with(mut self, element: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((element, value.into()));
        self
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn forbidden(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(crate) fn invalid_argument(
        name: &str,
        value: &str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::bad_request("InvalidArgument", message)
            .with("ArgumentName", name)
            .with("ArgumentValue", value)
    }

    /// What OSS knows and this server does not. 400 and not 501, because clients repeat a 501.
    pub(crate) fn not_implemented(what: &str) -> Self {
        Self::bad_request("NotImplemented", format!("This server does not implement {what}."))
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist.")
            .ec("0015-00000101")
            .with("BucketName", bucket)
    }

    pub(crate) fn no_such_key(key: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
            .ec("0026-00000001")
            .with("Key", key)
    }

    pub(crate) fn no_such_upload(id: &str) -> Self {
        let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may \
                       have been aborted or completed.";
        Self::new(StatusCode::NOT_FOUND, "NoSuchUpload", message)
            .ec("0042-00000311")
            .with("UploadId", id)
    }

    pub(crate) fn no_such_version(key: &str, version: &str) -> Self {
        let message = "The specified version does not exist.";
        Self::new(StatusCode::NOT_FOUND, "NoSuchVersion", message)
            .with("Key", key)
            .with("VersionId", version)
    }

    pub(crate) fn method_not_allowed(method: &str) -> Self {
        let message = "The specified method is not allowed against this resource.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
            .with("Method", method)
    }

    pub(crate) fn malformed_xml(what: &str) -> Self {
        let message = format!("The XML you provided was not well-formed or is no {what}.");
        Self::bad_request("MalformedXML", message)
    }

    pub(crate) fn file_already_exists(key: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "FileAlreadyExists",
            "The object you specified already exists and can not be overwritten.",
        )
        .ec("0026-00000002")
        .with("Key", key)
    }

    pub(crate) fn internal(what: &dyn fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            format!("The server met a problem of its own: {what}."),
        )
    }

    /// The error document.
    pub(crate) fn document(&self, request_id: &str, host: &str) -> String {
        let mut xml = Xml::document();
        xml.element("Error", |xml| {
            xml.text("Code", &self.code);
            xml.text("Message", &self.message);
            xml.text("RequestId", request_id);
            xml.text("HostId", host);
            for (name, value) in &self.extra {
                xml.text(name, value);
            }
            if let Some(ec) = self.ec {
                xml.text("EC", ec);
            }
        });
        xml.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_escapes_what_the_client_sent() {
        let error = OssError::no_such_key("<a>&\u{1}");
        assert_eq!(
            error.document("ID", "h"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
             <Message>The specified key does not exist.</Message><RequestId>ID</RequestId>\
             <HostId>h</HostId><Key>&lt;a&gt;&amp;&#x1;</Key><EC>0026-00000001</EC></Error>"
        );
    }
}
