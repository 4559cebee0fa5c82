//! Links to folders: each folder outside the app is followed once, none inside it, as those are found by
//! themselves and a few links among them would multiply without end.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jit_meta::{Code, Diagnostic};

use crate::files::reason;
use crate::layout;

/// What has been followed.
#[derive(Debug)]
pub(crate) struct Links {
    root: Option<PathBuf>,
    seen: HashSet<PathBuf>,
}

impl Links {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.canonicalize().ok(), seen: HashSet::new() }
    }

    /// Whether a link, which is shown as `shown`, is to be followed. One to a file is passed over.
    pub(crate) fn follow(&mut self, link: &Path, shown: &str) -> Result<bool, Box<Diagnostic>> {
        let target = match std::fs::metadata(link) {
            Ok(metadata) if !metadata.is_dir() => return Ok(false),
            Ok(_) => link.canonicalize(),
            Err(error) => Err(error),
        };
        let target = match target {
            Ok(target) => target,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let message = format!("`{shown}` is a link that leads nowhere");
                let finding = Diagnostic::warning(Code::Unreadable, message);
                return Err(Box::new(finding.help("remove it, or mend it")));
            }
            Err(error) => return Err(Box::new(unreadable(shown, &reason(&error)))),
        };
        let to = format!("it leads to `{}`", target.display());
        let not_followed = |why: &str, help: &str| {
            let message = format!("`{shown}` is a link to a folder {why}; it was not followed");
            Box::new(Diagnostic::warning(Code::Unreadable, message).help(help).note(to))
        };
        let root = self.root.as_deref();
        let parent = link.parent().and_then(|parent| parent.canonicalize().ok());
        let is_above = [root, parent.as_deref()].into_iter().flatten();
        if is_above.into_iter().any(|folder| folder.starts_with(&target)) {
            let help = "remove it, or link to a folder that does not hold the app";
            return Err(not_followed("above it", help));
        }
        if root.is_some_and(|root| target.starts_with(root)) || !self.seen.insert(target) {
            return Err(not_followed("that is read anyway", "remove it: each folder is read once"));
        }
        Ok(true)
    }
}

/// Whether a walk comes to a folder below the root by this path: no link on the way leads back into the app,
/// and each is the first of those beside it that lead to one place.
pub(crate) fn is_way(root: &Path, folder: &Path) -> bool {
    let below = folder.ancestors().take_while(|up| *up != root);
    let mut links = below.filter(|up| up.is_symlink());
    links.all(|link| match (root.canonicalize(), link.canonicalize()) {
        (Ok(real), Ok(target)) => {
            let leads_back = target.starts_with(&real) || real.starts_with(&target);
            !leads_back && is_first(root, link, &target)
        }
        _ => false,
    })
}

/// Whether no link before this one, in the order of the names in its folder, leads to the same place.
fn is_first(root: &Path, link: &Path, target: &Path) -> bool {
    let Some(listing) = link.parent().and_then(|folder| folder.read_dir().ok()) else {
        return false;
    };
    let others = listing.flatten().map(|entry| entry.path());
    let mut before = others.filter(|other| other.file_name() < link.file_name());
    let is_skipped =
        |other: &Path| other.strip_prefix(root).is_ok_and(|below| layout::is_skipped(root, below));
    !before.any(|other| {
        let leads_there = || other.canonicalize().is_ok_and(|other| other == target);
        other.is_symlink() && !is_skipped(&other) && leads_there()
    })
}

/// A folder or link that could not be read.
pub(crate) fn unreadable(shown: &str, why: &str) -> Diagnostic {
    let message = format!("cannot read `{shown}`: {why}");
    Diagnostic::error(Code::Unreadable, message).help("check its permissions")
}
