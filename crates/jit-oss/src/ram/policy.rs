//! A policy of RAM.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use super::RamAction;
use super::actions::Scope;
use crate::BucketName;

/// A policy of RAM that allows some actions on one bucket and its objects, and nothing else.
///
/// It is serialised as RAM reads it, and so is its text.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use jit_oss::{BucketName, RamAction, RamPolicy};
///
/// let bucket = BucketName::new("my-bucket")?;
/// let policy = RamPolicy::new(bucket, [RamAction::ListObjects, RamAction::GetObject]);
/// let document = serde_json::json!({
///     "Version": "1",
///     "Statement": [
///         {
///             "Effect": "Allow",
///             "Action": ["oss:ListObjects"],
///             "Resource": ["acs:oss:*:*:my-bucket"]
///         },
///         {
///             "Effect": "Allow",
///             "Action": ["oss:GetObject"],
///             "Resource": ["acs:oss:*:*:my-bucket/*"]
///         }
///     ]
/// });
/// assert_eq!(serde_json::to_value(&policy)?, document);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RamPolicy {
    bucket: BucketName,
    actions: BTreeSet<RamAction>,
    prefix: String,
}

impl RamPolicy {
    /// Allows these actions on this bucket.
    pub fn new(bucket: BucketName, actions: impl IntoIterator<Item = RamAction>) -> Self {
        Self { bucket, actions: actions.into_iter().collect(), prefix: String::new() }
    }

    /// Allows only what concerns objects whose names begin with `prefix`, which comes after what it was narrowed to
    /// before: `photos/`, or `jit/photos/` where that was `jit/`.
    ///
    /// RAM takes `*` and `?` in a name for any characters; with such a prefix more names are allowed than those below.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        self.prefix.push_str(prefix);
        self
    }

    /// The actions that are allowed.
    pub fn actions(&self) -> impl Iterator<Item = RamAction> {
        self.actions.iter().copied()
    }

    fn document(&self) -> Document {
        let statement = |scope| {
            let actions = self.actions.iter().filter(|action| action.scope() == scope);
            let actions: Vec<_> = actions.copied().collect();
            let resource = actions.first()?.resource(self.bucket.as_str(), &self.prefix);
            // The prefix of a list is no part of what is listed, but a parameter.
            let narrow = scope == Scope::Names && !self.prefix.is_empty();
            let condition = narrow.then(|| Condition {
                string_like: Parameters { prefix: [format!("{}*", self.prefix)] },
            });
            Some(Statement { effect: "Allow", action: actions, resource: [resource], condition })
        };
        let scopes = [Scope::Account, Scope::Bucket, Scope::Names, Scope::Objects];
        Document { version: "1", statement: scopes.into_iter().filter_map(statement).collect() }
    }
}

impl Serialize for RamPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl fmt::Display for RamPolicy {
    /// The document, for RAM's console and command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&self.document()).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// RAM's form of a policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    action: Vec<RamAction>,
    resource: [String; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    string_like: Parameters,
}

#[derive(Serialize)]
struct Parameters {
    #[serde(rename = "oss:Prefix")]
    prefix: [String; 1],
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RamAction as A;
    use super::*;

    fn policy(actions: &[RamAction]) -> RamPolicy {
        RamPolicy::new(BucketName::new("my-bucket").unwrap(), actions.iter().copied())
    }

    #[test]
    fn each_action_is_allowed_on_what_it_concerns() {
        let actions = [A::PutObject, A::ListObjects, A::GetObject, A::PutObject, A::GetBucketInfo];
        let text = policy(&actions).to_string();
        expect![[r#"
            {
              "Version": "1",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": [
                    "oss:GetBucketInfo"
                  ],
                  "Resource": [
                    "acs:oss:*:*:my-bucket"
                  ]
                },
                {
                  "Effect": "Allow",
                  "Action": [
                    "oss:ListObjects"
                  ],
                  "Resource": [
                    "acs:oss:*:*:my-bucket"
                  ]
                },
                {
                  "Effect": "Allow",
                  "Action": [
                    "oss:GetObject",
                    "oss:PutObject"
                  ],
                  "Resource": [
                    "acs:oss:*:*:my-bucket/*"
                  ]
                }
              ]
            }"#]]
        .assert_eq(&text);
        assert_eq!(policy(&[]).document().statement.len(), 0);
    }

    #[test]
    fn below_a_prefix_neither_other_objects_nor_their_names_are_told() {
        let narrow = policy(&[A::ListObjects, A::GetObject]).below("jit/").below("photos/");
        expect![[r#"
            {
              "Version": "1",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": [
                    "oss:ListObjects"
                  ],
                  "Resource": [
                    "acs:oss:*:*:my-bucket"
                  ],
                  "Condition": {
                    "StringLike": {
                      "oss:Prefix": [
                        "jit/photos/*"
                      ]
                    }
                  }
                },
                {
                  "Effect": "Allow",
                  "Action": [
                    "oss:GetObject"
                  ],
                  "Resource": [
                    "acs:oss:*:*:my-bucket/jit/photos/*"
                  ]
                }
              ]
            }"#]]
        .assert_eq(&narrow.to_string());
    }
}
