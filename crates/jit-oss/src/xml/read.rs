//! A document as a tree of elements: names without their namespace, text, children.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use crate::error::failure::Failure;
use crate::{Timestamp, escape};

/// Documents of OSS are four elements deep.
const DEEPEST: usize = 16;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// The text directly in it, unescaped.
    pub(crate) text: String,
    pub(crate) children: Vec<Node>,
}

impl Node {
    /// Reads the outermost element; `None` when the document is broken or cut off.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open: Vec<Self> = Vec::with_capacity(DEEPEST);
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    if open.len() == DEEPEST {
                        return None;
                    }
                    let name = start.local_name().as_ref().to_owned();
                    open.push(Self { name, ..Self::default() });
                }
                Event::Empty(empty) => {
                    let name = empty.local_name().as_ref().to_owned();
                    let node = Self { name, ..Self::default() };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Some(node),
                    }
                }
                Event::Text(text) => add(&mut open, &text.xml10_content())?,
                Event::CData(text) => add(&mut open, &text.xml10_content())?,
                Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                    Some(character) => add(&mut open, character.encode_utf8(&mut [0; 4]))?,
                    None => add(&mut open, resolve_predefined_entity(&reference)?)?,
                },
                Event::End(_) => {
                    let node = open.pop()?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Some(node),
                    }
                }
                Event::Eof => return None,
                _ => {}
            }
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// A child's text; an empty or missing one is none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A child's text that has to be there.
    pub(crate) fn required(&self, name: &str) -> Result<String, Failure> {
        self.owned(name).ok_or_else(|| self.without(name))
    }

    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, Failure> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => {
                let message = format!("<{name}> in the answer's <{}> is no number", self.name);
                Err(Failure::Protocol(message))
            }
        }
    }

    pub(crate) fn required_number<N: std::str::FromStr>(&self, name: &str) -> Result<N, Failure> {
        self.number(name)?.ok_or_else(|| self.without(name))
    }

    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name).and_then(Timestamp::parse_iso_extended)
    }

    /// An entity tag, without quotes.
    pub(crate) fn etag(&self, name: &str) -> Option<String> {
        self.text(name).map(|etag| etag.trim().trim_matches('"').to_owned())
    }

    pub(crate) fn required_etag(&self, name: &str) -> Result<String, Failure> {
        let etag = self.etag(name).filter(|etag| !etag.is_empty());
        etag.ok_or_else(|| self.without(name))
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
    }

    /// How the document writes names: [`Names::Url`] when it says so.
    pub(crate) fn names(&self) -> Names {
        match self.text("EncodingType") {
            Some("url") => Names::Url,
            _ => Names::Plain,
        }
    }

    fn without(&self, name: &str) -> Failure {
        Failure::Protocol(format!("the answer's <{}> has no <{name}>", self.name))
    }
}

/// How a document writes the names of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Plain,
    Url,
}

impl Names {
    /// The name in a child, decoded; an empty or missing one is none.
    pub(crate) fn get(self, node: &Node, name: &str) -> Result<Option<String>, Failure> {
        match node.child(name).filter(|child| !child.text.is_empty()) {
            Some(child) => self.decode(child).map(Some),
            None => Ok(None),
        }
    }

    /// The name that an element holds.
    pub(crate) fn decode(self, node: &Node) -> Result<String, Failure> {
        match self {
            Self::Plain => Ok(node.text.clone()),
            Self::Url => escape::decode_query(&node.text).ok_or_else(|| {
                Failure::Protocol(format!("the answer's <{}> is badly escaped", node.name))
            }),
        }
    }

    pub(crate) fn required(self, node: &Node, name: &str) -> Result<String, Failure> {
        self.get(node, name)?.ok_or_else(|| node.without(name))
    }
}

/// Adds to the text of the element that is open. Around the outermost one there is nothing but space.
fn add(open: &mut [Node], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(node) => node.text.push_str(text),
        None if text.chars().all(char::is_whitespace) => {}
        None => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_local_name() {
        let document =
            b"<?xml version='1.0'?><x:A xmlns:x='u'><B>1</B><x:B>2</x:B><C/><D> </D></x:A>";
        let root = Node::parse(document).unwrap();
        let texts: Vec<_> = root.all("B").map(|b| b.text.as_str()).collect();
        assert_eq!((root.name.as_str(), texts), ("A", vec!["1", "2"]));
        assert_eq!((root.text("C"), root.text("D"), root.text("E")), (None, Some(" "), None));
        assert_eq!(root.number::<u32>("B").ok(), Some(Some(1)));
        assert!(root.required("E").is_err() && root.number::<u32>("D").is_err());
    }

    #[test]
    fn names_are_decoded_only_when_the_document_says_so() {
        let parse = |text: &str| Node::parse(text.as_bytes()).unwrap();
        let url = parse("<L><EncodingType>url</EncodingType><Key>a%2Fb%20c+%2B</Key></L>");
        assert_eq!(url.names().get(&url, "Key").ok(), Some(Some("a/b c +".to_owned())));
        let plain = parse("<L><Key>a%2Fb+</Key></L>");
        assert_eq!(plain.names().get(&plain, "Key").ok(), Some(Some("a%2Fb+".to_owned())));
        let broken = parse("<L><EncodingType>url</EncodingType><Key>a%2</Key></L>");
        assert!(broken.names().get(&broken, "Key").is_err());
    }

    #[test]
    fn a_document_that_is_too_deep_is_not_read() {
        let nest = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(Node::parse(nest(DEEPEST).as_bytes()).is_some());
        assert!(Node::parse(nest(100_000).as_bytes()).is_none());
    }
}
