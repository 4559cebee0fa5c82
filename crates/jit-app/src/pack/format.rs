//! The bytes of a pack.

use std::ops::Range;
use std::path::Path;

use crc_fast::{CrcAlgorithm, checksum};
use serde::{Deserialize, Serialize};

use crate::walk::Folder;

const NAME: &str = "jit-pack";
const VERSION: &str = "1";

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) define: Option<Stamp>,
}

/// What tells one version of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) changed: i64,
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
    bytes: Vec<u8>,
    /// Where the texts begin.
    texts: usize,
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

    /// Reads a pack, or says what is wrong with it.
    pub(super) fn decode(bytes: Vec<u8>) -> Result<Self, String> {
        let damaged = || "it is damaged".to_owned();
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
        if format!("{:016x}", checksum(CrcAlgorithm::Crc64Nvme, body)) != sum {
            return Err(damaged());
        }
        let (length, rest) = line(body).ok_or_else(damaged)?;
        let length: usize = length.parse().map_err(|_| damaged())?;
        let index = rest.get(..length).ok_or_else(damaged)?;
        let index: Index = serde_json::from_slice(index).map_err(|_| damaged())?;
        let texts = bytes.len() - rest.len() + length;
        let pack = Self { index, bytes, texts };
        // A pack cannot make us read outside of the app.
        let is_path = |path: &String| {
            path.is_empty()
                || path
                    .split('/')
                    .all(|part| !matches!(part, "" | "." | "..") && !part.contains('\\'))
        };
        let mut paths =
            pack.index.folders.iter().map(|folder| &folder.path).chain(&pack.index.no_define);
        let is_whole = pack.ends().last().flatten() == Some(pack.bytes.len());
        if paths.all(is_path) && is_whole { Ok(pack) } else { Err(damaged()) }
    }

    pub(super) fn in_crate(&self) -> bool {
        self.index.in_crate
    }

    pub(super) fn no_define(&self) -> &[String] {
        &self.index.no_define
    }

    /// The text of `app.json`.
    pub(super) fn app(&self) -> &[u8] {
        self.text(self.texts..self.texts.saturating_add(self.index.app))
    }

    /// Every folder, with the text of its `e.json` when it has one.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&Recorded, &[u8])> {
        let ends = self.ends().skip(1);
        let starts = self.ends();
        let ranges = starts.zip(ends).map(|(start, end)| start.zip(end));
        self.index.folders.iter().zip(ranges).map(|(folder, range)| {
            let (start, end) = range.unwrap_or_default();
            (folder, self.text(start..end))
        })
    }

    /// Where the text of `app.json` ends, then for each folder where that of its `e.json` does.
    fn ends(&self) -> impl Iterator<Item = Option<usize>> {
        let sizes = self.index.folders.iter().map(|folder| folder.define.map_or(0, |d| d.size));
        let app = self.texts.checked_add(self.index.app);
        let mut end = app;
        std::iter::once(app).chain(sizes.map(move |size| {
            end = end.and_then(|end| end.checked_add(usize::try_from(size).ok()?));
            end
        }))
    }

    fn text(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }
}

/// The first line, and what follows it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().take(100).position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
    Some((line, bytes.get(end + 1..)?))
}
