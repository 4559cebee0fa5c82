//! Writing OSS's XML documents. Every text is escaped; element names are our own.

/// A document that is being written.
#[derive(Debug)]
pub(crate) struct Xml(String);

impl Xml {
    /// An empty document with its declaration.
    pub(crate) fn document() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    /// An element and what `content` writes into it.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.tag("<", name);
        content(self);
        self.tag("</", name);
    }

    /// An element that holds a text.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.element(name, |xml| xml.characters(value));
    }

    /// An element that holds a number or another thing that can be shown.
    pub(crate) fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        self.text(name, &value.to_string());
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn tag(&mut self, before: &str, name: &str) {
        self.0.push_str(before);
        self.0.push_str(name);
        self.0.push('>');
    }

    /// A text, escaped.
    pub(crate) fn characters(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&apos;"),
                '\t' | '\n' => self.0.push(character),
                // XML 1.0 has no place for these; the service writes such references all the same.
                control if control.is_control() => {
                    self.0.push_str(&format!("&#x{:X};", u32::from(control)));
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
    fn texts_are_escaped_and_nested() {
        let mut xml = Xml::document();
        xml.element("A", |xml| {
            xml.text("B", "<&>\"'\r\n😀");
            xml.value("C", 7);
        });
        assert_eq!(
            xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A><B>&lt;&amp;&gt;&quot;&apos;&#xD;\n😀</B><C>7</C></A>"
        );
    }
}
