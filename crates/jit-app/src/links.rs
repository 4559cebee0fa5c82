//! Links to folders: each folder outside the app is followed once, none inside it, as those are found by
//! themselves and a few links among them would multiply without end.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jit_meta::{Code, Diagnostic};

use crate::files::reason;

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

/// Whether there is a link on the way from the root to what lies below it.
pub(crate) fn is_beyond_one(root: &Path, path: &Path) -> bool {
    path.ancestors().take_while(|up| *up != root).any(Path::is_symlink)
}

/// A folder or link that could not be read.
pub(crate) fn unreadable(shown: &str, why: &str) -> Diagnostic {
    let message = format!("cannot read `{shown}`: {why}");
    Diagnostic::error(Code::Unreadable, message).help("check its permissions")
}
