//! Percent-escaping as OSS defines it: every byte but `A-Z a-z 0-9 - . _ ~`, upper-case hex.
//!
//! Nothing is ever normalised: `a/../b`, `//` and a literal `%2F` are legal parts of an object name
//! and come back as they went.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn put_escaped(out: &mut Vec<u8>, text: &str, keep_slash: bool) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let plain = rest
            .iter()
            .position(|&b| !(is_unreserved(b) || (keep_slash && b == b'/')))
            .unwrap_or(rest.len());
        let (kept, tail) = rest.split_at(plain);
        out.extend_from_slice(kept);
        rest = tail;
        if let Some((&byte, tail)) = rest.split_first() {
            let [high, low] = [byte >> 4, byte & 15].map(|nibble| HEX[usize::from(nibble)]);
            out.extend_from_slice(&[b'%', high, low]);
            rest = tail;
        }
    }
}

/// Escapes an object name, keeping `/`.
pub(crate) fn put_path(out: &mut Vec<u8>, key: &str) {
    put_escaped(out, key, true);
}

/// Escapes a query name or value; `/` is escaped too.
pub(crate) fn put_query(out: &mut Vec<u8>, text: &str) {
    put_escaped(out, text, false);
}

/// The bytes of `text` as [`put_query`] would write them, for sorting without allocating.
pub(crate) fn query_bytes(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().flat_map(|byte| {
        let plain = is_unreserved(byte);
        let [high, low] = [byte >> 4, byte & 15].map(|nibble| HEX[usize::from(nibble)]);
        let escaped = if plain { [byte, 0, 0] } else { [b'%', high, low] };
        escaped.into_iter().take(if plain { 1 } else { 3 })
    })
}

fn to_string(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    // Escaped text is ASCII, so nothing is ever replaced here.
    String::from_utf8(out).unwrap_or_default()
}

/// An object name as it stands in a URL's path: escaped once, `/` kept.
///
/// ```
/// assert_eq!(jit_oss::escape::path("a b/../100%.txt"), "a%20b/../100%25.txt");
/// ```
#[must_use]
pub fn path(key: &str) -> String {
    to_string(|out| put_path(out, key))
}

/// A query name or value as it stands in a URL: escaped once, `/` escaped too.
///
/// ```
/// assert_eq!(jit_oss::escape::query("text/plain; a+b"), "text%2Fplain%3B%20a%2Bb");
/// ```
#[must_use]
pub fn query(text: &str) -> String {
    to_string(|out| put_query(out, text))
}

/// Undoes [`path`]; `None` when a `%` is not followed by two hex digits or the result is not UTF-8.
#[must_use]
pub fn decode_path(text: &str) -> Option<String> {
    decode(text, false)
}

/// Undoes [`query`], reading `+` as a space, as OSS does for incoming queries.
#[must_use]
pub fn decode_query(text: &str) -> Option<String> {
    decode(text, true)
}

fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    fn nibble(digit: Option<&u8>) -> Option<u8> {
        char::from(*digit?).to_digit(16).and_then(|value| u8::try_from(value).ok())
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes().iter();
    while let Some(&byte) = bytes.next() {
        out.push(match byte {
            b'%' => nibble(bytes.next())? << 4 | nibble(bytes.next())?,
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_decodes_to_itself() {
        for text in ["", "a/../b//", "%2F", "+ +", "目录/😀", "\u{1}\n~-._", "'()*!"] {
            assert_eq!(decode_path(&path(text)).as_deref(), Some(text));
            assert_eq!(decode_query(&query(text)).as_deref(), Some(text));
            assert_eq!(query_bytes(text).collect::<Vec<_>>(), query(text).as_bytes());
        }
    }

    #[test]
    fn a_plus_is_a_space_in_a_query_only() {
        assert_eq!(decode_query("a+b").as_deref(), Some("a b"));
        assert_eq!(decode_path("a+b").as_deref(), Some("a+b"));
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(decode_path(text), None, "{text}");
        }
    }
}
