//! The pack of an app: all its definitions in one file, `dist/app.jit`, so that it starts with one read.
//!
//! [`write()`] makes it, and loading an app uses it by itself while it is fresh. It is checked against the
//! folder without opening a file: by size and time of change of every `e.json`, and by the time of change of
//! every folder. Once a definition has been edited, added, removed or renamed, the sources are read and
//! [`App::check`](crate::App::check) says so. Where there are no sources at all, the pack is used as it is:
//! such a folder holds `dist/app.jit` and configurations.
//!
//! # Format
//!
//! The first line is `jit-pack`, the version of the format (`1`) and the CRC-64 (`NVMe`) of everything after
//! the line, in 16 hexadecimal digits. The second line is the length of the index in bytes. Then come the
//! index, which is JSON, and the texts of `app.json` and of each `e.json` in the order of the index, just as
//! they were read. All times are nanoseconds since 1970.
//!
//! | key of the index | meaning |
//! |---|---|
//! | `inCrate` | whether there is a `Cargo.toml` beside `app.json`, which makes a difference to what is read |
//! | `app` | the length of `app.json` |
//! | `folders` | every folder that was read, each with its `path` below the root, the time it was `changed`, and the `size` of its `e.json` and the time that one was `changed`, as `define`, when it has one |
//! | `noDefine` | the paths of folders that look like an element's and have no `e.json` |

mod format;
mod fresh;
mod make;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, SourceFile};

use self::format::Pack;
use crate::files;
use crate::threads::spread;
use crate::walk::{Folder, Walk, Walked};

pub use self::make::{Packed, write};

/// Where a pack is, in the folder of its app.
pub const PATH: &str = "dist/app.jit";

/// A pack may be as large.
const LARGEST: u64 = 1 << 32;

/// What the pack of an app says, when there is one and it may be used, otherwise what the folder says and a
/// finding about the pack; `None` when there is no pack.
pub(crate) fn read(walk: &Walk<'_>) -> Option<Walked> {
    let (pack, why) = match load(walk.root()) {
        Ok(None) => return None,
        Ok(Some(pack)) => match fresh::stale(&pack, walk) {
            None => return Some(contents(&pack, walk)),
            Some(why) => (Some(pack), why),
        },
        Err(why) => (None, why),
    };
    let mut walked = walk.walk(Folder::root(walk.root()));
    let has_sources = !walked.entries.is_empty()
        || walked.findings.iter().any(|(_, finding)| finding.code == Code::ElementName);
    if !has_sources && let Some(pack) = pack {
        walked.findings.retain(|(_, finding)| finding.code != Code::NoDefine);
        let mut packed = contents(&pack, walk);
        packed.findings = walked.findings;
        return Some(packed);
    }
    let told = walk.told(&Folder::root(walk.root()).below(PATH.as_ref()));
    let (message, help) = (format!("`{told}` is not used: {why}"), "run `app pack` again");
    let finding = if has_sources {
        Diagnostic::warning(Code::StalePack, message).help(help)
    } else {
        Diagnostic::error(Code::StalePack, message)
            .help("and there are no sources: install it again")
    };
    walked.findings.push((PATH.to_owned(), finding));
    Some(walked)
}

/// The `app.json` in the pack of an app.
pub(crate) fn manifest(root: &Path) -> Result<Option<Arc<SourceFile>>, Box<Diagnostic>> {
    match load(root) {
        Ok(None) => Ok(None),
        Ok(Some(pack)) => files::text(Ok(pack.app().to_vec()), "app.json"),
        Err(why) => {
            let message = format!("there is no `app.json`, and `{PATH}` is not used: {why}");
            Err(Box::new(
                Diagnostic::error(Code::StalePack, message)
                    .help("install the app again, or pack it again where its sources are"),
            ))
        }
    }
}

/// Reads the pack of an app; otherwise says why it is none that can be used.
fn load(root: &Path) -> Result<Option<Pack>, String> {
    let path: PathBuf = root.join(PATH);
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err("it is not a regular file".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(files::reason(&error)),
    }
    let bytes = files::bytes(&path, LARGEST).map_err(|error| files::reason(&error))?;
    if is_foreign(&bytes) {
        return Ok(None);
    }
    Pack::decode(bytes).map(Some)
}

/// JitAi's own build output is JSON, under the same name.
fn is_foreign(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// What a walk through the folder that was packed has found.
fn contents(pack: &Pack, walk: &Walk<'_>) -> Walked {
    let with_define = || pack.folders().filter(|(folder, _)| folder.define.is_some());
    let defines: HashSet<&str> = with_define().map(|(folder, _)| folder.path.as_str()).collect();
    let texts: Vec<_> = with_define().collect();
    let entries = spread(&texts, |(folder, text)| {
        let read = |shown: &str| files::text(Ok(text.to_vec()), shown);
        let folder = folder.below(walk.root());
        walk.entry(&folder, &|folder| defines.contains(folder), read)
    });
    let mut walked = Walked::default();
    for (entry, (folder, _)) in entries.into_iter().zip(&texts) {
        match entry {
            Ok(entry) => walked.entries.push(entry),
            Err(finding) => walked.findings.push((folder.path.clone(), *finding)),
        }
    }
    for path in pack.no_define() {
        let folder = format::below(walk.root(), path);
        walked.findings.push((path.clone(), walk.no_define(&folder)));
    }
    walked
}

#[cfg(test)]
mod tests;
