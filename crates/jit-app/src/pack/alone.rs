//! The pack of an app that has no sources, asked for single elements.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jit_meta::FullName;

use super::format::{self, Pack};
use super::{PATH, contents, entries, has_manifest, load};
use crate::layout;
use crate::walk::{Walk, Walked};

/// As many packs are kept: reading one for each of its elements would take too long.
const KEPT: usize = 8;

static PACKS: Mutex<Vec<(PathBuf, Arc<Alone>)>> = Mutex::new(Vec::new());

/// A pack that is the app.
#[derive(Debug)]
pub(crate) struct Alone {
    pack: Pack,
    /// The names of its elements, sorted, with the places of their folders.
    names: Vec<(String, usize)>,
}

impl Alone {
    fn new(pack: Pack) -> Self {
        let folders = pack.folders().enumerate();
        let defines = folders.filter(|(_, (folder, _))| folder.define.is_some());
        let name = |path: &str| layout::name_of(path, &|folder| pack.has_define(folder)).name;
        let mut names: Vec<_> = defines.map(|(at, (folder, _))| (name(&folder.path), at)).collect();
        names.sort_unstable();
        Self { pack, names }
    }

    /// Everything in it.
    pub(super) fn contents(&self, walk: &Walk<'_>) -> Walked {
        contents(&self.pack, walk)
    }

    /// Whether a folder below the root has an `e.json` in it.
    pub(crate) fn has_define(&self, folder: &str) -> bool {
        self.pack.has_define(folder)
    }

    /// What it says of one element.
    pub(crate) fn element(&self, walk: &Walk<'_>, name: &FullName) -> Walked {
        let start = self.names.partition_point(|(other, _)| other.as_str() < name.as_str());
        let named = self.names.iter().skip(start).take_while(|(other, _)| other == name.as_str());
        let places: Vec<usize> = named.map(|(_, at)| *at).collect();
        let folders: Vec<_> = places.iter().filter_map(|at| self.pack.folder(*at)).collect();
        entries(&self.pack, walk, &folders)
    }

    /// What it says of the elements in a folder below the root.
    pub(crate) fn below(&self, walk: &Walk<'_>, folder: &str) -> Walked {
        let is_in = |path: &str| {
            let rest = path.strip_prefix(folder);
            folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let folders = self.pack.folders();
        let inside: Vec<_> =
            folders.filter(|(at, _)| at.define.is_some() && is_in(&at.path)).collect();
        entries(&self.pack, walk, &inside)
    }
}

/// The pack of an app without sources. While it is being replaced, and so is damaged or not there, it is the one
/// before: nothing has been deleted.
pub(crate) fn alone(root: &Path) -> Option<Arc<Alone>> {
    if has_manifest(root) {
        return None;
    }
    let packs = PACKS.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = packs.iter().find(|(of, _)| of == root).map(|(_, pack)| Arc::clone(pack));
    drop(packs);
    // The first line has the checksum of everything in it: a pack that begins alike is the same.
    let head = format::head(&root.join(PATH));
    let is_same = |kept: &Arc<Alone>| head.as_deref().is_none_or(|now| now == kept.pack.head());
    if kept.as_ref().is_some_and(is_same) {
        return kept;
    }
    load(root).ok().flatten().map(|pack| keep(root, pack)).or(kept)
}

/// Keeps the pack of an app, in the place of the one before.
pub(super) fn keep(root: &Path, pack: Pack) -> Arc<Alone> {
    let pack = Arc::new(Alone::new(pack));
    let mut packs = PACKS.lock().unwrap_or_else(PoisonError::into_inner);
    packs.retain(|(of, _)| of != root);
    packs.insert(0, (root.to_owned(), Arc::clone(&pack)));
    packs.truncate(KEPT);
    pack
}
