//! What both schemes share: ordering and writing headers, and the resource of V1.

use std::cmp::Ordering;

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

/// A name and a value.
type Pair<'a> = (&'a str, &'a str);

/// Hands pairs over in order, if there are any; asks for memory only when there are many of them.
pub(super) fn in_order<'a>(
    pairs: impl Iterator<Item = Pair<'a>>,
    compare: impl Fn(&str, &str) -> Ordering,
    with: impl FnOnce(&[Pair<'a>]),
) {
    const FEW: usize = 8;
    let mut pairs = pairs.peekable();
    if pairs.peek().is_none() {
        return;
    }
    let mut few = [("", ""); FEW];
    let mut many = Vec::new();
    let mut len = 0;
    for pair in pairs {
        match few.get_mut(len) {
            Some(place) => *place = pair,
            None => {
                if many.is_empty() {
                    many.extend_from_slice(&few);
                }
                many.push(pair);
            }
        }
        len += 1;
    }
    let pairs = if many.is_empty() { few.get_mut(..len).unwrap_or_default() } else { &mut many };
    // Few elements are sorted where they are.
    pairs.sort_by(|(a, _), (b, _)| compare(a, b));
    with(pairs);
}

fn lower_order(a: &str, b: &str) -> Ordering {
    let mut pairs = lower_bytes(a).zip(lower_bytes(b));
    match pairs.find(|(a, b)| a != b) {
        Some((a, b)) => a.cmp(&b),
        None => a.len().cmp(&b.len()),
    }
}

/// Sorts headers by lower-cased name and writes `name:value\n` for each, repeats joined by commas.
pub(super) fn put_headers<'a>(out: &mut String, headers: impl Iterator<Item = Pair<'a>>) {
    in_order(headers, lower_order, |headers| {
        let mut previous: Option<&str> = None;
        for &(name, value) in headers {
            if previous.is_some_and(|previous| previous.eq_ignore_ascii_case(name)) {
                out.push(',');
            } else {
                if previous.is_some() {
                    out.push('\n');
                }
                put_lower(out, name);
                out.push(':');
            }
            out.push_str(trimmed(value));
            previous = Some(name);
        }
        out.push('\n');
    });
}

fn put_lower(out: &mut String, name: &str) {
    let start = out.len();
    out.push_str(name);
    if let Some(name) = out.get_mut(start..) {
        name.make_ascii_lowercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_pairs_are_put_in_order_and_equal_ones_stay_as_they_came() {
        for count in [1, 7, 8, 9, 100] {
            let names: Vec<String> = (0..count).map(|at| format!("{:03}", at * 37 % 50)).collect();
            let values: Vec<String> = (0..count).map(|at| format!("{at:03}")).collect();
            let pairs = || names.iter().map(String::as_str).zip(values.iter().map(String::as_str));
            let mut expected: Vec<_> = pairs().collect();
            expected.sort();
            in_order(pairs(), str::cmp, |pairs| assert_eq!(pairs, expected, "{count}"));
        }
    }
}
