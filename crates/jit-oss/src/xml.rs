//! Reading OSS's XML. Namespaces are ignored; unknown elements are skipped.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// What is kept of an error document. The elements that explain a wrong signature are left out on
/// purpose: they repeat tokens.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorDocument {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) ec: Option<String>,
    pub(crate) endpoint: Option<String>,
}

impl ErrorDocument {
    fn field(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "Code" => &mut self.code,
            "Message" => &mut self.message,
            "RequestId" => &mut self.request_id,
            "EC" => &mut self.ec,
            "Endpoint" => &mut self.endpoint,
            _ => return None,
        })
    }
}

/// Reads `<Error><Code>..</Code>..</Error>`; `None` when it is not that, or is cut off.
pub(crate) fn error_document(body: &[u8]) -> Option<ErrorDocument> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut document = ErrorDocument::default();
    let mut depth = 0_u32;
    let mut open = String::new();
    let mut value = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                let name = start.local_name();
                match depth {
                    1 if name.as_ref() != "Error" => return None,
                    2 => name.as_ref().clone_into(&mut open),
                    _ => {}
                }
                value.clear();
            }
            Event::Text(text) => value.push_str(&text.xml10_content()),
            Event::CData(text) => value.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(character) => value.push(character),
                None => value.push_str(resolve_predefined_entity(&reference)?),
            },
            Event::End(_) => {
                if depth == 2
                    && let Some(field) = document.field(&open)
                {
                    *field = Some(value.trim().to_owned());
                }
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return document.code.is_some().then_some(document);
                }
            }
            Event::Eof => return None,
            Event::Empty(_) if depth == 0 => return None,
            _ => {}
        }
    }
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
        ] {
            check(text, None);
        }
        assert_eq!(error_document(b"\xff\xfe"), None);
    }
}
