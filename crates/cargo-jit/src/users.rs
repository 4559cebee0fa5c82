//! Who uses what is about to go: files that name an element, and code that names a module.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Kind, Request};

/// A file of an app, and what is in it.
pub(crate) type Source = (PathBuf, String);

/// A file that uses what is about to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    file: PathBuf,
    /// The first line that does, and how many more there are.
    line: usize,
    more: usize,
    /// What that line does: names an element, uses a module.
    does: String,
}

impl User {
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Where and what, behind the file's name as it is shown.
    pub(crate) fn told(&self, file: &str) -> String {
        let Self { line, does, .. } = self;
        let more = match self.more {
            0 => String::new(),
            1 => " (and 1 more line)".to_owned(),
            more => format!(" (and {more} more lines)"),
        };
        format!("{file}:{line} {does}{more}")
    }

    /// What is left to do there.
    pub(crate) fn step(&self) -> String {
        let Self { line, does, .. } = self;
        match self.more {
            0 => format!("change line {line}, which {does}"),
            more => format!("change line {line}, which {does}, and {more} more"),
        }
    }
}

/// A module of an app's crate, and what that is called where it is a library.
#[derive(Clone, Copy)]
pub(crate) struct Code<'a> {
    pub(crate) module: &'a str,
    pub(crate) library: Option<&'a str>,
}

/// The files that a request's element is used by. An override goes from under its elements without breaking them:
/// only code uses it.
pub(crate) fn users(request: &Request, code: Option<Code<'_>>, sources: &[Source]) -> Vec<User> {
    let named = match request.kind {
        Kind::Override => None,
        Kind::Family => Some((request.name.family(), true)),
        _ => Some((request.name.as_str(), false)),
    };
    let user = |(file, text): &Source| {
        let is_code = file.extension().is_some_and(|it| it == "rs");
        let does = |line: &str| {
            if is_code && line.trim_start().starts_with("//") {
                return None;
            }
            let used = code.filter(|code| is_code && uses(line, *code));
            let used = used.map(|code| format!("uses the module `{}`", code.module));
            used.or_else(|| {
                let (name, is_family) = named?;
                names(line, name, is_family).map(|name| format!("names `{name}`"))
            })
        };
        let mut lines = (1..).zip(text.lines()).filter_map(|(at, line)| Some((at, does(line)?)));
        let (line, does) = lines.next()?;
        Some(User { file: file.clone(), line, more: lines.count(), does })
    };
    sources.iter().filter_map(user).collect()
}

/// The definitions whose `type` is a name.
pub(crate) fn elements_of<'a>(type_name: &str, sources: &'a [Source]) -> Vec<&'a Path> {
    let is_of = |text: &str| {
        let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
        json.is_some_and(|json| json.get("type").is_some_and(|it| it == type_name))
    };
    let is_it = |(file, text): &&Source| file.ends_with("e.json") && is_of(text);
    sources.iter().filter(is_it).map(|(file, _)| file.as_path()).collect()
}

/// The names of an app's elements, as their folders give them.
pub(crate) fn elements(sources: &[Source], dir: &Path) -> Vec<String> {
    let name = |(file, _): &Source| {
        let folder = file.parent().filter(|_| file.ends_with("e.json"))?.strip_prefix(dir).ok()?;
        let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
        (!parts.is_empty()).then(|| parts.join("."))
    };
    sources.iter().filter_map(name).collect()
}

/// The file, and the line, that registers code under a name.
pub(crate) fn registration<'a>(name: &str, sources: &'a [Source]) -> Option<(&'a Path, usize)> {
    sources.iter().filter(|(file, _)| file.extension().is_some_and(|it| it == "rs")).find_map(
        |(file, text)| {
            let begins = ["register_", "const FULL_NAME"].into_iter();
            let at = begins.flat_map(|word| text.match_indices(word)).find_map(|(at, _)| {
                let statement = text.get(at..)?.split(';').next()?;
                statement.contains(&format!("\"{name}\"")).then_some(at)
            })?;
            let line = text.get(..at)?.matches('\n').count() + 1;
            Some((file.as_path(), line))
        },
    )
}

/// The JSON and Rust files of an app but for those that go, and for what is neither elements nor code: data that it
/// has kept, what was built.
pub(crate) fn sources(dir: &Path, gone: &[PathBuf]) -> Vec<Source> {
    let mut found = Vec::new();
    collect(dir, dir, gone, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, root: &Path, gone: &[PathBuf], found: &mut Vec<Source>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            let is_data = folder == root && name == "appData";
            let is_foreign = name.starts_with('.') || FOREIGN.contains(&&*name);
            if !is_data && !is_foreign && !path.is_symlink() {
                collect(&path, root, gone, found);
            }
        } else if path.extension().is_some_and(|it| it == "rs" || it == "json")
            && !gone.contains(&path)
        {
            found.extend(fs::read_to_string(&path).ok().map(|text| (path, text)));
        }
    }
}

/// Folders that hold nobody's sources.
const FOREIGN: [&str; 4] = ["target", "dist", "node_modules", "__pycache__"];

/// The name in a line that is a whole text, the default of a variable, or a selector of elements by their Type; of a
/// family each name in it.
fn names<'a>(line: &'a str, name: &str, is_family: bool) -> Option<&'a str> {
    let searched = if is_family { format!("{name}.") } else { name.to_owned() };
    line.match_indices(&searched).find_map(|(at, _)| {
        let (before, rest) = (line.get(..at)?, line.get(at..)?);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (found, after) = rest.split_at(end);
        let begins = ["\"", "\".", ":-"].iter().any(|it| before.ends_with(it));
        let ends = after.starts_with(['"', '\\', '}', ':']);
        let is_it = if is_family { found.len() > searched.len() } else { found == name };
        (begins && ends && is_it).then_some(found)
    })
}

/// Whether code refers to a crate: `bytes::Bytes`, `use bytes`.
pub(crate) fn mentions(code: &str, name: &str) -> bool {
    words(code, name).any(|(before, rest)| is_path(before, rest))
}

/// Whether code refers to a module of its own crate: `crate::files`, `shop::files` from outside, or `files::File` in
/// the crate's root.
fn uses(text: &str, Code { module, library }: Code<'_>) -> bool {
    let is_own = |before: &str| {
        let mut paths = ["crate", "self", "super"].into_iter().chain(library);
        let path = before.strip_suffix("::").unwrap_or_default();
        paths.any(|own| path.ends_with(own))
    };
    words(text, module)
        .any(|(before, rest)| is_own(before) || (is_path(before, rest) && !before.ends_with("::")))
}

fn is_path(before: &str, rest: &str) -> bool {
    rest.starts_with("::") || before.ends_with("use ")
}

/// What stands before and behind a word.
fn words<'a>(code: &'a str, word: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(word).filter_map(move |(at, found)| {
        let (before, rest) = (code.get(..at)?, code.get(at + found.len()..)?);
        (!before.ends_with(is_part) && !rest.starts_with(is_part)).then_some((before, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_it_is_one() {
        for (line, found) in [
            (r#"  "type": "storages.MyFiles","#, Some("storages.MyFiles")),
            (r#"  "file": "${FILES:-storages.MyFiles}""#, Some("storages.MyFiles")),
            (r#"app.find(".storages.MyFiles:#title=A")"#, Some("storages.MyFiles")),
            (r#""{ \"storage\": \"storages.MyFiles\" }""#, Some("storages.MyFiles")),
            (r#""storages.MyFiles2""#, None),
            (r#""storages.MyFiles.Inner""#, None),
            (r#""my.storages.MyFiles""#, None),
            (r#""Copies what is in storages.MyFiles""#, None),
        ] {
            assert_eq!(names(line, "storages.MyFiles", false), found, "{line}");
        }
        assert_eq!(names(r#""bots.A""#, "bots", true), Some("bots.A"));
        for line in [r#""bots""#, r#""bots.""#, r#""robots.A""#] {
            assert_eq!(names(line, "bots", true), None, "{line}");
        }
    }

    #[test]
    fn a_module_is_found_where_it_is_one() {
        for (line, is) in [
            ("use crate::bots::Bot;", true),
            ("use crate::bots;", true),
            ("use bots::Bot;", true),
            ("    bots::{Bot, Bots},", true),
            ("fn f(bot: &dyn super::bots::Bot) {}", true),
            ("use shop::bots::Bot;", true),
            ("use other::bots::Bot;", false),
            ("mod bots;", false),
            ("let bots = robots::bots();", false),
        ] {
            let code = Code { module: "bots", library: Some("shop") };
            assert_eq!(uses(line, code), is, "{line}");
        }
    }

    #[test]
    fn what_registers_a_name_is_found() {
        let text = "//! A.\n\nregister_type!(\n    app \"a.B\",\n    \"bots.A\" => A\n);\n";
        let sources = [(PathBuf::from("a.rs"), text.to_owned())];
        assert_eq!(registration("bots.A", &sources), Some((Path::new("a.rs"), 3)));
        assert_eq!(registration("bots.B", &sources), None);
    }
}
