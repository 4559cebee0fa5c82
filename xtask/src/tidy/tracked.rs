//! Whoever clones the repository has none of its developers' folders.

use std::process::Command;

use crate::{Result, workspace};

/// Put together here, since this file is tracked too.
const FORBIDDEN: [&str; 3] =
    [concat!("..", "/shared"), concat!("/wo", "rk/"), concat!("/ro", "ot/")];

pub(crate) fn check() -> Result<Vec<String>> {
    let root = workspace::root();
    let mut git = Command::new("git");
    git.args(["ls-files", "-z"]).current_dir(root);
    let list = workspace::stdout(&mut git)?;
    let mut found = Vec::new();
    for name in list.split_terminator('\0') {
        // One that is deleted and not yet committed is still listed.
        let Ok(bytes) = std::fs::read(root.join(name)) else { continue };
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            found.extend(mentions(line).map(|path| format!("{name}:{number}: mentions `{path}`")));
        }
    }
    Ok(found)
}

fn mentions(line: &[u8]) -> impl Iterator<Item = &'static str> {
    let contains = |path: &str| line.windows(path.len()).any(|part| part == path.as_bytes());
    FORBIDDEN.into_iter().filter(move |path| contains(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_found_anywhere_in_a_line() {
        for path in FORBIDDEN {
            let line = format!("see {path}there");
            assert_eq!(mentions(line.as_bytes()).collect::<Vec<_>>(), [path]);
        }
        assert_eq!(mentions(b"/workspace/ and shared/").count(), 0);
    }
}
