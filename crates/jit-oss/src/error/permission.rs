//! What to do when a permission is missing.

use super::Subject;
use crate::RamAction;

pub(super) const IN_GENERAL: &str = "check the policies of the access key and the bucket";

/// What to allow, and on what.
pub(super) fn advice(subject: &Subject) -> String {
    let actions = RamAction::of(subject.operation.unwrap_or_default());
    let (named, on) = match actions {
        [] => return IN_GENERAL.to_owned(),
        [action] => (format!("`{action}`"), action),
        [source, action, ..] => (format!("`{source}` of the source and `{action}`"), action),
    };
    let on = on.resource(subject.bucket.as_deref().unwrap_or("*"), "");
    format!(
        "allow {named} on `{on}` in the access key's RAM policy, and see that no policy of the \
         bucket denies it"
    )
}
