//! Texts made the same from run to run.

/// `text` with what differs from run to run replaced by its name: request ids, ports, and the lines of
/// Rust files.
#[must_use]
pub fn steady(text: &str) -> String {
    let is_digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let is_id = |word: &str| {
        word.len() == 24 && word.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
    };
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let name = match bare {
            "" => "",
            _ if is_id(bare) => "REQUEST-ID",
            _ if is_digits(bare) && out.ends_with("127.0.0.1:") => "PORT",
            _ if is_digits(bare) && out.ends_with(".rs:") => "LINE",
            _ => bare,
        };
        out.push_str(name);
        out.push_str(word.strip_prefix(bare).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_named() {
        let text = "é/373658BB8CCC00A789A41125: http://127.0.0.1:35519/é a.rs:27, 35519 35519";
        assert_eq!(steady(text), "é/REQUEST-ID: http://127.0.0.1:PORT/é a.rs:LINE, 35519 35519");
    }
}
