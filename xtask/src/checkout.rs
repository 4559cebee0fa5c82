//! A copy of the repository that may be written to, beside the real one.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, workspace};

/// Brings the copy in the folder `to` in step with the working tree: what is tracked or could be, as it is now. What is the same is left alone, so that Cargo does not build it again; what is not of
/// the working tree is removed.
///
/// # Errors
///
/// When a file cannot be read, written or removed.
pub(crate) fn copy(to: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = workspace::stdout(git.current_dir(workspace::root()))?;
    let mut wanted = HashSet::new();
    for file in list.split_terminator('\0').map(Path::new) {
        // One that is deleted and not yet committed is still listed.
        let Ok(bytes) = fs::read(workspace::root().join(file)) else { continue };
        let copied = to.join(file);
        if fs::read(&copied).ok().as_deref() != Some(&bytes) {
            copied.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&copied, bytes)?;
        }
        wanted.insert(copied);
    }
    remove_others(to, &wanted)?;
    Ok(())
}

/// Removes files that are not wanted, and folders that are left empty.
fn remove_others(folder: &Path, wanted: &HashSet<PathBuf>) -> io::Result<bool> {
    let mut is_empty = true;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if remove_others(&path, wanted)? {
                fs::remove_dir(&path)?;
                continue;
            }
        } else if !wanted.contains(&path) {
            fs::remove_file(&path)?;
            continue;
        }
        is_empty = false;
    }
    Ok(is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_goes_and_so_do_empty_folders() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::create_dir_all(at("c")).unwrap();
        fs::write(at("a/kept"), "").unwrap();
        fs::write(at("a/b/gone"), "").unwrap();
        let wanted = HashSet::from([at("a/kept")]);
        assert!(!remove_others(folder.path(), &wanted).unwrap());
        assert!(at("a/kept").exists() && !at("a/b").exists() && !at("c").exists());
    }
}
