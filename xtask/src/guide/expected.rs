//! What a page says that a command prints, beside what it does print.

/// What stands for anything: within a line, or as a line of its own for any lines.
const ANYTHING: &str = "…";

/// The first line that is not as expected: what was expected there, and what was found.
pub(crate) fn difference(expected: &str, found: &str) -> Option<(String, String)> {
    let expected: Vec<&str> = expected.trim_end().lines().map(str::trim_end).collect();
    let found: Vec<&str> = found.trim_end().lines().map(str::trim_end).collect();
    let matched = matched(&expected, &found);
    if matched.is_whole {
        return None;
    }
    let line = |lines: &[&str], at: usize| {
        lines.get(at).map_or_else(|| "the end".to_owned(), |line| (*line).to_owned())
    };
    Some((line(&expected, matched.expected), line(&found, matched.found)))
}

/// How far two texts match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Matched {
    is_whole: bool,
    expected: usize,
    found: usize,
}

/// The farthest that `expected` matches `found`, with the shortest choice for each line that stands for any.
fn matched(expected: &[&str], found: &[&str]) -> Matched {
    let (mut at, mut seen) = (0, 0);
    // Where to go on when a line does not match: behind the last line that stands for any.
    let mut again: Option<(usize, usize)> = None;
    let mut best = Matched { is_whole: false, expected: 0, found: 0 };
    loop {
        best = best.max(Matched { is_whole: false, expected: at, found: seen });
        match (expected.get(at), found.get(seen)) {
            (None, None) => return Matched { is_whole: true, expected: at, found: seen },
            (Some(&ANYTHING), _) => {
                at += 1;
                again = Some((at, seen));
            }
            (Some(line), Some(text)) if is_line(line, text) => (at, seen) = (at + 1, seen + 1),
            (_, next) => match again {
                Some((behind, from)) if next.is_some() || from < found.len() => {
                    again = Some((behind, from + 1));
                    (at, seen) = (behind, from + 1);
                }
                _ => return best,
            },
        }
    }
}

/// Whether a line is as expected.
fn is_line(expected: &str, found: &str) -> bool {
    let mut parts = expected.split(ANYTHING);
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_leave_things_open() {
        for (expected, found, is) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a…", "ab", true),
            ("…c", "abc", true),
            ("a…c…e", "abcde", true),
            ("a…c…e", "abde", false),
            ("in … s", "in 3.2 s", true),
        ] {
            assert_eq!(is_line(expected, found), is, "{expected} {found}");
        }
    }

    #[test]
    fn a_text_may_leave_lines_open() {
        for (expected, found, difference_at) in [
            ("a\nb\n", "a\nb", None),
            ("a\n…\nd\n", "a\nb\nc\nd\n", None),
            ("a\n…\n", "a\n", None),
            ("…\nc\n", "a\nc\nb\nc\n", None),
            ("a\nb\n", "a\nc\n", Some(("b", "c"))),
            ("a\n", "a\nb\n", Some(("the end", "b"))),
            ("…\nz\n", "a\nb\n", Some(("z", "the end"))),
        ] {
            let found = difference(expected, found);
            let found = found.as_ref().map(|(expected, found)| (&**expected, &**found));
            assert_eq!(found, difference_at, "{expected}");
        }
    }
}
