//! Writing the few documents that requests carry.

use std::fmt::Write as _;

/// A document that is being written. Element names are our own; texts are escaped.
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    /// A document whose outermost element is `root`.
    pub(crate) fn document(root: &str, content: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self::default();
        writer.element(root, content);
        writer.0
    }

    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.tag("<", name);
        content(self);
        self.tag("</", name);
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.element(name, |writer| writer.characters(text));
    }

    fn tag(&mut self, before: &str, name: &str) {
        self.0.push_str(before);
        self.0.push_str(name);
        self.0.push('>');
    }

    fn characters(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                // A parser would turn line ends into spaces or `\n`. XML 1.0 has no place for the other
                // control characters; Alibaba's own clients write them so, and OSS reads them.
                control if control.is_ascii_control() => {
                    // Writing to a `String` does not fail.
                    write!(self.0, "&#{};", u32::from(control)).unwrap_or_default();
                }
                other => self.0.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let document = Writer::document("A", |writer| writer.text("B", "<&>\"\r\n\u{1}\u{7f}😀"));
        assert_eq!(document, "<A><B>&lt;&amp;&gt;\"&#13;&#10;&#1;&#127;😀</B></A>");
        let read = super::super::Node::parse(document.as_bytes()).unwrap();
        assert_eq!(read.text("B"), Some("<&>\"\r\n\u{1}\u{7f}😀"));
    }
}
