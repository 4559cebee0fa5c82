//! The actions that RAM knows, and which of them each operation needs.

use std::fmt;

use serde::{Serialize, Serializer};

/// What an action is allowed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything of the account.
    Account,
    /// A bucket itself.
    Bucket,
    /// The names of a bucket's objects.
    Names,
    /// A bucket's objects.
    Objects,
}

macro_rules! actions {
    ($($scope:ident: $($action:ident)+;)+) => {
        /// An action that a policy of RAM allows, by its name there without `oss:`.
        ///
        /// Several operations may need the same one, and one operation several: see [`RamAction::of`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "the names are RAM's own")]
        pub enum RamAction {
            $($($action,)+)+
        }

        impl RamAction {
            /// Its name in a policy: `oss:GetObject`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$action => concat!("oss:", stringify!($action)),)+)+
                }
            }

            pub(super) const fn scope(self) -> Scope {
                match self {
                    $($(Self::$action => Scope::$scope,)+)+
                }
            }
        }
    };
}

actions! {
    Account: ListBuckets;
    Bucket:
        DeleteBucket
        GetBucketAcl
        GetBucketInfo
        GetBucketLocation
        GetBucketStat
        GetBucketVersioning
        ListMultipartUploads
        ListObjectVersions
        PutBucket
        PutBucketAcl
        PutBucketVersioning;
    Names: ListObjects;
    Objects:
        AbortMultipartUpload
        CleanRestoredObject
        DeleteObject
        DeleteObjectTagging
        GetObject
        GetObjectAcl
        GetObjectTagging
        ListParts
        PutObject
        PutObjectAcl
        PutObjectTagging
        RestoreObject;
}

use RamAction as A;

/// Operations, and the actions that they need; of a copy, first that on the source.
const OPERATIONS: &[(&str, &[RamAction])] = &[
    ("AbortMultipartUpload", &[A::AbortMultipartUpload]),
    ("AppendObject", &[A::PutObject]),
    ("CleanRestoredObject", &[A::CleanRestoredObject]),
    ("CompleteMultipartUpload", &[A::PutObject]),
    ("CopyObject", &[A::GetObject, A::PutObject]),
    ("DeleteBucket", &[A::DeleteBucket]),
    ("DeleteMultipleObjects", &[A::DeleteObject]),
    ("DeleteObject", &[A::DeleteObject]),
    ("DeleteObjectTagging", &[A::DeleteObjectTagging]),
    ("GetBucketAcl", &[A::GetBucketAcl]),
    ("GetBucketInfo", &[A::GetBucketInfo]),
    ("GetBucketLocation", &[A::GetBucketLocation]),
    ("GetBucketStat", &[A::GetBucketStat]),
    ("GetBucketVersioning", &[A::GetBucketVersioning]),
    ("GetObject", &[A::GetObject]),
    ("GetObjectAcl", &[A::GetObjectAcl]),
    ("GetObjectMeta", &[A::GetObject]),
    ("GetObjectTagging", &[A::GetObjectTagging]),
    ("GetSymlink", &[A::GetObject]),
    ("HeadObject", &[A::GetObject]),
    ("InitiateMultipartUpload", &[A::PutObject]),
    ("ListBuckets", &[A::ListBuckets]),
    ("ListMultipartUploads", &[A::ListMultipartUploads]),
    ("ListObjectVersions", &[A::ListObjectVersions]),
    ("ListObjectsV2", &[A::ListObjects]),
    ("ListParts", &[A::ListParts]),
    ("PutBucket", &[A::PutBucket]),
    ("PutBucketAcl", &[A::PutBucketAcl]),
    ("PutBucketVersioning", &[A::PutBucketVersioning]),
    ("PutObject", &[A::PutObject]),
    ("PutObjectAcl", &[A::PutObjectAcl]),
    ("PutObjectTagging", &[A::PutObjectTagging]),
    ("PutSymlink", &[A::PutObject]),
    ("RestoreObject", &[A::RestoreObject]),
    ("UploadPart", &[A::PutObject]),
    ("UploadPartCopy", &[A::GetObject, A::PutObject]),
];

impl RamAction {
    /// The actions that an operation needs, by OSS's name for it; none for one that this crate does not have.
    ///
    /// An operation that is asked to do something beside needs more: one that sets tags
    /// [`PutObjectTagging`](Self::PutObjectTagging).
    ///
    /// ```
    /// use jit_oss::RamAction;
    ///
    /// assert_eq!(RamAction::of("UploadPart"), [RamAction::PutObject]);
    /// ```
    #[must_use]
    pub fn of(operation: &str) -> &'static [Self] {
        let row = OPERATIONS.iter().find(|(known, _)| *known == operation);
        row.map_or(&[], |(_, actions)| actions)
    }

    /// What it is allowed on, as a policy names that: of a bucket's objects those below a prefix.
    pub(crate) fn resource(self, bucket: &str, prefix: &str) -> String {
        match self.scope() {
            Scope::Account => "acs:oss:*:*:*".to_owned(),
            Scope::Bucket | Scope::Names => format!("acs:oss:*:*:{bucket}"),
            Scope::Objects => format!("acs:oss:*:*:{bucket}/{prefix}*"),
        }
    }
}

impl fmt::Display for RamAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RamAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_actions() {
        assert!(OPERATIONS.is_sorted_by_key(|(operation, _)| operation));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/request");
        let mut operations = Vec::new();
        let mut folders = vec![std::path::PathBuf::from(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read_to_string(path).unwrap();
                    for made in ["Unsigned::new(\"", "Unsigned::without_key(\""] {
                        let after = text.split(made).skip(1);
                        operations
                            .extend(after.map(|rest| rest.split('"').next().unwrap().to_owned()));
                    }
                }
            }
        }
        assert!(operations.len() > 30, "{operations:?}");
        for operation in operations {
            assert!(!RamAction::of(&operation).is_empty(), "{operation} is not in the table");
        }
    }
}
