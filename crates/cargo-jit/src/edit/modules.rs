//! `mod x;` in a crate's root.

/// A text with the declaration of a module in its place; `None` where that is not clear.
///
/// It goes among the declarations that are there, by name, as rustfmt has them; otherwise before the first
/// item. A text that has it already is given back as it is.
///
/// A public one is for whoever links the crate.
pub(crate) fn declare(text: &str, module: &str, is_public: bool) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    if lines.iter().any(|line| module_of(line) == Some(module)) {
        return Some(text.to_owned());
    }
    let declaration = format!("{}mod {module};", if is_public { "pub " } else { "" });
    let first = lines.iter().position(|line| module_of(line).is_some());
    let (at, new) = match first {
        Some(first) => (place(&lines, first, module), declaration),
        None => {
            let at = header(&lines)?;
            match (at == lines.len(), lines.last().is_some_and(|line| !line.is_empty())) {
                (true, true) => (at, format!("\n{declaration}")),
                (true, false) => (at, declaration),
                (false, _) => (at, format!("{declaration}\n")),
            }
        }
    };
    let mut out: Vec<&str> = lines.clone();
    out.insert(at.min(out.len()), &new);
    Some(format!("{}\n", out.join("\n")))
}

/// A text without the declaration of a module, as it was before [`declare`].
pub(crate) fn undeclare(text: &str, module: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let Some(at) = lines.iter().position(|line| module_of(line) == Some(module)) else {
        return text.to_owned();
    };
    lines.remove(at);
    let is_blank = |at: usize| lines.get(at).is_some_and(|line| line.is_empty());
    let was_alone = !lines.iter().any(|line| module_of(line).is_some());
    let is_blank_above = at.checked_sub(1).is_none_or(is_blank);
    if was_alone && is_blank(at) && is_blank_above {
        lines.remove(at);
    } else if was_alone && at == lines.len() && is_blank_above {
        lines.pop();
    }
    format!("{}\n", lines.join("\n"))
}

/// The module that a line declares, if it does nothing else.
fn module_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) "));
    rest.unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')
}

/// Where a module goes among the declarations that begin at `first`: before the first of a greater name.
fn place(lines: &[&str], first: usize, module: &str) -> usize {
    let mut end = first;
    for (at, line) in lines.iter().enumerate().skip(first) {
        match module_of(line) {
            Some(known) if known > module => {
                // What stands above a declaration belongs to it.
                let belongs = |line: &&&str| line.starts_with("#[") || line.starts_with("///");
                let above = lines.iter().take(at).rev().take_while(belongs).count();
                return at - above;
            }
            Some(_) => end = at + 1,
            None if line.starts_with("#[") || line.starts_with("///") => {}
            None => return end,
        }
    }
    end
}

/// The first line after the comments and attributes of the file itself; `None` where they are hard to tell.
fn header(lines: &[&str]) -> Option<usize> {
    for (at, line) in lines.iter().enumerate() {
        let is_attribute = line.starts_with("#![");
        if is_attribute && !line.ends_with(']') {
            return None;
        }
        let is_header = line.trim().is_empty() || line.starts_with("//!") || is_attribute;
        if !is_header {
            return Some(at);
        }
    }
    Some(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str) {
        assert_eq!(declare(before, "new", false).as_deref(), Some(after));
        assert_eq!(declare(after, "new", false).as_deref(), Some(after), "twice");
        assert_eq!(undeclare(after, "new"), before, "back");
    }

    #[test]
    fn a_module_goes_among_its_like_by_name_and_away_again() {
        check(
            "//! A.\n\nmod a;\nmod z;\n\nuse b;\n",
            "//! A.\n\nmod a;\nmod new;\nmod z;\n\nuse b;\n",
        );
        check("mod a;\n\nmod z;\n", "mod a;\nmod new;\n\nmod z;\n");
        check(
            "mod a;\n/// Z.\n#[cfg(test)]\nmod z;\n",
            "mod a;\nmod new;\n/// Z.\n#[cfg(test)]\nmod z;\n",
        );
        check("pub mod z;\n", "mod new;\npub mod z;\n");
    }

    #[test]
    fn the_first_module_goes_before_the_first_item() {
        check("//! A.\n#![allow(b)]\n\nuse c;\n", "//! A.\n#![allow(b)]\n\nmod new;\n\nuse c;\n");
        check("fn main() {}\n", "mod new;\n\nfn main() {}\n");
        check("//! A.\n", "//! A.\n\nmod new;\n");
    }

    #[test]
    fn a_public_one_is_declared_so_and_goes_as_well() {
        let after = "//! A.\n\npub mod new;\n";
        assert_eq!(declare("//! A.\n", "new", true).as_deref(), Some(after));
        assert_eq!(undeclare(after, "new"), "//! A.\n");
    }

    #[test]
    fn an_attribute_over_several_lines_is_left_to_people() {
        assert_eq!(declare("#![allow(\n    b\n)]\n\nfn main() {}\n", "new", false), None);
    }
}
