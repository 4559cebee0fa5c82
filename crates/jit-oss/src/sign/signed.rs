//! What a signature adds to a request.

use std::fmt::{self, Write};
use std::ops::Range;

/// A finished signature and what to add to the request so that it carries it.
///
/// `Debug` shows the names of what is added and no value: a signature is a secret while it lasts.
#[derive(Clone)]
pub struct Signed {
    /// The values, one after the other: one piece of memory for all of them.
    text: String,
    /// Each name, and where its value ends; it begins where the one before ends.
    added: Vec<(&'static str, usize)>,
    signature: Range<usize>,
}

impl Signed {
    /// Nothing yet, with room for so many values of so many bytes in all.
    pub(super) fn with_capacity(values: usize, bytes: usize) -> Self {
        let (text, added) = (String::with_capacity(bytes), Vec::with_capacity(values));
        Self { text, added, signature: 0..0 }
    }

    /// Adds a value, made of parts.
    pub(super) fn add(&mut self, name: &'static str, parts: &[&str]) {
        parts.iter().for_each(|part| self.text.push_str(part));
        self.added.push((name, self.text.len()));
    }

    /// Adds a number.
    pub(super) fn add_number(&mut self, name: &'static str, value: u64) {
        // A `String` takes everything.
        self.text.write_fmt(format_args!("{value}")).unwrap_or_default();
        self.added.push((name, self.text.len()));
    }

    /// Adds a value, made of parts, that ends with the signature.
    pub(super) fn add_signed(&mut self, name: &'static str, before: &[&str], signature: &str) {
        before.iter().for_each(|part| self.text.push_str(part));
        let start = self.text.len();
        self.add(name, &[signature]);
        self.signature = start..self.text.len();
    }

    /// Headers (header signing) or query parameters (presigning) to add, unescaped.
    pub fn added(&self) -> impl ExactSizeIterator<Item = (&'static str, &str)> {
        let mut start = 0;
        self.added.iter().map(move |&(name, end)| {
            let value = self.text.get(start..end).unwrap_or_default();
            start = end;
            (name, value)
        })
    }

    /// The signature by itself: hex in V4, base64 in V1.
    #[must_use]
    pub fn signature(&self) -> &str {
        self.text.get(self.signature.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.added.iter().map(|(name, _)| name).collect();
        f.debug_struct("Signed").field("added", &names).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_added() {
        let mut signed = Signed::with_capacity(2, 0);
        signed.add("a", &["1", "2"]);
        signed.add("b", &[]);
        signed.add_signed("c", &["x="], "hush");
        assert_eq!(signed.added().collect::<Vec<_>>(), [("a", "12"), ("b", ""), ("c", "x=hush")]);
        assert_eq!(signed.signature(), "hush");
        assert!(!format!("{signed:?}").contains("hush"));
    }
}
