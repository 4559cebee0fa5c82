//! Whether a pack is that of its folder, told without opening a file unless that is a copy.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::UNIX_EPOCH;

use jit_meta::SourceFile;
use serde::Deserialize;

use super::format::{Pack, Recorded, Stamp};
use crate::threads::spread;
use crate::walk::Walk;
use crate::{files, layout};

/// When something changed last, in nanoseconds since 1970; 0 where the system does not know.
pub(super) fn changed(metadata: &Metadata) -> i64 {
    let Ok(time) = metadata.modified() else { return 0 };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
    }
}

/// When anything about it changed last, which nobody can set as they like; `None` where the system does not say.
pub(super) fn status(metadata: &Metadata) -> Option<i64> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        metadata.ctime().checked_mul(1_000_000_000)?.checked_add(metadata.ctime_nsec())
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// What tells the version of a file; `None` when it cannot be read or is none.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    Some(Stamp { size: metadata.len(), changed: changed(&metadata), status: status(&metadata) })
}

/// The paths of the folders in each folder that has some.
type Children<'a> = HashMap<&'a str, Vec<&'a str>>;

/// What makes a pack stale, first of all.
pub(super) fn stale(pack: &Pack, walk: &Walk<'_>) -> Option<String> {
    if let Some(why) = of_another_app(pack, walk) {
        return Some(why);
    }
    if pack.in_crate() != walk.in_crate() {
        let now = if walk.in_crate() { "a" } else { "no" };
        return Some(format!("there is {now} `Cargo.toml` beside `app.json` now"));
    }
    let folders: Vec<_> = pack.folders().enumerate().collect();
    let children = OnceLock::new();
    // What comes after a difference is not looked at, so that it makes no difference how many threads look.
    let first = AtomicUsize::new(usize::MAX);
    let reasons = spread(&folders, |(at, folder)| {
        if first.load(Ordering::Relaxed) < *at {
            return None;
        }
        let why = differs(*folder, walk, pack, &children)?;
        first.fetch_min(*at, Ordering::Relaxed);
        Some(why)
    });
    reasons.into_iter().flatten().next()
}

/// Whether the pack says that it is another app than the folder.
fn of_another_app(pack: &Pack, walk: &Walk<'_>) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct App {
        app_id: String,
    }
    let id = |file: Option<Arc<SourceFile>>| {
        file.and_then(|file| serde_json::from_str::<App>(file.text()).ok())
            .unwrap_or_default()
            .app_id
    };
    let packed = id(files::text(Ok(pack.app().to_vec()), "app.json").ok()?);
    let own = id(files::read(&walk.root().join("app.json"), "app.json").ok()?);
    (packed != own).then(|| format!("it is that of the app `{packed}`"))
}

fn children(pack: &Pack) -> Children<'_> {
    let mut children = Children::new();
    for (folder, _) in pack.folders().filter(|(folder, _)| !folder.path.is_empty()) {
        let above = folder.path.rsplit_once('/').map_or("", |(above, _)| above);
        children.entry(above).or_default().push(&folder.path);
    }
    children
}

fn differs<'a>(
    (recorded, text): (&Recorded, &[u8]),
    walk: &Walk<'_>,
    pack: &'a Pack,
    children: &OnceLock<Children<'a>>,
) -> Option<String> {
    let folder = recorded.below(walk.root());
    let shown = if recorded.path.is_empty() { "the app's folder" } else { &recorded.path };
    let Some(metadata) = fs::metadata(&folder.path).ok().filter(Metadata::is_dir) else {
        return Some(format!("`{shown}` has gone"));
    };
    let is_as_before =
        changed(&metadata) == recorded.changed && status(&metadata) == recorded.status;
    if !is_as_before && !lists_the_same(recorded, walk, pack, children) {
        return Some(format!("what is in `{shown}` has changed"));
    }
    let (define, file) = (recorded.define?, folder.path.join("e.json"));
    match stamp(&file) {
        Some(now) if now == define => None,
        // A copy has a new status and the old time, and so has what was given that.
        Some(now) if (Stamp { status: define.status, ..now }) == define && says(&file, text) => {
            None
        }
        Some(_) => Some(format!("`{shown}/e.json` has changed")),
        None => Some(format!("`{shown}/e.json` has gone")),
    }
}

/// Whether a file holds a text.
fn says(file: &Path, text: &[u8]) -> bool {
    files::bytes(file, text.len() as u64).is_ok_and(|bytes| bytes == text)
}

/// Whether a folder in which something has come or gone, a configuration perhaps, has the same folders and
/// an `e.json` as before. A link may lead anywhere.
fn lists_the_same<'a>(
    recorded: &Recorded,
    walk: &Walk<'_>,
    pack: &'a Pack,
    below: &OnceLock<Children<'a>>,
) -> bool {
    let folder = recorded.below(walk.root());
    let below = below.get_or_init(|| children(pack)).get(recorded.path.as_str());
    let mut missing: HashSet<&str> = below.into_iter().flatten().copied().collect();
    let own = folder.own_file();
    let Ok(listing) = fs::read_dir(&folder.path) else { return false };
    let (mut has_define, mut has_own) = (false, false);
    for entry in listing {
        let Ok(entry) = entry else { return false };
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
            return false;
        };
        has_define |= name == "e.json";
        if kind.is_symlink() || (kind.is_dir() && name == "e.json") {
            return false;
        }
        let mut is_known = || missing.remove(folder.below(name.as_ref()).shown.as_str());
        let skips = || layout::skips(&name, folder.depth + 1, || walk.in_crate());
        if kind.is_dir() && !skips() && !is_known() {
            return false;
        }
        has_own |= !kind.is_dir() && name == own;
    }
    // Whether it looks like an element's folder may have changed.
    let looks = pack.looks_like_an_element(&recorded.path);
    if recorded.define.is_none() && has_own != looks {
        return false;
    }
    missing.is_empty() && has_define == recorded.define.is_some()
}
