//! The pack of an app: all its definitions in one file, `dist/app.jit`, so that it starts with one read.
//!
//! [`write()`] makes it, and loading an app uses it by itself while it is fresh. It is checked against the
//! folder without opening a file: by size and times of every `e.json`, and by the times of every folder. On Unix
//! these are the time of change (`mtime`) and that of the status (`ctime`), which nobody can set back. Copying a
//! tree keeps at most the first: then folders are listed and each `e.json` is read and compared, so that a pack
//! copied along with its sources stays fresh, and starting takes as long as without one. Once a definition has
//! been edited, added, removed or renamed, the sources are read and [`App::check`](crate::App::check) says so.
//!
//! A folder without `app.json` has no sources, and there the pack is used as it is: such a folder holds
//! `dist/app.jit` and configurations. With an `app.json`, a stale pack is never used. A damaged one, one of
//! another app and one that brings what the sources could not have held are never used either.
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
//! | `folders` | every folder that was read, in the order of their paths, each with its `path` below the root, the time it was `changed`, on Unix that of its `status`, and the `size` of its `e.json` and the same times of that one, as `define`, when it has one |
//! | `noDefine` | the paths of folders that look like an element's and have no `e.json` |

mod alone;
mod format;
mod fresh;
mod make;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, SourceFile};

use self::format::{Pack, Recorded};
use crate::files;
use crate::threads::spread;
use crate::walk::{Folder, Walk, Walked};

pub(crate) use self::alone::alone;
pub use self::make::{Packed, write};

/// Where a pack is, in the folder of its app.
pub const PATH: &str = "dist/app.jit";

/// What the pack of an app says, when there is one and it may be used, otherwise what the folder says and a
/// finding about the pack; `None` when there is no pack.
pub(crate) fn read(walk: &Walk<'_>) -> Option<Walked> {
    let is_alone = !has_manifest(walk.root());
    let why = match load(walk.root()) {
        Ok(None) => return None,
        Ok(Some(pack)) if is_alone => {
            let packed = alone::keep(walk.root(), pack).contents(walk);
            return Some(beside(packed, walk));
        }
        Ok(Some(pack)) => match fresh::stale(&pack, walk) {
            None => return Some(contents(&pack, walk)),
            Some(why) => why,
        },
        Err(why) => why,
    };
    let mut walked = walk.walk(Folder::root(walk.root()));
    let message = format!("`{}` is not used: {why}", told(walk));
    let finding = if is_alone {
        Diagnostic::error(Code::StalePack, message)
            .help("and there is no `app.json`: install it again")
    } else {
        Diagnostic::warning(Code::StalePack, message).help("run the app's `pack` again")
    };
    walked.findings.push((PATH.to_owned(), finding));
    Some(walked)
}

/// Without an `app.json`, the pack is the app. What lies beside it is no part of that, which is told.
fn beside(mut packed: Walked, walk: &Walk<'_>) -> Walked {
    let walked = walk.walk(Folder::root(walk.root()));
    packed.findings = walked.findings;
    packed.findings.retain(|(_, finding)| finding.code != Code::NoDefine);
    if let Some(first) = walked.entries.iter().map(|entry| &entry.folder).min() {
        let file = walk.told(&Folder::root(walk.root()).below(first.as_ref()));
        let others = match walked.entries.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let pack = told(walk);
        let message = format!("`{file}/e.json`{others} is not read: the app is `{pack}`");
        let finding = Diagnostic::warning(Code::StalePack, message)
            .help("put the sources and their `app.json` there, or remove what is left of them");
        packed.findings.push((PATH.to_owned(), finding));
    }
    packed
}

fn told(walk: &Walk<'_>) -> String {
    walk.told(&Folder::root(walk.root()).below(PATH.as_ref()))
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

/// Whether an app has sources. One without an `app.json` has none, and is what its pack says.
fn has_manifest(root: &Path) -> bool {
    let app = fs::symlink_metadata(root.join("app.json"));
    !app.is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// Reads the pack of an app; otherwise says why it is none that can be used.
fn load(root: &Path) -> Result<Option<Pack>, String> {
    let path = root.join(PATH);
    let reason = |error| files::reason(&error);
    let size = match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Err("it is not a regular file".to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(reason(error)),
    };
    Pack::read(fs::File::open(&path).map_err(reason)?, size)
}

/// What a walk through the folder that was packed has found.
fn contents(pack: &Pack, walk: &Walk<'_>) -> Walked {
    let texts: Vec<_> = pack.folders().filter(|(folder, _)| folder.define.is_some()).collect();
    let mut walked = entries(pack, walk, &texts);
    for path in pack.no_define() {
        let folder = format::below(walk.root(), path);
        walked.findings.push((path.clone(), walk.no_define(&folder)));
    }
    walked
}

/// The elements in some of its folders.
fn entries(pack: &Pack, walk: &Walk<'_>, folders: &[(&Recorded, &[u8])]) -> Walked {
    let entries = spread(folders, |(folder, text)| {
        let read = |shown: &str| files::text(Ok(text.to_vec()), shown);
        walk.entry(&folder.below(walk.root()), &|folder| pack.has_define(folder), read)
    });
    let mut walked = Walked::default();
    for (entry, (folder, _)) in entries.into_iter().zip(folders) {
        match entry {
            Ok(entry) => walked.entries.push(entry),
            Err(finding) => walked.findings.push((folder.path.clone(), *finding)),
        }
    }
    walked
}

#[cfg(test)]
mod tests;
