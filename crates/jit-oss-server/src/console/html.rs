//! Writing HTML. Whatever is not a part of this program goes through [`Html::text`].

/// A piece of a page.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// A text, escaped for content and for quoted attributes. Characters that are not seen, or that turn the
    /// direction of what follows, are shown by their numbers.
    pub(super) fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                '\n' | '\t' => self.0.push(character),
                hidden if is_hidden(hidden) => {
                    self.0.push_str(&hidden.escape_unicode().to_string());
                }
                other => self.0.push(other),
            }
        }
    }

    /// An attribute that holds exactly `value`: nothing in it is shown otherwise.
    pub(super) fn attribute(&mut self, name: &'static str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        for character in value.chars() {
            match character {
                '&' => self.raw("&amp;"),
                '"' => self.raw("&quot;"),
                '<' => self.raw("&lt;"),
                // A parser would make a newline of it.
                '\r' => self.raw("&#13;"),
                other => self.0.push(other),
            }
        }
        self.raw("\"");
    }

    pub(super) fn add(&mut self, piece: Self) {
        self.0.push_str(&piece.0);
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_is_escaped() {
        let mut html = Html::default();
        html.raw("<a");
        html.attribute("href", "x\"><script>&'\r\n");
        html.raw(">");
        html.text("</a><script>\"'&\r\u{202E}ü😀");
        assert_eq!(
            html.finish(),
            "<a href=\"x&quot;>&lt;script>&amp;'&#13;\n\">&lt;/a&gt;&lt;script&gt;&quot;&#39;&amp;\\u{d}\\u{202e}ü😀"
        );
    }
}
