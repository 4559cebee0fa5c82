//! Which permission an operation needs.

use super::Subject;

/// Operations, and the actions that a policy has to allow for them.
const ACTIONS: &[(&str, &str)] = &[
    ("AbortMultipartUpload", "oss:AbortMultipartUpload"),
    ("AppendObject", "oss:PutObject"),
    ("CleanRestoredObject", "oss:CleanRestoredObject"),
    ("CompleteMultipartUpload", "oss:PutObject"),
    ("CopyObject", "oss:GetObject` of the source and `oss:PutObject"),
    ("DeleteBucket", "oss:DeleteBucket"),
    ("DeleteMultipleObjects", "oss:DeleteObject"),
    ("DeleteObject", "oss:DeleteObject"),
    ("DeleteObjectTagging", "oss:DeleteObjectTagging"),
    ("GetBucketAcl", "oss:GetBucketAcl"),
    ("GetBucketInfo", "oss:GetBucketInfo"),
    ("GetBucketLocation", "oss:GetBucketLocation"),
    ("GetBucketStat", "oss:GetBucketStat"),
    ("GetBucketVersioning", "oss:GetBucketVersioning"),
    ("GetObject", "oss:GetObject"),
    ("GetObjectAcl", "oss:GetObjectAcl"),
    ("GetObjectMeta", "oss:GetObject"),
    ("GetObjectTagging", "oss:GetObjectTagging"),
    ("GetSymlink", "oss:GetObject"),
    ("HeadObject", "oss:GetObject"),
    ("InitiateMultipartUpload", "oss:PutObject"),
    ("ListBuckets", "oss:ListBuckets"),
    ("ListMultipartUploads", "oss:ListMultipartUploads"),
    ("ListObjectVersions", "oss:ListObjectVersions"),
    ("ListObjectsV2", "oss:ListObjects"),
    ("ListParts", "oss:ListParts"),
    ("PutBucket", "oss:PutBucket"),
    ("PutBucketAcl", "oss:PutBucketAcl"),
    ("PutBucketVersioning", "oss:PutBucketVersioning"),
    ("PutObject", "oss:PutObject"),
    ("PutObjectAcl", "oss:PutObjectAcl"),
    ("PutObjectTagging", "oss:PutObjectTagging"),
    ("PutSymlink", "oss:PutObject"),
    ("RestoreObject", "oss:RestoreObject"),
    ("UploadPart", "oss:PutObject"),
    ("UploadPartCopy", "oss:GetObject` of the source and `oss:PutObject"),
];

pub(super) const IN_GENERAL: &str = "check the policies of the access key and the bucket";

/// What to allow, and on what.
pub(super) fn advice(subject: &Subject) -> String {
    let action = ACTIONS.iter().find(|(operation, _)| Some(*operation) == subject.operation);
    let Some((_, action)) = action else {
        return IN_GENERAL.to_owned();
    };
    let on = match (&subject.bucket, &subject.key) {
        (Some(bucket), Some(_)) => format!("acs:oss:*:*:{bucket}/*"),
        (Some(bucket), None) => format!("acs:oss:*:*:{bucket}"),
        (None, _) => "acs:oss:*:*:*".to_owned(),
    };
    format!(
        "allow `{action}` on `{on}` in the access key's RAM policy, and see that no policy of the \
         bucket denies it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_action() {
        assert!(ACTIONS.is_sorted());
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
            let known = ACTIONS.iter().any(|(known, _)| *known == operation);
            assert!(known, "{operation} is not in the table");
        }
    }
}
