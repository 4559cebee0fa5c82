//! Walking an app's folders and reading the definitions in them, on as many threads as that is worth.

use std::fs::{self, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use jit_meta::{Code, Diagnostic, FullName, SourceFile};

use crate::discover::Found;
use crate::files::{self, reason};
use crate::layout::{self, SPLITS};
use crate::links::{self, Links, unreadable};
use crate::threads::{self, ALONE};

/// Deeper than any element lies.
pub(crate) const DEEPEST: usize = 32;
/// As many folders a thread takes at a time.
const BATCH: usize = 16;

/// A folder of an app.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Its path below the root, with `/`; empty for the root itself.
    pub(crate) shown: String,
    /// 0 for the root.
    pub(crate) depth: usize,
}

impl Folder {
    pub(crate) fn root(path: &Path) -> Self {
        Self { path: path.to_owned(), shown: String::new(), depth: 0 }
    }

    /// The folder called `name` in this one.
    pub(crate) fn below(&self, name: &std::ffi::OsStr) -> Self {
        let text = name.to_string_lossy();
        let shown = if self.shown.is_empty() {
            text.into_owned()
        } else {
            [&self.shown, "/", &text].concat()
        };
        Self { path: self.path.join(name), shown, depth: self.depth + 1 }
    }

    /// What the file of its own name is called.
    pub(crate) fn own_file(&self) -> String {
        format!("{}.json", self.name())
    }

    fn name(&self) -> &str {
        self.shown.rsplit('/').next().unwrap_or_default()
    }
}

/// An `e.json`.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its folder below the root, and how many segments of that are no part of the name.
    pub(crate) folder: String,
    pub(crate) splits: usize,
    pub(crate) found: Found,
}

impl Entry {
    /// By name; of several with one name, the one to use first.
    pub(crate) fn key(&self) -> (&FullName, usize, &str) {
        (&self.found.full_name, self.splits, &self.folder)
    }
}

/// What was found, in no order.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) entries: Vec<Entry>,
    /// What is wrong with what is no element, each with its path below the root.
    pub(crate) findings: Vec<(String, Diagnostic)>,
    pub(crate) folders: Vec<Folder>,
    links: Vec<Folder>,
}

impl Walked {
    fn append(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
        self.findings.append(&mut other.findings);
        self.folders.append(&mut other.folders);
        self.links.append(&mut other.links);
    }
}

/// A walk through the app in a folder.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    in_crate: bool,
    threads: usize,
}

impl<'a> Walk<'a> {
    /// The app's folder, and what stands before every path that is shown.
    pub(crate) fn new(root: &'a Path, prefix: &'a str) -> Self {
        Self { root, prefix, in_crate: layout::is_crate(root), threads: 0 }
    }

    pub(crate) fn root(&self) -> &'a Path {
        self.root
    }

    /// Whether the app's folder is also a crate's.
    pub(crate) fn in_crate(&self) -> bool {
        self.in_crate
    }

    /// Reads on as many threads, 0 for what the machine has. The result is the same.
    #[cfg(test)]
    pub(crate) fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Everything in a folder of the app and in the folders below it. Links come last, one after the
    /// other, so that which of two is followed is no matter of chance.
    pub(crate) fn walk(&self, start: Folder) -> Walked {
        let mut walked = self.folders(start);
        let mut pending = std::mem::take(&mut walked.links);
        if pending.is_empty() {
            return walked;
        }
        let mut links = Links::new(self.root);
        pending.sort_by(|a, b| b.shown.cmp(&a.shown));
        while let Some(link) = pending.pop() {
            match links.follow(&link.path, &self.told(&link)) {
                Ok(false) => {}
                Ok(true) => {
                    let mut inner = self.folders(link);
                    inner.links.sort_by(|a, b| b.shown.cmp(&a.shown));
                    pending.append(&mut inner.links);
                    walked.append(inner);
                }
                Err(finding) => walked.findings.push((link.shown, *finding)),
            }
        }
        walked
    }

    /// The same as of [`walk`](Self::walk), of what lies in or below a folder. Where there are links, it takes all: of
    /// several to one place the first is followed, wherever it is.
    pub(crate) fn walk_below(&self, folder: Folder) -> Walked {
        if !links::is_beyond_one(self.root, &folder.path) {
            let walked = self.folders(folder.clone());
            if walked.links.is_empty() {
                return walked;
            }
        }
        let mut walked = self.walk(Folder::root(self.root));
        let is_in = |path: &str| {
            let rest = path.strip_prefix(&folder.shown);
            folder.shown.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        walked.entries.retain(|entry| is_in(&entry.folder));
        walked.findings.retain(|(path, _)| is_in(path));
        walked.folders.retain(|folder| is_in(&folder.shown));
        walked
    }

    /// The same, with links only listed.
    fn folders(&self, start: Folder) -> Walked {
        let mut walked = Walked::default();
        let mut pending = vec![start];
        while let Some(folder) = pending.pop() {
            if walked.folders.len() == ALONE {
                pending.push(folder);
                walked.append(self.share(pending));
                return walked;
            }
            self.visit(folder, &mut walked, &mut pending);
        }
        walked
    }

    /// Reads folders and those below them together with other threads.
    fn share(&self, pending: Vec<Folder>) -> Walked {
        let threads = match self.threads {
            0 => threads::count(),
            threads => threads,
        };
        let (queue, changed) = (Mutex::new(Queue { pending, busy: 0 }), Condvar::new());
        thread::scope(|scope| {
            let work = || self.work(&queue, &changed);
            // Without the others it takes longer, and that is all.
            let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
            let others: Vec<_> = (1..threads).filter_map(start).collect();
            let mut walked = work();
            for other in others {
                match other.join() {
                    Ok(more) => walked.append(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            walked
        })
    }

    fn work(&self, queue: &Mutex<Queue>, changed: &Condvar) -> Walked {
        let mut walked = Walked::default();
        let mut state = lock(queue);
        loop {
            let kept = state.pending.len().saturating_sub(BATCH);
            let mut batch = state.pending.split_off(kept);
            if batch.is_empty() && state.busy == 0 {
                return walked;
            }
            if batch.is_empty() {
                state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.busy += 1;
            drop(state);
            let mut below = Vec::new();
            while let Some(folder) = batch.pop() {
                self.visit(folder, &mut walked, &mut below);
            }
            state = lock(queue);
            state.busy -= 1;
            state.pending.append(&mut below);
            changed.notify_all();
        }
    }

    /// Lists one folder: reads its `e.json`, and adds the folders in it to `below`, the first one last.
    fn visit(&self, folder: Folder, walked: &mut Walked, below: &mut Vec<Folder>) {
        let listing = match fs::read_dir(&folder.path) {
            Ok(listing) => listing,
            // It was there a moment ago.
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => {
                let finding = unreadable(&self.told(&folder), &reason(&error));
                walked.findings.push((folder.shown, finding));
                return;
            }
        };
        let first = below.len();
        let (mut define, mut has_own) = (None, false);
        for entry in listing {
            let entry = match entry.and_then(|entry| Ok((entry.file_type()?, entry.file_name()))) {
                Ok(entry) => entry,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    let finding = unreadable(&self.told(&folder), &reason(&error));
                    walked.findings.push((folder.shown.clone(), finding));
                    continue;
                }
            };
            let (kind, name) = entry;
            if name == "e.json" {
                define = Some(kind);
            } else if kind.is_dir() || kind.is_symlink() {
                let skips =
                    layout::skips(&name.to_string_lossy(), folder.depth + 1, || self.in_crate);
                if skips || folder.depth + 1 >= DEEPEST {
                    continue;
                }
                let sub = folder.below(&name);
                if kind.is_dir() { below.push(sub) } else { walked.links.push(sub) }
            } else {
                let stem = name.to_str().and_then(|name| name.strip_suffix(".json"));
                has_own |= stem == Some(folder.name());
            }
        }
        // In order already, the whole is sorted in no time.
        if let Some(new) = below.get_mut(first..) {
            new.sort_unstable_by(|a, b| b.shown.cmp(&a.shown));
        }
        match define {
            Some(kind) if kind.is_symlink() && is_gone(&folder.path.join("e.json")) => {
                walked.links.push(folder.below("e.json".as_ref()));
            }
            Some(kind) => match self.read(&folder, Some(kind)) {
                Ok(entry) => walked.entries.push(entry),
                Err(finding) => {
                    let define = folder.below("e.json".as_ref());
                    walked.findings.push((define.shown, *finding));
                }
            },
            None if has_own && self.looks_like_an_element(&folder) => {
                walked.findings.push((folder.shown.clone(), self.no_define(&folder)));
            }
            None => {}
        }
        walked.folders.push(folder);
    }

    /// Reads the `e.json` of a folder. `kind` is what it is, where that is known.
    pub(crate) fn read(
        &self,
        folder: &Folder,
        kind: Option<FileType>,
    ) -> Result<Entry, Box<Diagnostic>> {
        let read = match kind {
            Some(kind) if kind.is_file() => files::read_regular,
            _ => files::read,
        };
        let read = |shown: &str| read(&folder.path.join("e.json"), shown);
        self.entry(folder, &|folder| self.has_define(folder), read)
    }

    /// The element of the `e.json` in a folder, whose text `read` gives for the path to show. `has_define`
    /// says of a folder whether it has an `e.json`.
    pub(crate) fn entry(
        &self,
        folder: &Folder,
        has_define: &dyn Fn(&str) -> bool,
        read: impl FnOnce(&str) -> Result<Option<Arc<SourceFile>>, Box<Diagnostic>>,
    ) -> Result<Entry, Box<Diagnostic>> {
        let (full_name, splits, dir) = self.name(folder, has_define)?;
        let shown = self.told(folder) + "/e.json";
        let missing =
            || Box::new(Diagnostic::error(Code::Unreadable, format!("`{shown}` has gone")));
        let file = read(&shown).and_then(|file| file.ok_or_else(missing));
        let found = Found::parse(full_name, dir, file);
        Ok(Entry { folder: folder.shown.clone(), splits, found })
    }

    /// The name of the element that the `e.json` in a folder defines, how many segments of the path are no
    /// part of it, and the element's own folder.
    pub(crate) fn name(
        &self,
        folder: &Folder,
        has_define: &dyn Fn(&str) -> bool,
    ) -> Result<(FullName, usize, PathBuf), Box<Diagnostic>> {
        let shown = &folder.shown;
        if shown.is_empty() {
            let message = "`e.json` at the app's root belongs to no element";
            let finding = Diagnostic::error(Code::ElementName, message)
                .help("move it into a folder of its own, like `storages/MyOss/e.json`");
            return Err(Box::new(finding));
        }
        let named = layout::name_of(shown, has_define);
        // A dot inside a folder's name would make two folders share a name.
        let why = if shown.contains('.') {
            format!("`{shown}` has a dot in it")
        } else {
            match named.name.parse::<FullName>() {
                Ok(full_name) => {
                    let above = folder.path.parent().filter(|_| named.is_split);
                    let dir = above.unwrap_or(&folder.path).to_owned();
                    return Ok((full_name, named.splits, dir));
                }
                Err(error) => error.to_string(),
            }
        };
        let shown = self.told(folder);
        let message = format!("the folder `{shown}` cannot be an element: {why}");
        let finding = Diagnostic::error(Code::ElementName, message)
            .help("rename the folder: letters, digits and `_`, not starting with a digit");
        Err(Box::new(finding))
    }

    pub(crate) fn no_define(&self, folder: &Folder) -> Diagnostic {
        let shown = self.told(folder);
        let message = format!("`{shown}` looks like an element and has no `e.json`");
        Diagnostic::warning(Code::NoDefine, message)
            .help(format!("create `{shown}/e.json` with a `title` and a `type`"))
    }

    /// A folder's path as it is shown to people.
    pub(crate) fn told(&self, folder: &Folder) -> String {
        [self.prefix, &folder.shown].concat()
    }

    /// Whether a folder below the root has an `e.json`.
    pub(crate) fn has_define(&self, folder: &str) -> bool {
        fs::symlink_metadata(self.root.join(folder).join("e.json")).is_ok()
    }

    /// Whether a folder without `e.json`, which holds a file of its own name, is in a namespace: what is in
    /// an element's folder belongs to that one.
    fn looks_like_an_element(&self, folder: &Folder) -> bool {
        let slashes = folder.shown.match_indices('/').map(|(at, _)| at);
        let mut folders = slashes.chain([folder.shown.len()]).map(|end| folder.shown.get(..end));
        let has_define = |folder: &str| self.has_define(folder);
        let in_element = folders.any(|up| up.is_some_and(|up| layout::is_element(up, &has_define)));
        folder.depth > 1 && !SPLITS.contains(&folder.name()) && !in_element
    }
}

/// What several threads work on.
#[derive(Debug)]
struct Queue {
    pending: Vec<Folder>,
    /// How many threads may still add to it.
    busy: usize,
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_gone(path: &Path) -> bool {
    fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}
