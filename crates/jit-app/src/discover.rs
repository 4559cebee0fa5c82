//! Finding the elements of an app and reading what they say of themselves.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{Code, Define, Diagnostic, FullName, SourceFile};

use crate::layout::{self, SPLITS};
use crate::walk::{DEEPEST, Folder, Walk, Walked};
use crate::{links, pack};

pub(crate) use crate::layout::is_skipped;

/// An element's folder, with what its `e.json` says.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) full_name: FullName,
    pub(crate) dir: PathBuf,
    /// What its `e.json` says, or what is wrong with it.
    pub(crate) define: Result<Define, Vec<Diagnostic>>,
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Found {
    /// An element from the text of its `e.json`.
    pub(crate) fn parse(
        full_name: FullName,
        dir: PathBuf,
        file: Result<Arc<SourceFile>, Box<Diagnostic>>,
    ) -> Self {
        let define = file
            .map_err(|finding| vec![*finding])
            .and_then(|file| Define::parse(full_name.clone(), file));
        match define {
            Ok((define, warnings)) => Self { full_name, dir, define: Ok(define), warnings },
            Err(findings) => Self { full_name, dir, define: Err(findings), warnings: Vec::new() },
        }
    }

    /// Takes note of another `e.json` of the same element, which is not used and must not contradict.
    fn agree(&mut self, other: Self) {
        match (&mut self.define, other.define) {
            (Ok(define), Ok(other)) if define.type_name() == other.type_name() => {}
            (Ok(define), Ok(other)) => self.define = Err(vec![disagree(define, &other)]),
            (Ok(_), Err(findings)) => self.define = Err(findings),
            (Err(findings), Err(more)) => findings.extend(more),
            (Err(_), Ok(_)) => {}
        }
    }
}

/// Reads the elements of the app in `root`, which is shown as `prefix`, in the order of their names. What
/// cannot be read is reported and does not stop the rest. A pack of them is used where there is one and it
/// is fresh.
pub(crate) fn discover(root: &Path, prefix: &str) -> (Vec<Found>, Vec<Diagnostic>) {
    let walk = Walk::new(root, prefix);
    assemble(pack::read(&walk).unwrap_or_else(|| walk.walk(Folder::root(root))))
}

/// The same for the elements in `folder`, which is `root` or lies below it. In the place of an element's
/// `backend` or `frontend`, the whole element is read. A folder that is not there holds nothing.
pub(crate) fn discover_below(
    root: &Path,
    folder: &Path,
    prefix: &str,
) -> (Vec<Found>, Vec<Diagnostic>) {
    let walk = Walk::new(root, prefix);
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    if is_skipped(root, below) {
        return (Vec::new(), Vec::new());
    }
    let mut folders = vec![Folder::root(root)];
    for name in below {
        folders.extend(folders.last().map(|folder| folder.below(name)));
    }
    let packed = pack::alone(root);
    let has_define = |folder: &str| match &packed {
        Some(pack) => pack.has_define(folder),
        None => walk.has_define(folder),
    };
    let is_split = |folder: &Folder| layout::name_of(&folder.shown, &has_define).is_split;
    while folders.last().is_some_and(is_split) {
        folders.pop();
    }
    let read = |folder: Folder| match &packed {
        Some(pack) => pack.below(&walk, &folder.shown),
        None => walk.walk_below(folder),
    };
    let folder = folders.pop().filter(|folder| folder.depth < DEEPEST);
    folder.map(|folder| assemble(read(folder))).unwrap_or_default()
}

/// Reads one element by name, without a walk; `None` when no folder that it may be in has an `e.json`.
/// Links are followed as in a walk. Of an app without sources, its pack is asked.
pub(crate) fn element(root: &Path, prefix: &str, full_name: &FullName) -> Option<Found> {
    let walk = Walk::new(root, prefix);
    if let Some(pack) = pack::alone(root) {
        return assemble(pack.element(&walk, full_name)).0.pop();
    }
    // An element's folder may be in those of others, and so in their `backend`s and `frontend`s.
    let mut folders = vec![Folder::root(root)];
    for segment in full_name.as_str().split('.') {
        let within = folders.iter().flat_map(with_splits);
        let below = within.map(|folder| folder.below(segment.as_ref()));
        folders = below.filter(|folder| folder.path.is_dir()).collect();
    }
    if folders.iter().flat_map(with_splits).any(|folder| links::is_beyond_one(root, &folder.path)) {
        // Which of several links to one place is followed, a walk tells.
        let found = assemble(walk.walk(Folder::root(root))).0.into_iter();
        return found.filter(|found| found.full_name == *full_name).last();
    }
    let has_define = |folder: &str| walk.has_define(folder);
    let mut walked = Walked::default();
    for folder in folders.iter().flat_map(with_splits) {
        let below = folder.path.strip_prefix(root).unwrap_or(&folder.path);
        if folder.depth < DEEPEST
            && walk.has_define(&folder.shown)
            && !is_skipped(root, below)
            && walk.name(&folder, &has_define).is_ok_and(|(name, ..)| name == *full_name)
        {
            walked.entries.extend(walk.read(&folder, None).ok());
        }
    }
    assemble(walked).0.pop()
}

/// A folder, and those of its code.
fn with_splits(folder: &Folder) -> Vec<Folder> {
    let splits = SPLITS.into_iter().filter(|_| folder.depth > 0);
    let splits = splits.map(|split| folder.below(split.as_ref()));
    std::iter::once(folder.clone()).chain(splits).collect()
}

/// One element for each name, in order, and what is wrong besides.
fn assemble(walked: Walked) -> (Vec<Found>, Vec<Diagnostic>) {
    let Walked { mut entries, mut findings, .. } = walked;
    entries.sort_by(|a, b| a.key().cmp(&b.key()));
    let mut found: Vec<Found> = Vec::with_capacity(entries.len());
    for entry in entries {
        match found.last_mut() {
            Some(first) if first.full_name == entry.found.full_name => first.agree(entry.found),
            _ => found.push(entry.found),
        }
    }
    findings.sort_by(|a, b| a.0.cmp(&b.0));
    let mut findings: Vec<_> = findings.into_iter().map(|(_, finding)| finding).collect();
    findings.extend(equal_but_for_case(&found));
    (found, findings)
}

fn equal_but_for_case(found: &[Found]) -> Vec<Diagnostic> {
    let mut names: HashMap<String, &Found> = HashMap::with_capacity(found.len());
    let mut findings = Vec::new();
    for one in found {
        let lower = one.full_name.as_str().to_ascii_lowercase();
        let Some(other) = names.insert(lower, one) else { continue };
        let (here, there) = (&one.full_name, &other.full_name);
        let message = format!("`{there}` and `{here}` differ in nothing but case");
        let mut finding = Diagnostic::warning(Code::ElementName, message)
            .help("rename one of the folders: not every file system can hold both");
        if let Ok(define) = &one.define {
            finding = finding.at(define.file(), 0..0, "one of them");
        }
        if let Ok(define) = &other.define {
            finding = finding.note(format!("the other is `{}`", define.file().path()));
        }
        findings.push(finding);
    }
    findings
}

fn disagree(used: &Define, other: &Define) -> Diagnostic {
    let says = |define: &Define| match define.type_name() {
        Some(name) => format!("`{name}`"),
        None => "empty".to_owned(),
    };
    let message = format!("two `e.json` of `{}` disagree on its `type`", used.full_name());
    let label = format!("here it is {}", says(used));
    let (line, column) = other.file().line_column(other.type_span().start);
    Diagnostic::error(Code::SplitType, message)
        .at(used.file(), used.type_span(), label)
        .note(format!("`{}:{line}:{column}` says {}", other.file().path(), says(other)))
        .help("give both the same `type`, or remove one of the two files")
}

#[cfg(test)]
mod tests;
