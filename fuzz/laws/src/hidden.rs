//! Which texts hold a secret where secrets belong, told without any knowledge of how texts are masked.

/// Whether every `needle` in a JSON-like `text`, broken or not, stands in the place of a value that
/// `is_secret` by the key before it.
///
/// It says no wherever there is doubt: the laws say nothing about such a text.
pub(crate) fn is_all_secret(text: &str, needle: &str, is_secret: impl Fn(&str) -> bool) -> bool {
    let mut places = text.match_indices(needle).peekable();
    places.peek().is_some()
        && places.all(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            let after = text.get(at..).unwrap_or_default();
            key_before(before).is_some_and(&is_secret) && !is_in_key(after)
        })
}

/// The last `"key":` of a text.
fn key_before(text: &str) -> Option<&str> {
    let (mut end, mut key) = (text.len(), None);
    while let Some(colon) = text.get(..end)?.rfind(':') {
        let before = text.get(..colon)?.trim_end();
        if let Some(inner) = before.strip_suffix('"')
            && let Some((_, name)) = inner.rsplit_once('"')
            && !name.contains(['\\', '\n'])
        {
            key = Some(name);
            break;
        }
        end = colon;
    }
    key
}

/// Whether the string that `text` is in the middle of goes before a colon.
fn is_in_key(text: &str) -> bool {
    text.match_indices('"').any(|(at, quote)| {
        let rest = text.get(at + quote.len()..).unwrap_or_default();
        rest.trim_start().starts_with(':')
            && text.get(..at).is_some_and(|inside| !inside.contains(['"', '\n']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_before_decides() {
        for (text, expected) in [
            (r#"{"s": "hush"}"#, true),
            (r#"{"s" : ["a", "hush"#, true),
            (r#"{"s": "a", "t": "hush"}"#, false),
            (r#"{"s": "a", "hush": "b"}"#, false),
            (r#"{"s": "hush", "t": "hush"}"#, false),
            (r#"{"s" "hush"}"#, false),
            (r#"{"s": "a:b:hush"}"#, true),
            (r#"{"s": "none"}"#, false),
        ] {
            assert_eq!(is_all_secret(text, "hush", |key| key == "s"), expected, "{text}");
        }
    }
}
