//! Masking: a configuration may be quoted in a message, its secrets may not.

/// Replaces every value by as many `*`, but those of keys that are `visible` and those that are nothing
/// but a placeholder. Every place stays where it is, so that lines and columns are those of the file.
///
/// The text need not be valid JSON: a secret with a missing quote is a secret all the same, and a
/// misspelt key may well hold one. So this reads tokens, and masks whatever it cannot attribute.
pub(super) fn mask(text: &str, visible: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut key_is_visible = false;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let len = token_len(rest);
        let token = rest.get(..len).unwrap_or(rest);
        let after = rest.get(len..).unwrap_or_default();
        let is_blank = token.starts_with(char::is_whitespace);
        let is_string = token.starts_with('"');
        if is_string && after.trim_start().starts_with(':') {
            let key: String = serde_json::from_str(token).unwrap_or_default();
            key_is_visible = visible(&key);
            out.push_str(token);
        } else if is_blank || matches!(token, "{" | "}" | "[" | "]" | ":" | ",") {
            // The next member has a key of its own; a list goes on with the key it has.
            if matches!(token, "{" | "}") {
                key_is_visible = false;
            }
            out.push_str(token);
        } else if key_is_visible || is_placeholder(token) || is_literal(token) {
            out.push_str(token);
            key_is_visible =
                key_is_visible && after.trim_start().starts_with([',', ']']) && in_list(text, at);
        } else {
            out.extend(token.bytes().map(|byte| if byte == b'"' { '"' } else { '*' }));
        }
        at += token.len();
    }
    out
}

/// Whether the value at `at` stands in a list: the nearest open bracket before it is a `[`.
fn in_list(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('[') > before.rfind(['{', ']', '}'])
}

fn is_literal(token: &str) -> bool {
    matches!(token, "true" | "false" | "null")
}

/// The length in bytes of the first token: a string (to its quote, or to the end of its line), a run of
/// blanks, a punctuation mark, or a run of anything else.
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
    if is_punctuation(first) {
        return 1;
    }
    let blank = first.is_whitespace();
    let ends = |c: char| c.is_whitespace() != blank || c == '"' || is_punctuation(c);
    rest.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(rest.len(), |(index, _)| index)
}

/// Whether a string is one placeholder without a default: the name of a secret, not a secret.
fn is_placeholder(token: &str) -> bool {
    let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let name = inner
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| inner.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")));
    name.is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_visible_keys_are_shown() {
        let visible = |key: &str| key == "endPoint" || key == "list";
        for (text, masked) in [
            (
                r#"{"endPoint": "a.b", "secret": "hush"}"#,
                r#"{"endPoint": "a.b", "secret": "****"}"#,
            ),
            (
                r#"{"secert": "hush", "n": 123, "b": true}"#,
                r#"{"secert": "****", "n": ***, "b": true}"#,
            ),
            (r#"{"secret": "${KEY}", "b": "{{KEY}}"}"#, r#"{"secret": "${KEY}", "b": "{{KEY}}"}"#),
            (r#"{"secret": "${K:-hush}"}"#, r#"{"secret": "**********"}"#),
            (
                r#"{"list": ["a", "b"], "secret": ["hush"]}"#,
                r#"{"list": ["a", "b"], "secret": ["****"]}"#,
            ),
            (r#"{"secret": "é"}"#, r#"{"secret": "**"}"#),
            // Broken JSON.
            (
                "{\"secret\": \"hush,\n\"endPoint\": \"x\"}",
                "{\"secret\": \"*****\n\"endPoint\": \"x\"}",
            ),
            (r#"{"secret": hush}"#, r#"{"secret": ****}"#),
            (r#"{"secret": 'hush'}"#, r#"{"secret": ******}"#),
            (r#"{"secret" "hush"}"#, r#"{"******" "****"}"#),
            (r#"{"endPoint": "x" "hush"}"#, r#"{"endPoint": "x" "****"}"#),
            (r#"{"endPoint": "x", "secret" "hush"}"#, r#"{"endPoint": "x", "******" "****"}"#),
            (r#"{"secret": {"deep": "hush"}}"#, r#"{"secret": {"deep": "****"}}"#),
        ] {
            let found = mask(text, &visible);
            assert_eq!(found, masked, "{text}");
            assert_eq!(found.len(), text.len(), "{text}");
        }
    }
}
