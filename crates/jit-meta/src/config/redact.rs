//! What a Type says of a configuration, without the values that are nobody's business.
//!
//! A Type names keys, and not what is in them. Where it tells a value all the same, that is masked by its place:
//! whatever stands in quotes or inside of a URL, and elsewhere what is too long or too odd to be a word of the
//! author's own. To mask words would garble what is said, and tell that the secret is one of them.

use super::expand::Expanded;
use super::schema::Names;
use crate::Span;

/// In characters: what is as long is no word, wherever it stands.
const NO_WORD: usize = 16;
/// A single word or a number that is as long is masked where it stands alone.
const LONG: usize = 8;
/// What is shorter is masked in quotes only; what is as long and neither a word nor words, where it stands alone.
const SHORTEST: usize = 4;

/// What not to tell.
pub(super) struct Redaction<'a> {
    values: Vec<Hidden<'a>>,
}

struct Hidden<'a> {
    value: &'a str,
    with: String,
    is_secret: bool,
}

impl<'a> Redaction<'a> {
    /// For what is said of a span of the expanded text. `secrets` are what was masked in the file, `names` the keys
    /// that are known: a value that is called like one is told by every message about it.
    pub(super) fn new(
        expanded: &'a Expanded,
        secrets: &'a [String],
        names: &Names<'_>,
        span: &Span,
    ) -> Self {
        let whole = 0..expanded.rewrite.text().len();
        // Two variables may have one value: that of the place in question comes first.
        let variables = expanded.filled_in(span).chain(expanded.filled_in(&whole));
        let variables = variables.map(|variable| {
            let with = format!("${{{}}}", variable.name);
            Hidden { value: variable.value, with, is_secret: false }
        });
        let secrets = secrets.iter().map(|secret| {
            let with = "***".to_owned();
            Hidden { value: secret, with, is_secret: true }
        });
        let mut values: Vec<_> = variables.chain(secrets).collect();
        values.retain(|hidden| !hidden.value.is_empty() && !names.is_known(hidden.value));
        values.sort_by_key(|hidden| std::cmp::Reverse(hidden.value.len()));
        Self { values }
    }

    /// A message, which may tell values.
    pub(super) fn message(&self, text: &str) -> String {
        self.without(text, |hidden, before, after| is_told(hidden.value, before, after))
    }

    /// Advice, which is mostly fixed: what is harmless in it and happens to be the value of a variable as well is
    /// left as it is.
    pub(super) fn advice(&self, text: &str) -> String {
        self.without(text, |hidden, before, after| {
            is_quoted(before, after) || (hidden.is_secret && is_told(hidden.value, before, after))
        })
    }

    fn without(
        &self,
        text: &str,
        is_told: impl Fn(&Hidden<'_>, Option<char>, Option<char>) -> bool,
    ) -> String {
        let mut out = String::with_capacity(text.len());
        let (mut at, mut before) = (0, None);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let found = self.values.iter().find(|hidden| {
                let (part, behind) =
                    (rest.get(..hidden.value.len()), rest.get(hidden.value.len()..));
                // A Type may have changed the case, as that of a host.
                part.is_some_and(|part| part.eq_ignore_ascii_case(hidden.value))
                    && is_told(hidden, before, behind.and_then(|behind| behind.chars().next()))
            });
            let taken = match found {
                Some(hidden) => {
                    out.push_str(&hidden.with);
                    rest.get(..hidden.value.len()).unwrap_or_default()
                }
                None => {
                    let taken = rest.chars().next().map_or(0, char::len_utf8);
                    let taken = rest.get(..taken).unwrap_or_default();
                    out.push_str(taken);
                    taken
                }
            };
            before = taken.chars().next_back();
            at += taken.len();
        }
        out
    }
}

/// Whether a text that is a value's, too, is told as the value where it stands.
fn is_told(value: &str, before: Option<char>, after: Option<char>) -> bool {
    let len = value.chars().count();
    if len >= NO_WORD || is_quoted(before, after) {
        return true;
    }
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let begins_within = is_part(before) && is_part(value.chars().next());
    let ends_within = is_part(after) && is_part(value.chars().next_back());
    if begins_within || ends_within || len < SHORTEST {
        return false;
    }
    let in_url = before.is_some_and(|c| matches!(c, ':' | '=' | '/' | '?' | '&' | '@'));
    let is_word = value.chars().all(char::is_alphabetic);
    let is_number = value.bytes().all(|b| b.is_ascii_digit());
    let is_words = value.chars().all(|c| c.is_alphabetic() || c == ' ');
    in_url || (if is_word || is_number { len >= LONG } else { !is_words })
}

fn is_quoted(before: Option<char>, after: Option<char>) -> bool {
    let is_quote = |c: Option<char>| {
        c.is_some_and(|c| matches!(c, '`' | '"' | '\'' | '“' | '”' | '„' | '‘' | '’' | '«' | '»'))
    };
    is_quote(before) && is_quote(after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::Node;
    use super::*;

    #[track_caller]
    fn check(secret: &str, told: &[(&str, &str)]) {
        let schema = json!({ "properties": { "stampKey": {}, "name": {} } });
        let names = Names::new(&[Node::root(&schema)]);
        let (expanded, secrets) = (Expanded::default(), [secret.to_owned()]);
        let redaction = Redaction::new(&expanded, &secrets, &names, &(0..0));
        for (text, expected) in told {
            assert_eq!(redaction.message(text), *expected, "{secret}");
            assert_eq!(redaction.advice(text), *expected, "{secret}");
        }
    }

    #[test]
    fn the_authors_words_stay_where_a_secret_is_one_of_them() {
        check(
            "short",
            &[
                ("the key is shorter than 8 bytes", "the key is shorter than 8 bytes"),
                ("the key is too short", "the key is too short"),
            ],
        );
        check("key", &[("the key is shorter than 8 bytes", "the key is shorter than 8 bytes")]);
        check("65535", &[("from 1 to 65535", "from 1 to 65535")]);
        check("8", &[("the key is shorter than 8 bytes", "the key is shorter than 8 bytes")]);
        check(
            "full name",
            &[("a full name is like `storages.MyFiles`", "a full name is like `storages.MyFiles`")],
        );
        check("stampKey", &[("`stampKey` is no stampKey", "`stampKey` is no stampKey")]);
        check("name", &[("`name` is a name", "`name` is a name")]);
    }

    #[test]
    fn what_is_told_of_a_secret_is_masked() {
        check(
            "short",
            &[
                ("`short` is too short", "`***` is too short"),
                ("\"short\" and 'short' and “short”", "\"***\" and '***' and “***”"),
                ("http://short@a.b/?key=short", "http://***@a.b/?key=***"),
            ],
        );
        check("8", &[("`8` is below 8", "`***` is below 8")]);
        check("full name", &[("not 'Full Name'", "not '***'")]);
        for odd in ["a1b2", "hush-", "hu sh-1", "hushhush", "12345678", "漢字漢字漢字漢字"]
        {
            check(
                odd,
                &[
                    (&format!("bad: {odd}"), "bad: ***"),
                    (&format!("({odd}), {odd}."), "(***), ***."),
                    (&format!("x{odd}"), &format!("x{odd}")),
                ],
            );
        }
        let long = "correct horse battery";
        check(long, &[("xcorrect horse batteryx", "x***x")]);
    }
}
