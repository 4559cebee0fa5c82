//! Reading `~/.alibabacloud/credentials`: sections of `key = value`.

use std::collections::HashMap;

/// The keys of section `name`. `None` when there is no such section.
///
/// `#` and `;` begin a comment at the start of a line only: secrets may contain them. Of two values of a
/// key the later counts.
///
/// # Errors
///
/// The number of the line, from 1, that is neither a section, a pair, a comment nor empty.
pub(super) fn section(text: &str, name: &str) -> Result<Option<HashMap<String, String>>, usize> {
    let mut found: Option<HashMap<String, String>> = None;
    let mut inside = false;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let header = header.strip_suffix(']').ok_or(number + 1)?;
            inside = header.trim() == name;
            if inside {
                found.get_or_insert_default();
            }
            continue;
        }
        let (key, value) = line.split_once('=').ok_or(number + 1)?;
        if let (true, Some(found)) = (inside, &mut found) {
            found.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_its_pairs() {
        let text = "\u{feff}# of all\n[default]\r\ntype = access_key\n; no\nAccess_Key_Secret=a#b;c=\n\
                    [other]\ntype=ecs_ram_role\n[default]\ntype=sts\n";
        let default = section(text, "default").unwrap().unwrap();
        assert_eq!(default["type"], "sts");
        assert_eq!(default["access_key_secret"], "a#b;c=");
        assert_eq!(section(text, "other").unwrap().unwrap().len(), 1);
        assert_eq!(section(text, "none"), Ok(None));
        assert_eq!(section("", "default"), Ok(None));
        assert_eq!(section("[a]\nhush\n", "a"), Err(2));
        assert_eq!(section("[a\n", "a"), Err(1));
    }
}
