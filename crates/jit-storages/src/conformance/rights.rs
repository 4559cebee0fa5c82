//! A case about the rights that a storage says it needs.

use jit_meta::{Value, to_value};

use super::expect::{equal, refused, success};
use super::{Outcome, Run};

pub(super) async fn policies_of_what_it_needs(run: &Run<'_>) -> Outcome {
    let policy = run.storage.ram_policy();
    if !run.capability().ram_policy {
        return refused("ramPolicy", "", policy);
    }
    let policy = success(policy)?;
    equal("the policy, when it is asked for again", &success(run.storage.ram_policy())?, &policy)?;
    let document = to_value(&policy).map_err(|error| error.to_string())?;
    equal("the version", document.get("Version").and_then(Value::as_str), Some("1"))?;
    let Some(Value::List(statements)) = document.get("Statement") else {
        return Err(format!("expected a list of statements, found: {policy}"));
    };
    let texts = |statement: &Value, member, begin| match statement.get(member) {
        Some(Value::List(items)) => {
            let begins = |item: &Value| item.as_str().is_some_and(|text| text.starts_with(begin));
            !items.is_empty() && items.iter().all(begins)
        }
        _ => false,
    };
    let allows = |statement: &Value| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && texts(statement, "Action", "oss:")
            && texts(statement, "Resource", "acs:oss:")
    };
    match !statements.is_empty() && statements.iter().all(allows) {
        true => Ok(()),
        false => Err(format!("expected that actions of OSS are allowed, found: {policy}")),
    }
}
