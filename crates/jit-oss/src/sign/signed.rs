//! What a signature adds to a request.

use std::fmt;

/// The most values that are added.
const MOST: usize = 7;

/// A finished signature and what to add to the request so that it carries it.
///
/// `Debug` shows the names of what is added and no value: a signature is a secret while it lasts.
#[derive(Clone)]
pub struct Signed {
    /// The values, one after the other: one piece of memory for all of them.
    text: String,
    /// The names of the values. What a request does not need has an empty one.
    names: &'static [&'static str],
    /// Where the values end, and before that where the first begins.
    ends: [usize; MOST + 1],
    len: usize,
    /// Where the signature begins; it ends with the last value.
    signature: usize,
}

impl Signed {
    /// Nothing yet, with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize, names: &'static [&'static str]) -> Self {
        let text = String::with_capacity(bytes);
        Self { text, names, ends: [0; MOST + 1], len: 0, signature: 0 }
    }

    /// Adds the next value, made of parts.
    #[inline]
    pub(super) fn add(&mut self, parts: &[&str]) {
        self.put(parts);
        self.end();
    }

    /// Adds the next value, a number.
    pub(super) fn add_number(&mut self, value: u64) {
        put_number(&mut self.text, value);
        self.end();
    }

    /// Begins the next value, or goes on with it.
    #[inline]
    pub(super) fn put(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(part);
        }
    }

    /// Ends the value that was begun with the signature.
    pub(super) fn add_signature(&mut self, signature: &str) {
        self.signature = self.text.len();
        self.add(&[signature]);
    }

    fn end(&mut self) {
        self.len += 1;
        if let Some(end) = self.ends.get_mut(self.len) {
            *end = self.text.len();
        }
    }

    /// Headers (header signing) or query parameters (presigning) to add, unescaped.
    pub fn added(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let ends = self.ends.get(..=self.len).unwrap_or_default();
        let values = ends.windows(2).map(|ends| match *ends {
            [start, end] => self.text.get(start..end).unwrap_or_default(),
            _ => "",
        });
        self.names.iter().copied().zip(values).filter(|(_, value)| !value.is_empty())
    }

    /// The signature by itself: hex in V4, base64 in V1.
    #[must_use]
    pub fn signature(&self) -> &str {
        self.text.get(self.signature..).unwrap_or_default()
    }
}

/// In decimal digits, without what `write!` does besides.
pub(super) fn put_number(out: &mut String, number: u64) {
    if number >= 10 {
        put_number(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.added().map(|(name, _)| name).collect();
        f.debug_struct("Signed").field("added", &names).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_added() {
        let mut signed = Signed::with_capacity(0, &["a", "b", "c", "d"]);
        signed.add(&["1", "2"]);
        signed.add(&[]);
        signed.add_number(604_800);
        signed.put(&["x", "="]);
        signed.add_signature("hush");
        assert_eq!(
            signed.added().collect::<Vec<_>>(),
            [("a", "12"), ("c", "604800"), ("d", "x=hush")]
        );
        assert_eq!(signed.signature(), "hush");
        assert_eq!(format!("{signed:?}"), r#"Signed { added: ["a", "c", "d"], .. }"#);
    }
}
