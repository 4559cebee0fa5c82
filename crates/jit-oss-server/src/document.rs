//! Reading XML documents that clients send, within limits.
//!
//! Lenient where OSS is: a control character may be written as a reference, which XML 1.0 forbids, and
//! namespaces do not matter.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// How deep elements may be nested; no document of OSS comes near.
const MAX_DEPTH: usize = 16;

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// The text that stands directly in it.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Reads a document; `None` when it is not well-formed, or its root is not called `root`.
    pub(crate) fn parse(body: &[u8], root: &str) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut reader = Reader::from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text));
        let (mut open, mut document) = (Vec::<Self>::new(), None);
        loop {
            match reader.read_event().ok()? {
                Event::Start(_) if open.len() == MAX_DEPTH || document.is_some() => return None,
                Event::Start(start) => open.push(named(start.local_name().as_ref())),
                Event::Empty(_) if document.is_some() => return None,
                Event::Empty(empty) => {
                    close(named(empty.local_name().as_ref()), &mut open, &mut document);
                }
                Event::End(_) => close(open.pop()?, &mut open, &mut document),
                Event::Text(text) => append(&mut open, &text)?,
                Event::CData(text) => open.last_mut()?.text.push_str(&text),
                Event::GeneralRef(name) => push_reference(&mut open.last_mut()?.text, &name)?,
                Event::Eof => break,
                _ => {}
            }
        }
        document.filter(|document| open.is_empty() && document.name == root)
    }

    /// The children of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name, without white space around it.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}

fn named(name: &str) -> Element {
    Element { name: name.to_owned(), ..Element::default() }
}

fn close(element: Element, open: &mut [Element], document: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *document = Some(element),
    }
}

/// Text outside of the document may only be white space.
fn append(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

/// Appends what `&amp;` or `&#9;` stands for.
fn push_reference(value: &mut String, name: &BytesRef<'_>) -> Option<()> {
    match name.resolve_char_ref().ok()? {
        Some(character) => value.push(character),
        None => value.push_str(resolve_predefined_entity(name)?),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_with_all_its_escapes() {
        let list = Element::parse(
            "<?xml version=\"1.0\"?>\n<x:Delete xmlns:x='y'>\n <Quiet> true </Quiet><Empty/>\n <Object>\
             <Key>a&amp;&#9;&#x1;b </Key></Object><Object><Key><![CDATA[<c>]]></Key></Object></x:Delete>\n"
                .as_bytes(),
            "Delete",
        );
        let list = list.unwrap();
        assert_eq!((list.value("Quiet"), list.value("Empty")), (Some("true"), Some("")));
        let keys: Vec<_> = list.all("Object").map(|object| &object.children[0].text).collect();
        assert_eq!(keys, ["a&\t\u{1}b ", "<c>"]);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in
            ["", "{}", "x<A/>", "<A/><A/>", "<A>", "<A></B>", "<A>&nbsp;</A>", "<B/>", "<A/>x"]
        {
            assert_eq!(Element::parse(text.as_bytes(), "A"), None, "{text}");
        }
        assert_eq!(Element::parse(b"<A>\xFF</A>", "A"), None);
        let nested = |depth| format!("{}{}", "<A>".repeat(depth), "</A>".repeat(depth));
        assert!(Element::parse(nested(MAX_DEPTH).as_bytes(), "A").is_some());
        assert_eq!(Element::parse(nested(MAX_DEPTH + 1).as_bytes(), "A"), None);
    }
}
