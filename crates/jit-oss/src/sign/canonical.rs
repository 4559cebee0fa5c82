//! What both schemes share: putting names in order, and writing headers.

use std::cmp::Ordering;

pub(super) fn trimmed(value: &str) -> &str {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let bytes = value.as_bytes();
    if is_blank(bytes.first()) || is_blank(bytes.last()) {
        value.trim_matches([' ', '\t'])
    } else {
        value
    }
}

pub(super) fn has_oss_prefix(name: &str) -> bool {
    name.as_bytes().get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"x-oss-"))
}

/// The value of a header that can occur once.
pub(super) fn header<'a>(headers: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|&(_, value)| trimmed(value))
}

/// A name and a value.
pub(super) type Pair<'a> = (&'a str, &'a str);

const FEW: usize = 8;

/// Pairs in the order of their names; equal ones stay as they came. Asks for memory only when there are
/// many of them.
struct InOrder<'a, F> {
    few: [Pair<'a>; FEW],
    /// How many of the few there are.
    len: usize,
    many: Vec<Pair<'a>>,
    compare: F,
}

impl<'a, F: Fn(&str, &str) -> Ordering> InOrder<'a, F> {
    #[inline]
    fn new(compare: F) -> Self {
        Self { few: [("", ""); FEW], len: 0, many: Vec::new(), compare }
    }

    /// Few are put where they belong as they come.
    #[inline]
    fn insert(&mut self, pair: Pair<'a>) {
        if self.len == FEW {
            if self.many.is_empty() {
                self.many.extend_from_slice(&self.few);
            }
            self.many.push(pair);
            return;
        }
        let mut at = self.len;
        while at > 0 && (self.compare)(self.few[at - 1].0, pair.0).is_gt() {
            self.few[at] = self.few[at - 1];
            at -= 1;
        }
        self.few[at] = pair;
        self.len += 1;
    }

    #[inline]
    fn pairs(&mut self) -> &[Pair<'a>] {
        if self.many.is_empty() {
            return self.few.get(..self.len).unwrap_or_default();
        }
        self.many.sort_by(|(a, _), (b, _)| (self.compare)(a, b));
        &self.many
    }
}

/// Whose a pair is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The request's, as whoever made it wrote it.
    Request,
    /// The signature's own, as it is to be written.
    Signature,
}

/// Hands over what is taken of a request's pairs, which come in any order, and those that signing adds,
/// which are in order, as one list in order. Signing adds none without a value.
#[inline]
pub(super) fn merge<'a>(
    of_request: &[Pair<'a>],
    is_taken: impl Fn(&str) -> bool,
    added: &[Pair<'a>],
    compare: impl Fn(&str, &str) -> Ordering + Copy,
    mut with: impl FnMut(Pair<'a>, Of),
) {
    let mut sorted = InOrder::new(compare);
    for &pair in of_request {
        if is_taken(pair.0) {
            sorted.insert(pair);
        }
    }
    let mut added = added.iter().filter(|(_, value)| !value.is_empty()).peekable();
    for &pair in sorted.pairs() {
        while let Some(&before) = added.next_if(|(name, _)| compare(name, pair.0).is_lt()) {
            with(before, Of::Signature);
        }
        with(pair, Of::Request);
    }
    added.for_each(|&pair| with(pair, Of::Signature));
}

fn lower_order(a: &str, b: &str) -> Ordering {
    for (a, b) in a.bytes().zip(b.bytes()) {
        if a != b && !a.eq_ignore_ascii_case(&b) {
            return a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
        }
    }
    a.len().cmp(&b.len())
}

/// Writes `name:value\n` for each header that is signed, by lower-cased name, repeats joined by commas.
#[inline]
pub(super) fn put_headers(
    out: &mut String,
    of_request: &[Pair<'_>],
    is_signed: impl Fn(&str) -> bool,
    added: &[Pair<'_>],
) {
    let mut previous: Option<&str> = None;
    merge(of_request, is_signed, added, lower_order, |(name, value), of| {
        if previous.is_some_and(|previous| previous.eq_ignore_ascii_case(name)) {
            out.push(',');
        } else {
            if previous.is_some() {
                out.push('\n');
            }
            if of == Of::Request && has_upper(name) {
                out.extend(name.chars().map(|letter| letter.to_ascii_lowercase()));
            } else {
                out.push_str(name);
            }
            out.push(':');
        }
        out.push_str(trimmed(value));
        previous = Some(name);
    });
    if previous.is_some() {
        out.push('\n');
    }
}

/// Looks at eight bytes at once: hardly a name has a capital letter.
fn has_upper(name: &str) -> bool {
    let any = |bytes: &[u8]| bytes.iter().fold(false, |any, byte| any | byte.is_ascii_uppercase());
    let (eights, rest) = name.as_bytes().as_chunks::<8>();
    eights.iter().any(|eight| any(eight)) || any(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_pairs_are_put_in_order_and_equal_ones_stay_as_they_came() {
        for count in [0, 1, 7, 8, 9, 100] {
            let names: Vec<String> = (0..count).map(|at| format!("{:03}", at * 37 % 50)).collect();
            let values: Vec<String> = (0..count).map(|at| format!("{at:03}")).collect();
            let pairs = || names.iter().map(String::as_str).zip(values.iter().map(String::as_str));
            for added in [&[][..], &[("", "x")], &[("000", "x"), ("025", "y"), ("~", "z")]] {
                let mut expected: Vec<_> = pairs().chain(added.iter().copied()).collect();
                expected.sort_by_key(|(name, _)| *name);
                let mut merged = Vec::new();
                merge(
                    &pairs().collect::<Vec<_>>(),
                    |_| true,
                    added,
                    str::cmp,
                    |pair, of| {
                        assert_eq!(of == Of::Signature, added.contains(&pair), "{pair:?}");
                        merged.push(pair);
                    },
                );
                assert_eq!(merged, expected, "{count}");
            }
        }
    }

    #[test]
    fn names_are_lower_case_wherever_a_capital_stands() {
        for at in 0..20 {
            let name = "x-oss-meta-some-name".char_indices();
            let name: String = name
                .map(
                    |(index, letter)| {
                        if index == at { letter.to_ascii_uppercase() } else { letter }
                    },
                )
                .collect();
            let mut out = String::new();
            put_headers(
                &mut out,
                &[(&name, " v\t"), ("a", "b")],
                has_oss_prefix,
                &[("x-oss-meta", "w")],
            );
            assert_eq!(out, "x-oss-meta:w\nx-oss-meta-some-name:v\n");
        }
    }

    #[test]
    fn repeats_are_joined_whoever_they_are_from() {
        let mut out = String::new();
        let headers = [("X-Oss-Date", "2"), ("a", "1"), ("x-oss-date", "3")];
        put_headers(&mut out, &headers, |_| true, &[("x-oss-date", "4")]);
        assert_eq!(out, "a:1\nx-oss-date:2,3,4\n");
    }
}
