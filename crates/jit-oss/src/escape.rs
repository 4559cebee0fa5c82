//! Percent-escaping as OSS defines it: every byte but `A-Z a-z 0-9 - . _ ~`, upper-case hex.
//!
//! Nothing is ever normalised: `a/../b`, `//` and a literal `%2F` are legal parts of an object name
//! and come back as they went.

use std::cmp::Ordering;

/// Every byte escaped, one after the other.
const ESCAPED: [u8; 3 * 256] = {
    let digits = b"0123456789ABCDEF";
    let mut all = [b'%'; 3 * 256];
    let mut byte = 0;
    while byte < 256 {
        all[3 * byte + 1] = digits[byte >> 4];
        all[3 * byte + 2] = digits[byte & 15];
        byte += 1;
    }
    all
};

fn escaped(byte: u8) -> &'static str {
    const TEXT: &str = match std::str::from_utf8(&ESCAPED) {
        Ok(text) => text,
        Err(_) => "",
    };
    let start = 3 * usize::from(byte);
    TEXT.get(start..start + 3).unwrap_or_default()
}

/// What stands for itself, byte by byte.
type Plain = [bool; 256];

const fn plain(keep_slash: bool) -> Plain {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let ascii = byte as u8;
        plain[byte] = ascii.is_ascii_alphanumeric()
            || matches!(ascii, b'-' | b'.' | b'_' | b'~')
            || (keep_slash && ascii == b'/');
        byte += 1;
    }
    plain
}

static IN_PATH: Plain = plain(true);
static IN_QUERY: Plain = plain(false);

/// How many bytes stand for themselves, up to the first that does not.
fn plain_len(text: &[u8], plain: &Plain) -> usize {
    let is_plain = |byte: &u8| plain[usize::from(*byte)];
    // Eight with one branch, as long as all of them are.
    let (eights, _) = text.as_chunks::<8>();
    let all = |eight: &&[u8; 8]| eight.iter().fold(true, |all, byte| all & is_plain(byte));
    let whole = eights.iter().take_while(all).count() * 8;
    let rest = text.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| is_plain(byte)).count()
}

fn put_escaped(out: &mut String, text: &str, plain: &Plain) {
    let mut start = 0;
    while let Some(rest) = text.as_bytes().get(start..).filter(|rest| !rest.is_empty()) {
        let end = start + plain_len(rest, plain);
        // What is plain is ASCII, so that characters begin and end where it does.
        out.push_str(text.get(start..end).unwrap_or_default());
        if let Some(&byte) = text.as_bytes().get(end) {
            out.push_str(escaped(byte));
        }
        start = end + 1;
    }
}

/// Escapes an object name, keeping `/`.
pub(crate) fn put_path(out: &mut String, key: &str) {
    put_escaped(out, key, &IN_PATH);
}

/// Escapes a query name or value; `/` is escaped too.
pub(crate) fn put_query(out: &mut String, text: &str) {
    put_escaped(out, text, &IN_QUERY);
}

/// The order of two texts as [`put_query`] would write them.
pub(crate) fn query_order(a: &str, b: &str) -> Ordering {
    let first = |byte| if IN_QUERY[usize::from(byte)] { byte } else { b'%' };
    let mut pairs = a.bytes().zip(b.bytes());
    match pairs.find(|(a, b)| a != b) {
        // Of two escaped bytes the digits tell, which are in the order of the bytes.
        Some((a, b)) => first(a).cmp(&first(b)).then(a.cmp(&b)),
        None => a.len().cmp(&b.len()),
    }
}

fn to_string(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
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
    let is_plain = |byte| byte != b'%' && !(plus_is_space && byte == b'+');
    if text.bytes().all(is_plain) {
        return Some(text.to_owned());
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
        }
    }

    #[test]
    fn the_order_is_that_of_what_is_written() {
        let texts =
            ["", "a", "a-b", "a/b", "ab", "a b", "a%b", "A", "é", "目录", "目", "~", "\u{1}"];
        for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
            assert_eq!(query_order(a, b), query(a).cmp(&query(b)), "{a:?} {b:?}");
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
