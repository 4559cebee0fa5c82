//! What is going to happen to files, as a value.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::apply::is_below;
use crate::{Error, Result};

/// What is going to happen, and what is to be said of it. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The folder that everything is shown relative to, and where what is not finished is kept.
    pub root: PathBuf,
    /// What happens, in this order.
    pub changes: Vec<Change>,
    /// What could not be planned safely.
    pub by_hand: Vec<ByHand>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// The commands that come next.
    pub next: Vec<String>,
    /// What to do where a file to create is there already.
    pub taken: Option<String>,
}

/// A change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new file. Nothing may be there.
    Create {
        /// The file.
        path: PathBuf,
        /// Its contents.
        text: String,
    },
    /// Another content of a file that is as it was when this was planned.
    Edit {
        /// The file.
        path: PathBuf,
        /// What it is.
        before: String,
        /// What it will be.
        after: String,
    },
    /// A file that goes.
    Delete {
        /// The file.
        path: PathBuf,
        /// What it is.
        text: String,
    },
}

impl Change {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Create { path, .. } | Self::Edit { path, .. } | Self::Delete { path, .. } => path,
        }
    }
}

/// A line that somebody has to add, or to take away, where doing that unasked might spoil the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The file.
    pub file: PathBuf,
    /// What to do with which line, like "add `mod a;`".
    pub what: String,
    /// Why it was not done.
    pub why: String,
}

impl Plan {
    /// A file to create.
    pub(crate) fn create(&mut self, path: PathBuf, text: String) {
        self.changes.push(Change::Create { path, text });
    }

    /// A file to edit, if that changes anything.
    pub(crate) fn edit(&mut self, path: PathBuf, before: String, after: String) {
        if before != after {
            self.changes.push(Change::Edit { path, before, after });
        }
    }

    /// Compares it with what is there, and touches nothing.
    ///
    /// # Errors
    ///
    /// Everything that stands in the way.
    pub fn validate(&self) -> Result<()> {
        let problems: Vec<String> =
            self.changes.iter().filter_map(|change| self.obstacle(change)).collect();
        let error = match problems.as_slice() {
            [] => return Ok(()),
            [one] => Error::new(format!("{one}; nothing was changed")),
            several => Error::new(format!(
                "nothing was changed:\n{}",
                several.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n")
            )),
        };
        let is_taken =
            |change: &Change| matches!(change, Change::Create { path, .. } if path.is_file());
        match self.taken.as_ref().filter(|_| self.changes.iter().any(is_taken)) {
            Some(help) => Err(error.with_help(help)),
            None => Err(error),
        }
    }

    fn obstacle(&self, change: &Change) -> Option<String> {
        let shown = self.shown(change.path());
        match change {
            Change::Create { path, .. } => match fs::symlink_metadata(path) {
                Ok(_) => Some(format!("`{shown}` is there already")),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(_) => {
                    let file = path.ancestors().skip(1).find(|folder| folder.is_file());
                    let file = file.map(|file| self.shown(file)).unwrap_or_default();
                    Some(format!("`{shown}` has no place: `{file}` is a file"))
                }
            },
            Change::Edit { path, .. } if path.is_symlink() && !is_below(path, &self.root) => {
                let target = fs::read_link(path).unwrap_or_default();
                let target = target.display();
                Some(format!(
                    "`{shown}` is a link to `{target}`, outside of the app: make it a file"
                ))
            }
            Change::Edit { path, before: text, .. } | Change::Delete { path, text } => {
                match fs::read_to_string(path) {
                    Ok(found) if found == *text => None,
                    Ok(_) => Some(format!("`{shown}` has just been changed by somebody else")),
                    Err(error) => Some(Error::io("read", path, &error).to_string()),
                }
            }
        }
    }

    /// A path as it is shown: relative to the root, with `/`.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.display().to_string().replace('\\', "/")
    }

    /// A line for each file: `+` is new, `~` changes, `-` goes.
    #[must_use]
    pub fn tree(&self) -> String {
        let line = |change: &Change| {
            let mark = match change {
                Change::Create { .. } => '+',
                Change::Edit { .. } => '~',
                Change::Delete { .. } => '-',
            };
            format!("  {mark} {}\n", self.shown(change.path()))
        };
        self.changes.iter().map(line).collect()
    }

    /// [`tree`](Self::tree), and after it the contents of new files and the lines that change in others.
    #[must_use]
    pub fn contents(&self) -> String {
        let mut out = self.tree();
        for change in &self.changes {
            out += &format!("\n--- {}\n", self.shown(change.path()));
            match change {
                Change::Create { text, .. } => out.push_str(text),
                Change::Edit { before, after, .. } => out.push_str(&difference(before, after)),
                Change::Delete { .. } => {}
            }
        }
        out
    }
}

/// The lines that go and those that come, in their order.
fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    // How many lines are left as they are, from each pair of places on.
    let mut same = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    let count = |same: &[Vec<usize>], at: usize, with: usize| {
        same.get(at).and_then(|row| row.get(with)).copied().unwrap_or_default()
    };
    for (at, line) in old.iter().enumerate().rev() {
        for (with, other) in new.iter().enumerate().rev() {
            let most = match line == other {
                true => count(&same, at + 1, with + 1) + 1,
                false => count(&same, at + 1, with).max(count(&same, at, with + 1)),
            };
            if let Some(place) = same.get_mut(at).and_then(|row| row.get_mut(with)) {
                *place = most;
            }
        }
    }
    let (mut at, mut with, mut out) = (0, 0, String::new());
    loop {
        match (old.get(at), new.get(with)) {
            (None, None) => return out,
            (Some(line), Some(other)) if line == other => (at, with) = (at + 1, with + 1),
            (Some(line), other)
                if other.is_none() || count(&same, at + 1, with) >= count(&same, at, with + 1) =>
            {
                out += &format!("- {line}\n");
                at += 1;
            }
            (_, other) => {
                out += &format!("+ {}\n", other.unwrap_or(&""));
                with += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_edit_adds_or_takes_away_is_shown() {
        assert_eq!(difference("a\nc\n", "a\nb\nc\nd\n"), "+ b\n+ d\n");
        assert_eq!(difference("a\nb\nc\n", "a\nc\n"), "- b\n");
        assert_eq!(difference("a\n", "a\n"), "");
        assert_eq!(difference("a\nb\nc\n", "a\nd\nc\n"), "- b\n+ d\n");
    }
}
