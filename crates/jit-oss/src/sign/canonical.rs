//! What both schemes share: ordering and writing headers, and the resource of V1.

use crate::escape::Sink;

pub(super) fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

pub(super) fn has_oss_prefix(name: &str) -> bool {
    name.as_bytes().get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"x-oss-"))
}

pub(super) fn lower_bytes(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// The value of a header that can occur once.
pub(super) fn header<'a>(headers: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|&(_, value)| trimmed(value))
}

/// Sorts `headers` by lower-cased name and writes `name:value\n` for each, repeats joined by commas.
pub(super) fn put_headers(sink: &mut impl Sink, mut headers: Vec<(&str, &str)>) {
    headers.sort_by(|(a, _), (b, _)| lower_bytes(a).cmp(lower_bytes(b)));
    let mut previous: Option<&str> = None;
    for (name, value) in headers {
        if previous.is_some_and(|previous| previous.eq_ignore_ascii_case(name)) {
            sink.put(b",");
        } else {
            if previous.is_some() {
                sink.put(b"\n");
            }
            for byte in lower_bytes(name) {
                sink.put(&[byte]);
            }
            sink.put(b":");
        }
        sink.put(trimmed(value).as_bytes());
        previous = Some(name);
    }
    if previous.is_some() {
        sink.put(b"\n");
    }
}
