//! Which of our crates may know which.

use super::manifest::Kind;
use super::members::{self, Member};
use crate::Result;

/// A crate, what it may depend on, and what its tests may depend on besides. Crates that are not here
/// are apps, tests and tasks, and may depend on all of these.
const ARROWS: [(&str, &[&str], &[&str]); 8] = [
    ("jit-meta", &[], &[]),
    ("jit-oss", &[], &["jit-oss-server"]),
    ("jit-oss-server", &["jit-oss"], &[]),
    ("jit-services", &["jit-meta"], &[]),
    ("jit-storages", &["jit-meta", "jit-oss"], &["jit-oss-server"]),
    ("jit-app", &["jit-meta", "jit-services", "jit-storages"], &[]),
    ("jit-testing", &["jit-app", "jit-meta", "jit-oss", "jit-oss-server", "jit-storages"], &[]),
    ("cargo-jit", &["jit-meta"], &["jit-app"]),
];

pub(crate) fn check() -> Result<Vec<String>> {
    Ok(broken(&members::all()?))
}

fn broken(members: &[Member]) -> Vec<String> {
    let ours: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let mut found = Vec::new();
    for (name, normal, for_tests) in ARROWS {
        let Some(member) = members.iter().find(|member| member.name == name) else {
            found.push(format!("{name} is gone; take it out of the list of arrows"));
            continue;
        };
        for (kind, what) in [(Kind::Normal, ""), (Kind::Build, "build-"), (Kind::Dev, "dev-")] {
            for dependency in member.manifest.dependencies(kind) {
                let tests_may = matches!(kind, Kind::Dev) && for_tests.contains(&dependency);
                if ours.contains(&dependency) && !normal.contains(&dependency) && !tests_may {
                    found.push(format!("{name} must not have {dependency} as a {what}dependency"));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_the_wrong_way_is_found() {
        let mut members = members::all().unwrap();
        let mut add = |name: &str, text: &str| {
            let member = members.iter_mut().find(|member| member.name == name).unwrap();
            member.manifest.append(text);
        };
        add("jit-meta", "[dev-dependencies]\njit-app.workspace = true");
        add("jit-app", "[dependencies]\njit-oss.workspace = true");
        let expected = [
            "jit-meta must not have jit-app as a dev-dependency",
            "jit-app must not have jit-oss as a dependency",
        ];
        assert_eq!(broken(&members), expected);
        let gone =
            ARROWS.map(|(name, _, _)| format!("{name} is gone; take it out of the list of arrows"));
        assert_eq!(broken(&[]), gone);
    }
}
