//! Reading and writing OSS's XML. Namespaces are ignored; elements that nobody asks for are skipped.

use crate::error::failure::Failure;

mod read;
mod write;

pub(crate) use read::{Names, Node};
pub(crate) use write::Writer;

/// What is kept of an error document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorDocument {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) ec: Option<String>,
    pub(crate) endpoint: Option<String>,
}

/// What OSS says that it would have signed: the canonical request in V4, the string to sign in V1. It
/// repeats tokens, so nobody may see it as it is.
pub(crate) fn signed_by_oss(body: &[u8], v4: bool) -> Option<String> {
    let root = Node::parse(body)?;
    root.owned(if v4 { "CanonicalRequest" } else { "StringToSign" })
}

/// Reads `<Error><Code>..</Code>..</Error>`; `None` when it is not that, or is cut off.
pub(crate) fn error_document(body: &[u8]) -> Option<ErrorDocument> {
    let root = Node::parse(body)?;
    let text = |name: &str| root.child(name).map(|child| child.text.trim().to_owned());
    let document = ErrorDocument {
        code: text("Code"),
        message: text("Message"),
        request_id: text("RequestId"),
        ec: text("EC"),
        endpoint: text("Endpoint"),
    };
    (root.name == "Error" && document.code.is_some()).then_some(document)
}

/// Whether a document that came with success is an error all the same.
pub(crate) fn is_error(body: &[u8]) -> bool {
    // Cheap first: documents of a thousand entries are read once, by who wants them.
    let start = body.get(..body.len().min(256)).unwrap_or_default();
    let mentions = start.windows(5).any(|window| window == b"Error");
    mentions && error_document(body).is_some()
}

/// Reads a document whose outermost element is one of `roots`.
pub(crate) fn document(body: &[u8], root: &str) -> Result<Node, Failure> {
    Node::parse(body)
        .filter(|node| node.name == root)
        .ok_or_else(|| Failure::Protocol(format!("the answer is no readable <{root}>")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Option<&str>)>) {
        let found = error_document(text.as_bytes());
        let found = found.map(|d| (d.code.unwrap_or_default(), d.message));
        let found = found.as_ref().map(|(code, message)| (code.as_str(), message.as_deref()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn error_documents_of_every_shape() {
        check("<Error><Code>A</Code><Message>b</Message></Error>", Some(("A", Some("b"))));
        check(
            "\u{feff}<?xml version=\"1.0\"?>\n<x:Error xmlns:x=\"http://d\">\n <x:Code> A </x:Code>\n</x:Error>",
            Some(("A", None)),
        );
        check(
            "<Error><Code>A</Code><Message>a &lt; &#98; &amp; <![CDATA[<c>]]></Message></Error>",
            Some(("A", Some("a < b & <c>"))),
        );
        check("<Error><Code>A</Code><Other><Code>B</Code></Other></Error>", Some(("A", None)));
        check("<Error><Code>A</Code><Other/></Error>", Some(("A", None)));
    }

    #[test]
    fn what_is_no_error_document() {
        for text in [
            "",
            "no xml",
            "<Error/>",
            "<Error></Error>",
            "<html><Code>A</Code></html>",
            "<Error><Code>A</Code>",
            "<Error><Code>A</Other></Error>",
            "<Error><Code>&nope;</Code></Error>",
            "</Error>",
            "=?xml version=\"1.0\"?><Error><Code>A</Code></Error>",
        ] {
            check(text, None);
        }
        assert_eq!(error_document(b"\xff\xfe"), None);
    }
}
