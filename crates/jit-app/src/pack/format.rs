//! The bytes of a pack.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use crc_fast::{CrcAlgorithm, checksum};
use serde::{Deserialize, Serialize};

use crate::walk::{DEEPEST, Folder};
use crate::{files, layout};

const NAME: &str = "jit-pack";
const VERSION: &str = "1";

/// The two lines before the index have room in it.
pub(super) const START: usize = 256;
/// An index is smaller: it holds half a million folders.
const LARGEST: usize = 64 * 1024 * 1024;

/// What stands before the texts.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Index {
    pub(super) in_crate: bool,
    /// The length of `app.json`.
    pub(super) app: usize,
    pub(super) folders: Vec<Recorded>,
    pub(super) no_define: Vec<String>,
}

/// A folder that was read.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    pub(super) path: String,
    /// When its list of files changed last.
    pub(super) changed: i64,
    /// When anything about it did, which nobody can set; not every system knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) define: Option<Stamp>,
}

/// What tells one version of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) changed: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<i64>,
}

impl Recorded {
    pub(super) fn below(&self, root: &Path) -> Folder {
        below(root, &self.path)
    }
}

/// A folder, from its path below the root.
pub(super) fn below(root: &Path, path: &str) -> Folder {
    if path.is_empty() {
        return Folder::root(root);
    }
    let depth = path.split('/').count();
    Folder { path: root.join(path), shown: path.to_owned(), depth }
}

/// A pack in memory: complete, undamaged and of our version.
#[derive(Debug)]
pub(super) struct Pack {
    index: Index,
    /// The first line, which tells one pack from another.
    head: String,
    bytes: Vec<u8>,
    /// Where in the bytes the text of `app.json` is.
    app: Range<usize>,
    /// The same for each folder's `e.json`.
    texts: Vec<Range<usize>>,
}

impl Pack {
    /// Puts a pack together; `texts` are those of `app.json` and of each `e.json`.
    pub(super) fn encode(index: &Index, texts: &[Vec<u8>]) -> serde_json::Result<Vec<u8>> {
        let index = serde_json::to_vec(index)?;
        let mut body = format!("{}\n", index.len()).into_bytes();
        body.extend(index);
        texts.iter().for_each(|text| body.extend(text));
        let sum = checksum(CrcAlgorithm::Crc64Nvme, &body);
        let mut bytes = format!("{NAME} {VERSION} {sum:016x}\n").into_bytes();
        bytes.extend(body);
        Ok(bytes)
    }

    /// Reads a pack from a file of `size` bytes, or says what is wrong with it. `None` for the file of
    /// another program. No more is read than what was read before allows.
    pub(super) fn read(mut file: impl Read, size: u64) -> Result<Option<Self>, String> {
        let damaged = || "it is damaged".to_owned();
        let mut bytes = Vec::new();
        more(&mut file, &mut bytes, START)?;
        if is_foreign(&bytes) {
            return Ok(None);
        }
        let (head, body) = line(&bytes).ok_or_else(damaged)?;
        let sum = match head.split(' ').collect::<Vec<_>>().as_slice() {
            [NAME, VERSION, sum] => (*sum).to_owned(),
            [NAME, version, ..] => {
                return Err(format!(
                    "its format is of version {version}, and this program reads {VERSION}"
                ));
            }
            _ => return Err(damaged()),
        };
        let (length, rest) = line(body).ok_or_else(damaged)?;
        let length: usize = length.parse().map_err(|_| damaged())?;
        let (head, summed, start) =
            (head.to_owned(), bytes.len() - body.len(), bytes.len() - rest.len());
        let end =
            start.checked_add(length).filter(|end| length <= LARGEST && is_within(*end, size));
        let end = end.ok_or_else(damaged)?;
        more(&mut file, &mut bytes, end)?;
        let index = bytes.get(start..end).ok_or_else(damaged)?;
        let index: Index = serde_json::from_slice(index).map_err(|_| damaged())?;
        let (app, texts) = index.places(end).ok_or_else(damaged)?;
        let whole = texts.last().map_or(app.end, |last| last.end);
        if whole as u64 != size || !index.is_sound() {
            return Err(damaged());
        }
        // One byte more tells a file that has grown.
        more(&mut file, &mut bytes, whole.saturating_add(1))?;
        let body = bytes.get(summed..).unwrap_or_default();
        let is_whole = bytes.len() == whole
            && format!("{:016x}", checksum(CrcAlgorithm::Crc64Nvme, body)) == sum;
        is_whole.then_some(Some(Self { index, head, bytes, app, texts })).ok_or_else(damaged)
    }

    pub(super) fn in_crate(&self) -> bool {
        self.index.in_crate
    }

    pub(super) fn head(&self) -> &str {
        &self.head
    }

    /// Whether a folder looked like an element's and had no `e.json`.
    pub(super) fn looks_like_an_element(&self, folder: &str) -> bool {
        self.index.no_define.binary_search_by(|path| path.as_str().cmp(folder)).is_ok()
    }

    pub(super) fn no_define(&self) -> &[String] {
        &self.index.no_define
    }

    /// Whether a folder below the root had an `e.json`.
    pub(super) fn has_define(&self, folder: &str) -> bool {
        self.index.find(folder).is_some_and(|folder| folder.define.is_some())
    }

    /// The text of `app.json`.
    pub(super) fn app(&self) -> &[u8] {
        self.bytes.get(self.app.clone()).unwrap_or_default()
    }

    /// Every folder, in the order of their paths, with the text of its `e.json` when it has one.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&Recorded, &[u8])> {
        (0..self.texts.len()).filter_map(|at| self.folder(at))
    }

    /// One of them, by its place among them.
    pub(super) fn folder(&self, at: usize) -> Option<(&Recorded, &[u8])> {
        let text = self.bytes.get(self.texts.get(at)?.clone())?;
        Some((self.index.folders.get(at)?, text))
    }
}

impl Index {
    /// The folder of a path.
    fn find(&self, path: &str) -> Option<&Recorded> {
        let at = self.folders.binary_search_by(|folder| folder.path.as_str().cmp(path));
        at.ok().and_then(|at| self.folders.get(at))
    }

    /// Where the text of `app.json` and that of each folder's `e.json` are, after an index that ends at `end`.
    fn places(&self, end: usize) -> Option<(Range<usize>, Vec<Range<usize>>)> {
        let mut at = end;
        let mut next = |size: u64| {
            let size = usize::try_from(size).ok().filter(|_| size <= files::LARGEST)?;
            let start = at;
            at = start.checked_add(size)?;
            Some(start..at)
        };
        let app = next(self.app as u64)?;
        let sizes = self.folders.iter().map(|folder| folder.define.map_or(0, |define| define.size));
        Some((app, sizes.map(next).collect::<Option<_>>()?))
    }

    /// Whether a walk can have found the folders: a pack brings nothing that the sources could not.
    fn is_sound(&self) -> bool {
        let is_path = |path: &str| {
            let parts = || path.split('/');
            let is_name = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\\');
            path.is_empty()
                || (parts().all(is_name)
                    && parts().count() < DEEPEST
                    && !(1..)
                        .zip(parts())
                        .any(|(depth, part)| layout::skips(part, depth, || self.in_crate)))
        };
        self.folders.is_sorted_by(|a, b| a.path < b.path)
            && self.folders.iter().all(|folder| is_path(&folder.path))
            && self.no_define.is_sorted_by(|a, b| a < b)
            && self
                .no_define
                .iter()
                .all(|path| self.find(path).is_some_and(|folder| folder.define.is_none()))
    }
}

/// The first line of a file, when it is one of a pack.
pub(super) fn head(path: &Path) -> Option<String> {
    let bytes = files::bytes(path, START as u64).ok()?;
    let (head, _) = line(&bytes)?;
    head.starts_with(NAME).then(|| head.to_owned())
}

/// JitAi's own build output is JSON, under the same name; `start` is how a file begins.
pub(super) fn is_foreign(start: &[u8]) -> bool {
    start.trim_ascii_start().starts_with(b"{")
}

/// Reads on until there are `length` bytes, or to the end.
fn more(file: &mut impl Read, bytes: &mut Vec<u8>, length: usize) -> Result<(), String> {
    let missing = length.saturating_sub(bytes.len());
    let read = file.take(missing as u64).read_to_end(bytes);
    read.map(drop).map_err(|error| files::reason(&error))
}

fn is_within(end: usize, size: u64) -> bool {
    end as u64 <= size
}

/// The first line, and what follows it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().take(START).position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
    Some((line, bytes.get(end + 1..)?))
}
