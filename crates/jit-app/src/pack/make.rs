//! Making a pack.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use jit_meta::{Code, Diagnostic, Error, ErrorKind, Severity};

use super::PATH;
use super::format::{Index, Pack, Recorded, START, is_foreign};
use super::fresh::{changed, stamp, status};
use crate::files::{self, reason};
use crate::folder::Part;
use crate::manifest::Manifest;
use crate::walk::{Folder, Walk};

/// A file system may tell two moments apart only when they are that far from each other.
const LONGEST: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

/// A pack that was written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Packed {
    /// The file.
    pub path: PathBuf,
    /// How many definitions are in it.
    pub elements: usize,
    /// Its size.
    pub bytes: u64,
}

/// Writes the pack of the app in a folder, in the place of the one before, all at once. Blocks on the file
/// system; waits a moment when the app has just been changed.
///
/// # Errors
///
/// [`ErrorKind::NoApp`] without a usable `app.json`, [`ErrorKind::InvalidDefine`] when a folder has a name
/// that no element can have or something cannot be read or followed, [`ErrorKind::Conflict`] over a file of
/// this name that JitAi's own builder wrote, [`ErrorKind::Io`] when the pack cannot be written.
pub fn write(app_dir: impl AsRef<Path>) -> Result<Packed, Error> {
    let root = app_dir.as_ref();
    Manifest::read(root, "app.json")?;
    let path = root.join(PATH);
    if files::bytes(&path, START as u64).is_ok_and(|start| is_foreign(&start)) {
        let message = format!("`{PATH}` is there, and is no pack of this program");
        return Err(Error::new(ErrorKind::Conflict, message).with_help(
            "JitAi's own builder writes a file of this name: move it away, or remove it",
        ));
    }
    // What is created in the folder of the app changes that, and so comes first.
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(|error| not_written(&error))?;
    let (part, _) = Part::file(folder).map_err(|error| not_written(&error))?;
    let packed = make(root, part.path())?;
    part.rename(&path).map_err(|error| not_written(&error))?;
    Ok(Packed { path, ..packed })
}

/// Writes a temporary file, whose time of change is also the clock: what changed before it was created, and
/// not since, was read as it is.
fn make(root: &Path, temporary: &Path) -> Result<Packed, Error> {
    let start = Instant::now();
    loop {
        let now = clock(temporary).map_err(|error| not_written(&error))?;
        let (index, texts) = scan(root)?;
        let times = index.folders.iter().flat_map(|folder| {
            let define = folder.define;
            let times = [Some(folder.changed), define.map(|define| define.changed)];
            times.into_iter().chain([folder.status, define.and_then(|define| define.status)])
        });
        let later = clock(temporary).map_err(|error| not_written(&error))?;
        if times.flatten().any(|time| (now..=later).contains(&time)) {
            if start.elapsed() > LONGEST {
                let message = "the app is being changed while it is packed";
                return Err(Error::new(ErrorKind::Io, message).with_help("try again"));
            }
            thread::sleep(PAUSE);
            continue;
        }
        let bytes = Pack::encode(&index, &texts)
            .map_err(io::Error::other)
            .and_then(|bytes| {
                let mut file = fs::File::create(temporary)?;
                file.write_all(&bytes)?;
                file.sync_all()?;
                Ok(bytes.len() as u64)
            })
            .map_err(|error| not_written(&error))?;
        let elements = index.folders.iter().filter(|folder| folder.define.is_some()).count();
        return Ok(Packed { path: temporary.to_owned(), elements, bytes });
    }
}

/// What time it is for the file system.
fn clock(temporary: &Path) -> io::Result<i64> {
    fs::write(temporary, "")?;
    Ok(changed(&fs::metadata(temporary)?))
}

/// Reads what belongs into a pack. Times come after what they stand for.
fn scan(root: &Path) -> Result<(Index, Vec<Vec<u8>>), Error> {
    let walk = Walk::new(root, "");
    let mut walked = walk.walk(Folder::root(root));
    walked.findings.sort_by(|a, b| a.0.cmp(&b.0));
    let (harmless, in_the_way): (Vec<_>, Vec<_>) =
        walked.findings.into_iter().partition(|(_, finding)| finding.code == Code::NoDefine);
    if !in_the_way.is_empty() {
        let findings = in_the_way.into_iter().map(|(_, mut finding)| {
            finding.severity = Severity::Error;
            finding.note("an app is packed when everything in it can be read and followed")
        });
        return Err(Error::from_diagnostics(ErrorKind::InvalidDefine, findings.collect()));
    }
    let no_define = harmless.into_iter().map(|(path, _)| path).collect();
    let read = |path: &Path, shown: &str| {
        let unreadable = |finding| Error::from_diagnostics(ErrorKind::InvalidDefine, vec![finding]);
        let text = files::read(path, shown).map_err(|finding| unreadable(*finding))?;
        if text.is_none() {
            return Err(Error::new(ErrorKind::InvalidDefine, format!("`{shown}` has gone")));
        }
        // As it is, byte order mark included: its size is compared.
        files::bytes(path, u64::MAX - 1).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot read `{shown}`: {}", reason(&error)))
        })
    };
    let mut texts = vec![read(&root.join("app.json"), "app.json")?];
    let mut index = Index { in_crate: walk.in_crate(), no_define, ..Index::default() };
    index.app = texts.first().map_or(0, Vec::len);
    let mut defines: Vec<_> = walked.entries.into_iter().map(|entry| entry.folder).collect();
    defines.sort();
    walked.folders.sort_by(|a, b| a.shown.cmp(&b.shown));
    for folder in walked.folders {
        let gone = || Error::new(ErrorKind::Io, format!("`{}` has gone", folder.shown));
        if folder.path != root.join(&folder.shown) && !folder.shown.is_empty() {
            let message = format!("the name of the folder `{}` is not UTF-8", folder.shown);
            return Err(Error::new(ErrorKind::InvalidDefine, message).with_help("rename it"));
        }
        let file = folder.path.join("e.json");
        let define = match defines.binary_search(&folder.shown) {
            Ok(_) => {
                let text = read(&file, &format!("{}/e.json", folder.shown))?;
                let stamp = stamp(&file).filter(|stamp| stamp.size == text.len() as u64);
                texts.push(text);
                Some(stamp.ok_or_else(gone)?)
            }
            Err(_) => None,
        };
        let metadata = fs::metadata(&folder.path).map_err(|_| gone())?;
        let (changed, status) = (changed(&metadata), status(&metadata));
        index.folders.push(Recorded { path: folder.shown, changed, status, define });
    }
    Ok((index, texts))
}

fn not_written(error: &io::Error) -> Error {
    let finding =
        Diagnostic::error(Code::Unreadable, format!("cannot write `{PATH}`: {}", reason(error)));
    Error::from_diagnostics(ErrorKind::Io, vec![finding.help("check the permissions of `dist`")])
}
