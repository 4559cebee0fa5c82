//! Masking a text that is no JSON: a secret with a missing quote is a secret all the same.
//!
//! Nothing is shown but keys that a schema knows, where they stand as keys, and, as long as the text is a flat
//! object as it should be, the values of those that are no secret anywhere. After the first thing that is out
//! of order no value is shown until a known key begins a line, which no string goes beyond.

use super::mask::{Canvas, is_harmless};
use super::schema::Names;
use crate::Span;

/// What an orderly text goes on with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Open,
    Key,
    Colon {
        is_visible: bool,
    },
    Value {
        is_visible: bool,
    },
    Comma,
    /// Something was out of order.
    Lost,
}

/// Hides on `canvas` all of `text` that may be secret.
pub(super) fn mask(text: &str, names: &Names<'_>, canvas: &mut Canvas<'_>) {
    let tokens = tokens(text);
    let token_at = |index: usize| tokens.get(index).and_then(|span| text.get(span.clone()));
    let mut next = Next::Open;
    let (mut is_flat, mut end) = (true, 0);
    for (index, span) in tokens.iter().enumerate() {
        let token = token_at(index).unwrap_or_default();
        let before = index.checked_sub(1).and_then(token_at);
        let after = token_at(index + 1);
        let begins_line = text.get(end..span.start).is_some_and(|gap| gap.contains('\n'));
        end = span.end;
        let key = known_key(token, names).filter(|_| after == Some(":") && before != Some(":"));
        if let Some(key) = key {
            let is_orderly = next == Next::Key || (next == Next::Lost && begins_line);
            next = match is_orderly {
                true => Next::Colon { is_visible: is_flat && names.is_visible(&key) },
                false => Next::Lost,
            };
            continue;
        }
        next = match (next, token) {
            (Next::Open, "{") | (Next::Comma, ",") => Next::Key,
            (Next::Colon { is_visible }, ":") => Next::Value { is_visible },
            (Next::Comma, "}") => Next::Lost,
            (_, "{" | "[") => {
                is_flat &= next == Next::Open;
                Next::Lost
            }
            (_, "}" | "]" | ":" | ",") => Next::Lost,
            (Next::Key, _) if is_string(token) && after == Some(":") => {
                canvas.hide(span.clone());
                Next::Colon { is_visible: false }
            }
            (Next::Value { is_visible }, _)
                if matches!(after, Some("," | "}")) && is_whole(token) =>
            {
                if is_visible {
                    canvas.show_value(span);
                } else if !is_harmless(token) {
                    canvas.hide(span.clone());
                }
                Next::Comma
            }
            _ => {
                if !(is_harmless(token) && is_whole(token)) {
                    canvas.hide(span.clone());
                }
                Next::Lost
            }
        };
    }
}

fn known_key(token: &str, names: &Names<'_>) -> Option<String> {
    let key: String = serde_json::from_str(token).ok().filter(|_| is_string(token))?;
    names.is_known(&key).then_some(key)
}

/// Whether a token is a string with nothing in it that could end it elsewhere.
fn is_string(token: &str) -> bool {
    token.len() > 1 && token.starts_with('"') && token.ends_with('"') && !token.contains('\\')
}

/// Whether a token is one value, as it should be.
fn is_whole(token: &str) -> bool {
    is_string(token)
        || is_harmless(token)
        || token.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.'))
}

/// The tokens of a text, blanks left out: strings (to their quote, or to the end of their line), placeholders,
/// punctuation marks, and runs of anything else.
fn tokens(text: &str) -> Vec<Span> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blanks = rest.len() - rest.trim_start().len();
        let start = at + blanks;
        let len = token_len(rest.get(blanks..).unwrap_or_default());
        if len > 0 {
            tokens.push(start..start + len);
        }
        at = start + len;
    }
    tokens
}

fn token_len(rest: &str) -> usize {
    let Some(first) = rest.chars().next() else { return 0 };
    let is_punctuation = |c: char| matches!(c, '{' | '}' | '[' | ']' | ':' | ',');
    if first == '"' {
        let mut escaped = false;
        for (index, c) in rest.char_indices().skip(1) {
            match c {
                '\n' => return index,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return index + 1,
                _ => {}
            }
        }
        return rest.len();
    }
    for (open, close) in [("${", "}"), ("{{", "}}")] {
        let end = rest.strip_prefix(open).and_then(|inner| inner.find(close));
        let len = end.map(|end| open.len() + end + close.len());
        if let Some(len) = len.filter(|len| rest.get(..*len).is_some_and(is_harmless)) {
            return len;
        }
    }
    if is_punctuation(first) {
        return 1;
    }
    let ends = |c: char| c.is_whitespace() || c == '"' || is_punctuation(c);
    rest.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(rest.len(), |(index, _)| index)
}
