//! Names, and how they are spelt in files, modules and types.

use jit_meta::FullName;

use crate::{Error, Result};

/// An element's full name, or the reason why it is none.
pub(crate) fn full_name(text: &str) -> Result<FullName> {
    let parsed: std::result::Result<FullName, _> = text.parse();
    let name = parsed.map_err(|error| {
        let dotted: String =
            text.trim_matches('/').chars().map(|c| if c == '/' { '.' } else { c }).collect();
        let error = Error::usage(error.to_string());
        match dotted.parse::<FullName>() {
            Ok(name) => error.with_help(format!("did you mean `{name}`?")),
            Err(_) => error.with_help("a name is like `storages.Archive`: folders, joined by dots"),
        }
    })?;
    if name.namespace().is_none() {
        let message = format!("`{name}` has no family: an element stands in the folder of one");
        return Err(Error::usage(message).with_help(format!("for a storage: `storages.{name}`")));
    }
    Ok(name)
}

/// The words of a name: `OSSFileType2` is `oss`, `file`, `type2`.
pub(crate) fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for (at, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            is_open = false;
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let starts = c.is_ascii_uppercase()
            && (before.is_none_or(|before| !before.is_ascii_uppercase())
                || after.is_some_and(char::is_ascii_lowercase));
        let lower = c.to_ascii_lowercase();
        match words.last_mut().filter(|_| is_open && !starts) {
            Some(word) => word.push(lower),
            None => words.push(lower.to_string()),
        }
        is_open = true;
    }
    words
}

/// `EncryptedOssType` as a module: `encrypted_oss_type`.
pub(crate) fn snake(text: &str) -> String {
    let name = words(text).join("_");
    if KEYWORDS.contains(&&*name) { format!("{name}_") } else { name }
}

/// `imRobots` as a type: `ImRobots`.
pub(crate) fn pascal(text: &str) -> String {
    let word = |word: String| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    words(text).into_iter().map(word).collect()
}

/// `MyShop` as a package: `my-shop`.
pub(crate) fn kebab(text: &str) -> String {
    words(text).join("-")
}

/// Whether code can be named after the words of a name: one that begins with a letter.
pub(crate) fn names_code(words: &str) -> bool {
    words.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Words that no module can be called; `main` and `lib` are the crate's own.
const KEYWORDS: [&str; 53] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "lib", "loop", "macro", "main", "match", "mod", "move", "mut", "override", "priv",
    "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_files_modules_types_and_packages_are() {
        for (text, module, ty, package) in [
            ("EncryptedOssType", "encrypted_oss_type", "EncryptedOssType", "encrypted-oss-type"),
            ("OSSFile2", "oss_file2", "OssFile2", "oss-file2"),
            ("imRobots", "im_robots", "ImRobots", "im-robots"),
            ("a_b", "a_b", "AB", "a-b"),
            ("Type", "type_", "Type", "type"),
            ("Lib", "lib_", "Lib", "lib"),
        ] {
            assert_eq!(
                (snake(text), pascal(text), kebab(text)),
                (module.into(), ty.into(), package.into())
            );
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused_with_the_reason() {
        for (text, message) in [
            (
                "storages/Archive",
                "`storages/Archive` is not an element name: each segment is letters, digits and `_`, and does not start with a digit\nhelp: did you mean `storages.Archive`?",
            ),
            (
                "storages.1st",
                "`storages.1st` is not an element name: each segment is letters, digits and `_`, and does not start with a digit\nhelp: a name is like `storages.Archive`: folders, joined by dots",
            ),
            (
                "",
                "`` is not an element name: it is empty\nhelp: a name is like `storages.Archive`: folders, joined by dots",
            ),
            (
                "Archive",
                "`Archive` has no family: an element stands in the folder of one\nhelp: for a storage: `storages.Archive`",
            ),
        ] {
            let error = full_name(text).unwrap_err();
            assert_eq!((error.to_string(), error.exit_code()), (message.to_owned(), 2));
        }
    }
}
