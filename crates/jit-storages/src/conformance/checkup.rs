//! A case about the look at whether a storage works.

use super::expect::{equal, success};
use super::{Outcome, Run};
use crate::doctor::BELOW;
use crate::{Checkup, ListEntry, ListOptions};

pub(super) async fn checkups_that_leave_nothing(run: &Run<'_>) -> Outcome {
    let before = names(run).await?;
    let mut checkup = Checkup::new();
    let ended = run.storage.doctor(&mut checkup).await;
    if let Some(problem) = checkup.problem() {
        return Err(format!("expected a storage that works, found: {}", problem.message));
    }
    equal("how it ended", ended, Ok(()))?;
    let has = run.capability();
    for (name, declared) in [
        ("put", true),
        ("get", true),
        ("list", has.list),
        ("copy", has.copy),
        ("sign", has.sign_get),
        ("delete", true),
    ] {
        let taken = checkup.steps().iter().filter(|step| step.name == name).count();
        equal(&format!("how often it tried to {name}"), taken, usize::from(declared))?;
    }
    equal("what is kept for looks", names(run).await?, before)
}

/// What there is of looks, where that can be told.
async fn names(run: &Run<'_>) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    if run.capability().list {
        let mut list = success(run.storage.list(BELOW, ListOptions::default()).await)?;
        while let Some(entry) = success(list.next().await)? {
            if let ListEntry::File(file) = entry {
                names.push(file.name);
            }
        }
    }
    Ok(names)
}
